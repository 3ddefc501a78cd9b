import unicodedata

import pytest

from api.store.account_tables import Account
from tests.api.accounts.people import House, Visitor

ANNA = "anna.berg@kommun.example"


def lead(answer_location: str) -> str:
    return answer_location.removeprefix("https://underlag.example")


def test_a_right_password_logs_in_and_leads_on(house: House) -> None:
    house.add(ANNA, "social_secretary")
    visitor = house.visitor()
    answer = visitor.log_in(ANNA.upper(), house.passwords[ANNA], next="/account?x=1")
    assert (answer.status_code, lead(answer.headers["Location"])) == (303, "/account?x=1")
    assert ANNA in visitor.get("/account").text
    assert [row.outcome for row in house.audit(action="log_in")] == ["done"]


def test_a_page_that_needs_an_account_asks_for_it_and_comes_back(house: House) -> None:
    house.add(ANNA)
    visitor = house.visitor()
    asked = visitor.get("/account")
    assert (asked.status_code, lead(asked.headers["Location"])) == (303, "/log-in?next=/account")
    assert 'name="next" value="/account"' in visitor.get("/log-in?next=/account").text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/%0d%0aLocation:https://evil.example\r\n",
        "/\tevil",
        " //evil.example",
        "",
    ],
)
def test_nobody_is_led_to_another_site(house: House, elsewhere: str) -> None:
    house.add(ANNA)
    visitor = house.visitor()
    answer = visitor.log_in(ANNA, house.passwords[ANNA], next=elsewhere)
    assert (answer.status_code, lead(answer.headers["Location"])) == (303, "/")
    assert lead(visitor.get("/log-in", query_string={"next": elsewhere}).headers["Location"]) == "/"
    shown = house.visitor().get("/log-in", query_string={"next": elsewhere}).text
    assert "evil" not in shown
    assert "javascript:" not in shown


def test_a_wrong_password_an_unknown_name_and_a_closed_account_get_the_same_answer(house: House) -> None:
    house.add(ANNA)
    house.add("closed@kommun.example")

    house.close("closed@kommun.example")
    answers = [
        house.visitor().log_in(ANNA, "wrong password here"),
        house.visitor().log_in("nobody@kommun.example", "wrong password here"),
        house.visitor().log_in("closed@kommun.example", house.passwords["closed@kommun.example"]),
        house.visitor().log_in("no address at all", "wrong password here"),
    ]
    texts = {answer.text.replace(token(answer.text), "") for answer in answers}
    assert {answer.status_code for answer in answers} == {422}
    assert len(texts) == 1


def token(text: str) -> str:
    return text.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_a_failed_log_in_is_in_the_log_without_the_name_that_was_typed(house: House) -> None:
    account = house.add(ANNA)
    house.visitor().log_in(ANNA, "wrong password here")
    house.visitor().log_in("my-password-by-mistake", "x")
    rows = house.audit(action="log_in")
    assert [(row.actor, row.outcome) for row in rows] == [(account, "refused"), ("nobody", "refused")]
    assert not [row for row in rows if "mistake" in f"{row.actor}{row.record_id}{row.ground}{row.kind}"]


def test_five_failures_shut_a_name_for_a_quarter_of_an_hour_whether_it_is_known_or_not(house: House) -> None:
    house.add(ANNA)
    for name in (ANNA, "nobody@kommun.example"):
        answers = [house.visitor().log_in(name, "wrong password here").status_code for _ in range(6)]
        assert answers == [422] * 5 + [429]
    assert house.visitor().log_in(ANNA, house.passwords[ANNA]).status_code == 429
    assert house.audit(action="log_in", outcome="locked")
    house.clock.pass_by(minutes=16)
    house.logged_in(ANNA)


def test_a_right_password_forgets_the_failures_before_it(house: House) -> None:
    house.add(ANNA)
    for _ in range(2):
        for _ in range(4):
            house.visitor().log_in(ANNA, "wrong password here")
        house.logged_in(ANNA)


