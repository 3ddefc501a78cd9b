"""The application as the tests see it: its clock stands still on one day."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.application import create_app
from api.settings.clock import ZONE
from api.settings.service import Settings
from tests.api.accounts.people import clock, closed_databases, house
from tests.api.store.compiling import share_what_is_compiled
from tests.api.store.databases import (
    database,
    database_url,
    emptied_postgresql,
    empty_url,
    postgresql_server,
    postgresql_with_tables,
    sqlite_with_tables,
)

__all__ = [
    "clock",
    "closed_databases",
    "database",
    "database_url",
    "emptied_postgresql",
    "empty_url",
    "house",
    "postgresql_server",
    "postgresql_with_tables",
    "sqlite_with_tables",
]

share_what_is_compiled()

NOW = datetime(2026, 11, 21, 12, tzinfo=ZONE)
TODAY = NOW.date()
EVALUATIONS = "/api/v1/evaluations"
Ask = Callable[..., TestResponse]


class ReadingClient(FlaskClient):
    """Reads every answer to its end, so that no file of an answer stays open."""

    def open(self, *arguments: Any, buffered: bool = True, **more: Any) -> TestResponse:
        return super().open(*arguments, buffered=buffered, **more)


@pytest.fixture(scope="session")
def app() -> Flask:
    application = create_app(Settings(), now=lambda: NOW)
    application.test_client_class = ReadingClient
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def evaluate(client: FlaskClient) -> Ask:
    """Post an intake; parts of the smallest possible one are replaced by name."""

    def post(language: str = "en", **parts: Any) -> TestResponse:
        body = {"guidance": "socialstyrelsen_2012", **parts}
        return client.post(EVALUATIONS, json=body, headers={"Accept-Language": language})

    return post


@pytest.fixture
def send(client: FlaskClient) -> Ask:
    """Post raw bytes."""

    def post(raw: bytes, content_type: str = "application/json", **headers: str) -> TestResponse:
        return client.post(EVALUATIONS, data=raw, content_type=content_type, headers=headers)

    return post
