"""Pictures of research as SVG, made on the server: no script, and every one says in words what it shows.

Colours are told apart in grey and by people who see few colours (Okabe & Ito 2008); lines differ in their dashes, too.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from instruments.research.estimation.roc import ScoreCounts
from instruments.research.figures.figure import Figure, Row
from instruments.research.figures.vega_lite import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    Chart,
    Svg,
    Words,
    category,
    layer,
    quantity,
    to_svg,
)

_COLOURS = (BLUE, ORANGE, GREY, BLACK)
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])
_WIDTH, _HEIGHT = 440, 320
#: Of a label on an axis: the most letters in a line, and the height of one.
_LABEL_LETTERS, _LABEL_LINE = 36, 15
#: Of a decision curve: the highest threshold, and the lowest net benefit, that are drawn.
_HIGHEST_THRESHOLD, _FLOOR = 0.8, -0.05


def _rows(**columns: Any) -> list[Chart]:
    """Columns of numbers or names as rows."""
    lists = (np.asarray(column).tolist() for column in columns.values())
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def roc_curves(scores: Mapping[str, ScoreCounts], words: Words) -> Svg:
    """ROC curves of some scores.

    Parameters
    ----------
    scores : mapping of str to ScoreCounts
        By the name that the legend has.
    words : mapping of str to str
        ``title``, ``locale``, ``x`` and ``y``.
    """
    rows = []
    for name, counts in scores.items():
        hits = np.append(np.cumsum(counts.with_outcome[::-1])[::-1], 0) / counts.events
        alarms = np.append(np.cumsum(counts.without[::-1])[::-1], 0) / counts.non_events
        rows += _rows(x=alarms[::-1], y=hits[::-1], name=[name] * len(hits), place=range(len(hits)))
    encoding = {
        "x": quantity("x", title=words["x"], scale={"domain": [0, 1]}),
        "y": quantity("y", title=words["y"], scale={"domain": [0, 1]}),
        **_by_name(list(scores)),
        "order": quantity("place"),
    }
    lines = layer(rows, {"type": "line", "strokeWidth": 2}, encoding)
    return to_svg({"layer": [_diagonal(), lines], "width": _HEIGHT, "height": _HEIGHT}, words)


def reliability(curve: Mapping[str, Sequence[float]], words: Words) -> Svg:
    """A reliability curve with its band and where the persons are.

    Parameters
    ----------
    curve : mapping
        ``grid``, ``observed``, ``probabilities`` and, where there is a band, ``low`` and ``high``.
    words : mapping of str to str
        ``title``, ``locale``, ``x`` and ``y``.
    """
    points = _rows(grid=curve["grid"], observed=curve["observed"], **_band(curve, "observed"))
    x = quantity("grid", title=words["x"], scale={"domain": [0, 1]})
    y = {"title": words["y"]}
    counts, edges = np.histogram(curve["probabilities"], bins=50, range=(0, 1))
    tops = counts / max(counts.max(), 1) * 0.12
    bars = _rows(**{"from": edges[:-1], "to": edges[1:], "bottom": np.zeros(len(tops)), "top": tops})
    layers = [
        layer(
            bars,
            {"type": "rect", "color": GREY, "opacity": 0.6},
            {
                "x": quantity("from", title=words["x"]),
                "x2": {"field": "to"},
                "y": quantity("bottom", **y),
                "y2": {"field": "top"},
            },
        ),
        _diagonal(),
        layer(
            points,
            {"type": "area", "opacity": 0.25, "color": BLUE},
            {"x": x, "y": quantity("low", **y), "y2": {"field": "high"}},
        ),
        layer(points, {"type": "line", "color": BLUE, "strokeWidth": 2}, {"x": x, "y": quantity("observed", **y)}),
    ]
    return to_svg({"layer": layers, "width": _HEIGHT, "height": _HEIGHT}, words)


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
    points = _rows(**{**curve, **_band(curve, "net_benefit")})
    # beyond it everyone is below the threshold, and every curve is level
    points = [each for each in points if each["thresholds"] <= _HIGHEST_THRESHOLD]
    names = {words["model"]: "net_benefit", words["all"]: "act_on_all", words["none"]: None}
    lines = [
        {"x": each["thresholds"], "y": each[field] if field else 0.0, "name": name}
        for name, field in names.items()
        for each in points
    ]
    top = max(max(each["high"], each["act_on_all"]) for each in points)
    y = {"title": words["y"], "scale": {"domain": [_FLOOR, top]}}
    layers = [
        layer(
            points,
            {"type": "area", "opacity": 0.2, "color": BLUE, "clip": True},
            {"x": quantity("thresholds", title=words["x"]), "y": quantity("low", **y), "y2": {"field": "high"}},
        ),
        layer(
            lines,
            {"type": "line", "strokeWidth": 2, "clip": True},
            {"x": quantity("x", title=words["x"]), "y": quantity("y", **y), **_by_name(list(names))},
        ),
    ]
    return to_svg({"layer": layers, "width": _WIDTH, "height": _HEIGHT}, words)


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
    outcomes = {words["with"]: counts.with_outcome, words["without"]: counts.without}
    rows = [row for name, each in outcomes.items() for row in _rows(x=names, y=each, name=[name] * len(each))]
    encoding = {
        "x": {"field": "x", "type": "ordinal", "title": words["x"], "sort": None, "axis": {"labelAngle": 0}},
        "y": quantity("y", aggregate="sum", title=words["y"]),
        "color": category("name", title=None, sort=list(outcomes), scale={"range": [ORANGE, BLUE]}),
    }
    return to_svg({**layer(rows, {"type": "bar"}, encoding), "width": _WIDTH, "height": _HEIGHT // 2}, words)


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
    told: list[Chart] = []
    for row in rows:
        each = next(each for each in row.figures if each.name == figure)
        label = ": ".join((labels or {}).get(part, part) for part in row.labels)
        missing = "" if isinstance(each, Figure) else words["insufficient"]
        count = "" if each.n is None else f" (n\u00a0=\u00a0{each.n})"
        told.append({"label": "\n".join(wrap(f"{label}{count}", _LABEL_LETTERS)), "missing": missing})
        told[-1] |= {end: getattr(each, end, None) for end in ("value", "low", "high")}
    ends = [each[end] for each in told for end in ("value", "low", "high") if each[end] is not None]
    ends += list((references or {}).values()) if ends else []
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    scale = {"domain": [low - 0.05 * (high - low), high + 0.05 * (high - low)]}
    x, y = {"title": words["x"], "scale": scale}, category("label", title=None, sort=None, axis={"labels": False})
    known_only = {"transform": [{"filter": "isValid(datum.value)"}]}
    drawn = [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "color": BLUE},
            "encoding": {"x": quantity("low", axis={"tickCount": 6}, **x), "x2": {"field": "high"}, "y": y},
            **known_only,
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "color": BLUE, "opacity": 1},
            "encoding": {"x": quantity("value", **x), "y": y},
            **known_only,
        },
        {
            "mark": {"type": "text", "align": "left", "color": GREY, "fontStyle": "italic"},
            "encoding": {"x": {"datum": low}, "y": y, "text": category("missing")},
        },
    ]
    lines = [each["label"].count("\n") + 1 for each in told]
    height = max(60, (_LABEL_LINE * max(lines) + 12) * len(told))
    for count in sorted(set(lines)):  # an axis would begin each label at the middle, and let long ones run down
        shift = -_LABEL_LINE / 2 * (count - 1)
        broken = {"lineBreak": "\n", "lineHeight": _LABEL_LINE, "fontSize": 12, "dy": shift}
        drawn.append(
            layer(
                [each for each, number in zip(told, lines, strict=True) if number == count],
                {"type": "text", "align": "right", **broken},
                {"x": {"value": -8}, "y": y, "text": category("label")},
            )
        )
    chart: Chart = {"data": {"values": told}, "layer": drawn}
    if references:
        chart = {"layer": [_reference_lines(references, words, scale), chart]}
    return to_svg({**chart, "width": _WIDTH, "height": height}, words)


def _reference_lines(references: Mapping[str, float], words: Words, scale: Chart) -> Chart:
    rows = [{"x": value, "name": name} for name, value in references.items()]
    told_apart = _by_name(list(references), (BLACK, ORANGE), (_DASHES[2], _DASHES[1]))
    encoding = {"x": quantity("x", title=words["x"], scale=scale), **told_apart}
    return layer(rows, {"type": "rule", "strokeWidth": 1.5}, encoding)


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
    rows = [
        {"bar": bar, "part": part, "share": share, "place": place}
        for place, part in enumerate(parts)
        for bar, share in zip(shares.index.astype(str), shares.iloc[:, place].tolist(), strict=True)
    ]
    encoding = {
        "x": quantity("share", title=words["x"], stack="zero", axis={"format": "%"}, scale={"domain": [0, 1]}),
        "y": category("bar", title=None, sort=None, axis={"labelLimit": 300}),
        "color": category("part", title=None, sort=parts, scale={"range": [BLUE, "#CCCCCC", ORANGE, GREY]}),
        "order": quantity("place"),
    }
    bars = layer(rows, {"type": "bar"}, encoding)
    return to_svg({**bars, "width": _WIDTH, "height": max(60, 30 * len(shares))}, words)


def _by_name(names: list[str], colours: Sequence[str] = _COLOURS, dashes: Sequence[list[int]] = _DASHES) -> Chart:
    """Lines told apart by colour and by dashes, with one legend that shows both, a line each."""
    legend = {"columns": 1, "symbolType": "stroke", "symbolSize": 500}
    ranges: dict[str, Sequence[Any]] = {"color": colours, "strokeDash": dashes}
    return {
        side: category(
            "name", title=None, sort=names, scale={"domain": names, "range": each[: len(names)]}, legend=legend
        )
        for side, each in ranges.items()
    }


def _diagonal() -> Chart:
    mark = {"type": "line", "color": GREY, "strokeDash": [3, 3], "strokeWidth": 1}
    return layer(_rows(x=[0, 1], y=[0, 1]), mark, {"x": quantity("x"), "y": quantity("y")})
