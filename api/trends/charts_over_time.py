"""Charts over time: columns, and lines with control limits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

from api.trends.drawing import LETTER, LINE, LOOKS, WIDTH, Sheet, at, counted, top_of

_GRID_STEPS = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Point:
    """One period of a chart over time.

    Parameters
    ----------
    count : int or None
        The published number; None where it is hidden or the period goes on.
    value : float or None
        What is drawn: the number or its share.
    tick : str
        What stands below it, where anything does.
    state : str
        ``shown``, ``hidden``, ``empty`` (there is nobody to share) or ``open`` (it goes on).
    centre, lowest, highest : float or None
        Centre line and control limits, where there are any.
    is_signal : bool
        Whether a rule of the control chart points at it.
    """

    name: str
    count: int | None
    value: float | None
    tick: str = ""
    state: str = "shown"
    is_break: bool = False
    centre: float | None = None
    lowest: float | None = None
    highest: float | None = None
    is_signal: bool = False


@dataclass(frozen=True)
class Say:
    """How numbers are written.

    Parameters
    ----------
    count, value : callable
        Writes a number of cases, and a value of the chart, as the language does.
    is_share : bool
        Whether values are shares from 0 to 1.
    """

    count: Callable[[float], str]
    value: Callable[[float], str]
    is_share: bool = False


@dataclass(frozen=True)
class Frame:
    """The field that a chart over time or over sizes is drawn in."""

    top: float
    height: float
    highest: float
    left: float = 52.0
    right: float = WIDTH - 4.0

    def y(self, value: float) -> float:
        """How far down a value lies."""
        return self.top + self.height * (1 - min(value, self.highest) / self.highest)

    def x(self, place: float, of: int) -> float:
        """How far in the middle of a place lies."""
        return self.left + (place + 0.5) * (self.right - self.left) / max(of, 1)


def columns(sheet: Sheet, points: Sequence[Point], words: Mapping[str, str], say: Say, height: float = 150) -> None:
    """Numbers over time as columns from zero: the last one strong, with its number."""
    highest = max([*(point.value or 0 for point in points), *(point.highest or 0 for point in points)], default=0)
    frame = _framed(sheet, round_up(highest), height, say.count)
    _marks_of_time(sheet, frame, points, words)
    wide = (frame.right - frame.left) / max(len(points), 1)
    last = max((place for place, point in enumerate(points) if point.state != "open"), default=-1)
    for place, point in enumerate(points):
        left = frame.x(place, len(points)) - wide * 0.4
        if point.state == "hidden":
            sheet.hatched(left, frame.y(frame.highest * 0.5), wide * 0.8, frame.height * 0.5)
        elif point.value is not None:
            y = frame.y(point.value)
            kind = "data" if place == last else "soft"
            sheet.rectangle(left, y, wide * 0.8, frame.top + frame.height - y, kind, counted(point.count))
    if last >= 0 and points[last].value is not None:
        label = say.count(points[last].value or 0)
        sheet.text(
            frame.x(last, len(points)) + wide * 0.4,
            frame.y(points[last].value or 0) - 5,
            label,
            anchor="end",
            weight="600",
        )


def lines(
    sheet: Sheet, points: Sequence[Point], words: Mapping[str, str], say: Say, *, height: float = 130, top: float = 0.0
) -> None:
    """Shares or numbers over time as a line, with centre line and limits where there are any.

    Parameters
    ----------
    words : Mapping of str to str
        What ``break`` and ``open`` are called; a mark whose word is not there is drawn without it.
    top : float
        The highest value that there is room for; the next round one above all that is drawn where it is 0.
    """
    is_share = say.is_share
    reached = [each for point in points for each in (point.value, point.highest) if each is not None]
    highest = top or (top_of(reached) if is_share else round_up(max(reached, default=0)))
    frame = _framed(sheet, highest, height, say.value)
    _marks_of_time(sheet, frame, points, words)
    for place, point in enumerate(points):
        x = frame.x(place, len(points))
        if point.state == "hidden":
            wide = (frame.right - frame.left) / len(points)
            sheet.hatched(x - wide * 0.4, frame.top, wide * 0.8, frame.height)
        if point.state == "empty":
            sheet.text(x, frame.top + frame.height - 4, "–", "quiet", "middle")
    for kind, name in (("centre", "centre"), ("outer", "lowest"), ("outer", "highest")):
        for run in _runs([getattr(point, name) for point in points]):
            _steps(sheet, frame, run, len(points), kind)
    for run in _runs([point.value for point in points]):
        sheet.path([(frame.x(place, len(points)), frame.y(value)) for place, value in run], "line")
    for place, point in enumerate(points):
        if point.value is not None:
            kind = "outside" if point.is_signal else "data"
            sheet.dot(frame.x(place, len(points)), frame.y(point.value), kind, counted(point.count), radius=3)
    last = max((place for place, point in enumerate(points) if point.value is not None), default=-1)
    if last >= 0:
        value = points[last].value or 0.0
        y = frame.y(value) - 8
        sheet.text(
            min(frame.x(last, len(points)) + 6, WIDTH),
            max(y, frame.top + 4),
            say.value(value),
            anchor="end",
            weight="600",
        )


def _steps(sheet: Sheet, frame: Frame, run: Sequence[tuple[int, float]], of: int, kind: str) -> None:
    half = (frame.right - frame.left) / of / 2
    through = []
    for place, value in run:
        through += [(frame.x(place, of) - half, frame.y(value)), (frame.x(place, of) + half, frame.y(value))]
    sheet.path(through, kind)


def _runs(values: Iterable[float | None]) -> list[list[tuple[int, float]]]:
    """Stretches of values that follow one another: a line does not go over what is hidden."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _framed(sheet: Sheet, highest: float, height: float, say: Callable[[float], str]) -> Frame:
    """Lay out a field with three lines across and what they stand for."""
    frame = Frame(sheet.height + 20, height, highest or 1)
    for part in (0.0, 0.5, 1.0):
        y = frame.y(part * frame.highest)
        sheet.path([(frame.left, y), (frame.right, y)], "grid" if part else "axis")
        sheet.text(frame.left - 6, y + 5, say(part * frame.highest), "quiet", "end")
    sheet.height = frame.top + height + LINE + 4
    return frame


