"""`underlag research validity`: how well scores and the summary rating tell an outcome apart."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command
from api.cli.research.resampling import cluster_option, resampling_options

if TYPE_CHECKING:
    from instruments.research.estimation.resampling import Resampling
    from instruments.research.figures.figure import Report


@research_command("validity")
@click.option("--score", "scores", multiple=True, metavar="NAME", help="Only these scores; the first is cut.")
@click.option("--cut", type=float, help="Tell by itself what the first score tells from here on.")
@click.option(
    "--horizon", "horizons", type=float, multiple=True, metavar="TIME", help="Tell the outcome by this time, too."
)
@cluster_option
@resampling_options
def validity(
    request: ResearchRequest,
    scores: tuple[str, ...],
    cut: float | None,
    horizons: tuple[float, ...],
    cluster: str | None,
    resampling: "Resampling",
) -> "Report":
    """Tell how well scores and the summary rating tell an outcome apart.

    Areas under the ROC curve with DeLong's and bootstrap intervals, paired comparisons, every cut, what protective
    items add to risk items, and time to the outcome where the mapping names it.
    """
    from instruments.research.validity.report import validity

    return validity(
        request.dataset(),
        request.outcome,
        scores=scores,
        cut=cut,
        resampling=resampling,
        cluster=cluster,
        horizons=horizons,
    )
