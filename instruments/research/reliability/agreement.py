"""Agreement between raters on one variable: percent agreement, weighted kappa and Krippendorff's alpha.

Ratings come as a table with a row a person and a column a rater, NaN where a rater did not rate. Raters may be missing
and persons rated unequally often; those who were rated once tell nothing about agreement and are left out.

Perfect agreement is 1, also where everybody has the same level and the formula is 0/0.

Every coefficient is a function of sums over persons. Its standard error is the jackknife's over persons, and its
interval stands on Fisher's scale with Student's t: about the raters who rated, and persons like these.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault
from instruments.research.dependence.clustered_shares import of_clustered_share
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.intervals import LEVEL, jackknifed_error, of_mean_share, on_fisher_scale
from instruments.research.estimation.roc import Floats
from instruments.research.faults import SingleRaterError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits

#: The methods whose errors are between clusters, by those whose errors are between persons.
_BETWEEN_CLUSTERS = {
    "cohen": "cohen_clusters",
    "light": "light_clusters",
    "exchangeable_raters": "exchangeable_raters_clusters",
    "jackknife": "jackknife_clusters",
}
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
    clusters : Clusters or None
        Of the persons, where they are not independent.
    """

    codes: Floats
    levels: int
    clusters: Clusters | None = None

    @classmethod
    def of(cls, table: pd.DataFrame, levels: int, clusters: Clusters | None = None) -> "Ratings":
        """Keep the persons who were rated by two or more, and the raters who rated any of them.

        Parameters
        ----------
        table : DataFrame
            A row a person, a column a rater.
        clusters : Clusters, optional
            Of the rows of the table.

        Raises
        ------
        SingleRaterError
            If nobody was rated by two.
        """
        codes = table.to_numpy(np.float64)
        rated = (~np.isnan(codes)).sum(axis=1) >= 2
        codes = codes[rated]
        if not len(codes):
            raise SingleRaterError()
        part = None if clusters is None else clusters.part(rated)
        return cls(codes[:, ~np.isnan(codes).all(axis=0)], levels, part)

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


def percent_agreement(ratings: Ratings, level: float = LEVEL) -> Figure:
    """The share of pairs of ratings of the same person that are equal; a person counts once, however many rated.

    Wilson's interval; where more than two rated, of as many independent pairs as the shares vary like.
    """
    counts = ratings.counts()
    rated = counts.sum(axis=1)
    pairs = rated * (rated - 1) / 2
    share = (counts * (counts - 1)).sum(axis=1) / 2 / pairs
    if ratings.clusters is not None:
        ends = of_clustered_share(share, ratings.clusters, level)
        note = ratings.clusters.note
        return Figure("percent_agreement", float(share.mean()), *ends, level, len(share), "wilson_clusters", note)
    low, high = of_mean_share(share, level, float(pairs.mean()))
    method = "wilson" if (rated == 2).all() else "wilson_mean_share"
    return Figure("percent_agreement", float(share.mean()), low, high, level, len(share), method)


def weighted_kappa(ratings: Ratings, weights: str, level: float = LEVEL) -> Outcome:
    """Cohen's weighted kappa of two raters, or what stands for it with more.

    Where every two of several raters share enough persons, the mean over the pairs (Light 1971); else the raters are
    taken as exchangeable, which gives the weighted kappa of Scott (1955) over all pairs of ratings.

    Parameters
    ----------
    weights : {"linear", "quadratic"}
    level : float
        Confidence level.
    """
    name = KAPPAS[weights]
    n = ratings.persons
    if ratings.is_perfect:
        return Figure(name, 1.0, n=n, level=level, note="perfect_agreement")
    fewest = limits().whole("shared_persons")
    shared = [(one, other, both) for one, other, both in ratings.pairs() if both.sum() >= fewest]
    statistic = partial(_kappas, distances=_distances(ratings.levels, weights))
    if ratings.raters == 2:
        return _jackknifed(name, "cohen", _table(ratings, 0, 1), statistic, level, ratings.clusters)
    if len(shared) == ratings.raters * (ratings.raters - 1) // 2:
        features = np.concatenate([_table(ratings, one, other) for one, other, _ in shared], axis=1)
        return _jackknifed(name, "light", features, statistic, level, ratings.clusters)
    features = coincidences(ratings.counts())
    return _jackknifed(name, "exchangeable_raters", features, statistic, level, ratings.clusters)


def krippendorff_alpha(ratings: Ratings, level: float = LEVEL) -> Outcome:
    """Krippendorff's alpha for ordinal levels; the value is that of the library `krippendorff`.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
    """
    if ratings.is_perfect:
        return Figure("krippendorff_alpha", 1.0, n=ratings.persons, level=level, note="perfect_agreement")
    features = coincidences(ratings.counts())
    return _jackknifed("krippendorff_alpha", "jackknife", features, ordinal_alpha, level, ratings.clusters)


