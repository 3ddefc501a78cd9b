"""The deadlines of a case, by what it holds and by the municipality's policy. What has no date has no deadline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from api.cases.standing import Standing, standing_from
from api.policies.deadlines import DeadlineLimit, LimitName
from api.policies.policies import Policies
from api.store.schema import Case, CaseSummary
from screening.fact_reading import completed_years

#: In the order in which they are told of the same day.
KINDS = ("preliminary_assessment", "investigation", "network_meeting", "consent_ends", "reassessment", "after_ending")
#: Stands for the rules of this module in `CaseSummary.derived_by`; a change of them is a new number.
_RULES = "1"
_KEEP = (
    update(CaseSummary)
    .where(CaseSummary.case_id == bindparam("case"), CaseSummary.entries == bindparam("version"))
    .values(due_on=bindparam("on"), due=bindparam("what"))
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

    def days_left(self, today: date) -> int:
        """How many days are left; below zero it is late."""
        return (self.by - today).days


def deadlines_of(
    standing: Standing, next_meeting_by: date | None, birth_date: date | None, policies: Policies
) -> list[Deadline]:
    """The deadlines of a case, the nearest first.

    Parameters
    ----------
    next_meeting_by : date or None
        By when the network is to meet; None where no work goes on.
    birth_date : date or None
        Of the young person; None where it is not known.
    """
    found = [*_counted(standing, birth_date, policies), *_stated(standing, next_meeting_by)]
    return sorted(found, key=lambda each: (each.by, KINDS.index(each.kind)))


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


def _stated(standing: Standing, next_meeting_by: date | None) -> Iterator[Deadline]:
    """Yield the days that entries state themselves; once the work has ended nobody is waited for."""
    if next_meeting_by is not None:
        yield Deadline("network_meeting", next_meeting_by)
    if standing.ended_on is None:
        if standing.consent_ends:
            yield Deadline("consent_ends", min(standing.consent_ends.values()))
        if standing.reassess_on is not None:
            yield Deadline("reassessment", standing.reassess_on)


def deadlines_in(summary: CaseSummary, birth_date: date | None, policies: Policies) -> list[Deadline]:
    """The deadlines of a case by its summary, the nearest first."""
    return deadlines_of(standing_from(summary.standing), summary.next_meeting_by, birth_date, policies)


def derive_deadlines(session: Session, policies: Policies) -> None:
    """Work out the nearest deadline of every case to which something was added, or all by another policy.

    A case that somebody else adds to meanwhile is left for the next time.
    """
    name = f"{_RULES}:{policies.deadlines_digest}"
    stale = or_(CaseSummary.derived_by < name, CaseSummary.derived_by > name, CaseSummary.derived_by.is_(None))
    chosen = (
        select(
            CaseSummary.case_id,
            CaseSummary.entries,
            CaseSummary.standing,
            CaseSummary.next_meeting_by,
            Case.birth_date,
        )
        .join(Case, Case.id == CaseSummary.case_id)
        .where(stale)
        .order_by(CaseSummary.case_id)
    )
    derived = [
        {"case": row.case_id, "version": row.entries, **_nearest(row, policies)}
        for row in session.execute(chosen).all()
    ]
    if derived:
        session.connection().execute(_KEEP.values(derived_by=name), derived)


def _nearest(row: Row[Any], policies: Policies) -> dict[str, Any]:
    found = deadlines_of(standing_from(row.standing), row.next_meeting_by, row.birth_date, policies)
    return {"on": found[0].by, "what": found[0].kind} if found else {"on": None, "what": None}
