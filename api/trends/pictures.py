"""Pictures on the server: SVG that a screen reader can read and a printer can print, with no script in it.

altair and vl-convert are large, and are imported when the first picture is drawn.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

from flask import json

if TYPE_CHECKING:
    import altair as alt

    #: Whatever altair makes of layers and bars.
    Picture = alt.TopLevelMixin

_SVG = "http://www.w3.org/2000/svg"
_VERSION = "6.4"
_LOCALES: Mapping[str, Literal["sv-SE", "en-GB"]] = {"sv": "sv-SE", "en": "en-GB"}
#: Told apart by those who do not tell colours apart (Okabe and Ito), and on light and dark paper.
_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442", "#5B3A8C"]
#: What the page turns for its dark theme; see trends.css. Nothing else in a picture has these colours.
_INK, _GRID, _BREAK, _OPEN = "#1b2326", "#dde3e5", "#6f7a80", "#eceff0"
_WIDTH, _HEIGHT, _LINE, _TEXT = 430, 210, 26, 12
#: Periods that have room for their names; of more, every other, every third … is named.
_NAMED = 14
_STEPS = (0.1, 0.25, 0.5, 0.75, 1.0)


def over_time(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str], *, is_share: bool) -> "Picture":
    """Counts or shares over time; a rule stands where a version began, and a field where a period goes on.

    Parameters
    ----------
    rows : sequence of mapping
        ``period``, ``number``, ``low``, ``high``, ``is_break`` and ``is_open``; a number of None leaves a gap.
    words : mapping
        What ``period``, ``number``, ``break`` and ``open`` are called.
    """
    import altair as alt

    named = [
        {words["period"]: row["period"], words["number"]: row["number"], **{key: row[key] for key in _MARKS}}
        for row in rows
    ]
    periods = [row["period"] for row in rows]
    step = -(-len(periods) // _NAMED)
    shown = periods[(len(periods) - 1) % step :: step] if periods else []
    across = alt.X(
        f"{words['period']}:O",
        sort=periods,
        scale=alt.Scale(domain=periods),
        axis=alt.Axis(labelAngle=-45, values=shown, title=None),
    )
    base = alt.Chart(alt.InlineData(values=named)).encode(x=across)
    highest = max([row["high"] or row["number"] or 0 for row in rows], default=0)
    top = next((each for each in _STEPS if highest <= each), 1.0) if is_share else highest * 1.12
    axis = alt.Axis(format=".0%" if is_share else "d", tickCount=5)
    scale = alt.Scale(domain=[0, top or 1], nice=not is_share)
    up = alt.Y(f"{words['number']}:Q", scale=scale, axis=axis, title=words["number"])
    opened = (
        base.transform_filter("datum.is_open")
        .mark_bar(color=_OPEN, width={"band": 1})
        .encode(y=alt.value(0), y2=alt.value("height"))
    )
    going_on = (
        base.transform_filter("datum.is_open")
        .mark_text(text=words["open"], angle=270, color=_INK, align="center", baseline="middle", fontSize=_TEXT)
        .encode(y=alt.value(_HEIGHT / 2))
    )
    breaks = base.transform_filter("datum.is_break").mark_rule(strokeDash=[4, 4], color=_BREAK)
    named_breaks = (
        base.transform_filter("datum.is_break")
        .mark_text(text=words["break"], align="left", dx=4, dy=7, color=_INK, fontSize=_TEXT - 1)
        .encode(y=alt.value(0))
    )
    band = base.mark_errorbar(color=_COLOURS[0], thickness=1.5).encode(
        y=alt.Y("low:Q", scale=scale, axis=axis, title=words["number"]), y2="high:Q"
    )
    line = base.mark_line(
        color=_COLOURS[0], strokeWidth=2.5, point={"filled": True, "size": 45}, invalid="break-paths-show-domains"
    ).encode(y=up)
    drawn = base.mark_bar(color=_COLOURS[0]).encode(y=up)
    layers = [opened, breaks, band, line] if is_share else [opened, drawn, breaks]
    chart: Picture = alt.layer(*layers, named_breaks, going_on).properties(width=_WIDTH, height=_HEIGHT)
    return chart


_MARKS = ("low", "high", "is_break", "is_open")


def dots(rows: Sequence[Mapping[str, Any]], group: str, number: str) -> "Picture":
    """One share for each group, with its interval.

    Parameters
    ----------
    rows : sequence of mapping
        The group and the number by what they are called, ``low`` and ``high``.
    """
    import altair as alt

    groups = [str(row[group]) for row in rows]
    base = alt.Chart(alt.InlineData(values=[dict(row) for row in rows])).encode(
        y=alt.Y(f"{group}:N", sort=groups, title=None, scale=alt.Scale(domain=groups), axis=alt.Axis(labelLimit=200))
    )
    highest = max([row["high"] for row in rows], default=1)
    scale = alt.Scale(domain=[0, next((each for each in _STEPS if highest <= each), 1.0)], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    band = base.mark_errorbar(color=_COLOURS[0], thickness=2).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title=number), x2="high:Q"
    )
    points = base.mark_point(color=_COLOURS[0], filled=True, size=90, opacity=1).encode(
        x=alt.X(f"{number}:Q", scale=scale, axis=axis, title=number)
    )
    chart: Picture = alt.layer(band, points).properties(width=_WIDTH - 130, height=max(80, (_LINE + 6) * len(groups)))
    return chart


def bars(rows: Sequence[Mapping[str, Any]], group: str, series: str, number: str) -> "Picture":
    """Bars beside one another, one line for each group and in it one colour for each value of the series.

    Where every group is one value of the series, all have the same colour and nothing needs to be explained.
    """
    import altair as alt

    order = list(dict.fromkeys(str(row[series]) for row in rows))
    groups = list(dict.fromkeys(str(row[group]) for row in rows))
    base = (
        alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))
        .mark_bar(color=_COLOURS[0])
        .encode(
            y=alt.Y(f"{group}:N", sort=groups, title=None, axis=alt.Axis(labelLimit=230)),
            x=alt.X(f"{number}:Q", title=number, axis=alt.Axis(format="d", tickCount=5)),
            order=alt.Order("place:Q"),
        )
    )
    size = {"width": _WIDTH - 170, "height": max(60, _LINE * len(groups))}
    if group == series:
        plain: Picture = base.properties(**size)
        return plain
    legend = alt.Legend(orient="top", title=None, columns=2, labelLimit=220, offset=6)
    scale = alt.Scale(domain=order, range=_COLOURS[: len(order)])
    chart: Picture = base.encode(
        color=alt.Color(f"{series}:N", sort=order, title=series, scale=scale, legend=legend)
    ).properties(**size)
    return chart


def as_svg(chart: "Picture", label: str, language: str) -> str:
    """The picture as SVG, with a name, and with words on every mark."""
    return _drawn(json.dumps(_with_theme(chart), sort_keys=True), label, language)


@lru_cache(maxsize=256)
def _drawn(spec: str, label: str, language: str) -> str:
    import vl_convert

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


def as_png(chart: "Picture", language: str) -> bytes:
    """The picture as PNG, twice as large as on the page."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(
        json.dumps(_with_theme(chart)),
        vl_version=_VERSION,
        scale=2,
        format_locale=_LOCALES[language],
        allowed_base_urls=[],
    )
    return drawn


def _with_theme(chart: "Picture") -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    text = {"labelColor": _INK, "titleColor": _INK, "labelFontSize": _TEXT, "titleFontSize": _TEXT}
    config = {
        "font": "DejaVu Sans, sans-serif",
        "background": "#ffffff",
        "view": {"stroke": None},
        "axis": {**text, "gridColor": _GRID, "domainColor": _BREAK, "tickColor": _BREAK, "titleFontWeight": "normal"},
        "legend": {**text, "symbolType": "square"},
    }
    return {**spec, "config": {**spec.get("config", {}), **config}}
