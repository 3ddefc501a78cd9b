"""What the dashboard shows: each picture with the published table that it is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

from screening.trends.counting import Dims

#: The 97.5th percentile of the normal distribution, for intervals of 95 percent.
_WIDTH = 1.959964


@dataclass(frozen=True)
class Panel:
    """One picture.

    Parameters
    ----------
    form : str
        ``counts``: how many, over time. ``share``: one value's share of all, over time, with its interval. ``dots``:
        the last period, one value's share within each value of the first dimension, with its interval. ``bars``: the
        last period, by the first dimension and divided by the last one.
    share_of : str
        For ``share`` and ``dots``, the value.
    leave_out : tuple of str
        Values that say nothing in this picture, such as criteria that are met where it is asked what was not.
    is_cumulative : bool
        Whether each value holds those after it, too: a case that came further has come so far.
    """

    id: str
    measure: str
    across: Dims
    form: Literal["counts", "share", "dots", "bars"]
    share_of: str = ""
    leave_out: tuple[str, ...] = ()
    is_cumulative: bool = False

    @property
    def is_over_time(self) -> bool:
        """Whether it shows every period; otherwise the last one."""
        return self.form in ("counts", "share")


PANELS = (
    Panel("intakes", "intakes", (), "counts"),
    Panel("recommendations", "recommendations", ("outcome",), "share", "supports_offer"),
    Panel("applies", "decisions", ("applies",), "share", "supports_offer"),
    Panel("flow", "flow", ("stage",), "bars", is_cumulative=True),
    Panel("units", "decisions", ("unit", "applies"), "dots", "supports_offer"),
    Panel("sex", "decisions", ("sex", "applies"), "dots", "supports_offer"),
    Panel("ages", "decisions", ("age_band", "applies"), "dots", "supports_offer"),
    Panel("tracks", "decisions", ("track", "applies"), "bars"),
    Panel("criteria", "recommendations", ("guidance", "criterion", "status"), "bars", leave_out=("met",)),
    Panel("unknown", "recommendations", ("fact", "knowledge"), "bars", leave_out=("known", "not_used")),
    Panel("overrides", "decisions", ("verdict",), "share", "deviate"),
    Panel("deviations", "decisions", ("verdict", "deviation"), "bars"),
    Panel("unit_overrides", "decisions", ("unit", "verdict"), "dots", "deviate"),
    Panel("waiting", "decisions", ("waited",), "bars"),
    Panel("consents", "consents", ("answer",), "bars"),
    Panel("meetings", "meetings", ("kept",), "share", "yes"),
    Panel("endings", "endings", ("ending",), "bars"),
    Panel("outcomes", "outcomes", ("new_reports",), "bars"),
)


@dataclass(frozen=True)
class Share:
    """A share: None where a number that it needs is hidden, or there is nothing to share.

    Parameters
    ----------
    of : str
        The period, or the value of the first dimension, that it is in.
    """

    of: str
    part: int | None
    whole: int | None
    is_series_break: bool
    interval: tuple[float, float] | None

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1."""
        return None if self.part is None or not self.whole else self.part / self.whole


def shares(data: Mapping[str, Any], totals: Mapping[str, int | None], panel: Panel) -> list[Share]:
    """The share of a value in every period, with Wilson's interval.

    Parameters
    ----------
    totals : Mapping of str to int
        Of how many in each period; None where that is hidden.
    """
    name = panel.across[-1]
    parts = {row["period"]: row["count"] for row in data["numbers"] if row[name] == panel.share_of}
    return [
        _share(period["period"], parts, totals, is_series_break=period["is_series_break"]) for period in data["periods"]
    ]


def shares_within(rows: Sequence[Mapping[str, Any]], totals: Mapping[str, int | None], panel: Panel) -> list[Share]:
    """The share of a value within each value of the first dimension, in one period."""
    first, last = panel.across
    parts = {str(row[first]): row["count"] for row in rows if row[last] == panel.share_of}
    return [_share(value, parts, totals) for value in totals]


def _share(
    of: str, parts: Mapping[str, int | None], totals: Mapping[str, int | None], *, is_series_break: bool = False
) -> Share:
    part, whole = parts.get(of, 0), totals.get(of)
    is_known = part is not None and bool(whole)
    interval = wilson(part, whole) if is_known and part is not None and whole else None
    return Share(of, part if is_known else None, whole, is_series_break, interval)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's interval of 95 percent for a share (Wilson, JASA 1927)."""
    share, square = part / whole, _WIDTH**2
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = _WIDTH * sqrt(share * (1 - share) / whole + square / (4 * whole**2)) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def last_rows(data: Mapping[str, Any], panel: Panel) -> tuple[str | None, list[dict[str, Any]]]:
    """The last period and its rows, without what the panel leaves out."""
    if not data["periods"]:
        return None, []
    period = data["periods"][-1]["period"]
    rows: Sequence[dict[str, Any]] = data["numbers"]
    last = [row for row in rows if row["period"] == period and row[panel.across[-1]] not in panel.leave_out]
    return period, _cumulated(last) if panel.is_cumulative else last


def _cumulated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    cumulated = []
    for place, row in enumerate(rows):
        counts = [each["count"] for each in rows[place:]]
        cumulated.append({**row, "count": None if None in counts else sum(counts)})
    return cumulated
