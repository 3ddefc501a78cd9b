"""In what rows of a cohort differ, as far as the open questions go.

Below a criterion that is settled nothing matters any more, and of a count only how far it is from being settled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.asking.positions import Key
from screening.batch.coded_rows import Mask
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast
from screening.facts import NOT_APPLICABLE
from screening.intake import EVER_MONTHS, LARGEST_CODE, OWN_RULE_MONTHS, CodedIntake, Codes, Columns
from screening.ruleset import Node, RuleSet
from screening.truth import UNKNOWN

_RADIX_LIMIT = 1 << 62
_ITEMS_A_WORD = 32


class Trait(NamedTuple):
    """One thing in which rows can differ: a number below ``size`` for each."""

    values: NDArray[np.int64]
    size: int


@dataclass(frozen=True)
class AskedRows:
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


class Group(NamedTuple):
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


def _groups_of_items(rules: RuleSet) -> list[Group]:
    counts = {node.position: node.test for node in rules.subtrees[rules.outcome] if isinstance(node.test, ItemCount)}
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in rules.inputs:
        if name.startswith(ITEM_PREFIX):
            uses = tuple(place for place, test in counts.items() if name in test.inputs)
            groups.setdefault(uses, []).append(name)
    return [
        Group(
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


class RowKinds:
    """Describes rows under one guidance, so that those that agree have the same open questions.

    They do so up to which items of a group are the blank ones.
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._groups = _groups_of_items(rules)
        self._facts = [name for name in rules.inputs if not name.startswith(ITEM_PREFIX)]
        self._cells = {name: _first_codes(rules, name) for name in self._facts}

    def names_counted_by(self, uses: Key) -> list[str]:
        """The items that some counts use, and no others do."""
        return next((group.names for group in self._groups if group.uses == uses), [])

    def traits(self, rows: AskedRows) -> Iterator[Trait]:
        """Everything that the questions depend on; always the same traits in the same order."""
        open_leaves: dict[int, Mask] = {}
        outcome = self.rules.nodes[self.rules.outcome]
        yield from self._traits_below(outcome, np.ones(len(rows.columns), dtype=bool), rows, open_leaves)
        for name in self._facts:
            yield self._state(name, self._where_open(name, open_leaves), rows)
        yield from self._windows(rows, self._where_open("offence_count", open_leaves))
        for group in self._groups:
            here = np.logical_or.reduce([open_leaves[position] for position in group.uses])
            codes = rows.columns.items[group.positions]
            blank = codes == BLANK
            asked = blank.copy()
            for place, name in enumerate(group.names):
                if name in rows.not_found:
                    asked[place] &= ~rows.not_found[name]
            yield _counted(asked, here)
            yield _counted(blank, here)
            for least in group.levels:
                yield _counted(codes >= least, here)

    def _traits_below(self, node: Node, here: Mask, rows: AskedRows, open_leaves: dict[int, Mask]) -> Iterator[Trait]:
        """The truths of a node and all below it, where everything above is unknown."""
        truth = rows.truths[node.position]
        yield Trait(np.where(here, truth, 0).astype(np.int64), 3)
        is_open = here & (truth == UNKNOWN)
        if node.test is not None:
            open_leaves[node.position] = is_open
        for child in node.children:
            yield from self._traits_below(self.rules.nodes[child], is_open, rows, open_leaves)

    def _where_open(self, name: str, open_leaves: Mapping[int, Mask]) -> Mask:
        using = [mask for place, mask in open_leaves.items() if self._uses(place, name)]
        return np.logical_or.reduce(using) if using else np.zeros_like(next(iter(open_leaves.values())))

    def _uses(self, place: int, name: str) -> bool:
        test = self.rules.nodes[place].test
        return test is not None and name in test.inputs

    def _state(self, name: str, here: Mask, rows: AskedRows) -> Trait:
        """Of a fact: blank, not found, does not apply, or which stretch its value lies in."""
        codes = self.rules.column(name, rows.columns)
        cells = self._cells[name]
        state = np.searchsorted(cells, codes, side="right").astype(np.int64) + 3
        state[codes == NOT_APPLICABLE] = 2
        state[codes == BLANK] = 0
        if name in rows.not_found:
            state[(codes == BLANK) & rows.not_found[name]] = 1
        return Trait(np.where(here, state, 0), len(cells) + 4)

    def _windows(self, rows: AskedRows, here: Mask) -> Iterator[Trait]:
        """How the window of the offence count compares with those of the rules, and what was counted over another."""
        window = rows.columns.offence_window
        if window is None:
            window = np.full(len(here), OWN_RULE_MONTHS, dtype=np.int16)
        for node in self.rules.subtrees[self.rules.outcome]:
            if isinstance(node.test, OffencesAtLeast):
                compared = np.sign(window.astype(np.int64) - node.test.window_months) + 1
                compared[window == EVER_MONTHS] = 3
                compared[window == OWN_RULE_MONTHS] = 4
                yield Trait(np.where(here, compared, 4), 5)
        counted = np.where(here & (window != OWN_RULE_MONTHS), self.rules.column("offence_count", rows.columns), BLANK)
        yield Trait(counted.astype(np.int64) - BLANK, LARGEST_CODE + 2)


def _counted(mask: Mask, here: Mask) -> Trait:
    return Trait(np.where(here, mask.sum(axis=0), 0), len(mask) + 1)


def packed(mask: Mask) -> Iterator[Trait]:
    """The rows of a matrix as bits of numbers."""
    for start in range(0, len(mask), _ITEMS_A_WORD):
        bits = mask[start : start + _ITEMS_A_WORD].astype(np.int64)
        yield Trait(np.bitwise_or.reduce(bits << np.arange(len(bits))[:, None], axis=0), 1 << _ITEMS_A_WORD)


def distinct(traits: list[Trait]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Number the rows that agree in all traits alike; and the first row of each kind.

    Parameters
    ----------
    traits : list of Trait
        At least one; each has a value a row.

    Returns
    -------
    int64 array, shape (rows,)
        The kind of each row, from 0.
    int array, shape (kinds,)
        A row of each kind.
    """
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
