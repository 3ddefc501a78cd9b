"""What a batch needs before its first row: which guidances, which instrument, which columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.mapping import MappingFile
from instruments.row_faults import RowFaults
from instruments.tables import Chunk, Table
from screening.batch.cells import CellReader
from screening.batch.coded_rows import CodedRows
from screening.batch.plan import Plan, make_plan
from screening.batch.row_keys import read_keys
from screening.batch.row_questions import RowQuestions
from screening.evaluation import decide_columns
from screening.facts import FactDictionary
from screening.intake import Codes, Columns
from screening.library import BoundGuidance, Library

OutcomeCounts = NDArray[np.int64]


@dataclass(frozen=True)
class Request:
    """What is asked of a batch, in words that can be sent to another machine.

    Parameters
    ----------
    guidances : tuple of str
        Ids as in `Library.bind`; at least one.
    on : date
        The reference date of all rows.
    instrument : str or None
        None for the one that the mapping names or, without a mapping, the first guidance.
    mapping : MappingFile or None
        None where the columns have our own names.
    definitions : Path or None
        A folder of local definitions.
    """

    guidances: tuple[str, ...]
    on: date
    instrument: str | None = None
    mapping: MappingFile | None = None
    definitions: Path | None = None


@dataclass(frozen=True)
class Decided:
    """Some rows as one guidance decides them.

    Parameters
    ----------
    truths : int8 array, shape (nodes, n)
        The truth of every node of the guidance's rules.
    """

    columns: Columns
    truths: Codes


@dataclass(frozen=True)
class Preparation:
    """Everything that is needed to screen rows.

    Parameters
    ----------
    bounds : Mapping of str to BoundGuidance
        By the id that was asked for; all with the same instrument.
    """

    bounds: Mapping[str, BoundGuidance]
    plan: Plan
    dictionary: FactDictionary
    on: date

    @property
    def bound(self) -> BoundGuidance:
        """The first of the guidances."""
        return next(iter(self.bounds.values()))

    @cached_property
    def _reader(self) -> CellReader:
        return CellReader(self.plan, self.bound.rules.instrument, self.on)

    def read(self, chunk: Chunk, faults: RowFaults) -> tuple[pa.Array, CodedRows]:
        """The keys and codes of some rows. Where there are faults now, they are of no use."""
        return read_keys(chunk, self.plan.key, faults), self.code(chunk, faults)

    def code(self, chunk: Chunk, faults: RowFaults) -> CodedRows:
        """Some rows in codes."""
        return self._reader.read(chunk.batch, chunk.row_number, faults)

    @staticmethod
    def decide(bound: BoundGuidance, rows: CodedRows) -> Decided:
        """Decide rows under one of the guidances."""
        columns = rows.columns(bound.rules)
        return Decided(columns, decide_columns(bound.rules, columns))

    @cached_property
    def _questions(self) -> RowQuestions:
        return RowQuestions(self.bound.rules, is_rated=self.plan.is_rated)

    def questions(self, rows: CodedRows, decided: Decided) -> pa.DictionaryArray:
        """The open questions of rows under the first guidance; see `RowQuestions.find`."""
        return self._questions.find(rows, decided.columns, decided.truths)


def prepare(library: Library, table: Table, request: Request) -> Preparation:
    """Bind the guidances and settle which columns of a table are read.

    Raises
    ------
    InputError
        If the mapping or the table's columns do not fit.
    UnknownDefinitionError
        If a guidance or the instrument does not exist, or was not yet in force.
    """
    prepared = prepare_columns(library, table.names, request)
    table.require_types([column for column in prepared.plan.columns if column != prepared.plan.key])
    return prepared


def prepare_columns(library: Library, names: Sequence[str], request: Request) -> Preparation:
    """The same for a table in memory, of which only the columns' names are needed."""
    named = request.instrument or (request.mapping.content.instrument if request.mapping else None)
    instrument = library.bind(request.guidances[0], on=request.on, instrument=named).rules.instrument
    dictionary = library.facts(request.on)
    plan = make_plan(names, instrument, dictionary, request.mapping)
    used = f"{instrument.id}@{instrument.version}"
    bounds = {
        name: library.bind(name, on=request.on, instrument=used, is_rated=plan.is_rated) for name in request.guidances
    }
    return Preparation(bounds, plan, dictionary, request.on)
