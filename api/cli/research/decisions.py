"""`underlag research decisions`: how often another rater would turn the recommendation."""

from typing import TYPE_CHECKING

import click

from api.cli.options import request_of
from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("decisions")
@click.option("--guidance", "guidances", multiple=True, required=True, help="Guidance to test against; one or more.")
@click.option("--draws", type=click.IntRange(0), default=500, show_default=True, help="Of another rater; 0 for none.")
@click.option("--seed", default=0, show_default=True, help="Another seed draws other ratings.")
def decisions(request: ResearchRequest, guidances: tuple[str, ...], draws: int, seed: int) -> "Report":
    """Tell how often another rating of the same case would turn the recommendation, and by which items.

    DATA is a .csv, .tsv or .parquet file in which people were rated by two or more, with the facts that `underlag
    screen` would take: name the raters in the mapping. What the case says apart from the ratings is the same for both;
    where only one of the two rows states a fact, it holds for both.
    """
    from instruments.table_files import open_table
    from screening.reliability.rated_table import read_ratings
    from screening.reliability.report import Simulation, decision_reliability

    library, wanted = request.library, request_of(guidances, request.on, request.instrument, request.mapping)
    rated = read_ratings(library, open_table(request.data.absolute()), wanted)
    return decision_reliability(library, rated, Simulation(draws, seed))
