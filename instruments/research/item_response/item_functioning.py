"""Differential item functioning: are people with the same trait rated differently on an item because of their group.

All items but the one that is looked at have the same parameters in both groups, and the trait has a mean and a spread
of its own in each. The item's parameters are then let free between the groups: twice the gain in log-likelihood is
compared with a chi-square distribution. How much it matters is the difference in the expected rating, over the trait as
it is in the group: on the whole, which tells the direction, and whichever is higher, since where the curves cross what
is higher here and lower there cancels out.

References
----------
Raju, N. S. (1988). The area between two item characteristic curves. Psychometrika 53, 495-502.
Thissen, D., Steinberg, L. & Wainer, H. (1993). Detection of differential item functioning using the parameters of item
response models. In: Differential item functioning. Erlbaum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.stats import chi2, false_discovery_control, norm

from instruments.research.estimation.intervals import LEVEL
from instruments.research.estimation.roc import Floats
from instruments.research.faults import NotConvergedError, TooFewRowsError
from instruments.research.item_response.graded_information import errors_of
from instruments.research.item_response.graded_response import (
    POINTS,
    Fitted,
    Parameters,
    Patterns,
    cumulative_chances,
    fit,
    gradients,
)
from instruments.research.limits import limits

#: Log-likelihoods are compared, so that the parameters are followed further than for their own sake.
_SETTLED = 1e-5


@dataclass(frozen=True)
class ItemFunctioning:
    """How an item works in a group, compared with another.

    Parameters
    ----------
    chi_square : float
        Twice the gain in log-likelihood.
    freedom : int
        Parameters of the item.
    p : float
        The chance of such a gain where the item works alike.
    adjusted_p : float
        After Benjamini and Hochberg, over the items of the comparison.
    difference : float
        The expected rating in the group less that in the other at the same trait, in levels.
    low, high : float or None
        The ends of its interval; None where the data do not settle it.
    distance : float
        The same without its sign at each place on the trait. Never less than the difference, and never quite 0.
    n : int
        People in both groups who were rated on the item.
    """

    item: str
    chi_square: float
    freedom: int
    p: float
    adjusted_p: float
    difference: float
    low: float | None
    high: float | None
    distance: float
    n: int

    @property
    def is_flagged(self) -> bool:
        """Whether the item works differently for certain enough and by enough to matter; see `limits.yaml`."""
        certain = self.adjusted_p < limits().item_functioning_significance.value
        return certain and self.distance > limits().item_functioning_difference.value


def differential_functioning(
    ratings: pd.DataFrame, in_group: NDArray[np.bool_], *, n_jobs: int | None = None
) -> tuple[ItemFunctioning, ...]:
    """Compare a group with everybody else, item by item.

    Parameters
    ----------
    ratings : DataFrame
        A column an item; NaN for a blank.
    in_group : bool array, shape (people,)
    n_jobs : int, optional
        Items that are looked at at once, as in joblib.

    Returns
    -------
    tuple of ItemFunctioning
        For the items that have the same two levels or more in both.

    Raises
    ------
    TooFewRowsError
        If the group or the others are fewer than `limits.yaml` asks for.
    NotConvergedError
    """
    compared = _compared(ratings, in_group, None, n_jobs)
    adjusted = false_discovery_control([each.p for each in compared])
    return tuple(replace(each, adjusted_p=float(p)) for each, p in zip(compared, adjusted, strict=True))


def functioning_of(ratings: pd.DataFrame, in_group: NDArray[np.bool_], item: str) -> ItemFunctioning:
    """Compare a group with everybody else on one item that was chosen beforehand, so that its p is not adjusted.

    Parameters
    ----------
    ratings, in_group
        As in `differential_functioning`.
    item : str
        A column of the ratings.

    Raises
    ------
    TooFewRowsError, NotConvergedError
        As `differential_functioning`.
    """
    return _compared(ratings, in_group, item, None)[0]


def _compared(
    ratings: pd.DataFrame, in_group: NDArray[np.bool_], item: str | None, n_jobs: int | None
) -> list[ItemFunctioning]:
    """One item, or each that can be compared."""
    needed = int(limits().item_functioning_persons.value)
    fewest = int(min(in_group.sum(), (~in_group).sum()))
    if fewest < needed:
        raise TooFewRowsError("", n=fewest, needed=needed)
    kept = _comparable(ratings, in_group)
    codes, levels = _coded(ratings[kept])
    groups = in_group.astype(np.intp)
    base = fit(Patterns.of(codes, levels, groups), settled=_SETTLED)
    if not base.settled:
        raise NotConvergedError("", name="irt", iterations=base.rounds)
    places = range(len(kept)) if item is None else [kept.index(item)]
    freed = Parallel(n_jobs=n_jobs)(delayed(_let_free)(codes, levels, groups, base, place) for place in places)
    return [replace(each, item=kept[place]) for each, place in zip(freed, places, strict=True)]


def _comparable(ratings: pd.DataFrame, in_group: NDArray[np.bool_]) -> list[str]:
    """The items that occur on the same levels, two or more, in the group and among the others."""
    return [
        str(name)
        for name in ratings
        if len(inside := set(ratings[name][in_group].dropna())) > 1 and inside == set(ratings[name][~in_group].dropna())
    ]


def _coded(ratings: pd.DataFrame) -> tuple[Floats, list[int]]:
    """Codes as places among the levels that occur."""
    columns, levels = [], []
    for name in ratings:
        occurring = np.sort(ratings[name].dropna().unique())
        places = np.searchsorted(occurring, ratings[name]).astype(np.float64)
        columns.append(np.where(ratings[name].isna(), np.nan, places))
        levels.append(len(occurring))
    return np.column_stack(columns), levels


def _let_free(
    codes: Floats, levels: Sequence[int], groups: NDArray[np.intp], base: Fitted, item: int
) -> ItemFunctioning:
    """Take an item as two, one for each group."""
    inside = groups == 1
    others, own = np.where(inside, np.nan, codes[:, item]), np.where(inside, codes[:, item], np.nan)
    split = np.column_stack([np.delete(codes, item, axis=1), others, own])
    numbers = [*np.delete(levels, item).tolist(), levels[item], levels[item]]
    patterns = Patterns.of(split, numbers, groups)
    freed = fit(patterns, _split(base.parameters, item), settled=_SETTLED)
    if not freed.settled:
        raise NotConvergedError("", name="irt", iterations=freed.rounds)
    gain = max(0.0, 2 * (freed.log_likelihood - base.log_likelihood))
    freedom = levels[item]
    difference, change, distance = _difference(freed.parameters)
    low = high = None
    if (errors := errors_of(patterns, freed.parameters)) is not None:
        covariance = errors.of_pair(len(numbers) - 2, len(numbers) - 1)
        half = float(norm.ppf((1 + LEVEL) / 2) * np.sqrt(change @ covariance @ change))
        low, high = difference - half, difference + half
    p = float(chi2.sf(gain, freedom))
    n = int((~np.isnan(codes[:, item])).sum())
    return ItemFunctioning("", gain, freedom, p, p, difference, low, high, distance, n)


def _split(parameters: Parameters, item: int) -> Parameters:
    """Where the estimation with a split item starts."""
    places = [*np.delete(np.arange(len(parameters.slopes)), item).tolist(), item, item]
    intercepts = tuple(parameters.intercepts[place] for place in places)
    return Parameters(parameters.slopes[places], intercepts, parameters.means, parameters.spreads)


def _difference(parameters: Parameters) -> tuple[float, Floats, float]:
    """The difference in expected rating over the group's trait, how the last two items change it, and without sign."""
    weights = parameters.prior()[1]
    last = len(parameters.slopes) - 1
    expected, changes = zip(*_expected(parameters, (last, last - 1), weights), strict=True)
    apart = expected[0] - expected[1]
    return float(apart @ weights), np.concatenate([-changes[1], changes[0]]), float(np.abs(apart) @ weights)


def _expected(parameters: Parameters, items: Sequence[int], weights: Floats) -> Iterator[tuple[Floats, Floats]]:
    """By item: the expected rating at each place on the trait, and how its mean changes with the parameters."""
    for item in items:
        cumulative = cumulative_chances(parameters, [item], POINTS)
        change = gradients(cumulative, POINTS)[0]
        steps = np.arange(change.shape[0])
        yield cumulative[0, 1:-1].sum(axis=0), np.einsum("k,kpq,q->p", steps, change, weights)
