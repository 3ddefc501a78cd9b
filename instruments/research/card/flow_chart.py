"""The way of the participants as boxes, after STARD 2015: those who remain below each other, those left out beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from instruments.card_parts import Flow, LeftOut
from instruments.research.figures.vega_lite import BLACK, GREY, Svg, Words, category, layer, quantity, to_svg
from instruments.research.limits import limits
from instruments.research.wording import say

_MAIN, _BESIDE = (0.0, 215.0), (240.0, 460.0)
_LINE, _PADDING, _GAP, _HEAD, _LETTERS = 16.0, 8.0, 24.0, 4.0, 29


@dataclass(frozen=True)
class Box:
    """A box of the chart.

    Parameters
    ----------
    lines : tuple of str
        Its text; a line that is too long is broken.
    is_beside : bool
        Whether it tells who was left out on the way.
    """

    lines: tuple[str, ...]
    is_beside: bool = False


def flow_chart(boxes: Sequence[Box], words: Words) -> Svg:
    """Draw the way of the participants.

    Parameters
    ----------
    boxes : sequence of Box
        In their order; the first and the last are not beside.
    words : mapping of str to str
        ``title`` and ``locale``.
    """
    boxed, arrows, top = [], [], 0.0
    above: tuple[float, float] | None = None
    for box in boxes:
        lines = [part for line in box.lines for part in wrap(line, _LETTERS)]
        bottom = top + 2 * _PADDING + _LINE * len(lines)
        left, right = _BESIDE if box.is_beside else _MAIN
        corner = {"at": left + _PADDING, "over": top + _PADDING}
        boxed.append({"x": left, "x2": right, "y": top, "y2": bottom, "text": "\n".join(lines), **corner})
        middle = sum(_MAIN) / 2
        if box.is_beside:
            arrows.append(
                {"x": middle, "x2": left - _HEAD, "y": (top + bottom) / 2, "y2": (top + bottom) / 2, "angle": 90}
            )
        elif above is not None:
            arrows.append({"x": middle, "x2": middle, "y": above[1], "y2": top - _HEAD, "angle": 180})
        above = above if box.is_beside else (top, bottom)
        top = bottom + _GAP
    height = top - _GAP
    wide = {"axis": None, "scale": {"domain": [0, _BESIDE[1]], "nice": False}}
    high = {"axis": None, "scale": {"domain": [height, 0], "nice": False}}
    from_corner_to_corner = {
        "x": quantity("x", **wide),
        "x2": {"field": "x2"},
        "y": quantity("y", **high),
        "y2": {"field": "y2"},
    }
    layers = [
        layer(arrows, {"type": "rule", "color": GREY}, from_corner_to_corner),
        layer(
            arrows,
            {"type": "point", "shape": "triangle", "filled": True, "color": GREY, "size": 50, "opacity": 1},
            {
                "x": quantity("x2", axis=None),
                "y": quantity("y2", axis=None),
                "angle": quantity("angle", scale=None),
            },
        ),
        layer(boxed, {"type": "rect", "fill": "white", "stroke": BLACK}, from_corner_to_corner),
        layer(
            boxed,
            {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "lineBreak": "\n",
                "lineHeight": _LINE,
                "fontSize": 12,
            },
            {"x": quantity("at", axis=None), "y": quantity("over", axis=None), "text": category("text")},
        ),
    ]
    return to_svg({"layer": layers, "width": _BESIDE[1], "height": height}, words)


def boxes_of(flow: Flow, language: str) -> tuple[Box, ...]:
    """The boxes of a card's participants, in words."""
    return tuple(_boxes(flow, language))


def _boxes(flow: Flow, language: str) -> Iterator[Box]:
    yield Box((say("flow.table", language, assessments=flow.assessments, persons=flow.persons),))
    remaining = flow.assessments
    for each in flow.left_out:
        yield Box(tuple(_left_out(each, language)), is_beside=True)
        remaining -= each.assessments or 0
        if each.reasons == ("later_rating",):
            yield Box((say("flow.first", language, assessments=remaining),))
    yield Box((say("flow.analysed", language, assessments=flow.analysed),))
    if flow.analyses:
        yield Box((say("flow.analyses", language), *_analyses(flow, language)))


def _left_out(each: LeftOut, language: str) -> Iterator[str]:
    if each.assessments is None:
        yield say("flow.left_out_few", language, least=limits().whole("small_count"))
    else:
        yield say("flow.left_out", language, number=each.assessments)
    yield from (f"– {say(f'flow.reason.{reason}', language)}" for reason in each.reasons)


def _analyses(flow: Flow, language: str) -> Iterator[str]:
    for each in flow.analyses:
        key = "flow.analysis" if each.fewest == each.most else "flow.analysis_between"
        what = say(f"flow.of.{each.analysis}", language)
        yield f"– {say(key, language, analysis=what, fewest=each.fewest, most=each.most)}"
