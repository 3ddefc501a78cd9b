"""`underlag research calibrate`: from a score to probabilities, and whether they hold elsewhere."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command, score_option
from api.cli.research.resampling import cluster_option, resampling_options

if TYPE_CHECKING:
    from instruments.research.estimation.resampling import Resampling
    from instruments.research.figures.figure import Report

METHODS = ("logistic", "platt", "isotonic")


@research_command("calibrate")
@score_option("Score that is calibrated")
@click.option("--method", "methods", multiple=True, type=click.Choice(METHODS), help="Only these ways to calibrate.")
@click.option("--published", type=(float, float), metavar="A B", help="Published log odds: A + B × score.")
@click.option("--later", metavar="COLUMN", help="Hold out what is later, by this column; needs --after.")
@click.option("--after", metavar="VALUE", help="The last time that is calibrated on.")
@click.option("--place", metavar="COLUMN", help="Hold out each place, by this group; tell what another may show.")
@click.option("--folds", type=click.IntRange(min=2), default=10, help="Folds of the cross-validation.")
@cluster_option
@resampling_options
def calibrate(
    request: ResearchRequest,
    score: str | None,
    methods: tuple[str, ...],
    published: tuple[float, float] | None,
    later: str | None,
    after: str | None,
    place: str | None,
    folds: int,
    cluster: str | None,
    resampling: "Resampling",
) -> "Report":
    """Calibrate a score, and tell how the probabilities hold in other folds, later, and elsewhere.

    Too few events for the parameters are refused, with how many are missing. The probabilities are for research: no
    individual probability is ever shown in the service.
    """
    from instruments.faults import Fault, InputError
    from instruments.research.calibration.holdouts import HoldOuts
    from instruments.research.calibration.report import calibrate
    from instruments.research.datasets.splitting import limit_of

    if (later is None) != (after is None):
        raise InputError([Fault("later-incomplete", "")])
    limit = limit_of(later, after) if later is not None and after is not None else None
    return calibrate(
        request.dataset(),
        request.outcome,
        score=score,
        methods=methods,
        published=published,
        hold_outs=HoldOuts(later, limit, place),
        folds=folds,
        resampling=resampling,
        cluster=cluster,
    )
