"""How finely a card tells: in full precision, a figure gives back the whole numbers of persons that it was made of.

An area is a number of pairs divided by the number of all pairs. With all its digits only one number of persons with
the outcome fits it, however carefully that number is left out elsewhere. So is every figure that comes of the outcomes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from instruments.research.figures.figure import Figure, Outcome, Row, Section
from instruments.research.limits import limits

#: Figures that are rounded up only: less than was found would be told as surer than it is.
_PROBABILITIES = ("p", "p_adjusted")
#: Digits after which a line is as it was found.
_MOST_DIGITS = 30


def is_exact(each: Figure) -> bool:
    """Whether a figure is a count or a share of one, which the guard of small counts has let pass."""
    return isinstance(each.value, int) or each.method == "wilson"


def rounded(section: Section) -> Section:
    """A section with the figures as a card tells them."""
    rows = (Row(row.labels, tuple(map(_rounded, row.figures))) for row in section.rows)
    return replace(section, rows=tuple(rows))


def _rounded(each: Outcome) -> Outcome:
    """A figure to so many decimals; its interval outwards, so that it holds the true value no less often."""
    if not isinstance(each, Figure) or is_exact(each):
        return each
    value = _up(each.value) if each.name in _PROBABILITIES else _to(each.value)
    low, high = (None if end is None else turn(end) for end, turn in ((each.low, _down), (each.high, _up)))
    return replace(each, value=value, low=low, high=high)


def rounded_details(details: Any) -> Any:
    """The points of curves and whatever else no table shows, to so many decimals."""
    if isinstance(details, Mapping):
        return {name: rounded_details(each) for name, each in details.items()}
    if isinstance(details, list | tuple):
        return [rounded_details(each) for each in details]
    return _to(details) if isinstance(details, float) and np.isfinite(details) else details


def coarsest_line(intercept: float, slope: float, scores: NDArray[np.float64]) -> tuple[float, float]:
    """Log odds with as few digits as give every risk as a card tells it, half of the last decimal off at most.

    With all its digits the line gives back two sums over the persons: how many had the outcome, and their scores.

    Parameters
    ----------
    scores : float64 array
        Those that the line was fitted on.

    Returns
    -------
    (float, float)
        Intercept and slope.
    """
    most = 0.5 * 10.0 ** -limits().whole("told_decimals")
    levels = np.unique(scores)
    middle, risks = (levels[0] + levels[-1]) / 2, expit(intercept + slope * levels)
    for digits in range(_MOST_DIGITS):
        for of_slope in range(digits + 1):
            turned = round(slope, of_slope)
            moved = round(intercept + (slope - turned) * middle, digits - of_slope)
            if np.abs(expit(moved + turned * levels) - risks).max() <= most:
                return moved, turned
    return intercept, slope


def _to(value: float) -> float:
    return float(round(value, limits().whole("told_decimals")))


def _down(value: float) -> float:
    scale = 10 ** limits().whole("told_decimals")
    return float(np.floor(round(value * scale, 6)) / scale)


def _up(value: float) -> float:
    return -_down(-value) + 0.0
