"""The service in this process, and Debian's Chromium looking at it."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from api.application import create_app
from api.settings.clock import ZONE
from api.settings.service import Settings
from tests.api.accounts.people import TOKEN

FOLDER = Path(__file__).parent
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
# On a busy machine a page takes longer than the five seconds that Playwright allows by itself.
expect.set_options(timeout=30_000)

#: The browser's own remark about a page that was answered with a failure on purpose.
EXPECTED_REMARK = re.compile(r"Failed to load resource: the server responded with a status of (404|422)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.browser)


class SilentHandler(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing: an address in a test is of no interest."""


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """Let a service answer in this process; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=SilentHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def log_in(context: BrowserContext, origin: str, email: str, password: str) -> None:
    """Log in as the form does, without drawing a page: tests that are about logging in fill in the form."""
    token = TOKEN.search(context.request.get(f"{origin}/log-in").text())
    assert token is not None
    form = {"csrf_token": token[1], "email": email, "password": password}
    assert context.request.post(f"{origin}/log-in", form=form, max_redirects=0).status == 303


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """The address of a running service whose clock stands still."""
    with listening(create_app(Settings(), now=lambda: datetime(2026, 11, 21, 12, tzinfo=ZONE))) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium-headless-shell")  # it draws no window, which is a third of the work
    if chromium is None:
        pytest.fail(
            "Chromium is not installed; on Debian: apt-get install chromium-headless-shell. `make test` does that."
        )
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": [*FLAGS, *sandbox]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Without motion: it is drawn again and again, and colours that still change have no contrast of their own."""
    size = {"width": 1280, "height": 900}
    return {**browser_context_args, "locale": "sv-SE", "viewport": size, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def window(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page whose browser keeps style sheets and scripts from test to test, and of the tests themselves nothing."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(window: Page, browser_context_args: dict[str, Any], origin: str) -> Iterator[Page]:
    """A page that may neither complain nor ask anyone else for anything."""
    window.goto("about:blank")
    window.set_viewport_size(browser_context_args["viewport"])
    window.emulate_media(media="null", color_scheme="null")
    yield from watched(window, origin)


def watched(page: Page, origin: str) -> Iterator[Page]:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED_REMARK.match(message.text):
            complaints.append(f"{message.type}: {message.text}")

    def see(request: Request) -> None:
        if not request.url.startswith((f"{origin}/", "data:")):
            complaints.append(f"asked another origin: {request.url}")

    def hear_error(error: Error) -> None:
        complaints.append(f"script: {error}")

    heard = {"console": hear, "request": see, "pageerror": hear_error}
    for event, listener in heard.items():
        page.on(event, listener)
    yield page
    for event, listener in heard.items():
        page.remove_listener(event, listener)
    assert complaints == []
    assert page.context.storage_state() == {"cookies": [], "origins": []}


@pytest.fixture
def page_without_scripts(browser: Any, browser_context_args: dict[str, Any], origin: str) -> Iterator[Page]:
    """The same with JavaScript switched off."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield from watched(context.new_page(), origin)
    context.close()
