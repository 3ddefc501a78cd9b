"""Sessions: from a log-in to a log-out, each with its own row, so that a copied cookie dies with the log-out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from flask import current_app, g, session
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.access.caller import Caller, nobody, set_caller
from api.access.handed_over import end_handed_over
from api.access.permission_table import the_permissions
from api.context.context import current_context
from api.store.account_tables import Account, AccountRole, AccountUnit, LogInSession
from api.store.audit_chain import record_event
from api.store.schema import SecrecyUnit

_KEY, _SEEN, _ACCOUNT = "log_in", "seen", "account"
#: The cookie is sent anew at most this often, in seconds.
_REFRESHED = 60
#: Whose a session is, a row for each of their roles and units. It is asked at every request, as a key is.
_WITH_ACCOUNT = (
    select(
        *(Account.id, Account.name, AccountRole.name.label("role")),
        *(AccountUnit.unit_id, SecrecyUnit.name.label("unit")),
    )
    .join(LogInSession, LogInSession.account_id == Account.id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .outerjoin(AccountUnit, AccountUnit.account_id == Account.id)
    .outerjoin(SecrecyUnit, SecrecyUnit.id == AccountUnit.unit_id)
    .order_by(SecrecyUnit.name)
    .where(
        LogInSession.id == bindparam("key"),
        LogInSession.ended_at.is_(None),
        LogInSession.began_at > bindparam("earliest"),
        Account.fs_uniquifier == bindparam("account"),
        Account.active,
    )
)


def session_keys() -> list[str]:
    """The keys that sign what goes out and comes back, the one in use last: as itsdangerous takes them."""
    config = current_app.config
    return [*reversed(config["SECRET_KEY_FALLBACKS"]), str(config["SECRET_KEY"])]


def begin_session(account: Account, way: str) -> None:
    """Log an account in. Nothing of what the cookie held before is kept.

    Parameters
    ----------
    way : str
        ``password``, ``code`` or ``oidc``.
    """
    key, now = uuid4().hex, current_context().now()
    with current_context().database.unit_of_work() as work:
        end_handed_over(work)
        work.add(LogInSession(id=key, account_id=account.id, began_at=now, ended_at=None))
        work.flush()
        record_event(work, audit_event("log_in", way, actor=account.id, record=key))
    session.clear()
    session[_KEY] = key
    session[_ACCOUNT] = account.fs_uniquifier
    session[_SEEN] = int(now.timestamp())


def end_session(caller: Caller) -> None:
    """Log out: the session ends here and in every copy of its cookie."""
    key = session.get(_KEY)
    with current_context().database.unit_of_work() as work:
        row = work.get(LogInSession, key) if isinstance(key, str) else None
        if row is not None and row.ended_at is None:
            row.ended_at = current_context().now()
        record_event(work, audit_event("log_out", "session", actor=caller.actor, record=key))
    session.clear()
    set_caller(nobody())


def end_sessions(work: Session, account: Account) -> None:
    """End every session of an account, and make the codes for a new password that it was sent worthless."""
    account.fs_uniquifier = uuid4().hex
    begun = update(LogInSession).where(LogInSession.account_id == account.id, LogInSession.ended_at.is_(None))
    work.execute(begun.values(ended_at=current_context().now()))


def sessions_of(work: Session, account: str) -> Sequence[LogInSession]:
    """The sessions of an account that can still be going on, latest first: how long one rests is known to it alone."""
    context = current_context()
    earliest = context.now() - context.settings.accounts.longest
    wanted = select(LogInSession).where(
        LogInSession.account_id == account, LogInSession.ended_at.is_(None), LogInSession.began_at > earliest
    )
    return work.scalars(wanted.order_by(LogInSession.began_at.desc(), LogInSession.id)).all()


def account_in_session() -> str | None:
    """What the account is known by that the session of the request names; see `expired_account`."""
    named: str | None = session.get(_ACCOUNT)
    return named


def expired_account() -> str | None:
    """What the account is known by whose session the request came with, even if it had ended. It allows nothing."""
    account: str | None = g.get("underlag_expired")
    return account


def caller_of_session() -> Caller:
    """Whoever is logged in by the session of the request; nobody where it has ended or was never begun."""
    key, uniquifier, seen = session.get(_KEY), session.get(_ACCOUNT), session.get(_SEEN)
    if not (isinstance(key, str) and isinstance(uniquifier, str) and isinstance(seen, int)):
        return nobody()
    context = current_context()
    now, settings = context.now(), context.settings.accounts
    g.underlag_expired = uniquifier
    if now - datetime.fromtimestamp(seen, UTC) > settings.idle:
        session.clear()
        return nobody()
    with context.database.glancing() as looking:
        asked = {"key": key, "earliest": now - settings.longest, "account": uniquifier}
        rows = looking.execute(_WITH_ACCOUNT, asked).all()
    if not rows:
        session.clear()
        return nobody()
    if now.timestamp() - seen > _REFRESHED:
        session[_SEEN] = int(now.timestamp())
    roles = frozenset(row.role for row in rows if row.role)
    units = frozenset(row.unit_id for row in rows if row.unit_id)
    named = tuple(dict.fromkeys(row.unit for row in rows if row.unit))
    actions = the_permissions().actions_of(roles)
    return Caller(rows[0].id, rows[0].name, roles, units, actions, "session", unit_names=named)