def _jackknifed(
    name: str,
    method: str,
    features: Floats,
    statistic: Callable[[Floats], Floats],
    level: float,
    clusters: Clusters | None,
) -> Outcome:
    """A statistic of sums over persons, with an interval from its values without each of them, or each cluster.

    Leaving out whole clusters is the sandwich with the correction of small samples that Bell, R. M. & McCaffrey, D. F.
    (2002), Survey Methodology 28, 169-181, call the jackknife's.

    Parameters
    ----------
    features : array, shape (persons, features)
        What each person adds to the sums.
    statistic : function
        Of sums, shape (k, features), to values, shape (k,); NaN where there is none.
    """
    n, sums = len(features), features.sum(axis=0)
    value = float(statistic(sums[None])[0])
    if not np.isfinite(value):  # each rater has one level, and not the same
        return InsufficientEvidence(name, Fault("no-variation", "", {"name": name}), n)
    units, note = n, ""
    if clusters is not None:
        features = np.column_stack([clusters.sums(column) for column in features.T])
        units, method, note = clusters.count, _BETWEEN_CLUSTERS[method], clusters.note
    kinds, counts = np.unique(features, axis=0, return_counts=True)
    error = jackknifed_error(statistic(sums - kinds), counts)
    ends = on_fisher_scale(value, error, level, units - 1)
    if ends is None:  # a rater gave everybody the same level, or one person is all that differs
        return Figure(name, value, level=level, n=n, method=method, note="not_resampled")
    return Figure(name, value, *ends, level, n, method, note)


def _table(ratings: Ratings, one: int, other: int) -> Floats:
    """Who gave which levels to each person: shape (persons, levels * levels); zeros where one of them did not rate."""
    first, second = ratings.codes[:, one], ratings.codes[:, other]
    levels = range(ratings.levels)
    cells = [(first == row) & (second == column) for row in levels for column in levels]
    return np.column_stack(cells).astype(np.float64)


def coincidences(counts: Floats) -> Floats:
    """What each person adds to the coincidences of levels; shape (persons, levels * levels)."""
    together = counts[:, :, None] * counts[:, None, :]
    levels = counts.shape[1]
    together[:, range(levels), range(levels)] -= counts
    together /= (counts.sum(axis=1) - 1)[:, None, None]
    return together.reshape(len(counts), levels * levels)


def _distances(levels: int, weights: str) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))).astype(np.float64)
    return apart if weights == "linear" else apart**2


def _kappas(sums: Floats, distances: Floats) -> Floats:
    """The mean over the tables that stand one after the other."""
    levels = len(distances)
    tables = sums.reshape(len(sums), -1, levels, levels)
    total = tables.sum(axis=(2, 3))
    expected = np.einsum("dti,dtj,ij->dt", tables.sum(axis=3), tables.sum(axis=2), distances)
    observed = np.einsum("dtij,ij->dt", tables, distances) * total
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(observed == 0, 1.0, 1 - observed / expected)
    return np.asarray(each.mean(axis=1))


def ordinal_alpha(sums: Floats) -> Floats:
    """Krippendorff's ordinal alpha of matrices of coincidences, shape (matrices, levels * levels)."""
    levels = round(sums.shape[1] ** 0.5)
    tables = sums.reshape(len(sums), levels, levels)
    totals = tables.sum(axis=2)
    below = np.cumsum(totals, axis=1)
    between = np.abs(below[:, :, None] - below[:, None, :] - (totals[:, :, None] - totals[:, None, :]) / 2)
    distances = between**2
    observed = (tables * distances).sum(axis=(1, 2))
    expected = (totals[:, :, None] * totals[:, None, :] * distances).sum(axis=(1, 2)) / (totals.sum(axis=1) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha: Floats = np.where(observed == 0, 1.0, 1 - observed / expected)
    return alpha


def agreement(table: pd.DataFrame, levels: int, clusters: Clusters | None = None) -> Sequence[Outcome]:
    """All figures of agreement on one variable: percent agreement, both kappas and Krippendorff's alpha.

    Parameters
    ----------
    table : DataFrame, shape (persons, raters)
        Codes from 0; NaN where a rater did not rate.
    levels : int
        How many levels the variable has.
    clusters : Clusters, optional
        Of the persons, where they are not independent.

    Returns
    -------
    sequence of Outcome
        With fewer persons than `limits.yaml` asks for, what is corrected for chance is insufficient evidence.

    Raises
    ------
    SingleRaterError
        If nobody was rated by two.
    """
    ratings = Ratings.of(table, levels, clusters)
    if ratings.clusters is not None and ratings.clusters.count < 2:
        few = Fault("too-few-clusters", "", {"by": ratings.clusters.by, "count": 1, "needed": 2})
        names = ("percent_agreement", *KAPPAS.values(), "krippendorff_alpha")
        return tuple(InsufficientEvidence(name, few, ratings.persons) for name in names)
    needed = limits().whole("agreement_persons")
    if ratings.persons < needed:
        few = Fault("too-few-rows", "", {"n": ratings.persons, "needed": needed})
        names = (*KAPPAS.values(), "krippendorff_alpha")
        corrected = (InsufficientEvidence(name, few, ratings.persons) for name in names)
        return (percent_agreement(ratings), *corrected)
    return (
        percent_agreement(ratings),
        *(weighted_kappa(ratings, weights) for weights in KAPPAS),
        krippendorff_alpha(ratings),
    )
