"""What a unit manager is shown of the unit: numbers and references, and nothing of what is to be rated unseen."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from api.cases.consents.rules import record_consent
from api.cases.events import record
from api.cases.journal import open_case
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.register import NewCase, start_case
from api.cases.reviews.rules import sign_review
from api.cases.screenings.rules import screen_case
from api.cases.unit_overview import MOST_NAMED, NamedCase, UnitOverview, Workload, overview_of
from api.store.account_tables import Account, AccountRole, AccountUnit
from api.store.actors import Actor
from api.store.refusals import ForbiddenError
from api.store.transactions import open_transaction
from tests.api.records.world import ANNA, BO, ELSEWHERE, KEYS, NOW, World, unit_of

MANAGER = Actor("mia", frozenset({"sig"}))
DEVIATE = {
    "verdict": "deviate",
    "applies": "supports_offer",
    "deviation": "material_not_captured",
    "reasons": "Påhittat skäl.",
}


def overview(world: World, actor: Actor = MANAGER, units: frozenset[str] = frozenset({"sig", "north"})) -> UnitOverview:
    with open_transaction(world.database) as session:
        return overview_of(unit_of(session, NOW, actor), units)


def person(world: World, account: str, role: str = "social_secretary", unit: str = "sig") -> None:
    with world.database.unit_of_work() as session:
        made = {"email": f"{account}@kommun.example", "name": account.title(), "password": None, "active": True}
        more = {"fs_uniquifier": account, "totp_secret": None, "totp_counter": None, "made_at": NOW}
        roles, units = [AccountRole(name=role)], [AccountUnit(unit_id=unit)]
        session.add(Account(id=account, **made, **more, held_roles=roles, held_units=units))


def another_case(world: World, reference: str, actor: Actor = BO, unit: str = "sig") -> str:
    with open_transaction(world.database) as session:
        return start_case(unit_of(session, NOW, actor), NewCase(unit, reference), KEYS).id


def write(world: World, kind: str, raw: dict[str, Any], case: str | None = None) -> None:
    with open_transaction(world.database) as session:
        record(unit_of(session, NOW, ANNA), case or world.case, kind, raw)


def named(cases: Any) -> list[str]:
    return [each.reference for each in cases.first]


def test_the_cases_of_the_own_unit_are_counted_by_caseworker_and_step_and_no_others(world: World) -> None:
    person(world, "anna")
    person(world, "bo")
    another_case(world, "2026-118")
    another_case(world, "N-1", ELSEWHERE, "north")
    write(world, "intake", {"reporter": "police", "received_on": "2026-10-01", "preliminary_assessment": "open"})
    shown = overview(world)
    assert shown.workload == (Workload("anna", cases=1, late=1), Workload("bo", cases=1))
    assert {(each.step, each.cases) for each in shown.waiting} == {("record_intake", 1), ("close_preliminary", 1)}
    assert (shown.cases, shown.late, shown.near, named(shown.due)) == (2, 1, 0, ["2026-117"])
    assert shown.due.first[0].what == "preliminary_assessment"
    assert overview(world, units=frozenset({"north"})).cases == 0
    assert overview(world, Actor("mia", frozenset({"north"}))).cases == 1


@pytest.mark.parametrize("why", ["closed", "moved", "other role"])
def test_a_case_whose_caseworker_can_carry_it_no_longer_is_without_one(world: World, why: str) -> None:
    person(world, "anna", "researcher" if why == "other role" else "social_secretary")
    person(world, "eva", unit="north")
    assert overview(world).without.number == (1 if why == "other role" else 0)
    with world.database.unit_of_work() as session:
        if why == "closed":
            session.execute(update(Account).where(Account.id == "anna").values(active=False))
        if why == "moved":
            session.execute(update(AccountUnit).where(AccountUnit.account_id == "anna").values(unit_id="north"))
    shown = overview(world)
    assert (shown.without.number, named(shown.without)) == (1, ["2026-117"])
    assert shown.workload == (Workload(None, cases=1),)


def test_the_units_of_a_manager_of_several_add_up_to_the_whole(world: World) -> None:
    person(world, "anna", unit="north")
    person(world, "eva", unit="north")
    another_case(world, "N-1", ELSEWHERE, "north")
    another_case(world, "N-2", Actor("anna", frozenset({"north"})), "north")
    both = frozenset({"sig", "north"})
    manager = Actor("mia", both)
    sig, north, whole = (overview(world, manager, units) for units in (frozenset({"sig"}), frozenset({"north"}), both))
    assert (named(sig.without), named(north.without), named(whole.without)) == (["2026-117"], [], ["2026-117"])
    assert whole.workload == (Workload("anna", cases=1), Workload("eva", cases=1), Workload(None, cases=1))
    assert sig.cases + north.cases == whole.cases == sum(each.cases for each in whole.waiting)


def test_a_review_that_deviates_is_named_and_nothing_of_what_it_says(world: World) -> None:
    world.with_facts()
    with open_transaction(world.database) as session:
        screening = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry
    assert overview(world).deviating.number == 0
    with open_transaction(world.database) as session:
        sign_review(unit_of(session, NOW, BO), world.case, screening.id, screening.content["sha256"], DEVIATE)
    shown = overview(world)
    assert shown.deviating.first == (NamedCase(world.case, "2026-117", "anna", "awaits_second_person"),)
    assert "supports_offer" not in str(shown)


def test_a_consent_that_ends_soon_is_named_also_where_another_day_comes_before(world: World) -> None:
    consent = {"person": "youth", "recipient": "school", "status": "given", "form": "written", "content": "Närvaro."}
    later = another_case(world, "2026-118")
    for case, ends in ((world.case, "2026-12-02"), (later, "2027-06-01")):
        with open_transaction(world.database) as session:
            raw = {**consent, "answered_on": "2026-11-01", "valid_to": ends}
            record_consent(unit_of(session, NOW, ANNA), case, raw)
    write(world, "intake", {"reporter": "police", "received_on": "2026-11-10", "preliminary_assessment": "open"})
    shown = overview(world)
    assert shown.due.first[0].what == "preliminary_assessment"
    assert [(each.reference, each.day) for each in shown.consents.first] == [("2026-117", date(2026, 12, 2))]


def test_what_the_manager_is_to_rate_unseen_is_counted_nowhere(world: World) -> None:
    person(world, "anna")
    world.with_facts().with_assessment()
    another_case(world, "2026-118", ANNA)
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, ANNA), world.case, MANAGER.id)
    shown = overview(world)
    assert (shown.unseen, shown.cases, shown.workload) == (1, 1, (Workload("anna", cases=1),))
    assert [each.step for each in shown.waiting] == ["record_intake"]
    assert overview(world, Actor("other", frozenset({"sig"}))).cases == 2


def test_a_closed_case_is_not_counted_and_a_long_list_names_the_first(world: World) -> None:
    for number in range(MOST_NAMED):
        another_case(world, f"A-{number}")
    write(world, "case_closed", {"closed_on": "2026-11-20", "reasons": "Inget mer att göra."})
    shown = overview(world)
    assert (shown.cases, shown.without.number, len(shown.without.first)) == (MOST_NAMED, MOST_NAMED, MOST_NAMED)


def test_the_opening_itself_refuses_who_needs_a_ground_and_states_none(world: World) -> None:
    opened = []
    for units, ground in (("sig", ""), ("sig", "self_inspection"), ("north", "self_inspection")):
        actor = Actor("mia", frozenset({units}), ground, needs_ground=True)
        try:
            with open_transaction(world.database) as session:
                opened.append(open_case(unit_of(session, NOW, actor), world.case).reference)
        except ForbiddenError as refused:
            opened.append(refused.code)
    assert opened == ["ground-required", "2026-117", "other-unit"]
