import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pyrage
import pytest
from sqlalchemy import func, inspect, select

from api.store.audit_chain import verify_audit
from api.store.backup import BackupError, BackupReport, back_up, restore
from api.store.backup_content import write_postgresql, write_sqlite
from api.store.backup_seal import decrypt, is_sealed, key_of_backups
from api.store.database import Database
from api.store.schema import Entry, SecrecyUnit
from api.store.upgrade import known_versions, refuse_other_schema, upgrade, version_of
from tests.api.store.databases import new_postgresql
from tests.api.store.filled import add_case, add_entry

KEY = key_of_backups(bytes(range(32)))
PUBLIC = KEY.public_key()
SAID = "Sekretess hör hit"


@pytest.fixture
def another(database: Database, tmp_path: Path, postgresql_server: str) -> Database:
    """An empty database of the same kind."""
    return Database(
        f"sqlite:///{tmp_path / 'other.sqlite'}" if database.is_sqlite else new_postgresql(postgresql_server)
    )


def filled(database: Database, said: str = "åäö \\ \t \n '\"") -> list[str]:
    with database.unit_of_work() as session:
        case = add_case(session)
        return [add_entry(session, case, number, said) for number in range(1, 30)]


def bare(database: Database, target: Path) -> Path:
    """A backup as it was made before they were signed: the content alone."""
    (write_sqlite if database.is_sqlite else write_postgresql)(database, target)
    return target


def test_what_is_restored_is_what_was_backed_up(database: Database, another: Database, tmp_path: Path) -> None:
    recorded = filled(database)
    backup = tmp_path / "backup"
    assert back_up(database, backup, KEY) == BackupReport(str(version_of(database)))
    restore(backup, another, PUBLIC)
    refuse_other_schema(another)
    with another.unit_of_work() as session:
        assert session.scalars(select(Entry.id).order_by(Entry.number)).all() == recorded
        assert session.get_one(Entry, recorded[0]).content == {"text": "åäö \\ \t \n '\""}
        assert verify_audit(session).is_whole
    with another.unit_of_work() as session:  # and the work goes on
        add_entry(session, add_case(session), 1)
    with another.looking() as session:
        assert verify_audit(session).links == 31  # with the one that seals the unit
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
        back_up(database, tmp_path / "backup", KEY)
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "backup", another, PUBLIC)
    with another.looking() as session:
        report = verify_audit(session)
        assert report.is_whole
        told = [session.scalar(select(func.count()).select_from(each)) for each in (Entry, SecrecyUnit)]
        assert sum(told) == report.links
    another.close()


def test_an_empty_database_can_be_backed_up_and_restored(database: Database, another: Database, tmp_path: Path) -> None:
    back_up(database, tmp_path / "backup", KEY)
    restore(tmp_path / "backup", another, PUBLIC)
    with another.looking() as session:
        assert verify_audit(session).links == 0
    another.close()


def test_no_backup_is_written_over_and_nothing_is_restored_over(database: Database, tmp_path: Path) -> None:
    filled(database)
    back_up(database, tmp_path / "backup", KEY)
    with pytest.raises(BackupError, match="backup-exists"):
        back_up(database, tmp_path / "backup", KEY)
    with pytest.raises(BackupError, match="database-not-empty"):
        restore(tmp_path / "backup", database, PUBLIC)


@pytest.mark.parametrize("trusted", [PUBLIC, None])
def test_a_file_that_is_no_backup_is_refused(another: Database, tmp_path: Path, trusted: object) -> None:
    odd = tmp_path / "odd"
    for content in (b"SQLite format 3\0 and then nothing", b"PK odd", b"hello", b"", b"age-encryption.org/v1\nodd"):
        odd.write_bytes(content)
        with pytest.raises(BackupError, match="backup-"):
            restore(odd, another, trusted)  # type: ignore[arg-type]
    assert inspect(another.engine).get_table_names() == []
    another.close()


def test_an_encrypted_backup_is_read_by_the_private_key_only(
    database: Database, another: Database, tmp_path: Path
) -> None:
    recorded, backup = filled(database, SAID), tmp_path / "backup"
    ours, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    back_up(database, backup, KEY, [ours.to_public()])
    raw = backup.read_bytes()
    assert SAID.encode() not in raw
    assert b"entry" not in raw
    assert not list(tmp_path.glob("*.unfinished"))
    with pytest.raises(BackupError, match="backup-encrypted"):
        restore(backup, another, PUBLIC)
    with pytest.raises(BackupError, match="backup-not-opened"):
        restore(backup, another, PUBLIC, [other])
    backup.write_bytes(raw[:-200] + bytes(200))
    with pytest.raises(BackupError, match="backup-not-opened"):
        restore(backup, another, PUBLIC, [ours])
    backup.write_bytes(raw)
    decrypt(backup, tmp_path / "plain", [ours])  # what other tools for age read
    assert is_sealed(tmp_path / "plain")
    restore(backup, another, PUBLIC, [ours])
    with another.looking() as session:
        assert session.scalars(select(Entry.id).order_by(Entry.number)).all() == recorded
    another.close()


