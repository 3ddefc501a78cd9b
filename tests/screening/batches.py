"""Small tables for the tests of the batch side, and what screening them gives."""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from instruments.faults import Fault, InputError
from instruments.mapping import MappingFile, read_mapping
from instruments.messages import LANGUAGES, Message
from instruments.shipped import TABLE_LOCALE
from instruments.table_files import open_table
from screening.batch.pipeline import Summary, screen_part, screen_table
from screening.batch.preparation import Preparation, Request, prepare
from screening.library import INSTRUMENT_LOCALE, LOCALE
from tests.cases.reading import library

ON = date(2026, 11, 21)
LIBRARY = library()
CATALOGUE = LIBRARY.catalogue.from_folders(INSTRUMENT_LOCALE, TABLE_LOCALE, LOCALE, LOCALE / "batch")
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalonia_savry.csv"
needs_real = pytest.mark.skipif(not REAL.is_file(), reason="the real data is not beside the repository")
CATALONIA = Path(__file__).resolve().parents[2] / "screening" / "mappings" / "catalonia_savry.yaml"

Row = Mapping[str, object]


def write_csv(path: Path, rows: Iterable[Row], delimiter: str = ",") -> Path:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, columns: Mapping[str, Any], **more: Any) -> Path:
    pq.write_table(pa.table(dict(columns)), path, **more)
    return path


def write_mapping(folder: Path, text: str) -> MappingFile:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def prepared_for(
    path: Path, *guidances: str, mapping: MappingFile | None = None, on: date = ON, instrument: str | None = None
) -> Preparation:
    request = Request(guidances or ("stockholm_2012",), on, instrument, mapping)
    return prepare(LIBRARY, open_table(path), request)


def screen(path: Path, output: Path, *guidances: str, **more: Any) -> Summary:
    """Screen a file as the command does."""
    prepared = prepared_for(path, *guidances, **more)
    table = open_table(path)
    return screen_table(prepared, table, output, screen_part(prepared, table))


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, Any]]:
    """The rows of a result, whatever its kind."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))["people"]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def faults_of(path: Path, output: Path, *guidances: str, **more: Any) -> list[Fault]:
    """The faults for which a table is refused. Each has a sentence in both languages; nothing is written."""
    before = sorted(each.name for each in output.parent.iterdir())
    with pytest.raises(InputError) as caught:
        screen(path, output, *guidances, **more)
    assert sorted(each.name for each in output.parent.iterdir()) == before
    for fault in caught.value.faults:
        say(fault)
    return list(caught.value.faults)


def say(fault: Fault) -> list[str]:
    """A fault's sentences."""
    message = Message(f"fault.{fault.code}", fault.parameters)
    return [CATALOGUE.render(message, language) for language in LANGUAGES]


def codes(faults: Iterable[Fault]) -> list[tuple[str, str]]:
    return [(fault.code, fault.where) for fault in faults]
