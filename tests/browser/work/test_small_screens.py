"""A telephone: the question in view, answers for a thumb, and a menu that needs no JavaScript."""

from playwright.sync_api import Page, expect

from tests.browser.work.conftest import Open, Workplace

TELEPHONE = {"width": 390, "height": 844}
#: What WCAG 2.5.5 asks of a target.
TARGET = 44


def top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


def test_the_heading_and_the_first_question_stand_in_view(open_page: Open, workplace: Workplace) -> None:
    page = open_page("anna", viewport=TELEPHONE)
    case = workplace.open_case(page)
    page.goto(f"{case}/facts")
    assert top_of(page, "h1") < top_of(page, "main .question") <= 300
    workplace.begin(page, case)
    assert top_of(page, "h1") < top_of(page, "main .item") <= 300
    for part in (".level .form-check", ".answers .form-check"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["height"] >= TARGET


def test_the_menu_opens_without_javascript(open_page: Open, workplace: Workplace) -> None:
    page = open_page("anna", viewport=TELEPHONE, java_script_enabled=False)
    page.goto(f"{workplace.origin}/work")
    leave = page.locator(".log-out button")
    expect(leave).to_be_hidden()
    page.get_by_role("button", name="Meny").click()
    expect(leave).to_be_visible()
    page.locator(".places").get_by_role("link", name="Nytt ärende").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ärende")