def test_a_backup_of_somebody_else_is_refused(database: Database, another: Database, tmp_path: Path) -> None:
    filled(database)
    back_up(database, tmp_path / "backup", key_of_backups(bytes(32)))
    with pytest.raises(BackupError, match="backup-of-another-key"):
        restore(tmp_path / "backup", another, PUBLIC)
    with pytest.raises(BackupError, match="backup-is-signed"):
        restore(tmp_path / "backup", another, None)
    restore(tmp_path / "backup", another, key_of_backups(bytes(32)).public_key())
    another.close()


@pytest.mark.parametrize("part", ["content", "about.json", "signature"])
def test_no_part_of_a_backup_can_be_altered(database: Database, another: Database, tmp_path: Path, part: str) -> None:
    filled(database)
    back_up(database, tmp_path / "backup", KEY)
    with zipfile.ZipFile(tmp_path / "backup") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + bytes([parts[part][middle] ^ 1]) + parts[part][middle + 1 :]
    with zipfile.ZipFile(tmp_path / "altered", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(BackupError, match="backup-"):
        restore(tmp_path / "altered", another, PUBLIC)
    assert inspect(another.engine).get_table_names() == []
    another.close()


def test_an_unsigned_backup_of_earlier_days_is_restored_when_somebody_answers_for_it(
    database: Database, another: Database, tmp_path: Path
) -> None:
    recorded = filled(database)
    old = bare(database, tmp_path / "old")
    with pytest.raises(BackupError, match="backup-unsigned"):
        restore(old, another, PUBLIC)
    restore(old, another, None)
    with another.looking() as session:
        assert session.scalars(select(Entry.id).order_by(Entry.number)).all() == recorded
    another.close()


def test_tables_of_an_earlier_version_are_backed_up_and_upgraded_when_restored(
    empty_url: str, tmp_path: Path, postgresql_server: str
) -> None:
    earlier, *_ = known_versions()[1:]
    database = Database(empty_url)
    upgrade(database, earlier)
    report = back_up(database, tmp_path / "backup", KEY)
    assert report == BackupReport(earlier)
    url = f"sqlite:///{tmp_path / 'new.sqlite'}" if database.is_sqlite else new_postgresql(postgresql_server)
    another = Database(url)
    restore(tmp_path / "backup", another, PUBLIC)
    refuse_other_schema(another)
    another.close()
    database.close()


INJECTED = 'id") FROM STDIN; CREATE TABLE owned (x int); --'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("secrecy_unit", f'"{INJECTED}", "name"\n'),
        ("secrecy_unit", '"id"\n'),
        ("secrecy_unit", '"id", "name", "pg_read_file(1)"\n'),
        ("pg_authid", '"rolname"\n'),
        ("version", "head"),
        ("version", "0001:0003"),
        ("version", "9999"),
    ],
)
def test_no_name_in_a_backup_reaches_a_statement(
    database: Database, another: Database, tmp_path: Path, name: str, content: str
) -> None:
    if database.is_sqlite:
        pytest.skip("a backup of SQLite is a file of SQLite; see below")
    with zipfile.ZipFile(bare(database, tmp_path / "old")) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "forged", "w") as archive:
        for each, data in {**parts, name: content.encode()}.items():
            archive.writestr(each, data)
    with pytest.raises(BackupError, match="backup-"):
        restore(tmp_path / "forged", another, None)
    assert "owned" not in inspect(another.engine).get_table_names()
    another.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER slipped_in AFTER INSERT ON entry BEGIN DELETE FROM case_file; END",
        "CREATE VIEW slipped_in AS SELECT * FROM entry",
        "CREATE TABLE slipped_in (x)",
        "DROP INDEX ix_audit_at",
    ],
)
def test_an_unsigned_file_brings_nothing_with_it_but_our_tables(
    sqlite_with_tables: Path, tmp_path: Path, statement: str
) -> None:
    forged = tmp_path / "forged"
    forged.write_bytes(sqlite_with_tables.read_bytes())
    with closing(sqlite3.connect(forged)) as file:
        file.execute(statement)
        file.commit()
    another = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    with pytest.raises(BackupError, match="backup-of-other-tables"):
        restore(forged, another, None)
    another.close()
