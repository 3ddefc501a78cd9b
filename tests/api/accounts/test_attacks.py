"""What somebody might try who means harm; brute force, sessions and keys have their own tests beside these."""

import logging
from itertools import product
from uuid import uuid4

import pytest

from tests.api.accounts.people import HOST, House
from tests.api.accounts.walking import all_routes, record_in

ANNA = "anna.berg@kommun.example"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


#: What another site can send: every kind of body, without a token, with a wrong and with an empty one.
FORGERIES = list(
    product(
        ({"json": {}}, {"data": {"email": ANNA}}, {"data": b"{}", "content_type": "text/plain"}, {}),
        ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}),
    )
)
ROLES = ["social_secretary", "decider", "administrator"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.thorough
def test_nothing_is_changed_by_session_without_the_token_of_our_own_page(house: House, role: str) -> None:
    """Each role tries a third of the forgeries on every route, another third each time; the roles together try all."""
    house.add(ANNA, role)
    visitor = house.logged_in(ANNA)
    records = record_in(house.database, "sig")
    before = len(house.audit())
    tried = 0
    for route in all_routes(house.app):
        if route.method not in UNSAFE:
            continue
        tried += 1
        address = route.address(house.app, records)
        for body, headers in FORGERIES[(tried + ROLES.index(role)) % 3 :: 3]:
            answer = visitor.client.open(address, method=route.method, base_url=HOST, headers=headers, **body)
            assert answer.status_code in (400, 415), f"{route.method} {address}: {answer.status_code}"
    assert tried >= 10
    assert len(house.audit()) == before
    assert visitor.get("/account").status_code == 200


def test_the_token_of_somebody_elses_session_is_worth_nothing(house: House) -> None:
    house.add(ANNA, "statistics")
    house.add("eve@kommun.example", "statistics")
    anna, eve = house.logged_in(ANNA), house.logged_in("eve@kommun.example")
    body = {"name": "x", "actions": ["trends:read"], "days": 1}
    answer = anna.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": eve.api_token()})
    assert (answer.status_code, answer.get_json()["type"]) == (400, "/problems/forged-request")


def test_a_request_that_the_browser_says_comes_from_another_site_is_refused(house: House) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    body = {"name": "x", "actions": ["trends:read"], "days": 1}
    token = visitor.api_token()
    for site, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 201), ("none", 201)):
        headers = {"X-CSRF-Token": token, "Sec-Fetch-Site": site}
        assert visitor.json("POST", "/api/v1/account/tokens", body, **headers).status_code == status


def test_another_site_cannot_log_a_visitor_in_as_somebody_else(house: House) -> None:
    house.add(ANNA)
    form = {"email": ANNA, "password": house.passwords[ANNA]}
    assert house.visitor().client.post("/log-in", base_url=HOST, data=form).status_code == 400


@pytest.mark.parametrize(
    ("path", "form", "shown_at"),
    [
        ("/log-in", {"email": ANNA, "password": "x", "active": "1"}, "/log-in"),
        ("/log-in", {"email": ANNA, "password": "x", "roles": "administrator"}, "/log-in"),
        ("/log-in", {"email": [ANNA, "eve@kommun.example"], "password": "x"}, "/log-in"),
        ("/account/password", {"old": "x", "new": "y", "again": "y", "account_id": "0" * 32}, "/account"),
        ("/account/tokens", {"name": "x", "days": "1", "actions": "trends:read", "account_id": "1"}, "/account"),
        ("/account/second-step", {"code": "1", "totp_secret": "x"}, "/account"),
        ("/new-password", {"code": "x", "new": "y", "again": "y", "email": "eve@kommun.example"}, "/account"),
        ("/log-in", {"email": "x" * 2_001, "password": "x"}, "/log-in"),
    ],
)
def test_a_form_takes_its_own_fields_once_and_no_others(
    house: House, path: str, form: dict[str, object], shown_at: str
) -> None:
    house.add(ANNA, "statistics")
    visitor = house.visitor() if shown_at == "/log-in" else house.logged_in(ANNA)
    assert visitor.post(path, form, shown_at=shown_at).status_code == 400


@pytest.mark.parametrize("name", ["X\r\nSet-Cookie: a=b", "a\nb", "\x00"])
def test_no_header_comes_out_of_what_was_sent(house: House, name: str) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    form = {"name": name, "days": "1", "actions": "trends:read"}
    answer = visitor.post("/account/tokens", form, shown_at="/account")
    assert answer.status_code == 422
    assert "a=b" not in str(answer.headers)
    login = house.visitor().log_in(ANNA, house.passwords[ANNA], next="/x\r\nSet-Cookie: a=b")
    assert login.headers["Location"].endswith("/")
    assert "a=b" not in str(login.headers)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "' OR 1=1 --", "${7*7}", '"><img src=x>'])
def test_what_is_typed_is_shown_as_text_and_runs_nowhere(house: House, text: str) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    visitor.post("/account/tokens", {"name": text, "days": "1", "actions": "trends:read"}, shown_at="/account")
    page = visitor.get("/account").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert ">49<" not in page
    assert house.visitor().log_in(text, text).status_code == 422


@pytest.mark.parametrize("key", ["0" * 32, "../../etc/passwd", "%00", "1 OR 1=1", "é" * 32, "x" * 5_000])
def test_a_key_of_a_record_that_is_none_leads_nowhere(house: House, key: str) -> None:
    house.add(ANNA, "decider")
    visitor = house.logged_in(ANNA)
    token = {"X-CSRF-Token": visitor.api_token()}
    body = {"ground": "consent", "note": "x"}
    assert visitor.json("POST", f"/api/v1/cases/{key}/ground", body, **token).status_code in (404, 405)
    assert visitor.json("DELETE", f"/api/v1/account/tokens/{key}", None, **token).status_code in (404, 405)


def test_no_name_password_key_or_code_is_in_the_log_or_in_an_address(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.add(ANNA, "decider")
    password = house.passwords[ANNA]
    visitor = house.logged_in(ANNA)
    house.visitor().log_in(ANNA, "a wrong password")
    token = {"X-CSRF-Token": visitor.api_token()}
    body = {"name": "x", "actions": ["case:cross_unit"], "days": 1}
    secret = visitor.json("POST", "/api/v1/account/tokens", body, **token).get_json()["token"]
    house.visitor().get("/api/v1/account", headers={"Authorization": f"Bearer {secret}"})
    house.visitor().get("/api/v1/account", headers={"Authorization": f"Bearer {secret}x"})
    house.visitor().post("/forgotten-password", {"email": ANNA})
    visitor.json("POST", f"/api/v1/cases/{uuid4().hex}/ground", {"ground": "consent", "note": "hemlig not"}, **token)
    visitor.post("/log-out", shown_at="/account")
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    kept = "\n".join(f"{row.actor} {row.action} {row.kind} {row.record_id} {row.ground}" for row in house.audit())
    for word in (ANNA, "anna.berg", password, "a wrong password", secret, "hemlig not"):
        assert word not in logged
        assert word not in kept
