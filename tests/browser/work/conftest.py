"""A municipality that works in the browser: the whole service on SQLite, its people, and a clock that tests move."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from api.settings.accounts import AccountSettings
from api.settings.clock import ZONE
from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.accounts.people import Clock, House, make_app
from tests.browser.conftest import listening, log_in

KEY = "kXv7-2pQ9sLw_0aZt4Rb8YdNc6HgUe1J"
PEOPLE = {"anna": "social_secretary", "bo": "social_secretary", "cecilia": "reviewer", "david": "decider"}


@dataclass
class Workplace:
    """The service in this process, and how to come to it."""

    house: House
    origin: str
    number: int = field(default=100)

    def log_in(self, page: Page, name: str) -> None:
        page.goto(f"{self.origin}/log-in")
        page.fill("#email", f"{name}@kommun.example")
        page.fill("#password", self.house.passwords[f"{name}@kommun.example"])
        page.click("main form button")
        page.wait_for_url(f"{self.origin}/work")

    def open_case(self, page: Page) -> str:
        """Open a case in the browser; its address."""
        self.number += 1
        page.goto(f"{self.origin}/cases/new")
        page.fill("#reference", f"2026-{self.number}")
        page.fill("#birth_date", "2010-03-14")
        page.check('input[name="reporter"][value="police"]')
        page.check('input[name="preliminary_assessment"][value="not_needed"]')
        page.click("main .actions button")
        page.wait_for_url("**done=opened")
        return page.url.partition("?")[0]

    def begin(self, page: Page, case: str) -> str:
        """Begin an assessment of a case; its address."""
        page.goto(f"{case}/assess")
        page.check('input[value="youth_spj"]')
        page.click("#main-form .actions button")
        page.wait_for_url("**/protective")
        return page.url.rpartition("/")[0]


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    folder: Path = tmp_path_factory.mktemp("workplace")
    database = Database(f"sqlite:///{folder / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock(datetime(2026, 11, 21, 12, tzinfo=ZONE))
    app = make_app(database, clock, AccountSettings(KEY, demo=True))
    house = House(app, database, folder, clock)
    for name, role in PEOPLE.items():
        house.add(f"{name}@kommun.example", role)
    with listening(app) as origin:
        yield Workplace(house, origin)
    database.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, browser_context_args: dict[str, Any], workplace: Workplace) -> Iterator[Open]:
    """A page of its own browser, of somebody who is logged in or of nobody; it may ask no other origin for anything."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(name: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**{**browser_context_args, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("request", lambda request: _see(request.url, workplace.origin, complaints))
        if name is not None:
            email = f"{name}@kommun.example"
            log_in(context, workplace.origin, email, workplace.house.passwords[email])
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _see(url: str, origin: str, complaints: list[str]) -> None:
    if not url.startswith((f"{origin}/", "data:")):
        complaints.append(f"asked another origin: {url}")
