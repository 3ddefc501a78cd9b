"""A process that records without end and tells on its output what the database has acknowledged; it is to be killed."""

import sys
from datetime import UTC, date, datetime
from threading import Lock, Thread

from api.cases.events import record
from api.cases.register import NewCase, start_case
from api.store.actors import Actor
from api.store.database import Database
from api.store.identity import IdentityKeys
from api.store.transactions import open_transaction
from tests.api.records.world import unit_of
from tests.api.store.filled import new_reference

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEYS = IdentityKeys({"1": b"a" * 32}, "1")
INTAKE = {"reporter": "school", "received_on": "2026-11-01", "preliminary_assessment": "open"}


def write(database: Database, actor: Actor, told: Lock) -> None:
    while True:
        with open_transaction(database) as session:
            case = start_case(unit_of(session, NOW, actor), NewCase("sig", new_reference(), date(2010, 1, 1)), KEYS)
            first = record(unit_of(session, NOW, actor), case.id, "intake", INTAKE)
            second = record(
                unit_of(session, NOW, actor), case.id, "correction", {"text": "x", "ground": "y"}, subject=first.id
            )
        with told:
            print(case.id, first.id, second.id, flush=True)


if __name__ == "__main__":
    served, lock = Database(sys.argv[1]), Lock()
    for name in ("anna", "bo", "cecilia"):
        Thread(target=write, args=(served, Actor(name, frozenset({"sig"})), lock)).start()
