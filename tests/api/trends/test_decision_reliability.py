"""How often double ratings turn an outcome is published for whole years, once, and shown on the guidance's page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from api.cases.facts.rules import record_facts
from api.cases.screenings.rules import screen_case
from api.store.database import Database
from api.store.transactions import open_transaction
from api.store.trend_tables import DecisionReliability
from api.trends.decision_reliability import altered_decision_reliability, publish_decision_reliability
from tests.api.accounts.people import House
from tests.api.exporting.town import ANNA, BO, START, Town, twenty
from tests.api.records.world import FACTS, LIBRARY, ratings, unit_of

NEXT_YEAR = datetime(2027, 1, 2, 3, tzinfo=UTC)
GUIDANCE = "stockholm_2012"
LOW = {"reoffending_risk": "low", "violence_risk": "low", "reasons": "Inget nytt."}


@pytest.fixture
def town(database: Database) -> Town:
    return twenty(database)


def publish(database: Database, now: datetime = NEXT_YEAR) -> list[str]:
    with database.unit_of_work() as session:
        return publish_decision_reliability(session, now, LIBRARY)


def published(database: Database) -> list[DecisionReliability]:
    with database.looking() as session:
        return list(session.scalars(select(DecisionReliability).order_by(DecisionReliability.last_year)))


@pytest.fixture
def sqlite(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{copy(sqlite_with_tables, tmp_path / 'underlag.sqlite')}")
    yield database
    database.close()


def rate_twice(town: Town, name: str, second: str, now: datetime) -> str:
    case = town.open(name, now=now)
    town.rate(case, "low", now=now)
    town.ask_again(case, now=now)
    town.rate(case, second, BO, now)
    town.decide(case, now)
    return case


def test_a_year_is_published_once_it_is_over_names_nobody_and_stays(town: Town) -> None:
    assert publish(town.database, datetime(2026, 12, 30, tzinfo=UTC)) == []
    [name] = publish(town.database)
    assert name.startswith(f"{GUIDANCE}@")
    [row] = published(town.database)
    assert (row.first_year, row.last_year, row.content["cases"]) == (2026, 2026, 20)
    written = str(row.content)
    assert not any(case in written for case in town.cases.values())
    assert not any(actor.id in written for actor in (ANNA, BO))
    assert publish(town.database) == []
    later = datetime(2027, 3, 1, tzinfo=UTC)
    with open_transaction(town.database) as session:
        for case in town.cases.values():
            screen_case(unit_of(session, later, ANNA), case, "socialstyrelsen_2012")
    assert publish(town.database, datetime(2028, 1, 2, tzinfo=UTC)) == []  # not under another guidance either
    for statement in (update(DecisionReliability).values(first_year=2020), delete(DecisionReliability)):
        with pytest.raises(DBAPIError), town.database.unit_of_work() as session:
            session.execute(statement)
    with town.database.looking() as session:
        assert altered_decision_reliability(session) == []
    on = " ON decision_reliability" if town.database.engine.dialect.name == "postgresql" else ""
    with town.database.unit_of_work() as session:
        session.execute(text(f"DROP TRIGGER decision_reliability_unchanged{on}"))
        session.execute(update(DecisionReliability).values(first_year=2020))
    with town.database.looking() as session:
        assert altered_decision_reliability(session) == [name]


def test_both_are_decided_by_what_was_known_at_the_later_signature_and_turn_by_their_items(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    for place in range(20):
        case = town.open(f"{place}")
        with open_transaction(sqlite) as session:
            record_facts(unit_of(session, START, ANNA), case, {**FACTS, "gang_ties": "suspected"})
        town.rate(case, "low", ratings=ratings(high=7))
        town.ask_again(case)
        town.rate(case, "low", BO, ratings=ratings(high=0), summary=LOW)
        with open_transaction(sqlite) as session:  # by this neither would be of the target group
            record_facts(unit_of(session, START, ANNA), case, {"recruitment_risk": "no", "coordinated_need": "no"})
            screen_case(unit_of(session, START, ANNA), case, GUIDANCE)
    publish(sqlite)
    [row] = published(sqlite)
    assert row.content["outcomes"] == [[0, 0, 0], [0, 0, 0], [20, 0, 0]]
    assert row.content["turned"] == 20
    assert row.content["criteria"]["age"]["same"] == 20


def test_too_few_cases_wait_for_the_next_year_and_are_then_counted_with_it(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    for place in range(12):
        rate_twice(town, f"a{place}", "low", START + timedelta(days=365))
    assert publish(sqlite, datetime(2028, 1, 2, tzinfo=UTC)) == []
    for place in range(12):
        rate_twice(town, f"b{place}", "low", START + timedelta(days=730))
    publish(sqlite, datetime(2029, 1, 2, tzinfo=UTC))
    [row] = published(sqlite)
    assert (row.first_year, row.last_year, row.content["cases"]) == (2027, 2028, 24)


def test_a_case_counts_once_and_only_if_it_was_signed_by_both_and_compared_with_a_guidance(sqlite: Database) -> None:
    town = twenty(sqlite)
    unscreened, half = town.open("unscreened"), town.open("half")
    for case in (unscreened, half):
        town.rate(case, "low")
        town.ask_again(case)
    town.rate(unscreened, "low", BO)
    town.decide(half)
    again = town.cases["00"]
    later = START + timedelta(days=90)
    town.rate(again, "high", now=later)
    town.ask_again(again, now=later)
    town.rate(again, "low", BO, later)
    publish(sqlite)
    [row] = published(sqlite)
    assert row.content["cases"] == 20


def test_the_page_of_the_guidance_tells_it_to_everybody_and_others_do_not(house: House) -> None:
    town = twenty(house.database)
    [name] = publish(town.database)
    page = house.app.test_client().get(f"/guidance/{name}", query_string={"language": "en"}).text
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "2026: 20 cases" in said
    assert "Same outcome 20 of 20 (interval: 84–100 of 100)" in said
    assert "Turned 0 of 20" in said
    other = house.app.test_client().get("/guidance/stockholm_2019", query_string={"language": "en"}).text
    assert "Two raters, one young person" not in other
