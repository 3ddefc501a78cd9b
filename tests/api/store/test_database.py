import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from api.store.database import Database, DatabaseAddressError, StoreUnavailableError
from api.store.json_writing import read_json, write_json
from api.store.schema import AuditHead, Case, Entry
from tests.api.store.filled import NOON, add_case, add_entry


def test_a_unit_of_work_is_kept_whole(database: Database) -> None:
    with database.unit_of_work() as session:
        case = add_case(session)
    with database.looking() as session:
        assert session.get(Case, case) is not None


def test_a_unit_of_work_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(LookupError), database.unit_of_work() as session:  # noqa: PT012
        add_entry(session, add_case(session), 1)
        raise LookupError
    with database.looking() as session:
        assert session.scalars(select(Case)).all() == []
        assert session.scalars(select(Entry)).all() == []


def test_a_moment_comes_back_in_utc_from_either_database(database: Database) -> None:
    stockholm = timezone(timedelta(hours=1))
    with database.unit_of_work() as session:
        case = add_case(session)
        entry = add_entry(session, case, 1)
    with database.looking() as session:
        made_at = session.get_one(Entry, entry).made_at
    assert made_at == NOON + timedelta(minutes=1)
    assert made_at.utcoffset() == timedelta(0)
    assert made_at.astimezone(stockholm).hour == 13


def test_a_moment_without_its_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="time zone"), database.unit_of_work() as session:
        session.execute(select(Case).where(Case.opened_at == datetime(2026, 1, 1)))


def test_sqlite_keeps_what_it_acknowledged_even_when_the_power_goes(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with database.looking() as session:
        read = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "foreign_keys")}
        journal = session.execute(text("PRAGMA journal_mode")).scalar()
    assert (read, journal) == ({"synchronous": 2, "foreign_keys": 1}, "wal")
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseAddressError):
        Database(url)


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
@pytest.mark.parametrize(
    ("table", "column"), [("entry", "kind"), ("audit", "actor"), ("case_file", "reference"), ("purged_case", "rule")]
)
def test_nobody_changes_or_removes_what_was_recorded(
    database: Database, table: str, column: str, statement: str
) -> None:
    with database.unit_of_work() as session:
        case = add_case(session)
        add_entry(session, case, 1)
        session.execute(
            text("INSERT INTO purged_case VALUES ('gone', 'sig', 3, 'rule', :at, 'anna')"), {"at": NOON.isoformat()}
        )
    with pytest.raises(Exception, match=f"append-only: {table}"), database.unit_of_work() as session:
        session.execute(text(statement.format(table, column)))


def test_postgresql_cannot_be_emptied_and_sqlite_cannot_replace(database: Database) -> None:
    with database.unit_of_work() as session:
        entry = add_entry(session, add_case(session), 1)
    statement = "INSERT OR REPLACE INTO entry SELECT * FROM entry" if database.is_sqlite else "TRUNCATE entry CASCADE"
    with pytest.raises(Exception, match="append-only: entry"), database.unit_of_work() as session:
        session.execute(text(statement))
    with database.looking() as session:
        assert session.get(Entry, entry) is not None


def test_the_entries_of_a_purged_case_can_be_removed_and_no_others(database: Database) -> None:
    with database.unit_of_work() as session:
        purged, kept = add_case(session), add_case(session)
        add_entry(session, purged, 1)
        add_entry(session, kept, 1)
        session.execute(
            text("INSERT INTO purged_case VALUES (:case, 'sig', 1, 'rule', :at, 'anna')"),
            {"case": purged, "at": NOON.isoformat()},
        )
        session.execute(text("DELETE FROM entry WHERE case_id = :case"), {"case": purged})
        session.execute(text("DELETE FROM case_file WHERE id = :case"), {"case": purged})
    with pytest.raises(Exception, match="append-only"), database.unit_of_work() as session:
        session.execute(text("DELETE FROM entry WHERE case_id = :case"), {"case": kept})


def test_the_head_of_the_audit_only_moves_forward(database: Database) -> None:
    with database.unit_of_work() as session:
        add_entry(session, add_case(session), 1)
    for statement in ("UPDATE audit_head SET number = 0", "DELETE FROM audit_head"):
        with pytest.raises(Exception, match="append-only: audit_head"), database.unit_of_work() as session:
            session.execute(text(statement))


def test_a_locked_database_is_told_as_such_and_serves_again(empty_url: str) -> None:
    from api.store.upgrade import upgrade

    database = Database(empty_url, patience=200)
    upgrade(database)
    with database.unit_of_work() as holder:
        add_entry(holder, add_case(holder), 1)
        from api.store.audit_chain import write_events

        write_events(holder)  # holds the head of the chain
        with pytest.raises(StoreUnavailableError) as refused, database.unit_of_work() as session:
            add_entry(session, add_case(session), 1)
    assert refused.value.cause == "locked"
    with database.unit_of_work() as session:
        add_entry(session, add_case(session), 1)
    database.close()


