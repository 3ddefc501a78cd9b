"""Nothing that was acknowledged over HTTP is lost, at whatever moment the server is killed."""

import random
from collections import Counter
from datetime import UTC, datetime
from threading import Event, Thread
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from api.store.audit_chain import verify_audit
from api.store.database import Database
from api.store.schema import Case, CaseSummary, CaseUnit, Entry
from tests.api.accounts.people import House
from tests.api.serving.server import Program, Server, serving
from tests.api.store.filled import new_reference

CASES = "/api/v1/cases"
INTAKE = {"reporter": "school", "received_on": "2026-11-01", "preliminary_assessment": "open"}
CLIENTS = 6


class Clerk(Thread):
    """Opens cases and records in them, and keeps what was acknowledged. What got no answer is sent again."""

    def __init__(self, server: Server, token: str, stop: Event) -> None:
        super().__init__()
        self.program, self.stop = Program(server.port, token), stop
        self.cases: dict[str, str] = {}
        self.entries: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.broken = 0

    def run(self) -> None:
        while not self.stop.is_set():
            reference = new_reference()
            case = self._make(CASES, {"unit": "sig", "reference": reference})
            if case is not None:
                self.cases[reference] = case
                for _ in range(3):
                    entry = self._make(f"{CASES}/{case}/intakes", INTAKE)
                    if entry is not None:
                        self.entries.add(entry)
        self.program.close()

    def _make(self, path: str, body: dict[str, str]) -> str | None:
        key = {"Idempotency-Key": uuid4().hex}
        while not self.stop.is_set():
            answer = self.program.send("POST", path, body, key)
            if answer is None:
                self.broken += 1
                sleep(0.02)
                continue
            self.statuses[answer[0]] += 1
            if answer[0] == 201:
                return str(answer[1]["id"])
            if answer[0] != 503:
                return None
        return None


def key_of_a_clerk(house: House) -> str:
    house.clock.moment = datetime.now(UTC)  # as the server's own, which the key has to be valid by
    house.add("anna@kommun.example", "social_secretary")
    visitor = house.logged_in("anna@kommun.example")
    body = {"name": "journalsystem", "actions": ["case:open", "case:read", "intake:write"], "days": 1}
    made = visitor.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": visitor.api_token()})
    assert made.status_code == 201, made.text
    return str(made.get_json()["token"])


def kill_under_load(house: House, database_url: str, rounds: int) -> None:
    """Kill the process that answers at random moments, and everything at the end."""
    moments = random.Random(11)  # noqa: S311 -- only when to kill
    token, stop = key_of_a_clerk(house), Event()
    with serving(database_url) as server:
        clerks = [Clerk(server, token, stop) for _ in range(CLIENTS)]
        for clerk in clerks:
            clerk.start()
        try:
            for _ in range(rounds - 1):
                before = sum(len(clerk.cases) for clerk in clerks)
                for _ in range(500):
                    if sum(len(clerk.cases) for clerk in clerks) > before:
                        break
                    sleep(0.02)
                sleep(moments.uniform(0, 0.15))
                server.kill_a_worker()
            server.kill()
        finally:
            stop.set()
            for clerk in clerks:
                clerk.join(60)
    acknowledged = {reference: case for clerk in clerks for reference, case in clerk.cases.items()}
    entries = set().union(*(clerk.entries for clerk in clerks))
    statuses = sum((clerk.statuses for clerk in clerks), Counter[int]())
    assert statuses.keys() <= {201, 503}, statuses
    assert sum(clerk.broken for clerk in clerks) >= rounds, "no request was cut off: the kills came too late"
    assert len(acknowledged) >= rounds
    assert_nothing_is_lost(house.database, acknowledged, entries)


def assert_nothing_is_lost(database: Database, acknowledged: dict[str, str], entries: set[str]) -> None:
    with database.looking() as session:
        kept = {row.reference: row.id for row in session.execute(select(Case.reference, Case.id))}
        assert acknowledged.items() <= kept.items()
        assert entries <= set(session.scalars(select(Entry.id)))
        assert verify_audit(session).is_whole
        # whole or not at all: a case with its unit and its summary, and a summary that knows every entry
        assert set(session.scalars(select(CaseUnit.case_id))) == set(kept.values())
        counted = dict(iter(session.execute(select(Entry.case_id, func.count()).group_by(Entry.case_id))))
        summaries = {
            row.case_id: row.entries for row in session.execute(select(CaseSummary.case_id, CaseSummary.entries))
        }
        assert summaries == {case: counted.get(case, 0) for case in kept.values()}


def test_ten_kills_under_load_lose_nothing(house: House, database_url: str) -> None:
    kill_under_load(house, database_url, 10)


@pytest.mark.soak
def test_a_hundred_kills_under_load_lose_nothing(house: House, database_url: str) -> None:
    kill_under_load(house, database_url, 100)
