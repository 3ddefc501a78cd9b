"""Rows of a table as single intakes, and the files with their complete explanations."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

import pyarrow as pa

from instruments.faults import Fault, InputError
from instruments.mapped_columns import text_of_cell
from instruments.messages import Catalogue
from instruments.ratings import BLANK, read_ratings
from instruments.row_faults import shown, shown_path
from screening.batch.cell_values import cell_reader, packed_reader, read_day, read_window
from screening.batch.coded_rows import UNDATED
from screening.batch.plan import NOT_FOUND, Input
from screening.batch.preparation import Preparation
from screening.coding import Intake
from screening.criteria import ITEM_PREFIX
from screening.explanation import explain
from screening.fact_reading import read_facts
from screening.facts import EVER
from screening.intake import EVER_MONTHS
from screening.rendering import render

#: Up to so many rows there is a file for each; beyond, one file with a line for each.
MOST_FILES = 10_000
ONE_FILE_ENDING = ".jsonl"


def intake_of_row(prepared: Preparation, batch: pa.RecordBatch, row: int) -> Intake:
    """One row as an intake, read as one that is sent alone.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    facts = facts_of_row(prepared, batch, row)
    ratings = None
    if prepared.plan.is_rated:
        instrument = prepared.bound.rules.instrument
        items = {
            given.name.removeprefix(ITEM_PREFIX): _item(prepared, given, batch, row) for given in prepared.plan.items
        }
        ratings = read_ratings({"items": items}, instrument)
    return Intake(prepared.on, read_facts(facts, prepared.dictionary, on=prepared.on), ratings)


def facts_of_row(prepared: Preparation, batch: pa.RecordBatch, row: int) -> dict[str, Any]:
    """The facts of one row in their JSON form; see `read_facts`."""
    return {given.name: _fact(prepared, given, batch, row) for given in prepared.plan.facts}


def _fact(prepared: Preparation, given: Input, batch: pa.RecordBatch, row: int) -> Any:
    cells = [batch.column(column)[row].as_py() for column in given.columns]
    if given.kind in ("date", "text"):
        blank = given.codes.get(text_of_cell(cells[0]))
        if blank is not None:
            return _not_found(given.columns[0], cells[0]) if blank == NOT_FOUND else None
        return text_of_cell(cells[0])
    codes = [_code(given, batch, column, raw) for column, raw in zip(given.columns, cells, strict=True)]
    given_fact: dict[str, object] = {}
    if given.source is not None:
        given_fact["source"] = given.source
    if given.observed_on is not None:
        given_fact["observed_on"] = _day(given, batch, given.observed_on, row)
    if NOT_FOUND in codes:
        return {**given_fact, **_not_found(given.columns[codes.index(NOT_FOUND)], cells[codes.index(NOT_FOUND)])}
    if BLANK in codes:
        return {**given_fact, "value": None}
    if given.window_months is not None or given.window_column is not None:
        given_fact["window_months"] = _window(given, batch, row)
    return {**given_fact, "value": prepared.dictionary.by_id[given.name].value_of(sum(codes))}


def _item(prepared: Preparation, given: Input, batch: pa.RecordBatch, row: int) -> Any:
    raw = batch.column(given.columns[0])[row].as_py()
    code = _code(given, batch, given.columns[0], raw)
    if code == NOT_FOUND:
        return _not_found(given.columns[0], raw)
    instrument = prepared.bound.rules.instrument
    return None if code == BLANK else instrument.levels(instrument.item(given.name.removeprefix(ITEM_PREFIX)))[code]


def _code(given: Input, batch: pa.RecordBatch, column: str, raw: Any) -> int:
    is_packed = given.can_be_packed and batch.column(column).type == pa.int8() and raw is not None
    return packed_reader(given)(raw) if is_packed else cell_reader(given)(raw)


def _not_found(column: str, raw: object) -> Mapping[str, object]:
    """What was looked for in vain; the reason is what the file says."""
    return {"missing": "not_found", "reason": f"{column}: {shown(raw)}"}


def _day(given: Input, batch: pa.RecordBatch, column: str, row: int) -> str | None:
    raw = batch.column(column)[row].as_py()
    return None if read_day(raw, given) == UNDATED else text_of_cell(raw)


def _window(given: Input, batch: pa.RecordBatch, row: int) -> int | str | None:
    months = given.window_months
    if given.window_column is not None:
        months = read_window(text_of_cell(batch.column(given.window_column)[row].as_py()))
    return EVER if months == EVER_MONTHS else None if months == BLANK else months


def explain_rows(prepared: Preparation, batch: pa.RecordBatch, catalogue: Catalogue, engine: str) -> Iterator[bytes]:
    """The explanation of every row as a line of JSON, with the row's key first.

    Parameters
    ----------
    engine : str
        The version of the software.
    """
    for row in range(len(batch)):
        explanation = explain(prepared.bound, intake_of_row(prepared, batch, row))
        rendered = render(explanation, catalogue, engine=engine, for_rater=False)
        line = {"key": batch.column(prepared.plan.key)[row].as_py(), **rendered}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def as_indented_json(told: Mapping[str, Any]) -> str:
    """An explanation as JSON that can be read."""
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


class Form(NamedTuple):
    """How the explanations of few rows are written.

    Parameters
    ----------
    ending : str
        Of the name of a file.
    write : callable
        What stands in the file of a row, of its key and its explanation.
    """

    ending: str = "json"
    write: Callable[[Mapping[str, Any]], str] = as_indented_json


JSON = Form()


class ExplanationFiles:
    """The explanations of a table: a folder with a file for each of few rows, or one file with a line for each of many.

    They appear whole or not at all, when they are finished.

    Parameters
    ----------
    wanted : Path
        Where the folder shall be, or with the ending ``.jsonl`` the one file.
    form : Form
        Of the files in a folder; the lines of one file are always JSON.

    Raises
    ------
    InputError
        If the place is taken or cannot be.
    """

    def __init__(self, wanted: Path, form: Form = JSON) -> None:
        if not wanted.parent.is_dir():
            raise InputError([Fault("no-such-folder", shown_path(wanted.parent), {})])
        if wanted.exists() and (not wanted.is_file() or wanted.suffix != ONE_FILE_ENDING):
            raise InputError([Fault("place-is-taken", shown_path(wanted), {})])
        self._wanted, self._form = wanted, form
        name = f".{wanted.name}.{secrets.token_hex(4)}.part"
        self._lines, self._folder = wanted.with_name(name), wanted.with_name(name + "s")
        self._rows = 0

    def __enter__(self) -> "ExplanationFiles":
        self._file = self._lines.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._lines.unlink(missing_ok=True)
        rmtree(self._folder, ignore_errors=True)

    def write(self, lines: list[bytes]) -> None:
        """Add the explanations of some rows."""
        self._file.writelines(lines)
        self._rows += len(lines)

    def finish(self) -> Path:
        """Put the files in their place and tell where that is: as wanted, or the same name with ``.jsonl``."""
        self._file.close()
        if self._wanted.suffix == ONE_FILE_ENDING:
            return self._lines.replace(self._wanted)
        if self._rows > MOST_FILES:
            return self._lines.replace(self._wanted.with_name(self._wanted.name + ONE_FILE_ENDING))
        self._folder.mkdir()
        digits = len(str(self._rows))
        with self._lines.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = self._form.write(json.loads(line))
                (self._folder / f"{number:0{digits}d}.{self._form.ending}").write_text(text, encoding="utf-8")
        return self._folder.replace(self._wanted)
