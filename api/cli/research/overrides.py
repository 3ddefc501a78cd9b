"""`underlag research overrides`: where the professional's judgement departs from what was suggested."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command, score_option

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("overrides")
@click.option("--suggested", metavar="COLUMN", help="Group with what was suggested; needs --decided and --order.")
@click.option("--decided", metavar="COLUMN", help="Group with what was decided.")
@click.option("--order", metavar="A,B,…", help="The values of both, rising.")
@click.option("--reason", metavar="COLUMN", help="Group with the reason for an override.")
@score_option("Score that the rating is held against")
@click.option("--band", "bands", type=float, multiple=True, help="Least total of the second, third … level.")
def overrides(
    request: ResearchRequest,
    suggested: str | None,
    decided: str | None,
    order: str | None,
    reason: str | None,
    score: str | None,
    bands: tuple[float, ...],
) -> "Report":
    """Tell how often, which way and why the judgement departs from the suggestion, and whether it helps.

    Without --suggested the summary rating is held against a score in bands, which by default give each level as many
    people as the rating does.
    """
    from instruments.faults import Fault, InputError
    from instruments.research.datasets.scores import RISK_TOTAL
    from instruments.research.datasets.splitting import first_ratings
    from instruments.research.validity.overrides import judgement_from_columns, judgement_of, overrides

    dataset, beside = first_ratings(request.dataset()), score or RISK_TOTAL
    if suggested is None and decided is None:
        judgement = judgement_of(dataset, bands, beside) if bands else None
    elif suggested is None or decided is None or order is None:
        raise InputError([Fault("suggestion-incomplete", "")])
    else:
        levels = [each.strip() for each in order.split(",")]
        judgement = judgement_from_columns(dataset, suggested, decided, levels)
    return overrides(dataset, request.outcome, score=beside, judgement=judgement, reason=reason)
