"""The bootstrap of statistics that depend on people only through sums over them.

People who are alike are counted once, a draw of people is a multinomial draw over the kinds of people, and a whole
block of draws is one matrix product.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from instruments.research.resampling import Resampling, in_blocks
from instruments.research.roc import Floats

#: Gives the statistics, shape (draws, statistics), of sums, shape (draws, features).
Statistic = Callable[[Floats], Floats]

LEVEL = 0.95
_MOST_CELLS = 4_000_000


def draw_sums(features: Floats, statistic: Statistic, given: Resampling) -> Floats:
    """Draw people anew, with replacement, and compute the statistics of each draw.

    Parameters
    ----------
    features : array, shape (people, features)
        What each person adds to the sums.
    statistic : function
        Of sums over people. With several processes it must be importable by name.

    Returns
    -------
    array, shape (draws, statistics)
        NaN where a draw has no such statistic.
    """
    kinds, counts = np.unique(features, axis=0, return_counts=True)
    blocks = in_blocks(_draw, given.draws, given.seed, given.n_jobs, kinds, counts, statistic)
    return np.concatenate(blocks) if blocks else np.empty((0, statistic(features.sum(axis=0)[None]).shape[1]))


def _draw(
    random: np.random.Generator, size: int, kinds: Floats, counts: NDArray[np.intp], statistic: Statistic
) -> Floats:
    people = int(counts.sum())
    at_once = max(1, _MOST_CELLS // len(kinds))
    found = []
    for start in range(0, size, at_once):
        drawn = random.multinomial(people, counts / people, size=min(at_once, size - start))
        found.append(statistic(drawn @ kinds))
    return np.concatenate(found)


def percentile_interval(drawn: Floats, level: float = LEVEL) -> tuple[float, float] | None:
    """The interval between the percentiles of the draws.

    Parameters
    ----------
    drawn : array, shape (draws,)

    Returns
    -------
    (float, float) or None
        None where more than one draw in twenty has no such statistic, or where all draws are alike: the data are then
        too few or too uniform to be drawn from. None, too, where nothing was drawn.
    """
    known = drawn[np.isfinite(drawn)]
    if not len(known) or len(known) < 0.95 * len(drawn) or np.ptp(known) == 0:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
