"""An action plan on a telephone: written without scripts, used by everyone, followed up at the meeting."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import STRUCTURE, violations
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_whole_way import rate_and_sign

TELEPHONE = {"width": 390, "height": 844}
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page that is shown, at both narrow widths."""
    found = []
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(UNFOLD)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width}")
    page.set_viewport_size(TELEPHONE)
    return [f"{page.url}: {each}" for each in (*found, *page.evaluate(STRUCTURE), *violations(page))]


def fill_measure(page: Page, at: str, what: str, by: str) -> None:
    page.fill(f'[name="{at}.what"]', what)
    page.select_option(f'[name="{at}.who"]', "youth")
    page.fill(f'[name="{at}.by"]', by)


def test_a_plan_is_written_changed_and_followed_up_on_a_telephone(open_page: Open, workplace: Workplace) -> None:
    page = open_page("anna", viewport=TELEPHONE)
    case = workplace.open_case(page)
    rate_and_sign(page, workplace.begin(page, case))
    page.goto(f"{case}/follow-up/participation_started")
    page.fill("#started_on", "2026-11-01")
    page.check('[name="part_of_decision"][value="yes"]')
    page.check('[name="court_ordered"][value="no"]')
    page.click("#main-form .actions .btn-primary")
    page.wait_for_url("**done=recorded")
    page.goto(f"{case}/plan/change")
    page.fill('[name="goals.0.text"]', "Jag vill klara nian.")
    fill_measure(page, "goals.0.measures.0", "Kommer klockan nio", "2026-12-01")
    page.get_by_role("button", name="Lägg till en åtgärd för mål 1").click()
    expect(page.locator('[name="goals.0.text"]')).to_have_value("Jag vill klara nian.")
    fill_measure(page, "goals.0.measures.1", "Pratar med läraren", "")
    page.get_by_role("button", name="Lägg till ett mål").click()
    expect(page.locator('[name="goals.1.text"]')).to_have_value("")
    assert faults_of(page) == []
    page.press('[name="goals.0.measures.0.what"]', "Enter")  # saves, and is told what is missing
    expect(page.locator("#error-summary")).to_contain_text("Åtgärd 2 för mål 1: Till när")
    assert faults_of(page) == []
    page.fill('[name="goals.0.measures.1.by"]', "2026-12-08")
    page.get_by_role("button", name="Spara planen").click()
    page.wait_for_url("**done=plan_saved")
    assert faults_of(page) == []
    page.goto(f"{case}/follow-up/network_meeting")
    expect(page.get_by_role("heading", name="Planens åtgärder")).to_be_visible()
    assert faults_of(page) == []
    page.check('[name="measure.m1.status"][value="done"]')
    page.check('[name="plan_followed_up"][value="yes"]')
    page.click("#main-form .actions .btn-primary")
    page.wait_for_url("**done=recorded")
    page.goto(f"{case}/plan")
    expect(page.locator("main")).to_contain_text(re.compile(r"Gjord \(2026-11-21\)"))
    page.goto(f"{case}/documents")
    assert faults_of(page) == []


def test_a_goal_and_a_measure_are_added_without_scripts(open_page: Open, workplace: Workplace) -> None:
    case = workplace.open_case(open_page("anna"))
    page = open_page("anna", viewport=TELEPHONE, java_script_enabled=False)
    page.goto(f"{case}/plan/change")
    page.fill('[name="goals.0.text"]', "Jag vill klara nian.")
    page.get_by_role("button", name="Lägg till ett mål").click()
    page.fill('[name="goals.1.text"]', "Jag vill spela igen.")
    page.get_by_role("button", name="Lägg till en åtgärd för mål 2").click()
    expect(page.locator('[name="goals.1.measures.1.what"]')).to_be_visible()
    expect(page.locator('[name="goals.0.text"]')).to_have_value("Jag vill klara nian.")
    expect(page.locator('[name="goals.1.text"]')).to_have_value("Jag vill spela igen.")
