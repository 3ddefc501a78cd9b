from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.store.account_tables import ApiToken
from tests.api.accounts.people import House, Visitor

ANNA = "anna@kommun.example"


def made(visitor: Visitor, *actions: str, days: Any = 30, **more: Any) -> TestResponse:
    body = {"name": "lönesystem", "actions": list(actions), "days": days, **more}
    return visitor.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": visitor.api_token()})


def with_token(house: House, secret: str, path: str = "/api/v1/account") -> TestResponse:
    return house.visitor().get(path, headers={"Authorization": f"Bearer {secret}"})


def test_a_key_is_shown_once_and_only_its_digest_is_kept(house: House) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    answer = made(visitor, "trends:read")
    secret = answer.get_json()["token"]
    assert answer.status_code == 201
    assert secret not in visitor.get("/api/v1/account/tokens").text + visitor.get("/account").text
    with house.database.looking() as session:
        row = session.execute(select(ApiToken.__table__)).mappings().one()
    assert secret not in str(dict(row))
    assert len(row["digest"]) == 64


def test_a_key_can_do_what_it_was_made_for_and_nothing_else(house: House) -> None:
    house.add(ANNA, "social_secretary")
    secret = made(house.logged_in(ANNA), "trends:read").get_json()["token"]
    seen = with_token(house, secret).get_json()
    assert (seen["by"], seen["actions"]) == ("token", ["public", "account:see", "trends:read"])
    assert with_token(house, secret, "/api/v1/account/tokens").status_code == 403
    assert with_token(house, secret, "/account/password").status_code == 403


def test_a_key_shrinks_with_its_owner_and_dies_with_the_account(house: House) -> None:
    house.add(ANNA, "social_secretary")
    secret = made(house.logged_in(ANNA), "trends:read", "case:read").get_json()["token"]
    house.set_roles(ANNA, "statistics")
    assert with_token(house, secret).get_json()["actions"] == ["public", "account:see", "trends:read"]
    house.set_roles(ANNA, "social_secretary")
    assert "case:read" in with_token(house, secret).get_json()["actions"]
    house.close(ANNA)
    assert with_token(house, secret).status_code == 401


@pytest.mark.parametrize("action", ["case:read", "account:own", "tokens:own", "public", "no:such", ""])
def test_a_key_cannot_be_made_wider_than_its_owner(house: House, action: str) -> None:
    house.add(ANNA, "statistics")
    answer = made(house.logged_in(ANNA), "trends:read", action)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/actions")


def test_an_administrator_can_make_no_key_that_administers(house: House) -> None:
    house.add(ANNA, "administrator")
    assert made(house.logged_in(ANNA), "accounts:manage").status_code == 422


@pytest.mark.parametrize("days", [0, -1, 367, 10**30, "30", 1.5, None, True])
def test_a_key_lasts_from_a_day_to_a_year(house: House, days: object) -> None:
    house.add(ANNA, "statistics")
    answer = made(house.logged_in(ANNA), "trends:read", days=days)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/days")


@pytest.mark.parametrize("more", [{"account_id": "0" * 32}, {"digest": "0" * 64}, {"expires_at": "2099-01-01"}])
def test_nothing_else_about_a_key_can_be_set(house: House, more: dict[str, str]) -> None:
    house.add(ANNA, "statistics")
    answer = made(house.logged_in(ANNA), "trends:read", **more)
    assert [error["code"] for error in answer.get_json()["errors"]] == ["unknown-key"]


def test_a_key_expires_and_can_be_revoked(house: House) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    short, long = (made(visitor, "trends:read", days=days).get_json() for days in (1, 30))
    house.clock.pass_by(days=1, minutes=1)
    assert [with_token(house, key["token"]).status_code for key in (short, long)] == [401, 200]
    visitor = house.logged_in(ANNA)
    key = {"X-CSRF-Token": visitor.api_token()}
    gone = [visitor.json("DELETE", f"/api/v1/account/tokens/{long['id']}", **key).status_code for _ in range(2)]
    assert gone == [204, 404]
    assert with_token(house, long["token"]).status_code == 401


def test_nobody_revokes_the_key_of_somebody_else(house: House) -> None:
    house.add(ANNA, "statistics")
    house.add("bo@kommun.example", "administrator")
    key = made(house.logged_in(ANNA), "trends:read").get_json()
    bo = house.logged_in("bo@kommun.example")
    answer = bo.json("DELETE", f"/api/v1/account/tokens/{key['id']}", **{"X-CSRF-Token": bo.api_token()})
    assert answer.status_code == 404
    assert with_token(house, key["token"]).status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer ", "Bearer x", "Basic YTpi", "Bearer underlag_" + "A" * 43, "bearer\tx", "é"]
)
def test_a_key_that_is_none_is_refused_and_told_how_to_log_in(house: House, header: str) -> None:
    answer = house.visitor().get("/api/v1/account", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_tampered_key_is_refused(house: House) -> None:
    house.add(ANNA, "statistics")
    secret = made(house.logged_in(ANNA), "trends:read").get_json()["token"]
    for wrong in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret.swapcase(), secret + " x", secret[:-1]):
        assert with_token(house, wrong).status_code == 401


def test_keys_cannot_be_guessed_at_speed(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 5
    assert [with_token(house, f"underlag_{n:043}").status_code for n in range(7)] == [401] * 5 + [429] * 2
    assert len(house.audit(action="use", outcome="refused")) == 5
    assert len(house.audit(outcome="too_many")) == 1


def test_a_key_in_an_address_or_a_body_counts_for_nothing(house: House) -> None:
    house.add(ANNA, "statistics")
    secret = made(house.logged_in(ANNA), "trends:read").get_json()["token"]
    for name in ("auth_token", "token", "access_token"):
        assert house.visitor().get("/api/v1/account", query_string={name: secret}).status_code == 401
    assert house.visitor().get("/api/v1/account", headers={"Authentication-Token": secret}).status_code == 401


def test_the_use_of_a_key_is_told_at_most_once_an_hour(house: House) -> None:
    account = house.add(ANNA, "statistics")
    key = made(house.logged_in(ANNA), "trends:read").get_json()
    for _ in range(3):
        with_token(house, key["token"])
    house.clock.pass_by(hours=2)
    with_token(house, key["token"])
    told = house.audit(action="use", kind="token")
    assert [(row.actor, row.record_id, row.outcome) for row in told] == [(account, key["id"], "done")] * 2


def test_a_key_needs_no_csrf_token(house: House) -> None:
    house.add(ANNA, "decider")
    secret = made(house.logged_in(ANNA), "case:cross_unit").get_json()["token"]
    answer = house.visitor().json(
        "POST",
        f"/api/v1/cases/{'0' * 32}/ground",
        {"ground": "consent", "note": "x"},
        Authorization=f"Bearer {secret}",
    )
    assert answer.status_code == 404


def test_keys_are_made_and_revoked_on_the_page_too(house: House) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    form = {"name": "rapport", "actions": "trends:read", "days": "90"}
    shown = visitor.post("/account/tokens", form, shown_at="/account")
    secret = shown.text.partition('<code id="made">')[2].partition("<")[0]
    assert with_token(house, secret).status_code == 200
    token_id = visitor.get("/api/v1/account/tokens").get_json()["tokens"][0]["id"]
    assert visitor.post(f"/account/tokens/{token_id}/revoke", shown_at="/account").status_code == 303
    assert with_token(house, secret).status_code == 401
    wrong = visitor.post("/account/tokens", {**form, "days": "x", "actions": "case:read"}, shown_at="/account")
    assert wrong.status_code == 422
