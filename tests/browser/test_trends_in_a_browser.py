"""The dashboard and the what-if page in a browser: by everyone, light and dark, by keyboard, without JavaScript."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.demo.history import make_demo_history
from api.settings.accounts import AccountSettings
from api.settings.clock import ZONE
from api.store.database import Database
from api.store.upgrade import upgrade
from screening.library import Library
from tests.api.accounts.people import KEY, Clock, House, make_app
from tests.browser.conftest import listening, log_in
from tests.browser.test_accessibility import STRUCTURE, violations

STINA = "stina@example.se"
QUESTION = "before=stockholm_2012&after=stockholm_2012&limit=own_behaviour_count&value=3"
Open = Callable[..., Page]


@dataclass
class Served:
    """A running service with invented years."""

    house: House
    origin: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("trends")
    database = Database(f"sqlite:///{folder / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock(datetime(2026, 11, 21, 12, tzinfo=ZONE))
    app = make_app(database, clock, AccountSettings(KEY, demo=True))
    house = House(app, database, folder, clock)
    house.add(STINA, "statistics")
    with database.unit_of_work() as session:
        make_demo_history(session, clock(), Library(), people=1_200, years=2)
    with listening(app) as origin:
        yield Served(house, origin)
    database.close()


@pytest.fixture
def open_page(browser: Browser, browser_context_args: dict[str, Any], served: Served) -> Iterator[Open]:
    """A page that is logged in, and may ask no other origin for anything."""
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []

    def open_one(path: str, **options: Any) -> Page:
        context = browser.new_context(**{**browser_context_args, **options})
        log_in(context, served.origin, STINA, served.house.passwords[STINA])
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: None if request.url.startswith((served.origin, "data:")) else elsewhere.append(request.url),
        )
        page.goto(f"{served.origin}{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert elsewhere == []


PLACES = {
    "dashboard": "/trends",
    "a theme": "/trends/themes/recommendations",
    "dashboard of a unit": "/trends?of=unit:aspen",
    "dashboard with a fault": "/trends?from=2026-06&to=2025-01",
    "what if": "/trends/what-if",
    "an answer": f"/trends/what-if?{QUESTION}",
    "many guidances": "/trends/what-if?before=stockholm_2012&after=stockholm_2012/norrmalm,stockholm_2012/kungsholmen",
    "what if with a fault": "/trends/what-if?before=stockholm_2012&after=stockholm_2012&limit=age_max&value=99",
}
LOOKS = [
    (1280, "light", "sv"),
    (390, "dark", "en"),
    pytest.param(1280, "dark", "en", marks=pytest.mark.soak),
    pytest.param(390, "dark", "sv", marks=pytest.mark.soak),
    pytest.param(390, "light", "en", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_every_page_can_be_used_by_everyone(
    place: str, width: int, scheme: str, language: str, open_page: Open
) -> None:
    path = PLACES[place]
    address = f"{path}{'&' if '?' in path else '?'}language={language}"
    page = open_page(address, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate(STRUCTURE) == []
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == language


def test_the_dashboard_is_worked_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/trends")
    page.locator("#choose-from").focus()
    for _ in range(5):  # past the four quarters of 2024
        page.keyboard.press("ArrowDown")
    page.locator(".trend-choices button").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "from=2025-01" in page.url
    summary = page.locator("section.trend summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("section.trend table").first).to_be_visible()
    assert "kvartalet 2024" not in page.locator("section.trend table").first.inner_text()


def test_everything_is_there_without_javascript(open_page: Open) -> None:
    page = open_page("/trends", java_script_enabled=False)
    assert page.locator("figure svg").count() >= 5
    page.select_option("#choose-level", "year")
    page.select_option("#choose-of", "sex:male")
    page.click(".trend-choices button")
    assert "level=year" in page.url
    expect(page.locator(".chosen")).to_contain_text("Man")
    page.goto(page.url.replace("/trends", "/trends/what-if").partition("?")[0])
    page.click("text=Under 15 år in")
    expect(page.locator("#answer")).to_be_in_viewport()
    assert page.locator("table caption").count() >= 5


def test_the_text_of_a_chart_has_one_size_on_every_screen(open_page: Open) -> None:
    sizes = set()
    for width in (1280, 390):
        page = open_page("/trends/themes/decisions", viewport={"width": width, "height": 900})
        sizes |= set(
            page.evaluate(
                "[...document.querySelectorAll('.chart')]"
                ".map((each) => Math.round(15 * each.getBoundingClientRect().width / each.viewBox.baseVal.width))"
            )
        )
    assert max(sizes) - min(sizes) <= 1


def test_the_dashboard_is_printed_on_a_few_pages(open_page: Open) -> None:
    page = open_page("/trends")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= 3


def test_a_limit_is_tried_out_from_the_list_of_the_guidance(open_page: Open) -> None:
    page = open_page("/trends/what-if")
    assert page.locator("#limit").count() == 0
    page.select_option("#before", "stockholm_2012")
    page.select_option("#after", "stockholm_2012")
    page.click(".what-if button")
    page.select_option("#limit", "age_max")
    page.fill("#value", "17")
    page.click(".what-if button")
    expect(page.locator(".question")).to_contain_text("17")
    page.fill("#value", "77")
    page.click(".what-if button")
    error = page.locator(".trend-errors a")
    expect(error).to_contain_text("77")
    error.click()
    assert page.evaluate("document.activeElement.id") == "value" or page.url.endswith("#value")


def test_a_picture_follows_the_theme(open_page: Open) -> None:
    colour = "getComputedStyle(document.querySelector('figure svg text')).fill"
    light, dark = (open_page("/trends", color_scheme=scheme).evaluate(colour) for scheme in ("light", "dark"))
    assert light != dark
