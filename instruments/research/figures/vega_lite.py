"""Vega-Lite, in which pictures are written: data, a mark, and what of the data each side of the mark stands for."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import vl_convert

BLUE, ORANGE, GREY, BLACK = "#0072B2", "#D55E00", "#7F7F7F", "#000000"
_VERSION = "6.4"
_LETTERS = {"labelFontSize": 12, "titleFontSize": 12}
_LOOK = {
    # wide letters: room is made for them, and what replaces them where they are missing is narrower
    "font": "DejaVu Sans, Verdana, sans-serif",
    "axis": {**_LETTERS, "grid": True, "gridColor": "#e5e5e5", "labelFlush": False, "labelOverlap": "greedy"},
    "legend": {**_LETTERS, "orient": "bottom", "labelLimit": 0},
    "view": {"stroke": None},
}
#: A picture or a part of one, or what a side of a mark stands for, by the names of Vega-Lite.
Chart = dict[str, Any]
Words = Mapping[str, str]


class Svg(str):
    """An SVG that a notebook shows as the picture that it is."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} characters>"


def to_svg(chart: Chart, words: Words) -> Svg:
    """An SVG with a title that a screen reader says.

    Parameters
    ----------
    chart : dict
        By Vega-Lite, with its data.
    words : mapping of str to str
        ``title``: what is seen, in one sentence; and ``locale``, by which numbers are written, such as sv-SE.
    """
    title = words["title"]
    locale: Any = words["locale"]
    svg = vl_convert.vegalite_to_svg({**chart, "config": _LOOK}, vl_version=_VERSION, format_locale=locale)
    head, tail = svg.split(">", 1)
    return Svg(f'{head} role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>{tail}')


def layer(rows: Sequence[Chart], mark: Chart, encoding: Chart) -> Chart:
    """A mark for each row of some data."""
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def quantity(field: str, **how: Any) -> Chart:
    """A side of a mark that stands for a number."""
    return {"field": field, "type": "quantitative", **how}


def category(field: str, **how: Any) -> Chart:
    """A side of a mark that stands for a name."""
    return {"field": field, "type": "nominal", **how}
