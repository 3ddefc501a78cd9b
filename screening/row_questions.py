"""The open questions of every row of a cohort, thought through once for all rows that are alike.

`screening.questions.ask` takes about a millisecond. Its answer does not depend on everything that a row holds: below a
criterion that is settled nothing matters any more, and of a count only how many items are in and how many are blank.
Rows that agree in what is left have the same open questions, up to which items are the blank ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.coded_rows import CodedRows, Mask
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast
from screening.evaluation import decide_columns
from screening.facts import NOT_APPLICABLE
from screening.intake import EVER_MONTHS, OWN_RULE_MONTHS, CodedIntake, Codes, Columns
from screening.questions import ask
from screening.ruleset import Node, RuleSet
from screening.truth import UNKNOWN

_MOST_KEPT = 100_000
_RADIX_LIMIT = 1 << 62
_ITEMS_A_WORD = 32


class Trait(NamedTuple):
    """One thing in which rows can differ: a number below ``size`` for each."""

    values: NDArray[np.int64]
    size: int


@dataclass(frozen=True)
class _Rows:
    """The rows that have open questions, as they are asked about.

    Parameters
    ----------
    not_found : Mapping of str to bool array, shape (n,)
        By input, as in `CodedRows`.
    shown_items : bool array, shape (items, n)
        The items that may be asked for: blank in fact, and not looked for in vain.
    """

    columns: Columns
    truths: Codes
    not_found: Mapping[str, Mask]
    shown_items: Mask


@dataclass(frozen=True)
class _Order:
    """Every question that rows of a kind can have, in the order of asking.

    Parameters
    ----------
    items : tuple of int
        The item's place in the instrument for each name; -1 for a fact, which all these rows are asked for.
    """

    names: tuple[str, ...]
    items: tuple[int, ...]


class RowQuestions:
    """Finds the open questions of rows under one guidance. What was thought through is kept for the next rows.

    Parameters
    ----------
    is_rated : bool
        Whether an instrument was used.
    """

    def __init__(self, rules: RuleSet, *, is_rated: bool) -> None:
        self._rules = rules
        self._is_rated = is_rated
        self._known: dict[bytes, _Order] = {}
        self._groups = _groups_of_items(rules)
        self._facts = [name for name in rules.inputs if not name.startswith(ITEM_PREFIX)]
        self._cells = {name: _first_codes(rules, name) for name in self._facts}

    def find(self, rows: CodedRows, columns: Columns, truths: Codes) -> pa.DictionaryArray:
        """The open questions of every row, as `screening.explanation.explain` tells them: ids with spaces between.

        Until the professional has given the summary rating, the questions follow from the facts alone: their order
        would tell what the item ratings count up to.

        Parameters
        ----------
        columns : Columns
            ``rows.columns(rules)``.
        truths : int8 array, shape (nodes, n)
        """
        texts = [""]
        indices = np.zeros(len(rows), dtype=np.int32)
        withheld = self._is_withheld(rows)
        for is_withheld in (False, True):
            places = np.flatnonzero(withheld == is_withheld)
            if not is_withheld:
                places = places[truths[self._rules.outcome, places] == UNKNOWN]
            if not places.size:
                continue
            asked = self._asked_about(rows, columns, truths, places, is_withheld)
            is_open = asked.truths[self._rules.outcome] == UNKNOWN
            found, more = self._find(asked)
            indices[places] = np.where(is_open, found + len(texts), 0)
            texts += more
        return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(texts, pa.string()))

    def _is_withheld(self, rows: CodedRows) -> Mask:
        """The rows with ratings and without a summary rating; see `screening.coding.Intake.has_summary_rating`."""
        rating = rows.facts.get(SUMMARY_RATING)
        is_missing = np.ones(len(rows), dtype=bool) if rating is None else rating == BLANK
        if SUMMARY_RATING in rows.not_found:
            is_missing &= ~rows.not_found[SUMMARY_RATING]
        return is_missing & self._is_rated

    def _asked_about(
        self, rows: CodedRows, columns: Columns, truths: Codes, places: NDArray[np.intp], is_withheld: bool
    ) -> _Rows:
        items = columns.items[:, places]
        shown = items == BLANK
        not_found = {name: mask[places] for name, mask in rows.not_found.items()}
        for name, position in self._rules.instrument.positions.items():
            if ITEM_PREFIX + name in not_found:
                shown[position] &= ~not_found[ITEM_PREFIX + name]
        some = Columns(
            {name: codes[places] for name, codes in columns.facts.items()},
            np.full_like(items, BLANK) if is_withheld else items,
            columns.on,
            None if columns.offence_window is None else columns.offence_window[places],
        )
        return _Rows(some, decide_columns(self._rules, some) if is_withheld else truths[:, places], not_found, shown)

    def _find(self, rows: _Rows) -> tuple[NDArray[np.int64], list[str]]:
        """For every row the place of its text in the list."""
        traits = list(self._traits(rows))
        kinds, first = _distinct(traits)
        orders = [self._order(rows, int(row), traits) for row in first]
        relevant = np.zeros((len(orders), len(rows.shown_items)), dtype=bool)
        for kind, order in enumerate(orders):
            relevant[kind, [item for item in order.items if item >= 0]] = True
        shown = rows.shown_items & relevant[kinds].T
        words = [Trait(kinds, len(orders)), *_packed(shown)]
        ids, first = _distinct(words)
        texts = []
        for row in first:
            order, mask = orders[kinds[row]], shown[:, row]
            asked = [name for name, item in zip(order.names, order.items, strict=True) if item < 0 or mask[item]]
            texts.append(" ".join(asked))
        return ids, texts

    def _order(self, rows: _Rows, row: int, traits: list[Trait]) -> _Order:
        """Ask about one row, or remember what was asked about one like it."""
        kind = np.array([trait.values[row] for trait in traits]).tobytes()
        if kind not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            not_found = [name for name, mask in rows.not_found.items() if mask[row]]
            questions = ask(self._rules, rows.columns.intake(row), rows.truths[:, row].tolist(), not_found)
            urgency: dict[tuple[str, int], int] = {}
            placed: dict[str, tuple[int, int]] = {}
            for question in questions:
                rank = urgency.setdefault((question.settles, len(question.bears_on)), len(urgency))
                for name in self._alike(question.name):
                    placed[name] = rank, self._rules.inputs.index(name)
            names = tuple(sorted(placed, key=placed.__getitem__))
            self._known[kind] = _Order(names, tuple(self._item_of(name) for name in names))
        return self._known[kind]

    def _item_of(self, name: str) -> int:
        is_item = name.startswith(ITEM_PREFIX)
        return self._rules.instrument.positions[name.removeprefix(ITEM_PREFIX)] if is_item else -1

    def _alike(self, name: str) -> list[str]:
        """The inputs that stand in for one another with this one."""
        return next((group.names for group in self._groups if name in group.names), [name])

    def _traits(self, rows: _Rows) -> Iterator[Trait]:
        """Everything that the questions depend on; always the same traits in the same order."""
        open_leaves: dict[int, Mask] = {}
        outcome = self._rules.nodes[self._rules.outcome]
        yield from self._traits_below(outcome, np.ones(len(rows.columns), dtype=bool), rows, open_leaves)
        for name in self._facts:
            yield self._state(name, self._where_open(name, open_leaves), rows)
        yield from self._windows(rows, self._where_open("offence_count", open_leaves))
        for group in self._groups:
            here = np.logical_or.reduce([open_leaves[position] for position in group.uses])
            codes = rows.columns.items[group.positions]
            for least in group.levels:
                yield _counted(codes >= least, here)
            blank = codes == BLANK
            yield _counted(blank, here)
            for place, name in enumerate(group.names):
                if name in rows.not_found:
                    blank[place] &= ~rows.not_found[name]
            yield _counted(blank, here)

    def _traits_below(self, node: Node, here: Mask, rows: _Rows, open_leaves: dict[int, Mask]) -> Iterator[Trait]:
        """The truths of a node and all below it, where everything above is unknown."""
        truth = rows.truths[node.position]
        yield Trait(np.where(here, truth, 0).astype(np.int64), 3)
        is_open = here & (truth == UNKNOWN)
        if node.test is not None:
            open_leaves[node.position] = is_open
        for child in node.children:
            yield from self._traits_below(self._rules.nodes[child], is_open, rows, open_leaves)

    def _where_open(self, name: str, open_leaves: Mapping[int, Mask]) -> Mask:
        using = [mask for place, mask in open_leaves.items() if self._uses(place, name)]
        return np.logical_or.reduce(using) if using else np.zeros_like(next(iter(open_leaves.values())))

    def _uses(self, place: int, name: str) -> bool:
        test = self._rules.nodes[place].test
        return test is not None and name in test.inputs

    def _state(self, name: str, here: Mask, rows: _Rows) -> Trait:
        """Of a fact: blank, not found, does not apply, or which stretch its value lies in."""
        codes = self._rules.column(name, rows.columns)
        cells = self._cells[name]
        state = np.searchsorted(cells, codes, side="right").astype(np.int64) + 3
        state[codes == NOT_APPLICABLE] = 2
        state[codes == BLANK] = 0
        if name in rows.not_found:
            state[(codes == BLANK) & rows.not_found[name]] = 1
        return Trait(np.where(here, state, 0), len(cells) + 4)

    def _windows(self, rows: _Rows, here: Mask) -> Iterator[Trait]:
        """How the window of the offence count compares with those of the rules."""
        window = rows.columns.offence_window
        if window is None:
            window = np.full(len(here), OWN_RULE_MONTHS, dtype=np.int16)
        for node in self._rules.subtrees[self._rules.outcome]:
            if isinstance(node.test, OffencesAtLeast):
                compared = np.sign(window.astype(np.int64) - node.test.window_months) + 1
                compared[window == EVER_MONTHS] = 3
                compared[window == OWN_RULE_MONTHS] = 4
                yield Trait(np.where(here, compared, 4), 5)


class _Group(NamedTuple):
    """Items that the same counts use, so that only their number matters.

    Parameters
    ----------
    uses : tuple of int
        The nodes that count them.
    levels : tuple of int
        The codes from which these count.
    """

    names: list[str]
    positions: list[int]
    uses: tuple[int, ...]
    levels: tuple[int, ...]


def _groups_of_items(rules: RuleSet) -> list[_Group]:
    counts = {node.position: node.test for node in rules.subtrees[rules.outcome] if isinstance(node.test, ItemCount)}
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in rules.inputs:
        if name.startswith(ITEM_PREFIX):
            uses = tuple(place for place, test in counts.items() if name in test.inputs)
            groups.setdefault(uses, []).append(name)
    return [
        _Group(
            names,
            [rules.instrument.positions[name.removeprefix(ITEM_PREFIX)] for name in names],
            uses,
            tuple(sorted({counts[place].least_code for place in uses})),
        )
        for uses, names in groups.items()
    ]


def _first_codes(rules: RuleSet, name: str) -> list[int]:
    nothing_known = CodedIntake({}, (), rules.guidance.valid_from)
    return sorted(code for code in rules.cells(name, nothing_known) if code >= 0)


def _counted(mask: Mask, here: Mask) -> Trait:
    return Trait(np.where(here, mask.sum(axis=0), 0), len(mask) + 1)


def _packed(mask: Mask) -> Iterator[Trait]:
    """The rows of a matrix as bits of numbers."""
    for start in range(0, len(mask), _ITEMS_A_WORD):
        bits = mask[start : start + _ITEMS_A_WORD].astype(np.int64)
        yield Trait(np.bitwise_or.reduce(bits << np.arange(len(bits))[:, None], axis=0), 1 << _ITEMS_A_WORD)


def _distinct(traits: list[Trait]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Number the rows that agree in all traits alike; and the first row of each kind."""
    key = np.zeros(len(traits[0].values), dtype=np.int64)
    size = 1
    for trait in traits:
        if trait.size * size >= _RADIX_LIMIT:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max()) + 1
        key = key * trait.size + trait.values
        size *= trait.size
    _, first, kinds = np.unique(key, return_index=True, return_inverse=True)
    return kinds.astype(np.int64, copy=False), first
