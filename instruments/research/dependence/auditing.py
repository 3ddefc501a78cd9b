"""What is told of a part of the people, and when there are too few of them to tell anything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import Group
from instruments.research.dependence.clustered_shares import clustered_difference, clustered_share_figure
from instruments.research.dependence.clusters import Clusters
from instruments.research.figures.builders import difference_of_shares, share_figure
from instruments.research.figures.figure import InsufficientEvidence, Outcome

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Audit:
    """What is looked at: the outcome, a score, and the smallest group of which anything is said."""

    dataset: Dataset
    groups: tuple[Group, ...]
    outcome: "pd.Series[float]"
    score: "pd.Series[float]"
    group_size: float
    group_events: float
    level: float
    clusters: Clusters | None = None

    def too_small(self, n: int) -> Fault | None:
        """Why so few persons are too few, if they are."""
        return too_small(n, self.group_size)

    def too_few(self, happened: NDArray[Any]) -> Fault | None:
        """Why these outcomes are too few on either side, if they are."""
        return too_few(happened, self.group_size, self.group_events)

    def part(self, rows: Mask) -> Clusters | None:
        """The clusters of some rows; None where rows are taken as independent."""
        return None if self.clusters is None else self.clusters.part(rows)

    def rate(self, name: str, cases: Mask, rows: Mask) -> Outcome:
        """A share of some rows with Wilson's interval.

        Parameters
        ----------
        cases, rows : arrays of bool, shape (n,)
            Whom it counts, and of whom it is told; of all rows of the data.
        """
        n = int(rows.sum())
        if small := self.too_small(n):
            return InsufficientEvidence(name, small, n)
        if self.clusters is not None:
            return clustered_share_figure(name, cases[rows], self.clusters.part(rows), self.level)
        return share_figure(name, int(cases[rows].sum()), n, self.level)

    def difference(self, name: str, cases: Mask, here: Mask, rest: Mask, level: float | None = None) -> Outcome:
        """A share of some rows less that of others, with Newcombe's interval or, of clusters, by squares and addition.

        Parameters
        ----------
        cases, here, rest : arrays of bool, shape (n,)
            Of all rows of the data.
        level : float, optional
            By default that of the audit.
        """
        n, level = int(here.sum()), level or self.level
        if small := self.too_small(min(n, int(rest.sum()))):
            return InsufficientEvidence(name, small, n)
        if self.clusters is not None:
            return clustered_difference(name, cases, here, rest, self.clusters, level)
        return difference_of_shares(name, cases[here], cases[rest], level)


def too_small(n: int, needed: float) -> Fault | None:
    """Why so few persons are too few, if they are."""
    return None if n >= needed else Fault("group-too-small", "", {"n": n, "needed": int(needed)})


def too_few(happened: NDArray[Any], size: float, events: float) -> Fault | None:
    """Why these outcomes are too few, of persons or on either side, if they are.

    Parameters
    ----------
    happened : array of bool or 0/1, shape (n,)
    size : float
        How many persons are needed.
    events : float
        How many are needed with the outcome, and how many without it.
    """
    if small := too_small(len(happened), size):
        return small
    rarer = int(min(happened.sum(), len(happened) - happened.sum()))
    return None if rarer >= events else Fault("group-too-few-events", "", {"events": rarer, "needed": int(events)})
