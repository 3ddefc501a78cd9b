"""What must be hidden so that no small number is found, neither by reading nor by working it out from what is shown.

A small number is protected if another table, in which it is larger by the protection, agrees with everything that is
shown: whoever sees it cannot tell the two apart. For every small number such another table is looked for by linear
programming, among those that lose least of what could be shown, and what it touches is hidden. What is hidden for one
number can only widen what is possible for the others, so that once through is enough. (The perturbation of Fischetti
and Salazar, Management Science 2001, in its simplest form.) From there on the least that does is looked for; see
`screening.trends.optimum`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screening.trends.blocks import Block, Mask, State, UnprotectableError
from screening.trends.changes import ENDLESS, LEAST, new_model
from screening.trends.optimum import Optimum, Search

_TRIED_SHARE = 0.4


def least_hidden(block: Block, protection: int) -> Optimum:
    """Tell which cells are hidden, and how much less it could be.

    Parameters
    ----------
    protection : int
        By how much every small number must be able to be larger.

    Returns
    -------
    Optimum
        Hidden are the small cells, those that were hidden already, and what must be hidden besides.

    Raises
    ------
    UnprotectableError
    """
    forced: Mask = (block.states == State.HIDDEN) | (block.is_small & (block.states == State.OPEN))
    wanted = [int(cell) for cell in np.flatnonzero(block.is_small & (block.states != State.SHOWN))]
    if not wanted:
        return Optimum(forced, 0.0, 0.0)
    search = _InTurn(block, forced)
    left = _covered_together(search, wanted, protection)
    left.sort(key=lambda cell: (int(block.values[cell]), cell))
    search.protect_all(left, protection)

    def repair(hidden: Mask) -> Mask:
        again = _InTurn(block, hidden)
        again.protect_all(left, protection)
        return again.hidden

    return Search(block, forced, left, protection, repair).improve(search.hidden)


def _covered_together(search: "_InTurn", cells: list[int], protection: int) -> list[int]:
    """The cells that are not protected yet by what is hidden already; many are tried at a time, while it helps."""
    choose = np.random.default_rng(0)
    is_idle = False
    while len(cells) > 1 and not is_idle:
        # what raises one cell may lower another, so that they are not all tried at once
        tried = [cell for cell in cells if choose.random() < _TRIED_SHARE]
        covered = search.raise_many(tried, protection) if tried else set()
        is_idle = not covered
        cells = [cell for cell in cells if cell not in covered]
    return cells


class _InTurn:
    """Protects one cell after the other, by a linear program: how much each is changed, so that every sum still holds.

    Each cell that is not shown has a part that is added and a part that is taken away, and for cells that may still be
    shown both cost what is lost by hiding them.
    """

    hidden: Mask

    def __init__(self, block: Block, hidden: Mask) -> None:
        self.hidden = hidden.copy()
        self._room = np.minimum(block.room, block.values).astype(np.float64)
        self._changeable = np.flatnonzero(block.states != State.SHOWN)
        self._column = np.full(len(block.values), -1)
        self._column[self._changeable] = np.arange(len(self._changeable))
        self._n = len(self._changeable)
        self._model = new_model()
        self._build(block)

    def _build(self, block: Block) -> None:
        n = self._n
        room = self._room[self._changeable]
        many = ENDLESS
        # columns: 0..n-1 what is added, n..2n-1 what is taken away, 2n..3n-1 how much of the addition counts
        upper = np.concatenate([np.full(n, many), room, np.zeros(n)])
        self._model.addVars(3 * n, np.zeros(3 * n), upper)
        cost = np.where(self.hidden[self._changeable], 0.0, block.loss[self._changeable])
        self._model.changeColsCost(2 * n, np.arange(2 * n, dtype=np.int32), np.concatenate([cost, cost]))
        starts: list[int] = []
        index: list[int] = []
        value: list[float] = []
        for each in block.sums:
            columns = self._column[each.parts]
            columns = columns[columns >= 0]
            total = int(self._column[each.total])
            if not len(columns) and total < 0:
                continue
            starts.append(len(index))
            index.extend([*columns, *(columns + n)])
            value.extend([1.0] * len(columns) + [-1.0] * len(columns))
            if total >= 0:
                index.extend([total, total + n])
                value.extend([-1.0, 1.0])
        rows = len(starts)
        lower = np.concatenate([np.zeros(rows), np.full(n, -many)])
        self._first_count = rows
        higher = np.concatenate([np.zeros(rows), np.full(n, many)])
        for column in range(n):  # what counts is at most what is added less what is taken away
            starts.append(len(index))
            index.extend([column, column + n, column + 2 * n])
            value.extend([1.0, -1.0, -1.0])
        self._model.addRows(
            rows + n,
            lower,
            higher,
            len(index),
            np.array(starts, dtype=np.int32),
            np.array(index, dtype=np.int32),
            np.array(value, dtype=np.float64),
        )

    def protect_all(self, cells: Sequence[int], protection: int) -> None:
        """Hide what is needed for every one of some cells, one after the other."""
        left = list(cells)
        while left:
            covered = self.protect(left[0], protection)
            # what was hidden for this one does for others, too
            left = [cell for cell in left[1:] if not covered[cell]]

    def raise_many(self, cells: Sequence[int], protection: int) -> set[int]:
        """The cells that one change of hidden cells alone raises by the protection."""
        columns = self._column[list(cells)]
        n = self._n
        shown = np.flatnonzero(~self.hidden[self._changeable])
        room = self._room[self._changeable]
        counted = np.asarray(columns + 2 * n, dtype=np.int32)
        rows = np.asarray(columns + self._first_count, dtype=np.int32)
        fixed = np.concatenate([shown, shown + n]).astype(np.int32)
        none, ones = np.zeros(len(fixed)), np.ones(len(counted))
        endless = ones * ENDLESS
        self._model.changeColsBounds(len(fixed), fixed, none, none)
        self._model.changeRowsBounds(len(rows), rows, 0.0 * ones, endless)
        self._model.changeColsBounds(len(counted), counted, 0.0 * ones, protection * ones)
        self._model.changeColsCost(len(counted), counted, -ones)
        change = self._solve()
        self._model.changeColsCost(len(counted), counted, 0.0 * ones)
        self._model.changeColsBounds(len(counted), counted, 0.0 * ones, 0.0 * ones)
        self._model.changeRowsBounds(len(rows), rows, -endless, endless)
        most = np.concatenate([np.full(len(shown), ENDLESS), room[shown]])
        self._model.changeColsBounds(len(fixed), fixed, none, most)
        if change is None:
            return set()
        return {cell for cell in cells if change[self._column[cell]] > protection - LEAST}

    def protect(self, cell: int, protection: int) -> Mask:
        """Hide what is needed for a cell to be able to be larger by the protection.

        Returns
        -------
        bool array, shape (n,)
            The cells that are so now, among them this one.
        """
        n, column = self._n, int(self._column[cell])
        self._model.changeColBounds(column, float(protection), float(protection))
        self._model.changeColBounds(column + n, 0.0, 0.0)
        change = self._solve()
        self._model.changeColBounds(column, 0.0, ENDLESS)
        self._model.changeColBounds(column + n, 0.0, float(self._room[cell]))
        if change is None:
            raise UnprotectableError
        touched = np.flatnonzero((np.abs(change) > LEAST) & ~self.hidden[self._changeable])
        self.hidden[self._changeable[touched]] = True
        for each in touched:
            self._model.changeColCost(int(each), 0.0)
            self._model.changeColCost(int(each) + n, 0.0)
        raised = np.zeros(len(self.hidden), dtype=np.bool_)
        raised[self._changeable] = change > protection - LEAST
        return raised

    def _solve(self) -> NDArray[np.float64] | None:
        from highspy import HighsModelStatus

        self._model.run()
        if self._model.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        solution = np.array(self._model.getSolution().col_value)
        change: NDArray[np.float64] = solution[: self._n] - solution[self._n : 2 * self._n]
        return change
