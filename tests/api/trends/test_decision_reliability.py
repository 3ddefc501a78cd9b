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
from api.definitions.whole_guidance import PublishedReliability
from api.store.actors import Actor
from api.store.database import Database
from api.store.transactions import open_transaction
from api.store.trend_tables import DecisionReliability
from api.trends.decision_reliability import altered_decision_reliability, publish_decision_reliability
from tests.api.accounts.people import House
from tests.api.exporting.town import ANNA, BO, PAIRS, START, Town, twenty
from tests.api.records.world import FACTS, LIBRARY, ratings, unit_of

NEXT_YEAR = datetime(2027, 1, 2, 3, tzinfo=UTC)
GUIDANCE = "stockholm_2012"
LOW = {"reoffending_risk": "low", "violence_risk": "low", "reasons": "Inget nytt."}


@pytest.fixture
def town(database: Database) -> Town:
    return several(database)


def several(database: Database) -> Town:
    """Twenty cases of two units, rated by three pairs."""
    town = twenty(database, PAIRS)
    town.spread()
    return town


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


def rate_twice(town: Town, name: str, second: str, now: datetime, raters: tuple[Actor, Actor] | None = None) -> str:
    case = town.open(name, now=now)
    one, other = raters or PAIRS[len(town.cases) % 3]
    town.rate(case, "low", one, now)
    town.ask_again(case, other, now)
    town.rate(case, second, other, now)
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
    assert not any(actor.id in written for pair in PAIRS for actor in pair)
    assert publish(town.database) == []
    later = datetime(2027, 3, 1, tzinfo=UTC)
    town.spread("sig", 1)
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
        one, other = PAIRS[place % 3]
        town.rate(case, "low", one, ratings=ratings(high=7))
        town.ask_again(case, other)
        town.rate(case, "low", other, ratings=ratings(high=0), summary=LOW)
        with open_transaction(sqlite) as session:  # by this neither would be of the target group
            record_facts(unit_of(session, START, ANNA), case, {"recruitment_risk": "no", "coordinated_need": "no"})
            screen_case(unit_of(session, START, ANNA), case, GUIDANCE)
    town.spread()
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
    town.spread()
    publish(sqlite, datetime(2029, 1, 2, tzinfo=UTC))
    [row] = published(sqlite)
    assert (row.first_year, row.last_year, row.content["cases"]) == (2027, 2028, 24)


def test_a_case_counts_once_and_only_if_it_was_signed_by_both_and_compared_with_a_guidance(sqlite: Database) -> None:
    town = several(sqlite)
    unscreened, half = town.open("unscreened"), town.open("half")
    for case in (unscreened, half):
        town.rate(case, "low")
        town.ask_again(case)
    town.rate(unscreened, "low", BO)
    town.decide(half)
    again = town.cases["01"]
    later = START + timedelta(days=90)
    town.rate(again, "high", now=later)
    town.ask_again(again, now=later)
    town.rate(again, "low", BO, later)
    publish(sqlite)
    [row] = published(sqlite)
    assert row.content["cases"] == 20


def test_the_page_of_the_guidance_tells_it_to_everybody_and_others_do_not(house: House) -> None:
    town = several(house.database)
    [name] = publish(town.database)
    page = house.app.test_client().get(f"/guidance/{name}", query_string={"language": "en"}).text
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "2026: 20 cases" in said
    assert "Same outcome 20 of 20 (interval: 84–100 of 100)" in said
    assert "Turned 0 of 20" in said
    other = house.app.test_client().get("/guidance/stockholm_2019", query_string={"language": "en"}).text
    assert "Two raters, one young person" not in other


@pytest.mark.thorough
def test_years_in_which_few_raters_a_pair_or_a_unit_stand_for_too_much_wait(sqlite: Database) -> None:
    first, second = datetime(2028, 1, 2, tzinfo=UTC), datetime(2029, 1, 2, tzinfo=UTC)
    town = Town.founded(sqlite)
    for place in range(20):
        rate_twice(town, f"a{place}", "low", START + timedelta(days=365), PAIRS[0])
    assert publish(sqlite, first) == []  # one pair
    town.spread()
    assert publish(sqlite, first) == []  # two units, and still only two employees
    for place in range(22):
        rate_twice(town, f"b{place}", "low", START + timedelta(days=730), PAIRS[1 + place % 2])
    town.spread("sig", 1)
    town.spread("north", 10)
    assert publish(sqlite, second) == []  # enough raters and no large pair, but a unit that could find the few others
    town.spread()
    assert len(publish(sqlite, second)) == 1
    [row] = published(sqlite)
    assert (row.first_year, row.last_year, row.content["cases"]) == (2027, 2028, 42)


def test_a_municipality_with_one_unit_publishes_since_there_is_no_other_to_be_found(sqlite: Database) -> None:
    twenty(sqlite, PAIRS)
    assert len(publish(sqlite)) == 1


