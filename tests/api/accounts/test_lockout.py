"""How long tries are counted: exactly a quarter of an hour, whatever zone the clock is in, over every process."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from api.settings.accounts import AccountSettings
from tests.api.accounts.people import KEY, House, make_app

ANNA = "anna.berg@kommun.example"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "America/New_York", "Asia/Kolkata"])
def test_a_name_is_shut_for_a_quarter_of_an_hour_and_no_longer(house: House, zone: str) -> None:
    house.clock.moment = house.clock.moment.astimezone(ZoneInfo(zone))
    house.add(ANNA)
    for _ in range(6):
        house.visitor().log_in(ANNA, "wrong password here")
    house.clock.pass_by(minutes=14, seconds=59)
    assert house.visitor().log_in(ANNA, house.passwords[ANNA]).status_code == 429
    house.clock.pass_by(seconds=2)
    house.logged_in(ANNA)


def test_three_processes_count_together(house: House) -> None:
    settings = AccountSettings(KEY, mail=f"folder:{house.letters}")
    workers = [house, *(replace(house, app=make_app(house.database, house.clock, settings)) for _ in range(2))]
    answers = [workers[n % 3].visitor().log_in(f"n{n}@kommun.example", "wrong").status_code for n in range(40)]
    assert answers == [422] * 30 + [429] * 10
    assert len(house.audit(outcome="too_many")) == 1


def test_an_office_that_fails_now_and_then_is_never_shut_out(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 3
    for number in range(12):
        assert house.visitor().log_in(f"n{number}@kommun.example", "wrong").status_code == 422
        house.clock.pass_by(minutes=8)


def test_a_refused_address_is_told_when_to_come_back(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 1
    house.visitor().log_in(ANNA, "wrong")
    answer = house.visitor().log_in(ANNA, "wrong")
    assert answer.status_code == 429
    house.clock.moment += timedelta(seconds=int(answer.headers["Retry-After"]))
    assert house.visitor().log_in(ANNA, "wrong").status_code == 422


def test_a_right_key_is_not_refused_for_what_others_at_its_address_have_tried(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 2
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)
    body = {"name": "x", "actions": ["trends:read"], "days": 3}
    headers = {"X-CSRF-Token": visitor.api_token()}
    secret = visitor.json("POST", "/api/v1/account/tokens", body, **headers).get_json()["token"]
    statuses = [
        house.visitor().json("GET", "/api/v1/account", **{"Authorization": f"Bearer {key}"}).status_code
        for key in ("wrong", "wrong", "wrong", secret)
    ]
    assert statuses == [401, 401, 429, 200]
