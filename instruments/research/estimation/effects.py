"""One figure from several places or studies: what they have in common, how far they differ, and what the next may show.

The estimates are independent of one another and taken as normally distributed about each place's own value, with known
variances: bring them to a scale on which that is nearly so, such as the log odds of an area.

References
----------
DerSimonian, R. & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7, 177-188.
Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model. Journal of
Educational and Behavioral Statistics 30, 261-293.
Hartung, J. & Knapp, G. (2001). A refined method for the meta-analysis of controlled clinical trials with binary
outcome. Statistics in Medicine 20, 3875-3889.
Roever, C., Knapp, G. & Friede, T. (2015). Hartung-Knapp-Sidik-Jonkman approach and its modification for random-effects
meta-analysis with few studies. BMC Medical Research Methodology 15, 99.
Biggerstaff, B. J. & Tweedie, R. L. (1997). Incorporating variability in estimates of heterogeneity in the random
effects model in meta-analysis. Statistics in Medicine 16, 753-768.
Nagashima, K., Noma, H. & Furukawa, T. A. (2019). Prediction intervals for random-effects meta-analysis: a confidence
distribution approach. Statistical Methods in Medical Research 28, 1689-1702.
Higgins, J. P. T., Thompson, S. G. & Spiegelhalter, D. J. (2009). A re-evaluation of random-effects meta-analysis.
Journal of the Royal Statistical Society A 172, 137-159.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, gamma

from instruments.faults import Fault, InputError
from instruments.research.estimation.intervals import LEVEL, Floats, Interval, reach_of
from instruments.research.estimation.outcomes import require_finite, require_same_length

#: How the variance between places is estimated.
BetweenMethod = Literal["reml", "dersimonian_laird"]
#: How the interval for another place comes to be.
PredictionMethod = Literal["confidence_distribution", "higgins"]
_DRAWS = 20_000
_GRID = np.concatenate([[0.0], np.logspace(-6, 4, 401)])
_NEARLY = 1e-13


@dataclass(frozen=True)
class Effects:
    """What several estimates of one figure say together.

    Parameters
    ----------
    places : int
        How many estimates there are.
    fixed : float
        Their mean by precision, as if every place had the same value.
    fixed_interval : (float, float)
        By the normal distribution.
    mean : float
        The mean over places like these.
    error : float
        Its standard error by Hartung and Knapp.
    interval : (float, float)
        Of the mean, by Student's t with ``places - 1`` degrees of freedom.
    prediction : (float, float) or None
        Where the value of another place like these lies; None with fewer than three places.
    between : float
        The variance between places.
    inconsistency : float
        I2: the part of the spread of the estimates that chance within places does not explain.
    q, p : float
        Cochran's test that every place has the same value.
    """

    places: int
    fixed: float
    fixed_interval: Interval
    mean: float
    error: float
    interval: Interval
    prediction: Interval | None
    between: float
    inconsistency: float
    q: float
    p: float


def combine(
    estimates: Any,
    variances: Any,
    *,
    between: BetweenMethod = "reml",
    never_narrower: bool = True,
    prediction: PredictionMethod = "confidence_distribution",
    level: float = LEVEL,
) -> Effects:
    """Fixed and random effects of independent estimates.

    Parameters
    ----------
    estimates, variances : array of numbers, shape (places,)
        On a scale on which they are nearly normal; every variance is above zero.
    between : {"reml", "dersimonian_laird"}
        The estimator of the variance between places: restricted maximum likelihood, or that of DerSimonian and Laird.
    never_narrower : bool
        Whether Hartung and Knapp's standard error is kept from being less than that of the usual formula, which it
        is by chance where the estimates lie closer together than their variances say (Roever and others 2015).
    prediction : {"confidence_distribution", "higgins"}
        The interval for another place. Higgins takes the variance between places for known and promises too much where
        places differ moderately; the other draws it from what the estimates allow it to be (Nagashima and others 2019,
        with the distribution of Q by Biggerstaff and Tweedie). The same estimates always have the same interval.
    level : float
        Confidence level.

    Raises
    ------
    InputError
        With fewer than two estimates, or where a variance is not above zero.

    Examples
    --------
    >>> together = combine([0.62, 1.10, 0.35, 1.48], [0.04, 0.02, 0.06, 0.03])
    >>> round(together.mean, 2), [round(end, 2) for end in together.interval]
    (0.91, [0.12, 1.7])
    >>> together.prediction is not None
    True
    """
    values, spreads = require_finite(estimates), require_finite(variances)
    require_same_length(values, spreads)
    places = len(values)
    if places < 2:
        raise InputError([Fault("too-few-places", "", {"places": places, "needed": 2})])
    if not (spreads > 0).all():
        raise InputError([Fault("variance-not-positive", "")])
    weights = 1 / spreads
    fixed, usual = float(weights @ values / weights.sum()), float(weights.sum() ** -0.5)
    q = float(weights @ (values - fixed) ** 2)
    typical = float((places - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum()))
    of_moments = max((q - (places - 1)) / (places - 1) * typical, 0.0)
    variance = _reml(values, spreads) if between == "reml" else of_moments
    own = 1 / (spreads + variance)
    mean = float(own @ values / own.sum())
    scale = float(own @ (values - mean) ** 2) / (places - 1)
    error = float(((max(scale, 1.0) if never_narrower else scale) / own.sum()) ** 0.5)
    if places < 3:
        another = None
    elif prediction == "higgins":
        another = _around(mean, reach_of(level, places - 2) * (error**2 + variance) ** 0.5)
    else:
        another = _drawn(values, spreads, q, never_narrower, level)
    return Effects(
        places,
        fixed,
        _around(fixed, reach_of(level) * usual),
        mean,
        error,
        _around(mean, reach_of(level, places - 1) * error),
        another,
        variance,
        variance / (variance + typical),
        q,
        float(chi2.sf(q, places - 1)),
    )


def _around(middle: float, reach: float) -> Interval:
    return middle - reach, middle + reach


def _drawn(values: Floats, spreads: Floats, q: float, never_narrower: bool, level: float) -> Interval:
    """The interval for another place from draws of the variance between places, of the mean, and of the place."""
    places, weights = len(values), 1 / spreads
    first, second, third = (float((weights**power).sum()) for power in (1, 2, 3))
    grid = _GRID * float(values.var() + spreads.mean())
    # the mean and the variance of Q, if places vary so much
    apart = first - second / first
    expected = places - 1 + apart * grid
    spread = 2 * (places - 1) + 4 * apart * grid + 2 * (second - 2 * third / first + (second / first) ** 2) * grid**2
    as_large = gamma.sf(q, expected**2 / spread, scale=spread / expected)
    uniform, normal, student = _draws(places - 1)
    between = np.interp(uniform, np.maximum.accumulate(as_large), grid)
    own = 1 / (spreads + between[:, None])
    total = own.sum(axis=1)
    mean = own @ values / total
    scale = (own * (values - mean[:, None]) ** 2).sum(axis=1) / (places - 1)
    error = np.sqrt((np.maximum(scale, 1.0) if never_narrower else scale) / total)
    drawn = mean + student * error + normal * np.sqrt(between)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@lru_cache(maxsize=32)
def _draws(freedom: int) -> tuple[Floats, Floats, Floats]:
    """The same for as many places, so that figures differ by their data alone; uniform, normal and Student's t."""
    random = np.random.default_rng(0)
    return random.uniform(size=_DRAWS), random.normal(size=_DRAWS), random.standard_t(freedom, _DRAWS)


def _reml(values: Floats, spreads: Floats) -> float:
    """The variance between places with the greatest restricted likelihood; 0 where none is better than none.

    The likelihood may have several tops, so that it is looked at from 0 to far beyond before the best is made exact.
    """
    unit = float(values.var() + spreads.mean())
    grid = _GRID * unit
    own = 1 / (spreads + grid[:, None])
    total = own.sum(axis=1)
    mean = own @ values / total
    squares = (own * (values - mean[:, None]) ** 2).sum(axis=1)
    likelihood = np.log(own).sum(axis=1) - np.log(total) - squares
    best = int(likelihood.argmax())
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if _slope(low, values, spreads) <= 0:
        return 0.0
    return float(brentq(_slope, low, high, args=(values, spreads), xtol=_NEARLY * unit, rtol=_NEARLY))


def _slope(variance: float, values: Floats, spreads: Floats) -> float:
    """Twice the slope of the restricted log-likelihood."""
    own = 1 / (spreads + variance)
    mean = own @ values / own.sum()
    return float((own**2) @ (values - mean) ** 2 - own.sum() + (own**2).sum() / own.sum())
