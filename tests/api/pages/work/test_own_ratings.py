"""Whoever has rated unseen is told how their ratings lie against the other's, and nobody else is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import event

from api.cases.ratings.rater_feedback import OwnRatings, RaterFeedback, alike_most, feedback_of
from api.store.actors import Actor
from api.store.database import Database
from tests.api.accounts.people import House
from tests.api.exporting.town import ANNA, BO, CARL, ITEM, START, WORDS, Town, twenty
from tests.api.records.world import LIBRARY, unit_of


@pytest.fixture
def sqlite(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{copy(sqlite_with_tables, tmp_path / 'underlag.sqlite')}")
    yield database
    database.close()


def feedback(database: Database, actor: Actor) -> list[RaterFeedback]:
    with database.unit_of_work() as session:
        return feedback_of(unit_of(session, START + timedelta(days=20), actor))


def of_item(feedback: RaterFeedback, item: str) -> OwnRatings:
    return next(each for each in (*feedback.protective, *feedback.risk) if each.item and each.item.id == item)


def test_both_raters_see_the_same_pairs_from_their_own_side_and_nobody_else_sees_any(database: Database) -> None:
    twenty(database)
    [annas], [bos] = feedback(database, ANNA), feedback(database, BO)
    of_anna, of_bo = of_item(annas, ITEM), of_item(bos, ITEM)
    assert (of_anna.same, of_anna.higher, of_anna.lower) == (16, 0, 4)
    assert (of_bo.same, of_bo.higher, of_bo.lower) == (16, 4, 0)
    assert of_anna.is_told
    low, high = of_anna.interval
    assert low < 16 / 20 < high
    assert feedback(database, CARL) == []
    assert feedback(database, Actor("bo-ekdahl", frozenset({"north"}))) == []  # moved to another unit


def test_nothing_is_counted_before_both_have_signed_nor_of_few(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    case = town.open("one")
    town.rate(case, "low")
    town.ask_again(case)
    assert feedback(sqlite, ANNA) == feedback(sqlite, BO) == []
    town.rate(case, "high", BO)
    [annas] = feedback(sqlite, ANNA)
    assert annas.pairs == 1
    assert not of_item(annas, ITEM).is_told
    assert not annas.summary.is_told


def test_a_rating_that_the_reader_is_still_to_make_unseen_hides_nothing_of_before_and_tells_nothing_after(
    sqlite: Database,
) -> None:
    town = Town.founded(sqlite)
    case = town.open("one")
    town.rate(case, "low")
    town.ask_again(case)
    town.rate(case, "high", BO)
    later = START + timedelta(days=9)
    town.rate(case, "moderate", now=later)
    town.ask_again(case, now=later)
    assert [each.pairs for each in feedback(sqlite, BO)] == [1]
    assert [each.pairs for each in feedback(sqlite, ANNA)] == [1]


def test_what_the_two_came_to_is_the_next_assessment_that_one_of_them_signs_soon(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    soon, late = START + timedelta(days=5), START + timedelta(days=50)
    for name, by, on, level in (
        ("ours", ANNA, soon, "high"),
        ("another's", CARL, soon, "low"),
        ("late", ANNA, late, "low"),
    ):
        case = town.open(name)
        town.rate(case, "low")
        town.ask_again(case)
        town.rate(case, "high", BO)
        town.rate(case, level, by, on)
    [annas], [bos] = feedback(sqlite, ANNA), feedback(sqlite, BO)
    assert (of_item(annas, ITEM).agreed, of_item(annas, ITEM).agreed_same) == (1, 0)
    assert (of_item(bos, ITEM).agreed, of_item(bos, ITEM).agreed_same) == (1, 1)
    assert not of_item(annas, ITEM).is_agreed_told


def test_what_is_blank_in_either_counts_in_no_pair(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    case = town.open("one")
    town.rate(case, "low")
    town.ask_again(case)
    town.rate(case, None, BO)  # type: ignore[arg-type]
    [annas] = feedback(sqlite, ANNA)
    assert of_item(annas, ITEM).pairs == 0
    assert annas.summary.pairs == 1


def young_adult(level: str) -> dict[str, Any]:
    adult = next(each.content for each in LIBRARY.instruments if each.content.id == "young_adult_spj")
    levels = {item.id: "present" if item.kind == "protective" else level for item in adult.items}
    return {"instrument": adult.id, "ratings": {"instrument": adult.id, "items": levels}}


def test_an_assessment_by_another_instrument_afterwards_takes_no_pair_away(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    case = town.open("one")
    town.rate(case, "low")
    town.ask_again(case)
    town.rate(case, "low", BO)
    town.rate(case, "low", ANNA, START + timedelta(days=2), **young_adult("low"))
    [annas] = feedback(sqlite, ANNA)
    assert (annas.pairs, of_item(annas, ITEM).pairs, of_item(annas, ITEM).agreed) == (1, 1, 0)


def test_ratings_signed_more_than_a_month_apart_are_no_pair(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    for name, days in (("near", 30), ("far", 31)):
        case = town.open(name)
        town.ask_again(case)
        town.rate(case, "low", BO)
        town.rate(case, "high", ANNA, START + timedelta(days=days))
    assert [each.pairs for each in feedback(sqlite, ANNA)] == [1]


def test_a_case_that_two_have_rated_beside_the_same_own_rating_counts_once(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    case = town.open("one")
    town.rate(case, "low")
    for colleague in (BO, CARL):
        town.ask_again(case, colleague)
        town.rate(case, "high", colleague)
    [annas] = feedback(sqlite, ANNA)
    assert (annas.pairs, annas.summary.pairs) == (1, 1)


def test_the_database_is_asked_as_often_for_many_pairs_as_for_one(sqlite: Database) -> None:
    town = Town.founded(sqlite)
    asked: list[str] = []
    event.listen(sqlite.engine, "before_cursor_execute", lambda _, __, statement, *___: asked.append(statement))
    needed = []
    for place in range(3):
        case = town.open(f"{place}")
        town.rate(case, "low")
        town.ask_again(case)
        town.rate(case, "high", BO)
        asked.clear()
        feedback(sqlite, BO)
        needed.append(len(asked))
    assert len(set(needed)) == 1


def test_the_most_alike_come_first_and_what_is_of_few_last() -> None:
    few, half, most = (OwnRatings(None, *each, needed=10) for each in ((2, 0, 0), (5, 5, 0), (9, 0, 1)))
    assert alike_most([few, half, most]) == [most, half, few]


def test_the_page_tells_the_reader_alone_names_nobody_and_is_in_the_log(house: House) -> None:
    anna = house.add("anna@kommun.example", "social_secretary")
    bo = house.add("bo@kommun.example", "social_secretary")
    for role in ("unit_manager", "decider", "administrator", "log_reviewer", "statistics"):
        house.add(f"{role}@kommun.example", role)
    town = Town.founded(house.database)
    sides = Actor(anna, frozenset({"sig"})), Actor(bo, frozenset({"sig"}))
    for place in range(10):
        case = town.open(f"{place}")
        town.rate(case, "low", sides[0])
        town.ask_again(case, sides[1])
        town.rate(case, "high" if place < 3 else "low", sides[1])
    page = house.logged_in("anna@kommun.example").get("/own-ratings")
    assert page.status_code == 200
    assert "Lika i 7 av 10" in page.text
    assert "Du satte en högre nivå i 0 och en lägre i 3." in page.text
    assert page.text.index("Skyddsfaktorer") < page.text.index("Riskfaktorer")
    assert not any(each in page.text for each in (bo, "bo@kommun.example", WORDS, *town.cases.values()))
    assert [each.actor for each in house.audit(kind="rater_feedback")] == [anna]
    for role in ("unit_manager", "decider", "administrator", "log_reviewer", "statistics"):
        assert house.logged_in(f"{role}@kommun.example").get("/own-ratings").status_code == 403
    assert house.visitor().get("/own-ratings").status_code in (303, 401)
