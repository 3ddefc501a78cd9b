"""Pictures on the server: SVG that a screen reader can read and a printer can print, with no script in it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal
from xml.etree import ElementTree

import altair as alt
import vl_convert
from flask import json

#: Whatever altair makes of layers and bars.
Picture = alt.TopLevelMixin
_SVG = "http://www.w3.org/2000/svg"
_VERSION = "6.4"
_LOCALES: Mapping[str, Literal["sv-SE", "en-GB"]] = {"sv": "sv-SE", "en": "en-GB"}
#: Told apart by those who do not tell colours apart (Okabe and Ito), and on light and dark paper.
_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442", "#5B3A8C"]
_WIDTH, _HEIGHT, _LINE = 640, 220, 24


def line_of_shares(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> Picture:
    """A share over time with its interval; a rule stands where a new version of a guidance began.

    Parameters
    ----------
    rows : sequence of mapping
        ``period``, ``share``, ``low``, ``high`` and ``is_break``; a share of None leaves a gap.
    words : mapping
        What ``period``, ``share``, ``interval`` and ``break`` are called.
    """
    named = [
        {
            words["period"]: row["period"],
            words["share"]: row["share"],
            "low": row["low"],
            "high": row["high"],
            "is_break": row["is_break"],
        }
        for row in rows
    ]
    base = alt.Chart(alt.InlineData(values=named)).encode(
        x=alt.X(f"{words['period']}:O", axis=alt.Axis(labelAngle=-45), title=words["period"])
    )
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%")
    band = base.mark_errorbar(color=_COLOURS[0]).encode(
        y=alt.Y("low:Q", scale=scale, title=words["share"], axis=axis), y2="high:Q"
    )
    line = base.mark_line(color=_COLOURS[0], point=True, invalid="break-paths-show-domains").encode(
        y=alt.Y(f"{words['share']}:Q", scale=scale, axis=axis)
    )
    breaks = base.transform_filter("datum.is_break").mark_rule(strokeDash=[4, 4], color="#767676")
    chart: Picture = alt.layer(breaks, band, line).properties(width=_WIDTH, height=_HEIGHT)
    return chart


def bars(rows: Sequence[Mapping[str, Any]], group: str, series: str, number: str) -> alt.Chart:
    """Bars beside one another, one line for each group and in it one colour for each value of the series."""
    order = list(dict.fromkeys(str(row[series]) for row in rows))
    groups = list(dict.fromkeys(str(row[group]) for row in rows))
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))
        .mark_bar()
        .encode(
            y=alt.Y(f"{group}:N", sort=groups, title=None, axis=alt.Axis(labelLimit=420)),
            x=alt.X(f"{number}:Q", title=number),
            color=alt.Color(
                f"{series}:N", sort=order, title=series, scale=alt.Scale(domain=order, range=_COLOURS[: len(order)])
            ),
            order=alt.Order("place:Q"),
        )
        .properties(width=_WIDTH - 220, height=max(60, _LINE * len(groups)))
    )
    return chart


def as_svg(chart: Picture, label: str, language: str) -> str:
    """The picture as SVG, with a name, and with words on every mark."""
    return _drawn(json.dumps(_with_theme(chart), sort_keys=True), label, language)


@lru_cache(maxsize=256)
def _drawn(spec: str, label: str, language: str) -> str:
    drawn = vl_convert.vegalite_to_svg(
        spec,
        vl_version=_VERSION,
        format_locale=_LOCALES[language],
        time_format_locale=_LOCALES[language],
        allowed_base_urls=[],
    )
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn)  # noqa: S314 -- what was just drawn here
    root.set("role", "img")
    root.set("aria-label", label)
    for mark in root.iter():
        if mark.get("role") == "graphics-symbol" and not mark.get("aria-label"):
            del mark.attrib["role"]  # a group that holds no mark: there is nothing to name
        elif mark.get("role") == "graphics-symbol":
            title = ElementTree.Element(f"{{{_SVG}}}title")
            title.text = mark.get("aria-label")
            mark.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def as_png(chart: Picture, language: str) -> bytes:
    """The picture as PNG, twice as large as on the page."""
    drawn: bytes = vl_convert.vegalite_to_png(
        json.dumps(_with_theme(chart)),
        vl_version=_VERSION,
        scale=2,
        format_locale=_LOCALES[language],
        allowed_base_urls=[],
    )
    return drawn


def _with_theme(chart: Picture) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict()
    config = {"font": "DejaVu Sans, sans-serif", "background": "#ffffff", "view": {"stroke": None}}
    return {**spec, "config": {**spec.get("config", {}), **config}}