def _marks_of_time(sheet: Sheet, frame: Frame, points: Sequence[Point], words: Mapping[str, str]) -> None:
    """Name the years below, and mark where a version began and where a period goes on."""
    wide = (frame.right - frame.left) / max(len(points), 1)
    room = LETTER * len(words.get("break", "")) + 8
    named = -room
    for place, point in enumerate(points):
        x = frame.x(place, len(points))
        left = x - wide / 2
        if point.tick:
            sheet.path([(left, frame.top + frame.height), (left, frame.top + frame.height + 5)], "axis")
            sheet.text(left + 3, frame.top + frame.height + LINE - 1, point.tick, "quiet")
        if point.is_break:
            sheet.path([(left, frame.top - 6), (left, frame.top + frame.height)], "break")
            begins = min(left + 4, frame.right - room)
            if "break" in words and begins - named >= room:
                sheet.text(begins, frame.top - 8, words["break"], "quiet")
                named = begins
        if point.state == "open":
            sheet.rectangle(left + wide * 0.1, frame.top, wide * 0.8, frame.height, "track")
        if point.state == "open" and "open" in words:
            middle = frame.top + frame.height / 2
            sheet.marks.append(
                f'<text x="{at(x + 5)}" y="{at(middle)}" class="quiet" {LOOKS["quiet"]} text-anchor="middle" '
                f'transform="rotate(-90 {at(x + 5)} {at(middle)})">{escape(words["open"])}</text>'
            )


def round_up(number: float) -> float:
    """The next round number that halves into a whole one."""
    if number <= 2:
        return 2
    size = 10 ** int(log10(number))
    for step in _GRID_STEPS:
        if number <= step * size and (step * size) % 2 == 0:
            return float(step * size)
    return float(10 * size)
