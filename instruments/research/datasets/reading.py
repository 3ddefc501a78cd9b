"""From the cells of a table to a research data set: every cell is checked before anything is computed."""

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.loading import Place
from instruments.mapping import ColumnMapping, FactColumn, MappingFile, read_mapping
from instruments.mapping_fit import Found, faults_of_codes, faults_of_items
from instruments.model import Instrument
from instruments.never_inputs import is_never_an_input
from instruments.research.datasets.cells import Cell, blanks_of, cells_of, number_of
from instruments.research.datasets.columns import Columns
from instruments.research.datasets.dataset import Dataset, FactShape, Source
from instruments.research.datasets.labels import Labels, contradictions
from instruments.research.datasets.own_items import scales_said_twice, with_own_scores
from instruments.row_faults import RowFaults, place, shown

#: What an outcome's code stands for where another event came first.
_ANOTHER_FIRST = 2
#: The key of a table that has none, in the mapping.
ROW_NUMBER = "row_number"


@dataclass
class Reading:
    """One reading of a table by a mapping.

    Parameters
    ----------
    facts : Mapping of str to FactShape or None
        None where facts are taken as they stand.
    """

    mapping: MappingFile
    instrument: Instrument
    facts: Mapping[str, FactShape] | None = None
    _cells: dict[str, Cell] = field(default_factory=dict)
    _labels: Labels = field(default_factory=dict)

    @property
    def _content(self) -> ColumnMapping:
        return self.mapping.content

    def dataset(self, path: Path, source: Source) -> Dataset:
        """Read a table; see `read_dataset`."""
        self._require_fit()
        self.mapping = replace(self.mapping, content=with_own_scores(self._content, self.instrument))
        table = Columns(path)
        columns = self._require_columns(table.names)
        table.require_once(columns)
        for warning in contradictions(table.labels, self._content, self.instrument):
            warnings.warn(warning, stacklevel=3)
        self._labels = table.labels
        numbered = self._content.key not in table.names
        self._cells = dict(cells_of(self._content, self.instrument, self.facts, self._labels))
        faults = RowFaults()
        texts = table.read(columns[numbered:], self._content.key, faults)
        if numbered:
            texts.insert(0, self._content.key, texts.index.astype(str))
        self._check_cells(texts, faults)
        self._check_keys(texts, faults)
        faults.raise_if_any()
        ignored = tuple(name for name in table.names if name not in columns)
        return self._made(texts, ignored, source)

    def _require_fit(self) -> None:
        content = self._content
        problems: list[Found] = [*faults_of_items(content, self.instrument), *self._faults_of_facts()]
        problems += [
            (("outcomes", name), "code-with-two-meanings", {"name": name, "value": code})
            for name, outcome in content.outcomes.items()
            for code in (*content.missing, *outcome.missing)
            if code in (outcome.codes or {})
        ]
        twice = scales_said_twice(content, self.instrument)
        problems += [(("scores", name), "scale-of-instrument", {}) for name in twice]
        raters = {tuple(item.raters) for item in (*content.items.values(), *content.scores.values())}
        if len(raters) > 1:
            problems.append((("items",), "raters-differ", {}))
        if any(raters) and content.rater is not None:
            problems.append((("rater",), "raters-twice", {}))
        outcomes = {outcome.column: name for name, outcome in content.outcomes.items()}
        problems += [
            (place, "group-as-input", {"name": str(place[1]), "column": column, "other": outcomes[column]})
            for place, column in content.input_columns()
            if column in outcomes
        ]
        if problems:
            document = self.mapping.document
            raise InputError(Fault(code, document.where(where), parameters) for where, code, parameters in problems)

    def _faults_of_facts(self) -> Iterator[Found]:
        content = self._content
        for name, given in content.facts.items():
            at: Place = ("facts", name)
            if is_never_an_input(name):
                yield at, "never-an-input", {"name": name}
            elif self.facts is not None and name not in self.facts:
                yield at, "unknown-fact", {"name": name, "known": sorted(self.facts)}
            elif self.facts is not None and (self.facts[name].words or self.facts[name].numbers):
                shape = self.facts[name]
                yield from faults_of_codes(content, at, name, given.codes, list(shape.words), given, shape.numbers)

    def _places(self) -> Iterator[tuple[Place, str]]:
        content = self._content
        yield ("key",), content.key
        yield from content.input_columns()
        for name, outcome in content.outcomes.items():
            yield ("outcomes", name), outcome.column
            if outcome.time is not None:
                yield ("outcomes", name, "time"), outcome.time
            if outcome.known_on is not None:
                yield ("outcomes", name, "known_on"), outcome.known_on
            for part, truth in outcome.truths.items():
                yield ("outcomes", name, part), str(truth.column)
        for name, group in content.groups.items():
            yield ("groups", name), group.column
        for name, score in content.scores.items():
            for column in score.columns:
                yield ("scores", name), column
        for part in ("person", "occasion", "rater", "rated_on"):
            if (column := getattr(content, part)) is not None:
                yield (part,), column

    def _require_columns(self, names: Sequence[str]) -> list[str]:
        """Every column that is read, each once, the key first."""
        document, known = self.mapping.document, set(names)
        columns = [shown(name) for name in names]
        faults = [
            Fault("column-missing", document.where(where), {"name": column, "known": columns})
            for where, column in self._places()
            if column not in known and (where, column) != (("key",), ROW_NUMBER)
        ]
        if faults:
            raise InputError(faults)
        return list(dict.fromkeys(column for _, column in self._places()))

    def _check_cells(self, texts: pd.DataFrame, faults: RowFaults) -> None:
        """Check every column and gather what is wrong, cell by cell in the order of the rows."""
        columns = list(self._cells.items())
        sound = [cell.is_sound(texts[name]) for name, cell in columns]
        is_wrong = ~np.array(sound, dtype=np.bool_).reshape(len(columns), len(texts)).T
        for at, number in np.argwhere(is_wrong).tolist():
            row, (column, cell) = int(texts.index[at]), columns[number]
            parameters = {**cell.parameters, "value": shown(texts[column].iat[at])}
            faults.add(row, Fault(cell.code, place(row, column), parameters))

    def _check_keys(self, texts: pd.DataFrame, faults: RowFaults) -> None:
        content = self._content
        keys = texts[content.key]
        for row in keys.index[keys == ""]:
            faults.add(row, Fault("key-missing", place(row, content.key)))
        together = [content.key, *([content.rater] if content.rater is not None else [])]
        first = texts.reset_index(names="row").groupby(together, sort=False)["row"].transform("first").to_numpy()
        for row, earlier in zip(texts.index[first != texts.index], first[first != texts.index], strict=True):
            if keys[row] != "":
                parameters = {"key": shown(keys[row]), "first": int(earlier)}
                faults.add(row, Fault("repeated-row-key", place(row, content.key), parameters))
        for part in ("person", "occasion", "rater"):
            if (column := getattr(content, part)) is not None:
                for row in texts.index[texts[column] == ""]:
                    faults.add(row, Fault("reference-missing", place(row, column), {"name": column}))

    def _made(self, texts: pd.DataFrame, ignored: tuple[str, ...], source: Source) -> Dataset:
        content = self._content
        texts = texts.reset_index(drop=True)
        several = next((part.raters for part in (*content.items.values(), *content.scores.values()) if part.raters), {})
        names: Sequence[str | None] = list(several) or [None]
        frames = [self._parts(texts, rater) for rater in names]
        joined: dict[str, Any] = {
            name: pd.concat([part[name] for part in frames], ignore_index=True) for name in frames[0]
        }
        joined = {name: _without_name(part) for name, part in joined.items()}
        joined |= {
            "rated_with": content.rated_with,
            "outcome_columns": content.outcomes,
            "prorating": content.prorating,
            "score_scales": content.scores,
        }
        return Dataset(self.instrument, **joined, ignored=ignored, source=source)

    def _parts(self, texts: pd.DataFrame, rater: str | None) -> dict[str, Any]:
        """The parts of the data set that are rows of one rater, or all of them."""
        content = self._content
        ids = [item.id for item in self.instrument.items if item.id in content.items]
        items = {name: self._read(texts, _column_of(content.items[name], rater)) for name in ids}
        scores = {name: self._read(texts, _column_of(score, rater)) for name, score in content.scores.items()}
        known_on = {
            name: outcome.known_on for name, outcome in content.outcomes.items() if outcome.known_on is not None
        }
        timed = {name: outcome.time for name, outcome in content.outcomes.items() if outcome.time is not None}
        ends = {name: self._read(texts, outcome.column) for name, outcome in content.outcomes.items()}
        another = {name: end.eq(_ANOTHER_FIRST).astype("float64").where(end.notna()) for name, end in ends.items()}
        outcomes = {name: end.replace(_ANOTHER_FIRST, 0.0) for name, end in ends.items()}
        verified, treated = (
            {name: self._read(texts, str(outcome.truths[part].column))
             for name, outcome in content.outcomes.items() if part in outcome.truths}
            for part in ("verification", "treatment")
        )  # fmt: skip
        parts: dict[str, Any] = {
            "keys": texts[content.key].astype("str"),
            "ratings": _frame(items, texts),
            "facts": _frame({name: self._fact(texts, given) for name, given in content.facts.items()}, texts),
            "outcomes": _frame(outcomes, texts),
            "another": _frame({name: came for name, came in another.items() if (came == 1).any()}, texts),
            "verified": _frame(verified, texts),
            "treated": _frame(treated, texts),
            "times": _frame({name: self._read(texts, column) for name, column in timed.items()}, texts),
            "known_on": _frame({name: self._words(texts, column) for name, column in known_on.items()}, texts),
            "groups": _frame({name: self._group(texts, name) for name in content.groups}, texts),
            "scores": _frame(scores, texts),
            "persons": texts[content.person or content.key].astype("str"),
        }
        if content.occasion is not None:
            parts["occasions"] = texts[content.occasion].astype("str")
        if rater is not None:
            parts["raters"] = pd.Series(rater, index=texts.index, dtype="str")
        elif content.rater is not None:
            parts["raters"] = texts[content.rater].astype("str")
        if content.rated_on is not None:
            parts["rated_on"] = self._days(texts, content.rated_on)
        return parts

    def _days(self, texts: pd.DataFrame, column: str) -> "pd.Series[pd.Timestamp]":
        return pd.to_datetime(self._words(texts, column), format="ISO8601")

    def _words(self, texts: pd.DataFrame, column: str) -> "pd.Series[str]":
        return self._cells[column].read(texts[column], as_words=True)

    def _read(self, texts: pd.DataFrame, column: str) -> "pd.Series[Any]":
        return self._cells[column].read(texts[column])

    def _fact(self, texts: pd.DataFrame, given: FactColumn) -> "pd.Series[Any]":
        read = [self._cells[column].read(texts[column], as_words=True) for column in given.columns]
        numbers = [each.map(number_of, na_action="ignore") for each in read]
        if all(number.notna().equals(each.notna()) for number, each in zip(numbers, read, strict=True)):
            together: pd.Series[Any] = pd.concat(numbers, axis=1).astype("float64").sum(axis=1, skipna=False)
            return together
        return read[0]

    def _group(self, texts: pd.DataFrame, name: str) -> "pd.Series[str]":
        content = self._content
        group = content.groups[name]
        codes, blanks = group.codes or self._labels.get(group.column, {}), blanks_of(content, group)
        column = texts[group.column]
        words = {text: np.nan if text in blanks else str(codes.get(text, text)) for text in column.unique()}
        return column.map(words).astype("str")


def _frame(columns: Mapping[str, "pd.Series[Any]"], texts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(columns, index=texts.index)


def _without_name(part: Any) -> Any:
    return part.rename(None) if isinstance(part, pd.Series) else part


def _column_of(given: Any, rater: str | None) -> str:
    column: str = given.raters[rater] if given.raters else given.column
    return column


def read_dataset(
    path: Path, mapping_path: Path, instrument: Instrument, facts: Mapping[str, FactShape] | None = None
) -> Dataset:
    """Read and validate a table.

    Parameters
    ----------
    path : Path
        A ``.csv``, ``.tsv``, ``.parquet``, ``.xlsx``, ``.sav`` or ``.dta`` file.
    mapping_path : Path
        Its mapping file; see `instruments.mapping`.
    instrument : Instrument
        Whose items the mapping names.
    facts : Mapping of str to FactShape, optional
        What values the facts may have. Without it, they are taken as they stand.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        With every fault, each with its row and column or its line in the mapping.
    """
    mapping = read_mapping(mapping_path)
    source = Source(path.name, _sha256(path), mapping_path.name, mapping.document.sha256)
    return Reading(mapping, instrument, facts).dataset(path, source)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
