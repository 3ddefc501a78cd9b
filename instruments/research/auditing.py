"""What is told of a part of the people, and when there are too few of them to tell anything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault
from instruments.research.dataset import Dataset
from instruments.research.figure_builders import difference_of_shares, share_figure
from instruments.research.figures import InsufficientEvidence, Outcome
from instruments.research.groupings import Group


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

    def too_small(self, n: int) -> Fault | None:
        """Why so few persons are too few, if they are."""
        return too_small(n, self.group_size)

    def too_few(self, happened: NDArray[Any]) -> Fault | None:
        """Why these outcomes are too few on either side, if they are."""
        return too_few(happened, self.group_size, self.group_events)

    def rate(self, name: str, cases: NDArray[np.bool_]) -> Outcome:
        """A share of a group with Wilson's interval."""
        n = len(cases)
        if small := self.too_small(n):
            return InsufficientEvidence(name, small, n)
        return share_figure(name, int(cases.sum()), n, self.level)

    def difference(self, name: str, here: NDArray[np.bool_], rest: NDArray[np.bool_]) -> Outcome:
        """A share of a group less that of everyone else, with Newcombe's interval."""
        if small := self.too_small(min(len(here), len(rest))):
            return InsufficientEvidence(name, small, len(here))
        return difference_of_shares(name, here, rest, self.level)


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
