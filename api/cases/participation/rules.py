"""Participation: what may follow upon what, and when the network is to meet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from api.cases.follow_up_limits import meeting_due_after
from api.cases.journal import entries
from api.cases.participation_kinds import PARTICIPATION, ParticipationContent, When
from api.cases.recorded_kinds import days_done
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from instruments.faults import Fault, InputError

STARTED, ENDED = "participation_started", "participation_ended"


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
    return participations_among(entries(session, case_id, *PARTICIPATION))


def participations_among(among: Iterable[Entry]) -> list[Participation]:
    """The same, by some entries of a case: every date is worked out of these and of no other."""
    periods: list[list[Entry]] = []
    for entry in among:
        if entry.kind not in PARTICIPATION:
            continue
        if entry.kind == STARTED:
            periods.append([entry])
        elif periods:
            periods[-1].append(entry)
    return [
        Participation(period[0], next((each for each in period if each.kind == ENDED), None), tuple(period[1:]))
        for period in periods
    ]


def stage_of(periods: Sequence[Participation]) -> When:
    """Where the work in a case stands: before its first start, going on, or after an ending."""
    if not periods:
        return "before"
    return "after" if periods[-1].ended else "during"


def require_participation(session: Session, case: Case, content: ParticipationContent) -> None:
    """Refuse what cannot follow upon what is recorded.

    Raises
    ------
    RuleError
        ``already-participating``, ``not-participating`` or ``not-ended``.
    InputError
        ``before-start`` for a day before the work began.
    """
    known = participations(session, case.id)
    if stage_of(known) not in content.WHEN:
        raise RuleError(_refusal_of(content))
    if "before" in content.WHEN:
        return  # such as the officials, who may meet before the work begins
    for name in days_done(type(content)):
        day = getattr(content, name)
        if day is not None and day < known[-1].started_on:
            raise InputError([Fault("before-start", f"/{name}")])


def _refusal_of(content: ParticipationContent) -> str:
    if "during" in content.WHEN:
        return "not-participating"
    return "already-participating" if "before" in content.WHEN else "not-ended"
