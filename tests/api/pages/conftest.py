from tests.api.accounts.people import clock, closed_databases, house
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