def test_one_address_cannot_try_many_names(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 10
    answers = [house.visitor().log_in(f"n{number}@kommun.example", "wrong").status_code for number in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert len(house.audit(outcome="too_many")) == 1


def test_a_whole_office_behind_one_address_logs_in(house: House) -> None:
    house.app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 3
    house.add(ANNA)
    for _ in range(6):
        house.logged_in(ANNA)


def test_swedish_letters_in_a_password_count_however_they_are_typed(house: House) -> None:
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    new = "korrekthäst på åkern"
    form = {"old": house.passwords[ANNA], "new": new, "again": new}
    assert visitor.post("/account/password", form).status_code == 303
    for typed in (new, unicodedata.normalize("NFD", new)):
        assert house.visitor().log_in(ANNA, typed).status_code == 303


def test_the_kept_password_is_argon2id(house: House) -> None:
    house.add(ANNA)
    with house.database.looking() as session:
        kept = session.query(Account.password).scalar()
    assert kept.startswith("$argon2id$")


class TestSession:
    def test_a_cookie_is_only_for_this_host_and_no_script(self, house: House) -> None:
        house.add(ANNA)
        answer = house.visitor().log_in(ANNA, house.passwords[ANNA])
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-underlag=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie

    def test_what_a_cookie_held_before_the_log_in_is_gone_after_it(self, house: House) -> None:
        house.add(ANNA)
        visitor = house.visitor()
        with visitor.client.session_transaction(base_url="https://underlag.example") as planted:
            planted["planted"] = "by somebody else"
            planted["log_in"] = "0" * 32
        visitor.log_in(ANNA, house.passwords[ANNA])
        with visitor.client.session_transaction(base_url="https://underlag.example") as held:
            assert "planted" not in held
            assert held["log_in"] != "0" * 32

    def test_a_copied_cookie_dies_with_the_log_out(self, house: House) -> None:
        house.add(ANNA)
        visitor = house.logged_in(ANNA)
        copy = self.copy_of(house, visitor)
        assert copy.get("/account").status_code == 200
        assert visitor.post("/log-out", shown_at="/account").status_code == 303
        assert visitor.get("/account").status_code == 303
        assert copy.get("/account").status_code == 303
        assert [row.outcome for row in house.audit(action="log_out")] == ["done"]

    def test_a_tampered_cookie_is_worth_nothing(self, house: House) -> None:
        house.add(ANNA)
        visitor = house.logged_in(ANNA)
        value = visitor.client.get_cookie("__Host-underlag", "underlag.example").value  # type: ignore[union-attr]
        for tampered in (value[:-2] + ("AA" if value[-2:] != "AA" else "BB"), "x" + value, value[::-1], "{}", "é"):
            fresh = house.visitor()
            fresh.client.set_cookie("__Host-underlag", tampered, domain="underlag.example", secure=True)
            assert fresh.get("/account").status_code == 303

    def test_a_session_ends_when_nobody_uses_it_and_after_a_day_of_work(self, house: House) -> None:
        house.add(ANNA)
        visitor = house.logged_in(ANNA)
        for _ in range(3):
            house.clock.pass_by(minutes=29)
            assert visitor.get("/account").status_code == 200
        house.clock.pass_by(minutes=31)
        assert visitor.get("/account").status_code == 303
        busy = house.logged_in(ANNA)
        for _ in range(24):
            house.clock.pass_by(minutes=25)
            last = busy.get("/account").status_code
        assert last == 303

    def test_a_role_that_is_taken_away_is_gone_with_the_next_request(self, house: House) -> None:
        house.add(ANNA, "statistics")
        visitor = house.logged_in(ANNA)
        assert "trends:read" in visitor.get("/api/v1/account").get_json()["actions"]
        house.set_roles(ANNA)
        assert "trends:read" not in visitor.get("/api/v1/account").get_json()["actions"]

    @staticmethod
    def copy_of(house: House, visitor: Visitor) -> Visitor:
        value = visitor.client.get_cookie("__Host-underlag", "underlag.example").value  # type: ignore[union-attr]
        copy = house.visitor()
        copy.client.set_cookie("__Host-underlag", value, domain="underlag.example", secure=True)
        return copy


def test_the_language_chosen_before_the_log_in_holds_after_it(house: House) -> None:
    house.add("anna@kommun.example")
    visitor = house.visitor()
    assert 'href="/log-in?language=en"' in visitor.get("/log-in").text
    assert "Log in" in visitor.get("/log-in?language=en").text
    assert "Log in" in visitor.get("/log-in").text
