"""Whether probabilities mean what they say.

Calibration in the large, slope and intercept: Cox (1958), Biometrika 45, 562-565; Van Calster et al. (2016), Journal of
Clinical Epidemiology 74, 167-176. The reliability curve is isotonic, so that no bins are chosen, and the Brier score is
decomposed along it: Dimitriadis, Gneiting & Jordan (2021), PNAS 118, e2016191118 (CORP).
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from instruments.faults import Fault, InputError
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.sandwich import covariance_between_clusters
from instruments.research.estimation.intervals import reach_of
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.outcomes import Truths, require_both_classes, require_finite, require_same_length
from instruments.research.estimation.resampling import Resampling, draw_counts, in_blocks
from instruments.research.estimation.roc import Counts, Floats

_GRID = 101
#: How the interval of each figure comes to be.
INTERVALS = {
    "in_the_large": "logistic",
    "slope": "logistic",
    "intercept": "logistic",
    "observed_to_expected": "log_ratio",
    "brier": "mean_error",
}
#: The same of rows in clusters.
CLUSTERED_INTERVALS = dict.fromkeys(("in_the_large", "slope", "intercept"), "logistic_clusters")
CLUSTERED_INTERVALS |= {"observed_to_expected": "ratio_clusters", "brier": "mean_clusters"}


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval.

    Parameters
    ----------
    value : float
    low, high : float or None
        None where no interval can be given.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Calibration:
    """How probabilities and outcomes agree.

    Parameters
    ----------
    n, events : int
    observed, expected : float
        Share with the outcome, and the mean probability.
    certain : int
        Persons with a probability of exactly 0 or 1. Log odds know no such thing.
    in_the_large : Estimate or None
        Log odds by which everyone should be raised, the slope held at 1; 0 is right.
    slope, intercept : Estimate or None
        Of the log odds; 1 and 0 are right. A slope below 1 tells of probabilities that are too extreme. These three are
        None where someone has a probability of exactly 0 or 1.
    observed_to_expected : Estimate
        Ratio; 1 is right. Interval by the logarithm, the expected number held fixed.
    brier : Estimate
        Mean squared error; interval by the normal approximation to a mean.
    miscalibration, discrimination, uncertainty : float
        Brier score = miscalibration - discrimination + uncertainty, along the isotonic curve.
    clusters : Clusters or None
        Between which the intervals are, with Student's t.
    """

    n: int
    events: int
    observed: float
    expected: float
    certain: int
    in_the_large: Estimate | None
    slope: Estimate | None
    intercept: Estimate | None
    observed_to_expected: Estimate
    brier: Estimate
    miscalibration: float
    discrimination: float
    uncertainty: float
    clusters: Clusters | None = None

    @property
    def intervals(self) -> dict[str, str]:
        """The key of the method of each interval."""
        return INTERVALS if self.clusters is None else CLUSTERED_INTERVALS

    @property
    def scaled_brier(self) -> float:
        """Brier score beside that of the base rate for everyone: 1 is perfect, 0 no better."""
        return 1 - self.brier.value / self.uncertainty


@dataclass(frozen=True)
class ReliabilityCurve:
    """The isotonic share with the outcome by probability, with a pointwise band.

    Parameters
    ----------
    grid : float64 array, shape (k,)
        Probabilities from the least to the greatest that occur.
    observed : float64 array, shape (k,)
    low, high : float64 arrays, shape (k,), or None
        None where nothing was drawn.
    probabilities : float64 array, shape (n,)
        Sorted, for a rug below the curve.
    """

    grid: Floats
    observed: Floats
    low: Floats | None
    high: Floats | None
    probabilities: Floats


def read_probabilities(given: Any) -> Floats:
    """Probabilities as numbers from 0 to 1; float64, shape (n,).

    Raises
    ------
    InputError
        With how many are missing, or how many lie outside 0 to 1.
    """
    numbers = require_finite(given)
    outside = int(((numbers < 0) | (numbers > 1)).sum())
    if outside:
        raise InputError([Fault("not-a-probability", "probability", {"count": outside})])
    return numbers


def read_judged(outcome: Any, probability: Any) -> tuple[Truths, Floats]:
    """An outcome with persons on either side, and the probabilities that are judged by it; both of shape (n,).

    Raises
    ------
    ConstantOutcomeError, InputError
    """
    happened, chance = require_both_classes(outcome), read_probabilities(probability)
    require_same_length(happened, chance)
    return happened, chance


def log_odds(probability: Any) -> Floats:
    """Natural log odds of probabilities above 0 and below 1, in the shape that they come in.

    Examples
    --------
    >>> log_odds([0.5, 0.8]).round(3).tolist()
    [0.0, 1.386]
    """
    given = np.asarray(probability, dtype=np.float64)
    return np.asarray(np.log(given) - np.log1p(-given))


def calibration(outcome: Any, probability: Any, level: float = 0.95, clusters: Clusters | None = None) -> Calibration:
    """Every figure of calibration.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    probability : array of numbers from 0 to 1, shape (n,)
        From elsewhere or from other folds: on the persons that it was fitted to, it looks right by itself.
    level : float
        Confidence level.
    clusters : Clusters, optional
        Of the persons, where they are not independent.

    Raises
    ------
    ConstantOutcomeError, PerfectSeparationError, NotConvergedError
    InputError
        If the probability is the same for everyone (``constant-column``), or is none.
    """
    happened, chance = read_judged(outcome, probability)
    reach = NormalDist().inv_cdf((1 + level) / 2)
    if clusters is not None:
        clusters.require_several()
        reach = reach_of(level, clusters.count - 1)
    certain = int(np.count_nonzero((chance == 0) | (chance == 1)))
    large, intercept, slope = (None, None, None) if certain else _lines(happened, log_odds(chance), reach, clusters)
    errors = (chance - happened) ** 2
    events, n = int(happened.sum()), len(happened)
    brier, ratio = float(errors.mean()), events / float(chance.sum())
    if clusters is None:
        spread, of_logarithm = float(errors.std(ddof=1)) / n**0.5, ((1 - events / n) / events) ** 0.5
    else:
        spread = clusters.error((errors - brier) / n)
        of_logarithm = clusters.error(happened / events - chance / chance.sum())
    wide = float(np.exp(reach * of_logarithm))
    base = events / n
    recalibrated = isotonic(happened, chance)
    after = float(((recalibrated - happened) ** 2).mean())
    return Calibration(
        n,
        events,
        base,
        float(chance.mean()),
        certain=certain,
        in_the_large=large,
        slope=slope,
        intercept=intercept,
        observed_to_expected=Estimate(ratio, ratio / wide, ratio * wide),
        brier=Estimate(brier, brier - reach * spread, brier + reach * spread),
        miscalibration=brier - after,
        discrimination=base * (1 - base) - after,
        uncertainty=base * (1 - base),
        clusters=clusters,
    )


def _lines(happened: Any, odds: Floats, reach: float, clusters: Clusters | None) -> tuple[Estimate, Estimate, Estimate]:
    """In the large, intercept and slope."""
    large = fit_logistic(happened, np.empty((len(odds), 0)), (), offset=odds)
    line = fit_logistic(happened, odds[:, None], ("log_odds",))
    estimates = []
    for fit, columns in ((large, np.empty((len(odds), 0))), (line, odds[:, None])):
        errors = fit.standard_errors
        if clusters is not None:
            errors = np.sqrt(np.diag(covariance_between_clusters(fit, happened, columns, clusters)))
        for value, error in zip(fit.coefficients, errors, strict=True):
            estimates.append(Estimate(float(value), float(value - reach * error), float(value + reach * error)))
    return estimates[0], estimates[1], estimates[2]


def isotonic(happened: Any, chance: Floats, weights: Floats | None = None) -> Floats:
    """The isotonic share with the outcome of every person; equal probabilities share one value.

    Parameters
    ----------
    happened : array of bool or 0/1, shape (n,)
    chance : array, shape (n,)
        The probabilities that order the persons.
    weights : array, shape (n,), optional
        How often each person counts, as in a bootstrap sample.

    Returns
    -------
    float64 array, shape (n,)

    Examples
    --------
    >>> isotonic(np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.9])).tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    _, cells = np.unique(chance, return_inverse=True)
    persons = np.bincount(cells, weights)
    events = np.bincount(cells, happened if weights is None else happened * weights)
    return np.asarray(isotonic_regression(events / persons, weights=persons).x)[cells]


