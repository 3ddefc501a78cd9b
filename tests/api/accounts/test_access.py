"""Cases of other units, and the grounds on which they are reached."""

from contextlib import nullcontext

import pytest
from pydantic import ValidationError

from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.reach import reaches
from api.access.units import Ground, Grounds, OutOfReachError, holds_ground, require_access, the_grounds
from api.store.account_tables import Crossing
from tests.api.accounts.people import House
from tests.api.accounts.walking import record_in

ANNA = "anna@kommun.example"


def caller(account: str, role: str, unit: str = "sig") -> Caller:
    actions = the_permissions().actions_of([role])
    return Caller(account, "Anna", frozenset({role}), frozenset({unit}), actions, "session")


@pytest.mark.parametrize(
    ("units", "ground", "is_reached"),
    [
        ({"sig"}, "", True),
        ({"north"}, "", False),
        ({"north"}, " ", False),
        ({"north"}, "consent", True),
        ((), "", False),
    ],
)
def test_a_case_is_reached_from_its_units_or_on_a_ground(units: set[str], ground: str, *, is_reached: bool) -> None:
    assert reaches(set(units), ground, belongs_to=["sig", "south"]) == is_reached


def test_a_case_of_ones_own_unit_needs_no_ground(house: House) -> None:
    account = house.add(ANNA, "social_secretary")
    case = record_in(house.database, "sig")["case_id"]
    with house.app.app_context(), house.database.unit_of_work() as session:
        assert require_access(session, caller(account, "social_secretary"), case) == ""


def test_a_case_of_another_unit_is_reached_on_a_ground_that_is_kept_and_told(house: House) -> None:
    account = house.add(ANNA, "social_secretary")
    case = record_in(house.database, "other")["case_id"]
    anna = caller(account, "social_secretary")
    with house.app.app_context():
        with pytest.raises(OutOfReachError) as raised, house.database.unit_of_work() as session:
            require_access(session, anna, case)
        assert raised.value.may_cross
        with house.database.unit_of_work() as session:
            assert require_access(session, anna, case, Ground("consent", "muntligt 20 november")) == "consent"
        with house.database.unit_of_work() as session:
            assert require_access(session, anna, case) == "consent"
    with house.database.looking() as session:
        assert [(row.ground, row.note) for row in session.query(Crossing)] == [("consent", "muntligt 20 november")]
    told = house.audit(action="cross")
    assert [(row.actor, row.case_id, row.ground) for row in told] == [(account, case, "consent")]
    assert not [row for row in house.audit() if "muntligt" in row.ground]


@pytest.mark.parametrize("role", ["coordinator", "reviewer", "administrator", "researcher", "log_reviewer"])
def test_a_role_that_may_not_cross_is_not_told_that_the_case_exists(house: House, role: str) -> None:
    account = house.add(ANNA, role)
    case = record_in(house.database, "other")["case_id"]
    with house.app.app_context(), pytest.raises(OutOfReachError) as raised, house.database.unit_of_work() as session:
        require_access(session, caller(account, role), case, Ground("consent", "nyfiken"))
    assert not raised.value.may_cross
    assert raised.value.as_problem().code == "not-found"
    assert house.audit(action="cross") == []


@pytest.mark.parametrize("ground", [Ground("curiosity", "x"), Ground("consent", " "), Ground("consent", "x" * 2_001)])
def test_a_ground_is_one_of_the_list_with_a_note(house: House, ground: Ground) -> None:
    account = house.add(ANNA, "decider")
    case = record_in(house.database, "other")["case_id"]
    with house.app.app_context(), pytest.raises(ValueError, match="note"), house.database.unit_of_work() as session:
        require_access(session, caller(account, "decider"), case, ground)


def test_a_ground_is_one_of_those_that_the_role_is_offered_also_when_it_was_stated_in_another(house: House) -> None:
    account = house.add(ANNA, "social_secretary")
    case = record_in(house.database, "other")["case_id"]
    manager = caller(account, "unit_manager", "other")
    with house.app.app_context():
        with house.database.unit_of_work() as session:
            require_access(session, caller(account, "social_secretary"), case, Ground("same_board", "möte"))
        with house.database.unit_of_work() as session, pytest.raises(ValueError, match="offered"):
            require_access(session, manager, case, Ground("same_board", "möte"))
        with house.database.unit_of_work() as session, pytest.raises(OutOfReachError) as raised:
            require_access(session, manager, case)
        assert raised.value.may_cross
        assert not holds_ground(manager, case)


@pytest.mark.parametrize("place", ["", "/documents", "/view"])
def test_a_page_of_another_unit_leads_to_where_the_ground_is_stated(house: House, place: str) -> None:
    house.add(ANNA, "social_secretary")
    visitor = house.logged_in(ANNA)
    case = record_in(house.database, "other")["case_id"]
    refused = visitor.get(f"/cases/{case}{place}")
    assert refused.status_code == 403
    assert f'href="/cases/{case}/ground"' in refused.text
    form = visitor.get(f"/cases/{case}/ground").text
    assert "Socialstyrelsen, återgiven av Rikspolisstyrelsen 2014" in form
    assert "as told by" not in form
    sent = visitor.post(f"/cases/{case}/ground", {"ground": "same_board", "note": "Gemensamt möte."})
    assert sent.headers["Location"] == f"/cases/{case}"
    assert visitor.get(f"/cases/{case}{place}").status_code == 200


