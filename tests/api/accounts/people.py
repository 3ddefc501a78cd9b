"""An application with accounts, on either database, and people who use it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from api.accounts.administration import NewAccount, add_account, close_account, set_roles
from api.accounts.mail import EXTENSION as OUTBOX
from api.accounts.passwords import HASHER
from api.accounts.unit_administration import add_unit
from api.application import Application, create_app
from api.context.context import current_context
from api.context.settings import RecordSettings
from api.settings.accounts import AccountSettings
from api.settings.service import LOOPBACK, Settings
from api.store.database import Database
from api.store.identity import IdentityKeys
from api.store.schema import Audit

KEY = "kXv7-2pQ9sLw_0aZt4Rb8YdNc6HgUe1J"
SIGNING_KEY = bytes(range(32))
IDENTITY_KEYS = IdentityKeys({"1": bytes(range(32, 64))}, "1")
HOST = "https://underlag.example"
HOSTS = ("underlag.example", *LOOPBACK)
_OPENED: list[Database] = []
#: The hidden field of a form.
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class CompiledTemplates(BytecodeCache):
    """Templates as they were compiled for an earlier application of the same run of the tests."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._compiled.get((bucket.key, bucket.checksum))
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """An address as its functions were compiled for an earlier application; they hold nothing of it."""

    _compiled: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        known = (self.rule, *self._trace, repr(self.defaults), append_unknown)
        if known not in self._compiled:
            self._compiled[known] = super()._compile_builder(append_unknown)
        return self._compiled[known]


_TEMPLATES = CompiledTemplates()
Application.url_rule_class = CompiledRule


@dataclass
class Clock:
    """A clock that the test moves."""

    moment: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


@dataclass
class House:
    """A municipality: its application, its letters, its clock."""

    app: Flask
    database: Database
    letters: Path
    clock: Clock
    passwords: dict[str, str] = field(default_factory=dict)

    def add(self, email: str, *roles: str, unit: str = "sig", **more: Any) -> str:
        """Set up an account; the password is kept for `log_in`."""
        with self.app.app_context():
            add_unit(unit, unit.upper(), "test")
            account, password = add_account(NewAccount(email, email.partition("@")[0], roles, (unit,), **more), "test")
        self.passwords[email] = password or ""
        return account

    def set_roles(self, email: str, *roles: str) -> None:
        with self.app.app_context():
            set_roles(email, roles, None, "test")

    def move(self, email: str, unit: str) -> None:
        """Let an account of social secretaries belong to another unit and no more to its own."""
        with self.app.app_context():
            set_roles(email, ["social_secretary"], [unit], "test")

    def close(self, email: str) -> None:
        with self.app.app_context():
            close_account(email, "test")

    def visitor(self) -> "Visitor":
        return Visitor(self.app.test_client())

    def logged_in(self, email: str) -> "Visitor":
        visitor = self.visitor()
        answer = visitor.log_in(email, self.passwords[email])
        assert answer.status_code == 303, answer.text
        return visitor

    def audit(self, **wanted: str) -> list[Audit]:
        with self.database.looking() as session:
            rows = session.scalars(select(Audit).order_by(Audit.number)).all()
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]

    def sent_letters(self) -> list[Path]:
        """The letters, once all that were taken have been sent."""
        self.app.extensions[OUTBOX].wait()
        return list(self.letters.glob("*.eml"))

    def last_letter(self) -> str:
        latest = max(self.sent_letters(), key=lambda path: path.stat().st_mtime_ns)
        from email import message_from_bytes, policy

        message = message_from_bytes(latest.read_bytes(), policy=policy.default)
        return str(message.get_content())


@dataclass
class Visitor:
    """A browser: it keeps cookies and sends the hidden field of the form that it was shown."""

    client: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=HOST, buffered=True, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, *, shown_at: str | None = None) -> TestResponse:
        token = self.csrf_token(shown_at or path)
        return self.client.post(path, base_url=HOST, data={"csrf_token": token, **(form or {})})

    def csrf_token(self, path: str = "/log-in") -> str:
        token = TOKEN.search(self.get(path).text)
        assert token, path
        return token[1]

    def log_in(self, email: str, password: str, **more: str) -> TestResponse:
        return self.post("/log-in", {"email": email, "password": password, **more})

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.open(path, method=method, base_url=HOST, json=body, headers=headers, buffered=True)

    def api_token(self) -> str:
        """What a page of ours would send with what it changes through the API."""
        return str(self.get("/api/v1/account").get_json()["csrf_token"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(database: Database, tmp_path: Path, clock: Clock) -> House:
    """The application with accounts, on each database in turn."""
    letters = tmp_path / "letters"
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{letters}"))
    return House(app, database, letters, clock)


def make_app(
    database: Database,
    clock: Clock,
    settings: AccountSettings,
    definitions: Path | None = None,
    records: RecordSettings | None = None,
) -> Flask:
    """The whole service on a database; its passwords cost little, since what argon2 costs is not what is tested."""
    url = database.url.render_as_string(hide_password=False)
    records = records or RecordSettings(settings, url, SIGNING_KEY, IDENTITY_KEYS)
    app = create_app(Settings(definitions, hosts=HOSTS), records, now=clock)
    app.extensions[HASHER] = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    app.jinja_env.bytecode_cache = _TEMPLATES
    with app.app_context():
        _OPENED.append(current_context().database)
    return app


@pytest.fixture(autouse=True)
def closed_databases() -> Iterator[None]:
    """Give back the connections of every application that a test put together."""
    yield
    while _OPENED:
        _OPENED.pop().close()
