"""`underlag research generalizability`: what makes ratings differ, and how many raters are enough."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("generalizability")
@click.option("--raters", type=click.IntRange(1), multiple=True, help="Raters of each person to plan for; one or more.")
@click.option("--occasions", type=click.IntRange(1), multiple=True, help="Occasions to plan for; one or more.")
@click.option("--wanted", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Dependability to reach.")
def generalizability(
    request: ResearchRequest, raters: tuple[int, ...], occasions: tuple[int, ...], wanted: float | None
) -> "Report":
    """Tell what makes ratings differ, and how many raters are enough.

    The variance of persons, raters, items and occasions and of what they have together (a generalizability study), what
    other numbers of raters would give (a decision study), and how many it takes to reach a wanted dependability. People
    must have been rated by two or more: name the raters in the mapping.
    """
    from instruments.research.generalizability.report import RATERS
    from instruments.research.generalizability.report import generalizability as report_of

    return report_of(request.dataset(), raters=raters or RATERS, occasions=occasions or (1,), wanted=wanted)
