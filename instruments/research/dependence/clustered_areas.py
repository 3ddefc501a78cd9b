"""The area under the ROC curve where rows are in clusters.

Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data. Biometrics 53, 567-578.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import t

from instruments.research.dependence.clusters import Clusters, correlation_of
from instruments.research.estimation.intervals import of_difference, of_rank_statistic, on_log_odds, reach_of
from instruments.research.estimation.outcomes import Truths, require_both_classes
from instruments.research.estimation.resampling import (
    Resampled,
    Resampling,
    areas_of,
    bootstrap_area,
    draw_both_classes,
    in_blocks,
)
from instruments.research.estimation.roc import (
    Area,
    Comparison,
    Counts,
    Floats,
    area,
    compare,
    count_scores,
    placements,
)
from instruments.research.figures.figure import Figure


@dataclass(frozen=True)
class ClusteredArea(Area):
    """An area with a variance between clusters.

    Parameters
    ----------
    clusters : (int, int)
        How many have somebody with the outcome, and how many somebody without it.
    few : str
        Key of what is said of so few clusters; empty where there are enough.
    """

    clusters: tuple[int, int] = (0, 0)
    few: str = ""

    @property
    def method(self) -> str:
        """The key of the method of the interval that is told."""
        return "newcombe_area" if self.separates else "obuchowski_log_odds"

    @property
    def note(self) -> str:
        """The key of what should be known of the interval."""
        return super().note or self.few

    def interval(self, level: float = 0.95, method: Literal["best", "delong"] = "best") -> tuple[float, float] | None:
        """The interval on log odds with Student's t; where nothing overlaps, Newcombe's of the clusters."""
        if self.variance is None:
            return None
        if self.separates:
            return of_rank_statistic(self.value, *self.clusters, level)
        return on_log_odds(self.value, self.variance**0.5, level, self.freedom)


@dataclass(frozen=True)
class ClusteredComparison(Comparison):
    """Two areas on the same rows, with the variance of their difference between clusters.

    Parameters
    ----------
    freedom : float
        Degrees of freedom of Student's t.
    few : str
        Key of what is said of so few clusters.
    """

    freedom: float = 1.0
    few: str = ""

    @property
    def method(self) -> str:
        """The key of the method."""
        return "obuchowski_paired"

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """The interval of the difference, with Student's t."""
        if not self.variance:
            return None
        reach = reach_of(level, self.freedom) * self.variance**0.5
        return self.difference - reach, self.difference + reach


def clustered_area(outcome: Any, score: Any, clusters: Clusters) -> ClusteredArea:
    """The area with Obuchowski's variance.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    clusters : Clusters
        Of the rows.

    Returns
    -------
    ClusteredArea
        With as many degrees of freedom as the class that stands in fewer clusters allows; where each cluster has both,
        that is the number of clusters less 1.

    Raises
    ------
    ConstantOutcomeError, InputError
        As `count_scores`; or with one cluster only.

    References
    ----------
    Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data. Biometrics 53, 567-578.

    Examples
    --------
    >>> places = Clusters.of("place", ["north", "north", "south", "south", "west", "west"])
    >>> found = clustered_area([0, 1, 0, 1, 0, 1], [1, 3, 2, 2, 0, 4], places)
    >>> round(found.value, 3), found.freedom
    (0.944, 2.0)
    """
    clusters.require_several()
    happened = require_both_classes(outcome)
    value, parts = _components(happened, score, clusters)
    events, others = int(happened.sum()), int((~happened).sum())
    having = _having(happened, clusters)
    variance = _variance(parts, having, clusters.count, events, others)
    freedom = None if variance is None else float(min(having) - 1)
    return ClusteredArea(value, variance, events, others, freedom, having, clusters.note)


def compare_clustered(outcome: Any, first: Any, second: Any, clusters: Clusters) -> ClusteredComparison:
    """Compare the areas of two scores on the same rows.

    Parameters
    ----------
    outcome, first, second : arrays, shape (n,)
    clusters : Clusters

    Raises
    ------
    ConstantOutcomeError, InputError
    """
    areas = [clustered_area(outcome, each, clusters) for each in (first, second)]
    happened = require_both_classes(outcome)
    both = [_components(happened, each, clusters)[1] for each in (first, second)]
    difference, having = areas[0].value - areas[1].value, areas[0].clusters
    parts = both[0][0] - both[1][0], both[0][1] - both[1][1]
    variance = _variance(parts, having, clusters.count, areas[0].events, areas[0].non_events)
    freedom = float(max(min(having) - 1, 1))
    if variance is None or variance <= np.finfo(np.float64).eps ** 2:
        told = None if variance is None else 0.0
        return ClusteredComparison(areas[0], areas[1], difference, told, None, None, freedom, clusters.note)
    z = difference / variance**0.5
    p = float(2 * t.sf(abs(z), freedom))
    return ClusteredComparison(areas[0], areas[1], difference, variance, z, p, freedom, clusters.note)


def _components(happened: Truths, score: Any, clusters: Clusters) -> tuple[float, tuple[Floats, Floats]]:
    """The area, and by cluster how far those with the outcome, and those without it, are from it in sum."""
    value, away = _away(happened, score)
    return value, (clusters.sums(np.where(happened, away, 0.0)), clusters.sums(np.where(happened, 0.0, away)))


