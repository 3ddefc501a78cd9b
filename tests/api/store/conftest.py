from tests.api.store.databases import (
    database,
    database_url,
    empty_url,
    postgresql_server,
    postgresql_with_tables,
    sqlite_with_tables,
)

__all__ = ["database", "database_url", "empty_url", "postgresql_server", "postgresql_with_tables", "sqlite_with_tables"]
