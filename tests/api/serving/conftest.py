from tests.api.accounts.conftest import (
    clock,
    closed_databases,
    database,
    database_url,
    emptied_postgresql,
    empty_url,
    house,
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
