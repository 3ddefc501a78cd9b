"""Nothing that was acknowledged is ever lost, whenever the process is killed."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.cases.register import add_unit
from api.store.audit_chain import verify_audit
from api.store.database import Database
from api.store.schema import Case, CaseSummary, Entry
from api.store.transactions import open_transaction
from tests.api.records import writing
from tests.api.records.world import ADMINISTRATOR, NOW, unit_of

ROOT = Path(__file__).parents[3]


def kill_at_random_moments(database: Database, url: str, rounds: int) -> int:
    """Kill a writing process again and again; return how many records it was told to be kept."""
    moments = random.Random(7)  # noqa: S311 -- only when to kill
    acknowledged: list[list[str]] = []
    with open_transaction(database) as session:
        add_unit(unit_of(session, NOW, ADMINISTRATOR), "sig", "SIG")
    for _ in range(rounds):
        path = str(Path(writing.__file__).relative_to(ROOT).with_suffix("")).replace("/", ".")
        process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-m", path, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(moments.randint(1, 25)):
            acknowledged.append(process.stdout.readline().split())
        try:
            process.wait(moments.uniform(0, 0.02))
        except subprocess.TimeoutExpired:
            process.kill()
        acknowledged += [
            line.split() for line in process.communicate()[0].splitlines(keepends=True) if line[-1] == "\n"
        ]
        with database.looking() as session:
            kept = set(session.scalars(select(Entry.id))) | set(session.scalars(select(Case.id)))
            assert {key for line in acknowledged for key in line} <= kept
            assert verify_audit(session).is_whole
            counted = select(Entry.case_id, func.count()).group_by(Entry.case_id)
            assert {count for _, count in session.execute(counted)} == {2}, "a record was half written"
            assert set(session.scalars(select(CaseSummary.entries))) == {2}
    return len(acknowledged)


def test_ten_kills_lose_nothing(database: Database, database_url: str) -> None:
    assert kill_at_random_moments(database, database_url, 10) >= 10


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing(database: Database, database_url: str) -> None:
    assert kill_at_random_moments(database, database_url, 100) >= 100
