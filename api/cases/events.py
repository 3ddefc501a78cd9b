"""What else is recorded in a case: how it came, where it went, meetings, holds, corrections; each with its rules."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.cases import kinds
from api.cases.content import Content, read_content
from api.cases.journal import append, entries, entry_of, lock_case, open_case
from api.cases.participation.rules import require_participation
from api.cases.participation_kinds import PARTICIPATION
from api.cases.ratings.blind_rating import seen_by
from api.store.actors import Actor
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Case, CaseUnit, Entry, SecrecyUnit
from instruments.faults import Fault, InputError

#: Days on which something was done; none of them can lie ahead.
_DONE_ON = (
    "received_on",
    "closed_on",
    "given_on",
    "disclosed_on",
    "started_on",
    "held_on",
    "followed_up_on",
    "offered_on",
    "ended_on",
    "observed_on",
)


@dataclass(frozen=True)
class Recording:
    """Something about to be recorded, for the rules of its kind to look at."""

    session: Session
    now: datetime
    actor: Actor
    case: Case
    content: Content
    subject: Entry | None


Rule = Callable[[Recording], None]


def record(
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    kind: str,
    raw: Mapping[str, Any],
    *,
    subject: str | None = None,
    hidden_from_guardians: bool = False,
) -> Entry:
    """Record something of a kind in `RECORDABLE`.

    Parameters
    ----------
    subject : str or None
        The entry that it is about; `SUBJECTS` says which kinds need one, and of what kind it is.

    Raises
    ------
    InputError
        With every fault of the content, or ``subject-missing``.
    RuleError
        If the case does not allow it now; the code says why.
    NotFoundError
        For a kind that is recorded in another way, or a subject that is not in the case.
    """
    if kind not in RECORDABLE:
        raise NotFoundError
    content = read_content(kinds.KINDS[kind], raw)
    faults = list(_ahead(content, now))
    if kind in SUBJECTS and subject is None:
        faults.append(Fault("subject-missing", "", {"name": kind}))
    if faults:
        raise InputError(faults)
    case = open_case(session, now, actor, case_id, action="write")
    lock_case(session, case)
    about = entry_of(session, case, subject, *SUBJECTS.get(kind, ())) if subject else None
    if about is not None and not seen_by(session, case.id, [about], actor.id):
        raise NotFoundError
    rule = _RULES.get(kind)
    if rule is not None:
        rule(Recording(session, now, actor, case, content, about))
    hidden = hidden_from_guardians or (about is not None and about.hidden_from_guardians)
    return append(session, now, actor, case, content, subject=subject, hidden_from_guardians=hidden)


def _ahead(content: Content, now: datetime) -> Iterator[Fault]:
    for name in _DONE_ON:
        day = getattr(content, name, None)
        if day is not None and day > now.date():
            yield Fault("date-ahead", f"/{name}")


def _close_preliminary_assessment(recording: Recording) -> None:
    content, intake = recording.content, recording.subject
    assert isinstance(content, kinds.PreliminaryAssessmentClosed)  # noqa: S101 -- the kind that this rule is for
    assert intake is not None  # noqa: S101 -- the kind needs a subject
    if intake.content["preliminary_assessment"] != "open":
        raise RuleError("no-preliminary-assessment")
    if _has_about(recording, intake):
        raise RuleError("already-closed")
    if content.hand_over is not None:
        _add_unit(recording, content.hand_over)


def _hand_over(recording: Recording) -> None:
    assert isinstance(recording.content, kinds.HandOver)  # noqa: S101 -- the kind that this rule is for
    _add_unit(recording, recording.content)


def _add_unit(recording: Recording, hand_over: kinds.HandOver) -> None:
    session, case = recording.session, recording.case
    if session.get(SecrecyUnit, hand_over.unit) is None:
        raise RuleError("unknown-unit")
    if session.get(CaseUnit, (case.id, hand_over.unit)) is not None:
        raise RuleError("already-handed-over")
    session.add(CaseUnit(case_id=case.id, unit_id=hand_over.unit, since=recording.now, added_by=recording.actor.id))


def _once_about_its_subject(recording: Recording) -> None:
    if recording.subject is not None and _has_about(recording, recording.subject):
        raise RuleError("already-lifted")


def _has_about(recording: Recording, subject: Entry) -> bool:
    found = entries(recording.session, recording.case.id, recording.content.KIND)
    return any(entry.subject_id == subject.id for entry in found)


def _participation(recording: Recording) -> None:
    require_participation(recording.session, recording.case, recording.content)


#: Kinds that are about an entry of these kinds; none named means any entry.
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "preliminary_assessment_closed": ("intake",),
    "feedback_to_reporter": ("intake",),
    "hold_lifted": ("hold",),
    "correction": (),
    "counter_statement": (),
}
_RULES: Mapping[str, Rule] = {
    "preliminary_assessment_closed": _close_preliminary_assessment,
    "hand_over": _hand_over,
    "hold_lifted": _once_about_its_subject,
    **{kind.KIND: _participation for kind in PARTICIPATION},
}
#: What `record` takes; every other kind has a function of its own.
RECORDABLE: tuple[str, ...] = (
    "intake",
    "preliminary_assessment_closed",
    "hand_over",
    "feedback_to_reporter",
    "guardians",
    "correction",
    "counter_statement",
    "disclosure",
    "hold",
    "hold_lifted",
    *(kind.KIND for kind in PARTICIPATION),
)
