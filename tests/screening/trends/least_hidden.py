"""The least that can be hidden in one table, by one mixed integer program: nothing of it is shared with what it tries.

Written out: for every small number a table of its own, in which it is larger by the protection, and which differs from
the true one in hidden cells only. That is exact, and much too large for anything but a small table.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from screening.trends.blocks import Block, Mask, State, Sum

_TOTALS_WEIGH = 50.0


@dataclass(frozen=True)
class Least:
    """The optimum: which cells are hidden, and what it comes to."""

    hidden: Mask
    loss: float


def some_table(seed: int, rows: int = 10, columns: int = 6) -> Block:
    """A table with its margins, as skew as numbers of cases are; totals are dearer to hide, as in the lattice."""
    inner = np.random.default_rng(seed).negative_binomial(1.0, 1 / 11, (rows, columns))
    return block_of(inner)


def block_of(inner: NDArray[np.int64], smallest: int = 5) -> Block:
    """A table with its margins, of which nothing was shown before."""
    rows, columns = inner.shape
    size = rows * columns
    places = np.arange(size).reshape(rows, columns)
    total = size + rows + columns
    sums = [
        *(Sum(size + row, places[row]) for row in range(rows)),
        *(Sum(size + rows + column, places[:, column]) for column in range(columns)),
        Sum(total, np.arange(size, size + rows)),
        Sum(total, np.arange(size + rows, total)),
    ]
    values = np.concatenate([inner.ravel(), inner.sum(axis=1), inner.sum(axis=0), [inner.sum()]])
    weights = np.concatenate([np.ones(size), np.full(rows + columns, _TOTALS_WEIGH), [_TOTALS_WEIGH**2]])
    states = np.full(len(values), State.OPEN, dtype=np.int8)
    return Block(values, (values > 0) & (values < smallest), states, values.copy(), (1.0 + values) * weights, sums)


def least_by_one_program(block: Block, protection: int, most: int) -> Least:
    """Solve it to the end.

    Parameters
    ----------
    most : int
        No cell has to be raised by more than this in any of the tables.
    """
    size = len(block.values)
    secrets = np.flatnonzero(block.is_small & (block.states != State.SHOWN))
    columns = size * (1 + 2 * len(secrets))  # hidden or not; for each secret what is added, what is taken away
    lower, upper = np.zeros(columns), np.ones(columns)
    lower[:size] = (block.states == State.HIDDEN) | (block.is_small & (block.states == State.OPEN))
    upper[:size] = block.states != State.SHOWN
    equal = lil_array((len(secrets) * len(block.sums), columns))
    within = lil_array((len(secrets) * 2 * size, columns))
    for number, secret in enumerate(secrets):
        added = size + number * 2 * size
        taken = added + size
        upper[added:taken], upper[taken : taken + size] = most, block.room
        lower[added + secret] = upper[added + secret] = protection
        upper[taken + secret] = 0.0
        for place, each in enumerate(block.sums):
            row = number * len(block.sums) + place
            for cell, sign in [(each.total, -1.0), *((int(part), 1.0) for part in each.parts)]:
                equal[row, added + cell], equal[row, taken + cell] = sign, -sign
        for cell in range(size):
            for place, (column, largest) in enumerate(((added + cell, most), (taken + cell, block.room[cell]))):
                row = (number * size + cell) * 2 + place
                within[row, column], within[row, cell] = 1.0, -float(largest)
    cost = np.zeros(columns)
    cost[:size] = np.where(lower[:size] > 0, 0.0, block.loss)
    integrality = np.zeros(columns)
    integrality[:size] = 1
    solution = milp(
        cost,
        constraints=[
            LinearConstraint(equal.tocsr(), 0.0, 0.0),
            LinearConstraint(within.tocsr(), -np.inf, 0.0),
        ],
        integrality=integrality,
        bounds=Bounds(lower, upper),
        options={"mip_rel_gap": 0.0},
    )
    assert solution.status == 0, solution.message
    return Least(np.round(solution.x[:size]).astype(np.bool_), float(solution.fun))
