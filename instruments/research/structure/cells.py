"""The table of the levels of two items, and the chance of each of its cells where normal variables lie behind both."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from instruments.research.estimation.roc import Floats
from instruments.research.structure.normal import both_below, joint_density

#: No chance is taken to be smaller, so that its logarithm is finite.
LEAST_CHANCE = 1e-12


def without_empty(counts: Floats, of_two: NDArray[np.bool_]) -> Floats:
    """The tables, with half a person in an empty cell of two items of two levels; not where a diagonal is empty."""
    filled = counts.copy()
    inner = filled[of_two][:, :2, :2]
    empty = inner == 0
    alike, unlike = (empty[:, [0, 1], places].sum(axis=1) == 1 for places in ([0, 1], [1, 0]))
    half = 0.5 * (alike ^ unlike) * np.where(alike, 1, -1)
    inner += half[:, None, None] * np.array([[1, -1], [-1, 1]])
    whole = filled[of_two]
    whole[:, :2, :2] = inner
    filled[of_two] = whole
    return filled


def edges(cuts: Floats) -> Floats:
    """The cuts with the ends of the scale."""
    end = np.full((len(cuts), 1), np.inf)
    return np.concatenate([-end, cuts, end], axis=1)


def cells(first: Floats, second: Floats, correlation: Floats) -> tuple[Floats, Floats]:
    """The chance of each cell of each pair and how it changes with the correlation; shape (pairs, levels, levels)."""
    most = first.shape[1] + 1
    bound = correlation[:, None, None]
    one, other = np.broadcast_arrays(first[:, :, None], second[:, None, :])
    is_cut = np.isfinite(one) & np.isfinite(other)
    one_cut, other_cut = np.where(is_cut, one, 0.0), np.where(is_cut, other, 0.0)
    chances = both_below(one_cut, other_cut, np.broadcast_to(bound, one.shape))
    slopes = np.where(is_cut, joint_density(one_cut, other_cut, bound), 0.0)
    below_first, below_second = _shares(first), _shares(second)
    inner = np.where(is_cut, chances, np.minimum(below_first[:, 1:-1, None], below_second[:, None, 1:-1]))
    below = np.zeros((len(first), most + 1, most + 1))
    below[:, 1:-1, 1:-1] = inner
    below[:, -1, :], below[:, :, -1] = below_second, below_first
    change = np.zeros_like(below)
    change[:, 1:-1, 1:-1] = slopes
    return np.maximum(_differences(below), LEAST_CHANCE), _differences(change)


def _shares(cuts: Floats) -> Floats:
    return np.asarray(ndtr(edges(cuts)))


def _differences(corners: Floats) -> Floats:
    return np.diff(np.diff(corners, axis=1), axis=2)
