"""Whether few have a total that follows from its sums: an attack on one's own file, before it is sent.

The number of persons, the sum of their totals and the sum of the squares allow many distributions of whole numbers, or
only one: that one person has 30 and all others 0. Levels of the same total that are told narrow it further. Whether
nobody could have a total, or many, is found by whole-number programming (HiGHS), as an attacker would. A search that
comes to no end counts as if there were no other possibility, so that more is refused and never less.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from instruments.research.estimation.roc import Counts
from instruments.research.limits import limits


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
    few = np.flatnonzero((counts > 0) & (counts < least))
    while len(few):
        total, *_ = few
        nobody = Bounds(0, np.where(totals == total, 0.0, everybody))
        many = Bounds(np.where(totals == total, least, 0.0), everybody)
        found = next((each for bounds in (nobody, many) if (each := _distribution(known, bounds)) is not None), None)
        if found is None:
            yield int(total)
            few = few[1:]
        else:  # it shows the same of others as well
            few = few[(found[few] > 0) & (found[few] < least)]


def _distribution(known: LinearConstraint, bounds: Bounds) -> Counts | None:
    """Some whole numbers of persons that have these sums; none, too, where the search comes to no end."""
    size = known.A.shape[1]
    most = {"node_limit": limits().whole("search_nodes")}
    found = milp(np.zeros(size), constraints=known, integrality=np.ones(size), bounds=bounds, options=most).x
    return None if found is None else np.rint(found).astype(np.int64)
