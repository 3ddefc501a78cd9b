from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from api.store.audit_chain import AuditEvent, record_event, verify_audit
from api.store.database import Database
from api.store.schema import Audit, Entry
from tests.api.store.filled import NOON, add_case, add_entry


@pytest.fixture
def filled(database: Database) -> Database:
    with database.unit_of_work() as session:
        case = add_case(session)
        for number in range(1, 6):
            add_entry(session, case, number)
    return database


def without_guards(database: Database, statement: str) -> None:
    """What someone with the keys to the database itself could do."""
    with database.unit_of_work() as session:
        if database.is_sqlite:
            triggers = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for trigger in triggers:
                session.execute(text(f"DROP TRIGGER {trigger}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))


def test_an_untouched_chain_holds(filled: Database) -> None:
    with filled.looking() as session:
        report = verify_audit(session)
    assert report.is_whole
    assert report.links == 6  # the last one seals the unit


def test_an_empty_chain_holds(database: Database) -> None:
    with database.looking() as session:
        assert verify_audit(session).is_whole


@pytest.mark.parametrize(
    ("statement", "broken_at", "fault"),
    [
        ("UPDATE audit SET actor = 'someone else' WHERE number = 3", 3, "altered-link"),
        ("UPDATE audit SET ground = 'none' WHERE number = 2", 2, "altered-link"),
        ("DELETE FROM audit WHERE number = 4", 4, "missing-link"),
        ("DELETE FROM audit WHERE number = 6", 6, "cut-off"),
        ("DELETE FROM audit", 1, "cut-off"),
        ("DELETE FROM entry WHERE number = 2", 2, "missing-entry"),
        ("UPDATE entry SET made_by = 'someone else' WHERE number = 4", 4, "altered-entry"),
        ("UPDATE entry SET hidden_from_guardians = (1 = 1) WHERE number = 1", 1, "altered-entry"),
    ],
)
def test_the_first_broken_link_is_named(filled: Database, statement: str, broken_at: int, fault: str) -> None:
    without_guards(filled, statement)
    with filled.looking() as session:
        report = verify_audit(session)
    assert (report.broken_at, report.fault) == (broken_at, fault)
    assert not report.is_whole


def test_an_entry_that_nobody_told_of_is_found(filled: Database) -> None:
    columns = "case_id, 9, kind, content, subject_id, supersedes_id, made_by, made_at, hidden_from_guardians, salt"
    statement = f"INSERT INTO entry SELECT 'slipped in', {columns} FROM entry WHERE number = 1"  # noqa: S608
    without_guards(filled, statement)
    with filled.looking() as session:
        assert verify_audit(session).fault == "untold-entry"


def test_a_purge_that_nobody_told_of_is_found(filled: Database) -> None:
    statement = "INSERT INTO purged_case SELECT id, unit_id, 5, 'none', opened_at, opened_by FROM case_file"
    with filled.unit_of_work() as session:
        session.execute(text(statement))
        session.execute(text("DELETE FROM entry"))
    with filled.looking() as session:
        assert verify_audit(session).fault == "untold-purge"


def test_a_new_digest_over_an_altered_link_does_not_save_it(filled: Database) -> None:
    without_guards(filled, "UPDATE audit SET actor = 'x', digest = previous WHERE number = 2")
    with filled.looking() as session:
        assert verify_audit(session).broken_at == 2


def test_what_a_failed_unit_of_work_told_is_not_in_the_chain(filled: Database) -> None:
    with pytest.raises(LookupError), filled.unit_of_work() as session:  # noqa: PT012
        record_event(session, AuditEvent(NOON, "anna", "read", "case"))
        raise LookupError
    with filled.looking() as session:
        assert verify_audit(session).links == 6


def test_many_writers_make_one_chain_without_gaps(database: Database) -> None:
    with database.unit_of_work() as session:
        cases = [add_case(session) for _ in range(6)]

    def write(case: str) -> None:
        for number in range(1, 11):
            with database.unit_of_work() as session:
                add_entry(session, case, number)
                record_event(session, AuditEvent(NOON, "bo", "read", "case", case))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, cases))
    with database.looking() as session:
        report = verify_audit(session)
        assert session.scalars(select(Audit.number).order_by(Audit.number)).all() == list(range(1, 122))
        assert len(session.scalars(select(Entry)).all()) == 60
    assert report.is_whole


def test_the_audit_never_says_what_an_entry_said(filled: Database) -> None:
    with filled.unit_of_work() as session:
        add_entry(session, add_case(session), 1, "something private")
    with filled.looking() as session:
        assert "private" not in repr(session.execute(select(*Audit.__table__.columns)).all())
