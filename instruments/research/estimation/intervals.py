"""Intervals that keep their promise where few people make the usual ones too narrow, and that are never of no width.

How often each holds the true value stands in ``coverage.yaml``.

References
----------
Newcombe, R. G. (2006). Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2.
Statistics in Medicine 25, 559-573.
Miettinen, O. & Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine 4, 213-226.
Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. Statistics
in Medicine 27, 1693-1702.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

Floats = NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.95
_DRAWS = 20_000


def reach_of(level: float, freedom: float | None = None) -> float:
    """How many standard errors an interval reaches to either side; with degrees of freedom, by Student's t."""
    tail = (1 + level) / 2
    return float(norm.ppf(tail) if freedom is None else t.ppf(tail, freedom))


def on_log_odds(value: float, error: float, level: float, freedom: float | None = None) -> Interval | None:
    """The interval of a share between 0 and 1 on the scale of log odds; None at the ends and without an error."""
    if not (0 < value < 1 and error > 0):
        return None
    reach = reach_of(level, freedom) * error / (value * (1 - value))
    return float(expit(logit(value) - reach)), float(expit(logit(value) + reach))


def on_fisher_scale(value: float, error: float, level: float, freedom: float) -> Interval | None:
    """The interval of a coefficient between -1 and 1 on the scale of Fisher's z; None at the ends."""
    if not (-1 < value < 1 and error > 0):
        return None
    reach = reach_of(level, freedom) * error / (1 - value**2)
    low, high = np.tanh(np.arctanh(value) + np.array([-reach, reach]))
    return float(low), float(high)


def of_rank_statistic(value: float, events: int, non_events: int, level: float) -> Interval:
    """Newcombe's interval of an area under the ROC curve (his method 5), which has a width also at 0 and 1."""
    pairs, half = events * non_events, (events + non_events) / 2 - 1

    def distance(area: float) -> float:
        spread = area * (1 - area) / pairs * (1 + half * ((1 - area) / (2 - area) + area / (1 + area)))
        return float(abs(value - area) - reach_of(level) * spread**0.5)

    nearly = 1e-9
    low = 0.0 if value <= nearly else float(brentq(distance, nearly, min(value, 1 - nearly)))
    high = 1.0 if value >= 1 - nearly else float(brentq(distance, max(value, nearly), 1 - nearly))
    return low, high


def of_difference(
    first: float, of_first: Interval, second: float, of_second: Interval, correlation: float = 0.0
) -> Interval:
    """The interval of a difference from those of two figures, by squares and addition (Zou & Donner).

    Parameters
    ----------
    first, second : float
    of_first, of_second : (float, float)
        Their intervals.
    correlation : float
        Of the two estimates; by default they are independent.

    Examples
    --------
    >>> low, high = of_difference(0.8, (0.7, 0.9), 0.6, (0.5, 0.7))
    >>> round(low, 3), round(high, 3)
    (0.059, 0.341)
    """

    def reach(one: float, other: float) -> float:
        return float(max(one**2 + other**2 - 2 * correlation * one * other, 0.0) ** 0.5)

    down = reach(first - of_first[0], of_second[1] - second)
    up = reach(of_first[1] - first, second - of_second[0])
    return first - second - down, first - second + up


def of_ratio(cases: int, n: int, other_cases: int, other_n: int, level: float) -> Interval:
    """The score interval of a share in parts of another one, by Miettinen and Nurminen.

    It holds the ratios that the counts do not speak against, with both shares as likely as they can be under each. That
    of statsmodels 0.14 is not used: where everybody of either side is a case, it misses the ratio or is not a number.

    Parameters
    ----------
    cases, n : int
        Of the first share; with no cases the interval begins at 0.
    other_cases, other_n : int
        Of the second; at least one case, since the ratio has no end without.

    Examples
    --------
    >>> low, high = of_ratio(28, 30, 30, 30, 0.95)
    >>> round(low, 3), round(high, 3)
    (0.785, 1.059)
    """
    total = n + other_n
    reach = reach_of(level) * (total / (total - 1)) ** 0.5

    def distance(log_ratio: float) -> float:
        ratio = float(np.exp(log_ratio))
        linear = n * ratio + cases + other_n + other_cases * ratio
        root = max(linear**2 - 4 * total * ratio * (cases + other_cases), 0.0) ** 0.5
        other = 2 * (cases + other_cases) / (linear + root)
        here = min(ratio * other, 1.0)
        spread = here * (1 - here) / n + ratio**2 * other * max(1 - other, 0.0) / other_n
        return float(abs(cases / n - ratio * other_cases / other_n) - reach * spread**0.5)

    def end(start: float, step: float) -> float:
        while distance(start + step) < 0:
            step *= 2
        return float(np.exp(brentq(distance, start, start + step, xtol=1e-12)))

    nearly = 1e-8  # at the ratio itself the error may be none as well
    if cases == 0:
        return 0.0, end(-np.log(n * other_cases), 1.0)
    middle = float(np.log(cases * other_n / (n * other_cases)))
    return end(middle - nearly, -1.0), end(middle + nearly, 1.0)


def of_mean_share(shares: Floats, level: float, parts: float) -> Interval:
    """Wilson's interval of the mean of shares, a share for each person.

    Persons count for as many independent parts as their shares vary like; where all have the same share, that is one
    each at 0 and 1, and every part of every person in between.

    Parameters
    ----------
    shares : array, shape (persons,)
    parts : float
        How many parts a person's share is made of, such as items.
    """
    n, mean = len(shares), float(shares.mean())
    spread = float(shares.var()) / n
    within = mean * (1 - mean)
    size = n if within == 0 else n * parts if spread == 0 else min(within / spread, n * parts)
    low, high = proportion_confint(mean * size, size, 1 - level, "wilson")
    return (0.0 if mean == 0 else float(low)), (1.0 if mean == 1 else float(high))  # but for rounding


def jackknifed_error(without_each: Floats, counts: NDArray[Any]) -> float:
    """The standard error of a statistic from its values without each person; NaN where one of them makes all of it.

    Parameters
    ----------
    without_each : array, shape (kinds,)
        The statistic without one person of a kind.
    counts : array, shape (kinds,)
        How many people are of the kind.
    """
    n = counts.sum()
    mean = (counts * without_each).sum() / n
    return float(((n - 1) / n * (counts * (without_each - mean) ** 2).sum()) ** 0.5)


@lru_cache(maxsize=8)
def chi_squares(freedom: tuple[int, ...]) -> Floats:
    """Draws for generalised confidence intervals: as many for each number of degrees of freedom.

    They are the same for the same design, so that figures of it differ by their data alone.

    Returns
    -------
    float64 array, shape (len(freedom), 20 000)
    """
    random = np.random.default_rng(0)
    return np.stack([random.chisquare(each, _DRAWS) for each in freedom])
