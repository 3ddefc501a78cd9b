"""Agreement between raters on one variable: percent agreement, weighted kappa and Krippendorff's alpha.

Ratings come as a table with a row a person and a column a rater, NaN where a rater did not rate. Raters may be missing
and persons rated unequally often; those who were rated once tell nothing about agreement and are left out.

Perfect agreement is 1, also where everybody has the same level and the formula is 0/0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from instruments.faults import Fault
from instruments.research.faults import SingleRaterError
from instruments.research.figures import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits
from instruments.research.resampling import Resampling
from instruments.research.roc import Floats
from instruments.research.sums import LEVEL, draw_sums, percentile_interval

KAPPAS = {"linear": "kappa_linear", "quadratic": "kappa_quadratic"}


@dataclass(frozen=True)
class Ratings:
    """Ratings of one variable.

    Parameters
    ----------
    codes : array of float, shape (persons, raters)
        Only persons who were rated by two or more; NaN where a rater did not rate.
    levels : int
        How many levels the variable has; codes run from 0.
    """

    codes: Floats
    levels: int

    @classmethod
    def of(cls, table: pd.DataFrame, levels: int) -> "Ratings":
        """Keep the persons who were rated by two or more, and the raters who rated any of them.

        Parameters
        ----------
        table : DataFrame
            A row a person, a column a rater.

        Raises
        ------
        SingleRaterError
            If nobody was rated by two.
        """
        codes = table.to_numpy(np.float64)
        codes = codes[(~np.isnan(codes)).sum(axis=1) >= 2]
        if not len(codes):
            raise SingleRaterError()
        return cls(codes[:, ~np.isnan(codes).all(axis=0)], levels)

    @property
    def persons(self) -> int:
        """How many persons were rated by two or more."""
        return len(self.codes)

    @property
    def raters(self) -> int:
        """How many raters rated any of them."""
        return int(self.codes.shape[1])

    @property
    def is_perfect(self) -> bool:
        """Whether nobody was rated differently by two."""
        return bool((np.nanmax(self.codes, axis=1) == np.nanmin(self.codes, axis=1)).all())

    def counts(self) -> Floats:
        """How often each person was given each level; shape (persons, levels)."""
        return np.stack([(self.codes == level).sum(axis=1) for level in range(self.levels)], axis=1).astype(np.float64)

    def pairs(self) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
        """Every two raters and the persons whom both rated."""
        known = ~np.isnan(self.codes)
        for one, other in combinations(range(self.raters), 2):
            yield one, other, known[:, one] & known[:, other]


def percent_agreement(ratings: Ratings, given: Resampling) -> Figure:
    """The share of pairs of ratings of the same person that are equal; a person counts once, however many rated.

    Wilson's interval where everybody was rated by two, else the bootstrap's.
    """
    counts = ratings.counts()
    rated = counts.sum(axis=1)
    share = (counts * (counts - 1)).sum(axis=1) / (rated * (rated - 1))
    value = float(share.mean())
    if (rated == 2).all():
        low, high = proportion_confint(share.sum(), len(share), 1 - LEVEL, "wilson")
        return Figure("percent_agreement", value, low, high, LEVEL, len(share), "wilson")
    features = np.column_stack([share, np.ones_like(share)])
    return _bootstrapped("percent_agreement", value, draw_sums(features, _ratio, given), given, len(share))


def weighted_kappa(ratings: Ratings, weights: str, given: Resampling) -> Outcome:
    """Cohen's weighted kappa of two raters, or what stands for it with more.

    Of two raters, with the large-sample interval of Fleiss, Cohen and Everitt (1969). Where every two of several raters
    share enough persons, the mean over the pairs (Light 1971); else the raters are taken as exchangeable, which gives
    the weighted kappa of Scott (1955) over all pairs of ratings. Both with bootstrap intervals.

    Parameters
    ----------
    weights : {"linear", "quadratic"}
    """
    name = KAPPAS[weights]
    n = ratings.persons
    if ratings.is_perfect:
        return Figure(name, 1.0, n=n, level=LEVEL, note="perfect_agreement")
    if ratings.raters == 2:
        return _of_two(ratings, weights, given)
    fewest = limits().whole("shared_persons")
    shared = [(one, other, both) for one, other, both in ratings.pairs() if both.sum() >= fewest]
    distances = _distances(ratings.levels, weights)
    if len(shared) == ratings.raters * (ratings.raters - 1) // 2:
        features = np.concatenate([_table(ratings, one, other) for one, other, _ in shared], axis=1)
        method, statistic = "light", partial(_kappas, distances=distances)
    else:
        features = _coincidences(ratings.counts())
        method, statistic = "exchangeable_raters", partial(_kappas, distances=distances)
    value = float(statistic(features.sum(axis=0)[None])[0, 0])
    if np.isnan(value):
        return InsufficientEvidence(name, _no_variation(name), n)
    return _bootstrapped(name, value, draw_sums(features, statistic, given), given, n, method)


def krippendorff_alpha(ratings: Ratings, given: Resampling) -> Figure:
    """Krippendorff's alpha for ordinal levels, with a bootstrap interval over persons.

    The value is that of the library `krippendorff`; the interval draws persons, so that it narrows as they become more.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
    """
    n = ratings.persons
    if ratings.is_perfect:
        return Figure("krippendorff_alpha", 1.0, n=n, level=LEVEL, note="perfect_agreement")
    features = _coincidences(ratings.counts())
    value = float(_ordinal_alpha(features.sum(axis=0)[None])[0, 0])
    return _bootstrapped("krippendorff_alpha", value, draw_sums(features, _ordinal_alpha, given), given, n)


def _of_two(ratings: Ratings, weights: str, given: Resampling) -> Outcome:
    table = _table(ratings, 0, 1).sum(axis=0).reshape(ratings.levels, ratings.levels)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = cohens_kappa(table, wt=weights, return_results=True)  # "linear" and "quadratic" as they are here
    if not np.isfinite([result.kappa, result.std_kappa]).all():  # each rater has one level, and not the same
        return InsufficientEvidence(KAPPAS[weights], _no_variation(KAPPAS[weights]), ratings.persons)
    half = float(norm.ppf((1 + LEVEL) / 2) * result.std_kappa)
    if half == 0:  # a rater gave everybody the same level
        return Figure(KAPPAS[weights], result.kappa, level=LEVEL, n=ratings.persons, note="not_resampled")
    low, high = max(-1.0, result.kappa - half), min(1.0, result.kappa + half)
    return Figure(KAPPAS[weights], result.kappa, low, high, LEVEL, ratings.persons, "cohen")


def _no_variation(name: str) -> Fault:
    return Fault("no-variation", "", {"name": name})


def _bootstrapped(name: str, value: float, drawn: Floats, given: Resampling, n: int, method: str = "") -> Figure:
    interval = percentile_interval(drawn[:, 0])
    if interval is None:
        return Figure(name, value, level=LEVEL, n=n, method=method, note="not_resampled")
    return Figure(name, value, *interval, LEVEL, n, f"{method}_bootstrap" if method else "bootstrap_people")


def _table(ratings: Ratings, one: int, other: int) -> Floats:
    """Who gave which levels to each person: shape (persons, levels * levels); zeros where one of them did not rate."""
    first, second = ratings.codes[:, one], ratings.codes[:, other]
    levels = range(ratings.levels)
    cells = [(first == row) & (second == column) for row in levels for column in levels]
    return np.column_stack(cells).astype(np.float64)


def _coincidences(counts: Floats) -> Floats:
    """What each person adds to the coincidences of levels; shape (persons, levels * levels)."""
    together = counts[:, :, None] * counts[:, None, :]
    levels = counts.shape[1]
    together[:, range(levels), range(levels)] -= counts
    together /= (counts.sum(axis=1) - 1)[:, None, None]
    return together.reshape(len(counts), levels * levels)


def _distances(levels: int, weights: str) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))).astype(np.float64)
    return apart if weights == "linear" else apart**2


def _ratio(sums: Floats) -> Floats:
    return sums[:, :1] / sums[:, 1:]


def _kappas(sums: Floats, distances: Floats) -> Floats:
    """The mean over the tables that stand one after the other."""
    levels = len(distances)
    tables = sums.reshape(len(sums), -1, levels, levels)
    total = tables.sum(axis=(2, 3))
    expected = np.einsum("dti,dtj,ij->dt", tables.sum(axis=3), tables.sum(axis=2), distances)
    observed = np.einsum("dtij,ij->dt", tables, distances) * total
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(observed == 0, 1.0, 1 - observed / expected)
    return np.asarray(each.mean(axis=1, keepdims=True))


def _ordinal_alpha(sums: Floats) -> Floats:
    levels = round(sums.shape[1] ** 0.5)
    tables = sums.reshape(len(sums), levels, levels)
    found = tables.sum(axis=2)
    below = np.cumsum(found, axis=1)
    between = np.abs(below[:, :, None] - below[:, None, :] - (found[:, :, None] - found[:, None, :]) / 2)
    distances = between**2
    observed = (tables * distances).sum(axis=(1, 2))
    expected = (found[:, :, None] * found[:, None, :] * distances).sum(axis=(1, 2)) / (found.sum(axis=1) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha: Floats = np.where(observed == 0, 1.0, 1 - observed / expected)
    return alpha[:, None]


def agreement(table: pd.DataFrame, levels: int, given: Resampling) -> Sequence[Outcome]:
    """All figures of agreement on one variable: percent agreement, both kappas and Krippendorff's alpha.

    Raises
    ------
    SingleRaterError
        If nobody was rated by two.
    """
    ratings = Ratings.of(table, levels)
    needed = limits().whole("agreement_persons")
    if ratings.persons < needed:
        few = Fault("too-few-rows", "", {"n": ratings.persons, "needed": needed})
        names = (*KAPPAS.values(), "krippendorff_alpha")
        corrected = (InsufficientEvidence(name, few, ratings.persons) for name in names)
        return (percent_agreement(ratings, given), *corrected)
    return (
        percent_agreement(ratings, given),
        *(weighted_kappa(ratings, weights, given) for weights in KAPPAS),
        krippendorff_alpha(ratings, given),
    )
