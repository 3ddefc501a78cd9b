"""Who is believed about where a request comes from."""

import pytest
from flask import Flask, request

from api.application import create_app
from api.settings.service import Settings
from tests.api.conftest import NOW

SAID = {"X-Forwarded-For": "192.0.2.7, 198.51.100.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def seen(app: Flask) -> str:
    app.add_url_rule("/seen", "seen", lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    return app.test_client().get("/seen", headers=SAID).text


def test_nobody_is_believed_unless_there_is_a_proxy() -> None:
    assert seen(create_app(Settings(), now=lambda: NOW)) == "127.0.0.1 http localhost"


def test_one_proxy_is_believed_and_no_more_than_one() -> None:
    app = create_app(Settings.from_environment({"UNDERLAG_BEHIND_PROXY": "yes"}), now=lambda: NOW)
    assert seen(app) == "198.51.100.9 https localhost"


@pytest.mark.parametrize(("said", "status"), [("https", 200), ("http", 302)])
def test_plain_http_before_the_proxy_is_sent_to_https(said: str, status: int) -> None:
    app = create_app(Settings(force_https=True, behind_proxy=True), now=lambda: NOW)
    assert app.test_client().get("/health", headers={"X-Forwarded-Proto": said}).status_code == status
