"""`underlag research structure`: what the items have in common, and whether they make one scale."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report
    from instruments.research.structure.parallel import Kind


@research_command("structure")
@click.option("--factors", type=click.IntRange(min=1), metavar="N", help="Factors; by default as many as suggested.")
@click.option("--correlations", type=click.Choice(["polychoric", "pearson"]), default="polychoric",
              help="What components and factors rest on.")  # fmt: skip
@click.option("--pairs", is_flag=True, help="Tell every pair of items, not only those that stand out.")
@click.option("--draws", type=click.IntRange(min=0), default=200, help="Times that ratings are dealt out; 0 for none.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Start of the random numbers.")
@click.option("--jobs", type=int, help="Processes that deal; -1 is all.")
def structure(
    request: ResearchRequest,
    factors: int | None,
    correlations: "Kind",
    pairs: bool,
    draws: int,
    seed: int,
    jobs: int | None,
) -> "Report":
    """Tell what the items have in common, and whether they make one scale.

    For the risk items and for the protective items: how many components lie above chance (parallel analysis), factors
    with oblique and orthogonal loadings and their fit, categorical omega, Mokken's H, pairs of items that share more
    than the trait (Q3), and how each item fits the graded response model (S-X2).
    """
    from instruments.research.estimation.resampling import Resampling
    from instruments.research.structure.report import structure as report_of

    resampling = Resampling(draws, seed=seed, n_jobs=jobs)
    return report_of(request.dataset(), factors=factors, correlations=correlations, pairs=pairs, resampling=resampling)
