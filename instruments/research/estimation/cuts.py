"""What a score tells at every cut: sensitivity, specificity and predictive values, each with Wilson's interval.

Wilson (1927), Journal of the American Statistical Association 22, 209-212.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from instruments.research.estimation.roc import Counts, Floats, ScoreCounts

#: The shares of a cut, in the order in which they are told.
SHARES = ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value")


@dataclass(frozen=True)
class Share:
    """A share at each of some cuts.

    Parameters
    ----------
    cases, n : int64 arrays, shape (k,)
        So many of so many.
    value, low, high : float64 arrays, shape (k,)
        NaN where ``n`` is 0: of no one, no share is known.
    """

    cases: Counts
    n: Counts
    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Cuts:
    """The shares at every cut, where a score at or above the cut counts as pointing to the outcome.

    Parameters
    ----------
    cuts : float64 array, shape (k,)
        Every score that occurs, ascending.
    shares : dict of str to Share
        By the names in `SHARES`.
    """

    cuts: Floats
    shares: dict[str, Share]


def share(cases: NDArray[np.int64], n: NDArray[np.int64], level: float = 0.95) -> Share:
    """Shares with Wilson's interval.

    Parameters
    ----------
    cases, n : int arrays of the same shape
    level : float
        Confidence level.
    """
    counted = n > 0
    low, high = np.full(cases.shape, np.nan), np.full(cases.shape, np.nan)
    value = np.divide(cases, n, out=np.full(cases.shape, np.nan), where=counted)
    bounds = proportion_confint(cases[counted], n[counted], alpha=1 - level, method="wilson")
    low[counted], high[counted] = bounds
    low[counted & (cases == 0)], high[counted & (cases == n)] = 0, 1  # as it is but for rounding
    return Share(cases, n, value, low, high)


def shares_at_cuts(counts: ScoreCounts, level: float = 0.95) -> Cuts:
    """Sensitivity, specificity and predictive values at every score that occurs.

    Parameters
    ----------
    counts : ScoreCounts
    level : float
        Confidence level.
    """
    occurs = counts.without + counts.with_outcome > 0
    without, with_outcome = counts.without[occurs], counts.with_outcome[occurs]
    hits = counts.events - (np.cumsum(with_outcome) - with_outcome)
    alarms = counts.non_events - (np.cumsum(without) - without)
    misses, passes = counts.events - hits, counts.non_events - alarms
    whole = np.full(hits.shape, counts.events), np.full(hits.shape, counts.non_events)
    pairs = ((hits, whole[0]), (passes, whole[1]), (hits, hits + alarms), (passes, passes + misses))
    shares = {name: share(cases, n, level) for name, (cases, n) in zip(SHARES, pairs, strict=True)}
    return Cuts(counts.levels[occurs], shares)
