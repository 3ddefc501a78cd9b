"""`underlag research check`: what a table holds, before anything is computed."""

from typing import TYPE_CHECKING

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("check")
def check(request: ResearchRequest) -> "Report":
    """Check research data and its mapping, and tell every fault with its row and column.

    Where there is none, tells what was found: how often each level was rated and what is blank, how many had each
    outcome, and how large the groups are.
    """
    from instruments.research.figures.describing import describe

    return describe(request.dataset(), request.outcome, request.groups)
