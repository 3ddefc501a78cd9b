"""The migration by which the summaries of cases learn what applies: nothing is invented for what is there."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Table, insert, text

from api.cases.summary import rebuild_summaries
from api.store import upgrade as upgrading
from api.store.database import Database
from api.store.schema import CaseSummary, Entry
from api.store.upgrade import upgrade
from tests.api.store.filled import NOON, add_case

ENTRY, SUMMARY = (cast(Table, each.__table__) for each in (Entry, CaseSummary))
ASKED = text("SELECT review, stage, review_id, stated_outcome FROM case_summary ORDER BY review, stage")


@pytest.fixture
def before(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database as it was before deviations stated what applies."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrading.MIGRATIONS, folder)
    for path in (folder / "versions").glob("*.py"):
        if path.name >= "0009":
            path.unlink()
    database = Database(empty_url)
    with monkeypatch.context() as then:
        then.setattr(upgrading, "MIGRATIONS", folder)
        upgrade(database)
    yield database
    database.close()


def reviewed(database: Database, verdict: str | None, *, waits: bool = False) -> str:
    """A case that was screened and reviewed then, with its summary of then; the key of its review."""
    with database.unit_of_work() as session:
        case = add_case(session)
        screening, review = case[::-1], f"{case[1:]}f"
        about = {"case_id": case, "made_by": "bo", "made_at": NOON, "hidden_from_guardians": False}
        screened = {"id": screening, "number": 1, "kind": "screening", "salt": screening, **about}
        session.execute(insert(ENTRY).values(**screened, content={"guidance": "skl_2015", "outcome": "supports_offer"}))
        if verdict is not None:
            signed = {"id": review, "number": 2, "kind": "review", "subject_id": screening, "salt": review, **about}
            content = {"verdict": verdict, "needs_second_person": waits}
            session.execute(insert(ENTRY).values(**signed, content=content))
        summary = {
            "case_id": case,
            "entries": 1 if verdict is None else 2,
            "last_entry_at": NOON,
            "stage": "reviewed" if verdict else "screened",
            "screening_id": screening,
            "guidance": "skl_2015",
            "outcome": "supports_offer",
            "review": "awaits_second_person" if waits else verdict,
        }
        session.execute(insert(SUMMARY).values(**summary))
    return review


def test_every_deviation_that_is_there_joins_the_queue_and_the_summaries_can_be_rebuilt(before: Database) -> None:
    reviewed(before, None)
    agreed, alone = reviewed(before, "agree"), reviewed(before, "deviate")
    waiting = reviewed(before, "deviate", waits=True)
    upgrade(before)
    with before.looking() as session:
        summaries = {tuple(row) for row in session.execute(ASKED)}
    assert summaries == {
        (None, "screened", None, None),
        ("agree", "reviewed", agreed, None),
        ("outcome_not_stated", "screened", alone, None),
        ("outcome_not_stated", "screened", waiting, None),
    }
    with before.unit_of_work() as session:
        rebuild_summaries(session)
    with before.looking() as session:
        assert {tuple(row) for row in session.execute(ASKED)} == summaries
