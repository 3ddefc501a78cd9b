"""A recommendation is sent back with a question, answered and reviewed: on a telephone, by keys, without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages_in_a_browser import press_until_focused
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_whole_way import rate_and_sign

TELEPHONE = {"width": 390, "height": 844}
QUESTION, REPLY = "Vad säger skolan om närvaron?", "Att han är där varje dag sedan augusti."


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


def press(page: Page, selector: str, key: str, expected: str) -> None:
    press_until_focused(page, selector, most=300)
    page.keyboard.press(key)
    page.wait_for_url(expected)


def choose(page: Page, verdict: str) -> None:
    """Tab to the answers and go through them with the arrow keys."""
    press_until_focused(page, 'input[name="verdict"] >> nth=0', most=300)
    page.keyboard.press("Space")
    press_until_focused(page, f'input[type="radio"][value="{verdict}"]', "ArrowDown", most=5)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_question_goes_to_the_caseworker_and_back_on_a_telephone(
    workplace: Workplace, open_page: Open, has_scripts: bool
) -> None:
    options = {"viewport": TELEPHONE, "java_script_enabled": has_scripts}
    anna, cecilia = open_page("anna"), open_page("cecilia", **options)
    case = workplace.open_case(anna)
    reference = f"2026-{workplace.number}"
    rate_and_sign(anna, workplace.begin(anna, case))
    anna.goto(f"{case}/screen")
    anna.click("#main-form .actions button")
    anna.wait_for_url("**done=screened")

    cecilia.goto(case)
    press(cecilia, ".next a.btn-primary", "Enter", "**/review")
    fits(cecilia)
    choose(cecilia, "return")
    expect(cecilia.locator("#reasons")).to_be_hidden()
    press_until_focused(cecilia, "#question", most=20)
    cecilia.keyboard.type(QUESTION)
    press(cecilia, ".if-returning button", "Enter", "**done=returned")
    expect(cecilia.locator(".exchange")).to_contain_text(QUESTION)
    expect(cecilia.locator("main .sheet").locator("visible=true")).to_have_count(0)

    phone = open_page("anna", **options)
    phone.goto(f"{workplace.origin}/work")
    press(phone, f"tr:has(a:text-is('{reference}')) .to-do a", "Enter", "**/review")
    fits(phone)
    expect(phone.locator(".exchange")).to_be_in_viewport()
    press_until_focused(phone, "#reply", most=60)
    phone.keyboard.type(REPLY)
    press(phone, "#main-form .btn-primary", "Enter", "**done=answered")

    cecilia.goto(f"{workplace.origin}/work")
    press(cecilia, f"tr:has(a:text-is('{reference}')) .to-do a", "Enter", "**/review")
    expect(cecilia.locator(".exchange")).to_contain_text(REPLY)
    choose(cecilia, "agree")
    expect(cecilia.locator("#question")).to_be_hidden()
    press(cecilia, ".if-signing button", "Enter", "**done=reviewed")
    expect(cecilia.locator("#review")).to_contain_text("Instämmer")
    expect(cecilia.locator("main .sheet").locator("visible=true")).to_have_count(0)
