"""The change from the first to the last signed assessment: what can change, by what brought it about."""

from typing import Any

import pytest

from api.cases.case_file import open_file
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.ratings.rated_change import RatedChange, first_to_last
from api.cases.ratings.second_ratings import request_second_rating
from api.store.actors import Actor
from api.store.transactions import open_transaction
from screening.change_over_time import Cause
from tests.api.records.world import ANNA, BO, NOW, World, assessment, ratings, unit_of

STATIC, DYNAMIC, OTHER, PROTECTIVE = (
    "violent_behaviour_history",
    "delinquent_peers",
    "impulsivity_risk_taking",
    "strong_social_support",
)


def sign(world: World, by: Actor = ANNA, **levels: Any) -> None:
    given = ratings()
    given["items"] |= levels
    with open_transaction(world.database) as session:
        draft = start_draft(unit_of(session, NOW, by), world.case, assessment(ratings=given))
        sign_draft(unit_of(session, NOW, by), draft.id, draft.version)


def change(world: World) -> RatedChange | None:
    with open_transaction(world.database) as session:
        unit = unit_of(session, NOW, ANNA)
        return first_to_last(open_file(unit, world.case), unit.library)


def test_one_assessment_has_no_change(world: World) -> None:
    assert change(world) is None
    sign(world)
    assert change(world) is None


def test_what_can_change_is_counted_by_its_way_and_what_cannot_is_not(world: World) -> None:
    sign(world, **{STATIC: "high", DYNAMIC: "high", OTHER: "low", PROTECTIVE: "absent"})
    sign(world, **{STATIC: "low", DYNAMIC: "moderate", OTHER: "moderate", PROTECTIVE: "present"})
    rated_change = change(world)
    assert rated_change is not None
    assert (rated_change.number("protective", "up"), rated_change.number("protective", "down")) == (1, 0)
    assert (rated_change.number("dynamic", "down"), rated_change.number("dynamic", "up")) == (1, 1)
    assert {each.item.id for each in (*rated_change.protective, *rated_change.dynamic)} == {DYNAMIC, OTHER, PROTECTIVE}
    assert {each.cause for each in rated_change.dynamic} == {Cause.PERSON}
    assert rated_change.unchanged == rated_change.items - 3


def test_a_blank_is_neither_better_nor_worse(world: World) -> None:
    sign(world, **{DYNAMIC: "high"})
    sign(world, **{DYNAMIC: {"missing": "not_found", "reason": "Inget svar på tre kallelser."}})
    rated_change = change(world)
    assert rated_change is not None
    assert [each.direction for each in rated_change.dynamic] == ["unknown"]
    assert rated_change.number("dynamic", "down") == rated_change.number("dynamic", "up") == 0


def test_another_rater_is_not_told_apart_from_the_young_person(world: World) -> None:
    sign(world, **{DYNAMIC: "high"})
    sign(world, BO, **{DYNAMIC: "low"})
    rated_change = change(world)
    assert rated_change is not None
    assert not rated_change.is_told_apart
    assert {each.cause for each in rated_change.dynamic} == {Cause.PERSON_OR_RATER}


def test_a_second_rating_of_the_first_material_tells_the_rater_apart(world: World) -> None:
    sign(world, **{DYNAMIC: "high", OTHER: "high"})
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, ANNA), world.case, BO.id)
    sign(world, BO, **{DYNAMIC: "moderate", OTHER: "high"})
    sign(world, BO, **{DYNAMIC: "moderate", OTHER: "low"})
    rated_change = change(world)
    assert rated_change is not None
    assert rated_change.is_told_apart
    assert {(each.item.id, each.cause) for each in rated_change.dynamic} == {
        (DYNAMIC, Cause.RATER),
        (OTHER, Cause.PERSON),
    }
    assert rated_change.number("dynamic", "down") == 1, "who rated is not counted as the young person's change"


@pytest.mark.parametrize("middle", ["low", "high"])
def test_the_first_and_the_last_are_compared_whatever_lay_between(world: World, middle: str) -> None:
    for level in ("high", middle, "low"):
        sign(world, **{DYNAMIC: level})
    rated_change = change(world)
    assert rated_change is not None
    assert [(each.before, each.after) for each in rated_change.dynamic] == [("high", "low")]
