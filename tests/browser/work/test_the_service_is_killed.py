"""The service is killed while somebody writes, and comes back: nothing that was typed is lost."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.settings.accounts import AccountSettings
from api.settings.clock import local_now
from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.accounts.people import House, make_app
from tests.api.serving.server import Server, free_port, serving
from tests.browser.work.conftest import KEY, Workplace

NOTE = "#item-prosocial_involvement-note"


@dataclass
class Killable:
    """The service in a process of its own, which is killed and started again at the same address."""

    url: str
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)
    _server: Server | None = None

    def start(self) -> None:
        self._server = self._running.enter_context(serving(self.url, "--workers", "1", port=self.port))

    def kill(self) -> None:
        assert self._server is not None
        self._server.kill()
        self._running.close()


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[tuple[Killable, Workplace]]:
    url = f"sqlite:///{tmp_path / 'underlag.sqlite'}"
    database = Database(url)
    upgrade(database)
    house = House(make_app(database, local_now, AccountSettings(KEY)), database, tmp_path, local_now)  # type: ignore[arg-type]
    house.add("anna@kommun.example", "social_secretary")
    database.close()
    service = Killable(url)
    service.start()
    yield service, Workplace(house, f"http://127.0.0.1:{service.port}")
    service.kill()


@pytest.fixture
def anna(
    browser: Browser, browser_context_args: dict[str, Any], killable: tuple[Killable, Workplace]
) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    killable[1].log_in(page, "anna")
    yield page
    context.close()


def test_what_is_typed_while_the_service_is_gone_is_saved_when_it_is_back(
    killable: tuple[Killable, Workplace], anna: Page
) -> None:
    service, workplace = killable
    draft = workplace.begin(anna, workplace.open_case(anna))
    anna.fill(NOTE, "Skrivet före.")
    expect(anna.locator("#save-state.is-saved")).to_be_visible()
    service.kill()
    anna.fill(NOTE, "Skrivet före. Skrivet medan tjänsten var borta.")
    anna.check('input[name="item.prosocial_involvement"][value="present"]')
    expect(anna.locator("#save-state")).to_contain_text("Ingen kontakt")
    service.start()
    expect(anna.locator("#save-state.is-saved")).to_have_text(re.compile(r"Sparat \d\d:\d\d"), timeout=60_000)
    anna.goto(draft)
    expect(anna.locator(NOTE)).to_have_value("Skrivet före. Skrivet medan tjänsten var borta.")
    expect(anna.locator('input[name="item.prosocial_involvement"][value="present"]')).to_be_checked()


def test_a_tab_that_was_closed_while_the_service_was_gone_finds_what_was_typed(
    killable: tuple[Killable, Workplace], anna: Page
) -> None:
    service, workplace = killable
    draft = workplace.begin(anna, workplace.open_case(anna))
    service.kill()
    anna.fill(NOTE, "Kvar i webbläsaren.")
    expect(anna.locator("#save-state")).to_contain_text("Ingen kontakt")
    context = anna.context
    anna.close()
    service.start()
    again = context.new_page()
    again.goto(f"{draft}/protective")
    expect(again.locator("#save-state.is-saved")).to_be_visible()
    expect(again.locator(NOTE)).to_have_value("Kvar i webbläsaren.")


def test_a_form_that_does_not_save_itself_is_not_sent_into_nothing(
    killable: tuple[Killable, Workplace], anna: Page
) -> None:
    service, workplace = killable
    case = workplace.open_case(anna)
    anna.goto(f"{case}/facts")
    anna.check("#fact-recruitment_risk-yes")
    service.kill()
    anna.click("#main-form .actions button")
    expect(anna.locator(".no-contact")).to_contain_text("Det du har skrivit är kvar")
    expect(anna.locator("#fact-recruitment_risk-yes")).to_be_checked()
    service.start()
    anna.click("#main-form .actions button")
    anna.wait_for_url("**done=facts_saved")
    expect(anna.locator("#fact-recruitment_risk-yes")).to_be_checked()
