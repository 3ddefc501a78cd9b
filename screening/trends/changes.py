"""What could be otherwise without anybody seeing it: changes of cells by which every sum still holds.

A table with a small number is protected if another one, in which that number is larger by the protection, agrees with
everything that is shown. The difference between the two is a change, and it touches hidden cells only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.trends.blocks import Block, Mask, State

Floats = NDArray[np.float64]
LEAST = 1e-6
ENDLESS = float("inf")
#: Of HiGHS: the simplex that goes on from what is possible when only the aim is another.
PRIMAL = 4


def new_model() -> Any:
    """A linear program of HiGHS that is solved over and over with small changes, always in the same way.

    Returns
    -------
    highspy.Highs
    """
    import highspy

    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    # one small change after another: the last basis is the best start
    model.setOptionValue("presolve", "off")
    model.setOptionValue("solver", "simplex")
    return model


@dataclass(frozen=True)
class Reach:
    """How far one cell can be raised.

    Parameters
    ----------
    most : float
        By how much, and never more than was asked for.
    change : float array, shape (cells,)
        A change that does it.
    prices : float array, shape (cells,)
        Why it is no more: whatever the change is, the cell is raised by at most the sum of each price times the change
        of its cell. Cells with a price are those that stand in the way.
    """

    most: float
    change: Floats
    prices: Floats


class Changes:
    """By how much a cell of a block can be raised if some cells are free to change."""

    def __init__(self, block: Block, forced: Mask, protection: int) -> None:
        self._protection = float(protection)
        changeable = np.flatnonzero(block.states != State.SHOWN)
        self._changeable = changeable
        self._column = np.full(len(block.values), -1)
        self._column[changeable] = np.arange(len(changeable))
        self._forced = forced[changeable]
        self._room = np.minimum(block.room, block.values)[changeable].astype(np.float64)
        self._lower, self._upper = -self._room, np.full(len(changeable), ENDLESS)
        self._model = new_model()
        # from one cell to the next only the aim is another: the last change is still possible
        self._model.setOptionValue("simplex_strategy", PRIMAL)
        self._model.addVars(len(changeable), self._lower, self._upper)
        self._row, self._place, self._sign = _entries(block, self._column)
        starts = np.flatnonzero(np.diff(self._row, prepend=-1)).astype(np.int32)
        none = np.zeros(len(starts))
        self._model.addRows(len(starts), none, none, len(self._place), starts, self._place.astype(np.int32), self._sign)

    def free(self, share: Floats) -> None:
        """Say which cells may change.

        Parameters
        ----------
        share : float array, shape (cells,)
            0 for a cell that stays, 1 for one that is free, and between them for one that is free in part: as a
            relaxed choice has it. Forced cells are free whatever it says.
        """
        share = np.where(self._forced, 1.0, share[self._changeable])
        self._lower = -share * self._room
        self._upper = np.where(share > 1.0 - LEAST, ENDLESS, share * self._protection)
        columns = np.arange(len(share), dtype=np.int32)
        self._model.changeColsBounds(len(share), columns, self._lower, self._upper)

    def raise_one(self, cell: int) -> Reach:
        """Raise a cell as far as it goes, up to the protection."""
        column = int(self._column[cell])
        self._model.changeColBounds(column, 0.0, min(self._protection, float(self._upper[column])))
        self._model.changeColCost(column, -1.0)
        self._solve()
        solution = self._model.getSolution()
        change = np.array(solution.col_value)
        weights = self._sign * np.array(solution.row_dual)[self._row]
        prices: Floats = np.bincount(self._place, weights, minlength=len(change)).astype(np.float64)
        prices[column] += 1.0
        self._model.changeColCost(column, 0.0)
        self._model.changeColBounds(column, float(self._lower[column]), float(self._upper[column]))
        return Reach(float(change[column]), self._whole(change), self._whole(prices))

    def _solve(self) -> None:
        from highspy import HighsModelStatus

        self._model.run()
        if self._model.getModelStatus() != HighsModelStatus.kOptimal:
            self._model.clearSolver()  # there is a solution, no change at all: begin anew
            self._model.run()
            if self._model.getModelStatus() != HighsModelStatus.kOptimal:
                raise ArithmeticError(f"the linear program ended as {self._model.getModelStatus()}")

    def _whole(self, part: Floats) -> Floats:
        whole = np.zeros(len(self._column))
        whole[self._changeable] = part
        return whole


def _entries(block: Block, column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Every sum with a cell that may change: the row, the column and the sign of each of its entries."""
    rows: list[NDArray[np.int64]] = []
    places: list[NDArray[np.int64]] = []
    signs: list[Floats] = []
    for each in block.sums:
        columns = column[np.append(each.parts, each.total)]
        sign = np.append(np.ones(len(each.parts)), -1.0)[columns >= 0]
        columns = columns[columns >= 0]
        if len(columns):
            rows.append(np.full(len(columns), len(rows)))
            places.append(columns)
            signs.append(sign)
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate(rows), np.concatenate(places), np.concatenate(signs)
