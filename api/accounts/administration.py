"""Setting up accounts in the browser, on the command line and for the demo, always recorded in the audit log."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.access.lockout import forget_tries
from api.access.permission_table import the_permissions
from api.access.sessions import end_sessions
from api.access.tokens import revoke_all_tokens
from api.access.users import is_usable
from api.accounts.belonging import Belonging, record_belonging
from api.accounts.names_and_addresses import AdministrationError, checked_address, checked_name, keep_address
from api.accounts.passwords import hash_password, normal_email
from api.context.context import current_context
from api.store.account_tables import Account, AccountIdentity, AccountRole, AccountUnit
from api.store.audit_chain import AuditEvent, record_event
from api.store.schema import SecrecyUnit

#: Who may do this can give it to others.
_ADMINISTERS = "accounts:manage"


@dataclass(frozen=True)
class NewAccount:
    """An account to be set up.

    Parameters
    ----------
    identity : tuple of str or None
        Issuer and subject at an identity provider.
    with_password : bool
        Whether it may also log in by password.
    """

    email: str
    name: str
    roles: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    identity: tuple[str, str] | None = None
    with_password: bool = True


def add_account(new: NewAccount, actor: str) -> tuple[str, str | None]:
    """Set up an account.

    Returns
    -------
    (str, str or None)
        The key of the account, and the random password that it was given.

    Raises
    ------
    AdministrationError
    """
    email, name = checked_address(new.email), checked_name(new.name)
    check_roles(new.roles)
    password = token_urlsafe(12) if new.with_password else None
    account = Account(
        id=uuid4().hex,
        email=email,
        name=name,
        password=hash_password(password) if password else None,
        active=True,
        fs_uniquifier=uuid4().hex,
        totp_secret=None,
        totp_counter=None,
        made_at=current_context().now(),
        held_roles=[AccountRole(name=role) for role in dict.fromkeys(new.roles)],
    )
    with current_context().database.unit_of_work() as session:
        account.held_units = _units(session, new.units)
        session.add(account)
        keep_address(session, email)
        if new.identity is not None:
            if session.get(AccountIdentity, new.identity) is not None:
                raise AdministrationError("identity-taken")
            session.add(AccountIdentity(issuer=new.identity[0], subject=new.identity[1], account_id=account.id))
        record_event(session, audit_event("make", "account", actor=actor, record=account.id))
        record_belonging(session, account, Belonging(), Belonging.of(account), actor)
    return account.id, password


def check_roles(roles: Iterable[str]) -> None:
    """Make sure that roles exist, and that one account may have them together.

    Raises
    ------
    AdministrationError
    """
    table, wanted = the_permissions(), list(roles)
    for role in wanted:
        if role not in table.role_names():
            raise AdministrationError("unknown-role", name=role, known=", ".join(table.role_names()))
    pair = table.excluded_pair(wanted)
    if pair is not None:
        raise AdministrationError("excluded-roles", one=pair[0], other=pair[1])


def set_roles(email: str, roles: Sequence[str], units: Sequence[str] | None, actor: str) -> None:
    """Give an account other roles, and other units if any are named. Both are in force with the next request.

    Raises
    ------
    AdministrationError
    """
    check_roles(roles)
    with current_context().database.unit_of_work() as session:
        account = account_called(session, email)
        _refuse_own(account, actor)
        if not _may_administer(roles):
            _refuse_last_administrator(session, account)
        before = Belonging.of(account)
        held = {each.name: each for each in account.held_roles}
        account.held_roles = [held.get(role) or AccountRole(name=role) for role in dict.fromkeys(roles)]
        if units is not None:
            belonging = {each.unit_id: each for each in account.held_units}
            account.held_units = [belonging.get(each.unit_id) or each for each in _units(session, units)]
        session.flush()
        record_event(session, audit_event("set_roles", "account", actor=actor, record=account.id))
        record_belonging(session, account, before, Belonging.of(account), actor)


def change_details(account_id: str, name: str, email: str, actor: str) -> str | None:
    """Call an account by another name, or let it log in under another address.

    Another address ends its sessions, and makes a code for a new password worthless that went to the old one. It is
    never one's own: whoever finds an administrator's screen open would have the codes for that account sent elsewhere.

    Returns
    -------
    str or None
        The address that it had, where it has another now.

    Raises
    ------
    AdministrationError
    """
    called, address = checked_name(name), checked_address(email)
    with current_context().database.unit_of_work() as session:
        account = session.get_one(Account, account_id)
        if called != account.name:
            account.name = called
            record_event(session, audit_event("change", "account_name", actor=actor, record=account_id))
        before = account.email
        if address == before:
            return None
        _refuse_own(account, actor)
        account.email = address
        keep_address(session, address)
        end_sessions(session, account)
        record_event(session, audit_event("change", "account_email", actor=actor, record=account_id))
    return before


def close_account(email: str, actor: str) -> None:
    """Close an account: its sessions end and its keys are revoked.

    Raises
    ------
    AdministrationError
    """
    with _changing(email, audit_event("close", "account", actor=actor)) as (session, account):
        _refuse_own(account, actor)
        _refuse_last_administrator(session, account)
        account.active = False
        end_sessions(session, account)
        revoke_all_tokens(session, account.id, actor)


def reopen_account(email: str, actor: str) -> None:
    """Open a closed account again, with the roles, units and password that it had; its keys stay revoked.

    Raises
    ------
    AdministrationError
    """
    with _changing(email, audit_event("reopen", "account", actor=actor)) as (_, account):
        account.active = True


def end_sessions_of(email: str, actor: str) -> None:
    """End every session of an account; whoever it belongs to can log in again.

    Raises
    ------
    AdministrationError
    """
    with _changing(email, audit_event("end", "session", actor=actor)) as (session, account):
        end_sessions(session, account)


def turn_off_second_step(email: str, actor: str) -> None:
    """Turn the second step of an account off, for somebody who has lost the phone, and end its sessions.

    Raises
    ------
    AdministrationError
    """
    with _changing(email, audit_event("turn_off", "second_step", actor=actor)) as (session, account):
        _refuse_own(account, actor)
        account.totp_secret = account.totp_counter = None
        end_sessions(session, account)


def new_password_for(email: str, actor: str, *, without_second_step: bool = False) -> str:
    """Give an account a random password, end its sessions, revoke its keys, and open it for trying again.

    Parameters
    ----------
    without_second_step : bool
        Also turn the second step off, for somebody who has lost the phone.

    Raises
    ------
    AdministrationError
    """
    password = token_urlsafe(12)
    hashed = hash_password(password)
    with _changing(email, audit_event("change", "password", actor=actor)) as (session, account):
        _refuse_own(account, actor)
        account.password = hashed
        end_sessions(session, account)
        if without_second_step:
            account.totp_secret = account.totp_counter = None
        revoke_all_tokens(session, account.id, actor)
        name = account.email
    forget_tries(name)
    return password


@contextmanager
def _changing(email: str, event: AuditEvent) -> Iterator[tuple[Session, Account]]:
    """Open the account of an address for a change, which is recorded in the audit log in the same transaction."""
    with current_context().database.unit_of_work() as session:
        account = account_called(session, email)
        record_event(session, replace(event, record_id=account.id))
        yield session, account


def account_called(session: Session, email: str) -> Account:
    """The account that logs in under an address.

    Raises
    ------
    AdministrationError
    """
    account = session.scalars(select(Account).where(Account.email == (normal_email(email) or ""))).first()
    if account is None:
        raise AdministrationError("no-account", name=email)
    return account


def all_accounts(session: Session) -> Sequence[Account]:
    """Every account, by address."""
    return session.scalars(select(Account).order_by(Account.email)).all()


def _units(session: Session, units: Iterable[str]) -> list[AccountUnit]:
    for unit in units:
        if session.get(SecrecyUnit, unit) is None:
            raise AdministrationError("unknown-unit", name=unit)
    return [AccountUnit(unit_id=unit) for unit in dict.fromkeys(units)]


def _refuse_own(account: Account, actor: str) -> None:
    """Refuse what nobody does to their own account: it would be power that one gives or takes oneself."""
    if account.id == actor:
        raise AdministrationError("own-account")


def _may_administer(roles: Iterable[str]) -> bool:
    return _ADMINISTERS in the_permissions().actions_of(roles)


def _refuse_last_administrator(session: Session, account: Account) -> None:
    """Refuse to take from an account what no other open account could give back.

    The rows are locked, so that two administrators who close each other's accounts are told one after the other.
    """
    if not (account.active and _may_administer(role.name for role in account.held_roles)):
        return
    administering = [role for role in the_permissions().role_names() if _may_administer([role])]
    held = select(Account, AccountRole).join(AccountRole, AccountRole.account_id == Account.id)
    held = held.where(Account.active, AccountRole.name.in_(administering)).order_by(Account.id)
    if not any(is_usable(other) for other, _ in session.execute(held.with_for_update()) if other.id != account.id):
        raise AdministrationError("last-administrator", name=account.email)
