"""Whether columns tell something of the outcome that others do not: protective items beyond risk items, above all.

The test is the likelihood ratio of nested logistic regressions. The gain in the area under the ROC curve is told with
a bootstrap interval: DeLong's test is not valid between nested models fitted to the same persons (Demler, Pencina &
D'Agostino 2012, Statistics in Medicine 31, 2577-2587).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import chi2

from instruments.research.dependence.clustered_areas import clustered_area
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.sandwich import wald_between_clusters
from instruments.research.estimation.logistic import LogisticFit, fit_logistic
from instruments.research.estimation.outcomes import require_both_classes, require_events
from instruments.research.estimation.resampling import Resampled, Resampling, draw_both_classes, in_blocks
from instruments.research.estimation.roc import Area, Counts, Floats, area, count_scores
from instruments.research.faults import NotConvergedError

#: Log odds are rounded to so many decimals, so that persons with the same answers tie.
_DIGITS = 9
_MOST_TRIALS = 50
_MOST_ROUNDS = 15
_SETTLED = 1e-8
_FARTHEST = 30.0
#: Keeps a resampled cohort in which a column never varies from stopping the others of its block.
_RIDGE = 1e-9


@dataclass(frozen=True)
class Increment:
    """What columns add to others.

    Parameters
    ----------
    base, full : LogisticFit
        Without and with the added columns.
    chi_square, degrees, p : float, int, float
        The likelihood-ratio test; of rows in clusters, which have no likelihood, Wald's with an error between clusters.
    base_area, full_area : Area
        Of the fitted models, on the persons that they were fitted to: somewhat too good for both.
    gain : Resampled
        Full less base, models fitted anew in every resampled cohort.
    """

    base: LogisticFit
    full: LogisticFit
    chi_square: float
    degrees: int
    p: float
    base_area: Area
    full_area: Area
    gain: Resampled

    @property
    def method(self) -> str:
        """The key of the test."""
        return "likelihood_ratio" if self.gain.stratified else "wald_clusters"


def increment(
    outcome: Any,
    base: Mapping[str, Any],
    added: Mapping[str, Any],
    *,
    events_per_parameter: float,
    resampling: Resampling | None = None,
    clusters: Clusters | None = None,
) -> Increment:
    """Test what some columns add to others.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    base, added : mapping of str to array, shape (n,)
    events_per_parameter : float
        Least number of events for each coefficient.
    resampling : Resampling, optional
        The number with the outcome is held fixed in any case.
    clusters : Clusters, optional
        Of the rows, where they are not independent. Whole clusters are then drawn.

    Raises
    ------
    ConstantOutcomeError, TooFewEventsError, PerfectSeparationError, NotConvergedError, InputError
    """
    happened = require_both_classes(outcome)
    names = (*base, *added)
    require_events(happened, 1 + len(names), events_per_parameter)
    columns = np.column_stack([np.asarray(each, dtype=np.float64) for each in (*base.values(), *added.values())])
    first = fit_logistic(happened, columns[:, : len(base)], tuple(base))
    second = fit_logistic(happened, columns, names)
    odds = [np.round(fit.linear_predictor, _DIGITS) for fit in (first, second)]
    areas: list[Area]
    if clusters is None:
        chi_square = max(0.0, 2 * (second.log_likelihood - first.log_likelihood))
        p = float(chi2.sf(chi_square, len(added)))
        areas = [area(count_scores(happened, each)) for each in odds]
    else:
        chi_square, p = wald_between_clusters(second, happened, columns, clusters, len(added))
        areas = [clustered_area(happened, each, clusters) for each in odds]
    tables = _Tables.of(happened, columns, len(base), clusters)
    blocks = in_blocks(_draw_gains, resampling or Resampling(), tables)
    gain = Resampled(
        areas[1].value - areas[0].value,
        np.concatenate([gains for gains, _ in blocks]),
        sum(redrawn for _, redrawn in blocks),
        stratified=clusters is None,
    )
    return Increment(first, second, chi_square, len(added), p, areas[0], areas[1], gain)


@dataclass(frozen=True)
class _Tables:
    """Persons with the same columns taken together.

    Parameters
    ----------
    without, with_outcome : int64 arrays, shape (k,)
    designs : tuple of float64 array, shape (k, parameters)
        Of the base and of the full model: an intercept, and columns in standard units.
    by_cluster : int64 array, shape (clusters, 2 * k), or None
        The same counts in each cluster, where whole clusters are drawn.
    """

    without: Counts
    with_outcome: Counts
    designs: tuple[Floats, Floats]
    by_cluster: Counts | None = None

    @classmethod
    def of(cls, happened: Any, columns: Floats, of_base: int, clusters: Clusters | None) -> "_Tables":
        standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
        patterns, cells = np.unique(standard, axis=0, return_inverse=True)
        cells, number = cells + len(patterns) * happened, 2 * len(patterns)
        without, with_outcome = np.bincount(cells, minlength=number).reshape(2, -1)
        design = np.column_stack([np.ones(len(patterns)), patterns])
        by_cluster = None if clusters is None else clusters.counts(cells, number)
        return cls(without, with_outcome, (design[:, : 1 + of_base], design), by_cluster)

    def draw(self, random: np.random.Generator, size: int) -> tuple[Counts, Counts]:
        """Without and with the outcome in some resampled cohorts, shape (size, k)."""
        if self.by_cluster is not None:
            return draw_both_classes(random, size, self.by_cluster)[:2]
        without, with_outcome = (
            random.multinomial(counts.sum(), counts / counts.sum(), size)
            for counts in (self.without, self.with_outcome)
        )
        return without, with_outcome


def _draw_gains(random: np.random.Generator, size: int, tables: _Tables) -> tuple[Floats, int]:
    """Full less base area in some resampled cohorts, and how many had to be drawn anew since a model did not settle."""
    gains, redrawn = np.full(size, np.nan), 0
    for trial in range(_MOST_TRIALS):
        missing = np.flatnonzero(np.isnan(gains))
        if not missing.size:
            return gains, redrawn
        redrawn += len(missing) if trial else 0
        without, with_outcome = tables.draw(random, len(missing))
        base, full = (_areas(_log_odds(without, with_outcome, each), without, with_outcome) for each in tables.designs)
        gains[missing] = full - base
    raise NotConvergedError("", name="bootstrap", iterations=_MOST_TRIALS)


def _log_odds(without: Counts, with_outcome: Counts, design: Floats) -> Floats:
    """Fitted log odds by draw and pattern, shape (draws, k), by Newton's method; NaN where a draw does not settle."""
    persons, parameters = without + with_outcome, design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    coefficients = np.zeros((len(persons), parameters))
    step = np.full_like(coefficients, np.inf)
    for _ in range(_MOST_ROUNDS):
        chance = expit(coefficients @ design.T)
        information = ((persons * chance * (1 - chance)) @ products).reshape(-1, parameters, parameters)
        information += _RIDGE * np.eye(parameters)
        score = (with_outcome - persons * chance) @ design
        step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        coefficients = np.clip(coefficients + step, -_FARTHEST, _FARTHEST)
        if np.abs(step).max() < _SETTLED:
            break
    odds = np.round(coefficients @ design.T, _DIGITS)
    is_lost = (np.abs(step).max(axis=1) >= _SETTLED) | (np.abs(coefficients).max(axis=1) >= _FARTHEST)
    odds[is_lost] = np.nan
    return odds


def _areas(odds: Floats, without: Counts, with_outcome: Counts) -> Floats:
    """The area of each draw, ties as halves; NaN where the log odds are."""
    order = np.argsort(odds, axis=1)
    odds = np.take_along_axis(odds, order, axis=1)
    without, with_outcome = (np.take_along_axis(each, order, axis=1) for each in (without, with_outcome))
    places = np.broadcast_to(np.arange(odds.shape[1]), odds.shape)
    is_new = np.diff(odds, axis=1, prepend=-np.inf) > 0
    is_last = np.roll(is_new, -1, axis=1)
    is_last[:, -1] = True
    first = np.maximum.accumulate(np.where(is_new, places, 0), axis=1)
    last = np.minimum.accumulate(np.where(is_last, places, odds.shape[1])[:, ::-1], axis=1)[:, ::-1]
    up_to = np.cumsum(without, axis=1)
    below = np.take_along_axis(up_to - without, first, axis=1)
    ranks = (below + np.take_along_axis(up_to, last, axis=1)) / 2
    areas = (ranks * with_outcome).sum(axis=1) / (without.sum(axis=1) * with_outcome.sum(axis=1))
    return np.where(np.isnan(odds[:, 0]), np.nan, areas)
