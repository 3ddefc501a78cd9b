"""Cells that are tied to one another by sums, and what may become of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


class State(IntEnum):
    """What may become of a cell."""

    #: It is shown unless it must be hidden.
    OPEN = 0
    #: It is hidden already and stays so.
    HIDDEN = 1
    #: It was shown before, or is known for another reason.
    SHOWN = 2


class UnprotectableError(RuntimeError):
    """A small number follows from what was shown before, whatever is hidden now."""


@dataclass(frozen=True)
class Sum:
    """A cell that is the sum of others.

    Parameters
    ----------
    total : int
    parts : int array
        Positions of cells; each cell stands in a sum at most once.
    """

    total: int
    parts: Numbers


@dataclass(frozen=True)
class Block:
    """Cells that are tied to one another by sums.

    Parameters
    ----------
    values : int array, shape (n,)
    is_small : bool array, shape (n,)
        Cells that must not be found.
    states : int array, shape (n,)
        `State` of every cell.
    room : int array, shape (n,)
        How much lower each cell could be as far as a reader knows; never more than its value.
    loss : float array, shape (n,)
        What is lost for the reader by hiding each cell, for choosing among those that would do.
    sums : sequence of Sum
        Every relation between cells that a reader knows of.
    """

    values: Numbers
    is_small: Mask
    states: NDArray[np.int8]
    room: Numbers
    loss: NDArray[np.float64]
    sums: Sequence[Sum]
