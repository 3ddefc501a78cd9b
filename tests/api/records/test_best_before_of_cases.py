"""Until when recommendations stand, in lists of cases: as on their own pages, and told to nobody who rates unseen."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import select, update

from api.cases.ratings.second_ratings import request_second_rating
from api.cases.reviews.rules import countersign, sign_review
from api.cases.screenings import best_before
from api.cases.screenings.best_before import keep_best_before
from api.cases.screenings.rules import best_before_of, explanation_of, screen_case
from api.cases.unit_overview import UnitOverview, overview_of
from api.cases.worklist import ALL, Wanted, list_work
from api.store.actors import Actor
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from tests.api.records.world import ANNA, BO, CECILIA, LIBRARY, NOW, World, unit_of

MANAGER = Actor("mia", frozenset({"sig"}))
LONG_AGO = date(1999, 1, 1)


def compare(world: World, guidance: str = "stockholm_2012", on: date | None = None) -> Entry:
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, NOW, ANNA), world.case, guidance, on=on).entry


def listed(world: World, actor: Actor = ANNA) -> date | None:
    with open_transaction(world.database) as session:
        [row] = list_work(unit_of(session, NOW, actor), Wanted(ALL), ()).rows
        return row.stands_through


def on_its_own_page(screening: Entry) -> date:
    told = best_before_of(screening, explanation_of(screening, LIBRARY), LIBRARY)["stands_through"]
    assert told is not None
    return date.fromisoformat(told)


def overview(world: World, days: int = 0) -> UnitOverview:
    with open_transaction(world.database) as session:
        return overview_of(unit_of(session, NOW + timedelta(days=days), MANAGER), frozenset({"sig"}))


def set_kept(world: World, **values: Any) -> None:
    with world.database.unit_of_work() as session:
        session.execute(update(CaseSummary).values(**values))


def test_a_list_says_the_day_that_the_page_of_the_recommendation_says(world: World) -> None:
    assert listed(world) is None
    world.with_facts()
    first = compare(world)
    assert listed(world) == on_its_own_page(first)
    later = compare(world, "skl_2015", on=date(2026, 11, 20))
    assert listed(world) == on_its_own_page(later)


def test_a_day_is_found_once_and_again_where_the_definitions_are_others(world: World) -> None:
    world.with_facts()
    through = on_its_own_page(compare(world))
    assert listed(world) == through
    set_kept(world, stands_through=LONG_AGO)
    assert listed(world) == LONG_AGO  # nobody works it out anew
    set_kept(world, dated_by="other definitions")
    assert listed(world) == through


@pytest.mark.parametrize("at", ["bind_again", "read_recorded_submission", "find_best_before"])
@pytest.mark.parametrize("error", [UnknownDefinitionError, AlteredDefinitionError, InputError])
def test_a_result_that_cannot_be_worked_out_again_has_no_day_and_its_list_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, at: str, error: type[Exception]
) -> None:
    def find_none(*_: object) -> NoReturn:
        fault = Fault("unknown-definition", "")
        raise error([fault] if error is InputError else fault)

    world.with_facts()
    compare(world)
    monkeypatch.setattr(best_before, at, find_none)
    assert listed(world) is None
    assert (overview(world).without_day, overview(world).standing.number) == (1, 0)


def test_a_result_has_no_day_once_something_that_it_rests_on_is_added_and_has_one_when_compared_anew(
    world: World,
) -> None:
    world.with_facts()
    compare(world)
    assert listed(world) is not None
    world.with_facts(gang_ties="none")
    assert listed(world) is None
    assert on_its_own_page(compare(world)) == listed(world)
    world.with_assessment()
    assert listed(world) is None


def test_what_a_result_does_not_rest_on_leaves_it_its_day(world: World) -> None:
    world.with_facts()
    through = on_its_own_page(compare(world))
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, ANNA), world.case, BO.id)
    assert listed(world) == through


def test_the_day_of_a_computed_result_is_not_told_of_what_a_review_states_instead(world: World) -> None:
    world.with_facts()
    screening = compare(world)
    digest = screening.content["sha256"]
    deviation = {
        "verdict": "deviate",
        "applies": "not_target_group",
        "deviation": "own_view_weighs",
        "reasons": "Den unge har bett om att få vänta.",
    }
    with open_transaction(world.database) as session:
        review = sign_review(unit_of(session, NOW, BO), world.case, screening.id, digest, deviation)
    assert listed(world) == on_its_own_page(screening)  # what is computed applies until a second person has signed
    with open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})
    assert listed(world) is None
    assert overview(world, 3650).run_out == 0


def test_no_more_than_so_many_are_dated_at_a_time_and_it_is_told_how_many_are_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.with_facts()
    compare(world)
    monkeypatch.setattr(best_before, "MOST_DATED", 0)
    assert (overview(world).undated, overview(world).without_day) == (1, 0)
    monkeypatch.setattr(best_before, "MOST_DATED", 1)
    assert (overview(world).undated, overview(world).without_day) == (0, 0)


def test_a_day_is_kept_of_the_screening_that_it_was_found_for_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.with_facts()
    compare(world)
    find: Callable[..., Any] = best_before.bind_again
    with open_transaction(world.database) as session:

        def find_while_another_is_made(*given: Any) -> Any:
            session.execute(update(CaseSummary).values(screening_id="another"))
            return find(*given)

        monkeypatch.setattr(best_before, "bind_again", find_while_another_is_made)
        keep_best_before(unit_of(session, NOW, ANNA), [world.case])
    with world.database.looking() as session:
        assert session.scalars(select(CaseSummary.dated_by)).all() == [None]


def test_no_list_waits_for_whoever_writes_to_one_of_its_cases(world: World) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    world.with_facts()
    through = on_its_own_page(compare(world))
    listed(world)
    set_kept(world, stands_through=None, dated_by=None)
    with world.database.unit_of_work() as session:
        session.execute(update(CaseSummary).values(stage="screened"))
        with open_transaction(world.database) as beside:
            keep_best_before(unit_of(beside, NOW, ANNA), [world.case])
    with world.database.looking() as session:
        assert session.scalars(select(CaseSummary.dated_by)).all() == [None]
    assert listed(world) == through


def test_whoever_rates_unseen_is_not_told_until_when_the_result_stands(world: World) -> None:
    world.with_facts().with_assessment()
    through = on_its_own_page(compare(world))
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, ANNA), world.case, BO.id)
    assert (listed(world), listed(world, BO)) == (through, None)


def test_a_unit_manager_sees_which_recommendations_stand_no_longer_and_which_soon_will_not(world: World) -> None:
    world.with_facts()
    left = (on_its_own_page(compare(world)) - NOW.date()).days
    numbers = {days: (overview(world, days).run_out, overview(world, days).running_out) for days in range(left + 3)}
    assert numbers[left] == (0, 1)
    assert numbers[left + 1] == numbers[left + 2] == (1, 0)
    [named] = overview(world, left + 1).standing.first
    assert (named.reference, named.day) == ("2026-117", NOW.date() + timedelta(days=left))


def test_a_recommendation_that_stands_for_long_is_not_counted(world: World) -> None:
    world.with_facts()
    compare(world)
    overview(world)
    set_kept(world, stands_through=NOW.date() + timedelta(days=365))
    assert (overview(world).run_out, overview(world).standing.number) == (0, 0)
