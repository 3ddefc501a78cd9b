"""The deadlines of a case, by what it holds and by the municipality's policy. What has no date has no deadline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.cases.standing import Standing
from api.policies.deadlines import DeadlineLimit, LimitName
from api.policies.policies import Policies
from screening.fact_reading import completed_years

#: In the order in which they are told of the same day.
KINDS = (
    "preliminary_assessment",
    "investigation",
    "network_meeting",
    "plan_measure",
    "consent_ends",
    "reassessment",
    "after_ending",
)


@dataclass(frozen=True)
class Deadline:
    """A day by which something in a case is to be done.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    limit : DeadlineLimit or None
        What it is counted by; None for a day that an entry states or that following up sets.
    """

    kind: str
    by: date
    limit: DeadlineLimit | None = None

    @property
    def is_of_assessment(self) -> bool:
        """Whether an assessment states it, or a plan tied to one, so that whoever rates unseen is not told of it."""
        return self.kind in ("reassessment", "plan_measure")

    def days_left(self, today: date) -> int:
        """How many days are left; below zero it is late."""
        return (self.by - today).days


def deadlines_of(
    standing: Standing, next_meeting_by: date | None, birth_date: date | None, policies: Policies, today: date
) -> list[Deadline]:
    """The deadlines of a case, the nearest first.

    Parameters
    ----------
    next_meeting_by : date or None
        By when the network is to meet; None where no work goes on.
    birth_date : date or None
        Of the young person; None where it is not known.
    today : date
        A consent that ended before it has no deadline: it has gone out, and nobody need renew it.
    """
    if standing.closed_on is not None:
        return []
    deadlines = [*_counted(standing, birth_date, policies), *_stated(standing, next_meeting_by, today)]
    return sorted(deadlines, key=lambda each: (each.by, KINDS.index(each.kind)))


def _counted(standing: Standing, birth_date: date | None, policies: Policies) -> Iterator[Deadline]:
    """Yield what the policy counts from the day on which it began."""
    begun: dict[LimitName, date | None] = {
        "preliminary_assessment": standing.received_on if standing.preliminary == "open" else None,
        "investigation": standing.investigation_from,
        "after_ending": None if standing.is_followed_up else standing.ended_on,
    }
    for name, day in begun.items():
        limit = policies.deadlines_on(day).content.limit(name) if day is not None else None
        if day is not None and limit is not None and _concerns(limit, birth_date, day):
            yield Deadline(name, limit.last_day(day), limit)


def _concerns(limit: DeadlineLimit, birth_date: date | None, begun_on: date) -> bool:
    """Whether a limit holds for somebody of this age; where the age is not known it does."""
    if limit.only_below_age is None or birth_date is None:
        return True
    return completed_years(birth_date, begun_on) < limit.only_below_age


def _stated(standing: Standing, next_meeting_by: date | None, today: date) -> Iterator[Deadline]:
    """Yield the days that entries state themselves; once the work has ended nobody is waited for."""
    if next_meeting_by is not None:
        yield Deadline("network_meeting", next_meeting_by)
    if standing.ended_on is None:
        if days := standing.open_measures:
            yield Deadline("plan_measure", min(days))
        if ends := [day for day in standing.consent_ends.values() if day >= today]:
            yield Deadline("consent_ends", min(ends))
        if standing.reassess_on is not None:
            yield Deadline("reassessment", standing.reassess_on)
