"""Accounts as Flask-Security sees them, in the store's own units of work."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import current_app
from flask_security import FSQLALiteUserDatastore, UserMixin
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.account_tables import Account, AccountRole, AccountUnit
from api.store.database import Database

_session: ContextVar[Session] = ContextVar("underlag_accounts_session")


#: Flask-Security declares columns of its own in it, for the type checker only.
_Mixin: Any = UserMixin


class User(_Mixin, Account):
    """An account, with what Flask-Security and Flask-Login ask of one."""


class SessionInUse:
    """What the datastore takes for Flask-SQLAlchemy-Lite: its session is the one that the store has open."""

    @property
    def session(self) -> Session:
        """The session of the unit of work that runs now."""
        return _session.get()


class Datastore(FSQLALiteUserDatastore):
    """Flask-Security's way to the accounts. Units of work commit, never the datastore."""

    def __init__(self) -> None:
        adapter: Any = SessionInUse()
        role: Any = AccountRole
        super().__init__(adapter, User, role)

    def commit(self) -> None:
        """Leave it to the unit of work, which writes the audit first."""


@contextmanager
def changing(database: Database) -> Iterator[Session]:
    """A unit of work that Flask-Security's functions take part in."""
    with database.unit_of_work() as session, _in_use(session):
        yield session


@contextmanager
def finding(database: Database) -> Iterator[Session]:
    """A session for reading that Flask-Security's functions take part in; what was read can be used afterwards."""
    with database.looking() as session, _in_use(session):
        yield session
        session.expunge_all()


@contextmanager
def _in_use(session: Session) -> Iterator[None]:
    before = _session.set(session)
    try:
        yield
    finally:
        _session.reset(before)


def names_of(session: Session, accounts: Iterable[str]) -> dict[str, str]:
    """How accounts are called, by their keys; what is no account is left out."""
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(set(accounts)))).all()
    return {row.id: row.name for row in rows}


def colleagues(session: Session, units: Iterable[str], roles: Iterable[str]) -> dict[str, str]:
    """The open accounts of some units that have any of some roles: how they are called, by their keys."""
    chosen = (
        select(Account.id, Account.name)
        .where(Account.active)
        .where(Account.id.in_(select(AccountUnit.account_id).where(AccountUnit.unit_id.in_(set(units)))))
        .where(Account.id.in_(select(AccountRole.account_id).where(AccountRole.name.in_(set(roles)))))
        .order_by(Account.name, Account.id)
    )
    return {row.id: row.name for row in session.execute(chosen).all()}


def user_by_email(session: Session, email: str) -> User | None:
    """The account that logs in under an e-mail address, as `normal_email` writes it."""
    return session.scalars(select(User).where(User.email == email)).first()


#: Where the accounts of the demo have their addresses. Outside the demo they are worth nothing.
DEMO_DOMAIN = "demo.example"


def is_usable(account: Account) -> bool:
    """Whether an account is open, and is not one of the demo where this is not the demo."""
    is_invented = account.email.endswith(f"@{DEMO_DOMAIN}")
    return account.active and (not is_invented or bool(current_app.config.get("UNDERLAG_DEMO")))
