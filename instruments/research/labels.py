"""What a file says of its own codes, held against what the mapping says of them."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import RootModel

from instruments.loading import load
from instruments.mapped_columns import text_of_cell
from instruments.mapping import ColumnMapping
from instruments.model import Instrument
from instruments.research.faults import LabelWarning

#: The label of each code, by column.
Labels = Mapping[str, Mapping[str, str]]
PATH = Path(__file__).parent / "labels.yaml"


class _Words(RootModel[dict[str, tuple[str, ...]]]):
    """The words for each meaning."""


@cache
def _meanings() -> Mapping[str, frozenset[str]]:
    """What each word can mean."""
    meanings_of: dict[str, set[str]] = {}
    for meaning, words in load(PATH, _Words)[0].root.items():
        for word in words:
            meanings_of.setdefault(_plain(word), set()).add(meaning)
    return {word: frozenset(meanings) for word, meanings in meanings_of.items()}


def read_labels(given: Mapping[str, Mapping[Any, str]]) -> Labels:
    """Labels by the text of their code."""
    return {column: {text_of_cell(code): label for code, label in labels.items()} for column, labels in given.items()}


def contradictions(labels: Labels, content: ColumnMapping, instrument: Instrument) -> Iterator[LabelWarning]:
    """A warning for each code of which a label says something else than the mapping.

    A label contradicts where it is a known word for another level or outcome, or where it is the very name that the
    mapping gives to another code of the column.
    """
    for column, meant in _meant(content, instrument):
        known = labels.get(column, {})
        named = {_plain(str(meaning)) for meaning in meant.values()}
        for code, meaning in meant.items():
            label = known.get(code)
            if label is None or _plain(label) == _plain(str(meaning)):
                continue
            says = _meanings().get(_plain(label), frozenset()) & {str(each) for each in meant.values()}
            if _plain(label) in named or (says and str(meaning) not in says):
                yield LabelWarning(f"column {column}", value=code, label=label, meaning=str(meaning))


def _meant(content: ColumnMapping, instrument: Instrument) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every column with codes, and what the mapping takes each of them for."""
    for name, item in content.items.items():
        kind = instrument.item(name).kind
        codes = item.codes or content.codes.of(kind)
        if codes:
            order = list(instrument.codes[kind])
            turned = (
                dict(zip(order, reversed(order), strict=True)) if item.reversed else {level: level for level in order}
            )
            for column in item.columns:
                yield column, {code: turned.get(level, level) for code, level in codes.items()}
    for fact in content.facts.values():
        for column in fact.columns if fact.codes else ():
            yield column, fact.codes or {}
    for outcome in content.outcomes.values():
        yield outcome.column, outcome.codes or {"0": 0, "1": 1}
    for group in content.groups.values():
        if group.codes:
            yield group.column, group.codes


def _plain(text: str) -> str:
    return text.strip().strip(".").casefold()
