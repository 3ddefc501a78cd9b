"""Comparing guidances on a table of any size."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from instruments.row_faults import RowFaults
from instruments.tables import PARQUET_ENDING, TEXT_ENDINGS, Table
from screening.batch.arrow_arrays import words_of
from screening.batch.pipeline import Advance
from screening.batch.preparation import Preparation
from screening.batch.results import Results, appearing_whole, open_results
from screening.batch.row_keys import KeyRegister, hash_keys
from screening.comparison import Comparison, compare
from screening.intake import Codes
from screening.recommendation import OUTCOMES

JSON_ENDING = ".json"
ENDINGS = (*TEXT_ENDINGS, PARQUET_ENDING, JSON_ENDING)


@dataclass(frozen=True)
class Compared:
    """The result of a comparison.

    Parameters
    ----------
    outcomes : Mapping of str to tuple of int
        By guidance, the rows with each outcome, in the order of `OUTCOMES`.
    comparisons : Mapping of str to Comparison
        By every guidance but the first: how outcomes move from the first one to it.
    """

    rows: int
    outcomes: Mapping[str, tuple[int, ...]]
    comparisons: Mapping[str, Comparison]
    ignored: tuple[str, ...]
    definitions: Mapping[str, str]

    def as_data(self) -> dict[str, object]:
        """The form that is written to files."""
        first = next(iter(self.outcomes))
        return {
            "rows": self.rows,
            "outcomes": {name: dict(zip(OUTCOMES, counts, strict=True)) for name, counts in self.outcomes.items()},
            "comparisons": [
                {"from": first, "to": name, **comparison.as_data()} for name, comparison in self.comparisons.items()
            ],
            "definitions": dict(self.definitions),
        }


def compare_table(
    prepared: Preparation, table: Table, output: Path | None = None, advance: Advance = lambda rows: None
) -> Compared:
    """Screen a table under several guidances and hold the first against each of the others.

    Parameters
    ----------
    output : Path or None
        Where to write the outcomes of every row: ``.csv``, ``.tsv`` or ``.parquet`` with a column
        ``outcome.<guidance>`` each; or ``.json``, which holds the comparison as well.
    advance : callable
        Is told how many more rows are done.

    Raises
    ------
    InputError
        With what is wrong in the table, by row and column.
    """
    faults, register = RowFaults(), KeyRegister()
    counts = {name: np.zeros(len(OUTCOMES), dtype=np.int64) for name in prepared.bounds}
    comparisons: dict[str, Comparison] = {}
    rows = 0
    with ExitStack() as stack:
        results: Results | _JsonResults | None = None
        if output is not None:
            unfinished = stack.enter_context(appearing_whole(output))
            results = _open(unfinished, output.suffix.lower(), table.delimiter)
            stack.callback(results.close)
        for chunk in table.read(prepared.plan.columns, prepared.plan.key, faults):
            keys, coded = prepared.read(chunk, faults)
            rows += len(keys)
            register.add(hash_keys(keys))
            advance(len(keys))
            if faults:
                continue
            truths = {name: prepared.decide(bound, coded).truths for name, bound in prepared.bounds.items()}
            outcomes = {name: truths[name][bound.rules.outcome] for name, bound in prepared.bounds.items()}
            for name, outcome in outcomes.items():
                counts[name] += np.bincount(outcome, minlength=len(OUTCOMES))
            (first_name, first), *others = prepared.bounds.items()
            for name, bound in others:
                compared = compare(first.rules, bound.rules, truths[first_name], truths[name])
                so_far = comparisons.get(name)
                comparisons[name] = compared if so_far is None else so_far + compared
            if results is not None:
                results.write(_outcome_batch(keys, outcomes))
        if not faults:
            register.require_unique(table, prepared.plan.key, faults)
        faults.raise_if_any()
        definitions = {name: digest for bound in prepared.bounds.values() for name, digest in bound.definitions.items()}
        totals = {name: tuple(count.tolist()) for name, count in counts.items()}
        compared_all = Compared(rows, totals, comparisons, prepared.plan.ignored, definitions)
        if isinstance(results, _JsonResults):
            results.finish(compared_all)
    return compared_all


def _outcome_batch(keys: pa.Array, outcomes: Mapping[str, Codes]) -> pa.RecordBatch:
    columns = {
        "key": keys,
        **{f"outcome.{name}": words_of(each, OUTCOMES) for name, each in outcomes.items()},
    }
    fields = [pa.field(name, column.type, nullable=False) for name, column in columns.items()]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))


def _open(path: Path, ending: str, delimiter: str) -> "Results | _JsonResults":
    return _JsonResults(path) if ending == JSON_ENDING else open_results(path, ending, delimiter)


class _JsonResults(Results):
    """One JSON document: the outcomes of every row and, at its end, the comparison."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._file.write('{"people": [')
        self._between = "\n"

    def write(self, batch: pa.RecordBatch) -> None:
        for row in batch.to_pylist():
            self._file.write(self._between + json.dumps(row, ensure_ascii=False))
            self._between = ",\n"

    def finish(self, compared: Compared) -> None:
        """Write the comparison after the rows."""
        rest = json.dumps(compared.as_data(), ensure_ascii=False, indent=1)
        self._file.write("\n],\n" + rest.removeprefix("{"))

    def close(self) -> None:
        self._file.close()
