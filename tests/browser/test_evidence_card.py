"""The page of an evidence card is read on any screen, and nothing of it is lost on A4."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from instruments.research.calibration.report import calibrate
from instruments.research.card.disclosure import guarded
from instruments.research.card.page import render_page
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.validity.report import validity
from tests.instruments.research.card.made import card_of, ungathered
from tests.instruments.research.invented import invent

#: The width that 15 mm margins leave of A4, in CSS pixels.
A4 = 680
#: What is cut off: text wider than what it stands in, or beyond the edge of the paper.
CUT_OFF = """() => [...document.querySelectorAll('.scroll, svg, table, p, li, dd')]
    .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible'
        || each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter(each => !each.closest('.unseen'))
    .map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def card_page(browser: Browser) -> Page:
    """A card with long names, many groups and every section, as whoever is mailed the file opens it."""
    data = invent(600, groups=("a place with a very long name that says nothing", "b"))
    few = Resampling(draws=100)
    reports = (
        validity(data, "again", resampling=few),
        calibrate(data, "again", methods=("logistic",), folds=5, resampling=few),
        fairness(data, "again", ["sex", "place", "year"]),
    )
    told, _ = guarded(reports, data, "again")
    evidence = ungathered(data, *told)
    card = card_of(evidence, reporting={"setting": "Invented. " * 40, "funding": "https://example.se/" + "a" * 120})
    page = browser.new_page()
    page.set_content(render_page(card, evidence, "sv"))
    return page


def test_nothing_is_cut_off_when_a_card_is_printed_on_a4(card_page: Page) -> None:
    card_page.set_viewport_size({"width": A4, "height": 1000})
    card_page.emulate_media(media="print")
    try:
        assert card_page.evaluate(CUT_OFF) == []
        folded = "[...document.querySelectorAll('details table')].filter(each => !each.getBoundingClientRect().height)"
        assert card_page.evaluate(f"{folded}.length") == 0
    finally:
        card_page.emulate_media(media="screen")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_card_is_read_without_sideways_scrolling(width: int, card_page: Page) -> None:
    card_page.set_viewport_size({"width": width, "height": 900})
    assert card_page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_card_has_no_fault_that_axe_finds(card_page: Page) -> None:
    card_page.set_viewport_size({"width": 1280, "height": 900})
    results = Axe().run(card_page)
    assert results.violations_count == 0, results.generate_report()
