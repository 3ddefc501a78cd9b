"""Administration in the browser: each act is asked about first, recorded, and refused where it protects."""

import re
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.accounts.administration import add_account, close_account, set_roles
from api.accounts.names_and_addresses import AdministrationError
from api.administration.frame import LOCALE, sentences
from api.store.account_tables import Account
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES
from tests.api.accounts.people import House, Visitor
from tests.api.shapes import assert_says_nothing_banned

ADA, ANNA = "ada@kommun.example", "anna@kommun.example"
START = "/administration"
_PASSWORD = re.compile(r'<code id="made">([^<]+)</code>')


@pytest.fixture
def ada(house: House) -> Visitor:
    """An administrator at the keyboard."""
    house.add(ADA, "administrator")
    return house.logged_in(ADA)


def done(ada: Visitor, path: str, form: dict[str, object] | None = None) -> TestResponse:
    """Do what a page asks about: the question says so first, and has changed nothing."""
    return ada.post(path, {**(form or {}), "sure": "yes"}, shown_at=START)


def listed(text: str) -> list[str]:
    return re.findall(r'people/[0-9a-f]{32}">([^<]+)</a>', text)


def password_in(answer: TestResponse) -> str:
    password = _PASSWORD.search(answer.text)
    assert password, answer.text
    return password[1]


def roles_in(house: House, email: str) -> list[str]:
    with house.database.looking() as session:
        account = session.scalars(select(Account).where(Account.email == email)).one()
        return [role.name for role in account.held_roles]


def test_people_are_found_by_unit_role_state_and_a_part_of_the_name_that_stands_in_no_address(
    house: House, ada: Visitor
) -> None:
    house.add("asa@kommun.example", "reviewer", unit="north")
    house.add(ANNA, "social_secretary")
    house.close(ANNA)
    assert listed(ada.get(START).text) == ["ada", "asa"], "open accounts"
    assert listed(ada.get(f"{START}?state=closed").text) == ["anna"]
    assert listed(ada.get(f"{START}?unit=north").text) == ["asa"]
    assert listed(ada.get(f"{START}?role=reviewer").text) == ["asa"]
    answer = ada.post(START, {"text": "ANN", "state": "all"})
    assert (answer.status_code, listed(answer.text)) == (200, ["anna"])
    without = ada.post(START, {"text": "", "unit": "north"})
    assert without.location == f"{START}?unit=north&role=&state=open"


