"""Decision reliability as counts that can be published: of two ratings of the same case, how many outcomes turned.

Everything that is told of them is worked out from the numbers that are shown, so that a hidden one is told by nothing
else. Each case is counted once, and under one guidance alone: two tables of the same cases under guidances that
are nearly alike would tell by their difference of those few whom the guidances tell apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.reliability.turning import Chance, DecidedPairs, TruthPairs
from screening.trends.binomial import wilson
from screening.trends.blocks import Block, State, Sum, UnprotectableError
from screening.trends.certificates import unprotected
from screening.trends.disclosure import least_hidden

#: The ways in which two ratings can lie to each other, in the order in which they are kept.
ALIKE = ("turned", "opened", "same")
_LEVEL = 0.95
#: A sum tells the reader more than each of the cells that it is made of.
_SUMS_WEIGH, _CELLS_WEIGH = 50.0, 1.0
#: By the truth of the first and of the second rating: the place in `ALIKE`.
_WAY = np.array([[2, 1, 0], [1, 2, 1], [0, 1, 2]])


@dataclass
class DecisionCounts:
    """What the pairs of ratings of some cases come to under one guidance.

    Parameters
    ----------
    outcomes : int array, shape (3, 3)
        Cases by the truth of the outcome by the first and by the second rating.
    criteria : dict of str to int array, shape (3,)
        By criterion the cases in which its status turned, opened and was the same.
    items : Counter of str
        By item, and by the summary rating, the turns that vanish when the two agree on it alone, in one way or both.
    """

    outcomes: NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, 3), dtype=np.int64))
    criteria: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    items: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """How many cases they are of."""
        return int(self.outcomes.sum())

    def add(self, decided: DecidedPairs) -> None:
        """Count pairs, each of a case of its own."""
        self.outcomes += decided.outcomes.table
        for name, truths in decided.criteria.items():
            known = self.criteria.setdefault(name, np.zeros(3, dtype=np.int64))
            known += np.bincount(_WAY.ravel(), weights=truths.table.ravel(), minlength=3).astype(np.int64)
        for name, shares in decided.shares_of_inputs().items():
            self.items[name] += int((shares > 0).sum())


def hide_few(counts: DecisionCounts, least: int, protection: int) -> dict[str, Any]:
    """What of some counts is shown, in a form that JSON can hold; a number that is hidden is None.

    Parameters
    ----------
    least : int
        The fewest cases behind a number that is shown; zero is shown.
    protection : int
        How uncertain a hidden small number must stay.
    """
    ways = np.bincount(_WAY.ravel(), weights=counts.outcomes.ravel(), minlength=3).astype(np.int64)
    cells = counts.outcomes.ravel()
    made_of = [(9 + way, np.flatnonzero(_WAY.ravel() == way)) for way in range(3)]
    shown = _shown([*cells, *ways, counts.cases], [*made_of, (12, np.arange(9, 12))], least, protection)
    turned = shown[9]
    return {
        "cases": counts.cases,
        "outcomes": [shown[3 * row : 3 * row + 3] for row in range(3)],
        **dict(zip(ALIKE, shown[9:12], strict=True)),
        "criteria": {
            name: dict(zip(ALIKE, _shown([*each, counts.cases], [(3, np.arange(3))], least, protection), strict=False))
            for name, each in counts.criteria.items()
        },
        "items": {name: _part(number, turned, least) for name, number in sorted(counts.items.items())},
    }


def _part(number: int, whole: int | None, least: int) -> int | None:
    """A part of some cases, hidden where it or the rest is small, and where the whole is."""
    is_hidden = whole is None or 0 < number < least or 0 < whole - number < least
    return None if is_hidden else number


def _shown(
    numbers: Sequence[int], sums: Sequence[tuple[int, NDArray[np.intp]]], least: int, protection: int
) -> list[int | None]:
    """Numbers of which the last is shown in any case: everything else where hiding less does not protect."""
    values = np.array(numbers, dtype=np.int64)
    states = np.full(len(values), State.OPEN, dtype=np.int8)
    states[-1] = State.SHOWN
    is_sum = np.isin(np.arange(len(values)), [total for total, _ in sums])
    loss = np.where(is_sum, _SUMS_WEIGH, _CELLS_WEIGH)
    block = Block(
        values,
        (values > 0) & (values < least),
        states,
        values.copy(),
        loss,
        [Sum(total, np.asarray(parts, dtype=np.int64)) for total, parts in sums],
    )
    hidden = np.arange(len(values)) < len(values) - 1
    try:
        enough = least_hidden(block, protection).hidden
        if not unprotected(block, enough, protection):
            hidden = enough
    except UnprotectableError:
        pass
    return [None if is_hidden else int(value) for value, is_hidden in zip(values, hidden, strict=True)]


@dataclass(frozen=True)
class Share:
    """How many of some cases, as a share with its interval (Wilson, at 95 %).

    Parameters
    ----------
    number : int or None
        None where it is hidden; then there is no share either.
    """

    number: int | None
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1."""
        return None if self.number is None or not self.of else self.number / self.of

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the interval."""
        return None if self.number is None or not self.of else wilson(self.number, self.of, _LEVEL)


def shares_of(shown: Mapping[str, Any], of: int) -> dict[str, Share]:
    """How many turned, opened and were the same, from what is shown."""
    return {way: Share(shown[way], of) for way in ALIKE}


def turned_by_chance(shown: Mapping[str, Any]) -> float | None:
    """The share that would turn between ratings of two different cases; None where a number of it is hidden.

    See `screening.reliability.turning.Chance`.
    """
    rows = shown["outcomes"]
    if any(cell is None for row in rows for cell in row) or shown["cases"] < 2:
        return None
    one, other = (
        np.repeat(truths, np.array(rows).ravel()).astype(np.int8) for truths in (np.arange(9) // 3, np.arange(9) % 3)
    )
    return Chance.of(TruthPairs(one, other, np.arange(len(one)))).expected
