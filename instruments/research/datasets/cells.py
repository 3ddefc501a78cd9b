"""How the cells of each column of research data are read: by codes, as numbers, as days."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from instruments.mapped_columns import Coded, TruthColumn
from instruments.mapping import ColumnMapping, FactColumn, ScoreColumn
from instruments.mapping_fit import codes_of_item
from instruments.model import Instrument
from instruments.research.datasets.dataset import FactShape
from instruments.research.datasets.labels import Labels, plain
from instruments.research.datasets.splitting import day_in, ends_of
from instruments.research.limits import limits

NOT_FOUND_WORD = "saknas"
_OUTCOME_CODES = {"0": 0, "1": 1, "false": 0, "true": 1}
_NUMBER = re.compile(r"-?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Cell:
    """How the cells of a column are read.

    Parameters
    ----------
    value : function
        The value behind a text that is not blank; None where there is none.
    blanks : frozenset of str
        Texts that stand for a blank.
    code : str
        Code of the fault that any other text is.
    parameters : Mapping
        What its sentence needs besides the text.
    """

    value: Callable[[str], object]
    blanks: frozenset[str]
    code: str
    parameters: Mapping[str, object]

    def is_sound(self, texts: "pd.Series[str]") -> "pd.Series[bool]":
        """Whether each text has a value or is a blank."""
        known = {text: text in self.blanks or self.value(text) is not None for text in texts.unique()}
        return texts.map(known)

    def read(self, texts: "pd.Series[str]", *, as_words: bool = False) -> "pd.Series[Any]":
        """The values; NaN for a blank."""
        values = {text: np.nan if text in self.blanks else self.value(text) for text in texts.unique()}
        read = texts.map(values)
        return read.astype("str") if as_words else read.astype("float64")


def cells_of(
    content: ColumnMapping, instrument: Instrument, facts: Mapping[str, FactShape] | None, labels: Labels
) -> Iterator[tuple[str, Cell]]:
    """Yield every column whose cells have to be of a kind, and how they are read.

    Parameters
    ----------
    facts : Mapping of str to FactShape or None
        None where facts are taken as they stand.
    labels : Labels
        What the file says of its own codes. Where the mapping has no codes, a label that is a level is one.
    """
    for name, item in content.items.items():
        order = instrument.levels(instrument.item(name))
        for column in item.columns:
            codes = _places(
                order, codes_of_item(name, item, content, instrument), labels.get(column, {}), item.reversed
            )
            yield column, _coded(name, codes, blanks_of(content, item))
    for name, fact in content.facts.items():
        cell = _fact_cell(name, fact, content, (facts or {}).get(name) or FactShape())
        yield from ((column, cell) for column in fact.columns)
    for name, outcome in content.outcomes.items():
        for given in (outcome, *outcome.truths.values()):
            yield str(given.column), _truth_cell(name, given, content)
        if outcome.time is not None:
            yield outcome.time, Cell(_time_of, blanks_of(content), "time-off-range", {"name": name})
        if outcome.known_on is not None:
            yield outcome.known_on, Cell(_moment_of, blanks_of(content), "not-a-time", _years())
    for name, score in content.scores.items():
        for column in score.columns:
            yield column, _score_cell(name, score, blanks_of(content, score), labels.get(column, {}))
    if content.rated_on is not None:
        yield content.rated_on, Cell(_day_of, blanks_of(content), "not-a-day", _years())


def _truth_cell(name: str, given: TruthColumn, content: ColumnMapping) -> Cell:
    truths: Mapping[str, int] = given.codes or _OUTCOME_CODES
    return Cell(truths.get, blanks_of(content, given) - set(truths), "outcome-off-scale", _allowing(name, truths))


def blanks_of(content: ColumnMapping, given: Coded | None = None) -> frozenset[str]:
    """The texts that stand for a blank in a part of a mapping, or in any."""
    own = (*given.missing, *given.not_found) if given else ()
    return frozenset(("", NOT_FOUND_WORD, *content.missing, *content.not_found, *own))


def number_of(text: str) -> float | None:
    """The number that a text is, with a decimal point or comma; None for any other text."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _allowing(name: str, codes: Mapping[str, object]) -> Mapping[str, object]:
    return {"name": name, "allowed": list(codes)}


def _places(
    order: Sequence[str], codes: Mapping[str, str] | None, labels: Mapping[str, str], is_reversed: bool
) -> dict[str, int]:
    """The place in the order of the level behind each text."""
    place = {level: len(order) - 1 - at if is_reversed else at for at, level in enumerate(order)}
    if codes is None:
        named = {plain(level): level for level in order}
        codes = {level: level for level in order}
        codes |= {code: named[plain(label)] for code, label in labels.items() if plain(label) in named}
    return {text: place[level] for text, level in codes.items()}


def _coded(name: str, codes: Mapping[str, int], blanks: frozenset[str]) -> Cell:
    numbers = sorted(codes.values())
    if len(codes) > limits().polychoric_levels.value and set(codes) == set(map(str, numbers)):
        return Cell(
            codes.get, blanks - set(codes), "cell-off-range", {"name": name, "low": numbers[0], "high": numbers[-1]}
        )
    return Cell(codes.get, blanks - set(codes), "cell-off-scale", _allowing(name, codes))


def _score_cell(name: str, score: ScoreColumn, blanks: frozenset[str], labels: Mapping[str, str]) -> Cell:
    if score.levels:
        return _coded(name, _places(score.levels, None, labels, score.reversed), blanks)
    if score.ends is None:
        return Cell(number_of, blanks, "not-a-number", {"name": name})
    low, high = score.ends

    def value(text: str) -> float | None:
        number = number_of(text)
        if number is None or not low <= number <= high:
            return None
        return low + high - number if score.reversed else number

    return Cell(value, blanks, "score-off-range", {"name": name, "low": f"{low:g}", "high": f"{high:g}"})


def _fact_cell(name: str, given: FactColumn, content: ColumnMapping, shape: FactShape) -> Cell:
    codes: Mapping[str, object] | None = given.codes
    if codes is None and shape.words and shape.numbers is None:
        codes = {word: word for word in shape.words}
    blanks = blanks_of(content, given) - set(codes or {})
    if codes is not None:
        return Cell(codes.get, blanks, "cell-off-scale", _allowing(name, codes))
    if shape.numbers is None:
        return Cell(lambda text: text, blanks, "cell-off-scale", {"name": name})
    low, high = shape.numbers
    return Cell(
        lambda text: text if text in shape.words else _whole_within(text, low, high),
        blanks,
        "cell-off-range",
        {"name": name, "low": low, "high": high},
    )


def _time_of(text: str) -> float | None:
    number = number_of(text)
    return number if number is not None and number >= 0 else None


def _whole_within(text: str, low: int, high: int) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) and low <= int(text) <= high else None


def _years() -> dict[str, object]:
    """The first and the last year in which somebody can have been rated."""
    return {"first": limits().whole("first_year"), "last": limits().whole("last_year")}


def _day_of(text: str) -> str | None:
    day = day_in(text[:10])
    return day.isoformat() if day is not None and _is_likely(day) else None


def _moment_of(text: str) -> str | None:
    """A day, or a month, a quarter or a year as it is written."""
    ends = ends_of(text, may_be_year=True)
    return _day_of(text) if ends is None or ends[0] == ends[1] else text if _is_likely(ends[0]) else None


def _is_likely(day: date) -> bool:
    return limits().first_year.value <= day.year <= limits().last_year.value
