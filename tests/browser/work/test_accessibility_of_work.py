"""Every page of work, in both languages and at two widths, against the rules and against what the rules miss."""

import pytest
from playwright.sync_api import Page, expect

from api.store.actors import Actor
from api.store.trend_tables import DecisionReliability
from tests.api.exporting.town import START, Town
from tests.browser.test_accessibility import EVERYWHERE, STRUCTURE, violations
from tests.browser.test_pages_in_a_browser import press_until_focused
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_whole_way import rate_and_sign

UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def pages_of(page: Page, workplace: Workplace) -> list[str]:
    """The addresses of a case that has come the whole way, and of a draft in it."""
    case = workplace.open_case(page)
    rate_and_sign(page, workplace.begin(page, case))
    page.goto(f"{case}/screen")
    page.click("#main-form .actions button")
    page.wait_for_url("**done=screened")
    recommendation = page.url.partition("?")[0]
    page.goto(case)
    links = page.evaluate("[...document.querySelectorAll('main a[href^=\"/\"]')].map((each) => each.pathname)")
    entry = next(link for link in links if link.startswith("/entries/"))
    signed = next(link for link in links if link.startswith("/assessments/"))
    draft = workplace.begin(page, case)
    below = ("", "/facts", "/consents", "/assess", "/screen", "/change", "/follow-up", "/second-rating", "/plan")
    events = ("/intake/feedback_to_reporter", "/follow-up/participation_started", "/disclosure", "/hand-over", "/hold")
    steps = ("/caseworker", "/position", "/close")
    papers = ("/documents", "/documents/recommendation", "/extract", "/view")
    own = ["/work", "/cases/new", entry, signed]
    read = ("/governance", "/manual/architecture", "/hjalp", "/en/help")
    around = ("/training", "/training/milo", "/account", "/permissions", *read, "/trends")
    return [
        *(workplace.origin + path for path in own),
        *(workplace.origin + path for path in around),
        *(case + path for path in (*below, *events, *steps, *papers)),
        recommendation,
        f"{recommendation}/review",
        *(f"{draft}/{part}" for part in ("protective", "individual", "summary", "list")),
    ]


#: What is looked at: narrow and wide, on a light and on a dark ground; 640 is 1280 at 200 %, and 320 is it at 400 %.
WIDTHS = (1280, 640, 390, 320)
GROUNDS = {1280: "light", 390: "dark"}


def faults_of(page: Page, language: str, *, everywhere: bool) -> list[str]:
    """What is wrong with the page that is shown: at every width, and by the rules on one ground or on both.

    The rules look at the wide page on a light ground in Swedish and at the narrow one on a dark ground in English.
    """
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(UNFOLD)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width}")
    for width, ground in GROUNDS.items():
        page.emulate_media(color_scheme=ground)  # type: ignore[arg-type]  # one of both
        page.set_viewport_size({"width": width, "height": 900})
        found += page.evaluate(STRUCTURE)
        if everywhere or (ground == "light") == (language == "sv"):
            found += violations(page)
    return [f"{page.url}: {each}" for each in found]


@EVERYWHERE
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_of_work_can_be_used_by_everyone(
    workplace: Workplace, open_page: Open, language: str, everywhere: bool
) -> None:
    page = open_page("anna")
    addresses = pages_of(page, workplace)
    page.context.add_cookies([{"name": "underlag_language", "value": language, "url": workplace.origin}])
    found = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        if not address.endswith(("/hjalp", "/en/help")):  # they say their language themselves
            expect(page.locator("html")).to_have_attribute("lang", language)
        found += faults_of(page, language, everywhere=everywhere)
    assert found == []


@EVERYWHERE
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_form_with_faults_can_be_used_by_everyone(
    workplace: Workplace, open_page: Open, language: str, everywhere: bool
) -> None:
    page = open_page("anna")
    case = workplace.open_case(page)
    draft = workplace.begin(page, case)
    page.context.add_cookies([{"name": "underlag_language", "value": language, "url": workplace.origin}])
    found = []
    forms = ("/consents", "/intake/feedback_to_reporter", "/disclosure", "/hold", "/follow-up/network_meeting")
    for address in ("/cases/new", *(f"{case.removeprefix(workplace.origin)}{form}" for form in forms)):
        page.goto(workplace.origin + address)
        page.click("#main-form .actions button")
        expect(page.locator("#error-summary")).to_be_focused()
        found += faults_of(page, language, everywhere=everywhere)
    page.goto(f"{case}/facts")
    page.click("#beside > summary")
    page.fill("#fact-first_prosecution_age-number", "femton")
    page.click("#main-form .actions button")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#fact-first_prosecution_age-number")).to_have_value("femton")
    found += faults_of(page, language, everywhere=everywhere)
    page.goto(f"{draft}/counts")
    expect(page.locator("#error-summary")).to_be_visible()
    found += faults_of(page, language, everywhere=everywhere)
    assert found == []


@pytest.fixture(scope="session")
def rated_twice(workplace: Workplace) -> str:
    """Ten cases that Dora and Eva have rated in a unit of their own, and a guidance with numbers of double ratings."""
    units = frozenset({"double"})
    dora, eva = (
        Actor(workplace.house.add(f"{name}@kommun.example", "social_secretary", unit="double"), units)
        for name in ("dora", "eva")
    )
    town = Town(workplace.house.database)
    for place in range(10):
        case = town.open(f"double-{place}", unit="double")
        town.rate(case, "low", dora)
        town.ask_again(case, eva, by=dora)
        town.rate(case, "high" if place < 5 else "low", eva)
    guidance, shown = "stockholm_2012@1.1", {"turned": 10, "opened": 0, "same": None}
    content = {
        "cases": 20,
        "outcomes": [[None, 0, 10], [0, 0, 0], [0, 0, None]],
        **shown,
        "criteria": {"age": shown, "track": shown},
        "items": {"item.substance_use": 5, "reoffending_risk": None},
    }
    with workplace.house.database.unit_of_work() as session:
        row = DecisionReliability(guidance=guidance, first_year=2024, last_year=2025, made_at=START, content=content)
        row.sha256 = "0" * 64
        session.add(row)
    return f"/guidance/{guidance}"


@EVERYWHERE
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_double_ratings_tell_can_be_used_by_everyone_and_by_the_keyboard(
    workplace: Workplace, rated_twice: str, open_page: Open, language: str, everywhere: bool
) -> None:
    page = open_page("dora")
    page.context.add_cookies([{"name": "underlag_language", "value": language, "url": workplace.origin}])
    page.goto(f"{workplace.origin}/training")
    press_until_focused(page, "main a[href='/own-ratings']", most=400)
    page.keyboard.press("Enter")
    page.wait_for_url("**/own-ratings")
    expect(page.locator("main dl.rows > div").first).to_be_visible()
    found = faults_of(page, language, everywhere=everywhere)
    page.goto(f"{workplace.origin}{rated_twice}?language={language}")
    press_until_focused(page, "section[aria-labelledby='reliability'] .table-scroll", most=400)
    found += faults_of(page, language, everywhere=everywhere)
    assert found == []
