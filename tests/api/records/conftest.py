import pytest

from api.store.database import Database
from tests.api.records.world import World, new_world
from tests.api.store.databases import (
    database,
    database_url,
    emptied_postgresql,
    empty_url,
    postgresql_server,
    sqlite_with_tables,
)

__all__ = [
    "database",
    "database_url",
    "emptied_postgresql",
    "empty_url",
    "postgresql_server",
    "sqlite_with_tables",
    "world",
]


@pytest.fixture
def world(database: Database) -> World:
    return new_world(database)
