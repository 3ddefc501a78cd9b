"""What a file says of its own codes, held against what the mapping says of them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import RootModel

from instruments.loading import load
from instruments.mapped_columns import text_of_cell
from instruments.mapping import ColumnMapping
from instruments.mapping_fit import codes_of_item
from instruments.model import Instrument
from instruments.research.faults import LabelOrderWarning, LabelWarning, ResearchWarning

#: The label of each code, by column.
Labels = Mapping[str, Mapping[str, str]]
PATH = Path(__file__).parent / "labels.yaml"
#: Meanings in rising order; a word of which it is not clear what it means tells nothing.
_RISING = (("low", "moderate", "high"), ("absent", "present"), ("0", "1"))


class _Words(RootModel[dict[str, tuple[str, ...]]]):
    """The words for each meaning."""


@cache
def _meanings() -> Mapping[str, frozenset[str]]:
    """What each word can mean."""
    meanings_of: dict[str, set[str]] = {}
    for meaning, words in load(PATH, _Words)[0].root.items():
        for word in words:
            meanings_of.setdefault(plain(word), set()).add(meaning)
    return {word: frozenset(meanings) for word, meanings in meanings_of.items()}


def read_labels(given: Mapping[str, Mapping[Any, str]]) -> Labels:
    """Labels by the text of their code."""
    return {column: {text_of_cell(code): label for code, label in labels.items()} for column, labels in given.items()}


def contradictions(labels: Labels, content: ColumnMapping, instrument: Instrument) -> Iterator[ResearchWarning]:
    """A warning for each code of which a label says something else than the mapping, and for scales that run backwards.

    A label contradicts where it is a known word for another level or outcome, or where it is the very name that the
    mapping gives to another code of the column. A scale whose levels are no such words runs backwards where the labels
    of its lower codes are words for more.
    """
    for column, meant in _meant(content, instrument):
        known = labels.get(column, {})
        named = {plain(str(meaning)) for meaning in meant.values()}
        for code, meaning in meant.items():
            label = known.get(code)
            if label is None or plain(label) == plain(str(meaning)):
                continue
            says = _meanings().get(plain(label), frozenset()) & {str(each) for each in meant.values()}
            if plain(label) in named or (says and str(meaning) not in says):
                yield LabelWarning(f"column {column}", value=code, label=label, meaning=str(meaning))
    for column, order in _orders(content, instrument):
        known = labels.get(column, {})
        ranked = [(known[code], rank) for code in order if (rank := _rank(known.get(code, ""))) is not None]
        ranks = [rank for _, rank in ranked]
        if len(set(ranks)) > 1 and ranks == sorted(ranks, reverse=True):
            yield LabelOrderWarning(f"column {column}", lowest=ranked[0][0], highest=ranked[-1][0])


def _orders(content: ColumnMapping, instrument: Instrument) -> Iterator[tuple[str, Sequence[str]]]:
    """Every column whose codes are the levels themselves, and the codes in the order in which they are counted."""
    for name, item in content.items.items():
        order = instrument.levels(instrument.item(name))
        if codes_of_item(name, item, content, instrument) is None:
            for column in item.columns:
                yield column, order[::-1] if item.reversed else order
    for score in content.scores.values():
        for column in score.columns if score.levels else ():
            yield column, score.levels[::-1] if score.reversed else score.levels


def _rank(label: str) -> int | None:
    """How much of something a word tells of; None for a word that is not known to."""
    told = {
        rank for ranking in _RISING for rank, word in enumerate(ranking) if word in _meanings().get(plain(label), ())
    }
    return told.pop() if len(told) == 1 else None


def _meant(content: ColumnMapping, instrument: Instrument) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every column with codes, and what the mapping takes each of them for."""
    for name, item in content.items.items():
        codes = codes_of_item(name, item, content, instrument)
        if codes:
            order = instrument.levels(instrument.item(name))
            turned = dict(zip(order, order[::-1] if item.reversed else order, strict=True))
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


def plain(text: str) -> str:
    """A label without what two ways of writing it may differ in."""
    return text.strip().strip(".").casefold()
