"""Whether few have a total that follows from its sums: an attack on one's own file, before it is sent.

The number of persons, the sum of their totals and the sum of the squares allow many distributions of whole numbers, or
only one: that one person has 30 and all others 0. Levels of the same total that are told narrow it further. Whether
nobody could have a total, or many, is found by whole-number programming (HiGHS), as an attacker would.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from instruments.research.roc import Counts


def totals_that_follow(counts: Counts, least: int, starts: Sequence[float] = ()) -> Iterator[int]:
    """Totals that few have, where the sums leave no other possibility than that few, and not none, have it.

    Parameters
    ----------
    counts : int array, shape (totals,)
        Persons with each total from 0.
    least : int
        A number below it is of few.
    starts : sequence of float
        Where levels of the total begin whose numbers of persons are told, too.

    Examples
    --------
    >>> list(totals_that_follow(np.array([9, 0, 0, 1]), 5)), list(totals_that_follow(np.array([9, 7, 8, 1]), 5))
    ([3], [])
    """
    totals = np.arange(len(counts))
    rows = [np.ones(len(counts)), totals, totals**2]
    level = np.searchsorted(starts, totals, side="right")
    rows += [level == each for each in np.unique(level)] if len(starts) else []
    told = np.array(rows, dtype=np.float64)
    sums = told @ counts
    known = LinearConstraint(told, sums, sums)
    everybody = float(counts.sum())
    for total in np.flatnonzero((counts > 0) & (counts < least)).tolist():
        others = (
            Bounds(0, np.where(totals == total, 0.0, everybody)),
            Bounds(np.where(totals == total, least, 0.0), everybody),
        )
        if not any(_is_possible(known, bounds) for bounds in others):
            yield total


def _is_possible(known: LinearConstraint, bounds: Bounds) -> bool:
    """Whether some whole numbers of persons have these sums."""
    size = known.A.shape[1]
    return milp(np.zeros(size), constraints=known, integrality=np.ones(size), bounds=bounds).x is not None
