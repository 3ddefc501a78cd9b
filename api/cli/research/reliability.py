"""`underlag research reliability`: do raters agree, and do the items hang together."""

from typing import TYPE_CHECKING

from api.cli.research.request import ResearchRequest, research_command
from api.cli.research.resampling import cluster_option

if TYPE_CHECKING:
    from instruments.research.figures.figure import Report


@research_command("reliability")
@cluster_option
def reliability(request: ResearchRequest, cluster: str | None) -> "Report":
    """Tell how far raters agree and how the items hang together.

    Agreement needs people who were rated by two or more: name the raters in the mapping. For every item: percent
    agreement, kappa with linear and quadratic weights and Krippendorff's alpha; for totals all forms of the intraclass
    correlation; then Cronbach's alpha, omega, and each item against the rest. Nothing is drawn at random.
    With --cluster only agreement is told.
    """
    from instruments.research.reliability.report import reliability as report_of

    return report_of(request.dataset(), cluster)
