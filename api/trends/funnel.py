"""The funnel: the share of each unit by its size, between the limits that chance alone keeps it within."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from api.trends.drawing import LETTER, LINE, WIDTH, Sheet, counted, wrapped
from screening.trends.binomial import Limits, binomial_limits

_HEIGHT, _LEFT, _RIGHT = 230.0, 52.0, WIDTH - 8.0
_STEPS = 60
_SHARE_STEPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
#: What arithmetic with binary fractions may be off.
_ROUNDING = 1e-9
#: With more units than these, only those outside a limit are named in the picture; the table names all.
_NAMED = 12


@dataclass(frozen=True)
class Unit:
    """A unit in the funnel.

    Parameters
    ----------
    part, whole : int or None
        None where a number is hidden.
    """

    label: str
    part: int | None
    whole: int | None

    @property
    def is_known(self) -> bool:
        """Whether it can be placed."""
        return self.part is not None and bool(self.whole)

    @property
    def share(self) -> float:
        """Its share, from 0 to 1; only where it is known."""
        return (self.part or 0) / (self.whole or 1)


@dataclass(frozen=True)
class Funnel:
    """Units, what they have in common, and the limits.

    Parameters
    ----------
    target : float
        The share of all units that are known, together.
    inner, outer : float
        How often chance alone keeps a unit within each limit.
    """

    units: tuple[Unit, ...]
    target: float
    inner: float
    outer: float

    @classmethod
    def of(cls, units: Sequence[Unit], inner: float, outer: float) -> "Funnel":
        """The funnel of some units."""
        known = [unit for unit in units if unit.is_known]
        whole = sum(unit.whole or 0 for unit in known)
        return cls(tuple(units), sum(unit.part or 0 for unit in known) / whole if whole else 0.0, inner, outer)

    @property
    def known(self) -> list[Unit]:
        """Those that can be placed."""
        return [unit for unit in self.units if unit.is_known]

    def limits(self, unit: Unit, level: float) -> Limits:
        """The limits for a unit of this size."""
        return binomial_limits(self.target, unit.whole or 1, level)

    def beyond(self, level: float) -> list[Unit]:
        """The units outside a limit."""
        return [unit for unit in self.known if not self.limits(unit, level).hold(unit.share)]


def draw_funnel(
    sheet: Sheet, funnel: Funnel, words: Mapping[str, str], count: Callable[[float], str], share: Callable[[float], str]
) -> None:
    """Draw the funnel; a unit whose number is hidden is named below, and placed nowhere.

    Parameters
    ----------
    words : Mapping of str to str
        What ``size``, ``all``, ``inner``, ``outer`` and ``hidden`` are called.
    """
    sizes_known = [unit.whole or 1 for unit in funnel.known]
    fewest, most = max(1.0, min(sizes_known) * 0.75), max(sizes_known) * 1.08 + 1
    widest = binomial_limits(funnel.target, max(1, round(fewest)), funnel.outer)
    shares = [unit.share for unit in funnel.known]
    low, step = _span(min(*shares, widest.low), max(*shares, widest.high))
    top = sheet.height + 12

    def place(size: float, value: float) -> tuple[float, float]:
        across = _LEFT + (_RIGHT - _LEFT) * (size - fewest) / (most - fewest)
        return across, top + _HEIGHT * (1 - (value - low) / (2 * step))

    for part in range(3):
        start, end = place(fewest, low + part * step), place(most, low + part * step)
        sheet.path([start, end], "grid" if part else "axis")
        sheet.text(_LEFT - 6, start[1] + 5, share(low + part * step), "quiet", "end")
        size = round(fewest + (most - fewest) * part / 2)
        across, bottom = place(size, low)
        sheet.text(across, bottom + LINE, count(size), "quiet", ("start", "middle", "end")[part])
    sizes = sorted({max(1, round(fewest + (most - fewest) * part / _STEPS)) for part in range(_STEPS + 1)})
    for level, kind in ((funnel.inner, "inner"), (funnel.outer, "outer")):
        drawn = [(size, binomial_limits(funnel.target, size, level)) for size in sizes]
        sheet.path([place(size, limits.low) for size, limits in drawn], kind)
        sheet.path([place(size, limits.high) for size, limits in drawn], kind)
    sheet.path([place(fewest, funnel.target), place(most, funnel.target)], "centre")
    _draw_units(sheet, funnel, place)
    sheet.height = top + _HEIGHT + LINE + 6
    for line in wrapped(words["size"], WIDTH):
        sheet.height += LINE
        sheet.text(0, sheet.height - 4, line, "quiet")
    _draw_key(sheet, words)
    hidden = [unit.label for unit in funnel.units if not unit.is_known and unit.whole != 0]
    if hidden:
        for unit in range(len(hidden)):
            sheet.hatched(unit * 34, sheet.height + 6, 28, 12)
        sheet.height += 20
        for line in wrapped(f"{words['hidden']} {', '.join(hidden)}", WIDTH):
            sheet.height += LINE
            sheet.text(0, sheet.height - 4, line, "quiet")


def _span(lowest: float, highest: float) -> tuple[float, float]:
    """Where the field begins, and half of what it spans: round shares that all lie between."""
    for step in _SHARE_STEPS:
        low = floor(lowest / step + _ROUNDING) * step
        if highest <= low + 2 * step + _ROUNDING:
            return low, step
    return 0.0, 0.5


def _draw_units(sheet: Sheet, funnel: Funnel, place: Callable[[float, float], tuple[float, float]]) -> None:
    """Each unit with its name beside it, moved up or down where two would lie over one another."""
    outside = {unit.label for unit in funnel.beyond(funnel.outer)}
    far = {unit.label for unit in funnel.beyond(funnel.inner)}
    dots = [(unit, *place(unit.whole or 0, unit.share)) for unit in funnel.known]
    taken = [(x - 6, y - 6, x + 6, y + 6) for _, x, y in dots]
    for unit, x, y in sorted(dots, key=lambda each: each[2]):
        kind = "outside" if unit.label in outside else "data"
        if len(dots) <= _NAMED or unit.label in far:
            _name(sheet, unit.label, x, y, taken)
        sheet.dot(x, y, kind, counted(unit.part), radius=5)


def _name(sheet: Sheet, label: str, x: float, y: float, taken: list[tuple[float, float, float, float]]) -> None:
    wide = len(label) * LETTER * 0.92
    for move in (0, -17, 17, -34, 34, -51, 51, -68, 68):
        for is_right in (True, False):
            left = x + 10 if is_right else x - 10 - wide
            box = (left, y + move - 9, left + wide, y + move + 7)
            is_inside = left >= _LEFT and left + wide <= WIDTH
            if is_inside and not any(_overlap(box, each) for each in taken):
                taken.append(box)
                if move:
                    sheet.path([(x, y), (x + (8 if is_right else -8), y + move)], "axis")
                sheet.text(
                    x + (10 if is_right else -10), y + move + 5, label, "ink halo", "start" if is_right else "end"
                )
                return


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _draw_key(sheet: Sheet, words: Mapping[str, str]) -> None:
    for kind, name in (("centre", "all"), ("inner", "inner"), ("outer", "outer")):
        middle = sheet.height + 10
        sheet.path([(0, middle), (34, middle)], kind)
        sheet.text(42, middle + 5, words[name], "quiet")
        sheet.height += LINE
