"""Screening a table of any size: read in chunks, decided in columns, written in the order of the input."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from instruments.row_faults import RowFaults
from instruments.tables import Chunk, Part, Table
from screening.batch.arrow_arrays import words_of
from screening.batch.preparation import Decided, OutcomeCounts, Preparation
from screening.batch.results import Results, appearing_whole, open_results
from screening.batch.row_best_before import best_before_columns
from screening.batch.row_explanations import JSON, ExplanationFiles, Form, explain_rows
from screening.batch.row_keys import Hashes, KeyRegister, hash_keys
from screening.intake import Codes
from screening.library import BoundGuidance, Library
from screening.recommendation import OUTCOMES
from screening.ruleset import RuleSet
from screening.truth import MET, WORDS

#: Consents are not in a table, so the gate of every row is unknown.
GATE = "unknown"
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Screened:
    """Some rows that have been screened.

    Parameters
    ----------
    results : RecordBatch or None
        ``key``, ``outcome``, ``gate``, ``flags``, ``criterion.<id>`` and ``open_questions``, with the columns of
        `screening.batch.row_best_before` where they are wanted; None where there are faults.
    hashes : uint64 array
        Of the keys; see `screening.batch.row_keys`.
    outcomes : int64 array, shape (3,)
        How many rows have each outcome, in the order of `OUTCOMES`.
    explanations : list of bytes
        A line of JSON for each row, where they were asked for.
    """

    rows: int
    results: pa.RecordBatch | None
    hashes: Hashes
    outcomes: OutcomeCounts
    explanations: list[bytes] = field(default_factory=list)
    faults: RowFaults = field(default_factory=RowFaults)


@dataclass(frozen=True)
class Summary:
    """The result of a batch.

    Parameters
    ----------
    outcomes : Mapping of str to int
        Rows by outcome.
    ignored : tuple of str
        Columns of the input that were not read.
    definitions : Mapping of str to str
        ``id@version`` of every file used, with its SHA-256.
    explanations : Path or None
        Where they were written.
    """

    rows: int
    outcomes: Mapping[str, int]
    ignored: tuple[str, ...]
    definitions: Mapping[str, str]
    explanations: Path | None = None


def screen_part(
    prepared: Preparation,
    table: Table,
    part: Part | None = None,
    *,
    explainer: "Explainer | None" = None,
    dated_by: Library | None = None,
    with_questions: bool = True,
) -> Iterator[Screened]:
    """Screen a part of a table, a chunk at a time. The last one holds the faults of all.

    Parameters
    ----------
    part : Part or None
        None for the whole table.
    explainer : Explainer or None
        Makes the explanations, where they are wanted.
    dated_by : Library or None
        The definitions by which it is told until when each row stands, where that is wanted.
    with_questions : bool
        Whether the open questions are wanted; without them the column is empty.
    """
    bound, faults = prepared.bound, RowFaults()
    nothing = np.zeros(len(OUTCOMES), dtype=np.int64)
    for chunk in table.read(prepared.plan.columns, prepared.plan.key, faults, part):
        keys, rows = prepared.read(chunk, faults)
        hashes = hash_keys(keys)
        if faults:
            yield Screened(len(keys), None, hashes, nothing)
            continue
        decided = prepared.decide(bound, rows)
        questions = prepared.questions(rows, decided) if with_questions else None
        counts = np.bincount(decided.truths[bound.rules.outcome], minlength=len(OUTCOMES))
        explanations = list(explainer.explain(prepared, chunk.batch)) if explainer else []
        more = best_before_columns(prepared, chunk.batch, dated_by) if dated_by is not None else {}
        results = result_batch(bound, keys, decided, questions, more)
        yield Screened(len(keys), results, hashes, counts, explanations)
    yield Screened(0, None, np.zeros(0, dtype=np.uint64), nothing, faults=faults)


@dataclass(frozen=True)
class Explainer:
    """What it takes to write explanations: the words, and the version of the software."""

    library: Library
    engine: str

    def explain(self, prepared: Preparation, batch: pa.RecordBatch) -> Iterator[bytes]:
        """The explanation of every row; see `explain_rows`."""
        return explain_rows(prepared, batch, self.library.catalogue, self.engine)


def result_batch(
    bound: BoundGuidance,
    keys: pa.Array,
    decided: Decided,
    questions: pa.DictionaryArray | None,
    more: Mapping[str, pa.Array] = MappingProxyType({}),
) -> pa.RecordBatch:
    """The columns of the result, with more after them. Statuses become words without being copied."""
    rules, truths = bound.rules, decided.truths
    same = np.zeros(len(keys), dtype=np.int8)
    columns = {
        "key": keys,
        "outcome": words_of(truths[rules.outcome], OUTCOMES),
        "gate": words_of(same, (GATE,)),
        "flags": _flags(rules, truths),
        **{f"criterion.{node.name}": words_of(truths[node.position], WORDS) for node in rules.criteria},
        "open_questions": words_of(same, ("",)) if questions is None else questions,
        **more,
    }
    fields = [pa.field(name, column.type, nullable=False) for name, column in columns.items()]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))


def _flags(rules: RuleSet, truths: Codes) -> pa.DictionaryArray:
    """The flags that are met, in their order of display, with spaces between."""
    raised = np.zeros(truths.shape[1], dtype=np.int32)
    for bit, position in enumerate(rules.flags):
        raised |= (truths[position] == MET).astype(np.int32) << bit
    kinds = np.flatnonzero(np.bincount(raised))
    places = np.zeros(kinds.max(initial=0) + 1, dtype=np.int32)
    places[kinds] = np.arange(len(kinds))
    names = [rules.nodes[position].name for position in rules.flags]
    texts = [" ".join(name for bit, name in enumerate(names) if kind >> bit & 1) for kind in kinds.tolist()]
    return words_of(places[raised], texts)


def statuses_of_table(prepared: Preparation, batch: pa.RecordBatch) -> Codes:
    """The truth of every node for every row of a table in memory.

    Returns
    -------
    int8 array, shape (nodes, n)

    Raises
    ------
    InputError
        With the cells that cannot be read.
    """
    faults = RowFaults()
    rows = prepared.code(Chunk(batch, 0), faults)
    faults.raise_if_any()
    return prepared.decide(prepared.bound, rows).truths


def screen_table(
    prepared: Preparation,
    table: Table,
    output: Path,
    screened: Iterable[Screened] | None = None,
    *,
    explanations: Path | None = None,
    explained_as: Form = JSON,
    advance: Advance = lambda rows: None,
) -> Summary:
    """Screen a table into a file of results.

    Parameters
    ----------
    output : Path
        A ``.csv``, ``.tsv`` or ``.parquet`` file, which appears whole or not at all.
    screened : iterable of Screened, optional
        The rows in order, where they are screened elsewhere; see `screening.batch.distributed`.
    explanations : Path or None
        Where to put the explanations that ``screened`` brings.
    explained_as : Form
        How those of few rows are written.
    advance : callable
        Is told how many more rows are done.

    Returns
    -------
    Summary

    Raises
    ------
    InputError
        With what is wrong in the table, by row and column.
    """
    counts, faults, register = np.zeros(len(OUTCOMES), dtype=np.int64), RowFaults(), KeyRegister()
    rows, place = 0, None
    with ExitStack() as stack:
        lines = stack.enter_context(ExplanationFiles(explanations, explained_as)) if explanations else None
        unfinished = stack.enter_context(appearing_whole(output))
        results = stack.enter_context(_InBackground(open_results(unfinished, output.suffix.lower(), table.delimiter)))
        for some in screened if screened is not None else screen_part(prepared, table):
            rows += some.rows
            counts += some.outcomes
            register.add(some.hashes)
            faults.extend(some.faults)
            if some.results is not None:
                results.write(some.results)
            if lines:
                lines.write(some.explanations)
            advance(some.rows)
        if not faults:
            register.require_unique(table, prepared.plan.key, faults)
        faults.raise_if_any()
        place = lines.finish() if lines else None
    outcomes: dict[str, int] = dict(zip(OUTCOMES, counts.tolist(), strict=True))
    return Summary(rows, outcomes, prepared.plan.ignored, prepared.bound.definitions, place)


class _InBackground:
    """Writes results while the next rows are decided, one batch at a time."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._executor = ThreadPoolExecutor(1, "results")
        self._writing: Future[None] | None = None

    def __enter__(self) -> "_InBackground":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None and self._writing is not None:
                self._writing.result()
        finally:
            self._executor.shutdown()
            self._results.close()

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writing is not None:
            self._writing.result()
        self._writing = self._executor.submit(self._results.write, batch)
