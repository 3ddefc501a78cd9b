"""`underlag research fairness`: whether an instrument works alike for everyone."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command, score_option
from api.cli.research.resampling import cluster_option

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("fairness")
@score_option("Score that is held against the outcome")
@click.option("--cut", type=float, help="Count a score from here on as a sign of the outcome; else a rating of high.")
@click.option("--smallest", type=click.IntRange(min=2), help="Below so many people, say that the evidence is too thin.")
@click.option("--events", type=click.IntRange(min=1), help="Below so many on a side of the outcome, likewise.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Start of the random numbers, for the folds.")
@cluster_option
def fairness(
    request: ResearchRequest,
    score: str | None,
    cut: float | None,
    smallest: int | None,
    events: int | None,
    seed: int,
    cluster: str | None,
) -> "Report":
    """Tell every figure by group and intersection, each with its n and interval.

    No group is left out: a blank is a group of its own, and one that is too small says so.
    """
    from instruments.research.fairness.report import fairness

    return fairness(
        request.dataset(),
        request.outcome,
        request.groups,
        score=score,
        cut=cut,
        group_size=smallest,
        group_events=events,
        seed=seed,
        cluster=cluster,
    )
