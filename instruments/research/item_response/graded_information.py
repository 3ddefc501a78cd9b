"""What a graded response model is sure of: standard errors of its parameters, and what items tell along the trait.

Standard errors come from the observed information, by the identity of Louis (1982): what the ratings would tell if the
trait were seen, less what is lost because it is not.

References
----------
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. Journal of the Royal
Statistical Society B 44.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from instruments.research.estimation.roc import Floats
from instruments.research.item_response.graded_response import (
    POINTS,
    Parameters,
    Patterns,
    chances,
    cumulative_chances,
    gradients,
    posterior,
)


@dataclass(frozen=True)
class Errors:
    """How sure the parameters of the items are.

    Parameters
    ----------
    covariance : array, shape (parameters, parameters)
        Of slope and intercepts of one item after the other.
    starts : array of int, shape (items + 1,)
        Where each item begins.
    """

    covariance: Floats
    starts: NDArray[np.intp]

    def of_item(self, item: int) -> Floats:
        """The covariance of slope and intercepts of one item."""
        place = slice(self.starts[item], self.starts[item + 1])
        own: Floats = self.covariance[place, place]
        return own

    def of_pair(self, one: int, other: int) -> Floats:
        """The covariance of the parameters of two items, one after the other."""
        places = np.r_[self.starts[one] : self.starts[one + 1], self.starts[other] : self.starts[other + 1]]
        both: Floats = self.covariance[np.ix_(places, places)]
        return both


def errors_of(patterns: Patterns, parameters: Parameters) -> Errors | None:
    """Standard errors of the parameters of the items; the means and spreads of groups are taken as known.

    Returns
    -------
    Errors or None
        None where the information is singular: the data do not settle the parameters.
    """
    with threadpool_limits(1, user_api="blas"):
        posteriors, _ = posterior(patterns, parameters)
        seen = _of_complete_data(patterns, parameters, posteriors * patterns.counts[:, None])
        information = seen - _lost(patterns, parameters, posteriors)
    starts = np.cumsum([0, *patterns.levels]).astype(np.intp)
    smallest = np.linalg.eigvalsh(information)[0]
    if not smallest > 1e-8 * np.abs(information).max():
        return None
    return Errors(np.asarray(np.linalg.inv(information), np.float64), starts)


def _of_complete_data(patterns: Patterns, parameters: Parameters, weighted: Floats) -> Floats:
    """The information if the trait were seen: a block for each item."""
    expected = patterns.indicators.T @ weighted
    size = sum(patterns.levels)
    information = np.zeros((size, size))
    start = 0
    for item, number in enumerate(patterns.levels):
        place = slice(start, start + number)
        cumulative = cumulative_chances(parameters, [item], POINTS)
        chance = np.maximum(np.diff(-cumulative[0], axis=0), 1e-16)
        change, bend = gradients(cumulative, POINTS)[0], _bends(cumulative[0])
        counts = expected[place]
        outer = np.einsum("kpq,krq,kq->pr", change, change, counts / chance**2)
        information[place, place] = outer - np.einsum("kprq,kq->pr", bend, counts / chance)
        start += number
    return information


def _bends(cumulative: Floats) -> Floats:
    """The second derivatives of the chances of an item's levels; shape (levels, parameters, parameters, points)."""
    curve = cumulative * (1 - cumulative) * (1 - 2 * cumulative)
    levels = len(cumulative) - 1
    bend = np.zeros((levels, levels, levels, cumulative.shape[1]))
    bend[:, 0, 0] = POINTS**2 * (curve[:-1] - curve[1:])
    for threshold in range(1, levels):
        for level, sign in ((threshold, 1), (threshold - 1, -1)):
            bend[level, threshold, threshold] = sign * curve[threshold]
            bend[level, 0, threshold] = bend[level, threshold, 0] = sign * POINTS * curve[threshold]
    return bend


def _lost(patterns: Patterns, parameters: Parameters, posteriors: Floats) -> Floats:
    """The variance of the scores within people, which is lost since the trait is not seen."""
    slopes = _scores(patterns, parameters)  # (columns, parameters, points)
    size = sum(patterns.levels)
    lost = np.zeros((size, size))
    for place in range(len(POINTS)):
        weights = patterns.counts * posteriors[:, place]
        if weights.max() < 1e-12:
            continue
        together = patterns.indicators.T @ (patterns.indicators * weights[:, None])
        lost += slopes[:, :, place].T @ together @ slopes[:, :, place]
    own = np.zeros((len(posteriors), size))
    start = 0
    for number in patterns.levels:
        place_of = slice(start, start + number)
        block = np.einsum("cpq,nq->ncp", slopes[place_of, place_of], posteriors, optimize=True)
        own[:, place_of] = np.einsum("nc,ncp->np", patterns.indicators[:, place_of], block)
        start += number
    return np.asarray(lost - own.T @ (own * patterns.counts[:, None]))


def _scores(patterns: Patterns, parameters: Parameters) -> Floats:
    """The derivatives of the logarithm of each level's chance; shape (columns, parameters, points)."""
    size = sum(patterns.levels)
    scores = np.zeros((size, size, len(POINTS)))
    table = chances(patterns.levels, parameters)
    start = 0
    for item, number in enumerate(patterns.levels):
        place = slice(start, start + number)
        change = gradients(cumulative_chances(parameters, [item], POINTS), POINTS)[0]
        scores[place, place] = change / table[place][:, None]
        start += number
    return scores


def item_information(levels: tuple[int, ...], parameters: Parameters, points: Floats = POINTS) -> Floats:
    """How much each item tells at each point of the trait; shape (items, points). Their sum is the test's."""
    information = np.empty((len(levels), len(points)))
    for item in range(len(levels)):
        cumulative = cumulative_chances(parameters, [item], points)[0]
        slope = cumulative * (1 - cumulative)
        chance = np.maximum(np.diff(-cumulative, axis=0), 1e-16)
        information[item] = parameters.slopes[item] ** 2 * ((slope[:-1] - slope[1:]) ** 2 / chance).sum(axis=0)
    return information
