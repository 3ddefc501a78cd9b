"""Control charts: whether a series varies as chance alone would have it, and where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from screening.trends.binomial import binomial_limits
from screening.trends.variation import Variation


@dataclass(frozen=True)
class Measured:
    """One period of a series.

    Parameters
    ----------
    part : int or None
        The number; None where it is hidden.
    whole : int or None
        Of how many, for a share; None where that is hidden.
    is_break : bool
        Whether what is measured changed here: limits are worked out anew from here on.
    """

    part: int | None
    whole: int | None = None
    is_break: bool = False


@dataclass(frozen=True)
class Judged:
    """One period of a series beside what chance alone would have it be.

    Parameters
    ----------
    value : float or None
        The share or the number.
    centre, low, high : float or None
        None where there are too few periods to say anything, or the number is hidden.
    is_outside : bool
        Whether it lies outside the limits.
    is_run : bool
        Whether it ends a run on one side of the centre that is as long as the rule says.
    """

    value: float | None
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    is_outside: bool = False
    is_run: bool = False

    @property
    def is_signal(self) -> bool:
        """Whether a rule points at it."""
        return self.is_outside or self.is_run


def chart_of_shares(series: Sequence[Measured], rules: Variation) -> list[Judged]:
    """A p-chart with exact limits: the centre is the share of all periods together since the last break."""
    judged: list[Judged] = []
    for stretch in _stretches(series):
        known = [each for each in stretch if each.part is not None and each.whole]
        if len(known) < rules.number("least_periods"):
            judged += [Judged(_share(each)) for each in stretch]
            continue
        centre = sum(each.part or 0 for each in known) / sum(each.whole or 0 for each in known)
        points = []
        for each in stretch:
            share = _share(each)
            if share is None or not each.whole:
                points.append(Judged(None))
                continue
            limits = binomial_limits(centre, each.whole, rules.share("control_level"))
            points.append(Judged(share, centre, limits.low, limits.high, is_outside=not limits.hold(share)))
        judged += _with_runs(points, rules.number("run_length"))
    return judged


def chart_of_numbers(series: Sequence[Measured], rules: Variation) -> list[Judged]:
    """An XmR chart: the limits lie at the mean, plus and minus the factor times the mean of what moves in between.

    What moved over a hidden period is not known, and is not counted.
    """
    judged: list[Judged] = []
    for stretch in _stretches(series):
        known = [float(each.part) for each in stretch if each.part is not None]
        moved = [
            abs(after.part - before.part)
            for before, after in pairwise(stretch)
            if before.part is not None and after.part is not None
        ]
        if len(known) < rules.number("least_periods") or not moved:
            judged += [Judged(None if each.part is None else float(each.part)) for each in stretch]
            continue
        centre = sum(known) / len(known)
        width = rules.factor("moving_range_factor") * sum(moved) / len(moved)
        low, high = max(0.0, centre - width), centre + width
        points = [
            Judged(None)
            if each.part is None
            else Judged(float(each.part), centre, low, high, is_outside=not low <= each.part <= high)
            for each in stretch
        ]
        judged += _with_runs(points, rules.number("run_length"))
    return judged


def _share(each: Measured) -> float | None:
    return None if each.part is None or not each.whole else each.part / each.whole


def _stretches(series: Sequence[Measured]) -> list[list[Measured]]:
    stretches: list[list[Measured]] = []
    for each in series:
        if not stretches or each.is_break:
            stretches.append([])
        stretches[-1].append(each)
    return stretches


def _with_runs(points: Sequence[Judged], length: int) -> list[Judged]:
    """Mark what ends a run; a point that is hidden, or lies at the centre, ends it without a mark."""
    marked, side, run = [], 0, 0
    for point in points:
        here = 0
        if point.value is not None and point.centre is not None:
            here = (point.value > point.centre) - (point.value < point.centre)
        run = run + 1 if here and here == side else int(here != 0)
        side = here
        is_run = run >= length
        marked.append(Judged(point.value, point.centre, point.low, point.high, point.is_outside, is_run))
    return marked
