from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from tests.api.accounts.people import House

ANNA = "anna@kommun.example"


def users(house: House, *arguments: str) -> Result:
    with patch("api.wsgi.app_of_environment", lambda: house.app):
        return CliRunner().invoke(main, ["users", *arguments, "--language", "en"])


def test_an_account_is_set_up_listed_changed_and_closed(house: House) -> None:
    assert users(house, "add-unit", "sig", "Öppenvård").exit_code == 0
    added = users(house, "add", ANNA, "--name", "Anna Berg", "--role", "reviewer", "--unit", "sig")
    assert added.exit_code == 0, added.output
    house.passwords[ANNA] = added.stdout.splitlines()[-1]
    visitor = house.logged_in(ANNA)
    assert users(house, "list").stdout == f"{ANNA}\tAnna Berg\treviewer\tsig\topen\n"
    assert users(house, "roles", ANNA, "decider", "statistics").exit_code == 0
    seen = visitor.get("/api/v1/account").get_json()
    assert (seen["roles"], seen["units"]) == (["decider", "statistics"], ["sig"])
    house.passwords[ANNA] = users(house, "reset-password", ANNA, "--second-step").stdout.splitlines()[-1]
    assert visitor.get("/account").status_code == 303
    visitor = house.logged_in(ANNA)
    assert users(house, "disable", ANNA).exit_code == 0
    assert visitor.get("/account").status_code == 303
    assert "closed" in users(house, "list").stdout
    assert users(house, "enable", ANNA).exit_code == 0
    assert house.logged_in(ANNA).get("/account").status_code == 200
    assert {row.action for row in house.audit(actor="command line")} == {
        "make",
        "set_roles",
        "give_role",
        "give_unit",
        "take_role",
        "change",
        "close",
        "reopen",
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", ANNA, "--name", "A", "--role", "admin"), "There is no role called admin"),
        (("add", ANNA, "--name", "A", "--role", "administrator", "--role", "log_reviewer"), "cannot be both"),
        (("add", ANNA, "--name", "A", "--unit", "nowhere"), "There is no unit called nowhere"),
        (("add", "anna", "--name", "A"), "anna is no e-mail address"),
        (("add", "taken@kommun.example", "--name", "A"), "already an account"),
        (("add", ANNA, "--name", " "), "1 to 200 characters"),
        (("add", ANNA, "--name", "A\nB"), "1 to 200 characters"),
        (("add", ANNA, "--name", "A", "--issuer", "https://x.example"), "given together"),
        (("add", ANNA, "--name", "A", "--no-password"), "needs --issuer"),
        (("roles", "nobody@kommun.example", "reviewer"), "no account for nobody"),
        (("roles", "taken@kommun.example", "log_reviewer", "administrator"), "cannot be both"),
        (("disable", "nobody@kommun.example"), "no account"),
        (("reset-password", "nobody@kommun.example"), "no account"),
    ],
)
def test_what_cannot_be_done_is_said_and_exits_with_2(house: House, arguments: tuple[str, ...], words: str) -> None:
    house.add("taken@kommun.example")
    result = users(house, *arguments)
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_person_at_a_provider_gets_one_account_only(house: House) -> None:
    who = ("--issuer", "https://login.example/", "--subject", "p1", "--no-password", "--name", "A")
    added = users(house, "add", ANNA, *who).stdout
    assert added == f"The account {ANNA} is set up. It has no password; the provider logs the person in.\n"
    assert users(house, "add", "bo@kommun.example", *who).exit_code == 2
