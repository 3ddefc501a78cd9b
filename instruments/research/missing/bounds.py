"""How high and how low an area can be, whatever the blanks are: every way of filling them in, none of them preferred.

A blank item lets a total lie anywhere between two values; a blank outcome may have happened or not. Nothing is imputed
here, so nothing is assumed of why something is blank.

With every outcome known the extremes are exact: the area is highest where those with the outcome have their highest
total and the others their lowest, and lowest the other way round.

Where outcomes are blank, so many of those persons have the outcome, and each number is tried. Who they are is settled
by what each gains the area as one who has the outcome, against everybody whose outcome is known, over one who has not:
the area is highest where those with the largest gains have it. For a gain rises with both ends of what a person's total
can be. So of two persons the one with the larger gain has one end at least no lower than the other's, and its highest
lies no lower than the other's lowest: every pair between those who have the outcome and those who have not is won, and
none can be more than won. Only a pair that is tied keeps the area below that. Where all totals are known ties cannot be
avoided and the extreme is exact; elsewhere the halves that ties may cost are told as a gap.

References
----------
Manski, C. F. (2003). Partial identification of probability distributions. Springer.
Horowitz, J. L. & Manski, C. F. (2006). Identification and estimation of statistical functionals using incomplete data.
Journal of Econometrics 132, 445-459.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.model import Instrument, Item
from instruments.research.estimation.roc import Area, Floats, area, count_scores

#: A gap below this is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Extreme:
    """The highest or the lowest area that some filling gives.

    Parameters
    ----------
    area : Area
        Of the most extreme filling that was found.
    gap : float
        How much farther a filling that was not found might lie; 0 where the extreme is exact.
    limit : float or None
        How far the intervals reach of the most extreme filling with each number of outcomes; None where none has one.
        The most extreme area need not have the widest interval: with few outcomes a less extreme one has.
    """

    area: Area
    gap: float
    limit: float | None


@dataclass(frozen=True)
class AreaBounds:
    """Between which values an area lies, whatever the blanks are."""

    lowest: Extreme
    highest: Extreme

    @property
    def ends(self) -> tuple[float, float]:
        """No filling gives a lower or a higher area; the gaps are taken in."""
        return max(0.0, self.lowest.area.value - self.lowest.gap), min(1.0, self.highest.area.value + self.highest.gap)

    @property
    def interval(self) -> tuple[float, float] | None:
        """From the least to the greatest limit; the gaps are taken in. None where one side has none."""
        if self.lowest.limit is None or self.highest.limit is None:
            return None
        return max(0.0, self.lowest.limit - self.lowest.gap), min(1.0, self.highest.limit + self.highest.gap)


def total_bounds(ratings: pd.DataFrame, items: Sequence[Item], instrument: Instrument) -> tuple[Floats, Floats]:
    """The lowest and the highest total of each person, with blanks at either end of their scale.

    Protective items are counted where absent, as in `scores.scores_of`.

    Parameters
    ----------
    ratings : DataFrame, shape (persons, items)

    Returns
    -------
    low, high : float64 arrays, shape (persons,)
    """
    low, high = np.zeros(len(ratings)), np.zeros(len(ratings))
    for item in items:
        codes, most = ratings[item.id].to_numpy(np.float64), len(instrument.levels(item)) - 1
        counted = most - codes if item.kind == "protective" else codes
        low += np.where(np.isnan(counted), 0, counted)
        high += np.where(np.isnan(counted), most, counted)
    return low, high


def area_bounds(outcome: Any, low: Any, high: Any, level: float = 0.95) -> AreaBounds:
    """How low and how high the area of a score can be.

    Parameters
    ----------
    outcome : float64 array, shape (n,)
        1 it happened, 0 it did not, NaN not known.
    low, high : float64 arrays, shape (n,)
        Between what each person's score lies; equal where it is known.
    level : float
        Confidence level of the limits.

    Raises
    ------
    InputError
        If a lower end lies above its upper end, or if with some filling there would be nobody on one side and with
        none there would be both.

    Examples
    --------
    >>> bounds = area_bounds([0, 0, 1, 1], [1, 2, 2, 3], [1, 2, 3, 3])
    >>> bounds.lowest.area.value, bounds.highest.area.value
    (0.875, 1.0)
    """
    known, below, above = (np.asarray(each, dtype=np.float64) for each in (outcome, low, high))
    if (below > above).any():
        raise InputError([Fault("bounds-crossed", "")])
    highest = _highest(known, below, above, level)
    turned = _highest(known, -above, -below, level)
    limit = None if turned.limit is None else 1 - turned.limit
    return AreaBounds(Extreme(replace(turned.area, value=1 - turned.area.value), turned.gap, limit), highest)


def share_bounds(outcome: Any) -> tuple[int, int, int]:
    """At least and at most how many had the outcome, and of how many persons, whatever the blanks are.

    Parameters
    ----------
    outcome : float64 array, shape (n,)
        1 it happened, 0 it did not, NaN not known.
    """
    known = np.asarray(outcome, dtype=np.float64)
    events = int(np.nansum(known))
    return events, events + int(np.isnan(known).sum()), len(known)


def _highest(outcome: Floats, low: Floats, high: Floats, level: float) -> Extreme:
    events, others = high[outcome == 1], low[outcome == 0]
    open_low, open_high = low[np.isnan(outcome)], high[np.isnan(outcome)]
    as_event, as_other = _wins_each(open_high, others), _wins_each_other(events, open_low)
    order = np.lexsort((-(open_low + open_high), as_other - as_event))
    open_low, open_high, as_event, as_other = (each[order] for each in (open_low, open_high, as_event, as_other))
    number = np.arange(len(order) + 1)
    sides = (len(events) + number) * (len(others) + len(order) - number)
    if not sides.any():
        raise InputError([Fault("one-sided-outcome", "")])
    against_known = _wins(events, others) + _from_start(as_event) + as_other.sum() - _from_start(as_other)
    wins = against_known + _wins_among(open_low, open_high)
    areas = {int(k): _area_of_first(events, others, open_low, open_high, int(k)) for k in np.flatnonzero(sides)}
    found = areas[int(np.argmax(np.divide(wins, sides, out=np.zeros(len(sides)), where=sides > 0)))]
    intervals = [each.interval(level) for each in areas.values()]
    limit = max((ends[1] for ends in intervals if ends is not None), default=None)
    if not (open_low < open_high).any():
        return Extreme(found, 0.0, limit)
    at_most = against_known + number * (len(order) - number)  # every pair among them won
    most = float(np.divide(at_most, sides, out=np.zeros(len(sides)), where=sides > 0).max())
    return Extreme(found, most - found.value if most - found.value > _ROUNDING else 0.0, limit)


def _area_of_first(events: Floats, others: Floats, low: Floats, high: Floats, number: int) -> Area:
    """The area where the first of the open persons, so many, have the outcome."""
    scores = np.concatenate([events, high[:number], others, low[number:]])
    return area(count_scores(np.arange(len(scores)) < len(events) + number, scores))


def _wins_among(low: Floats, high: Floats) -> Floats:
    """For every k, the wins of the first k persons at their highest over the rest at their lowest; shape (n + 1,)."""
    steps = [_halves(high[k] - low[k + 1 :]).sum() - _halves(high[:k] - low[k]).sum() for k in range(len(low))]
    return _from_start(np.array(steps, dtype=np.float64))


def _from_start(values: Floats) -> Floats:
    """The sum of the first k values for every k, shape (n + 1,)."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _wins(events: Floats, others: Floats) -> float:
    return float(_wins_each(events, others).sum())


def _wins_each(events: Floats, others: Floats) -> Floats:
    """Over how many others each event lies, ties counted as halves."""
    ordered = np.sort(others)
    return np.asarray((np.searchsorted(ordered, events) + np.searchsorted(ordered, events, side="right")) / 2)


def _wins_each_other(events: Floats, others: Floats) -> Floats:
    """Under how many events each other lies, ties counted as halves."""
    return len(events) - _wins_each(others, events)


def _halves(differences: Floats) -> Floats:
    return (np.sign(differences) + 1) / 2
