"""The next step as pages show it: the page where it is done, for whoever may do it, and whom it waits for otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from api.access.caller import the_caller
from api.cases.case_file import CaseFile
from api.cases.deadlines import Deadline
from api.cases.next_step import Role, role_of
from api.cases.reviews.reviewers import Signatories
from api.policies.policies import ReviewPolicy

#: Where each step is done, and what it takes to do it.
PAGES: Mapping[str, tuple[str, str]] = {
    "record_intake": ("work.record_intake", "intake:write"),
    "close_preliminary": ("work.record_preliminary_assessment_closed", "intake:write"),
    "gather_facts": ("work.facts", "facts:write"),
    "assess": ("work.begin", "assessment:write"),
    "compare": ("work.screen", "screening:make"),
    "answer": ("work.review_page", "review:answer"),
    "review": ("work.review_page", "review:sign"),
    "confirm": ("work.review_page", "deviation:confirm"),
    "complete": ("work.facts", "facts:write"),
    "offer": ("work.record_position_taken", "position:write"),
    "take_position": ("work.record_position_taken", "position:write"),
    "record_answer": ("work.record_position_taken", "position:write"),
    "start": ("work.record_participation_started", "participation:write"),
    "meet": ("work.record_network_meeting", "participation:write"),
    "follow_up": ("work.record_outcome_after_ending", "participation:write"),
    "close": ("work.record_case_closed", "position:write"),
}
#: With these a draft of an assessment is gone on with instead.
BEFORE_ASSESSMENT = ("gather_facts", "assess")
#: Under which part of the overview a step is the one whose turn it is.
_PARTS: Mapping[str, str] = {
    "record_intake": "intake",
    "close_preliminary": "intake",
    "gather_facts": "facts",
    "complete": "facts",
    "assess": "assessment",
    "compare": "screening",
    "answer": "review",
    "review": "review",
    "confirm": "review",
}


@dataclass(frozen=True)
class ShownStep:
    """The next step of a case, for its reader.

    Parameters
    ----------
    label : str
        The key of what the button says.
    address : str or None
        Where the reader does it; None where it waits for somebody else.
    deadline : Deadline or None
        The nearest one of the case.
    part : str
        The part of the overview that it belongs to.
    """

    name: str
    where: str
    label: str
    address: str | None
    role: Role | None
    deadline: Deadline | None = None
    part: str = ""


def address_of(step: str, case_id: str, *, screening: str | None, draft: str | None = None) -> str | None:
    """Where a step is done; None once a case is closed."""
    if step in BEFORE_ASSESSMENT and draft is not None:
        return url_for("work.resume", draft_id=draft)
    if step not in PAGES:
        return None
    endpoint, _ = PAGES[step]
    if endpoint == "work.review_page":
        return url_for(endpoint, screening_id=screening)
    return url_for(endpoint, case_id=case_id)


def shown_step(case_file: CaseFile, step: str, deadlines: list[Deadline], policy: ReviewPolicy) -> ShownStep:
    """The next step of a case for its reader; for somebody who is asked to rate it unseen, that."""
    draft = case_file.drafts[0].id if case_file.drafts else None
    if case_file.is_asked_to_rate:
        address = address_of("assess", case_file.case.id, screening=None, draft=draft)
        return ShownStep("rate", "work.next.asked", "work.next.asked_do", address, None, part="assessment")
    screening = case_file.last("screening")
    is_resumed = step in BEFORE_ASSESSMENT and draft is not None
    address = address_of(step, case_file.case.id, screening=screening.id if screening else None, draft=draft)
    return ShownStep(
        step,
        f"work.next.where.{step}",
        "work.next.resume" if is_resumed else f"work.next.do.{step}",
        address if _may_do("assess" if is_resumed else step, case_file, policy) else None,
        role_of(step),
        deadlines[0] if deadlines else None,
        _PARTS.get(step, "follow_up"),
    )


def _may_do(step: str, case_file: CaseFile, policy: ReviewPolicy) -> bool:
    caller = the_caller()
    if step not in PAGES or not caller.may(PAGES[step][1]):
        return False
    if role_of(step) == "caseworker" or case_file.result is None:
        return True
    review = case_file.result.review
    people = Signatories(case_file.by(case_file.result.screening.subject_id), review.made_by if review else None)
    if step == "review":
        return people.hindrance_to_review(caller.actor, policy) is None
    return people.hindrance_to_second_person(caller.actor, policy) is None
