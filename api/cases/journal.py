"""The journal of a case: who may open it, adding entries to it, and reading them."""

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.reach import reaches
from api.cases.content import Content
from api.cases.summary import summarise
from api.context.unit import Unit
from api.store.audit_chain import record_event, seal_of
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import Case, CaseSummary, CaseUnit, Entry

#: The cases that a unit of work holds until it ends; asking once is enough.
_HELD = "underlag_held"
_WITH_UNITS = (
    select(Case, CaseUnit.unit_id).outerjoin(CaseUnit, CaseUnit.case_id == Case.id).where(Case.id == bindparam("case"))
)
_SUMMARY = (
    select(CaseSummary)
    .where(CaseSummary.case_id == bindparam("case"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_OF_CASE = select(Entry).where(Entry.case_id == bindparam("case")).order_by(Entry.number)
_OF_KINDS = _OF_CASE.where(Entry.kind.in_(bindparam("kinds", expanding=True)))


def open_case(unit: Unit, case_id: str, *, action: str = "read") -> Case:
    """Open a case for reading or writing; this is recorded in the audit log.

    Parameters
    ----------
    action : str
        What the case is opened for, for the audit: ``read``, ``write``, ``export`` …

    Raises
    ------
    NotFoundError
    ForbiddenError
        ``other-unit`` if the case belongs to other units and the actor states no ground for opening it, or needs one
        and so reaches no other unit's; ``ground-required`` if the actor needs one for the own unit and states none.
    """
    rows = unit.session.execute(_WITH_UNITS, {"case": case_id}).all()
    if not rows:
        raise NotFoundError
    case: Case = rows[0][0]
    actor, units = unit.actor, [each for _, each in rows]
    if not reaches(actor.units, actor.ground, belongs_to=units, needs_ground=actor.needs_ground):
        raise ForbiddenError(
            "other-unit" if actor.units.isdisjoint(units) else "ground-required",
            event=unit.event(action, "case", case=case_id, record=case_id, outcome="refused"),
        )
    record_event(unit.session, unit.event(action, "case", case=case_id, record=case_id))
    return case


def lock_case(session: Session, case: Case) -> CaseSummary:
    """Let nobody else add to a case until this unit of work ends, so that what is checked is what is added to.

    Returns
    -------
    CaseSummary
        Where the case stands.

    Raises
    ------
    LookupError
        If the case has no summary.
    """
    held: dict[str, CaseSummary] = session.info.setdefault(_HELD, {})
    if case.id not in held:
        summary = session.scalars(_SUMMARY, {"case": case.id}).one_or_none()
        if summary is None:
            raise LookupError("a case without its summary; run: underlag db rebuild-summaries")
        held[case.id] = summary
    return held[case.id]


def append(
    unit: Unit,
    case: Case,
    content: Content,
    *,
    subject: str | None = None,
    supersedes: str | None = None,
    hidden_from_guardians: bool = False,
) -> Entry:
    """Add an entry to a case that was opened, record it in the audit log, and bring the case's summary up to date.

    Parameters
    ----------
    subject : str or None
        The entry that this one is about.
    supersedes : str or None
        The entry that this one takes the place of.

    Raises
    ------
    RuleError
        ``already-superseded`` if someone else's entry took the place first.
    """
    summary = lock_case(unit.session, case)
    entry = Entry(
        id=uuid4().hex,
        case_id=case.id,
        number=summary.entries + 1,
        kind=content.KIND,
        content=content.as_data(),
        subject_id=subject,
        supersedes_id=supersedes,
        made_by=unit.actor.id,
        made_at=unit.now,
        hidden_from_guardians=hidden_from_guardians,
        salt=uuid4().hex,
    )
    unit.session.add(entry)
    summarise(summary, entry)
    try:
        unit.session.flush()
    except IntegrityError:
        raise RuleError("already-superseded") from None
    record_event(
        unit.session,
        unit.event("write", entry.kind, case=case.id, record=entry.id, seal=seal_of(entry)),
    )
    return entry


def entries(session: Session, case_id: str, *kinds: str) -> Sequence[Entry]:
    """The entries of a case in the order they were made, of some kinds or all."""
    if not kinds:
        return session.scalars(_OF_CASE, {"case": case_id}).all()
    return session.scalars(_OF_KINDS, {"case": case_id, "kinds": kinds}).all()


def current_entries(session: Session, case_id: str, *kinds: str) -> list[Entry]:
    """The entries that no later entry has taken the place of."""
    return current_among(entries(session, case_id, *kinds), *kinds)


def current_among(among: Sequence[Entry], *kinds: str) -> list[Entry]:
    """Those of some kinds that no later one of them has taken the place of."""
    wanted = [entry for entry in among if entry.kind in kinds]
    gone = {entry.supersedes_id for entry in wanted}
    return [entry for entry in wanted if entry.id not in gone]


def latest(session: Session, case_id: str, *kinds: str) -> Entry | None:
    """The last entry of some kinds."""
    wanted = select(Entry).where(Entry.case_id == case_id, Entry.kind.in_(kinds))
    return session.scalars(wanted.order_by(Entry.number.desc()).limit(1)).first()


def latest_among(among: Sequence[Entry], *kinds: str) -> Entry | None:
    """The last of some entries, in the order they were made, that is of some kinds."""
    return next((entry for entry in reversed(among) if entry.kind in kinds), None)


def entry_of(session: Session, case: Case, entry_id: str, *kinds: str) -> Entry:
    """One entry of a case that was opened.

    Raises
    ------
    NotFoundError
        If the case has no such entry of these kinds.
    """
    entry = session.get(Entry, entry_id)
    if entry is None or entry.case_id != case.id or (kinds and entry.kind not in kinds):
        raise NotFoundError
    return entry


def hold_on(session: Session, case_id: str, on: date) -> str | None:
    """The entry that keeps a case on a day: a hold that was not lifted and has not run out."""
    holds = entries(session, case_id, "hold", "hold_lifted")
    lifted = {entry.subject_id for entry in holds if entry.kind == "hold_lifted"}
    for entry in holds:
        until = entry.content.get("until")
        if entry.kind == "hold" and entry.id not in lifted and (until is None or date.fromisoformat(until) >= on):
            return entry.id
    return None
