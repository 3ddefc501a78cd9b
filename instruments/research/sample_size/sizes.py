"""How many persons a study needs: to develop a model, to validate one elsewhere, and to tell how far raters agree.

References
----------
Riley, R. D., Ensor, J., Snell, K. I. E., et al. (2020). Calculating the sample size required for developing a clinical
prediction model. BMJ 368, m441.
van Smeden, M., Moons, K. G. M., de Groot, J. A. H., et al. (2019). Sample size for binary logistic prediction models:
beyond events per variable criteria. Statistical Methods in Medical Research 28, 2455-2474.
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
from math import asinh, exp, expm1, isfinite, log, log1p, sqrt

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import brentq
from scipy.special import expit, logit, xlogy
from scipy.stats import norm

from instruments.faults import Fault, InputError
from instruments.research.estimation.intervals import LEVEL, reach_of
from instruments.research.estimation.roc import Floats
from instruments.research.limits import limits
from instruments.research.sample_size.planning import FEWEST, MOST, Need, at_least, require, require_whole

#: The criteria of a validation.
VALIDATION = ("precise_ratio", "precise_slope", "precise_area")
#: Points of a normal distribution.
_NODES = 200


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
        require("mean", mean, -MOST, MOST)
        require("deviation", deviation, 0, None)
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
        require("prevalence", prevalence, 0, 1)
        require("auc", auc, 0.5, 1)
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
        For little shrinkage, little optimism in R2, a precise overall risk and, up to as many parameters as its formula
        holds for, a small error of the predicted risks. All are to be met.

    Raises
    ------
    InputError
        If a number is off its range, or neither or both of R2 and the area are given.

    Examples
    --------
    >>> [need.persons for need in size_for_development(0.174, 24, r2=0.288)]
    [623, 662, 221, 801]
    """
    require("prevalence", prevalence, 0, 1)
    require_whole("parameters", parameters, 1)
    if r2 is not None and auc is not None:
        raise InputError([Fault("planning-both", "")])
    largest = largest_r2(prevalence)
    if r2 is None:
        if auc is None:
            raise InputError([Fault("planning-incomplete", "")])
        r2 = r2_of_area(prevalence, auc)
    shrinkage = limits().shrinkage.value
    require("r2", r2, 0, min(largest, shrinkage))
    optimism = r2 / (r2 + limits().optimism.value * largest)
    margin = limits().risk_margin.value
    needs = (
        Need("little_shrinkage", at_least(parameters / ((shrinkage - 1) * log1p(-r2 / shrinkage)))),
        Need("little_optimism", at_least(parameters / ((optimism - 1) * log1p(-r2 / optimism)))),
        Need("precise_risk", at_least((reach_of(LEVEL) / margin) ** 2 * prevalence * (1 - prevalence))),
    )
    if parameters > limits().whole("risk_error_parameters"):
        return needs
    return (*needs, Need("small_risk_error", _size_for_risk_error(prevalence, parameters)))


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
    require("prevalence", prevalence, 0, 1)
    require("auc", auc, 0.5, 1)
    distribution = LogOdds.of_area(prevalence, auc) if log_odds is None else log_odds
    reach = reach_of(LEVEL)
    error = asinh(limits().ratio_width.value / 2) / reach  # the interval is exp(±reach * error) around 1
    return (
        Need("precise_ratio", at_least((1 - prevalence) / prevalence / error**2)),
        Need("precise_slope", at_least(_slope_variance(distribution) / (limits().slope_width.value / 2 / reach) ** 2)),
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
    require("icc", icc, 0, 1)
    require_whole("raters", raters, 2)
    width = limits().agreement_width.value
    spread = (1 - icc) ** 2 * (1 + (raters - 1) * icc) ** 2 / (raters * (raters - 1) * width**2)
    few_raters = 5 * icc if raters == 2 and icc >= 0.7 else 0.0  # Bonett's own correction, section 2
    needed = at_least(8 * reach_of(LEVEL) ** 2 * spread + 1 + few_raters)
    return Need("precise_intraclass", max(needed, limits().whole("intraclass_persons")))


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
    require("kappa", kappa, 0, 1)
    given, total = np.asarray(shares, dtype=np.float64), sum(map(float, shares))
    if len(given) < 2 or not (given > 1 / MOST).all() or not abs(total - 1) <= 1e-6:
        raise InputError([Fault("planning-shares", "", {"sum": round(total, 4)})])
    table = kappa * np.diag(given) + (1 - kappa) * np.outer(given, given)
    width = limits().agreement_width.value
    needed = at_least(kappa_variance(table, weights) * (2 * reach_of(LEVEL) / width) ** 2)
    return Need("precise_kappa", max(needed, limits().whole("agreement_persons")))


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
    return -expm1(2 * (prevalence * log(prevalence) + (1 - prevalence) * log1p(-prevalence)))


def r2_of_area(prevalence: float, auc: float) -> float:
    """The Cox-Snell R2 of a calibrated model with an area, where log odds are as `LogOdds.of_area` has them."""
    distribution = LogOdds.of_area(prevalence, auc)
    chance, other = expit(distribution.points), expit(-distribution.points)
    gained = xlogy(chance, chance / prevalence) + xlogy(other, other / (1 - prevalence))
    return -expm1(-2 * float(distribution.weights @ gained))


def _slope_variance(log_odds: LogOdds) -> float:
    """The variance of a slope of calibration of one, times the number of persons; from Fisher's information."""
    if np.ptp(log_odds.points) == 0:
        raise InputError([Fault("planning-no-spread", "")])
    information = log_odds.weights * expit(log_odds.points) * expit(-log_odds.points)
    whole = float(information.sum())
    middle = float(information @ log_odds.points) / whole if whole > 0 else 0.0
    spread = float(information @ (log_odds.points - middle) ** 2)
    if not spread > 0 or not isfinite(1 / spread):
        raise InputError([Fault("planning-no-information", "")])
    return 1 / spread


def _size_for_risk_error(prevalence: float, parameters: int) -> int:
    """The least number with which predicted risks are wrong by little on the whole: the formula of van Smeden et al."""
    rarer, error = min(prevalence, 1 - prevalence), limits().risk_error.value
    return at_least(exp((-0.508 + 0.259 * log(rarer) + 0.504 * log(parameters) - log(error)) / 0.544))


def _size_for_area(prevalence: float, auc: float, error: float) -> int:
    """The least number with which Newcombe's standard error of an area is at most so large."""

    def excess(n: float) -> float:
        half = n / 2 - 1
        spread = auc * (1 - auc) * (1 + half * (1 - auc) / (2 - auc) + half * auc / (1 + auc))
        return sqrt(spread / prevalence / (1 - prevalence)) / n - error

    if excess(FEWEST) <= 0:
        return FEWEST
    return at_least(brentq(excess, FEWEST, MOST) if excess(MOST) <= 0 else float("inf"))
