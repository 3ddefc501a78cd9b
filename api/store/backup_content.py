"""What is in a backup: the file of SQLite, or a zip of PostgreSQL's tables; written, checked and brought back."""

import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import Connection, inspect, text

from api.store.backup_seal import BackupError
from api.store.columns import Model
from api.store.database import Database
from api.store.schema import AuditHead
from api.store.upgrade import known_versions, upgrade, version_of
from instruments.faults import Fault

_SQLITE_HEADER = b"SQLite format 3\0"
_VERSION = "version"
_CHUNK = 1 << 20
_Objects = set[tuple[str, str, str]]


def is_of_sqlite(content: Path) -> bool:
    """Whether a content is a file of SQLite."""
    with content.open("rb") as file:
        return file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def write_sqlite(database: Database, target: Path) -> None:
    """Copy a database as it is at one moment, and check every page, index and reference of the copy.

    Raises
    ------
    BackupError
        If the database is damaged: a copy of it would be no backup.
    """
    try:
        with closing(sqlite3.connect(str(database.url.database))) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, without a log beside it
    except sqlite3.DatabaseError:
        raise BackupError(Fault("database-damaged", "")) from None
    _require_sound(target, BackupError(Fault("database-damaged", "")))


def read_sqlite(content: Path, database: Database, *, is_signed: bool) -> None:
    """Bring a file of SQLite back, if it is whole.

    Parameters
    ----------
    is_signed : bool
        Whether somebody answers for it. Otherwise it may hold the tables, indexes and triggers of its version only,
        since a trigger that somebody slipped in would run.

    Raises
    ------
    BackupError
    OtherSchemaError
        If it is newer than this Underlag.
    """
    _require_sound(content, BackupError(Fault("backup-damaged", "")))
    if not is_signed and has_other_objects(content):
        raise BackupError(Fault("backup-of-other-tables", ""))
    with closing(_open(content)) as copy, closing(sqlite3.connect(str(database.url.database))) as live:
        copy.backup(live)
    database.close()


def has_other_objects(content: Path) -> bool:
    """Whether a file of SQLite declares anything else than the tables, indexes and triggers of its version."""
    version, objects = _objects_of(content)
    return version not in known_versions() or objects != _objects_of_version(version)


def _open(content: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{content.absolute().as_uri()}?mode=ro", uri=True)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _require_sound(content: Path, damaged: BackupError) -> None:
    try:
        with closing(_open(content)) as copy:
            is_sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if is_sound and copy.execute("PRAGMA foreign_key_check").fetchone() is None:
                return
    except sqlite3.DatabaseError:
        raise damaged from None
    raise damaged


def _objects_of(content: Path) -> tuple[str, _Objects]:
    """The version of a file, and what it declares, without the white space and quotation marks of its words."""
    with closing(_open(content)) as copy:
        try:
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError:
            row = None
        if row is None:
            raise BackupError(Fault("backup-of-other-tables", ""))
        declared = copy.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    plain = {(kind, name, "".join(sql.replace('"', "").lower().split())) for kind, name, sql in declared}
    return str(row[0]), {each for each in plain if not each[1].startswith("sqlite_stat")}


def _objects_of_version(version: str) -> _Objects:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tables.sqlite"
        made = Database(f"sqlite:///{path}")
        upgrade(made, version)
        made.close()
        return _objects_of(path)[1]


def write_postgresql(database: Database, target: Path) -> None:
    """Copy every table as it is at one moment; each row is read whole, and counted twice.

    Raises
    ------
    BackupError
        If the rows that were read are not those that are counted.
    """
    with (
        database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        connection.execute(text("SET TRANSACTION READ ONLY"))
        archive.writestr(_VERSION, str(version_of(database)))
        for table, names in _tables_of(connection).items():
            columns = ", ".join(f'"{name}"' for name in names)
            lines = 0
            with (
                archive.open(table, "w", force_zip64=True) as part,
                _cursor(connection) as cursor,
                cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as rows,
            ):
                part.write(f"{columns}\n".encode())
                for chunk in rows:
                    lines += bytes(chunk).count(b"\n")  # one in a value is written otherwise
                    part.write(chunk)
            if connection.scalar(text(f'SELECT count(*) FROM "{table}"')) != lines:  # noqa: S608 -- our own names
                raise BackupError(Fault("database-damaged", ""))
    with zipfile.ZipFile(target) as archive:
        if archive.testzip() is not None:
            raise BackupError(Fault("backup-not-readable", target.name))


def _tables_of(connection: Connection) -> dict[str, list[str]]:
    """The tables of ours that a database has, with the columns that it has, in the order in which they can be filled.

    A database of an earlier version has fewer, and one that somebody has changed may have more, which are left. The
    names are those that our migrations made, and the only ones that are ever put into a statement.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    columns_of = {}
    for table in Model.metadata.sorted_tables:
        if table.name in there:
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            columns_of[table.name] = [column.name for column in table.columns if column.name in columns]
    return columns_of


def read_postgresql(content: Path, database: Database) -> None:
    """Bring the tables of PostgreSQL back.

    Raises
    ------
    BackupError
        If the content is damaged, or names a table or column that its version does not have.
    OtherSchemaError
        If it is newer than this Underlag.
    """
    damaged = BackupError(Fault("backup-damaged", ""))
    try:
        with zipfile.ZipFile(content) as archive:
            if archive.testzip() is not None:
                raise damaged
            version = archive.read(_VERSION).decode()
            if version not in known_versions():  # "head" or "-1" would be an instruction
                raise BackupError(Fault("backup-of-newer-tables", "", {"found": version}))
            upgrade(database, version)
            with database.engine.connect() as connection, connection.begin():
                _fill(archive, connection)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        raise damaged from None


def _fill(archive: zipfile.ZipFile, connection: Connection) -> None:
    head, tables = AuditHead.__tablename__, _tables_of(connection)
    other = BackupError(Fault("backup-of-other-tables", ""))
    if not set(archive.namelist()) <= {_VERSION, *tables}:
        raise other
    for table, names in tables.items():
        if table not in archive.namelist():
            raise other
        target = table
        if target == head:  # its one row is there already and only ever moves forward
            connection.execute(text("CREATE TEMPORARY TABLE head_kept (LIKE audit_head) ON COMMIT DROP"))
            target = "head_kept"
        with archive.open(table) as part, _cursor(connection) as cursor:
            given = [each.strip().strip('"') for each in part.readline(_CHUNK).decode().split(",")]
            if sorted(given) != sorted(names):
                raise other
            columns = ", ".join(f'"{name}"' for name in given)
            with cursor.copy(f'COPY "{target}" ({columns}) FROM STDIN') as rows:
                while chunk := part.read(_CHUNK):
                    rows.write(chunk)
    connection.execute(
        text("UPDATE audit_head SET number = k.number, digest = k.digest FROM head_kept k WHERE k.number > 0")
    )
    for ours in Model.metadata.sorted_tables:
        for column in ours.primary_key.columns:
            if ours.name in tables:
                _continue_counting(connection, ours.name, column.name)


def _continue_counting(connection: Connection, table: str, column: str) -> None:
    """Let a column that counts by itself go on after the highest number restored."""
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table}"', "column": column}
    )
    if sequence is not None:
        highest = f'SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"'  # noqa: S608 -- names of our own tables
        connection.execute(text(f"SELECT setval(:sequence, ({highest}), false)"), {"sequence": sequence})


@contextmanager
def _cursor(connection: Connection) -> Iterator[psycopg.Cursor[tuple[object, ...]]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 -- asked of PostgreSQL only
    with driver.cursor() as cursor:
        yield cursor
