"""The area under the ROC curve with DeLong's interval, from counts by score and outcome.

An area depends on the data only through how many persons have each score with and without the outcome. For a score of
bounded whole numbers, such as a total, those counts are made in one pass without sorting; for any other score the
levels are its distinct values. Both are exact, and equal to mid-ranks.

DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837-845; Sun & Xu (2014), IEEE Signal Processing Letters 21,
1389-1393.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from instruments.research.estimation.intervals import of_rank_statistic, on_log_odds
from instruments.research.estimation.outcomes import require_both_classes, require_finite, require_same_length

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Whole-number scores that span no more levels than this are counted without being sorted.
MOST_COUNTED_LEVELS = 65_536


@dataclass(frozen=True)
class ScoreCounts:
    """How many persons have each score, without and with the outcome.

    Parameters
    ----------
    levels : float64 array, shape (k,)
        The scores, ascending; a level may be empty.
    without, with_outcome : int64 arrays, shape (k,)
    """

    levels: Floats
    without: Counts
    with_outcome: Counts

    @property
    def events(self) -> int:
        """Persons with the outcome."""
        return int(self.with_outcome.sum())

    @property
    def non_events(self) -> int:
        """Persons without the outcome."""
        return int(self.without.sum())


@dataclass(frozen=True)
class Area:
    """An area under the ROC curve.

    Parameters
    ----------
    value : float
        From 0 to 1; ties count one half.
    variance : float or None
        DeLong's; None where it cannot be estimated, with fewer than two persons in a class.
    events, non_events : int
    freedom : float or None
        Welch's degrees of freedom of the variance, which is a sum of one from each class; None where it is 0 or None.
    """

    value: float
    variance: float | None
    events: int
    non_events: int
    freedom: float | None = None

    @property
    def n(self) -> int:
        """Persons in both classes."""
        return self.events + self.non_events

    @property
    def separates(self) -> bool:
        """Whether the score separates the classes without a single overlap, so that the variance says nothing."""
        return self.variance == 0 and self.value in (0.0, 1.0)

    @property
    def method(self) -> str:
        """The key of the method of the interval that is told."""
        return "newcombe_area" if self.separates else "delong_log_odds"

    @property
    def note(self) -> str:
        """The key of what should be known of the interval."""
        return "separated" if self.separates else ""

    def interval(self, level: float = 0.95, method: Literal["best", "delong"] = "best") -> tuple[float, float] | None:
        """The interval; None where there is none to give.

        Parameters
        ----------
        level : float
            Confidence level.
        method : {"best", "delong"}
            DeLong's variance on the scale of log odds with Student's t or, where the score separates the classes,
            Newcombe's interval. With "delong", the normal approximation cut to 0-1, as pROC has it: too narrow where
            events are few or the area is near 1.
        """
        if self.variance is None:
            return None
        if method == "best":
            if self.separates:
                return of_rank_statistic(self.value, self.events, self.non_events, level)
            return on_log_odds(self.value, self.variance**0.5, level, self.freedom)
        if self.variance == 0:
            return None
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.variance**0.5
        return max(0.0, self.value - reach), min(1.0, self.value + reach)


@dataclass(frozen=True)
class Comparison:
    """Two areas on the same persons.

    Parameters
    ----------
    first, second : Area
    difference : float
        First less second.
    variance : float or None
        Of the difference.
    z, p : float or None
        DeLong's paired test, two-sided; None where the difference has no variance.
    """

    first: Area
    second: Area
    difference: float
    variance: float | None
    z: float | None
    p: float | None

    @property
    def method(self) -> str:
        """The key of the method."""
        return "delong_paired"

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """The interval of the difference by the normal approximation."""
        if not self.variance:
            return None
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.variance**0.5
        return self.difference - reach, self.difference + reach


def count_scores(outcome: Any, score: Any) -> ScoreCounts:
    """Count persons by score and outcome.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)

    Raises
    ------
    ConstantOutcomeError
        If everyone, or no one, has the outcome.
    InputError
        If the arrays differ in length or a score is not a number.
    """
    happened = require_both_classes(outcome)
    scores = np.asarray(score)
    require_same_length(happened, scores)
    counted = _counted(happened, scores)
    return counted if counted is not None else _sorted(happened, require_finite(scores))


def _counted(happened: NDArray[np.bool_], scores: NDArray[Any]) -> ScoreCounts | None:
    """Counts without sorting; None where the scores are not whole numbers within a narrow span."""
    if scores.dtype.kind not in "iub" or not scores.size:
        return None
    low, high = int(scores.min()), int(scores.max())
    span = high - low + 1
    if span > MOST_COUNTED_LEVELS:
        return None
    cells = happened * np.intp(span)
    cells += scores
    cells -= low
    without, with_outcome = np.bincount(cells, minlength=2 * span).reshape(2, span)
    return ScoreCounts(np.arange(low, high + 1, dtype=np.float64), without, with_outcome)


def _sorted(happened: NDArray[np.bool_], scores: Floats) -> ScoreCounts:
    levels, cells = np.unique(scores, return_inverse=True)
    total = np.bincount(cells, minlength=len(levels))
    with_outcome = np.bincount(cells[happened], minlength=len(levels))
    return ScoreCounts(levels, total - with_outcome, with_outcome)


def area(counts: ScoreCounts) -> Area:
    """The area under the ROC curve and DeLong's variance of it.

    Parameters
    ----------
    counts : ScoreCounts
        With at least one person in each class.
    """
    events, non_events = counts.events, counts.non_events
    among_events, among_others = placements(counts)
    value = float(counts.with_outcome @ among_events) / events
    if events < 2 or non_events < 2:
        return Area(value, None, events, non_events)
    spread_events = float(counts.with_outcome @ (among_events - value) ** 2) / (events - 1)
    spread_others = float(counts.without @ (among_others - value) ** 2) / (non_events - 1)
    parts = spread_events / events, spread_others / non_events
    variance = sum(parts)
    each = parts[0] ** 2 / (events - 1) + parts[1] ** 2 / (non_events - 1)
    return Area(value, variance, events, non_events, variance**2 / each if each else None)


def placements(counts: ScoreCounts) -> tuple[Floats, Floats]:
    """By level: the share of persons without the outcome below it, and of those with it above it, ties as halves."""
    without, with_outcome = counts.without, counts.with_outcome
    below = np.cumsum(without) - without
    above = counts.events - np.cumsum(with_outcome)
    return (below + without / 2) / counts.non_events, (above + with_outcome / 2) / counts.events


def compare(outcome: Any, first: Any, second: Any) -> Comparison:
    """Compare the areas of two scores on the same persons by DeLong's paired test.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    first, second : arrays of numbers, shape (n,)

    Raises
    ------
    ConstantOutcomeError, InputError
        As `count_scores`.
    """
    happened = require_both_classes(outcome)
    areas: list[Area] = []
    among_events: list[Floats] = []
    among_others: list[Floats] = []
    for score in (first, second):
        scores = np.asarray(score)
        counts = count_scores(happened, scores)
        areas.append(area(counts))
        of_events, of_others = placements(counts)
        cells = np.searchsorted(counts.levels, scores)
        among_events.append(of_events[cells[happened]])
        among_others.append(of_others[cells[~happened]])
    difference = areas[0].value - areas[1].value
    if areas[0].variance is None:
        return Comparison(areas[0], areas[1], difference, None, None, None)
    contrasts = (among_events[0] - among_events[1], among_others[0] - among_others[1])
    variance = float(sum(np.var(each, ddof=1) / len(each) for each in contrasts))
    if variance <= np.finfo(np.float64).eps ** 2:  # the scores order everyone alike
        return Comparison(areas[0], areas[1], difference, 0.0, None, None)
    z = difference / variance**0.5
    return Comparison(areas[0], areas[1], difference, variance, z, 2 * NormalDist().cdf(-abs(z)))
