"""Connections to the database, units of work, and what is told when the database cannot serve."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, Pool, QueuePool

from api.store.audit_chain import write_events
from api.store.columns import Model
from api.store.json_writing import read_json, write_json
from api.store.private_files import make_private_file, make_private_folder
from instruments.faults import Fault

#: How long a writer waits for another one before it is told that the store is not available, in milliseconds.
PATIENCE = 5_000
#: How long a database that is asked whether it answers may take.
_ASKED_FOR_SECONDS = 2
#: Seconds between two tries to take the write lock of SQLite from another process.
_NAP = 0.001
_WRITES = "underlag_writes"
#: What a unit of work that has purged says of itself in ``Session.info``.
PURGED = "underlag_purged"
_SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
_LOG = logging.getLogger(__name__)

#: Primary result codes of SQLite: the file is busy, locked, read-only, unreadable, damaged, full, gone or no database.
_SQLITE_UNAVAILABLE = {5: "locked", 6: "locked", 11: "damaged", 13: "full", 26: "damaged"} | dict.fromkeys(
    (8, 10, 14), "unreachable"
)
#: SQLSTATE of PostgreSQL, by class or whole: connection lost, resources short, shut down, locked, deadlocked, given up.
_POSTGRESQL_UNAVAILABLE = ("08", "53", "57P", "57014", "55P03", "40001", "40P01", "58030", "25006")


class StoreUnavailableError(RuntimeError):
    """The database is full, locked or gone just now. Nothing of the unit of work was kept; try again later.

    Parameters
    ----------
    cause : str
        ``locked``, ``full``, ``damaged`` or ``unreachable``, for the log. Never what was to be written.
    """

    code = "store-unavailable"

    def __init__(self, cause: str) -> None:
        self.cause = cause
        self.fault = Fault(self.code, "", {"cause": cause})
        super().__init__(f"the store is not available: {cause}")


class DatabaseAddressError(ValueError):
    """No database that Underlag works with is named so; SQLite in memory is one for every connection."""

    fault = Fault("bad-database-address", "")


class Database:
    """One database.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql+psycopg://…``.
    patience : int
        Milliseconds to wait for a lock.

    Raises
    ------
    DatabaseAddressError
    """

    def __init__(self, url: str, *, patience: int = PATIENCE) -> None:
        self.url = _address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, patience)
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._glancing = self.engine.execution_options(**({} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}))
        event.listen(self._glancing, "before_execute", _refuse_writing)
        self._asking = _engine(self.url, _ASKED_FOR_SECONDS * 1000, poolclass=NullPool)
        self._patience = patience / 1000
        self._turn = Lock() if self.is_sqlite else None

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session whose changes, and what the audit tells of them, are kept together or not at all.

        On SQLite the write lock is taken at the start, so that what is read is what is written upon.

        Raises
        ------
        StoreUnavailableError
            If the database is full, locked or gone.
        """
        with as_store_unavailable(), self._in_turn(), Session(self._writing, expire_on_commit=False) as session:
            session.connection()  # begins here, not with the first statement
            yield session
            session.flush()
            write_events(session)
            session.commit()
            has_purged = session.info.get(PURGED, False)
        if has_purged:
            self._forget()

    def _forget(self) -> None:
        """Let the database itself forget what was purged, as far as it can without holding up those who work.

        SQLite overwrites what is deleted, and its log of writes is emptied. PostgreSQL is told to reuse the room.
        """
        try:
            if self.is_sqlite:
                with closing(self.engine.raw_connection()) as connection:
                    row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                is_forgotten = row[0] == 0
            else:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(f"VACUUM {', '.join(_tables_of_cases())}")
                is_forgotten = True
        except (SQLAlchemyError, sqlite3.Error):
            is_forgotten = False
        if not is_forgotten:
            _LOG.warning("Purged text stays in the files of the database until the next purge, or a restart")

    def require_answer(self) -> None:
        """Make sure that the database answers now, by a connection of its own and within seconds.

        Raises
        ------
        StoreUnavailableError
        """
        if self.is_sqlite and not Path(str(self.url.database)).is_file():
            raise StoreUnavailableError("unreachable")
        try:
            with self._asking.connect() as connection:
                connection.exec_driver_sql("SELECT number FROM audit_head").one()
        except SQLAlchemyError as error:
            cause = _cause_of(error) if isinstance(error, DBAPIError) else None
            raise StoreUnavailableError(cause or "unreachable") from None

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let writers of one process wait for one another; SQLite would have them nap ever longer and ask again."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._patience):
            raise StoreUnavailableError("locked")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A session that changes nothing, for what needs no audit: lists of kinds, checks and migrations.

        Raises
        ------
        StoreUnavailableError
            If the database is locked or gone.
        """
        with as_store_unavailable(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Session]:
        """The same for the little that is asked at every request: PostgreSQL is spared to begin and end a transaction.

        Each of its statements sees what was committed before it either way. What reads rows piece by piece needs one.

        Raises
        ------
        RuntimeError
            For any statement but a SELECT, which PostgreSQL would keep at once, and outside the audit.
        StoreUnavailableError
        """
        with as_store_unavailable(), Session(self._glancing, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _address(written: str) -> URL:
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise DatabaseAddressError from None  # the original repeats it, with a password
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("postgresql+psycopg", "sqlite", "sqlite+pysqlite"):
        raise DatabaseAddressError
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseAddressError
    return url


def _engine(url: URL, patience: int, poolclass: type[Pool] = QueuePool) -> Engine:
    shared: dict[str, Any] = {"json_serializer": write_json, "json_deserializer": read_json, "poolclass": poolclass}
    if poolclass is QueuePool:
        shared["pool_timeout"] = patience / 1000
    if url.get_backend_name() == "postgresql":
        options = f"-c timezone=UTC -c lock_timeout={patience}"
        if poolclass is NullPool:
            options += f" -c statement_timeout={patience}"
        arguments = {"options": options, "connect_timeout": max(2, patience // 500)}
        return create_engine(url, pool_pre_ping=True, connect_args=arguments, **shared)
    _close_to_others(Path(str(url.database)))
    engine = create_engine(url, **shared)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where sqlite3 guesses
        for setting in (f"busy_timeout={patience}", *_SQLITE_SETTINGS):
            connection.execute(f"PRAGMA {setting}").fetchall()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITES):
            _begin_writing(connection, patience)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _refuse_writing(_connection: Connection, statement: Any, *_: Any) -> None:
    """Let a glance select alone. What psycopg calls read-only is so in transactions, and a glance has none."""
    if not getattr(statement, "is_select", False):
        raise RuntimeError("a glance changes nothing: it takes a SELECT")


def _begin_writing(connection: Connection, patience: int) -> None:
    """Take the write lock of SQLite, asking often.

    SQLite itself naps for up to 100 ms between two tries. A process whose threads hand the lock to one another would
    hardly ever be between two of them when another process wakes up.
    """
    driver, until = connection.connection.driver_connection, monotonic() + patience / 1000
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 -- the engine is SQLite's
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            sleep(_NAP)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # whose error SQLAlchemy tells as its own
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}")


def _tables_of_cases() -> list[str]:
    """The tables that lose rows with a case."""
    tables = Model.metadata.sorted_tables
    return [table.name for table in tables if table.name == "case_file" or "case_id" in table.columns]


def _close_to_others(file: Path) -> None:
    """Let nobody but its owner read a database file, nor what SQLite keeps beside it, which has the file's mode."""
    try:
        make_private_folder(file.parent)
        make_private_file(file)
        for ending in ("-wal", "-shm"):
            beside = file.with_name(file.name + ending)
            if beside.exists():
                make_private_file(beside)
    except OSError:
        raise StoreUnavailableError("unreachable") from None


@contextmanager
def as_store_unavailable() -> Iterator[None]:
    """Tell a database that cannot serve now as such, and without what was to be written.

    Raises
    ------
    StoreUnavailableError
    """
    try:
        yield
    except DBAPIError as error:
        cause = _cause_of(error)
        if cause is None:
            raise
        raise StoreUnavailableError(cause) from None  # the original names what was to be written
    except NoFreeConnectionError:
        raise StoreUnavailableError("unreachable") from None


def _cause_of(error: DBAPIError) -> str | None:
    """Why the database cannot serve; None where the fault is ours."""
    original = error.orig
    code = getattr(original, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE_UNAVAILABLE.get(code & 0xFF)
    state = getattr(original, "sqlstate", None)
    if state is None:
        # psycopg tells a server that cannot be reached, or is gone, without a state
        return "unreachable" if error.connection_invalidated or type(original).__name__ == "OperationalError" else None
    if not state.startswith(_POSTGRESQL_UNAVAILABLE):
        return None
    return "locked" if state.startswith(("55P03", "40")) else "full" if state.startswith("53") else "unreachable"
