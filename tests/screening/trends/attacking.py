"""A reader who wants to know what was hidden: all that was published, and every sum that follows from it.

Written on its own, over keys and not over positions, so that it does not share a mistake with what it attacks.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from screening.trends.counting import Dims
from screening.trends.lattice import Lattice, Period
from screening.trends.publishing import Published

Table = tuple[Period, Dims]
Cell = tuple[Table, tuple[str, ...]]
Row = dict[Cell, float]


def relations(lattice: Lattice, published: Mapping[Table, Published]) -> Iterator[Row]:
    """Every sum between published tables, as coefficients of cells that come to zero."""
    for period, dims in published:
        for upper_period, upper in published:
            # not across a table between the two: what is divided further may be there for some of its cells only
            between = [each for at, each in published if at == period and set(upper) < set(each) < set(dims)]
            if period == upper_period and set(upper) < set(dims) and not between:
                yield from _division(lattice, published, period, upper, dims)
        if period.within() and all((part, dims) in published for part in period.within()):
            yield from _over_time(published, period, dims)


def _division(
    lattice: Lattice, published: Mapping[Table, Published], period: Period, upper: Dims, dims: Dims
) -> Iterator[Row]:
    family = lattice.family_in(dims)
    if lattice.family_in(upper) is not None or (family is not None and lattice.dimension(family).answered_by in upper):
        return
    lower = published[period, dims]
    values = sorted({key[dims.index(family)] for key in lower}) if family else [""]
    for total, value in product(published[period, upper], values):
        parts = [
            key
            for key in lower
            if all(key[dims.index(name)] == each for name, each in zip(upper, total, strict=True))
            and (family is None or key[dims.index(family)] == value)
        ]
        if parts:
            yield {((period, upper), total): -1.0} | {((period, dims), key): 1.0 for key in parts}


def _over_time(published: Mapping[Table, Published], period: Period, dims: tuple[str, ...]) -> Iterator[Row]:
    for key in published[period, dims]:
        parts = [(part, dims) for part in period.within() if key in published[part, dims]]
        yield {((period, dims), key): -1.0} | {(part, key): 1.0 for part in parts}


class Attacker:
    """Bounds of what is hidden, by linear programming over everything that is shown.

    Parameters
    ----------
    rows : list of Row
        Sums that come to zero.
    known : Mapping
        Every cell: its number, or None where it is hidden.
    at_least : list of (cell, cell)
        Pairs of which the first is known to be no smaller than the second.
    """

    def __init__(
        self,
        rows: list[dict[Any, float]],
        known: Mapping[Any, int | None],
        at_least: list[tuple[Any, Any]] | None = None,
    ) -> None:
        self._known = known
        self._place = {cell: number for number, cell in enumerate(cell for cell in known if known[cell] is None)}
        self._equal = self._system(rows)
        self._below = self._system([{less: 1.0, more: -1.0} for more, less in at_least or ()])

    @classmethod
    def of_two(
        cls,
        old_rows: list[Row],
        old: Mapping[Table, Published],
        new_rows: list[Row],
        new: Mapping[Table, Published],
    ) -> "Attacker":
        """One who has two revisions, and knows that cases were only ever added. Cells are called old and new."""
        known: dict[Any, int | None] = {}
        rows: list[dict[Any, float]] = []
        for name, own, tables in (("old", old_rows, old), ("new", new_rows, new)):
            known |= {(name, (table, key)): value for table, cells in tables.items() for key, value in cells.items()}
            rows += [{(name, cell): factor for cell, factor in row.items()} for row in own]
        for table, cells in new.items():  # what was not there before is known to have been zero
            known |= {("old", (table, key)): 0 for key in cells if ("old", (table, key)) not in known}
        pairs = [(("new", cell), ("old", cell)) for name, cell in known if name == "new"]
        return cls(rows, known, pairs)

    def _system(self, rows: list[dict[Any, float]]) -> tuple[Any, NDArray[np.float64]] | None:
        entries, right = [], []
        for row in rows:
            unknown = {cell: factor for cell, factor in row.items() if self._known[cell] is None}
            if unknown:
                entries += [(len(right), self._place[cell], factor) for cell, factor in unknown.items()]
                right.append(-sum(factor * (self._known[cell] or 0) for cell, factor in row.items()))
        if not right:
            return None
        line, column, factor = zip(*entries, strict=True)
        return coo_array((factor, (line, column)), shape=(len(right), len(self._place))).tocsr(), np.array(right)

    def bounds(self, cell: Any) -> tuple[float, float]:
        """The least and the most that a cell can be; infinity where there is no end."""
        return self._between({cell: 1.0})

    def bounds_of_difference(self, cell: Cell) -> tuple[float, float]:
        """The least and the most by which a cell can have grown from the old revision to the new."""
        return self._between({("new", cell): 1.0, ("old", cell): -1.0})

    def _between(self, aim: dict[Any, float]) -> tuple[float, float]:
        given = sum(factor * (self._known[cell] or 0) for cell, factor in aim.items())
        cost = np.zeros(len(self._place))
        for cell, factor in aim.items():
            if self._known[cell] is None:
                cost[self._place[cell]] = factor
        return given + self._least(cost), given - self._least(-cost)

    def _least(self, cost: NDArray[np.float64]) -> float:
        equal, below = self._equal or (None, None), self._below or (None, None)
        result = linprog(
            cost, A_eq=equal[0], b_eq=equal[1], A_ub=below[0], b_ub=below[1], bounds=(0, None), method="highs"
        )
        assert result.status in (0, 3), result.message  # solved, or without an end
        return float(result.fun) if result.status == 0 else -np.inf