def test_the_ground_is_stated_over_http_and_ends(house: House) -> None:
    house.add(ANNA, "social_secretary")
    visitor = house.logged_in(ANNA)
    case = record_in(house.database, "other")["case_id"]
    refused = visitor.get(f"/api/v1/cases/{case}")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/ground-required")
    assert [row.case_id for row in house.audit(action="refused", kind="case")] == [case]
    body = {"ground": "duty_by_law", "note": "begäran från åklagare"}
    key = {"X-CSRF-Token": visitor.api_token()}
    stated = visitor.json("POST", f"/api/v1/cases/{case}/ground", body, **key)
    assert (stated.status_code, stated.get_json()["ground"]) == (201, "duty_by_law")
    assert visitor.get(f"/api/v1/cases/{case}").status_code == 200
    assert {row.ground for row in house.audit(action="read", kind="case")} == {"duty_by_law"}
    house.clock.pass_by(hours=the_grounds().hours, minutes=1)
    visitor = house.logged_in(ANNA)
    assert visitor.get(f"/api/v1/cases/{case}").status_code == 403


def test_a_ground_holds_for_the_hours_of_the_list_and_not_at_their_end(house: House) -> None:
    account = house.add(ANNA, "social_secretary")
    anna = caller(account, "social_secretary")
    case = record_in(house.database, "other")["case_id"]
    with house.app.app_context():
        with house.database.unit_of_work() as session:
            require_access(session, anna, case, Ground("consent", "x" * 2_000))
        house.clock.pass_by(hours=the_grounds().hours, seconds=-1)
        assert holds_ground(anna, case)
        house.clock.pass_by(seconds=1)
        assert not holds_ground(anna, case)


@pytest.mark.parametrize(("hours", "is_taken"), [(0, False), (1, True), (7 * 24, True), (7 * 24 + 1, False)])
def test_a_list_of_grounds_lets_a_ground_hold_for_an_hour_to_a_week(hours: int, *, is_taken: bool) -> None:
    with nullcontext() if is_taken else pytest.raises(ValidationError):
        Grounds.model_validate({**the_grounds().model_dump(), "hours": hours})


def test_one_persons_ground_opens_nothing_for_another_and_no_other_case(house: House) -> None:
    house.add(ANNA, "social_secretary")
    house.add("bo@kommun.example", "social_secretary")
    first, second = (record_in(house.database, "other")["case_id"] for _ in range(2))
    anna, bo = house.logged_in(ANNA), house.logged_in("bo@kommun.example")
    key = {"X-CSRF-Token": anna.api_token()}
    anna.json("POST", f"/api/v1/cases/{first}/ground", {"ground": "consent", "note": "x"}, **key)
    statuses = [who.get(f"/api/v1/cases/{case}").status_code for who in (anna, bo) for case in (first, second)]
    assert statuses == [200, 403, 403, 403]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"ground": "curiosity", "note": "x"}, "/ground"),
        ({"ground": "consent", "note": " "}, "/note"),
        ({"ground": "consent"}, "/note"),
        ({"ground": "consent", "note": "x", "account": "0" * 32}, "/account"),
        ({"ground": 1, "note": "x"}, "/ground"),
    ],
)
def test_a_ground_that_cannot_be_used_is_told_with_its_place(house: House, body: object, where: str) -> None:
    house.add(ANNA, "decider")
    visitor = house.logged_in(ANNA)
    case = record_in(house.database, "other")["case_id"]
    key = {"X-CSRF-Token": visitor.api_token()}
    answer = visitor.json("POST", f"/api/v1/cases/{case}/ground", body, **key)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [where]


def test_the_page_for_a_ground_tells_nothing_of_the_case(house: House) -> None:
    house.add(ANNA, "social_secretary")
    visitor = house.logged_in(ANNA)
    case = record_in(house.database, "other")["case_id"]
    there, nowhere = visitor.get(f"/cases/{case}/ground"), visitor.get(f"/cases/{'0' * 32}/ground")
    assert (there.status_code, nowhere.status_code) == (200, 200)
    path = f"/cases/{case}/ground"
    assert visitor.post(path, {"ground": "consent", "note": ""}).status_code == 422
    assert visitor.post(path, {"ground": "consent", "note": "x"}).headers["Location"].endswith(f"/cases/{case}")
    unknown = f"/cases/{'0' * 32}/ground"
    assert visitor.post(unknown, {"ground": "consent", "note": "x"}).status_code == 404


def test_a_unit_manager_opens_a_case_of_the_own_unit_on_a_ground_and_none_of_another(house: House) -> None:
    house.add(ANNA, "unit_manager")
    visitor = house.logged_in(ANNA)
    own, other = (record_in(house.database, unit)["case_id"] for unit in ("sig", "other"))
    refused = visitor.get(f"/cases/{own}")
    assert (refused.status_code, f'href="/cases/{own}/ground"' in refused.text) == (403, True)
    form = visitor.get(f"/cases/{own}/ground").text
    assert "Egenkontroll av enhetens arbete" in form
    assert "Varför behöver du läsa ärendet?" in form
    assert "Brottsförebyggande samverkan" not in form
    for ground, status in (("crime_prevention", 422), ("self_inspection", 303)):
        sent = visitor.post(f"/cases/{own}/ground", {"ground": ground, "note": "Kontroll av journalen."})
        assert sent.status_code == status
    assert visitor.get(f"/cases/{own}/ground").headers["Location"] == f"/cases/{own}"
    shown = visitor.get(f"/cases/{own}")
    assert (shown.status_code, 'href="/unit-overview"' in shown.text, 'href="/work"' in shown.text) == (
        200,
        True,
        False,
    )
    assert {row.ground for row in house.audit(action="read", kind="case")} == {"self_inspection"}
    assert visitor.get(f"/cases/{other}").status_code == 404
    sent = visitor.post(f"/cases/{other}/ground", {"ground": "self_inspection", "note": "x"}, shown_at="/account")
    assert sent.status_code == 404
