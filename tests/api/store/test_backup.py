from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from api.store.audit_chain import verify_audit
from api.store.backup import BackupError, back_up, restore
from api.store.database import Database
from api.store.schema import Entry
from api.store.upgrade import refuse_other_schema
from tests.api.store.databases import new_postgresql
from tests.api.store.filled import add_case, add_entry


@pytest.fixture
def another(database: Database, tmp_path: Path, postgresql_server: str) -> Database:
    """An empty database of the same kind."""
    return Database(
        f"sqlite:///{tmp_path / 'other.sqlite'}" if database.is_sqlite else new_postgresql(postgresql_server)
    )


def filled(database: Database) -> list[str]:
    with database.unit_of_work() as session:
        case = add_case(session)
        return [add_entry(session, case, number, "åäö \\ \t \n '\"") for number in range(1, 30)]


def test_what_is_restored_is_what_was_backed_up(database: Database, another: Database, tmp_path: Path) -> None:
    recorded = filled(database)
    backup = tmp_path / "backup"
    back_up(database, backup)
    restore(backup, another)
    refuse_other_schema(another)
    with another.unit_of_work() as session:
        assert session.scalars(select(Entry.id).order_by(Entry.number)).all() == recorded
        assert session.get_one(Entry, recorded[0]).content == {"text": "åäö \\ \t \n '\""}
        assert verify_audit(session).is_whole
    with another.unit_of_work() as session:  # and the work goes on
        add_entry(session, add_case(session), 1)
    with another.looking() as session:
        assert verify_audit(session).links == 30
    assert backup.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.unfinished"))
    another.close()


def test_a_backup_is_of_one_moment_while_others_write(database: Database, another: Database, tmp_path: Path) -> None:
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            with database.unit_of_work() as session:
                add_entry(session, add_case(session), 1)

    writer = Thread(target=write)
    writer.start()
    try:
        back_up(database, tmp_path / "backup")
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "backup", another)
    with another.looking() as session:
        report = verify_audit(session)
        assert report.is_whole
        assert session.scalar(select(func.count()).select_from(Entry)) == report.links
    another.close()


def test_an_empty_database_can_be_backed_up_and_restored(database: Database, another: Database, tmp_path: Path) -> None:
    back_up(database, tmp_path / "backup")
    restore(tmp_path / "backup", another)
    with another.looking() as session:
        assert verify_audit(session).links == 0
    another.close()


def test_no_backup_is_written_over_and_nothing_is_restored_over(database: Database, tmp_path: Path) -> None:
    filled(database)
    back_up(database, tmp_path / "backup")
    with pytest.raises(BackupError, match="backup-exists"):
        back_up(database, tmp_path / "backup")
    with pytest.raises(BackupError, match="database-not-empty"):
        restore(tmp_path / "backup", database)


def test_a_file_that_is_no_backup_is_refused(another: Database, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"SQLite format 3\0 and then nothing" if another.is_sqlite else b"PK odd")
    with pytest.raises(BackupError, match="backup-damaged"):
        restore(tmp_path / "odd", another)
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    with pytest.raises(BackupError, match="backup-"):
        restore(tmp_path / "text", another)
    another.close()
