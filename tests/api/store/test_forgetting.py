"""What is purged is gone from the database's files, and what they hold is nobody else's to read."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from api.cases.events import record
from api.retention.rules import purge
from api.store.database import Database, _tables_of_cases
from api.store.private_files import make_private_folder
from api.store.transactions import open_transaction
from api.store.upgrade import upgrade
from tests.api.records.world import ANNA, BO, NOW, World, new_world, unit_of, work_goes_on

CANARY = "Kanariefågeln sjunger inte"
LATER = NOW + timedelta(days=366 * 6)


@pytest.fixture
def world(database: Database) -> World:
    return new_world(database)


@pytest.fixture
def own_umask() -> Iterator[None]:
    """A process that lets everybody read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def purged(world: World, now: datetime) -> None:
    work_goes_on(world.database, NOW, now)
    with open_transaction(world.database) as session:
        purge(unit_of(session, now, BO), [world.case])


def vacuums_of(database: Database) -> dict[str, int]:
    """How often each table that loses rows with a case was vacuumed."""
    with database.looking() as session:
        counted = session.execute(text("SELECT relname, vacuum_count FROM pg_stat_user_tables")).all()
    return {name: count for name, count in counted if name in _tables_of_cases()}


def files_of(database: Database) -> list[Path]:
    path = Path(str(database.url.database))
    return sorted(path.parent.glob(f"{path.name}*"))


def test_no_word_of_a_purged_case_is_left_in_the_files_while_the_service_goes_on(world: World) -> None:
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL is told to vacuum; see below")
    with world.database.looking() as reader:  # another connection of the running service
        reader.execute(text("SELECT 1"))
        reader.rollback()
        for number in range(40):
            with open_transaction(world.database) as session:
                note = {"reason": f"{CANARY} {number} " + "x" * 5_000}
                record(unit_of(session, NOW, ANNA), world.case, "hold", {**note, "until": "2026-12-01"})
        before = b"".join(path.read_bytes() for path in files_of(world.database))
        assert before.count(CANARY.encode()) >= 40
        purged(world, LATER)
        after = b"".join(path.read_bytes() for path in files_of(world.database))
    assert CANARY.encode() not in after
    assert len([path for path in files_of(world.database) if path.name.endswith("-wal")]) == 1


def test_postgresql_is_vacuumed_after_a_purge(world: World) -> None:
    if world.database.is_sqlite:
        pytest.skip("SQLite overwrites what is deleted; see above")
    with open_transaction(world.database) as session:
        record(unit_of(session, NOW, ANNA), world.case, "hold", {"reason": CANARY, "until": "2026-12-01"})
    before = vacuums_of(world.database)
    purged(world, LATER)
    assert {table: after - before[table] for table, after in vacuums_of(world.database).items()} == dict.fromkeys(
        before, 1
    )
    assert {"entry", "draft", "case_file", "case_summary", "monitoring"} <= set(before)


def test_the_files_of_a_database_are_their_owners_alone(tmp_path: Path, own_umask: None) -> None:
    path = tmp_path / "data" / "underlag.sqlite"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    new_world(database)
    with database.looking() as session:
        session.execute(text("SELECT 1"))
        modes = {each.name: each.stat().st_mode & 0o777 for each in files_of(database)}
    database.close()
    assert modes == dict.fromkeys(("underlag.sqlite", "underlag.sqlite-shm", "underlag.sqlite-wal"), 384)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "underlag.sqlite"
    path.touch()
    path.chmod(0o644)
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    assert path.stat().st_mode & 0o777 == 0o600
    database.close()


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path, own_umask: None) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "a" / "b")
    modes = [each.stat().st_mode & 0o777 for each in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    assert modes == [0o755, 0o700, 0o700]
