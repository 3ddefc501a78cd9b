"""Charts by value and by group."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.trends.drawing import LINE, WIDTH, Sheet, counted, top_of, wrapped

_END = 128


@dataclass(frozen=True)
class Row:
    """One value of a chart by value.

    Parameters
    ----------
    count : int or None
        The published number; None where it is hidden.
    share, before : float or None
        Its share of all, and that of the period before, from 0 to 1; None where its number or that of all is hidden,
        or nobody is asked.
    low, high : float or None
        The interval of the share.
    says : str
        What is written at its end.
    """

    label: str
    count: int | None
    share: float | None
    says: str
    before: float | None = None
    low: float | None = None
    high: float | None = None


def bars(sheet: Sheet, rows: Sequence[Row], none: str) -> None:
    """Values below one another: each label whole above its bar, and the number at the end of the bar.

    Where shares are known a bar is drawn on a track of all of them, and a stroke stands where the share was the
    period before; one whose share is hidden is hatched, though its number is known. Else bars are as long as their
    numbers. Values that nobody has now, and nobody is known to have had before, are named together.

    Parameters
    ----------
    none : str
        What stands before the values that nobody has.
    """
    absent = [row.label for row in rows if row.count == 0 and not row.before]
    rows = [row for row in rows if row.count != 0 or row.before]
    is_share = any(row.share is not None for row in rows)
    most = max([row.count or 0 for row in rows], default=0) or 1
    room = WIDTH - _END
    for row in rows:
        for line in wrapped(row.label, WIDTH):
            sheet.height += LINE
            sheet.text(0, sheet.height - 4, line)
        top = sheet.height + 2
        if is_share:
            sheet.rectangle(0, top, room, 12, "track")
        share = row.share if is_share or row.count is None else row.count / most
        if row.count is None or (is_share and share is None):
            sheet.hatched(0, top, room, 12)
        else:
            sheet.rectangle(0, top, (share or 0.0) * room, 12, "data", counted(row.count))
        if is_share and row.before is not None:
            sheet.path([(row.before * room, top - 3), (row.before * room, top + 15)], "before")
        sheet.text(room + 8, top + 11, row.says, "ink" if row.count is not None else "quiet")
        sheet.height = top + 12 + 10
    for line in wrapped(f"{none} {', '.join(absent)}.", WIDTH) if absent else ():
        sheet.height += LINE
        sheet.text(0, sheet.height - 4, line, "quiet")


def dots(sheet: Sheet, rows: Sequence[Row]) -> None:
    """Shares of groups below one another, each with its interval; what is hidden is hatched, never at zero.

    A group that has nobody is not among them.
    """
    room = WIDTH - _END
    top_share = top_of([row.high or row.share or 0.0 for row in rows])
    for row in rows:
        for line in wrapped(row.label, WIDTH):
            sheet.height += LINE
            sheet.text(0, sheet.height - 4, line)
        middle = sheet.height + 8
        sheet.rectangle(0, middle - 6, room, 12, "track")
        if row.share is None:
            sheet.hatched(0, middle - 6, room, 12)
        else:
            low, high = (each if each is not None else row.share for each in (row.low, row.high))
            sheet.path([(low / top_share * room, middle), (high / top_share * room, middle)], "interval")
            sheet.dot(row.share / top_share * room, middle, "data", counted(row.count), radius=5)
        sheet.text(room + 8, middle + 5, row.says, "ink" if row.share is not None else "quiet")
        sheet.height = middle + 6 + 10
