"""Accounts put straight into a database, for whoever runs a command."""

from uuid import uuid4

from api.store.account_tables import Account, AccountRole, AccountUnit
from api.store.database import Database
from tests.api.records.world import NOW


def store_account(
    database: Database, email: str, *roles: str, units: tuple[str, ...] = (), is_open: bool = True
) -> str:
    """An account that nobody logs in with; its key, which the log names."""
    account = Account(
        id=uuid4().hex,
        email=email,
        name=email.partition("@")[0],
        password=None,
        active=is_open,
        fs_uniquifier=uuid4().hex,
        totp_secret=None,
        totp_counter=None,
        made_at=NOW,
        held_roles=[AccountRole(name=role) for role in roles],
        held_units=[AccountUnit(unit_id=unit) for unit in units],
    )
    with database.unit_of_work() as session:
        session.add(account)
    return account.id
