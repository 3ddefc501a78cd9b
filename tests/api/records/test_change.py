from datetime import timedelta
from typing import Any

import pytest

from api.cases.facts.rules import record_facts
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.screenings.change import change_between
from api.cases.screenings.rules import screen_case
from api.store.actors import Actor
from api.store.refusals import NotFoundError, RuleError
from api.store.transactions import open_transaction
from screening.change_over_time import Cause, ChangeOverTime, Difference, causes_of
from tests.api.records.world import ANNA, BO, CECILIA, NOW, World, ratings, unit_of

LATER = NOW + timedelta(days=140)  # the young person has turned 17
LOW = {"reoffending_risk": "low", "reasons": "Lugnare."}


def screened(world: World, guidance: str = "socialstyrelsen_2012", now: Any = NOW) -> str:
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, now, ANNA), world.case, guidance).entry.id


def change(world: World, earlier: str, later: str, reader: Actor = ANNA) -> ChangeOverTime:
    with open_transaction(world.database) as session:
        return change_between(unit_of(session, LATER, reader), earlier, later)


def test_what_the_same_person_rated_differently_changed_in_the_young_person(world: World) -> None:
    world.with_facts().with_assessment()
    earlier = screened(world)
    world.with_assessment(ANNA, LATER, ratings=ratings(high=3), summary=LOW)
    difference = change(world, earlier, screened(world, now=LATER))
    assert difference.is_rater_told_apart
    items = [each for each in difference.inputs if each.what.startswith("item.")]
    assert len(items) == 4
    assert {(each.before, each.after, each.cause) for each in items} == {("high", "low", Cause.PERSON)}
    assert Difference("criterion.own_behaviour", "met", "not_met", Cause.PERSON) in difference.results
    assert Difference("outcome", "supports_offer", "not_target_group", Cause.PERSON) in difference.results
    assert Difference("fact.age", "16", "17", Cause.TIME) in difference.inputs


def test_another_rater_alone_cannot_be_told_from_the_young_person(world: World) -> None:
    world.with_facts().with_assessment()
    earlier = screened(world)
    world.with_assessment(BO, LATER, ratings=ratings(high=3))
    difference = change(world, earlier, screened(world, now=LATER))
    assert not difference.is_rater_told_apart
    assert Difference("outcome", "supports_offer", "not_target_group", Cause.PERSON_OR_RATER) in difference.results


def test_a_blind_second_rating_tells_the_rater_and_the_young_person_apart(world: World) -> None:
    world.with_facts().with_assessment()
    earlier = screened(world)
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, CECILIA), world.case, "bo")
    world.with_assessment(BO, ratings=ratings(high=5), summary=LOW)  # of the same material
    world.with_assessment(BO, LATER, ratings=ratings(high=4), summary=LOW)
    difference = change(world, earlier, screened(world, now=LATER))
    assert difference.is_rater_told_apart
    items = [each.cause for each in difference.inputs if each.what.startswith("item.")]
    assert sorted(items) == [Cause.PERSON, Cause.RATER, Cause.RATER]
    assert Difference("fact.reoffending_risk", "high", "low", Cause.RATER) in difference.inputs
    assert Difference("outcome", "supports_offer", "not_target_group", Cause.RATER) in difference.results
    assert causes_of(difference.results)[Cause.PERSON] == 0


def test_another_guidance_is_a_change_of_definition(world: World) -> None:
    world.with_facts().with_assessment(ratings=ratings(high=3))
    difference = change(world, screened(world), screened(world, "assignment_2011"))
    assert difference.inputs == ()
    assert Difference("outcome", "not_target_group", "supports_offer", Cause.DEFINITION) in difference.results
    assert {each.cause for each in difference.results} == {Cause.DEFINITION}


def test_an_answer_that_grew_old_changed_by_time(world: World) -> None:
    world.with_facts(
        recruitment_risk="no", motivation_to_leave={"value": "stated", "observed_on": "2026-11-20"}
    ).with_assessment()
    difference = change(world, screened(world), screened(world, now=LATER))
    assert Difference("criterion.wants_to_leave", "met", "unknown", Cause.TIME) in difference.results
    assert [each.what for each in difference.inputs] == ["fact.age"]


def test_a_new_fact_is_a_change_in_the_young_person(world: World) -> None:
    world.with_facts().with_assessment()
    earlier = screened(world)
    with open_transaction(world.database) as session:
        record_facts(unit_of(session, NOW, BO), world.case, {"coordinated_need": {"value": "no", "reason": "Räcker."}})
    difference = change(world, earlier, screened(world))
    assert difference.inputs == (Difference("fact.coordinated_need", "yes", "no", Cause.PERSON),)
    assert difference.inputs[0].as_data()["cause"] == "person"


def test_only_two_screenings_in_order_can_be_compared(world: World) -> None:
    assessment = world.with_facts().with_assessment()
    first, second = screened(world), screened(world)
    assert change(world, first, second).results == ()
    with pytest.raises(RuleError, match="not-in-order"):
        change(world, second, first)
    with pytest.raises(NotFoundError):
        change(world, assessment, second)
