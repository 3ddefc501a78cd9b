"""Rows for tests of the store: one unit, one case, and entries that say nothing real."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from api.store.audit_chain import AuditEvent, record_event, seal_of
from api.store.schema import Case, Entry, SecrecyUnit

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UNIT = "sig"


def new_reference() -> str:
    """A reference that nobody else has, without digits: some digits in a row are taken for a personal number."""
    return "".join(chr(ord("a") + int(each, 16)) for each in uuid4().hex)


def add_case(session: Session) -> str:
    if session.get(SecrecyUnit, UNIT) is None:
        session.add(SecrecyUnit(id=UNIT, name="SIG"))
        session.flush()
    case = Case(id=uuid4().hex, unit_id=UNIT, reference=new_reference(), opened_at=NOON, opened_by="anna")
    session.add(case)
    session.flush()
    return case.id


def add_entry(session: Session, case: str, number: int, text: str = "said") -> str:
    entry = Entry(
        id=uuid4().hex,
        case_id=case,
        number=number,
        kind="note",
        content={"text": text},
        made_by="anna",
        made_at=NOON + timedelta(minutes=number),
        hidden_from_guardians=False,
        salt=uuid4().hex,
    )
    session.add(entry)
    session.flush()
    record_event(
        session, AuditEvent(NOON, "anna", "write", "note", case, entry.id, request_id="r1", seal=seal_of(entry))
    )
    return entry.id
