"""`underlag research missing`: how much a conclusion rests on what is done about blanks."""

from typing import TYPE_CHECKING

from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.research.figures import Report


@research_command("missing")
def missing(request: ResearchRequest) -> "Report":
    """Tell how much each conclusion rests on what is done about blanks.

    Every area without those who have blanks, with totals prorated where few items are blank, and the lowest and the
    highest that any way of filling in all blanks gives, items and outcomes alike. Nothing is assumed of why something
    is blank, and nothing is drawn at random.
    """
    from instruments.research.missing import missing as report_of

    return report_of(request.dataset(), request.outcome)
