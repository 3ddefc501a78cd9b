"""Shares and their uncertainty: an interval for one share, and the limits within which chance alone keeps a share."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def wilson(part: int, whole: int, level: float) -> tuple[float, float]:
    """Wilson's interval for a share (Wilson, JASA 1927).

    Parameters
    ----------
    level : float
        How often such an interval holds the true share, from 0 to 1.
    """
    width = NormalDist().inv_cdf((1 + level) / 2)
    share, square = part / whole, width**2
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = width * sqrt(share * (1 - share) / whole + square / (4 * whole**2)) / (1 + square / whole)
    return (max(0.0, middle - half) if part else 0.0), (min(1.0, middle + half) if part < whole else 1.0)


@dataclass(frozen=True)
class Limits:
    """The shares between which chance alone keeps the share of a group of some size.

    Parameters
    ----------
    low, high : float
        From 0 to 1.
    """

    low: float
    high: float

    def hold(self, share: float) -> bool:
        """Whether a share lies within them."""
        return self.low <= share <= self.high


def binomial_limits(target: float, whole: int, level: float) -> Limits:
    """The exact limits of a share, interpolated between whole numbers.

    A share lies outside exactly where the probability of so small a number, or of so large a one, is below the tail,
    so that chance alone brings nobody outside more often than the level says.

    Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine 2005;24:1185-1202,
    appendix A.1.1: with ``r`` the smallest number whose cumulative probability reaches the tail ``p``, the limit is
    ``(r - a) / n`` with ``a = (P(R <= r) - p) / P(R = r)``, so that it does not jump from size to size. The upper
    limit is his lower limit for those who are not in the share, mirrored: worked out with ``1 - p`` from the same
    cumulative probabilities it would fall below numbers that chance brings more often than the tail.

    Parameters
    ----------
    target : float
        The share that all have in common, from 0 to 1.
    whole : int
        The size of the group, at least 1.
    level : float
        The probability that chance alone keeps the share between the limits, such as 0.95.
    """
    if target <= 0.0 or target >= 1.0:
        return Limits(target, target)
    tail = (1 - level) / 2
    return Limits(_lowest(target, whole, tail), 1.0 - _lowest(1.0 - target, whole, tail))


def _lowest(target: float, whole: int, tail: float) -> float:
    return max(0.0, _quantile(_cumulative(target, whole), tail) / whole)


def _quantile(cumulative: NDArray[np.float64], probability: float) -> float:
    reached = min(int(np.searchsorted(cumulative, probability)), len(cumulative) - 1)
    below = float(cumulative[reached - 1]) if reached else 0.0
    here = float(cumulative[reached]) - below
    return reached - (float(cumulative[reached]) - probability) / here if here > 0 else float(reached)


def _cumulative(target: float, whole: int) -> NDArray[np.float64]:
    """The probability of at most 0, 1, ..., ``whole``, shape (whole + 1,)."""
    numbers = np.arange(1, whole + 1, dtype=np.float64)
    steps = np.log((whole - numbers + 1) / numbers) + np.log(target) - np.log1p(-target)
    logs = whole * np.log1p(-target) + np.concatenate([[0.0], np.cumsum(steps)])
    cumulative: NDArray[np.float64] = np.minimum(1.0, np.cumsum(np.exp(logs)))
    return cumulative
