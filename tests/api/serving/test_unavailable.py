"""A database that is full or locked is told with 503 and when to try again, and served again by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.context.context import current_context
from api.store.audit_chain import AuditEvent, record_event, write_events
from api.store.database import Database
from api.store.schema import Case
from tests.api.accounts.people import House, Visitor
from tests.api.accounts.walking import NOON

CASES = "/api/v1/cases"


@pytest.fixture
def visitor(house: House) -> Visitor:
    house.add("anna@kommun.example", "social_secretary")
    return house.logged_in("anna@kommun.example")


def open_case(visitor: Visitor, token: str, reference: str) -> TestResponse:
    return visitor.json("POST", CASES, {"unit": "sig", "reference": reference}, **{"X-CSRF-Token": token})


def assert_told(refused: TestResponse) -> None:
    assert refused.status_code == 503, refused.text
    assert refused.content_type == "application/problem+json"
    assert refused.get_json()["type"] == "/problems/store-unavailable"
    assert int(refused.headers["Retry-After"]) > 0


def served_by(house: House) -> Database:
    """The database as the application has it, with its own connections."""
    with house.app.app_context():
        return current_context().database


@contextmanager
def connecting_with(database: Database, statement: str) -> Iterator[None]:
    """Every connection of the application begins with a statement."""

    def begin(connection: Any, _record: Any) -> None:
        connection.cursor().execute(statement)
        connection.commit()

    database.close()
    event.listen(database.engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", begin)
        database.close()


@contextmanager
def full(house: House) -> Iterator[None]:
    if house.database.is_sqlite:
        with house.database.looking() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar_one()
        with connecting_with(served_by(house), f"PRAGMA max_page_count = {pages}"):
            yield
        return
    with house.database.unit_of_work() as session:
        session.execute(
            text(
                "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$"
            )
        )
        session.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON case_file EXECUTE FUNCTION full_disk()"))
    try:
        yield
    finally:
        with house.database.unit_of_work() as session:
            session.execute(text("DROP TRIGGER full_disk ON case_file"))


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else holds the head of the audit; the application is made to wait for a moment only."""
    impatient = "PRAGMA busy_timeout = 100" if house.database.is_sqlite else "SET SESSION lock_timeout = 100"
    with connecting_with(served_by(house), impatient), held(house.database):
        yield


@contextmanager
def held(database: Database) -> Iterator[Session]:
    with database.unit_of_work() as session:
        record_event(session, AuditEvent(NOON, "other", "read", "case"))
        write_events(session)
        yield session


@pytest.mark.parametrize("hindrance", [full, locked])
def test_what_cannot_be_kept_now_is_refused_whole_and_taken_later(
    house: House, visitor: Visitor, hindrance: Any
) -> None:
    token = visitor.api_token()
    made = []
    with hindrance(house):
        for number in range(40):  # pages that are free already may take a few
            refused = open_case(visitor, token, f"A-{number}")
            if refused.status_code != 201:
                break
            made.append(f"A-{number}")
        assert_told(refused)
    taken = open_case(visitor, token, f"A-{number}")
    assert taken.status_code == 201, taken.text
    with house.database.looking() as session:
        assert set(session.scalars(select(Case.reference))) == {*made, f"A-{number}"}
