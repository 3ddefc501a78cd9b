"""On a telephone that is handed over: the questions, nothing else, and no way back to the case."""

import random
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import violations
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_nothing_is_lost import Asked, lost

TELEPHONE = {"width": 390, "height": 844}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def begun(page: Page, workplace: Workplace) -> str:
    case = workplace.open_case(page)
    page.goto(f"{case}/follow-up/participation_started")
    page.check('input[name="part_of_decision"][value="yes"]')
    page.check('input[name="court_ordered"][value="no"]')
    page.click("#main-form .actions button")
    page.wait_for_url("**done=recorded")
    return case


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_device_shows_the_questions_and_has_no_way_back(
    workplace: Workplace, open_page: Open, language: str
) -> None:
    page = open_page("anna", viewport=TELEPHONE)
    case = begun(page, workplace)
    page.goto(f"{case}/experience")
    assert not page.evaluate(WIDER)
    assert violations(page) == []
    page.check("#respondent-youth")
    page.select_option("#language", language)
    page.click("#main-form .actions button")
    page.wait_for_url("**/handed-over")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert not page.evaluate(WIDER)
    assert violations(page) == []
    assert page.locator("nav, header, footer").count() == 0
    page.check('input[name="answers.listened_to"][value="agree"]')
    page.fill("#own_words", "Lotsen ringer alltid tillbaka.")
    asked = Asked(may_leave=True)
    page.on("dialog", asked)
    page.go_back()
    page.wait_for_url(re.compile("/log-in"))
    assert asked.times == 1, "whoever has written is asked before it is left"
    page.goto(f"{workplace.origin}/handed-over")
    page.check('input[name="answers.listened_to"][value="agree"]')
    page.click("#main-form .actions button")
    page.wait_for_url("**/thanks")
    assert violations(page) == []
    other = page.context.new_page()
    other.goto(case)
    expect(other).to_have_url(re.compile("/log-in"))
    workplace.log_in(other, "anna")
    other.goto(f"{case}/follow-up")
    expect(other.locator("main")).to_contain_text(re.compile("Lyssnar vi på dig när vi ses. Ja"))


def test_nothing_that_is_typed_of_results_and_answers_is_lost(workplace: Workplace, open_page: Open) -> None:
    chance = random.Random(2)  # noqa: S311
    page = open_page("anna")
    case = begun(page, workplace)
    for form in ("experience/youth", "follow-up/results_followed_up", "follow-up/resources_recorded"):
        assert lost(page, f"{case}/{form}", chance) == []
