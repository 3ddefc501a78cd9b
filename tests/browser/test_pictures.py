"""The pictures of the pages: what the demo shows on its own day, taken anew by `make screenshots`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from api.accounts.demo import DemoAccount, make_demo_accounts
from api.context.context import current_context
from api.demo.history import make_demo_history
from api.demo.making import make_demo_cases
from api.settings.accounts import AccountSettings
from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.accounts.people import KEY, Clock, make_app
from tests.browser.conftest import listening

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "pictures"
STATIC = ROOT / "api" / "static" / "pictures"
#: The picture that the first page shows too.
OF_FIRST_PAGE = "recommendation"
WIDTH, HEIGHT, LARGEST = 1280, 900, 150_000
#: Enough for text on a calm ground, and a third of the size.
COLOURS = 64


@dataclass
class Demo:
    """The demo as it runs, and its accounts."""

    origin: str
    accounts: list[DemoAccount]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pictures') / 'underlag.sqlite'}")
    upgrade(database)
    app = make_app(database, Clock(), AccountSettings(KEY, demo=True))
    with app.app_context():
        accounts = make_demo_accounts()
        make_demo_cases(current_context(), accounts)
        with database.unit_of_work() as session:
            make_demo_history(session, current_context().now(), current_context().library)
    with listening(app) as origin:
        yield Demo(origin, accounts)
    database.close()


def log_in(page: Page, demo: Demo, role: str) -> None:
    account = next(each for each in demo.accounts if each.roles == (role,))
    page.goto(f"{demo.origin}/log-in")
    page.fill("#email", account.email)
    page.fill("#password", account.password)
    page.press("#password", "Enter")
    page.wait_for_url(f"{demo.origin}/work")


def open_case(page: Page, reference: str) -> None:
    page.fill("#reference", reference)
    page.press("#reference", "Enter")
    page.wait_for_url("**/cases/*")


def follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.click(link)


def at_facts(page: Page) -> None:
    open_case(page, "DEMO-07")
    follow(page, "main a[href$='/facts']")


def at_scoring(page: Page) -> None:
    open_case(page, "DEMO-02")
    follow(page, "main a[href*='/drafts/']")


def at_recommendation(page: Page) -> None:
    open_case(page, "DEMO-01")
    follow(page, "main .step a[href*='/screenings/']")


def at_case(page: Page) -> None:
    open_case(page, "DEMO-01")


def at_feedback(page: Page) -> None:
    open_case(page, "DEMO-01")
    follow(page, "main a[href$='/documents']")
    with page.expect_navigation():
        page.locator("form[aria-labelledby='for-youth'] button[value='page']").click()


def at_trends(page: Page) -> None:
    follow(page, "nav a[href='/trends']")


#: Where a picture begins that does not begin at the top of its page.
BEGINNINGS = {"trends": ".trend-places"}
#: By the name of the picture, how to come to what it shows, and the heading there.
PICTURES: dict[str, tuple[Callable[[Page], None], str]] = {
    "my_work": (lambda page: None, "Mitt arbete"),
    "facts": (at_facts, "Uppgifter"),
    "scoring": (at_scoring, "Skyddsfaktorer"),
    "recommendation": (at_recommendation, "Underlaget talar för att pröva ett erbjudande om SIG"),
    "case": (at_case, "Ärende DEMO-01"),
    "feedback": (at_feedback, "Till dig: vad vi har tittat på"),
    "trends": (at_trends, "Sammanställningar"),
}


def save_for_the_first_page(page: Page) -> None:
    """Take what the first page shows, on either ground."""
    page.set_viewport_size({"width": 960, "height": 675})
    for scheme, name in (("light", "recommendation"), ("dark", "recommendation-dark")):
        page.emulate_media(color_scheme=scheme)
        page.locator(".result-page").evaluate(
            "(part) => { part.scrollIntoView({behavior: 'instant'}); scrollBy(0, 8); }"
        )
        taken = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
        smaller = taken.convert("RGB").resize((800, 563), Image.Resampling.LANCZOS)
        smaller.save(STATIC / f"{name}.webp", quality=60, method=6)


@pytest.mark.parametrize("name", PICTURES)
def test_the_gallery_shows_the_page(
    name: str, demo: Demo, browser: Browser, browser_context_args: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    context = browser.new_context(**{**browser_context_args, "viewport": {"width": WIDTH, "height": HEIGHT}})
    page = context.new_page()
    log_in(page, demo, "social_secretary")
    come, heading = PICTURES[name]
    come(page)
    expect(page.locator("h1")).to_contain_text(heading)
    page.locator(BEGINNINGS.get(name, "body")).evaluate("(part) => part.scrollIntoView({behavior: 'instant'})")
    taken = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
    assert taken.size == (WIDTH, HEIGHT)
    shown = FOLDER / f"{name}.png"
    if pytestconfig.getoption("--pictures"):
        if name == OF_FIRST_PAGE:
            save_for_the_first_page(page)
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(shown, optimize=True)
    context.close()
    with Image.open(shown) as kept:
        assert kept.size == taken.size, "take the pictures anew with `make screenshots`"
    assert shown.stat().st_size < LARGEST
    assert f"({shown.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
