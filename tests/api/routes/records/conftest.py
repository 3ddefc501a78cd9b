import pytest

from tests.api.accounts.people import House, clock, closed_databases, house
from tests.api.routes.records.desk import Desk
from tests.api.store.databases import (
    database,
    database_url,
    emptied_postgresql,
    empty_url,
    postgresql_server,
    sqlite_with_tables,
)

__all__ = [
    "clock",
    "closed_databases",
    "database",
    "database_url",
    "emptied_postgresql",
    "empty_url",
    "house",
    "postgresql_server",
    "sqlite_with_tables",
]


@pytest.fixture
def desk(house: House) -> Desk:
    """A social secretary, a reviewer, a decider and a coordinator of one unit, each with a key of their own."""
    return Desk(house)
