"""`underlag research irt`: how items part people along a trait, and whether they do so alike in every group."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("irt")
@click.option("--by-rater", is_flag=True, help="Compare what each rater gave with what all others gave.")
@click.option("--persons", is_flag=True, help="Tell the trait of each person, in the JSON document.")
@click.option("--jobs", type=int, help="Processes that compare items; -1 is all.")
def irt(request: ResearchRequest, by_rater: bool, persons: bool, jobs: int | None) -> "Report":
    """Fit the graded response model and compare groups item by item.

    Discrimination and locations of each item with standard errors, what the items tell along the trait and, for each
    --group, whether people with the same trait are rated differently on an item because of their group.
    """
    from instruments.research.item_response.report import irt as report_of

    return report_of(request.dataset(), request.groups, by_rater=by_rater, persons=persons, n_jobs=jobs)
