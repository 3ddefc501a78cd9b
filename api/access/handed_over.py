"""A device that was handed over with one form on it: it reaches that and nothing else until somebody logs in again.

Handing over ends the log-in, so that every copy of its cookie is worth nothing. What the cookie names after that is a
row of its own, which opens one form once. Whoever has been handed the device is nobody to the rest of the service, and
the guard sends every other address to the log-in.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from flask import g, session
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.access.caller import Caller, the_caller
from api.access.permission_table import the_permissions
from api.context.context import current_context
from api.store.account_tables import Account, AccountRole, AccountUnit, HandedOverForm
from api.store.audit_chain import record_event
from screening.experience import Respondent

_KEY = "handed_over"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A form on a device.

    Parameters
    ----------
    account : str
        Who handed it over, and answers for what is recorded.
    told_by : str
        Who fills it: ``youth`` or ``guardian``.
    definition : str
        The ``id@version`` of its questions.
    until : datetime
        When it must have been sent.
    ended_at : datetime or None
        When it was sent.
    """

    id: str
    account: str
    case: str
    told_by: Respondent
    definition: str
    language: str
    until: datetime
    ended_at: datetime | None


def hand_over(work: Session, case: str, told_by: Respondent, definition: str, language: str) -> str:
    """Make a form that a device can be left with, in the name of the caller; `leave_device_with` leaves it there.

    Returns
    -------
    str
        Its key.
    """
    context = current_context()
    now = context.now()
    row = HandedOverForm(
        id=uuid4().hex,
        account_id=the_caller().actor,
        case_id=case,
        told_by=told_by,
        definition=definition,
        language=language,
        began_at=now,
        until=now + context.settings.accounts.idle,
        ended_at=None,
    )
    work.add(row)
    work.flush()
    record_event(work, audit_event("hand_over_device", "experience_form", case=case, record=row.id))
    return row.id


def leave_device_with(key: str) -> None:
    """Let this device reach one form and nothing else. The log-in has ended before."""
    session.clear()
    session[_KEY] = key


def is_handed_over() -> bool:
    """Whether the device of the request was handed over, and nobody has logged in on it since."""
    return _KEY in session


def handed_over() -> HandedOver | None:
    """The form that the device of the request was handed over with; None where there is none, or its case is gone."""
    if "underlag_handed_over" not in g:
        key, row = session.get(_KEY), None
        if isinstance(key, str):
            with current_context().database.looking() as looking:
                row = looking.get(HandedOverForm, key)
        g.underlag_handed_over = _of(row) if row is not None else None
    form: HandedOver | None = g.underlag_handed_over
    return form


def end_handed_over(work: Session) -> None:
    """End the form of this device where it was not sent: somebody logs in on it, and its time is over."""
    key = session.get(_KEY)
    row = work.get(HandedOverForm, key) if isinstance(key, str) else None
    if row is not None and row.ended_at is None:
        row.until = row.began_at


def is_sent_first(work: Session, form: HandedOver) -> bool:
    """Take the form as sent, in the unit of work that records it; False where it was sent or ended before."""
    row = work.get(HandedOverForm, form.id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None or current_context().now() >= row.until:
        return False
    row.ended_at = current_context().now()
    return True


def who_handed_over(form: HandedOver) -> tuple[Caller, str] | None:
    """Whoever handed the device over, by what they may do now, and what a session of theirs names; None once closed."""
    chosen = (
        select(Account.name, Account.fs_uniquifier, AccountRole.name.label("role"), AccountUnit.unit_id)
        .outerjoin(AccountRole, AccountRole.account_id == Account.id)
        .outerjoin(AccountUnit, AccountUnit.account_id == Account.id)
        .where(Account.id == form.account, Account.active)
    )
    with current_context().database.looking() as looking:
        rows = looking.execute(chosen).all()
    if not rows:
        return None
    roles = frozenset(row.role for row in rows if row.role)
    units = frozenset(row.unit_id for row in rows if row.unit_id)
    caller = Caller(form.account, rows[0].name, roles, units, the_permissions().actions_of(roles), "session")
    return caller, rows[0].fs_uniquifier


def _of(row: HandedOverForm) -> HandedOver:
    told_by: Respondent = "youth" if row.told_by == "youth" else "guardian"
    return HandedOver(
        row.id, row.account_id, row.case_id, told_by, row.definition, row.language, row.until, row.ended_at
    )
