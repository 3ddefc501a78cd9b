"""Every page of work, in both languages and at two widths, against the rules and against what the rules miss."""

import pytest
from playwright.sync_api import Page

from tests.browser.test_accessibility import STRUCTURE, violations
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_whole_way import rate_and_sign

UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def pages_of(page: Page, workplace: Workplace) -> list[str]:
    """The addresses of a case that has come the whole way, and of a draft in it."""
    case = workplace.open_case(page)
    rate_and_sign(page, workplace.begin(page, case))
    page.goto(f"{case}/screen")
    page.click("#main-form .actions button")
    recommendation = page.url.partition("?")[0]
    page.goto(case)
    links = page.evaluate("[...document.querySelectorAll('main a[href^=\"/\"]')].map((each) => each.pathname)")
    entry = next(link for link in links if link.startswith("/entries/"))
    signed = next(link for link in links if link.startswith("/assessments/"))
    draft = workplace.begin(page, case)
    below = ("", "/facts", "/consents", "/assess", "/screen", "/change", "/follow-up", "/second-rating")
    events = ("/intake/feedback_to_reporter", "/follow-up/participation_started")
    own = ["/work", "/cases/new", entry, signed]
    return [
        *(workplace.origin + path for path in own),
        *(case + path for path in (*below, *events)),
        recommendation,
        *(f"{draft}/{part}" for part in ("protective", "individual", "summary")),
    ]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_of_work_can_be_used_by_everyone(workplace: Workplace, open_page: Open, language: str) -> None:
    page = open_page("anna")
    addresses = pages_of(page, workplace)
    page.context.add_cookies([{"name": "underlag_language", "value": language, "url": workplace.origin}])
    found = []
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(UNFOLD)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{address}: scrolls sideways at {width}")
            if width != 320:
                found += [f"{address}: {each}" for each in (*page.evaluate(STRUCTURE), *violations(page))]
    assert found == []
