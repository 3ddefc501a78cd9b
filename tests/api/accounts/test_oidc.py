"""Logging in at an identity provider: a mock of one on this machine, over real HTTP."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from api.settings.accounts import AccountSettings, OidcSettings
from api.store.account_tables import Account
from api.store.database import Database
from tests.api.accounts.people import KEY, Clock, House, Visitor, make_app
from tests.thoroughness import a_few

ANNA = "anna@kommun.example"
# The mock uses what Authlib is about to give up; its server runs in a thread of this process.
pytestmark = [
    pytest.mark.filterwarnings("ignore:authlib.jose module is deprecated"),
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import run_server_in_thread
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture
def house(database: Database, tmp_path: Path, clock: Clock, issuer: str) -> House:
    settings = AccountSettings(KEY, mail=f"folder:{tmp_path / 'letters'}", oidc=OidcSettings(issuer, "underlag", "s"))
    return House(make_app(database, clock, settings), database, tmp_path / "letters", clock)


def sent_to_provider(visitor: Visitor, **query: str) -> str:
    answer = visitor.get("/log-in/provider", query_string=query)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def sent_back(address: str, subject: str) -> str:
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=60)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def through(visitor: Visitor, subject: str, **query: str) -> TestResponse:
    return visitor.get(sent_back(sent_to_provider(visitor, **query), subject))


def test_somebody_the_provider_knows_logs_in_to_the_account_that_was_set_up(house: House, issuer: str) -> None:
    account = house.add(ANNA, "statistics", identity=(issuer, "person-1"), with_password=False)
    visitor = house.visitor()
    answer = through(visitor, "person-1", next="/account")
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (303, "/account")
    assert visitor.get("/api/v1/account").get_json()["account"] == account
    assert [(row.actor, row.kind, row.outcome) for row in house.audit(action="log_in")] == [(account, "oidc", "done")]


def test_the_request_has_state_nonce_and_a_challenge_that_only_we_can_answer(house: House) -> None:
    asked = parse_qs(urlsplit(sent_to_provider(house.visitor())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_an_unknown_subject_is_refused_in_words_and_gets_no_account(house: House) -> None:
    visitor = house.visitor()
    answer = through(visitor, "a-stranger")
    assert answer.status_code == 403
    assert "Du har inget konto här" in answer.text
    assert visitor.get("/account").status_code == 303
    with house.database.looking() as session:
        assert session.query(Account).count() == 0
    assert [(row.actor, row.outcome) for row in house.audit(action="log_in")] == [("nobody", "refused")]


def test_an_equal_address_is_not_enough_to_be_somebody(house: House) -> None:
    house.add(ANNA)  # the provider's mock gives every subject an e-mail address that is the subject
    assert through(house.visitor(), ANNA).status_code == 403


def test_the_same_subject_at_another_issuer_is_somebody_else(house: House) -> None:
    house.add(ANNA, identity=("https://other.example", "person-1"), with_password=False)
    assert through(house.visitor(), "person-1").status_code == 403


def test_a_closed_account_is_refused(house: House, issuer: str) -> None:
    house.add(ANNA, identity=(issuer, "person-1"), with_password=False)
    house.close(ANNA)
    assert through(house.visitor(), "person-1").status_code == 403


def test_an_answer_that_was_not_asked_for_is_refused(house: House, issuer: str) -> None:
    house.add(ANNA, identity=(issuer, "person-1"), with_password=False)
    asker, victim = house.visitor(), house.visitor()
    back = sent_back(sent_to_provider(asker), "person-1")
    sent_to_provider(victim)
    assert victim.get(back).status_code == 422
    assert victim.get("/account").status_code == 303
    assert asker.get(back).status_code == 303
    assert asker.get(back).status_code == 422, "a code works once"


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x", "?state=x&code=y", "?code=&state="])
def test_an_answer_that_does_not_hold_together_is_refused(house: House, query: str) -> None:
    answer = house.visitor().get(f"/log-in/provider/return{query}")
    assert answer.status_code == 422
    assert "gick inte igenom" in answer.text


@pytest.mark.parametrize("query", a_few(["", "?error=access_denied", "?code=x", "?state=x&code=y", "?error=x&state=y"]))
def test_what_another_site_leads_to_the_return_changes_nothing(house: House, issuer: str, query: str) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 3
    house.add(ANNA, identity=(issuer, "person-1"))
    visitor = house.logged_in(ANNA)
    visitor.get("/account")  # shows a form, and so has its mark in the cookie
    before = len(house.audit())
    for _ in range(5):
        answer = visitor.get(f"/log-in/provider/return{query}", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 422
        assert "Set-Cookie" not in answer.headers
    assert len(house.audit()) == before
    assert visitor.get("/account").status_code == 200
    assert through(house.visitor(), "person-1").status_code == 303, "nobody at the address is shut out"


def test_a_provider_that_refuses_ends_what_was_begun_and_nothing_else(house: House, issuer: str) -> None:
    house.add(ANNA, identity=(issuer, "person-1"))
    visitor = house.logged_in(ANNA)
    state = parse_qs(urlsplit(sent_to_provider(visitor)).query)["state"][0]
    refused = f"/log-in/provider/return?error=access_denied&state={state}"
    assert visitor.get(refused).status_code == 422
    assert [row.outcome for row in house.audit(action="log_in", kind="oidc")] == ["refused"]
    assert visitor.get(refused).status_code == 422
    assert len(house.audit(action="log_in", kind="oidc")) == 1
    assert visitor.get("/account").status_code == 200


def test_going_to_the_provider_again_and_again_never_outgrows_a_cookie(house: House) -> None:
    visitor = house.visitor()
    for _ in range(12):
        sent_to_provider(visitor)
    cookie = visitor.client.get_cookie("__Host-underlag", "underlag.example")
    assert cookie is not None
    assert len(cookie.value) < 3_000


def test_a_token_made_for_another_request_is_refused(house: House, issuer: str) -> None:
    house.add(ANNA, identity=(issuer, "person-1"), with_password=False)
    visitor = house.visitor()
    address = sent_to_provider(visitor)
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    assert visitor.get(sent_back(address.replace(nonce, "x" * len(nonce)), "person-1")).status_code == 422


def test_a_provider_that_does_not_answer_is_told_in_words(database: Database, tmp_path: Path, clock: Clock) -> None:
    settings = AccountSettings(KEY, oidc=OidcSettings("http://127.0.0.1:9", "underlag", "s"))
    house = House(make_app(database, clock, settings), database, tmp_path, clock)
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 2
    assert [house.visitor().get("/log-in/provider").status_code for _ in range(4)] == [422] * 4, "nobody's fault here"


def test_nobody_is_led_to_another_site_after_it(house: House, issuer: str) -> None:
    house.add(ANNA, identity=(issuer, "person-1"), with_password=False)
    answer = through(house.visitor(), "person-1", next="//evil.example")
    assert urlsplit(answer.headers["Location"]).path == "/"
    assert "evil" not in answer.headers["Location"]
