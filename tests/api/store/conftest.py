from tests.api.store.databases import database, empty_url, postgresql_server

__all__ = ["database", "empty_url", "postgresql_server"]
