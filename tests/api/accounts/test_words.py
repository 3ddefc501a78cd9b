"""Every sentence of accounts, in both languages."""

import re

import pytest

from api.access.permission_table import the_permissions
from api.access.units import the_grounds
from api.digest.sending import PARTS
from api.frame.accounts import LOCALE, sentences
from api.web.problems import KINDS
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES
from tests.api.accounts.people import House

API = LOCALE.parents[1]
CLI = API / "cli" / "users.py"
PUBLIC_PAGES = ("/log-in", "/forgotten-password", "/new-password", "/permissions")
OWN_PAGES = ("/account", "/account/password", "/account/second-step")
_SAID = re.compile(r"""(?:say|words)\(\s*["']([a-z_.-]+)["']""")
_ADMIN = re.compile(r"""AdministrationError\(\s*"([a-z-]+)\"""")
_CLI = re.compile(r"""_sentence\(\s*"([a-z_]+)\"""")


def said_in_code() -> set[str]:
    files = [path for room in ("accounts", "access", "frame") for path in (API / room).rglob("*.py")]
    files += [*(API / "templates" / "accounts").rglob("*.html")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    said = {f"account.{key}" for text in texts for key in _SAID.findall(text)}
    texts.append(
        (API / "cli" / "records_command.py").read_text(encoding="utf-8")
    )  # refuses accounts, in its own words beside
    said |= {f"account.admin.{key}" for text in texts for key in _ADMIN.findall(text)}
    return said | {f"account.cli.{key}" for key in _CLI.findall(CLI.read_text(encoding="utf-8"))}


#: Said by a key that is put together.
PUT_TOGETHER = {
    *(f"account.password.{code}" for code in ("too-short", "too-long", "too-easy", "breached")),
    *(
        f"account.letter.{kind}.{part}"
        for kind in ("reset", "changed", "address_changed")
        for part in ("subject", "text")
    ),
    *(f"account.letter.digest.{part}{ending}" for part in PARTS for ending in ("", "_one")),
    *(f"account.letter.digest.{part}" for part in ("of_unit", "of_trends", "why")),
    *(f"account.letter.digest.open.{page}" for page in ("own", "unit", "trends")),
    *(f"account.{notice}" for notice in ("password_changed", "second_step_on", "second_step_off", "digest_chosen")),
    *(f"account.digest_{often}" for often in ("never", "daily", "weekly")),
    *("account.wrong_password", "account.wrong_old_code"),
    *("account.anyone", "account.any_account", "account.cli.open", "account.cli.closed", "account.cli.digests"),
}


def test_every_sentence_that_is_said_is_there_and_every_one_that_is_there_is_said() -> None:
    assert said_in_code() | PUT_TOGETHER == set(sentences().keys())


def test_both_languages_have_the_same_keys_in_the_same_order_and_differ() -> None:
    by_language = {language: read_yaml(LOCALE / f"{language}.yaml").data for language in LANGUAGES}
    assert list(by_language["sv"]) == list(by_language["en"])
    same = [key for key in by_language["sv"] if by_language["sv"][key] == by_language["en"][key]]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_written_in_the_language_that_is_asked_for(house: House, language: str) -> None:
    house.add("anna@kommun.example", "administrator", "decider")
    visitor, other = house.logged_in("anna@kommun.example"), "en" if language == "sv" else "sv"
    guest = house.visitor()
    pages = [guest.get(path, headers={"Accept-Language": language}) for path in PUBLIC_PAGES]
    pages += [visitor.get(path, headers={"Accept-Language": language}) for path in OWN_PAGES]
    pages.append(visitor.get(f"/cases/{'0' * 32}/ground", headers={"Accept-Language": language}))
    keys = list(sentences().keys())
    foreign = {sentences().text(key, other) for key in keys} - {sentences().text(key, language) for key in keys}
    for page in pages:
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        shown = set(re.findall(r">([^<>]+)<", page.text))
        assert not shown & foreign


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_of_accounts_is_told_in_the_language_that_is_asked_for(house: House, language: str) -> None:
    told = house.visitor().get("/api/v1/account", headers={"Accept-Language": language})
    assert told.headers["Content-Language"] == language
    assert told.get_json()["title"] == {"sv": "Du är inte inloggad", "en": "You are not logged in"}[language]
    for kind in ("unauthenticated", "forbidden", "ground-required", "forged-request", "too-many-requests"):
        assert kind in KINDS


def test_the_table_and_the_grounds_speak_both_languages() -> None:
    for text in [
        *(role.title for role in the_permissions().roles),
        *(role.about for role in the_permissions().roles),
        *(action.title for action in the_permissions().actions),
        *(ground.title for ground in the_grounds().grounds),
    ]:
        assert text.sv != text.en
