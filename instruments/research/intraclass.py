"""Intraclass correlations in all six forms, with any pattern of missing ratings.

The forms and their names are those of McGraw and Wong (1996): one-way, two-way for absolute agreement and two-way for
consistency, each of a single rating and of the mean of ``k``. In the names of R's *psych* they are ICC1, ICC2, ICC3,
ICC1k, ICC2k and ICC3k.

Where every rater rated everybody, values and intervals are the analysis of variance's and equal those of *irr* and
*psych*. Elsewhere the variance components are Henderson's third method (the fitting of constants), which gives the same
values where nothing is missing, ``k`` is the harmonic mean of how often a person was rated, and the intervals draw
persons.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from instruments.faults import Fault
from instruments.research.faults import SingleRaterError
from instruments.research.figures import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits
from instruments.research.resampling import Resampling
from instruments.research.roc import Floats
from instruments.research.sums import LEVEL, draw_sums, percentile_interval

ONE_WAY = ("icc_1", "icc_k")
TWO_WAY = ("icc_a1", "icc_c1", "icc_ak", "icc_ck")
FORMS = ("icc_1", "icc_a1", "icc_c1", "icc_k", "icc_ak", "icc_ck")
_ROUNDING = 1e-20


@dataclass(frozen=True)
class _MeanSquares:
    persons: float
    raters: float
    error: float
    within: float
    n: int
    k: int


def intraclass_correlations(table: pd.DataFrame, given: Resampling) -> tuple[Outcome, ...]:
    """All six forms, in the order of `FORMS`.

    Parameters
    ----------
    table : DataFrame
        A row a person, a column a rater; NaN where a rater did not rate. Persons who were rated once do not count.

    Returns
    -------
    tuple of Figure or InsufficientEvidence

    Raises
    ------
    SingleRaterError
        If nobody was rated by two.
    """
    ratings = table.to_numpy(np.float64)
    ratings = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    if not len(ratings):
        raise SingleRaterError()
    ratings = ratings[:, ~np.isnan(ratings).all(axis=0)]
    n = len(ratings)
    needed = limits().whole("intraclass_persons")
    if n < needed:
        return _none("too-few-rows", {"n": n, "needed": needed}, n)
    if (np.nanmax(ratings, axis=1) == np.nanmin(ratings, axis=1)).all():
        return tuple(Figure(name, 1.0, level=LEVEL, n=n, note="perfect_agreement") for name in FORMS)
    if not np.isnan(ratings).any():
        return _balanced(ratings)
    return _unbalanced(ratings, given)


def _none(code: str, parameters: dict[str, object], n: int) -> tuple[Outcome, ...]:
    return tuple(InsufficientEvidence(name, Fault(code, "", {**parameters, "name": name}), n) for name in FORMS)


def _balanced(ratings: Floats) -> tuple[Outcome, ...]:
    squares = _mean_squares(ratings)
    n, k = squares.n, squares.k
    components = np.array([[squares.persons, squares.raters, squares.error, squares.within]])
    values = dict(zip(FORMS, _forms_of_squares(components, n, k)[0], strict=True))
    found: list[Outcome] = []
    for name in FORMS:
        ends = _interval(name, squares, values, LEVEL)
        if not np.isfinite(values[name]):
            found.append(InsufficientEvidence(name, Fault("no-variation", "", {"name": name}), n))
        elif not np.isfinite(ends).all():
            found.append(Figure(name, values[name], level=LEVEL, n=n, note="no_interval"))
        else:
            found.append(Figure(name, values[name], *ends, LEVEL, n, "analysis_of_variance"))
    return tuple(found)


def _mean_squares(ratings: Floats) -> _MeanSquares:
    n, k = ratings.shape
    centred = ratings - ratings.mean()
    of_persons = centred.mean(axis=1, keepdims=True)
    of_raters = centred.mean(axis=0, keepdims=True)
    residual = centred - of_persons - of_raters
    persons = k * float((of_persons**2).sum()) / (n - 1)
    raters = n * float((of_raters**2).sum()) / (k - 1)
    error = float((residual**2).sum()) / ((n - 1) * (k - 1))
    within = float(((centred - of_persons) ** 2).sum()) / (n * (k - 1))
    if error < _ROUNDING * (persons + within):
        error = 0.0
    return _MeanSquares(persons, raters, error, within, n, k)


def _forms_of_squares(squares: Floats, n: int, k: int) -> Floats:
    persons, raters, error, within = squares.T
    between = persons - error
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack(
            [
                (persons - within) / (persons + (k - 1) * within),
                between / (persons + (k - 1) * error + k * (raters - error) / n),
                between / (persons + (k - 1) * error),
                (persons - within) / persons,
                between / (persons + (raters - error) / n),
                between / persons,
            ]
        )


def _interval(name: str, squares: _MeanSquares, values: dict[str, float], level: float) -> tuple[float, float]:
    """The interval from the distribution of F (McGraw and Wong 1996, tables 7 and 8)."""
    n, k, tail = squares.n, squares.k, (1 + level) / 2
    if name in ("icc_a1", "icc_ak"):
        low, high = _interval_of_agreement(squares, values["icc_a1"], tail)
        return (low, high) if name == "icc_a1" else (_of_mean(low, k), _of_mean(high, k))
    error = squares.within if name in ONE_WAY else squares.error
    freedom = n * (k - 1) if name in ONE_WAY else (n - 1) * (k - 1)
    if error == 0:  # the raters differ by a constant, and F is infinite
        return np.nan, np.nan
    low = squares.persons / error / f_distribution.ppf(tail, n - 1, freedom)
    high = squares.persons / error * f_distribution.ppf(tail, freedom, n - 1)
    if name in ("icc_1", "icc_c1"):
        return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))
    return float(1 - 1 / low), float(1 - 1 / high)


def _interval_of_agreement(squares: _MeanSquares, value: float, tail: float) -> tuple[float, float]:
    n, k = squares.n, squares.k
    with np.errstate(divide="ignore", invalid="ignore"):
        a = k * value / (n * (1 - value))
        b = 1 + k * value * (n - 1) / (n * (1 - value))
        freedom = (a * squares.raters + b * squares.error) ** 2 / (
            (a * squares.raters) ** 2 / (k - 1) + (b * squares.error) ** 2 / ((n - 1) * (k - 1))
        )
    upper, lower = f_distribution.ppf(tail, n - 1, freedom), f_distribution.ppf(tail, freedom, n - 1)
    others = k * squares.raters + (k * n - k - n) * squares.error
    low = n * (squares.persons - upper * squares.error) / (upper * others + n * squares.persons)
    high = n * (lower * squares.persons - squares.error) / (others + n * lower * squares.persons)
    return float(low), float(high)


def _of_mean(single: float, k: float) -> float:
    """The Spearman-Brown formula: from one rating to the mean of k."""
    return k * single / (1 + (k - 1) * single)


def _unbalanced(ratings: Floats, given: Resampling) -> tuple[Outcome, ...]:
    n, raters = ratings.shape
    most = limits().whole("intraclass_raters")
    features = _features(ratings, two_way=raters <= most)
    statistic = partial(_forms_of_sums, raters=raters if raters <= most else 0)
    values = statistic(features.sum(axis=0)[None])[0]
    drawn = draw_sums(features, statistic, given)
    found: list[Outcome] = []
    for place, name in enumerate(FORMS):
        if np.isfinite(values[place]):
            low, high = percentile_interval(drawn[:, place]) or (None, None)
            note = "" if low is not None else "not_resampled"
            found.append(Figure(name, values[place], low, high, LEVEL, n, "henderson_bootstrap", note))
        elif raters > most and name in TWO_WAY:
            many = Fault("many-raters", "", {"raters": raters, "most": most})
            found.append(InsufficientEvidence(name, many, n))
        else:
            found.append(InsufficientEvidence(name, Fault("raters-not-crossed", "", {"name": name}), n))
    return tuple(found)


def _features(ratings: Floats, *, two_way: bool) -> Floats:
    """What each person adds to the sums that all forms are computed from."""
    known = ~np.isnan(ratings)
    present = known.astype(np.float64)
    rated = present.sum(axis=1)
    values = np.where(known, ratings, 0.0)
    own_mean = values.sum(axis=1) / rated
    apart = np.where(known, ratings - own_mean[:, None], 0.0)
    one_way = [np.ones(len(rated)), rated, rated**2, 1 / rated, values.sum(axis=1), rated * own_mean**2]
    one_way.append((apart**2).sum(axis=1))
    if not two_way:
        return np.column_stack(one_way)
    crossed = (present[:, :, None] * present[:, None, :] / rated[:, None, None]).reshape(len(rated), -1)
    return np.column_stack([*one_way, (values**2).sum(axis=1), present, values, apart, crossed])


def _forms_of_sums(sums: Floats, raters: int) -> Floats:
    """All forms from the sums of `_features`, for many draws at once; NaN where a form cannot be computed."""
    persons, total, squared, inverse, added, own, within = sums[:, :7].T
    with np.errstate(invalid="ignore", divide="ignore"):
        k = persons / inverse
        error = within / (total - persons)
        between = (own - added**2 / total) / (persons - 1)
        each = (total - squared / total) / (persons - 1)
        component = (between - error) / each
        single = component / (component + error)
        forms = np.full((len(sums), len(FORMS)), np.nan)
        forms[:, FORMS.index("icc_1")] = single
        forms[:, FORMS.index("icc_k")] = component / (component + error / k)
        if raters:
            of_persons, of_raters, residual = _components(sums, raters)
            forms[:, FORMS.index("icc_a1")] = of_persons / (of_persons + of_raters + residual)
            forms[:, FORMS.index("icc_c1")] = of_persons / (of_persons + residual)
            forms[:, FORMS.index("icc_ak")] = of_persons / (of_persons + (of_raters + residual) / k)
            forms[:, FORMS.index("icc_ck")] = of_persons / (of_persons + residual / k)
    return forms


def _components(sums: Floats, raters: int) -> tuple[Floats, Floats, Floats]:
    """The variance of persons, of raters and of what is left, by the fitting of constants."""
    persons, total, within, squares = sums[:, 0], sums[:, 1], sums[:, 6], sums[:, 7]
    parts = np.split(sums[:, 8:], [raters, 2 * raters, 3 * raters], axis=1)
    present, values, apart = parts[:3]
    crossed = parts[3].reshape(-1, raters, raters)
    normal = -crossed
    normal[:, range(raters), range(raters)] += present
    solved = np.linalg.pinv(normal, hermitian=True) @ apart[:, :, None]
    explained = (apart * solved[:, :, 0]).sum(axis=1)
    rank: NDArray[np.intp] = np.linalg.matrix_rank(normal, hermitian=True)
    left = within - explained
    used = (present > 0).sum(axis=1)
    freedom = total - persons - rank
    residual = left / freedom
    residual[(rank < used - 1) | (freedom <= 0)] = np.nan  # raters who share no persons, however far around
    of_raters_only = squares - np.where(present > 0, values**2 / np.maximum(present, 1), 0).sum(axis=1)
    of_persons = (of_raters_only - left - residual * (persons - 1)) / (total - used)
    of_raters = (explained - residual * (used - 1)) / (total - persons)
    return of_persons, of_raters, residual
