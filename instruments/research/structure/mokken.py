"""Mokken's scalability: how far items order people alike, without a model of how levels come about.

A pair's H is the covariance of two items by the largest that it could be with their levels as common as they are: 1
where nobody has a more seldom level without the more common one. Of an item and of the whole scale, covariances and
their largest values are summed. Only people rated on all items count. Standard errors are the delta method's over
multinomial shares, as Kuijpers, van der Ark and Croon give them; intervals stand on the logarithm of 1 - H, and end
below 1.

References
----------
Mokken, R. J. (1971). A theory and procedure of scale analysis. Mouton.
Molenaar, I. W. (1991). A weighted Loevinger H-coefficient extending Mokken scaling to multicategory items.
Kwantitatieve Methoden 12.
Kuijpers, R. E., van der Ark, L. A. & Croon, M. A. (2013). Standard errors and confidence intervals for scalability
coefficients in Mokken scale analysis using marginal models. Sociological Methodology 43.
Koopman, L., Zijlstra, B. J. H. & van der Ark, L. A. (2021). Range-preserving confidence intervals and significance
tests for scalability coefficients in Mokken scale analysis. Quantitative Psychology.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from instruments.research.estimation.intervals import LEVEL, reach_of
from instruments.research.estimation.roc import Floats
from instruments.research.figures.figure import Figure
from instruments.research.limits import limits
from instruments.research.structure.pairs import Whole, as_matrix

#: Rest scores are joined until a group has a tenth of many people, a fifth of fewer, else a third (but at least 50).
_MANY, _FEWER, _FEWEST = 500, 250, 50


@dataclass(frozen=True)
class Scalability:
    """Mokken's H.

    Parameters
    ----------
    names : tuple of str
    n : int
        People rated on all items.
    pairs, pair_errors : array, shape (items, items)
        Of each two items; 0 on the diagonal.
    items, item_errors : array, shape (items,)
    scale, scale_error : float
    outside : array, shape (items,)
        How many people are outside the commonest level of each item.
    """

    names: tuple[str, ...]
    n: int
    pairs: Floats
    pair_errors: Floats
    items: Floats
    item_errors: Floats
    scale: float
    scale_error: float
    outside: Floats

    @property
    def pairs_outside(self) -> Floats:
        """That of the item of each two on which fewer are; shape (items, items)."""
        return np.minimum.outer(self.outside, self.outside)


def scalability(ratings: pd.DataFrame) -> Scalability:
    """Mokken's H of each two items, of each item and of the scale, with standard errors.

    Parameters
    ----------
    ratings : DataFrame, shape (people, items)
        Whole codes without blanks; two items or more, and no item alike for everybody.

    Examples
    --------
    >>> apart = scalability(pd.DataFrame({"a": [0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1], "c": [1, 0, 0, 0, 1]}))
    >>> round(float(apart.pairs[0, 1]), 3), round(float(apart.pairs[0, 2]), 3)
    (1.0, -0.25)
    """
    codes = ratings.to_numpy(np.float64)
    people, size = codes.shape
    one, other = np.triu_indices(size, 1)
    away = codes - codes.mean(axis=0)
    products = away[:, one] * away[:, other]
    covariance = products.mean(axis=0)
    largest, of_largest = _largest(codes, one, other)
    of_covariance = products - covariance

    def ratio(members: Floats) -> tuple[Floats, Floats]:
        """H of sums over pairs, shape (pairs, sums), and its standard errors."""
        above, below = covariance @ members, largest @ members
        value = above / below
        moved = (of_covariance @ members - value * (of_largest @ members)) / below
        return value, np.sqrt((moved**2).mean(axis=0) / people)

    has = (one[:, None] == np.arange(size)) | (other[:, None] == np.arange(size))
    pairs, pair_errors = ratio(np.eye(len(one)))
    items, item_errors = ratio(has.astype(np.float64))
    scale, scale_error = ratio(np.ones((len(one), 1)))
    names = tuple(map(str, ratings))
    return Scalability(
        names,
        people,
        as_matrix(pairs, size),
        as_matrix(pair_errors, size),
        items,
        item_errors,
        float(scale[0]),
        float(scale_error[0]),
        people - np.array([np.unique(column, return_counts=True)[1].max() for column in codes.T], np.float64),
    )


def _largest(codes: Floats, one: Whole, other: Whole) -> tuple[Floats, Floats]:
    """The largest covariance of each pair, shape (pairs,), and what each person adds to its error, (people, pairs).

    It is the sum, over each step of either item, of the smaller of two shares, less the product of the means: a person
    moves it through the step that is taken more seldom, and by half through each where both are taken alike.
    """
    lowest = codes.min(axis=0)
    steps = [np.arange(low + 1, high + 1) for low, high in zip(lowest, codes.max(axis=0), strict=True)]
    taken = [(codes[:, [item]] >= each).astype(np.float64) for item, each in enumerate(steps)]
    shares = [each.mean(axis=0) for each in taken]
    means, away = (codes - lowest).mean(axis=0), codes - codes.mean(axis=0)
    largest, moved = np.empty(len(one)), np.empty((len(codes), len(one)))
    for place, (first, second) in enumerate(zip(one, other, strict=True)):
        rows, columns = shares[first][:, None], shares[second][None, :]
        by_first = (rows < columns) + 0.5 * (rows == columns)
        largest[place] = np.minimum(rows, columns).sum() - means[first] * means[second]
        moved[:, place] = (taken[first] - shares[first]) @ by_first.sum(axis=1)
        moved[:, place] += (taken[second] - shares[second]) @ (1 - by_first).sum(axis=0)
        moved[:, place] -= away[:, first] * means[second] + away[:, second] * means[first]
    return largest, moved


def h_figure(name: str, value: float, error: float, n: int, level: float = LEVEL, *, outside: float = np.inf) -> Figure:
    """A coefficient with its interval on the logarithm of 1 - H.

    There is none where no error was seen at all, or where fewer people than the limit are outside the commonest level
    of an item that it is of.
    """
    errors = 1 - value  # Guttman errors by those to be expected
    if not (errors > 1e-9 and error > 0):
        return Figure(name, value, level=level, n=n, method="range_preserving", note="no_guttman_errors")
    if outside < limits().outside_commonest_level.value:
        return Figure(name, value, level=level, n=n, method="range_preserving", note="few_outside")
    reach = reach_of(level, n - 1) * error / errors
    low, high = 1 - errors * np.exp(reach), 1 - errors * np.exp(-reach)
    return Figure(name, value, float(low), float(high), level, n, "range_preserving")


def monotonicity_violations(ratings: pd.DataFrame) -> list[int]:
    """How often, of each item, people with a higher sum of the other items take a step more seldom than a lower group.

    Only differences above the limit count. People are grouped by the sum of the other items, neighbouring sums joined
    until a group is large enough.

    References
    ----------
    Molenaar, I. W. & Sijtsma, K. (2000). User's manual MSP5 for Windows. iecProGAMMA.
    """
    codes = ratings.to_numpy(np.float64)
    people = len(codes)
    part = 10 if people > _MANY else 5 if people > _FEWER else 3
    least = max(people // part, 1 if people > _FEWER else _FEWEST)
    total = codes.sum(axis=1)
    return [_violations(column, total - column, least) for column in codes.T]


def _violations(column: Floats, rest: Floats, least: int) -> int:
    values, counts = np.unique(rest, return_counts=True)
    groups, group, size = np.zeros(len(values), np.intp), 0, 0
    for place, count in enumerate(counts):
        groups[place], size = group, size + int(count)
        if size >= least:
            group, size = group + 1, 0
    if 0 < size < least and group:
        groups[groups == group] = group - 1
    of_people = groups[np.searchsorted(values, rest)]
    steps = np.arange(column.min() + 1, column.max() + 1)
    shares = np.stack([(column[of_people == each][:, None] >= steps).mean(axis=0) for each in np.unique(of_people)])
    lower, higher = np.triu_indices(len(shares), 1)
    return int((shares[lower] - shares[higher] > limits().monotonicity_step.value).sum())
