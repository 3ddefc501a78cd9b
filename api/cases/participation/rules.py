"""Participation: what may follow upon what, and when the network is to meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from api.cases.content import Content
from api.cases.follow_up_limits import meeting_due_after
from api.cases.journal import entries
from api.cases.participation_kinds import PARTICIPATION, ParticipationStarted
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from instruments.faults import Fault, InputError

STARTED, ENDED = "participation_started", "participation_ended"
_DAYS = ("started_on", "held_on", "followed_up_on", "offered_on", "ended_on", "observed_on")


@dataclass(frozen=True)
class Participation:
    """One period of work: from its start to its ending, or still going on."""

    started: Entry
    ended: Entry | None
    events: tuple[Entry, ...]

    @property
    def started_on(self) -> date:
        """The first day."""
        return date.fromisoformat(self.started.content["started_on"])

    @property
    def last_met_on(self) -> date:
        """The latest network meeting, or the start where the network has not met."""
        met = [date.fromisoformat(each.content["held_on"]) for each in self.events if each.kind == "network_meeting"]
        return max(met, default=self.started_on)

    @property
    def next_meeting_by(self) -> date | None:
        """The last day on which the network should meet; None once the work has ended."""
        return None if self.ended else meeting_due_after(self.last_met_on)

    def is_overdue(self, on: date) -> bool:
        """Whether that day has passed without a meeting."""
        due = self.next_meeting_by
        return due is not None and on > due


def participations(session: Session, case_id: str) -> list[Participation]:
    """Every period of work in a case, in order."""
    return participations_among(entries(session, case_id, *(kind.KIND for kind in PARTICIPATION)))


def participations_among(found: Iterable[Entry]) -> list[Participation]:
    """The same, by some entries of a case: every date is worked out of these and of no other."""
    periods: list[list[Entry]] = []
    kinds = {kind.KIND for kind in PARTICIPATION}
    for entry in found:
        if entry.kind not in kinds:
            continue
        if entry.kind == STARTED:
            periods.append([entry])
        elif periods:
            periods[-1].append(entry)
    return [
        Participation(period[0], next((each for each in period if each.kind == ENDED), None), tuple(period[1:]))
        for period in periods
    ]


def require_participation(session: Session, case: Case, content: Content) -> None:
    """Refuse what cannot follow upon what is recorded.

    Raises
    ------
    RuleError
        ``already-participating``, ``not-participating`` or ``not-ended``.
    InputError
        ``before-start`` for a day before the work began.
    """
    known = participations(session, case.id)
    current = known[-1] if known else None
    is_going_on = current is not None and current.ended is None
    if content.KIND == ParticipationStarted.KIND:
        if is_going_on:
            raise RuleError("already-participating")
        return
    if content.KIND == "officials_meeting":
        return  # the officials may meet before the work begins
    if content.KIND == "outcome_after_ending":
        if current is None or is_going_on:
            raise RuleError("not-ended")
    elif not is_going_on:
        raise RuleError("not-participating")
    for name in _DAYS:
        day = getattr(content, name, None)
        if current is not None and day is not None and day < current.started_on:
            raise InputError([Fault("before-start", f"/{name}")])
