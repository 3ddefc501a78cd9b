"""`underlag research drift`: whether people, or what scores mean, have changed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE
from api.cli.research.request import ResearchRequest, research_command, score_option

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("drift")
@click.option("--earlier", type=FILE, help="Table of an earlier time, with the same mapping.")
@click.option("--later", metavar="COLUMN", help="Instead: what is later, by this column of DATA; needs --after.")
@click.option("--after", metavar="VALUE", help="The last time that counts as earlier.")
@score_option("Score whose calibration is carried over")
def drift(request: ResearchRequest, earlier: Path | None, later: str | None, after: str | None, score: str) -> "Report":
    """Tell how people and scores have changed since an earlier time, with a verdict on each.

    Population stability by score, item and group, and a calibration of the earlier people carried over to the later.
    """
    from dataclasses import replace

    from instruments.faults import Fault, InputError
    from instruments.research.datasets.splitting import limit_of, split
    from instruments.research.monitoring.drift import drift

    dataset = request.dataset()
    if earlier is not None and later is None and after is None:
        from api.cli.options import require_file

        first, second = replace(request, data=require_file(earlier)).dataset(), dataset
    elif earlier is None and later is not None and after is not None:
        first, second = split(dataset, later, limit_of(later, after))
    else:
        raise InputError([Fault("earlier-or-later", "")])
    return drift(first, second, request.outcome, score=score, groups=request.groups)
