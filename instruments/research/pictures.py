"""Pictures of research as SVG, made on the server: no script, and every one says in words what it shows.

Colours are told apart in grey and by people who see few colours (Okabe & Ito 2008); lines differ in their dashes, too.
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import vl_convert

from instruments.research.figures import Figure, Row
from instruments.research.roc import ScoreCounts

BLUE, ORANGE, GREY, BLACK = "#0072B2", "#D55E00", "#7F7F7F", "#000000"
_COLOURS = [BLUE, ORANGE, GREY, BLACK]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
_WIDTH, _HEIGHT = 440, 320
#: Of a label on an axis: the most letters in a line, and the height of one.
_LABEL_LETTERS, _LABEL_LINE = 36, 15
_VEGA_LITE = "6.4"
#: Wide letters: room is made for them, and what replaces them where they are missing is narrower.
_FONT = "DejaVu Sans, Verdana, sans-serif"
Words = Mapping[str, str]


class Svg(str):
    """An SVG that a notebook shows as the picture that it is."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} characters>"


def to_svg(chart: Any, words: Words) -> Svg:
    """An SVG with a title that a screen reader says.

    Parameters
    ----------
    chart : altair chart
    words : mapping of str to str
        ``title``: what is seen, in one sentence; and ``locale``, by which numbers are written, such as sv-SE.
    """
    title = words["title"]
    spec = chart.configure(font=_FONT).configure_axis(
        labelFontSize=12, titleFontSize=12, grid=True, gridColor="#e5e5e5", labelFlush=False, labelOverlap="greedy"
    )
    legend = {"labelFontSize": 12, "titleFontSize": 12, "orient": "bottom", "labelLimit": 0}
    spec = spec.configure_legend(**legend).configure_view(stroke=None)
    locale: Any = words["locale"]
    # the charts are of this module and tested: holding each against the whole schema takes as long as drawing it
    svg = vl_convert.vegalite_to_svg(spec.to_dict(validate=False), vl_version=_VEGA_LITE, format_locale=locale)
    head, tail = svg.split(">", 1)
    return Svg(f'{head} role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>{tail}')


def roc_curves(scores: Mapping[str, ScoreCounts], words: Words) -> Svg:
    """ROC curves of some scores.

    Parameters
    ----------
    scores : mapping of str to ScoreCounts
        By the name that the legend has.
    words : mapping of str to str
        ``title``, ``locale``, ``x`` and ``y``.
    """
    frames = []
    for name, counts in scores.items():
        hits = np.append(np.cumsum(counts.with_outcome[::-1])[::-1], 0) / counts.events
        alarms = np.append(np.cumsum(counts.without[::-1])[::-1], 0) / counts.non_events
        frames.append(pd.DataFrame({"x": alarms[::-1], "y": hits[::-1], "name": name, "place": range(len(hits))}))
    data = pd.concat(frames, ignore_index=True)
    lines = (
        alt.Chart(data)
        .mark_line(strokeWidth=2)
        .encode(
            alt.X("x:Q", title=words["x"], scale=alt.Scale(domain=[0, 1])),
            alt.Y("y:Q", title=words["y"], scale=alt.Scale(domain=[0, 1])),
            *_by_name(list(scores)),
            order="place:Q",
        )
    )
    return to_svg((_diagonal() + lines).properties(width=_HEIGHT, height=_HEIGHT), words)


def reliability(curve: Mapping[str, Sequence[float]], words: Words) -> Svg:
    """A reliability curve with its band and where the persons are.

    Parameters
    ----------
    curve : mapping
        ``grid``, ``observed``, ``probabilities`` and, where there is a band, ``low`` and ``high``.
    words : mapping of str to str
        ``title``, ``locale``, ``x`` and ``y``.
    """
    data = pd.DataFrame({"grid": curve["grid"], "observed": curve["observed"], **_band(curve, "observed")})
    x = alt.X("grid:Q", title=words["x"], scale=alt.Scale(domain=[0, 1]))
    band = alt.Chart(data).mark_area(opacity=0.25, color=BLUE).encode(x, alt.Y("low:Q", title=words["y"]), y2="high:Q")
    line = alt.Chart(data).mark_line(color=BLUE, strokeWidth=2).encode(x, alt.Y("observed:Q", title=words["y"]))
    counts, edges = np.histogram(curve["probabilities"], bins=50, range=(0, 1))
    bars = pd.DataFrame(
        {"from": edges[:-1], "to": edges[1:], "bottom": 0.0, "top": counts / max(counts.max(), 1) * 0.12}
    )
    rug = (
        alt.Chart(bars)
        .mark_rect(color=GREY, opacity=0.6)
        .encode(alt.X("from:Q", title=words["x"]), alt.Y("bottom:Q", title=words["y"]), x2="to:Q", y2="top:Q")
    )
    return to_svg((rug + _diagonal() + band + line).properties(width=_HEIGHT, height=_HEIGHT), words)


