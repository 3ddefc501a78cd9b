"""`underlag research missing`: how much a conclusion rests on what is done about blanks."""

from typing import TYPE_CHECKING

import click

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("missing")
@click.option("--imputations", type=click.IntRange(min=0), default=20, help="Data sets to impute; 0 for none.")
@click.option("--iterations", type=click.IntRange(min=1), default=10, help="Rounds of the chained equations.")
@click.option("--published", type=(str, float, float), metavar="SCORE A B", help="Published log odds: A + B × score.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Start of the random numbers.")
@click.option("--jobs", type=int, help="Processes that impute; -1 is all.")
def missing(
    request: ResearchRequest,
    imputations: int,
    iterations: int,
    published: tuple[str, float, float] | None,
    seed: int,
    jobs: int | None,
) -> "Report":
    """Tell how much each conclusion rests on what is done about blanks.

    Every area without those who have blanks; with totals prorated, by the instrument's own rule where it has one;
    imputed several times by chained equations and pooled by Rubin's rules; and the lowest and the highest that any way
    of filling in all blanks gives, items and outcomes alike. Then how far they lie apart, and whether the conclusion
    is the same by all of them. Imputing assumes that whether something is blank depends on what is known; the bounds
    assume nothing.
    """
    from instruments.research.missing.chained import Imputation
    from instruments.research.missing.report import missing as report_of

    how = Imputation(imputations, iterations, seed=seed, n_jobs=jobs)
    lines = {published[0]: (published[1], published[2])} if published else None
    return report_of(request.dataset(), request.outcome, imputation=how, published=lines)