def test_a_pair_that_stands_for_more_than_half_waits_even_among_many_raters(sqlite: Database) -> None:
    town = twenty(sqlite, [PAIRS[0]] * 3 + [PAIRS[1], PAIRS[2]])
    town.spread()
    assert publish(sqlite) == []


def screen(town: Town, case: str, guidance: str, now: datetime = START) -> None:
    with open_transaction(town.database) as session:
        screen_case(unit_of(session, now, ANNA), case, guidance)


def counted_guidances(database: Database, now: datetime = NEXT_YEAR) -> list[tuple[str, int]]:
    publish(database, now)
    return sorted((row.guidance, row.content["cases"]) for row in published(database))


def test_a_pair_is_counted_under_the_very_version_that_the_screening_rested_on(sqlite: Database) -> None:
    town, now = Town.founded(sqlite), START + timedelta(days=365)
    assert LIBRARY.bind(GUIDANCE, on=now.date()).reference == f"{GUIDANCE}@1.1"
    for place in range(20):
        case = rate_twice(town, f"{place}", "low", now)
        screen(town, case, f"{GUIDANCE}@1.0", now + timedelta(days=20))
    town.spread()
    assert counted_guidances(sqlite, datetime(2028, 1, 2, tzinfo=UTC)) == [(f"{GUIDANCE}@1.0", 20)]


def test_a_screening_by_a_guidance_that_was_not_yet_in_force_leaves_the_pair_under_the_one_before(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = twenty(sqlite, PAIRS)
    for case in town.cases.values():
        screen(town, case, "socialstyrelsen_2012", START + timedelta(days=60))
    town.spread()
    later = LIBRARY.bind("socialstyrelsen_2012", on=START.date())
    newer = later.rules.guidance.model_copy(update={"valid_from": (START + timedelta(days=40)).date()})
    found = next(each for each in LIBRARY.guidances if each.reference == later.reference)
    monkeypatch.setitem(found.__dict__, "content", newer)
    assert counted_guidances(sqlite) == [(LIBRARY.bind(GUIDANCE, on=START.date()).reference, 20)]


def test_signatures_too_far_apart_are_not_two_ratings_of_the_same(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    for place in range(20):
        case, (one, other) = town.open(f"{place}"), PAIRS[place % 3]
        town.ask_again(case, other)
        town.rate(case, "low", other)
        late = START + timedelta(days=31 if place else 30)
        town.rate(case, "high", one, late)
        town.decide(case, late)
    town.spread()
    assert counted_guidances(sqlite) == []


def test_only_the_instrument_that_the_guidance_names_is_counted(sqlite: Database) -> None:
    town = several(sqlite)
    case = town.open("another instrument")
    adult = next(each.content for each in LIBRARY.instruments if each.content.id == "young_adult_spj")
    levels = {item.id: "present" if item.kind == "protective" else "low" for item in adult.items}
    given = {"instrument": adult.id, "ratings": {"instrument": adult.id, "items": levels}}
    town.rate(case, "low", PAIRS[0][0], **given)
    town.ask_again(case, PAIRS[0][1])
    town.rate(case, "low", PAIRS[0][1], **given)
    town.decide(case)
    assert counted_guidances(sqlite)[0][1] == 20


def test_criteria_stand_as_in_the_guidance_and_items_by_how_many_turned(house: House) -> None:
    shown = {"turned": 10, "opened": 0, "same": 10}
    content = {
        "cases": 20,
        "outcomes": [[10, 0, 10], [0, 0, 0], [0, 0, 0]],
        **shown,
        "criteria": dict.fromkeys(("track", "age", "few_protective", "own_behaviour"), shown),
        "items": {"item.substance_use": 5, "item.resilient_traits": None, "reoffending_risk": 10},
    }
    reference = LIBRARY.bind(GUIDANCE, on=START.date()).reference
    with house.database.unit_of_work() as session:
        session.add(
            DecisionReliability(
                guidance=reference, first_year=2026, last_year=2026, made_at=START, sha256="0" * 64, content=content
            )
        )
    with house.database.looking() as session:
        kept = session.scalars(select(DecisionReliability)).one().content
    told = PublishedReliability(2026, 2026, kept)
    assert told.turning_criteria(["age", "own_behaviour", "track", "elsewhere"]) == ["age", "own_behaviour", "track"]
    assert [name for name, _ in told.turning_items()] == [
        "reoffending_risk",
        "item.substance_use",
        "item.resilient_traits",
    ]
    page = house.app.test_client().get(f"/guidance/{reference}", query_string={"language": "en"}).text
    part = page[page.index("Criteria that did not come out alike") :]
    criteria = [node.criterion for node in LIBRARY.bind(GUIDANCE, on=START.date()).rules.nodes if node.criterion]
    titles = {each.id: each.title.en for each in criteria}
    places = [part.index(titles[name]) for name in ("age", "own_behaviour")]
    assert places == sorted(places)
