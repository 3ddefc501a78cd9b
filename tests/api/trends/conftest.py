from tests.api.store.databases import (
    database,
    database_url,
    emptied_postgresql,
    empty_url,
    postgresql_server,
    sqlite_with_tables,
)

__all__ = ["database", "database_url", "emptied_postgresql", "empty_url", "postgresql_server", "sqlite_with_tables"]