def _away(happened: Truths, score: Any) -> tuple[float, Floats]:
    """The area, and how far each row's share of pairs that are ordered rightly is from it."""
    counts = count_scores(happened, score)
    among_events, among_others = placements(counts)
    cells = np.searchsorted(counts.levels, np.asarray(score, dtype=np.float64))
    value = float(counts.with_outcome @ among_events) / counts.events
    return value, np.where(happened, among_events[cells], among_others[cells]) - value


def difference_between_groups(
    outcome: Any, score: Any, here: Any, rest: Any, clusters: Clusters, level: float = 0.95
) -> Figure:
    """The area of some rows less that of others, by squares and addition; a cluster may have rows of both.

    Parameters
    ----------
    outcome, score : arrays, shape (n,)
        Known for the rows of both.
    here, rest : arrays of bool, shape (n,)
    clusters : Clusters
        Of all n rows.
    level : float

    Raises
    ------
    ConstantOutcomeError, InputError
    """
    name, method = "auc_difference", "clusters_squares_and_addition"
    areas, influences = [], np.zeros((len(clusters.codes), 2))
    for column, rows in enumerate((here, rest)):
        happened = require_both_classes(outcome[rows])
        areas.append(clustered_area(happened, score[rows], clusters.part(rows)))
        sizes = np.where(happened, areas[-1].events, areas[-1].non_events)
        influences[rows, column] = _away(happened, score[rows])[1] / sizes
    gap, ends = areas[0].value - areas[1].value, [each.interval(level) for each in areas]
    if ends[0] is None or ends[1] is None:
        return Figure(name, gap, level=level, n=areas[0].n, method=method, note="nothing_ordered")
    alike = correlation_of(influences, clusters)
    low, high = of_difference(areas[0].value, ends[0], areas[1].value, ends[1], alike)
    return Figure(name, gap, low, high, level, areas[0].n, method, clusters.note)


def _having(happened: Truths, clusters: Clusters) -> tuple[int, int]:
    """How many clusters have somebody with the outcome, and how many somebody without it."""
    return int((clusters.sums(happened) > 0).sum()), int((clusters.sums(~happened) > 0).sum())


def _variance(
    parts: tuple[Floats, Floats], having: tuple[int, int], count: int, events: int, others: int
) -> float | None:
    """Obuchowski's equation 4; None where a class is in one cluster only. Rounding leaves it at least 0."""
    if min(having) < 2:
        return None
    own = [
        number / ((number - 1) * size**2) * float(each @ each)
        for each, number, size in zip(parts, having, (events, others), strict=True)
    ]
    between = count / ((count - 1) * events * others) * float(parts[0] @ parts[1])
    return max(sum(own) + 2 * between, 0.0)


def bootstrap_clustered_area(
    outcome: Any, score: Any, clusters: Clusters, resampling: Resampling | None = None
) -> Resampled:
    """Bootstrap the area, whole clusters being drawn.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    clusters : Clusters
    resampling : Resampling, optional
        Clusters are not stratified.

    Raises
    ------
    ConstantOutcomeError, InputError

    References
    ----------
    Davison, A. C. & Hinkley, D. V. (1997). Bootstrap methods and their application. Cambridge University Press, 3.8.
    Field, C. A. & Welsh, A. H. (2007). Bootstrapping clustered data. Journal of the Royal Statistical Society B 69,
    369-390.
    """
    value = clustered_area(outcome, score, clusters).value
    happened = require_both_classes(outcome)
    levels, cells = np.unique(np.asarray(score, dtype=np.float64), return_inverse=True)
    counts = clusters.counts(cells + len(levels) * happened, 2 * len(levels))
    blocks = in_blocks(_draw_areas, resampling or Resampling(), counts)
    resampled = np.concatenate([areas for areas, _ in blocks])
    return Resampled(value, resampled, sum(redrawn for _, redrawn in blocks), stratified=False)


def _draw_areas(random: np.random.Generator, size: int, counts: Counts) -> tuple[Floats, int]:
    without, with_outcome, redrawn = draw_both_classes(random, size, counts)
    return areas_of(without, with_outcome), redrawn


def area_of(outcome: Any, score: Any, clusters: Clusters | None) -> Area:
    """An area with DeLong's variance or, of rows in clusters, with Obuchowski's."""
    return area(count_scores(outcome, score)) if clusters is None else clustered_area(outcome, score, clusters)


def compare_of(outcome: Any, first: Any, second: Any, clusters: Clusters | None) -> Comparison:
    """Two areas on the same rows, by DeLong's paired test or, of rows in clusters, by Obuchowski's."""
    return compare(outcome, first, second) if clusters is None else compare_clustered(outcome, first, second, clusters)


def bootstrap_of(outcome: Any, score: Any, clusters: Clusters | None, resampling: Resampling) -> Resampled:
    """The bootstrap of an area, of persons or of whole clusters."""
    if clusters is not None:
        return bootstrap_clustered_area(outcome, score, clusters, resampling)
    return bootstrap_area(outcome, score, resampling)
