"""Backup and restore of either database: one file, written whole or not at all."""

import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection, inspect, text

from api.store.columns import Model
from api.store.database import Database
from api.store.schema import AuditHead
from api.store.upgrade import refuse_other_schema, upgrade, version_of
from instruments.faults import Fault

_SQLITE_HEADER = b"SQLite format 3\0"
_VERSION = "version"
_CHUNK = 1 << 20


class BackupError(RuntimeError):
    """A backup that cannot be made or restored.

    Parameters
    ----------
    fault : Fault
        Its sentence says why, and what to do.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def back_up(database: Database, target: Path) -> None:
    """Write everything in a database to a file, while the service goes on.

    Parameters
    ----------
    target : Path
        Readable by its owner only. It is there whole, or not at all.

    Raises
    ------
    BackupError
        If the file exists.
    OtherSchemaError
        If the tables are not those of this version.
    """
    if target.exists():
        raise BackupError(Fault("backup-exists", str(target)))
    refuse_other_schema(database)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)
        if database.is_sqlite:
            _back_up_sqlite(database, unfinished)
        else:
            _back_up_postgresql(database, unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(source: Path, database: Database) -> None:
    """Bring a backup back into a database that has nothing in it.

    The backup is of the same kind of database. Its tables may be older; they are upgraded afterwards.

    Raises
    ------
    BackupError
        If the database holds anything, or the file is no backup of this kind.
    OtherSchemaError
        If the backup is newer than this Underlag.
    """
    if inspect(database.engine).get_table_names():
        raise BackupError(Fault("database-not-empty", ""))
    with source.open("rb") as file:
        is_sqlite = file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER
    if is_sqlite != database.is_sqlite:
        raise BackupError(Fault("backup-of-another-kind", str(source)))
    if is_sqlite:
        _restore_sqlite(source, database)
    else:
        _restore_postgresql(source, database)
    upgrade(database)


def _back_up_sqlite(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(str(database.url.database))) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, without a log beside it


def _restore_sqlite(source: Path, database: Database) -> None:
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        if not _is_sound(copy):
            raise BackupError(Fault("backup-damaged", str(source)))
        with closing(sqlite3.connect(str(database.url.database))) as live:
            copy.backup(live)
    database.close()


def _is_sound(copy: sqlite3.Connection) -> bool:
    try:
        return bool(copy.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _back_up_postgresql(database: Database, target: Path) -> None:
    with (
        database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        connection.execute(text("SET TRANSACTION READ ONLY"))
        archive.writestr(_VERSION, str(version_of(database)))
        for table in Model.metadata.sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            with (
                archive.open(table.name, "w", force_zip64=True) as part,
                _cursor(connection) as cursor,
                cursor.copy(f'COPY "{table.name}" ({columns}) TO STDOUT') as rows,
            ):
                part.write(f"{columns}\n".encode())
                for chunk in rows:
                    part.write(chunk)


def _restore_postgresql(source: Path, database: Database) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            if archive.testzip() is not None:
                raise BackupError(Fault("backup-damaged", str(source)))
            upgrade(database, archive.read(_VERSION).decode())
            with database.engine.connect() as connection, connection.begin():
                _fill(archive, connection)
    except (zipfile.BadZipFile, KeyError):
        raise BackupError(Fault("backup-damaged", str(source))) from None


def _fill(archive: zipfile.ZipFile, connection: Connection) -> None:
    head = AuditHead.__tablename__
    named = set(archive.namelist())
    for table in Model.metadata.sorted_tables:
        if table.name not in named:
            continue  # a table of a later version
        target = table.name
        if target == head:  # its one row is there already and only ever moves forward
            connection.execute(text("CREATE TEMPORARY TABLE head_kept (LIKE audit_head) ON COMMIT DROP"))
            target = "head_kept"
        with archive.open(table.name) as part, _cursor(connection) as cursor:
            columns = part.readline().decode().strip()
            with cursor.copy(f'COPY "{target}" ({columns}) FROM STDIN') as rows:
                while chunk := part.read(_CHUNK):
                    rows.write(chunk)
    connection.execute(
        text("UPDATE audit_head SET number = k.number, digest = k.digest FROM head_kept k WHERE k.number > 0")
    )
    for table in Model.metadata.sorted_tables:
        for column in table.primary_key.columns:
            _continue_counting(connection, table.name, column.name)


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
