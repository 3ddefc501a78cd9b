"""Two hundred people at work on pages, seconds between acts, before two processes. Run as a module; see `measuring`."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from threading import Lock, Thread
from time import perf_counter, sleep
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from api.access.sessions import begin_session
from api.accounts.administration import NewAccount, add_account
from api.accounts.unit_administration import add_unit
from api.application import create_app
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, start_case
from api.context.context import current_context
from api.context.settings import RecordSettings
from api.settings.accounts import AccountSettings
from api.settings.service import Settings
from api.store.account_tables import Account
from api.store.actors import Actor
from api.store.database import Database
from api.store.transactions import open_transaction
from api.store.upgrade import upgrade
from tests.api.accounts.people import HOSTS, IDENTITY_KEYS, KEY, SIGNING_KEY
from tests.api.records.world import unit_of
from tests.api.serving.server import serving
from tests.benchmarks.measuring import Measurement, report
from tests.benchmarks.pages import settle
from tests.benchmarks.service import databases, fill

PEOPLE, SECONDS, BETWEEN, OTHERS = 200, 40.0, (2.0, 8.0), 5_000
WITHIN_MS = 150
ITEM, PART = "substance_use", "individual"


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in and works with a case of their own."""

    cookie: str
    mark: str
    case: str
    draft: str


def at_work(url: str) -> list[Person]:
    """The people, each with a case whose assessment is begun, and the cases of others beside them."""
    database = Database(url)
    upgrade(database)
    database.close()
    app = create_app(Settings(hosts=HOSTS), RecordSettings(AccountSettings(KEY), url, SIGNING_KEY, IDENTITY_KEYS))
    with app.test_request_context():
        add_unit("sig", "SIG", "bench")
    people = [_person(app, number) for number in range(PEOPLE)]
    fill(url, OTHERS)
    settle(app, url)
    with app.app_context():
        current_context().database.close()
    return people


def _person(app: Flask, number: int) -> Person:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own kind
    with app.test_request_context():
        new = NewAccount(f"p{number}@kommun.example", f"P {number}", ("social_secretary",), ("sig",))
        key, _ = add_account(new, "bench")
        kept, now, actor = current_context(), datetime.now(UTC), Actor(key, frozenset({"sig"}))
        with open_transaction(kept.database) as work:
            account = work.get_one(Account, key)
            case = start_case(
                unit_of(work, now, actor), NewCase("sig", f"P-{number}", date(2010, 3, 14)), IDENTITY_KEYS
            )
            raw = {"assessed_on": now.date().isoformat(), "instrument": "youth_spj"}
            draft = start_draft(unit_of(work, now, actor), case.id, {**raw, "ratings": {"items": {}}})
        begin_session(account, "password")
        mark = generate_csrf()
        cookie = f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}"
        return Person(cookie, mark, case.id, draft.id)


def acts(person: Person, chance: random.Random) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """What somebody does, one act after the other: what it is called, where, and what is sent."""
    case, draft = f"/cases/{person.case}", f"/drafts/{person.draft}"
    while True:
        ties = chance.choice(["none", "suspected"])
        level = chance.choice(["low", "moderate", "high"])
        round_of_acts: list[tuple[str, str, dict[str, str] | None]] = [
            ("list", "/work", None),
            ("case", case, None),
            ("facts", f"{case}/facts", None),
            ("fact saved", f"{case}/facts", {"fact.gang_ties": ties}),
            ("rating saved", f"{draft}/{PART}", {f"item.{ITEM}": level}),
            ("screening", f"{case}/screen", {"guidance": "stockholm_2012"}),
        ]
        chance.shuffle(round_of_acts)
        yield from round_of_acts


class Day:
    """Everybody at work at the same time for a while, and how long each answer took."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = Lock()
        self._end = perf_counter() + SECONDS
        self.took: dict[str, list[float]] = {}
        self.wrong: list[str] = []

    def work(self, people: list[Person]) -> None:
        """Let them all work until the time is over."""
        chances = [random.Random(place) for place in range(len(people))]  # noqa: S311 -- invented, the same each time
        threads = [Thread(target=self._work_as, args=each) for each in zip(people, chances, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work_as(self, person: Person, chance: random.Random) -> None:
        sleep(chance.uniform(0, BETWEEN[1]))
        for name, path, sent in acts(person, chance):
            if perf_counter() >= self._end:
                return
            begun = perf_counter()
            try:
                status = self._ask(person, path, sent)
            except OSError as error:
                status = type(error).__name__
            with self._lock:
                self.took.setdefault(name, []).append(perf_counter() - begun)
                if status not in (200, 303):
                    self.wrong.append(f"{name}: {status}")
            sleep(chance.uniform(*BETWEEN))

    def _ask(self, person: Person, path: str, sent: dict[str, str] | None) -> int | str:
        headers = {"Cookie": person.cookie, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": person.mark}
        if sent is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Accept"] = "text/html" if path.endswith("/screen") else "application/json"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            body = None if sent is None else urlencode(sent)
            connection.request("GET" if sent is None else "POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def processor_time(processes: list[int]) -> float:
    """Seconds that processes have computed: unlike how long an answer takes, others on the machine hardly change it."""
    stats = [Path(f"/proc/{each}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for each in processes]
    return sum(int(each[11]) + int(each[12]) for each in stats) / os.sysconf("SC_CLK_TCK")


def measure(name: str, url: str) -> list[Measurement]:
    """How long the slowest twentieth of all answers waits, and that of each act."""
    people = at_work(url)
    with serving(url, "--workers", "2") as server:
        day, before = Day(server.port), processor_time(server.workers())
        day.work(people)
        spent = processor_time(server.workers()) - before
    every = [each for took in day.took.values() for each in took]
    section = f"{PEOPLE} people at work, two processes, {name}"
    slowest = quantiles(every, n=20)[-1] * 1000
    wanted = f"{WITHIN_MS} ms"
    measurements = [Measurement(section, "p95 of every act", "ms", slowest, wanted, WITHIN_MS, WITHIN_MS / slowest, 1)]
    for act, took in sorted(day.took.items()):
        measurements.append(Measurement(section, f"{act}, median", "ms", median(took) * 1000))
        measurements.append(Measurement(section, f"{act}, p95", "ms", quantiles(took, n=20)[-1] * 1000))
    for what, number in sorted(Counter(day.wrong).items()):
        measurements.append(Measurement(section, f"went wrong: {what}", "times", number))
    measurements.append(Measurement(section, "acts", "/s", len(every) / SECONDS))
    measurements.append(Measurement(section, "processor time of an act", "ms", spent / len(every) * 1000))
    return measurements


def main() -> None:
    measurements: list[Measurement] = []
    with databases() as each:
        for name, url, _ in each:
            measurements += measure(name, url)
    report(measurements)


if __name__ == "__main__":
    main()