def test_a_new_person_is_asked_about_and_logs_in_with_the_password_that_is_shown_once(
    house: House, ada: Visitor
) -> None:
    form = {"name": "Anna Berg", "email": ANNA, "roles": ["social_secretary", "reviewer"], "units": ["sig"]}
    asked = ada.post(f"{START}/people/new", form)
    assert "Anna Berg" in asked.text
    assert "Socialsekreterare, Granskare" in asked.text
    assert {row.actor for row in house.audit(action="make", kind="account")} == {"test"}, "asking makes nobody"
    made = done(ada, f"{START}/people/new", form)
    house.passwords[ANNA] = password_in(made)
    assert house.logged_in(ANNA).get("/account").status_code == 200
    assert roles_in(house, ANNA) == ["reviewer", "social_secretary"]
    told = house.audit(action="make", kind="account")[-1]
    assert told.actor == house.audit(action="log_in")[0].actor
    again = done(ada, f"{START}/people/new", form)
    assert again.status_code == 422
    assert 'value="Anna Berg"' in again.text
    assert 'id="email-error"' in again.text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "email": ANNA}, "name"),
        ({"name": "Anna", "email": ""}, "email"),
        ({"name": "Anna", "email": "anna", "sure": "yes"}, "email"),
        ({"name": "Anna", "email": ANNA, "roles": ["administrator", "log_reviewer"]}, "roles"),
        ({"name": "Anna", "email": ANNA, "provider_only": "yes"}, "subject"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_said_at_its_field(
    ada: Visitor, form: dict[str, object], field: str
) -> None:
    answer = ada.post(f"{START}/people/new", form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "log_reviewer og" not in answer.text


def test_roles_are_changed_after_a_question_that_says_what_is_given_and_taken_and_can_be_given_back(
    house: House, ada: Visitor
) -> None:
    key = house.add(ANNA, "social_secretary")
    path = f"{START}/people/{key}/roles"
    asked = ada.post(path, {"roles": ["reviewer"], "units": ["sig"]})
    assert "Får: Granskare." in asked.text
    assert "Mister: Socialsekreterare." in asked.text
    assert roles_in(house, ANNA) == ["social_secretary"]
    changed = ada.post(path, {"roles": ["reviewer"], "units": ["sig"], "change": "yes"})
    assert re.search(r'id="role-reviewer" checked', changed.text), "nothing chosen is lost"
    assert done(ada, path, {"roles": ["reviewer"], "units": []}).status_code == 303
    assert "är ändrade" in ada.get(f"{START}/people/{key}").text
    assert roles_in(house, ANNA) == ["reviewer"]
    done(ada, path, {"roles": ["social_secretary"], "units": ["sig"]})
    assert roles_in(house, ANNA) == ["social_secretary"]
    assert [row.record_id for row in house.audit(action="set_roles")] == [key, key]


def test_the_log_says_which_roles_and_units_somebody_was_given_and_lost(house: House, ada: Visitor) -> None:
    key = house.add(ANNA, "social_secretary", unit="north")
    house.add("bo@kommun.example", unit="south")
    done(ada, f"{START}/people/{key}/roles", {"roles": ["reviewer"], "units": ["south"]})
    told = [(row.action, row.kind) for row in house.audit(record_id=key) if row.kind != "account"]
    assert told == [
        ("give_role", "social_secretary"),
        ("give_unit", "north"),
        ("give_role", "reviewer"),
        ("take_role", "social_secretary"),
        ("give_unit", "south"),
        ("take_unit", "north"),
    ]
    house.add("lo@kommun.example", "log_reviewer")
    shown = house.logged_in("lo@kommun.example").get("/log-review").text
    for line in ("Gav rollen: Granskare", "Tog bort rollen: Socialsekreterare", "Gav enheten: SOUTH"):
        assert f">{line}<" in shown


def test_a_name_and_an_address_are_changed_after_a_question_and_back_and_old_log_ins_end(
    house: House, ada: Visitor
) -> None:
    key = house.add(ANNA, "reviewer")
    anna, path = house.logged_in(ANNA), f"{START}/people/{key}/details"
    asked = ada.post(path, {"name": "Anna Ek", "email": "anna.ek@kommun.example"})
    assert "från anna till Anna Ek" in asked.text
    assert anna.get("/account").status_code == 200, "asking changes nothing"
    assert 'value="Anna Ek"' in ada.post(path, {"name": "Anna Ek", "email": ANNA, "change": "yes"}).text
    assert done(ada, path, {"name": "Anna Ek", "email": ANNA}).status_code == 303
    assert anna.get("/account").status_code == 200, "another name ends nothing"
    assert done(ada, path, {"name": "Anna Ek", "email": "Anna.Ek@kommun.example"}).status_code == 303
    assert anna.get("/account").status_code == 303
    assert house.visitor().log_in("anna.ek@kommun.example", house.passwords[ANNA]).status_code == 303
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in house.sent_letters()]
    assert {str(each["To"]).lower() for each in letters} == {ANNA, "anna.ek@kommun.example"}, "both are told"
    assert done(ada, path, {"name": "anna", "email": ANNA}).status_code == 303
    assert house.logged_in(ANNA).get("/account").status_code == 200
    told = [row.kind for row in house.audit(action="change", record_id=key)]
    assert told == ["account_name", "account_email", "account_name", "account_email"]
    assert not [row for row in house.audit() if "Ek" in repr(vars(row))], "the log holds no name"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": " ", "email": ANNA}, "name"),
        ({"name": "A", "email": "a"}, "email"),
        ({"name": "A", "email": ADA}, "email"),
        ({"name": "A", "email": "anna@demo.example"}, "email"),
    ],
)
def test_what_is_wrong_with_a_change_is_said_at_its_field_and_changes_nothing(
    house: House, ada: Visitor, form: dict[str, object], field: str
) -> None:
    key = house.add(ANNA, "reviewer")
    answer = done(ada, f"{START}/people/{key}/details", form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert house.audit(action="change", record_id=key) == []
    assert house.logged_in(ANNA).get("/account").status_code == 200


def test_nobody_directs_the_codes_of_their_own_account_elsewhere(house: House, ada: Visitor) -> None:
    key = str(ada.get("/api/v1/account").get_json()["account"])
    answer = done(ada, f"{START}/people/{key}/details", {"name": "Ada", "email": "eve@kommun.example"})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert done(ada, f"{START}/people/{key}/details", {"name": "Ada Berg", "email": ADA}).status_code == 303
    assert [row.kind for row in house.audit(action="change", record_id=key)] == ["account_name"]


def test_a_closed_account_ends_at_once_and_is_reopened_without_its_keys(house: House, ada: Visitor) -> None:
    key = house.add(ANNA, "reviewer")
    anna = house.logged_in(ANNA)
    body = {"name": "Kalkyl", "actions": ["case:list"], "days": 9}
    secret = anna.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": anna.api_token()}).get_json()["token"]
    assert "Stänga kontot" in ada.get(f"{START}/people/{key}/close").text
    assert anna.get("/account").status_code == 200, "asking changes nothing"
    assert done(ada, f"{START}/people/{key}/close").status_code == 303
    assert anna.get("/account").status_code == 303
    assert ada.get(f"{START}/people/{key}/close").status_code == 404, "it is closed already"
    done(ada, f"{START}/people/{key}/reopen")
    assert house.logged_in(ANNA).get("/account").status_code == 200
    by_key = house.visitor().get("/api/v1/account", headers={"Authorization": f"Bearer {secret}"})
    assert by_key.status_code == 401
    about = [(row.action, row.kind) for row in house.audit(record_id=key)]
    assert about[-2:] == [("close", "account"), ("reopen", "account")]


def test_log_ins_are_seen_and_ended_everywhere(house: House, ada: Visitor) -> None:
    key = house.add(ANNA, "reviewer")
    here, there = house.logged_in(ANNA), house.logged_in(ANNA)
    assert ada.get(f"{START}/people/{key}").text.count("Inloggad 2026-11-21") == 2
    done(ada, f"{START}/people/{key}/sessions")
    assert {here.get("/account").status_code, there.get("/account").status_code} == {303}
    assert "Personen är inte inloggad" in ada.get(f"{START}/people/{key}").text
    assert len(house.audit(action="end", kind="session", record_id=key)) == 1


def test_a_new_password_ends_the_old_one_and_a_lost_phone_is_let_go(house: House, ada: Visitor) -> None:
    key = house.add(ANNA, "reviewer")
    anna = house.logged_in(ANNA)
    given = password_in(done(ada, f"{START}/people/{key}/password"))
    assert anna.get("/account").status_code == 303
    assert house.visitor().log_in(ANNA, house.passwords[ANNA]).status_code != 303
    house.passwords[ANNA] = given
    assert ada.get(f"{START}/people/{key}/second-step").status_code == 404, "there is none to reset"
    with house.database.unit_of_work() as session:
        session.get_one(Account, key).totp_secret = "sealed"  # noqa: S105 -- no secret
    assert house.visitor().log_in(ANNA, given).headers["Location"] != "/", "the code is asked for"
    done(ada, f"{START}/people/{key}/second-step")
    assert house.logged_in(ANNA).get("/account").status_code == 200
    assert len(house.audit(action="turn_off", kind="second_step", record_id=key)) == 1


def test_a_key_of_somebody_is_revoked_and_its_secret_is_never_shown(house: House, ada: Visitor) -> None:
    key = house.add(ANNA, "reviewer")
    anna = house.logged_in(ANNA)
    body = {"name": "Kalkyl", "actions": ["case:list"], "days": 9}
    made = anna.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": anna.api_token()}).get_json()
    shown = ada.get(f"{START}/people/{key}").text
    assert "Kalkyl" in shown
    assert made["token"] not in shown
    assert "case:list" not in shown
    path = f"{START}/people/{key}/keys/{made['id']}"
    other = house.audit(actor="test", action="make", kind="account")[0].record_id
    assert done(ada, f"{START}/people/{other}/keys/{made['id']}").status_code == 404
    assert "Kalkyl" in ada.get(path).text
    assert done(ada, path).status_code == 303
    by_key = house.visitor().get("/api/v1/account", headers={"Authorization": f"Bearer {made['token']}"})
    assert by_key.status_code == 401
    assert ada.get(path).status_code == 404


@pytest.mark.parametrize("act", ["close", "password", "second-step", "roles"])
def test_nobody_does_to_their_own_account_what_another_has_to_do(house: House, ada: Visitor, act: str) -> None:
    key = house.audit(action="make", kind="account")[0].record_id
    house.add("bo@kommun.example", "administrator")
    with house.database.unit_of_work() as session:
        session.get_one(Account, key).totp_secret = "sealed"  # noqa: S105 -- no secret
    answer = done(ada, f"{START}/people/{key}/{act}", {"roles": ["reviewer"]} if act == "roles" else None)
    assert answer.status_code in (409, 422)
    assert "ditt eget konto" in answer.text
    assert roles_in(house, ADA) == ["administrator"]
    assert ada.get("/account").status_code == 200, "and one stays logged in"


def test_nobody_takes_the_last_administrator_away_by_any_way(house: House) -> None:
    house.add(ADA, "administrator")
    house.add("cilla@kommun.example", "administrator")
    house.close("cilla@kommun.example")
    with house.app.app_context():
        for take in (lambda: close_account(ADA, "command line"), lambda: set_roles(ADA, [], None, "command line")):
            with pytest.raises(AdministrationError, match="last-administrator"):
                take()
        set_roles(ADA, ["administrator", "statistics"], None, "command line")
        house.add("bo@kommun.example", "administrator")
        close_account(ADA, "command line")


def test_units_are_set_up_and_renamed_and_what_is_wrong_is_said(house: House, ada: Visitor) -> None:
    path = f"{START}/units"
    assert ada.post(path, {"unit": "", "name": ""}).text.count('class="field-error"') == 2
    assert "Lägga upp enheten Norr" in ada.post(path, {"unit": "norr", "name": "Norr"}).text
    assert "norr" not in ada.get(path).text
    assert done(ada, path, {"unit": "norr", "name": "Norr"}).status_code == 303
    assert done(ada, path, {"unit": "norr", "name": "Annat"}).status_code == 422
    assert done(ada, path, {"unit": "no rr", "name": "Annat"}).status_code == 422
    assert "från Norr till Norra" in ada.post(f"{path}/norr", {"name": "Norra enheten"}).text
    assert done(ada, f"{path}/norr", {"name": "Norra enheten"}).status_code == 303
    assert 'data-label="Enhetens namn">Norra enheten<' in ada.get(path).text
    told = [(row.action, row.kind) for row in house.audit(kind="secrecy_unit")][-2:]
    assert told == [("make", "secrecy_unit"), ("change", "secrecy_unit")]
    assert ada.get(f"{path}/nowhere").status_code == 404


def test_a_log_reviewer_sees_whose_account_it_is_and_can_do_nothing(house: House) -> None:
    key = house.add(ANNA, "reviewer")
    house.add("lo@kommun.example", "log_reviewer")
    lo = house.logged_in("lo@kommun.example")
    seen = lo.get(f"{START}/people/{key}").text
    assert ANNA in seen
    assert "Enheter: SIG." in seen
    assert f"/people/{key}/" not in seen
    assert "API-nycklar" not in seen
    assert lo.get(f"{START}/people/{key}/close").status_code == 403


def test_every_sentence_is_said_and_stands_in_both_languages() -> None:
    by_language = {language: read_yaml(LOCALE / f"{language}.yaml").data for language in LANGUAGES}
    assert list(by_language["sv"]) == list(by_language["en"])
    assert [key for key in by_language["sv"] if by_language["sv"][key] == by_language["en"][key]] == []
    api = LOCALE.parents[1]
    files = [*(api / "administration").glob("*.py"), *(api / "templates" / "administration").glob("*.html")]
    said = {
        key for path in files for key in re.findall(r"""\b(?:say|a)\(["']([a-z_.]+)["']""", path.read_text("utf-8"))
    }
    put_together = re.compile(r"^(state|close|reopen|password|second_step|sessions|unit_new|unit_name)\.")
    keys = {key.removeprefix("administration.") for key in sentences().keys()}  # noqa: SIM118
    assert said - keys == set()
    assert {key for key in keys - said if not put_together.match(key)} == set()
    for key in sentences().keys():  # noqa: SIM118
        for language in LANGUAGES:
            assert_says_nothing_banned(sentences().text(key, language))


def test_the_command_line_and_the_browser_set_up_accounts_by_the_same_function() -> None:
    from api.administration import people_pages

    assert people_pages.add_account is add_account
