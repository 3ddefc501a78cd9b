"""Forest plots: a figure of every place with its interval, and below them what the places say together."""

from instruments.research.figures.figure import Figure, Report, Row
from instruments.research.figures.pictures import intervals
from instruments.research.pooling.pooled import NO_ITEM, OF_PLACES
from instruments.research.wording import say

_LOCALES = {"sv": "sv-SE", "en": "en-GB"}
_TOGETHER = ("fixed_effect", "random_effects", "prediction")


def forest_plots(report: Report, language: str) -> dict[str, str]:
    """A forest plot as SVG for each figure of the places that a report of `instruments.research.pooling.pool` has.

    Parameters
    ----------
    report : Report
    language : {"sv", "en"}

    Returns
    -------
    dict of str to str
        By the name of the figure; none where a single place is told of.
    """
    names = {section.name for section in report.sections}
    if not {"between_places", "by_place"} <= names:
        return {}
    between = {row.labels: {each.name: each for each in row.figures} for row in report.section("between_places").rows}
    places = report.section("by_place").rows
    persons = sum(row.figures[0].n or 0 for row in places)
    plots = {}
    for name in OF_PLACES:
        if (together := between.get((name, NO_ITEM))) is None:
            continue
        below = (
            Row((say(f"figure.{kind}", language),), (Figure(name, each.value, each.low, each.high, n=persons),))
            for kind in _TOGETHER
            if isinstance(each := together[kind], Figure)
        )
        figure = say(f"figure.{name}", language)
        words = {
            "title": say("forest.title", language, figure=figure, places=len(places)),
            "locale": _LOCALES[language],
            "x": figure,
            "insufficient": say("research.insufficient", language),
        }
        plots[name] = str(intervals([*places, *below], name, words))
    return plots
