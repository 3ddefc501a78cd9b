"""Documents and training in a browser: every page by everyone, and the way through without scripts."""

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
from tests.api.documents.folders import SECRETARY, Folder, make_folder, reviewed
from tests.browser.conftest import listening, log_in
from tests.browser.test_accessibility import EVERYWHERE, STRUCTURE, violations


@dataclass
class Served:
    """A running service with a case, and somebody who has logged in."""

    folder: Folder
    origin: str
    page: Page


@pytest.fixture(scope="module")
def served(
    browser: Browser, browser_context_args: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    place: Path = tmp_path_factory.mktemp("documents")
    database = Database(f"sqlite:///{place / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock()
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{place}", demo=True))
    folder = make_folder(House(app, database, place, clock))
    reviewed(folder)
    with listening(app) as origin:
        context = browser.new_context(**browser_context_args)
        log_in(context, origin, SECRETARY, folder.house.passwords[SECRETARY])
        yield Served(folder, origin, context.new_page())
    database.close()


PLACES = (
    "/cases/{case}/documents",
    "/cases/{case}/documents/assessment",
    "/cases/{case}/documents/recommendation",
    "/cases/{case}/documents/recommendation/text",
    "/training",
    "/training/milo",
)


@EVERYWHERE
@pytest.mark.parametrize("place", PLACES)
def test_every_page_of_documents_and_training_can_be_used_by_everyone(
    place: str, served: Served, everywhere: bool
) -> None:
    for language in ("sv", "en"):
        answer = served.page.goto(f"{served.origin}{place.format(case=served.folder.case)}?language={language}")
        assert answer is not None
        assert answer.status == 200
        expect(served.page.locator("html")).to_have_attribute("lang", language)
        assert served.page.evaluate(STRUCTURE) == []
        for width in (320, 390, 1280):
            served.page.set_viewport_size({"width": width, "height": 900})
            assert served.page.evaluate("document.documentElement.scrollWidth") <= width, f"{place} at {width}"
        for width in (390, 1280):
            served.page.set_viewport_size({"width": width, "height": 900})
            if everywhere or (width == 1280) == (language == "sv"):
                assert violations(served.page) == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_a_form_leads_to_can_be_used_by_everyone(language: str, served: Served) -> None:
    page = served.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{served.origin}/training/robin?language={language}")
    page.locator('input[name="fact.reoffending_risk"][value="high"]').check()
    page.locator("#fact-reoffending_risk-reason").fill("Rånen väger tyngst.")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/training/robin/comparison*")
    expect(page.locator("#items-title")).to_be_visible()
    assert_usable(page, language)
    for reader in ("youth", "guardian-1"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{served.origin}{served.folder.path()}?language={language}")
        page.locator(f"#for-{reader}-language").select_option(language)
        page.locator(f"form[aria-labelledby='for-{reader}'] button[value='page']").click()
        expect(page.locator("body.document-feedback")).to_be_visible()
        assert_usable(page, language)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{served.origin}{served.folder.path()}?language={language}")
    page.locator("#recipient").select_option("school")
    page.locator("#language").select_option(language)
    page.locator("form:has(#recipient) button[value='page']").click()
    expect(page.locator("body.document-consent")).to_be_visible()
    assert_usable(page, language)


def test_a_paper_that_is_read_from_the_right_can_be_used_by_everyone(served: Served) -> None:
    page = served.page
    for paper, choice in (("for-youth", "#for-youth-language"), ("", "#language")):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{served.origin}{served.folder.path()}?language=sv")
        page.locator(choice).select_option("ar")
        form = f"form[aria-labelledby='{paper}']" if paper else "form:has(#recipient)"
        page.locator(f"{form} button[value='page']").click()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert_usable(page, "ar")


def assert_usable(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.evaluate(STRUCTURE) == []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []  # nothing else follows from the ground
    page.emulate_media(color_scheme="light")


def test_the_way_through_training_and_to_a_pdf_needs_no_scripts(
    served: Served, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    log_in(context, served.origin, SECRETARY, served.folder.house.passwords[SECRETARY])
    page = context.new_page()
    page.goto(f"{served.origin}/training/milo")
    page.get_by_text("Sociala faktorer").click()
    page.locator('input[name="item.peer_rejection"][value="low"]').check()
    page.get_by_role("button", name="Spara och jämför").click()
    expect(page.locator("#error-summary")).to_be_visible()
    expect(page.locator('input[name="item.peer_rejection"][value="low"]')).to_be_checked()
    page.locator('input[name="fact.reoffending_risk"][value="high"]').check()
    page.locator("#fact-reoffending_risk-reason").fill("Rånen väger tyngst.")
    page.get_by_role("button", name="Spara och jämför").click()
    expect(page.get_by_role("heading", name="Faktor för faktor")).to_be_visible()
    assert violations_without_scripts(page)
    page.goto(f"{served.origin}{served.folder.path()}")
    with page.expect_download() as fetched:
        page.locator("form[aria-labelledby='for-youth'] button[value='pdf']").click()
    assert re.fullmatch(r"aterkoppling-till-dig-2026-11-21-[0-9a-f]{8}\.pdf", fetched.value.suggested_filename)


def violations_without_scripts(page: Page) -> bool:
    """Whether every choice that was made is told in words, since axe cannot look without scripts."""
    return "Samma nivå på" in page.locator("section:has(> #items-title)").inner_text()
