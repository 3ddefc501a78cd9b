"""Handing over, deciding, closing, reminders, administration, research: without scripts, by the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages_in_a_browser import press_until_focused
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_keyboard_alone import choose, go, log_out, write

#: 1280 pixels at 200 % and at 400 %.
WIDTHS = (640, 320)


@pytest.fixture(params=["sv", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(open_page: Open, workplace: Workplace, language: str) -> Page:
    """A page of a social secretary whose browser runs no scripts."""
    page = open_page("anna", java_script_enabled=False)
    page.context.add_cookies([{"name": "underlag_language", "value": language, "url": workplace.origin}])
    return page


def show(page: Page, address: str, language: str) -> None:
    """Go to a page, which is said in its language and fits wherever it is shown."""
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("lang", language)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways at {width}"


def become(page: Page, workplace: Workplace, name: str, role: str, start: str) -> None:
    """Log out, and log in as somebody who begins at another page."""
    email = f"{name}@kommun.example"
    workplace.house.add(email, role)
    page.set_viewport_size({"width": 1280, "height": 900})  # where the way out is behind no menu
    log_out(page)
    write(page, "#email", email)
    page.keyboard.press("Tab")
    page.keyboard.type(workplace.house.passwords[email])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{workplace.origin}{start}")


def test_a_case_is_handed_to_a_colleague_and_a_unit_decided_on_and_closed_and_a_reminder_chosen(
    page: Page, workplace: Workplace, language: str
) -> None:
    case = workplace.open_case(page)
    show(page, f"{case}/caseworker", language)
    press_until_focused(page, "#caseworker", most=60)
    page.keyboard.press("ArrowDown")
    go(page, "#main-form .actions button", "**/cases/*done=*")
    workplace.house.add(f"norr-{language}@kommun.example", "reviewer", unit="norr")
    show(page, f"{case}/hand-over", language)
    press_until_focused(page, "#unit", most=60)
    page.keyboard.press("ArrowDown")
    write(page, "#ground", "Påhittad grund.")
    go(page, "#main-form .actions button", "**/cases/*done=*")
    show(page, f"{case}/position", language)
    choose(page, 'input[name="position"][value="other_support"]')
    write(page, "#reasons", "Påhittat skäl.")
    go(page, "#main-form .actions button", "**/cases/*done=*")
    show(page, f"{case}/close", language)
    write(page, "#reasons", "Påhittat skäl.")
    go(page, "#main-form .actions button", "**/cases/*done=*")
    show(page, f"{workplace.origin}/account", language)
    press_until_focused(page, "input[name='every']:checked", most=60)
    page.keyboard.press("ArrowDown")
    chosen = page.locator("input[name='every']:checked").get_attribute("value")
    press_until_focused(page, "form[action='/account/digest'] button", most=10)
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator(f"#every-{chosen}")).to_be_checked()


def test_an_administrator_renames_somebody_and_a_researcher_fetches_a_file(
    page: Page, workplace: Workplace, language: str
) -> None:
    page.goto(f"{workplace.origin}/work")
    become(page, workplace, f"ada-{language}", "administrator", "/administration")
    workplace.house.add(f"ny-{language}@kommun.example", "reviewer")
    show(page, f"{workplace.origin}/administration", language)
    go(page, "main details summary", "**/administration")
    write(page, "#text", f"ny-{language}")
    page.keyboard.press("Enter")
    expect(page.locator("main tbody a")).to_have_count(1)
    go(page, "main tbody a", "**/people/*")
    go(page, "main a[href$='/details']", "**/details")
    page.set_viewport_size({"width": 320, "height": 900})
    press_until_focused(page, "#name", most=60)
    page.keyboard.press("End")
    page.keyboard.type(" Berg")
    page.keyboard.press("Enter")
    go(page, "button[name=sure]", "**/people/*")
    expect(page.locator("h1")).to_have_text(f"ny-{language} Berg")
    become(page, workplace, f"fia-{language}", "researcher", "/research")
    show(page, f"{workplace.origin}/research", language)
    choose(page, "input[name=ground][value=own_follow_up]")
    write(page, "#decision", "2026-01234-01")
    press_until_focused(page, "form[action='/research/exports'] button", most=10)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("5")
