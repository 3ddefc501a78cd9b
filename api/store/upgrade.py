"""The version of the tables: bringing them up to date, and refusing to serve on tables that are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from api.store import account_tables, digest_tables, key_tables, request_tables, schema, training_tables, trend_tables
from api.store.audit_chain import seal_all_access
from api.store.columns import Model
from api.store.database import Database, as_store_unavailable
from instruments.faults import Fault

# the imports fill the metadata
_FILLED = (account_tables, digest_tables, key_tables, request_tables, schema, training_tables, trend_tables)
MIGRATIONS = Path(__file__).parent / "migrations"
#: The number under which PostgreSQL lets one migration run at a time.
_ONE_AT_A_TIME = 20_261_121


class OtherSchemaError(RuntimeError):
    """The tables are not those that this version of Underlag works with.

    Parameters
    ----------
    fault : Fault
        Its sentence says what to run.
    """

    code = "other-schema"

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration


def latest_version() -> str:
    """The version that this Underlag works with."""
    return known_versions()[0]


def version_of(database: Database) -> str | None:
    """The version of a database's tables; None where there are none yet."""
    with as_store_unavailable(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, to: str = "head") -> str:
    """Bring the tables up to date; every row is kept. All of it is done, or nothing.

    Returns
    -------
    str
        The version that the tables have now.

    Raises
    ------
    OtherSchemaError
        If the tables are newer than this Underlag knows, or a row would refer to nothing afterwards.
    """
    version = version_of(database)
    if version is not None and version not in known_versions():
        raise OtherSchemaError(_too_new(version))
    with as_store_unavailable(), _undisturbed(database) as connection:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, to)
        if version is not None and _begins_seals(version, to):
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                seal_all_access(session)
                session.commit()
    return str(version_of(database))


def _begins_seals(version: str, to: str) -> bool:
    """Whether the upgrade comes by the version from which on the audit seals what gives access."""
    passed = ScriptDirectory.from_config(_configuration()).iterate_revisions(to, version)
    return any(getattr(script.module, "begins_seals_of_access", False) for script in passed)


@contextmanager
def _undisturbed(database: Database) -> Iterator[Connection]:
    """A connection on which tables can be rebuilt.

    SQLite rebuilds a table by dropping it, and with foreign keys in force the rows that refer to it would be
    silently deleted. They are therefore off until the end, and then checked before anything is kept.
    """
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})
                yield connection
            return
        driver = connection.connection.dbapi_connection
        assert driver is not None  # noqa: S101 -- it was just opened
        cursor = driver.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise OtherSchemaError(Fault("row-without-its-row", ""))
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()


def refuse_other_schema(database: Database) -> None:
    """Refuse to serve on tables of another version.

    Raises
    ------
    OtherSchemaError
        It says what to run.
    """
    refuse_newer_schema(database)
    version, latest = version_of(database), latest_version()
    if version != latest:
        raise OtherSchemaError(Fault("older-tables", "", {"found": version, "latest": latest}))


def refuse_newer_schema(database: Database) -> None:
    """Refuse a database without tables, or with tables that this Underlag does not know; earlier ones are known.

    Raises
    ------
    OtherSchemaError
    """
    version = version_of(database)
    if version is None:
        raise OtherSchemaError(Fault("no-tables", ""))
    if version not in known_versions():
        raise OtherSchemaError(_too_new(version))


def known_versions() -> tuple[str, ...]:
    """Every version that the tables have ever had, the latest first."""
    return _versions_in(MIGRATIONS)


@cache
def _versions_in(migrations: Path) -> tuple[str, ...]:
    """The versions of a folder of migrations, read once."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions())


def _too_new(version: str) -> Fault:
    return Fault("newer-tables", "", {"found": version, "latest": latest_version()})


def differences(database: Database) -> list[object]:
    """How the tables differ from what the code declares; empty where the migrations say the same as the code."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Model.metadata))
