"""What a version before recorded is read by the one of today, and what was asked of it then is answered as it was.

Each folder of ``frozen`` holds backups of one town in both kinds of database, and requests with their answers, in their
order. They are never made anew; see `tests.api.frozen.exchange` for what is held against what. An answer that differs
breaks programs that others have written. Where it is meant, it is a new version of the address or of a definition.
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.kinds import Screening
from api.cases.screenings.receipts import signing_key, verify_receipt
from api.cases.screenings.rules import replay
from api.store.audit_chain import verify_audit
from api.store.backup import restore
from api.store.database import Database
from api.store.schema import Entry
from api.store.upgrade import refuse_other_schema
from tests.api.accounts.people import Clock, House
from tests.api.frozen.exchange import Row, Sender, differences, names_on
from tests.api.frozen.service import BACKUP_KEY, SIGNING_KEY, house_on
from tests.api.records.world import LIBRARY

FROZEN = sorted(each for each in (Path(__file__).parent / "frozen").iterdir() if each.name.startswith("tables_"))
SHOWN = 25


@dataclass
class Restored:
    """A town of before, in the service of today."""

    house: House
    people: dict[str, dict[str, str]]
    rows: list[Row]


def exchanges(folder: Path) -> list[Row]:
    lines = lzma.decompress((folder / "exchanges.jsonl.xz").read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def restored(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Iterator[Restored]:
    folder, database = request.param, Database(empty_url)
    backup = tmp_path / "backup"
    kind = "sqlite" if database.is_sqlite else "postgresql"
    backup.write_bytes(lzma.decompress((folder / f"{kind}.backup.xz").read_bytes()))
    restore(backup, database, BACKUP_KEY.public_key())
    about = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    clock = Clock(datetime.fromisoformat(about["now"]))
    house = house_on(database, clock, tmp_path / "letters")
    house.passwords = about["passwords"]
    yield Restored(house, about["people"], exchanges(folder))
    database.close()


def test_what_was_recorded_is_whole(restored: Restored) -> None:
    refuse_other_schema(restored.house.database)
    with restored.house.database.looking() as session:
        assert verify_audit(session).is_whole
        screenings = session.scalars(select(Entry).where(Entry.kind == Screening.KIND)).all()
        assert len(screenings) > 20
        for each in screenings:
            again = replay(each, LIBRARY)
            assert again.agrees
            assert again.from_submission == again.from_codes == each.content["sha256"]


def test_what_was_asked_then_is_answered_as_it_was(restored: Restored) -> None:
    sender = Sender(restored.house, restored.people, names_on(restored.house.database))
    found = [
        f"{number}. {row['by']} {row['method']} {row['path']}: {difference}"
        for number, row in enumerate(restored.rows, 1)
        for difference in differences(row["answer"], sender.kept(sender.send(row), row), grows=bool(row.get("grows")))
    ]
    assert not found, "\n".join([f"{len(found)} places differ:", *found[:SHOWN]])


@pytest.mark.parametrize("folder", FROZEN, ids=lambda folder: folder.name)
def test_a_receipt_that_was_made_then_verifies(folder: Path) -> None:
    receipts = [row["answer"]["json"] for row in exchanges(folder) if row["path"].endswith("/receipt")]
    made = [each for each in receipts if "signature" in each]
    assert len(made) >= 5
    for receipt in made:
        report = verify_receipt(receipt, signing_key(SIGNING_KEY).public_key(), LIBRARY)
        assert report.holds, report


def test_every_way_of_answering_is_among_them() -> None:
    rows = [row for folder in FROZEN for row in exchanges(folder)]
    assert {row["answer"]["status"] for row in rows} >= {
        *(200, 201, 204, 304),
        *(400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428),
    }
    shown: list[Any] = [row["answer"]["shows"] for row in rows if row.get("page")]
    assert sum(map(len, shown)) > 20, "pages that show what people wrote"


@pytest.mark.parametrize(
    ("now", "grows", "found"),
    [
        ({"a": 1, "list": [1, {"b": None}]}, False, []),
        ({"a": 1.0, "list": [1, {"b": None}]}, False, ["/a: 1 became 1.0"]),
        ({"a": 1, "list": [1, {"b": 0}]}, False, ["/list/1/b: None became 0"]),
        ({"a": 1, "list": [1, {}]}, False, ["/list/1/b is gone: None"]),
        ({"a": 1, "list": [1, {"b": None}], "c": 2}, False, ["/c is new: 2"]),
        ({"a": 1, "list": [1, {"b": None}, 3]}, False, ["/list: [1, {'b': None}] became [1, {'b': None}, 3]"]),
        ({"a": 1, "list": [3, {"b": None}, 1]}, True, []),
        ({"a": 1, "list": [3, {"b": None}]}, True, ["/list has no more: 1"]),
    ],
)
def test_whatever_differs_is_told_with_its_place(now: Any, grows: bool, found: list[str]) -> None:
    assert list(differences({"a": 1, "list": [1, {"b": None}]}, now, grows=grows)) == found
