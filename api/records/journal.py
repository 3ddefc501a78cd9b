"""The journal of a case: who may open it, adding entries to it, and reading them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.content import Content
from api.records.refusals import ForbiddenError, NotFoundError, RuleError
from api.records.summary import summarise
from api.store.audit_chain import seal_of, tell
from api.store.schema import Case, CaseUnit, Entry

#: The cases that a unit of work holds until it ends; asking once is enough.
_HELD = "underlag_held"


def open_case(session: Session, now: datetime, actor: Actor, case_id: str, *, action: str = "read") -> Case:
    """Open a case for reading or writing; the audit is told.

    Parameters
    ----------
    action : str
        What the case is opened for, for the audit: ``read``, ``write``, ``export`` …

    Raises
    ------
    NotFoundError
    ForbiddenError
        If the case belongs to other units and the actor states no ground for opening it.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFoundError
    units = session.scalars(select(CaseUnit.unit_id).where(CaseUnit.case_id == case_id)).all()
    if actor.units.isdisjoint(units) and not actor.ground.strip():
        raise ForbiddenError(
            "other-unit", told=actor.did(now, action, "case", case=case_id, record=case_id, outcome="refused")
        )
    tell(session, actor.did(now, action, "case", case=case_id, record=case_id))
    return case


def hold(session: Session, case: Case) -> None:
    """Let nobody else add to a case until this unit of work ends, so that what is checked is what is added to."""
    held = session.info.setdefault(_HELD, set())
    if case.id not in held:
        session.execute(select(Case.id).where(Case.id == case.id).with_for_update())
        held.add(case.id)


def append(
    session: Session,
    now: datetime,
    actor: Actor,
    case: Case,
    content: Content,
    *,
    subject: str | None = None,
    supersedes: str | None = None,
    hidden_from_guardians: bool = False,
) -> Entry:
    """Add an entry to a case that was opened, tell the audit, and bring the case's summary up to date.

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
    hold(session, case)
    number = session.scalar(select(func.max(Entry.number)).where(Entry.case_id == case.id)) or 0
    entry = Entry(
        id=uuid4().hex,
        case_id=case.id,
        number=number + 1,
        kind=content.KIND,
        content=content.as_data(),
        subject_id=subject,
        supersedes_id=supersedes,
        made_by=actor.id,
        made_at=now,
        hidden_from_guardians=hidden_from_guardians,
        salt=uuid4().hex,
    )
    session.add(entry)
    try:
        session.flush()
    except IntegrityError:
        raise RuleError("already-superseded") from None
    tell(session, actor.did(now, "write", entry.kind, case=case.id, record=entry.id, seal=seal_of(entry)))
    summarise(session, entry)
    return entry


def entries(session: Session, case_id: str, *kinds: str) -> Sequence[Entry]:
    """The entries of a case in the order they were made, of some kinds or all."""
    wanted = select(Entry).where(Entry.case_id == case_id).order_by(Entry.number)
    if kinds:
        wanted = wanted.where(Entry.kind.in_(kinds))
    return session.scalars(wanted).all()


def standing(session: Session, case_id: str, *kinds: str) -> list[Entry]:
    """The entries that no later entry has taken the place of."""
    found = entries(session, case_id, *kinds)
    gone = {entry.supersedes_id for entry in found}
    return [entry for entry in found if entry.id not in gone]


def latest(session: Session, case_id: str, *kinds: str) -> Entry | None:
    """The last entry of some kinds."""
    wanted = select(Entry).where(Entry.case_id == case_id, Entry.kind.in_(kinds))
    return session.scalars(wanted.order_by(Entry.number.desc()).limit(1)).first()


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
