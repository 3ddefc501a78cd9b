"""A damaged database is not backed up, or it is said of the backup what is wrong with it."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from api.store.backup import BackupError, back_up
from api.store.database import Database, StoreUnavailableError
from tests.api.store.test_backup import KEY, filled


def overwrite(path: Path, begin: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(data)


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        for statement in statements:
            file.execute(statement)
        file.commit()


def root_of(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()[0])


def without_triggers(path: Path, statement: str) -> None:
    """Do what the triggers refuse, and put them back as they were."""
    with closing(sqlite3.connect(path)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute(statement)
        for _, sql in triggers:
            file.execute(sql)
        file.commit()


PAGE = 4096
DAMAGES: dict[str, Callable[[Path], object]] = {
    "the header is overwritten": lambda path: overwrite(path, 0, b"nothing of the kind"),
    "the file is cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "a page of entries is blank": lambda path: overwrite(path, (root_of(path, "entry") - 1) * PAGE, bytes(PAGE)),
    "a page of the audit is garbage": lambda path: overwrite(
        path, (root_of(path, "audit") - 1) * PAGE, hashlib.shake_256(b"x").digest(PAGE)
    ),
    "an index is blank": lambda path: overwrite(path, (root_of(path, "ix_audit_at") - 1) * PAGE, bytes(PAGE)),
    "an index is another's": lambda path: run(
        path,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'ix_audit_actor')"
        " WHERE name = 'ix_audit_at'",
    ),
    "a row refers to nothing": lambda path: without_triggers(path, "DELETE FROM case_file"),
    "the list of free pages is wrong": lambda path: overwrite(path, 32, (7).to_bytes(4) + (3).to_bytes(4)),
    "an entry was altered": lambda path: without_triggers(path, "UPDATE entry SET content = '{}' WHERE number = 3"),
    "an entry was removed": lambda path: without_triggers(path, "DELETE FROM entry WHERE number = 3"),
    "the audit lost its tail": lambda path: without_triggers(path, "DELETE FROM audit WHERE number > 20"),
    "a trigger is gone": lambda path: run(path, f"DROP TRIGGER {_a_trigger(path)}"),
}


def _a_trigger(path: Path) -> str:
    with closing(sqlite3.connect(path)) as file:
        return str(file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchone()[0])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_never_backed_up_in_silence(
    sqlite_with_tables: Path, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "underlag.sqlite"
    path.write_bytes(sqlite_with_tables.read_bytes())
    database = Database(f"sqlite:///{path}")
    filled(database)
    with database.looking() as session:
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    DAMAGES[damage](path)
    try:
        report = back_up(Database(f"sqlite:///{path}"), tmp_path / "backup", KEY)
    except (BackupError, StoreUnavailableError):
        assert not (tmp_path / "backup").exists()
    else:
        assert report.doubts
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize("statement", ["UPDATE entry SET content = '{}' WHERE number = 3", "DELETE FROM audit"])
def test_a_database_of_postgresql_whose_audit_is_broken_is_told_of(
    database: Database, tmp_path: Path, statement: str
) -> None:
    if database.is_sqlite:
        pytest.skip("a database of SQLite is damaged in the test above")
    filled(database)
    with database.unit_of_work() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))
    assert back_up(database, tmp_path / "backup", KEY).doubts == ("audit-broken",)
