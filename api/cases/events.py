"""What else is recorded in a case: how it came, where it went, meetings, holds, corrections; each with its rules."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.cases.caseworkers import require_colleagues
from api.cases.content import Content, read_content
from api.cases.event_kinds import CaseworkerAssigned, HandOver, PreliminaryAssessmentClosed
from api.cases.journal import append, entries, entry_of, lock_case, open_case
from api.cases.kinds import RECORDABLE
from api.cases.participation.rules import participations, require_participation, stage_of
from api.cases.participation_kinds import PARTICIPATION, ParticipationContent
from api.cases.plans.kinds import ActionPlan, MeasuresFollowedUp
from api.cases.plans.rules import plan_replaced_by_a_new_one, require_follow_up, require_plan
from api.cases.ratings.blind_rating import seen_by
from api.cases.recorded_kinds import days_done
from api.context.unit import Unit
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Case, CaseUnit, Entry, SecrecyUnit
from instruments.faults import Fault, InputError


@dataclass(frozen=True)
class Recording:
    """Something about to be recorded, for the rules of its kind to look at."""

    unit: Unit
    case: Case
    content: Content
    subject: Entry | None


Rule = Callable[[Recording], None]


def record(
    unit: Unit,
    case_id: str,
    kind: str,
    raw: Mapping[str, Any],
    *,
    subject: str | None = None,
    hidden_from_guardians: bool = False,
) -> Entry:
    """Record something of a kind that is recorded as it is written.

    Parameters
    ----------
    subject : str or None
        The entry that it is about; ``RECORDED_AT`` says which kinds need one, and of what kind it is.

    Raises
    ------
    InputError
        With every fault of the content, or ``subject-missing``.
    RuleError
        If the case does not allow it now; the code says why.
    NotFoundError
        For a kind that is recorded in another way, or a subject that is not in the case.
    """
    declared = RECORDABLE.get(kind)
    if declared is None:
        raise NotFoundError
    kinds_of_subject = declared.RECORDED_AT.about
    content = read_content(declared, raw)
    faults = list(_ahead(content, unit.now))
    if kinds_of_subject is not None and subject is None:
        faults.append(Fault("subject-missing", "", {"name": kind}))
    if faults:
        raise InputError(faults)
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    about = entry_of(unit.session, case, subject, *(kinds_of_subject or ())) if subject else None
    if about is not None and not seen_by(unit.session, case.id, [about], unit.actor.id):
        raise NotFoundError
    rule = _RULES.get(kind)
    if rule is not None:
        rule(Recording(unit, case, content, about))
    hidden = hidden_from_guardians or (about is not None and about.hidden_from_guardians)
    replaced = plan_replaced_by_a_new_one(unit, case) if kind == ActionPlan.KIND else None
    return append(unit, case, content, subject=subject, supersedes=replaced, hidden_from_guardians=hidden)


def _ahead(content: Content, now: datetime) -> Iterator[Fault]:
    """Yield a fault for every day on which something was done that lies ahead."""
    for name in days_done(type(content)):
        day = getattr(content, name)
        if day is not None and day > now.date():
            yield Fault("date-ahead", f"/{name}")


def _close_preliminary_assessment(recording: Recording) -> None:
    content, intake = recording.content, recording.subject
    assert isinstance(content, PreliminaryAssessmentClosed)  # noqa: S101 -- the kind that this rule is for
    assert intake is not None  # noqa: S101 -- the kind needs a subject
    if intake.content["preliminary_assessment"] != "open":
        raise RuleError("no-preliminary-assessment")
    if _has_about(recording, intake):
        raise RuleError("already-closed")
    if content.hand_over is not None:
        _add_unit(recording, content.hand_over)


def _hand_over(recording: Recording) -> None:
    assert isinstance(recording.content, HandOver)  # noqa: S101 -- the kind that this rule is for
    _add_unit(recording, recording.content)


def _add_unit(recording: Recording, hand_over: HandOver) -> None:
    session, case = recording.unit.session, recording.case
    if session.get(SecrecyUnit, hand_over.unit) is None:
        raise RuleError("unknown-unit")
    if session.get(CaseUnit, (case.id, hand_over.unit)) is not None:
        raise RuleError("already-handed-over")
    session.add(
        CaseUnit(case_id=case.id, unit_id=hand_over.unit, since=recording.unit.now, added_by=recording.unit.actor.id)
    )


def _once_about_its_subject(recording: Recording) -> None:
    if recording.subject is not None and _has_about(recording, recording.subject):
        raise RuleError("already-lifted")


def _has_about(recording: Recording, subject: Entry) -> bool:
    others = entries(recording.unit.session, recording.case.id, recording.content.KIND)
    return any(entry.subject_id == subject.id for entry in others)


def _participation(recording: Recording) -> None:
    assert isinstance(recording.content, ParticipationContent)  # noqa: S101 -- the kinds that this rule is for
    require_participation(recording.unit.session, recording.case, recording.content)


def _plan(recording: Recording) -> None:
    _participation(recording)
    assert isinstance(recording.content, ActionPlan)  # noqa: S101 -- the kind that this rule is for
    require_plan(recording.unit, recording.case, recording.content)


def _follow_up_of_measures(recording: Recording) -> None:
    _participation(recording)
    assert isinstance(recording.content, MeasuresFollowedUp)  # noqa: S101 -- the kind that this rule is for
    assert recording.subject is not None  # noqa: S101 -- the kind needs a subject
    require_follow_up(recording.unit, recording.case, recording.content, recording.subject)


def _assign_caseworker(recording: Recording) -> None:
    assert isinstance(recording.content, CaseworkerAssigned)  # noqa: S101 -- the kind that this rule is for
    require_colleagues(recording.unit.session, recording.case.id, recording.content)


def _close(recording: Recording) -> None:
    if stage_of(participations(recording.unit.session, recording.case.id)) == "during":
        raise RuleError("still-participating")


_RULES: Mapping[str, Rule] = {
    "case_closed": _close,
    "caseworker_assigned": _assign_caseworker,
    "preliminary_assessment_closed": _close_preliminary_assessment,
    "hand_over": _hand_over,
    "hold_lifted": _once_about_its_subject,
    **dict.fromkeys(PARTICIPATION, _participation),
    ActionPlan.KIND: _plan,
    MeasuresFollowedUp.KIND: _follow_up_of_measures,
}
