"""The log, the extract, the views, purging and administration in a browser: by whoever may see them, at two widths."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.settings.accounts import AccountSettings
from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.accounts.people import KEY, Clock, House, make_app
from tests.api.oversight.cases import ANNA, DANA, LO, Town, make_town
from tests.browser.conftest import listening, log_in
from tests.browser.test_accessibility import EVERYWHERE, STRUCTURE, violations


@dataclass
class Served:
    """A running service with a case, and a page for each person who has logged in."""

    town: Town
    origin: str
    pages: dict[str, Page]


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("oversight")
    database = Database(f"sqlite:///{folder / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock()
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{folder}", demo=True))
    town = make_town(House(app, database, folder, clock))
    for person in ("youth", "g1"):
        town.consent(person=person)
    town.house.add(ADA, "administrator")
    town.house.add(FIA, "researcher")
    town.house.add(MIA, "unit_manager")
    with listening(app) as origin:
        yield Served(town, origin, {})
    database.close()


def page_of(served: Served, browser: Browser, email: str, arguments: dict[str, Any]) -> Page:
    if email not in served.pages:
        context = browser.new_context(**arguments)
        log_in(context, served.origin, email, served.town.house.passwords[email])
        served.pages[email] = context.new_page()
    return served.pages[email]


ADA, FIA, MIA = "ada@kommun.example", "fia@kommun.example", "mia@kommun.example"
PLACES = {
    "log": (LO, "/log-review"),
    "log_of_reads": (LO, "/log-review?suggestion=exports"),
    "log_with_a_fault": (LO, "/log-review?from=2026-13-01"),
    "choice_of_reader": (ANNA, "/cases/{case}/extract"),
    "choice_of_recipient": (ANNA, "/cases/{case}/view"),
    "purging": (DANA, "/retention"),
    "people": (ADA, "/administration?state=all"),
    "person": (ADA, "/administration/people/{person}"),
    "details": (ADA, "/administration/people/{person}/details"),
    "question": (ADA, "/administration/people/{person}/close"),
    "new_person": (ADA, "/administration/people/new"),
    "units": (ADA, "/administration/units"),
    "research": (FIA, "/research"),
    "unit_overview": (MIA, "/unit-overview"),
    "ground": (MIA, "/cases/{case}/ground"),
}


@EVERYWHERE
@pytest.mark.parametrize("place", PLACES)
def test_every_page_of_oversight_can_be_used_by_everyone(
    place: str, served: Served, browser: Browser, browser_context_args: dict[str, Any], everywhere: bool
) -> None:
    email, path = PLACES[place]
    page = page_of(served, browser, email, browser_context_args)
    for language in ("sv", "en"):
        address = path.format(case=served.town.case, person=served.town.anna.id)
        # pages of work go by the choice that is remembered, others by the address too
        page.context.add_cookies([{"name": "underlag_language", "value": language, "url": served.origin}])
        page.goto(f"{served.origin}{address}{'&' if '?' in address else '?'}language={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        for width in (1280, 640, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width}: the page scrolls sideways"
        assert page.evaluate(STRUCTURE) == []
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            if everywhere or (width == 1280) == (language == "sv"):
                assert violations(page) == []
    page.context.clear_cookies(name="underlag_language")  # other tests use the page too


def test_the_log_is_verified_and_searched_without_scripts(
    served: Served, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    served.pages.pop(LO, None)
    page = page_of(served, browser, LO, {**browser_context_args, "java_script_enabled": False})
    page.goto(f"{served.origin}/log-review")
    page.get_by_role("button", name="Kontrollera hela loggen nu").click()
    expect(page.locator(".chain")).to_contain_text(re.compile(r"Loggen är oförändrad. Alla \d+ poster stämmer"))
    page.get_by_label("Ärendets beteckning").fill("2026-117")
    page.get_by_role("button", name="Hitta ärendet i loggen").click()
    expect(page.locator(".key")).to_have_text(served.town.case)
    assert "2026-117" not in page.url


@EVERYWHERE
@pytest.mark.parametrize(("what", "reader"), [("extract", "youth"), ("extract", "guardian-1"), ("view", "school")])
def test_what_is_given_is_seen_before_it_is_given_and_can_be_used_by_everyone(
    what: str, reader: str, served: Served, browser: Browser, browser_context_args: dict[str, Any], everywhere: bool
) -> None:
    page = page_of(served, browser, ANNA, browser_context_args)
    for language in ("sv", "en"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{served.origin}/cases/{served.town.case}/{what}?language={language}")
        page.locator(f"#for-{reader}").check()
        for form in ("see", "page"):
            with page.expect_navigation():
                page.locator(f"button[name='form'][value='{form}']").click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert page.evaluate(STRUCTURE) == []
            for width in (320, 390, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{form} at {width}"
                if everywhere or (width == 1280) == (language == "sv"):
                    assert violations(page) == []


def test_on_paper_the_extract_is_only_what_the_person_is_to_read(
    served: Served, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    page = page_of(served, browser, ANNA, browser_context_args)
    page.goto(f"{served.origin}/cases/{served.town.case}/extract")
    page.get_by_label("Vårdnadshavare 1").check()
    page.get_by_role("button", name="Visa vad utdraget innehåller").click()
    expect(page.get_by_text("som inte lämnas till den här läsaren")).to_be_visible()
    page.get_by_role("button", name="Lämna ut och visa utdraget").click()
    expect(page.get_by_text("inte lämnas till den här läsaren")).to_have_count(0)
    expect(page.locator("details.entry dl").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("details.entry dl").first).to_be_visible()  # what is folded is printed whole
    expect(page.get_by_role("heading", name="Styrkor")).to_be_visible()
    expect(page.get_by_text("Inte granskad. Ett underlag för granskning")).to_be_visible()
    expect(page.locator("header.top")).to_be_hidden()
    page.emulate_media(media="screen")


def test_a_decider_sees_what_would_go_before_anything_goes(
    served: Served, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    served.town.house.clock.pass_by(days=5 * 365 + 2)
    served.pages.pop(DANA, None)
    page = page_of(served, browser, DANA, browser_context_args)
    page.goto(f"{served.origin}/retention")
    page.get_by_label("2026-117").check()
    page.get_by_role("button", name="Visa vad som skulle gallras").click()
    assert violations(page) == []
    expect(page.get_by_role("heading", name="Det här skulle gallras")).to_be_visible()
    page.get_by_label("Grund").fill("Beslut SN 2031/45")
    page.get_by_label("har kontrollerat att inget undantag gäller").check()
    page.get_by_label("Jag har kontrollerat att det är").check()  # nobody has done anything for five years
    page.get_by_role("button", name="Gallra", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Gallrat: 1 ärenden")
