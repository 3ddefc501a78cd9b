"""Where the review of a recommendation stands, and what its reader may sign, with why where they may not."""

from dataclasses import dataclass
from typing import Literal

from api.access.caller import the_caller
from api.cases.case_file import CaseFile
from api.cases.forms import Form
from api.cases.frame import WorkTranslator, actor, today
from api.cases.reviews.applicable_result import REVIEW_WANTED, Reviewed, ReviewState
from api.cases.reviews.reviewers import Signatories, allowance
from api.context.context import current_context
from api.policies.policies import SamePerson
from api.store.schema import Entry
from screening.recommendation import OUTCOMES

VERDICTS = ("agree", "deviate")
DEVIATIONS = (
    "material_not_captured",
    "reading_of_criterion",
    "own_view_weighs",
    "safety",
    "local_policy",
    "other",
)
#: What the second person can answer.
ANSWERS = ("confirm", "reject")


@dataclass(frozen=True)
class ReviewPart:
    """The part of the page of a recommendation that is about its review.

    Parameters
    ----------
    newest : Entry or None
        The screening that was made since, where this one is no longer the latest.
    review_form : str or None
        ``open`` where a review is asked for, ``quiet`` where one stands and may be replaced, None where none may be
        signed by this reader.
    may_settle : bool
        Whether the reader may confirm or reject the deviation.
    hindrance : str or None
        Why somebody whose role it is may not sign here: ``own-assessment`` or ``same-person``.
    allowed_by : SamePerson or None
        What lets the rater sign nevertheless, where that is the reader.
    """

    reviewed: Reviewed[Entry]
    newest: Entry | None
    review_form: Literal["open", "quiet"] | None
    may_settle: bool
    hindrance: str | None
    allowed_by: SamePerson | None


def review_part(found: CaseFile, entry: Entry) -> ReviewPart:
    """Where the review of a screening stands, for whoever makes the request."""
    caller, account = the_caller(), actor().id
    newest, reviewed = found.last("screening"), found.results[entry.id]
    is_newest = newest is not None and newest.id == entry.id
    is_open = is_newest and not found.is_asked_to_rate
    policy = current_context().policies.review_on(today()).content
    rater = found.by(entry.subject_id)
    signed = Signatories(rater, reviewed.review.made_by if reviewed.review else None)
    state = reviewed.result.state
    may_sign, may_second = is_open and caller.may("review:sign"), is_open and caller.may("deviation:confirm")
    may_second = may_second and state is ReviewState.AWAITS_SECOND_PERSON
    to_review = signed.hindrance_to_review(account, policy) if may_sign else None
    to_second = signed.hindrance_to_second_person(account, policy) if may_second else None
    form: Literal["open", "quiet"] = "open" if state in REVIEW_WANTED else "quiet"
    is_wanted = state in REVIEW_WANTED
    return ReviewPart(
        reviewed,
        newest if not is_newest else None,
        form if may_sign and to_review is None else None,
        may_second and to_second is None,
        to_second or (to_review if is_wanted else None),
        allowance(policy, "be_second_person" if may_second else "review") if account == rater else None,
    )


def ask_for_review(form: Form, words: WorkTranslator, computed: str) -> None:
    """Add the fields of a review and of the second person's answer."""
    form.add("choice", "verdict", words.t("work.review.verdict"), choices=form.options("work.option.verdict", VERDICTS))
    others = tuple(outcome for outcome in reversed(OUTCOMES) if outcome != computed)
    form.add(
        "choice",
        "applies",
        words.t("work.review.applies"),
        choices=form.options("work.outcome", others),
        help=words.t("work.review.applies_help"),
    )
    deviations = form.options("work.option.deviation", DEVIATIONS)
    form.add("choice", "deviation", words.t("work.review.deviation"), choices=deviations)
    form.add("long", "reasons", words.t("work.review.reasons"), help=words.t("work.review.reasons_help"))
    form.add("choice", "answer", words.t("work.review.answer"), choices=form.options("work.option.answer", ANSWERS))
    help = words.t("work.review.second_reasons_help")
    form.add("long", "second_reasons", words.t("work.review.second_reasons"), help=help)