def reliability_curve(
    outcome: Any,
    probability: Any,
    *,
    level: float = 0.95,
    resampling: Resampling | None = None,
    clusters: Clusters | None = None,
) -> ReliabilityCurve:
    """The isotonic reliability curve with a pointwise bootstrap band.

    Parameters
    ----------
    outcome, probability
        As in `calibration`.
    level : float
        Of the band at every point.
    resampling : Resampling, optional
        Of persons, who are not stratified; without draws there is no band.
    clusters : Clusters, optional
        Of the persons; whole clusters are then drawn.

    Raises
    ------
    ConstantOutcomeError, InputError
    """
    how = resampling or Resampling()
    happened, chance = read_judged(outcome, probability)
    order = np.argsort(chance, kind="stable")
    happened, chance = happened[order], chance[order]
    levels, cells = np.unique(chance, return_inverse=True)
    persons, events = np.bincount(cells), np.bincount(cells, happened).astype(np.int64)
    grid = np.linspace(levels[0], levels[-1], _GRID)
    curve = np.interp(grid, levels, isotonic_regression(events / persons, weights=persons.astype(float)).x)
    if not how.draws:
        return ReliabilityCurve(grid, curve, None, None, chance)
    counts = np.concatenate([persons - events, events])
    if clusters is not None:
        counts = Clusters(clusters.by, clusters.codes[order]).counts(cells + len(levels) * happened, len(counts))
    drawn = np.concatenate(in_blocks(_draw_curves, how, levels, counts, grid))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ReliabilityCurve(grid, curve, np.minimum(low, curve), np.maximum(high, curve), chance)


def _draw_curves(random: np.random.Generator, size: int, levels: Floats, counts: Counts, grid: Floats) -> Any:
    drawn = draw_counts(random, size, counts)
    curves = np.empty((size, len(grid)))
    for draw, row in enumerate(drawn):
        with_outcome = row[len(levels) :]
        persons = row[: len(levels)] + with_outcome
        here = persons > 0
        shares = isotonic_regression(with_outcome[here] / persons[here], weights=persons[here].astype(float)).x
        curves[draw] = np.interp(grid, levels[here], shares)
    return curves
