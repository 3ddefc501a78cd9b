from tests.api.accounts.people import clock, house
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
    "database",
    "database_url",
    "emptied_postgresql",
    "empty_url",
    "house",
    "postgresql_server",
    "sqlite_with_tables",
]
