"""Shares of rows that are in clusters, and their differences and ratios.

A share's sandwich variance tells of how many independent rows the clusters are worth; Wilson's interval of so many,
with Student's t, never leaves 0-1 and has a width also where nobody, or everybody, is a case.

References
----------
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
counts estimated from survey data. Survey Methodology 24, 193-201.
Dean, N. & Pagano, M. (2015). Evaluating confidence interval methods for binomial proportions in clustered surveys.
Journal of Survey Statistics and Methodology 3, 484-503.
"""

from typing import Any

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.dependence.clusters import Clusters, correlation_of
from instruments.research.estimation.intervals import Interval, of_difference, reach_of
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome


def of_clustered_share(cases: Any, clusters: Clusters, level: float = 0.95) -> Interval:
    """Wilson's interval of a share, of as many independent rows as the clusters are worth.

    They are worth no more than there are rows; where nobody or everybody is a case, as many as there are clusters.

    Parameters
    ----------
    cases : array of bool, shape (n,)
    clusters : Clusters
        Of the same rows; two or more.
    level : float

    Examples
    --------
    >>> places = Clusters.of("place", np.repeat(np.arange(10), 5))
    >>> cases = np.arange(50) < 20
    >>> [round(end, 3) for end in of_clustered_share(cases, places)]
    [0.139, 0.733]
    """
    given = np.asarray(cases, dtype=np.float64)
    n, share = len(given), float(given.mean())
    error = clusters.error((given - share) / n)
    size = min(n, share * (1 - share) / error**2) if error > 0 else float(clusters.count)
    reach = reach_of(level, clusters.count - 1) ** 2
    middle = (share + reach / (2 * size)) / (1 + reach / size)
    half = (reach * (share * (1 - share) / size + reach / (4 * size**2))) ** 0.5 / (1 + reach / size)
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def clustered_share_figure(name: str, cases: Any, clusters: Clusters, level: float = 0.95) -> Outcome:
    """A share of rows in clusters; of no one there is none, and of one cluster no interval.

    Parameters
    ----------
    name : str
    cases : array of bool, shape (n,)
    clusters : Clusters
    level : float
    """
    given = np.asarray(cases)
    if not given.size:
        return InsufficientEvidence(name, Fault("nobody-in-share", ""), 0)
    try:
        low, high = of_clustered_share(given, clusters, level)
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], len(given))
    return Figure(name, float(given.mean()), low, high, level, len(given), "wilson_clusters", clusters.note)


def clustered_share_at(name: str, happened: Any, flagged: Any, clusters: Clusters, level: float) -> Outcome:
    """A share of `cuts.SHARES` at a cut.

    Parameters
    ----------
    name : str
    happened, flagged : arrays of bool, shape (n,)
        Whether the outcome came, and whether the score points to it.
    clusters : Clusters
    level : float
    """
    among, cases = {
        "sensitivity": (happened, flagged),
        "specificity": (~happened, ~flagged),
        "positive_predictive_value": (flagged, happened),
        "negative_predictive_value": (~flagged, ~happened),
    }[name]
    return clustered_share_figure(name, cases[among], clusters.part(among), level)


def clustered_difference(
    name: str, cases: Any, here: Any, rest: Any, clusters: Clusters, level: float = 0.95
) -> Outcome:
    """A share less that of other rows, by squares and addition of their intervals and what they have in common.

    Parameters
    ----------
    name : str
    cases : array of bool, shape (n,)
    here, rest : arrays of bool, shape (n,)
        Of which rows either share is; a cluster may have rows of both.
    clusters : Clusters
        Of all n rows.
    level : float
    """
    n = int(np.sum(here))
    try:
        ends = [of_clustered_share(cases[rows], clusters.part(rows), level) for rows in (here, rest)]
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], n)
    first, second = float(cases[here].mean()), float(cases[rest].mean())
    low, high = of_difference(first, ends[0], second, ends[1], _correlation(cases, here, rest, clusters))
    return Figure(name, first - second, low, high, level, n, "clusters_squares_and_addition", clusters.note)


def clustered_ratio(name: str, cases: Any, here: Any, rest: Any, clusters: Clusters, level: float = 0.95) -> Outcome:
    """A share in parts of that of other rows, likewise; see `clustered_difference`.

    References
    ----------
    Donner, A. & Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and standard
    deviation. Statistical Methods in Medical Research 21, 347-359.
    """
    n = int(np.sum(here))
    try:
        (low, high), (least, most) = (
            of_clustered_share(cases[rows], clusters.part(rows), level) for rows in (here, rest)
        )
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], n)
    first, second = float(cases[here].mean()), float(cases[rest].mean())
    if least <= 0:  # the ratio has no end
        return InsufficientEvidence(name, Fault("no-ratio", ""), n)
    alike = _correlation(cases, here, rest, clusters)

    def end(of_first: float, of_second: float, side: int) -> float:
        half = first * second + alike * (first - of_first) * (second - of_second)
        own, other = of_first * (2 * first - of_first), of_second * (2 * second - of_second)
        if abs(other) < 1e-12:
            return own / (2 * half)
        return float((half + side * max(half**2 - own * other, 0.0) ** 0.5) / other)

    ends = max(end(low, most, -1), 0.0), end(high, least, 1)
    return Figure(name, first / second, *ends, level, n, "clusters_squares_and_addition", clusters.note)


def _correlation(cases: Any, here: Any, rest: Any, clusters: Clusters) -> float:
    """Of the two shares, from clusters that have rows of both."""
    errors = [np.where(rows, cases - cases[rows].mean(), 0.0) / np.sum(rows) for rows in (here, rest)]
    return correlation_of(np.column_stack(errors), clusters)
