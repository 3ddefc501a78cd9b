"""Makes what is frozen for the tables of today: ``python -m tests.api.frozen.making``, in a clean checkout.

It is made once for a version, before anything of it is changed, and never again: what is there is not overwritten.
The same is recorded in both databases, with the same keys, and both must give the same answers.
"""

import hashlib
import json
import lzma
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest.mock import patch

from api.store.backup import back_up
from api.store.database import Database
from api.store.upgrade import latest_version, upgrade
from tests.api.accounts.people import Clock
from tests.api.frozen.asking import Asking
from tests.api.frozen.exchange import Row, Sender, names_on
from tests.api.frozen.service import BACKUP_KEY, house_on
from tests.api.frozen.town import Town
from tests.api.store.databases import new_postgresql, serving_postgresql

HERE = Path(__file__).parent


@contextmanager
def same_keys() -> Iterator[None]:
    """Let random keys be the same each time."""
    made = count()

    def bytes_of(size: int | None = None) -> bytes:
        return hashlib.sha256(f"frozen {next(made)}".encode()).digest()[: size or 32]

    with patch("uuid.os", SimpleNamespace(urandom=bytes_of)), patch("secrets.token_bytes", bytes_of):
        yield


def make(target: Path) -> None:
    """Make the backups and the exchanges in a folder that is not there yet."""
    target.mkdir()
    with TemporaryDirectory() as folder, serving_postgresql() as server:
        place = Path(folder)
        kinds = {"sqlite": f"sqlite:///{place / 'town.sqlite'}", "postgresql": new_postgresql(server)}
        made = {kind: _make_on(url, kind, target, place) for kind, url in kinds.items()}
    (rows, people), other = made["sqlite"], made["postgresql"]
    for ours, theirs in zip(rows, other[0], strict=True):
        assert ours == theirs, f"the databases differ:\n{ours}\n{theirs}"
    assert people == other[1]
    (target / "people.json").write_text(json.dumps(people, indent=1) + "\n", encoding="utf-8")
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (target / "exchanges.jsonl.xz").write_bytes(lzma.compress(lines.encode(), preset=9))


def _make_on(url: str, kind: str, target: Path, folder: Path) -> tuple[list[Row], dict[str, object]]:
    database, clock = Database(url), Clock()
    upgrade(database)
    with same_keys():
        house = house_on(database, clock, folder)
        town = Town(house)
        town.found()
        back_up(database, folder / kind, BACKUP_KEY)
        (target / f"{kind}.backup.xz").write_bytes(lzma.compress((folder / kind).read_bytes(), preset=9))
        secrets = {
            name: {"email": f"{name}@kommun.example", "key": each.key} for name, each in sorted(town.people.items())
        }
        people = {"now": clock().isoformat(), "people": secrets, "passwords": house.passwords}
        rows = Asking(Sender(house, secrets, names_on(database)), town).everything()
    database.close()
    return rows, people


if __name__ == "__main__":
    place = HERE / f"tables_{latest_version()}"
    if place.exists():
        sys.exit(f"{place.name} is there already. What is frozen is never made anew.")
    make(place)
