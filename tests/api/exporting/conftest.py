"""A town that is built once and copied: building it takes longer than any test of it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from api.store.database import Database
from tests.api.exporting.town import Town, twenty


@pytest.fixture(scope="session")
def town_file(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A SQLite file with the twenty, and their cases."""
    path = Path(copy(sqlite_with_tables, tmp_path_factory.mktemp("town") / "underlag.sqlite"))
    database = Database(f"sqlite:///{path}")
    town = twenty(database)
    database.close()
    return path, town.cases


@pytest.fixture
def town(town_file: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Town]:
    """A copy of the town of its own for each test."""
    path, cases = town_file
    database = Database(f"sqlite:///{copy(path, tmp_path / 'town.sqlite')}")
    yield Town(database, dict(cases))
    database.close()


@pytest.fixture
def town_of_each(database: Database) -> Town:
    """The town on each kind of database in turn."""
    return twenty(database)