def _band(curve: Mapping[str, Sequence[float]], line: str) -> dict[str, Sequence[float]]:
    """The ends of a band; those of the line itself where nothing was drawn."""
    return {end: curve.get(end, curve[line]) for end in ("low", "high")}


def decision(curve: Mapping[str, Sequence[float]], words: Words) -> Svg:
    """A decision curve beside acting on everyone and on no one.

    Parameters
    ----------
    curve : mapping
        ``thresholds``, ``net_benefit``, ``act_on_all`` and, where there is a band, ``low`` and ``high``.
    words : mapping of str to str
        ``title``, ``locale``, ``x``, ``y``, ``model``, ``all`` and ``none``.
    """
    data = pd.DataFrame({**curve, **_band(curve, "net_benefit")})
    data = data[data["thresholds"] <= 0.8]  # beyond it everyone is below the threshold, and every curve is level
    floor = -0.05
    long = pd.concat(
        [
            pd.DataFrame({"x": data["thresholds"], "y": values, "name": words[name]})
            for name, values in (("model", data["net_benefit"]), ("all", data["act_on_all"]), ("none", data["low"] * 0))
        ]
    )
    names = [words[name] for name in ("model", "all", "none")]
    x = alt.X("x:Q", title=words["x"])
    y_scale = alt.Scale(domain=[floor, float(max(data["high"].max(), data["act_on_all"].max()))])
    band = (
        alt.Chart(data)
        .mark_area(opacity=0.2, color=BLUE, clip=True)
        .encode(alt.X("thresholds:Q", title=words["x"]), alt.Y("low:Q", title=words["y"], scale=y_scale), y2="high:Q")
    )
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x,
            alt.Y("y:Q", title=words["y"], scale=y_scale),
            *_by_name(names),
        )
    )
    return to_svg((band + lines).properties(width=_WIDTH, height=_HEIGHT), words)


