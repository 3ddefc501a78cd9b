import re

import pytest

from api.accounts.passwords import faults_of_password, normal_email
from tests.api.accounts.people import House, Visitor

ANNA = "anna.berg@kommun.example"
NEW = "fyra gula cyklar i regn"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("kort", "too-short"),
        ("x" * 201, "too-long"),
        ("aaaaaaaaaaaaaaaa", "too-easy"),
        ("lösenord12345678", "too-easy"),
        ("Password123456!", "too-easy"),
        ("anna.berg-anna.berg", "too-easy"),
        ("abababababababab", "too-easy"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password: str, fault: str) -> None:
    assert faults_of_password(password, ANNA) == [fault]


@pytest.mark.parametrize("password", [NEW, "korrekthäst batteri", "Xk7-pQ2_vW9z", "漢字とひらがなとカタカナの文"])
def test_a_password_that_cannot_is_taken(password: str) -> None:
    assert faults_of_password(password, ANNA) == []


@pytest.mark.parametrize("address", ["", "anna", "a@", "a@b\r\nBcc: x@y.example", "a b@c.example", "@c.example"])
def test_what_is_no_address_is_none(address: str) -> None:
    assert normal_email(address) is None


def changed(visitor: Visitor, old: str, new: str, again: str | None = None) -> int:
    form = {"old": old, "new": new, "again": new if again is None else again}
    return visitor.post("/account/password", form).status_code


def test_changing_a_password_ends_every_other_session(house: House) -> None:
    house.add(ANNA)
    here, there = house.logged_in(ANNA), house.logged_in(ANNA)
    assert changed(here, house.passwords[ANNA], NEW) == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert house.visitor().log_in(ANNA, house.passwords[ANNA]).status_code == 422
    assert house.visitor().log_in(ANNA, NEW).status_code == 303
    assert [row.outcome for row in house.audit(action="change", kind="password")] == ["done"]


def test_a_changed_password_needs_the_old_one_and_must_be_another(house: House) -> None:
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    old = house.passwords[ANNA]
    assert changed(visitor, "not the old one", NEW) == 422
    assert changed(visitor, old, NEW, "something else") == 422
    assert changed(visitor, old, old) == 422
    assert changed(visitor, old, "kort") == 422
    assert house.visitor().log_in(ANNA, old).status_code == 303


def code_sent_to(house: House, email: str) -> str:
    house.visitor().post("/forgotten-password", {"email": email})
    found = re.search(r"^\s*(\S{60,})\s*$", house.last_letter().replace("=\n", ""), re.MULTILINE)
    assert found, house.last_letter()
    return found[1]


def reset(house: House, code: str, new: str = NEW) -> int:
    return house.visitor().post("/new-password", {"code": code, "new": new, "again": new}).status_code


def test_a_code_by_letter_gives_a_new_password_once(house: House) -> None:
    house.add(ANNA)
    there = house.logged_in(ANNA)
    code = code_sent_to(house, ANNA)
    assert reset(house, code) == 200
    assert there.get("/account").status_code == 303
    assert house.visitor().log_in(ANNA, NEW).status_code == 303
    assert reset(house, code, "a second new password") == 422
    assert [row.outcome for row in house.audit(action="reset_asked")] == ["done"]


def test_the_letter_holds_no_address_to_click_and_the_code_is_in_no_address(house: House) -> None:
    house.add(ANNA)
    code_sent_to(house, ANNA)
    assert "http" not in house.last_letter()
    assert not [
        rule for rule in house.app.url_map.iter_rules() if "code" in rule.arguments and "problem" not in rule.rule
    ]


def test_a_tampered_code_and_one_for_a_closed_account_are_refused(house: House) -> None:
    house.add(ANNA)
    code = code_sent_to(house, ANNA)
    # not the last letter of the signature, some bits of which say nothing
    for wrong in (code[:-9] + ("A" if code[-9] != "A" else "B") + code[-8:], "x", code[::-1]):
        assert reset(house, wrong) == 422
    house.close(ANNA)
    assert reset(house, code) == 422


def test_the_answer_does_not_tell_whether_there_is_an_account(house: House) -> None:
    house.add(ANNA)
    known = house.visitor().post("/forgotten-password", {"email": ANNA})
    sent = len(list(house.letters.glob("*.eml")))
    unknown = house.visitor().post("/forgotten-password", {"email": "nobody@kommun.example"})
    hidden = re.compile(r'name="csrf_token" value="[^"]+"')
    assert hidden.sub("", known.text) == hidden.sub("", unknown.text)
    assert sent == len(list(house.letters.glob("*.eml"))) == 1


def test_a_name_cannot_be_flooded_with_letters(house: House) -> None:
    house.add(ANNA)
    for _ in range(8):
        house.visitor().post("/forgotten-password", {"email": ANNA})
    assert len(list(house.letters.glob("*.eml"))) == 5


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@evil.example", "anna.berg@kommun.example\nSubject: x"])
def test_no_header_can_be_put_into_a_letter(house: House, address: str) -> None:
    house.add(ANNA)
    assert house.visitor().post("/forgotten-password", {"email": address}).status_code == 200
    assert list(house.letters.glob("*.eml")) == []
