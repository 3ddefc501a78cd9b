"""Keys for programs: shown once, kept as a digest, narrower than their owner and never wider."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, NoReturn
from uuid import uuid4

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import NOBODY, Caller
from api.access.limits import count_failure, refuse_after_failures
from api.access.permission_table import the_permissions
from api.access.users import is_usable_address
from api.context.context import current_context
from api.store.account_tables import Account, AccountRole, AccountUnit, ApiToken
from api.store.audit_chain import record_event
from api.web.problems import Problem
from instruments.faults import Fault

PREFIX = "underlag_"
LONGEST_DAYS = 366
LONGEST_NAME = 100
_FORM = re.compile(r"underlag_[A-Za-z0-9_-]{43}")
#: A use is recorded in the audit log at most this often for each key; the reading of a case is always recorded.
_RECORDED_AGAIN = timedelta(hours=1)
#: What no key may do: it would outlive a changed password, or make another key.
BY_PEOPLE_ONLY = frozenset({"account:own", "tokens:own", "accounts:manage", "units:manage"})
#: What every key may do.
_ALWAYS = frozenset({"public", "account:see"})
#: A key with its owner, a row for each of the owner's roles and units. It is asked at every request: nothing of it is
#: remembered, so that what another process has changed holds at once.
_WITH_OWNER = (
    select(
        *(ApiToken.id, ApiToken.actions, ApiToken.expires_at, ApiToken.revoked_at, ApiToken.used_at),
        *(Account.id.label("account"), Account.name, Account.email, Account.active),
        *(AccountRole.name.label("role"), AccountUnit.unit_id),
    )
    .join(Account, Account.id == ApiToken.account_id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .outerjoin(AccountUnit, AccountUnit.account_id == Account.id)
    .where(ApiToken.digest == bindparam("digest"))
)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A key that was just made. ``secret`` is never seen again."""

    id: str
    secret: str
    actions: tuple[str, ...]
    expires_at: datetime


def possible_actions(caller: Caller) -> tuple[str, ...]:
    """The actions that a key of this caller can have, in the order of the table."""
    return tuple(
        name
        for name in the_permissions().action_names()
        if caller.may(name) and name not in BY_PEOPLE_ONLY and name not in _ALWAYS
    )


def make_token(caller: Caller, name: str, actions: Iterable[str], days: int) -> NewToken:
    """Make a key for a program.

    Parameters
    ----------
    actions : iterable of str
        What the key is for; only what its owner may do.
    days : int
        How long it is valid, 1 to 366.

    Raises
    ------
    Problem
        Kind ``invalid-input``, with every fault.
    """
    wanted = tuple(dict.fromkeys(actions))
    possible = possible_actions(caller)
    faults = []
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        faults.append(Fault("token-name", "/name", {"most": LONGEST_NAME}))
    if not wanted or not set(wanted) <= set(possible):
        faults.append(Fault("token-actions", "/actions", {"allowed": ", ".join(possible)}))
    if not 1 <= days <= LONGEST_DAYS:
        faults.append(Fault("token-days", "/days", {"most": LONGEST_DAYS}))
    if faults or caller.account is None:
        raise Problem("invalid-input", tuple(faults))
    now = current_context().now()
    secret = PREFIX + token_urlsafe(32)
    row = ApiToken(
        id=uuid4().hex,
        account_id=caller.account,
        name=name.strip(),
        digest=digest_of(secret),
        actions=" ".join(wanted),
        made_at=now,
        expires_at=now + timedelta(days=days),
        revoked_at=None,
        used_at=None,
    )
    with current_context().database.unit_of_work() as session:
        session.add(row)
        session.flush()
        record_event(session, audit_event("make", "token", record=row.id))
    return NewToken(row.id, secret, wanted, row.expires_at)


def digest_of(secret: str) -> str:
    """What is kept of a key. It holds 256 random bits, so that a plain digest cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def own_tokens(session: Session, caller: Caller) -> Sequence[ApiToken]:
    """The keys of the caller that were not revoked, latest first."""
    return tokens_of(session, caller.account)


def tokens_of(session: Session, account: str | None) -> Sequence[ApiToken]:
    """The keys of an account that were not revoked, latest first."""
    wanted = select(ApiToken).where(ApiToken.account_id == account, ApiToken.revoked_at.is_(None))
    return session.scalars(wanted.order_by(ApiToken.made_at.desc(), ApiToken.id)).all()


def revoke_token(account: str | None, token_id: str) -> None:
    """Revoke a key of an account; it is worth nothing from now on.

    Raises
    ------
    Problem
        Kind ``not-found``, also for a key of another account.
    """
    with current_context().database.unit_of_work() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.account_id != account or row.revoked_at is not None:
            raise Problem("not-found")
        row.revoked_at = current_context().now()
        record_event(session, audit_event("revoke", "token", record=row.id))


def revoke_all_tokens(session: Session, account: str, actor: str | None = None) -> None:
    """Revoke every key of an account, as when its password is changed."""
    now = current_context().now()
    held = select(ApiToken).where(ApiToken.account_id == account, ApiToken.revoked_at.is_(None))
    for row in session.scalars(held.order_by(ApiToken.made_at, ApiToken.id)).all():
        row.revoked_at = now
        record_event(session, audit_event("revoke", "token", actor=actor, record=row.id))


def caller_of_token(secret: str) -> Caller:
    """Whoever owns a key, with the actions that both have.

    Raises
    ------
    Problem
        Kind ``unauthenticated`` for a key that is unknown, expired, revoked, or whose account is closed.
    """
    rows = _find(secret) if _FORM.fullmatch(secret) else []
    now = current_context().now()
    if not rows:
        _refuse(NOBODY, None)
    found = rows[0]
    is_open = found.active and is_usable_address(found.email)
    if found.revoked_at is not None or found.expires_at <= now or not is_open:
        _refuse(found.account, found.id)
    if found.used_at is None or now - found.used_at > _RECORDED_AGAIN:
        with current_context().database.unit_of_work() as session:
            session.get_one(ApiToken, found.id).used_at = now
            record_event(session, audit_event("use", "token", actor=found.account, record=found.id))
    roles = frozenset(row.role for row in rows if row.role)
    units = frozenset(row.unit_id for row in rows if row.unit_id)
    own = the_permissions().actions_of(roles)
    actions = own & (_ALWAYS | set(found.actions.split()))
    return Caller(found.account, found.name, roles, units, actions, "token", found.id)


def _find(secret: str) -> list[Row[Any]]:
    with current_context().database.glancing() as session:
        return [*session.execute(_WITH_OWNER, {"digest": digest_of(secret)})]


def _refuse(actor: str, token: str | None) -> NoReturn:
    refuse_after_failures("token")  # a right key is never refused for what others at its address have tried
    count_failure("token")
    record_event_alone(audit_event("use", "token", actor=actor, record=token, outcome="refused"))
    raise Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="underlag", error="invalid_token"'})