def distributions(counts: ScoreCounts, names: Sequence[str], words: Words) -> Svg:
    """How many have each score, with and without the outcome: a bar for each of its levels or joined levels.

    Parameters
    ----------
    counts : ScoreCounts
    names : sequence of str
        What each level is called.
    words : mapping of str to str
        ``title``, ``locale``, ``x``, ``y``, ``with`` and ``without``.
    """
    outcomes = [words["with"], words["without"]]
    data = pd.concat(
        [
            pd.DataFrame({"x": list(names), "y": each, "name": name})
            for name, each in zip(outcomes, (counts.with_outcome, counts.without), strict=True)
        ]
    )
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            alt.X("x:O", title=words["x"], sort=None, axis=alt.Axis(labelAngle=0)),
            alt.Y("sum(y):Q", title=words["y"]),
            alt.Color("name:N", title=None, sort=outcomes, scale=alt.Scale(range=[ORANGE, BLUE])),
        )
    )
    return to_svg(bars.properties(width=_WIDTH, height=_HEIGHT // 2), words)


def intervals(
    rows: Sequence[Row],
    figure: str,
    words: Words,
    labels: Mapping[str, str] | None = None,
    references: Mapping[str, float] | None = None,
) -> Svg:
    """One figure of several rows with its intervals; a row without evidence stands empty.

    Parameters
    ----------
    rows : sequence of Row
    figure : str
        The name of the figure.
    words : mapping of str to str
        ``title``, ``locale``, ``x`` and ``insufficient``.
    labels : mapping of str to str, optional
        Words for the labels.
    references : mapping of str to float, optional
        Values that the figures are held against, as dashed lines; by the name that the legend has.
    """
    listed = []
    for row in rows:
        each = next(each for each in row.figures if each.name == figure)
        label = ": ".join((labels or {}).get(part, part) for part in row.labels)
        known = (each.value, each.low, each.high) if isinstance(each, Figure) else (None, None, None)
        missing = "" if isinstance(each, Figure) else words["insufficient"]
        number = "" if each.n is None else f" (n\u00a0=\u00a0{each.n})"
        listed.append(("\n".join(wrap(f"{label}{number}", _LABEL_LETTERS)), *known, missing))
    data = pd.DataFrame(listed, columns=["label", "value", "low", "high", "missing"])
    ends = [value for name in ("low", "high", "value") for value in data[name].dropna()]
    ends += list((references or {}).values()) if ends else []
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    scale = alt.Scale(domain=[low - 0.05 * (high - low), high + 0.05 * (high - low)])
    x_axis = alt.Axis(tickCount=6)
    y = alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labels=False))
    base = alt.Chart(data)
    known_only = base.transform_filter("isValid(datum.value)")
    bars = known_only.mark_rule(strokeWidth=2, color=BLUE).encode(
        alt.X("low:Q", title=words["x"], scale=scale, axis=x_axis), y, x2="high:Q"
    )
    points = known_only.mark_point(filled=True, size=60, color=BLUE, opacity=1).encode(
        alt.X("value:Q", title=words["x"], scale=scale), y
    )
    empty = base.mark_text(align="left", color=GREY, fontStyle="italic").encode(y, x=alt.datum(low), text="missing:N")
    lines = data["label"].str.count("\n") + 1
    height = max(60, (_LABEL_LINE * int(lines.max()) + 12) * len(data))
    drawn = bars + points + empty
    for count in sorted(set(lines)):  # an axis would begin each label at the middle, and let long ones run down
        shift = -_LABEL_LINE / 2 * (count - 1)
        told = alt.Chart(data[lines == count]).mark_text(
            align="right", lineBreak="\n", lineHeight=_LABEL_LINE, fontSize=12, dy=shift
        )
        drawn += told.encode(y, x=alt.value(-8), text="label:N")
    if references:
        drawn = _reference_lines(references, words, scale) + drawn
    return to_svg(drawn.properties(width=_WIDTH, height=height), words)


def _reference_lines(references: Mapping[str, float], words: Words, scale: Any) -> Any:
    data = pd.DataFrame({"x": list(references.values()), "name": list(references)})
    lines = alt.Chart(data).mark_rule(strokeWidth=1.5)
    told_apart = _by_name(list(references), (BLACK, ORANGE), (_DASHES[2], _DASHES[1]))
    return lines.encode(alt.X("x:Q", title=words["x"], scale=scale), *told_apart)


def stacked(shares: pd.DataFrame, words: Words) -> Svg:
    """Shares that add up to one, as a bar a row.

    Parameters
    ----------
    shares : DataFrame
        A row for each bar, a column for each part.
    words : mapping of str to str
        ``title``, ``locale`` and ``x``.
    """
    parts = [str(name) for name in shares]
    data = shares.rename_axis("bar").reset_index().melt("bar", var_name="part", value_name="share")
    data["place"] = data["part"].map({name: place for place, name in enumerate(shares)})
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            alt.X("share:Q", title=words["x"], stack="zero", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            alt.Y("bar:N", title=None, sort=None, axis=alt.Axis(labelLimit=300)),
            alt.Color("part:N", title=None, sort=parts, scale=alt.Scale(range=[BLUE, "#CCCCCC", ORANGE, GREY])),
            order="place:Q",
        )
    )
    return to_svg(bars.properties(width=_WIDTH, height=max(60, 30 * len(shares))), words)


def _by_name(names: list[str], colours: Sequence[str] = _COLOURS, dashes: Sequence[list[int]] = _DASHES) -> Any:
    """Lines told apart by colour and by dashes, with one legend that shows both, a line each."""
    legend = alt.Legend(columns=1, symbolType="stroke", symbolSize=500)
    ranges: list[Any] = [list(colours)[: len(names)], list(dashes)[: len(names)]]
    return tuple(
        kind("name:N", title=None, sort=names, scale=alt.Scale(domain=names, range=each), legend=legend)
        for kind, each in zip((alt.Color, alt.StrokeDash), ranges, strict=True)
    )


def _diagonal() -> Any:
    line = pd.DataFrame({"x": [0, 1], "y": [0, 1]})
    return alt.Chart(line).mark_line(color=GREY, strokeDash=[3, 3], strokeWidth=1).encode(x="x:Q", y="y:Q")
