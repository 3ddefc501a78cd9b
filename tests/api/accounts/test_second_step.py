"""The second step: codes that work once, and who may turn it on, replace it and turn it off."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from pyotp import TOTP
from sqlalchemy import update
from werkzeug.test import TestResponse

from api.accounts.sealing import Seal
from api.store.account_tables import Account
from tests.api.accounts.people import HOST, KEY, House, Visitor

ANNA = "anna.berg@kommun.example"
#: A secret, and how Flask-Security had passlib seal it with the tests' session key in earlier versions.
EARLIER = "WMLCFJBUMYGADABQQZYG4DMBODXL3VZ2"
EARLIER_SEALED = (
    '{"enckey":{"c":14,"k":"CQHEUYJR4KP5KQZNUFDF3X6Q444X5ZDG","s":"37NTWZYMUHKBVAZQEZCA","t":"8f88a5ed2265","v":1},'
    '"type":"totp","v":1}'
)


@dataclass
class Phone:
    """An app on a phone, which goes by the clock of the house."""

    house: House
    secret: str

    def code(self, steps: int = 0) -> str:
        return TOTP(self.secret).at(self.house.clock() + timedelta(seconds=30 * steps))


def shown_secret(visitor: Visitor) -> str:
    """What the page for setting the second step up shows."""
    page = visitor.get("/account/second-step").text
    return page.partition("<code>")[2].partition("</code>")[0].replace("-", "")


def set_up(visitor: Visitor, **form: str) -> TestResponse:
    """Send the form, which showed its secret before."""
    sent = {"csrf_token": visitor.csrf_token("/account"), **form}
    return visitor.client.post("/account/second-step", base_url=HOST, data=sent)


def turned_on(house: House) -> tuple[Visitor, Phone]:
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    phone = Phone(house, shown_secret(visitor))
    with visitor.client.session_transaction(base_url=HOST) as held:
        assert phone.secret not in str(dict(held))
    answer = set_up(visitor, code=phone.code(), password=house.passwords[ANNA])
    assert answer.status_code == 303, answer.text
    return visitor, phone


def kept_secret(house: House) -> str:
    with house.database.looking() as session:
        return str(session.query(Account.totp_secret).scalar())


def path(answer: TestResponse) -> str:
    return answer.headers["Location"].removeprefix(HOST)


def test_the_code_is_asked_for_and_works_once(house: House) -> None:
    _, phone = turned_on(house)
    visitor = house.visitor()
    assert path(visitor.log_in(ANNA, house.passwords[ANNA], next="/account")) == "/log-in/code"
    assert visitor.get("/account").status_code == 303
    assert visitor.post("/log-in/code", {"code": "000000"}).status_code == 422
    assert path(visitor.post("/log-in/code", {"code": phone.code(+1)})) == "/account"
    again = house.visitor()
    again.log_in(ANNA, house.passwords[ANNA])
    assert again.post("/log-in/code", {"code": phone.code(+1)}).status_code == 422


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_a_code_counts_for_its_own_half_minute_and_the_ones_beside_it(house: House, steps: int, status: int) -> None:
    _, phone = turned_on(house)
    house.clock.pass_by(minutes=10)
    visitor = house.visitor()
    visitor.log_in(ANNA, house.passwords[ANNA])
    assert visitor.post("/log-in/code", {"code": phone.code(steps)}).status_code == status


def test_codes_cannot_be_guessed(house: House) -> None:
    turned_on(house)
    visitor = house.visitor()
    visitor.log_in(ANNA, house.passwords[ANNA])
    answers = [visitor.post("/log-in/code", {"code": f"{n:06}"}).status_code for n in range(5)]
    assert answers == [422] * 5
    assert visitor.post("/log-in/code", {"code": "1"}).status_code == 429


def test_the_second_step_must_follow_soon(house: House) -> None:
    turned_on(house)
    visitor = house.visitor()
    visitor.log_in(ANNA, house.passwords[ANNA])
    house.clock.pass_by(minutes=6)
    assert path(visitor.get("/log-in/code")) == "/log-in"


@pytest.mark.parametrize(("password", "status"), [("", 400), ("somebody at the keyboard", 422)])
def test_it_is_not_turned_on_by_somebody_who_only_sits_at_the_keyboard(
    house: House, password: str, status: int
) -> None:
    account = house.add(ANNA)
    visitor = house.logged_in(ANNA)
    phone = Phone(house, shown_secret(visitor))
    form = {"code": phone.code(), **({"password": password} if password else {})}
    assert set_up(visitor, **form).status_code == status
    assert kept_secret(house) == "None"
    refused = house.audit(action="turn_on", outcome="refused")
    assert [row.record_id for row in refused] == ([account] if password else [])


def test_it_is_replaced_by_whoever_has_the_password_and_the_old_app(house: House) -> None:
    visitor, old = turned_on(house)
    kept = kept_secret(house)
    new = Phone(house, shown_secret(visitor))
    password = house.passwords[ANNA]
    wrong = {"password": "not the password", "old_code": old.code(1)}
    without, foreign = {"password": password}, {"password": password, "old_code": new.code()}
    for form in (wrong, without, foreign):
        assert set_up(visitor, code=new.code(), **form).status_code == 422
        assert kept_secret(house) == kept
    assert set_up(visitor, code=new.code(), password=password, old_code=old.code(1)).status_code == 303
    assert kept_secret(house) != kept
    house.clock.pass_by(minutes=5)
    again = house.visitor()
    again.log_in(ANNA, password)
    assert again.post("/log-in/code", {"code": old.code()}).status_code == 422
    assert again.post("/log-in/code", {"code": new.code()}).status_code == 303


@pytest.mark.parametrize("place", ["/account/second-step", "/account/second-step/off"])
def test_wrong_codes_and_passwords_are_throttled_where_it_is_changed(house: House, place: str) -> None:
    visitor, phone = turned_on(house)
    token, password = visitor.csrf_token("/account/second-step"), house.passwords[ANNA]

    def tried(old_code: str) -> int:
        form = {"csrf_token": token, "password": password, "old_code": old_code}
        if not place.endswith("off"):
            form["code"] = "123456"
        return visitor.client.post(place, base_url=HOST, data=form).status_code

    assert [tried("000000") for _ in range(6)] == [422] * 5 + [429]
    assert tried(phone.code(1)) == 429


def test_turning_it_off_takes_the_password_and_a_code(house: House) -> None:
    visitor, phone = turned_on(house)
    password = house.passwords[ANNA]

    def off(password: str, code: str) -> int:
        form = {"password": password, "old_code": code}
        return visitor.post("/account/second-step/off", form, shown_at="/account").status_code

    assert off("x", phone.code(1)) == 422
    assert off(password, "000000") == 422
    assert off(password, phone.code(1)) == 303
    assert house.logged_in(ANNA).get("/account").status_code == 200


def test_who_is_logged_in_by_a_provider_is_not_offered_one(house: House) -> None:
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    with house.database.unit_of_work() as session:
        session.execute(update(Account).values(password=None))
    assert "/account/second-step" not in visitor.get("/account").text
    assert path(visitor.get("/account/second-step")) == "/account"


def test_the_kept_secret_is_encrypted_and_an_old_key_still_reads_it(house: House) -> None:
    _, phone = turned_on(house)
    kept = kept_secret(house)
    assert phone.secret not in kept
    assert Seal(["another-Key-of-at-least-32-charact3rs", KEY]).open(kept) == phone.secret


def test_what_an_earlier_version_sealed_is_read_and_sealed_anew_when_it_is_used(house: House) -> None:
    house.add(ANNA)
    with house.database.unit_of_work() as session:
        session.execute(update(Account).values(totp_secret=EARLIER_SEALED))
    visitor = house.visitor()
    visitor.log_in(ANNA, house.passwords[ANNA])
    assert visitor.post("/log-in/code", {"code": Phone(house, EARLIER).code()}).status_code == 303
    kept = kept_secret(house)
    assert not kept.startswith("{")
    assert Seal([KEY]).open(kept) == EARLIER


@pytest.mark.parametrize(
    "damaged", ["", "{", "{}", '{"enckey": 1}', "0" * 16 + ":x", EARLIER_SEALED.replace("8f", "00")]
)
def test_a_secret_that_no_key_reads_refuses_the_code_and_never_fails(house: House, damaged: str) -> None:
    house.add(ANNA)
    with house.database.unit_of_work() as session:
        session.execute(update(Account).values(totp_secret=damaged))
    visitor = house.visitor()
    visitor.log_in(ANNA, house.passwords[ANNA])
    assert visitor.post("/log-in/code", {"code": "123456"}).status_code == 422
    assert visitor.get("/account").status_code == 303
