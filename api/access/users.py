"""Finding accounts: by their keys and addresses, and who of a unit may be chosen."""

from collections.abc import Iterable

from flask import current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.store.account_tables import Account, AccountRole, AccountUnit

#: Where the accounts of the demo have their addresses. Outside the demo they are worth nothing.
DEMO_DOMAIN = "demo.example"
_NAMES = select(Account.id, Account.name).where(Account.id.in_(bindparam("accounts", expanding=True)))


def names_of(session: Session, accounts: Iterable[str]) -> dict[str, str]:
    """How accounts are called, by their keys; what is no account is left out."""
    rows = session.execute(_NAMES, {"accounts": [*set(accounts)]}).all()
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


def account_by_email(session: Session, email: str) -> Account | None:
    """The account that logs in under an e-mail address, as `normal_email` writes it."""
    return session.scalars(select(Account).where(Account.email == email)).first()


def is_usable(account: Account) -> bool:
    """Whether an account is open, and is not one of the demo where this is not the demo."""
    return account.active and is_usable_address(account.email)


def is_usable_address(email: str) -> bool:
    """Whether an account with an address could log in: one of the demo cannot where this is not the demo."""
    return not email.endswith(f"@{DEMO_DOMAIN}") or bool(current_app.config.get("UNDERLAG_DEMO"))
