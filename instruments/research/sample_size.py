"""How many persons a study needs: to develop a model, to validate one elsewhere, and to tell how far raters agree.

References
----------
Riley, R. D., Ensor, J., Snell, K. I. E., et al. (2020). Calculating the sample size required for developing a clinical
prediction model. BMJ 368, m441.
Riley, R. D., Debray, T. P. A., Collins, G. S., et al. (2021). Minimum sample size for external validation of a clinical
prediction model with a binary outcome. Statistics in Medicine 40, 4230-4251.
Riley, R. D., Van Calster, B. & Collins, G. S. (2021). A note on estimating the Cox-Snell R2 from a reported C
statistic. Statistics in Medicine 40, 859-864.
Bonett, D. G. (2002). Sample size requirements for estimating intraclass correlations with desired precision. Statistics
in Medicine 21, 1331-1335.
Fleiss, J. L., Cohen, J. & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
Psychological Bulletin 72, 323-327.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, ceil, exp, log, sqrt

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import brentq
from scipy.special import expit, logit, xlogy
from scipy.stats import norm

from instruments.faults import Fault, InputError
from instruments.research.intervals import LEVEL, reach_of
from instruments.research.limits import limits
from instruments.research.roc import Floats

#: The criteria of a validation.
VALIDATION = ("precise_ratio", "precise_slope", "precise_area")
#: Points of a normal distribution.
_NODES = 200
#: A planned number is looked for up to this.
_MOST = 10**9


@dataclass(frozen=True)
class Need:
    """What one criterion asks for.

    Parameters
    ----------
    criterion : str
        Its key; words under ``label.<criterion>``.
    persons : int
    """

    criterion: str
    persons: int


@dataclass(frozen=True)
class LogOdds:
    """A distribution of log odds over persons, as points with weights that sum to one.

    Parameters
    ----------
    points, weights : float64 array, shape (points,)
    """

    points: Floats
    weights: Floats

    @classmethod
    def normal(cls, mean: float, deviation: float) -> "LogOdds":
        """Normally distributed log odds."""
        _require("deviation", deviation, 0, None)
        nodes, weights = hermegauss(_NODES)
        return cls(mean + deviation * nodes, weights / weights.sum())

    @classmethod
    def of_area(cls, prevalence: float, auc: float) -> "LogOdds":
        """Those of a calibrated model with an area: normal with one variance among those with and without the outcome.

        Parameters
        ----------
        prevalence : float
            Between 0 and 1.
        auc : float
            Above 0.5 and below 1.
        """
        _require("prevalence", prevalence, 0, 1)
        _require("auc", auc, 0.5, 1)
        variance = 2 * float(norm.ppf(auc)) ** 2
        without = cls.normal(float(logit(prevalence)) - variance / 2, sqrt(variance))
        points = np.concatenate([without.points, without.points + variance])
        weights = np.concatenate([(1 - prevalence) * without.weights, prevalence * without.weights])
        return cls(points, weights)

    @classmethod
    def observed(cls, values: Floats) -> "LogOdds":
        """Those of a sample."""
        return cls(values, np.full(len(values), 1 / len(values)))


def size_for_development(
    prevalence: float, parameters: int, *, r2: float | None = None, auc: float | None = None
) -> tuple[Need, ...]:
    """How many persons are needed to develop a model of a binary outcome.

    Parameters
    ----------
    prevalence : float
        The share that is expected to have the outcome, between 0 and 1.
    parameters : int
        How many coefficients the model may have, the intercept not counted.
    r2 : float, optional
        The Cox-Snell R2 that is expected; by default that of a model with ``auc``.
    auc : float, optional
        The area that is expected, above 0.5 and below 1.

    Returns
    -------
    tuple of Need
        For little shrinkage, little optimism in R2, and a precise overall risk. All are to be met.

    Raises
    ------
    InputError
        If a number is off its range, or neither R2 nor the area is given.

    Examples
    --------
    >>> [need.persons for need in size_for_development(0.174, 24, r2=0.288)]
    [623, 662, 221]
    """
    _require("prevalence", prevalence, 0, 1)
    if parameters < 1:
        raise InputError([Fault("planning-off-range", "", {"name": "parameters", "low": 1, "high": "∞"})])
    largest = largest_r2(prevalence)
    if r2 is None:
        if auc is None:
            raise InputError([Fault("planning-incomplete", "")])
        r2 = r2_of_area(prevalence, auc)
    shrinkage = limits().shrinkage.value
    _require("r2", r2, 0, min(largest, shrinkage))
    optimism = r2 / (r2 + limits().optimism.value * largest)
    margin = limits().risk_margin.value
    return (
        Need("little_shrinkage", _at_least(parameters / ((shrinkage - 1) * log(1 - r2 / shrinkage)))),
        Need("little_optimism", _at_least(parameters / ((optimism - 1) * log(1 - r2 / optimism)))),
        Need("precise_risk", _at_least((reach_of(LEVEL) / margin) ** 2 * prevalence * (1 - prevalence))),
    )


def size_for_validation(prevalence: float, auc: float, log_odds: LogOdds | None = None) -> tuple[Need, ...]:
    """How many persons are needed to validate a model of a binary outcome elsewhere.

    Parameters
    ----------
    prevalence : float
        The share that is expected to have the outcome, between 0 and 1.
    auc : float
        The area that is expected, above 0.5 and below 1.
    log_odds : LogOdds, optional
        How the model's log odds are distributed; by default as `LogOdds.of_area` has them.

    Returns
    -------
    tuple of Need
        For a precise ratio of observed to expected, slope of calibration and area. All are to be met.

    Raises
    ------
    InputError
        If a number is off its range.

    Examples
    --------
    >>> [need.persons for need in size_for_validation(0.3, 0.75)]
    [900, 2853, 433]
    """
    distribution = LogOdds.of_area(prevalence, auc) if log_odds is None else log_odds
    reach = reach_of(LEVEL)
    error = asinh(limits().ratio_width.value / 2) / reach  # the interval is exp(±reach * error) around 1
    return (
        Need("precise_ratio", _at_least((1 - prevalence) / (prevalence * error**2))),
        Need("precise_slope", _at_least(_slope_variance(distribution) / (limits().slope_width.value / 2 / reach) ** 2)),
        Need("precise_area", _size_for_area(prevalence, auc, limits().area_width.value / 2 / reach)),
    )


def size_for_intraclass(icc: float, raters: int) -> Need:
    """How many persons are needed for a precise intraclass correlation of single ratings.

    Parameters
    ----------
    icc : float
        The correlation that is expected, between 0 and 1.
    raters : int
        How many rate each person; at least 2.

    Examples
    --------
    >>> size_for_intraclass(0.85, 4).persons
    20
    """
    _require("icc", icc, 0, 1)
    if raters < 2:
        raise InputError([Fault("planning-off-range", "", {"name": "raters", "low": 2, "high": "∞"})])
    width = limits().agreement_width.value
    spread = (1 - icc) ** 2 * (1 + (raters - 1) * icc) ** 2 / (raters * (raters - 1) * width**2)
    few_raters = 5 * icc if raters == 2 and icc >= 0.7 else 0.0  # Bonett's own correction, section 2
    return Need("precise_intraclass", _at_least(8 * reach_of(LEVEL) ** 2 * spread + 1 + few_raters))


def size_for_kappa(kappa: float, shares: Sequence[float], weights: str = "quadratic") -> Need:
    """How many persons are needed for a precise weighted kappa of two raters.

    Parameters
    ----------
    kappa : float
        That is expected, between 0 and 1.
    shares : sequence of float
        How often each level is given, in rising order; they sum to one. Both raters are taken to use them alike, and to
        agree for the rest by chance.
    weights : {"quadratic", "linear"}
        Of a step between levels.
    """
    _require("kappa", kappa, 0, 1)
    given = np.asarray(shares, dtype=np.float64)
    if len(given) < 2 or (given <= 0).any() or abs(given.sum() - 1) > 1e-6:
        raise InputError([Fault("planning-shares", "", {"sum": round(float(given.sum()), 4)})])
    table = kappa * np.diag(given) + (1 - kappa) * np.outer(given, given)
    width = limits().agreement_width.value
    return Need("precise_kappa", _at_least(kappa_variance(table, weights) * (2 * reach_of(LEVEL) / width) ** 2))


def kappa_variance(table: Floats, weights: str) -> float:
    """The large-sample variance of weighted kappa, times the number of persons.

    Parameters
    ----------
    table : float64 array, shape (levels, levels)
        The share of persons by both raters' levels.
    weights : {"quadratic", "linear"}
    """
    levels = len(table)
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))) / (levels - 1)
    alike = 1 - (apart if weights == "linear" else apart**2)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = float(rows @ alike @ columns)
    kappa = (float((table * alike).sum()) - expected) / (1 - expected)
    of_rows, of_columns = alike @ columns, rows @ alike
    distances = alike - (of_rows[:, None] + of_columns[None, :]) * (1 - kappa)
    spread = float((table * distances**2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    return spread / (1 - expected) ** 2


def largest_r2(prevalence: float) -> float:
    """The largest Cox-Snell R2 that any model of an outcome can have."""
    return 1 - exp(2 * (prevalence * log(prevalence) + (1 - prevalence) * log(1 - prevalence)))


def r2_of_area(prevalence: float, auc: float) -> float:
    """The Cox-Snell R2 of a calibrated model with an area, where log odds are as `LogOdds.of_area` has them."""
    distribution = LogOdds.of_area(prevalence, auc)
    chance, other = expit(distribution.points), expit(-distribution.points)
    gained = xlogy(chance, chance / prevalence) + xlogy(other, other / (1 - prevalence))
    return 1 - exp(-2 * float(distribution.weights @ gained))


def _slope_variance(log_odds: LogOdds) -> float:
    """The variance of a slope of calibration of one, times the number of persons; from Fisher's information."""
    chance = expit(log_odds.points)
    information = log_odds.weights * chance * (1 - chance)
    mean = float(information.sum())
    first, second = (float((information * log_odds.points**power).sum()) for power in (1, 2))
    determinant = mean * second - first**2
    if determinant <= 0:
        raise InputError([Fault("planning-no-spread", "")])
    return mean / determinant


def _size_for_area(prevalence: float, auc: float, error: float) -> int:
    """The least number with which Newcombe's standard error of an area is at most so large."""
    _require("auc", auc, 0.5, 1)

    def excess(n: float) -> float:
        half = n / 2 - 1
        spread = auc * (1 - auc) * (1 + half * (1 - auc) / (2 - auc) + half * auc / (1 + auc))
        return sqrt(spread / (n**2 * prevalence * (1 - prevalence))) - error

    return _at_least(brentq(excess, 2, _MOST))


def _at_least(persons: float) -> int:
    return ceil(persons - 1e-9)  # a whole number stays what it is


def _require(name: str, value: float, low: float, high: float | None) -> None:
    if not (low < value and (high is None or value < high)):
        ends = {"low": round(low, 4), "high": "∞" if high is None else round(high, 4)}
        raise InputError([Fault("planning-off-range", "", {"name": name, **ends})])