def test_a_full_sqlite_file_is_told_as_such_and_serves_again(tmp_path: Path) -> None:
    from api.store.upgrade import upgrade

    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    upgrade(database)
    with database.unit_of_work() as session:
        case = add_case(session)
    with pytest.raises(StoreUnavailableError) as refused, database.unit_of_work() as session:  # noqa: PT012
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        add_entry(session, case, 1, "x" * 100_000)
    assert refused.value.cause == "full"
    with database.unit_of_work() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
    with database.unit_of_work() as session:
        entry = add_entry(session, case, 1, "x" * 100_000)
    with database.looking() as session:
        assert session.get(Entry, entry) is not None
    database.close()


def test_a_full_postgresql_is_told_as_such_and_serves_again(postgresql_server: str) -> None:
    from api.store.upgrade import upgrade
    from tests.api.store.databases import new_postgresql

    database = Database(new_postgresql(postgresql_server))
    upgrade(database)
    with database.unit_of_work() as session:
        case = add_case(session)
    with database.unit_of_work() as session:
        session.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$"
            )
        )
        session.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON audit EXECUTE FUNCTION full_disk()"))
    with pytest.raises(StoreUnavailableError) as refused, database.unit_of_work() as session:
        add_entry(session, case, 1)
    assert refused.value.cause == "full"
    with database.unit_of_work() as session:
        session.execute(text("DROP TRIGGER full_disk ON audit"))
    with database.unit_of_work() as session:
        add_entry(session, case, 1)
    database.close()


def test_a_refusal_never_repeats_what_was_to_be_written(database: Database) -> None:
    assert "said" not in str(StoreUnavailableError("full"))


def test_a_server_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://postgres@/postgres?host={tmp_path}")
    with pytest.raises(StoreUnavailableError) as refused, database.unit_of_work():
        pytest.fail("there is no server")
    assert refused.value.cause == "unreachable"
    database.close()


def test_a_writer_of_another_process_is_let_in_as_soon_as_the_lock_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, naps = f"sqlite:///{tmp_path / 'x.sqlite'}", []
    database = Database(url, patience=5_000)
    with database.unit_of_work() as session:
        session.execute(text("CREATE TABLE line (writer TEXT)"))
    with closing(sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")

        def nap(seconds: float) -> None:
            naps.append(seconds)
            if len(naps) == 3:
                another.execute("COMMIT")

        monkeypatch.setattr("api.store.database.sleep", nap)
        with database.unit_of_work() as session:
            session.execute(text("INSERT INTO line VALUES ('late')"))
    database.close()
    assert len(naps) == 3, "it asked again after each nap, and not once more than was needed"
    assert max(naps) <= 0.005, "a lock that threads hand to one another is free for as short a time"


@pytest.mark.parametrize(
    "content",
    [
        {
            "å": ["text", 1.5, -0.0, 2**53 - 1, -(2**53) + 1, 2**53 + 1, 2**64 - 1, -(2**63), None, True],
            "nested": {"a": [{}]},
        },
        {"half of a pair": "\ud800"},
    ],
)
def test_what_is_written_as_json_is_read_as_it_was(content: object) -> None:
    assert read_json(write_json(content)) == content


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30])
def test_a_whole_number_that_would_be_read_as_a_fraction_is_not_stored(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        write_json({"nested": [{"count": number}]})


def test_what_is_no_json_is_not_read() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        read_json("{")


def test_a_glance_sees_what_another_has_committed_meanwhile(database: Database) -> None:
    with database.unit_of_work() as session:
        case = add_case(session)
    with database.glancing() as session:
        assert session.get(Case, case) is not None
    with database.unit_of_work() as session:  # a connection that comes back from a glance begins transactions again
        add_entry(session, case, 1)
        session.flush()
        with database.glancing() as other:
            assert other.scalars(select(Entry)).all() == []
    with database.glancing() as session:
        assert len(session.scalars(select(Entry)).all()) == 1


WRITES: dict[str, Callable[[Session], object]] = {
    "a record": add_case,
    "a statement": lambda session: session.execute(update(AuditHead).values(number=7)),
    "words": lambda session: session.execute(text("UPDATE audit_head SET number = 7")),
    "a connection": lambda session: session.connection().execute(update(AuditHead).values(number=7)),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_glance_writes_nothing(database: Database, what: str) -> None:
    with pytest.raises(RuntimeError, match="glance"), database.glancing() as session:  # noqa: PT012
        WRITES[what](session)
        session.commit()
    with database.looking() as session:
        assert session.scalars(select(Case)).all() == []
        assert session.scalars(select(AuditHead.number)).one() == 0
