"""The list of all items: by keys, without scripts, to a screen reader, and by a click on what a level means."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.work.conftest import Open, Workplace

FIRST, SECOND = "prosocial_involvement", "strong_social_support"
SAVED = "#save-state.is-saved"


def list_of(page: Page, workplace: Workplace) -> str:
    draft = workplace.begin(page, workplace.open_case(page))
    page.goto(f"{draft}/list")
    return draft


def test_a_digit_answers_and_goes_on_and_the_note_is_there_on_demand(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    list_of(page, workplace)
    page.focus(f"#item-{FIRST}")
    page.keyboard.press("n")
    page.keyboard.type("Spelar 2 gånger i veckan.")  # a digit in a text is a digit
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator(f"#item-{SECOND}")).to_be_focused()
    expect(page.locator(f'input[name="item.{FIRST}"][value="present"]')).to_be_checked()
    page.keyboard.press("3")
    expect(page.locator(f"#item-{SECOND}-note")).to_be_focused()  # that material is missing needs its reason
    page.keyboard.type("Ingen har frågat skolan.")
    expect(page.locator(SAVED)).to_be_visible()
    expect(page.locator('[data-part="protective"]')).to_have_text("2 av 6 besvarade")
    page.reload()
    expect(page.locator(f"#item-{FIRST}-note")).to_have_value("Spelar 2 gånger i veckan.")
    expect(page.locator(f"#item-{SECOND}-note")).to_have_value("Ingen har frågat skolan.")


def test_a_click_on_what_a_level_means_answers(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    draft = list_of(page, workplace)
    for address in (f"{draft}/list", f"{draft}/protective"):
        page.goto(address)
        for value in ("absent", "present"):
            page.click(f"#item-{FIRST}-{value}-means")
            expect(page.locator(f'input[name="item.{FIRST}"][value="{value}"]')).to_be_checked()
    expect(page.locator(SAVED)).to_be_visible()


def test_without_scripts_the_list_is_one_form(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna", java_script_enabled=False)
    draft = list_of(page, workplace)
    page.check(f'input[name="item.{FIRST}"][value="present"]')
    page.click("#rate-negative_attitudes details.note > summary")
    page.fill("#item-negative_attitudes-note", "Säger så själv.")
    page.click('nav.parts-of button[name="to"]')
    page.wait_for_url("**/protective")
    expect(page.locator(f'input[name="item.{FIRST}"][value="present"]')).to_be_checked()
    page.goto(f"{draft}/individual")
    expect(page.locator("#item-negative_attitudes-note")).to_have_value("Säger så själv.")
    page.click('nav.parts-of button[value="list"]')
    page.wait_for_url("**/list")


@pytest.mark.parametrize("part", ["list", "protective"])
def test_every_control_is_named_by_its_item(workplace: Workplace, open_page: Open, part: str) -> None:
    page = open_page("anna")
    draft = workplace.begin(page, workplace.open_case(page))
    page.goto(f"{draft}/{part}")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    items = page.locator("#main-form .item:has(.scale)")
    assert items.count() >= 6
    for item in items.all():
        heading = item.locator("legend").inner_text()
        title = re.sub(r"^\d+\.\s*", "", heading.strip())
        tree = item.aria_snapshot()
        assert re.search(rf'group "[^"]*{re.escape(title)}"', tree), tree
        boxes = re.findall(r'textbox "([^"]*)"', tree)
        assert len(boxes) == 2
        assert all(title in box for box in boxes), boxes
        answers = re.findall(r'radio "([^"]*)"', tree)
        assert len(answers) == len(set(answers)) >= 4, answers
        assert all(len(answer) < 40 for answer in answers), "the meaning of a level describes it and is not its name"
