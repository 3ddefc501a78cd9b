"""Every route, by every role, at every record: routes that are written later are walked too."""

import pytest
from flask import Flask, Response

from api.access.declarations import DeclarationError, allowed, check_declarations
from api.access.permission_table import the_permissions
from tests.api.accounts.people import House, Visitor
from tests.api.accounts.walking import SECRET, Route, all_routes, record_in
from tests.thoroughness import a_few

ROLES = the_permissions().role_names()


def test_every_route_declares_an_action_of_the_table(house: House) -> None:
    check_declarations(house.app, the_permissions())


def test_a_route_without_a_permission_is_found_and_refused_to_everyone(house: House) -> None:
    house.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    with pytest.raises(DeclarationError, match=r"GET /api/v1/forgotten \(nothing declared\)"):
        check_declarations(house.app, the_permissions())
    house.add("adam@kommun.example", "administrator")
    assert house.visitor().get("/api/v1/forgotten").status_code == 403
    assert house.logged_in("adam@kommun.example").get("/api/v1/forgotten").status_code == 403


def test_a_permission_that_is_not_in_the_table_is_found(house: House) -> None:
    house.app.add_url_rule("/x", "x", allowed("case:raed")(lambda: "open"))
    with pytest.raises(DeclarationError, match="case:raed"):
        check_declarations(house.app, the_permissions())


def answer_to(visitor: Visitor, app: Flask, route: Route, records: dict[str, str], token: str) -> Response:
    body = {} if route.method in ("POST", "PUT", "PATCH") and route.rule.rule.startswith("/api/") else None
    headers = {"X-CSRF-Token": token} if token else {}
    return visitor.json(route.method, route.address(app, records), body, **headers)


def was_allowed(answer: Response) -> bool:
    is_log_in = answer.status_code == 303 and "next=" in answer.headers["Location"]
    return answer.status_code not in (401, 403) and not is_log_in


@pytest.mark.parametrize("role", a_few([None, "no_role", *ROLES]))
def test_each_role_may_on_each_route_what_the_table_says(house: House, role: str | None) -> None:
    visitor, token, roles = house.visitor(), "", None
    if role is not None:
        roles = [] if role == "no_role" else [role]
        house.add("anna@kommun.example", *roles)
        visitor = house.logged_in("anna@kommun.example")
        token = visitor.api_token()
    records = record_in(house.database, "sig")
    table = the_permissions().actions_of(roles)
    if the_permissions().needs_ground(roles or ()):
        body = {"ground": "self_inspection", "note": "Påhittat."}
        visitor.json("POST", f"/api/v1/cases/{records['case_id']}/ground", body, **{"X-CSRF-Token": token})
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 100_000
    wrong = []
    for route in all_routes(house.app):
        answer = answer_to(visitor, house.app, route, records, token)
        assert answer.status_code < 500, f"{route.method} {route.rule.rule}: {answer.text}"
        # a form of ours that nobody is logged in to is still refused without its hidden field, before anything else
        is_form = role is None and route.method == "POST" and route.endpoint.startswith(("accounts.", "oidc."))
        if is_form:
            assert answer.status_code == 400, route.rule.rule
        elif was_allowed(answer) is not (route.declared.action in table):
            wrong.append(f"{route.method} {route.rule.rule}: {answer.status_code}, declared {route.declared.action}")
    assert wrong == []


#: Every role, and whoever reaches nothing of their own unit either without a ground.
BEYOND = [*((role, "other") for role in ROLES), ("unit_manager", "sig")]


@pytest.mark.parametrize(("role", "unit"), a_few(BEYOND))
def test_no_role_reaches_a_record_of_another_unit_by_any_route(house: House, role: str, unit: str) -> None:
    house.app.add_url_rule("/api/v1/planted/<entry_id>", "planted", allowed("case:read")(lambda entry_id: SECRET))
    house.app.add_url_rule("/api/v1/planted/of/<case_id>", "planted2", allowed("case:read")(lambda case_id: SECRET))
    house.add("anna@kommun.example", role)
    visitor = house.logged_in("anna@kommun.example")
    token = visitor.api_token()
    theirs = record_in(house.database, unit)
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 100_000
    walked = 0
    for route in all_routes(house.app):
        if not route.rule.arguments & theirs.keys() - route.declared.plain:
            continue
        walked += 1
        answer = answer_to(visitor, house.app, route, theirs, token)
        assert answer.status_code in (403, 404), f"{route.method} {route.rule.rule}: {answer.status_code}"
        assert SECRET not in answer.text
    assert walked >= 4


def test_a_record_of_another_case_than_the_address_says_is_not_there(house: House) -> None:
    house.app.add_url_rule(
        "/api/v1/planted/<case_id>/<entry_id>", "planted", allowed("case:read")(lambda case_id, entry_id: "seen")
    )
    house.add("anna@kommun.example", "social_secretary")
    visitor = house.logged_in("anna@kommun.example")
    ours, theirs = record_in(house.database, "sig"), record_in(house.database, "other")
    own = visitor.get(f"/api/v1/planted/{ours['case_id']}/{ours['entry_id']}")
    mixed = visitor.get(f"/api/v1/planted/{ours['case_id']}/{theirs['entry_id']}")
    assert (own.status_code, mixed.status_code) == (200, 404)


def test_an_address_that_names_something_unknown_is_refused(house: House) -> None:
    house.app.add_url_rule("/api/v1/planted/<folder_id>", "planted", allowed("case:read")(lambda folder_id: "seen"))
    house.add("anna@kommun.example", "social_secretary")
    assert house.logged_in("anna@kommun.example").get("/api/v1/planted/1").status_code == 403
