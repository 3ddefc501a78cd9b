"""Everything that is published when a period is over, in one go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.settings.clock import ZONE
from api.store.trend_tables import TrendPeriod
from api.trends.decision_reliability import publish_decision_reliability
from api.trends.folds import read_kept_cohort
from api.trends.microaggregates import write_microaggregates
from api.trends.publishing import Progress, RebuildReport, rebuild
from screening.library import Library
from screening.trends.lattice import Period, lattice_on, month_of


@dataclass(frozen=True)
class Publication:
    """What was published.

    Parameters
    ----------
    years : list of int
        Those that a what-if can be asked about from now on.
    guidances : list of str
        Those whose pages tell anew how often double ratings turn their outcome.
    """

    report: RebuildReport
    years: list[int]
    guidances: list[str]


def _nothing(done: int, of: int) -> None:
    """Tell nobody how far it came."""


def publish(
    session: Session, now: datetime, library: Library, *, reading: Progress = _nothing, publishing: Progress = _nothing
) -> Publication:
    """Count every case and publish every period and year that is over."""
    lattice = lattice_on(now.date())
    report = rebuild(session, now, read_kept_cohort(session, lattice, library, reading), progress=publishing)
    return Publication(
        report, write_microaggregates(session, now, library), publish_decision_reliability(session, now, library)
    )


def publish_what_is_over(session: Session, now: datetime, library: Library) -> None:
    """Publish, unless the month before this one was published already, and with it everything before."""
    last = Period(month_of(now.astimezone(ZONE).date()) - 1, 1)
    if session.scalar(select(TrendPeriod.period).where(TrendPeriod.period == last.name).limit(1)) is None:
        publish(session, now, library)
