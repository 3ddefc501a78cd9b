"""Time to reoffence: Harrell's C, the share of comparable pairs in which the higher score reoffends first.

The standard error is the infinitesimal jackknife, as in R's `survival::concordance`.
Harrell et al. (1982), JAMA 247, 2543-2546.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.intervals import on_log_odds
from instruments.research.estimation.outcomes import read_outcome, require_finite, require_same_length
from instruments.research.estimation.roc import Floats

_ROWS = 512


@dataclass(frozen=True)
class Concordance:
    """Harrell's C.

    Parameters
    ----------
    value : float
        From 0 to 1; ties in the score count one half.
    standard_error : float
    pairs : int
        Pairs of which it is known who reoffended first.
    n, events : int
    clusters : int or None
        Of how many clusters the rows are, where the standard error is one between clusters.
    """

    value: float
    standard_error: float
    pairs: int
    n: int
    events: int
    clusters: int | None = None

    @property
    def method(self) -> str:
        """The key of the method."""
        return "jackknife_log_odds" if self.clusters is None else "clusters_log_odds"

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """The interval on the scale of log odds; None where the standard error is 0."""
        units = self.events if self.clusters is None else min(self.events, self.clusters)
        return on_log_odds(self.value, self.standard_error, level, units - 1 if units > 1 else None)


def harrell_c(time: Any, event: Any, score: Any, clusters: Clusters | None = None) -> Concordance:
    """Harrell's C of a score for the time to an event.

    Parameters
    ----------
    time : array of numbers, shape (n,)
        To the event or, where none was seen, to the end of follow-up; any unit.
    event : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
        A higher one should mean an earlier event.
    clusters : Clusters, optional
        Of the rows, where they are not independent.

    Raises
    ------
    InputError
        If no pair can be compared, or a time is negative or missing.
    """
    happened, times, scores = read_outcome(event), require_finite(time), require_finite(score)
    require_same_length(times, happened)
    require_same_length(times, scores)
    if (times < 0).any():
        raise InputError([Fault("negative-time", "time", {"count": int((times < 0).sum())})])
    concordant, comparable = _pairs(times, happened, scores)
    pairs = comparable.sum() / 2
    if pairs == 0:
        raise InputError([Fault("no-comparable-pairs", "time", {"events": int(happened.sum()), "n": len(times)})])
    value = float(concordant.sum() / comparable.sum())
    influence = (concordant - value * comparable) / pairs
    error = float(np.sqrt((influence**2).sum())) if clusters is None else clusters.error(influence)
    number = None if clusters is None else clusters.count
    return Concordance(value, error, int(pairs), len(times), int(happened.sum()), number)


def _pairs(times: Floats, happened: Any, scores: Floats) -> tuple[Floats, Floats]:
    """By person: concordant pairs (ties as halves) and comparable pairs that the person is in."""
    concordant, comparable = np.zeros(len(times)), np.zeros(len(times))
    for start in range(0, len(times), _ROWS):
        block = np.flatnonzero(happened[start : start + _ROWS]) + start
        if not block.size:
            continue
        # who had the event, beside everyone who is known to have had it later or not by then
        later = (times > times[block, None]) | ((times == times[block, None]) & ~happened)
        right = (scores < scores[block, None]) + (scores == scores[block, None]) / 2.0
        right *= later
        concordant[block] += right.sum(axis=1)
        comparable[block] += later.sum(axis=1)
        concordant += right.sum(axis=0)
        comparable += later.sum(axis=0)
    return concordant, comparable
