"""Retention: which cases are due to be purged, by which rule, and purging them so that only a stub is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.journal import entries, hold, open_case
from api.records.refusals import RuleError
from api.store.audit_chain import tell
from api.store.schema import Case, CaseSummary, CaseUnit, Draft, Entry, Monitoring, PurgedCase
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Definition, Registry, Versioned

RULES = Path(__file__).parents[1] / "retention"
_MOST = 500


class RuleSource(BaseModel):
    """Where a rule comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    says: str


class RetentionRule(Versioned):
    """How long a case is kept.

    Parameters
    ----------
    years_after_last_entry : int
        The duty to purge arises this many years after the last entry was made.
    finished_calendar_years_after : int
        Purging is to be finished by the end of the calendar year this many years after the duty arose.
    """

    title: Text
    years_after_last_entry: Annotated[StrictInt, Field(ge=1, le=100)]
    finished_calendar_years_after: Annotated[StrictInt, Field(ge=0, le=10)]
    source: RuleSource
    reading: Text
    decided_by: Line
    decided_on: date

    def due_from(self, last_entry_on: date) -> date:
        """The first day on which a case is due."""
        year = last_entry_on.year + self.years_after_last_entry
        is_leap_day = (last_entry_on.month, last_entry_on.day) == (2, 29)
        return date(year, 3, 1) if is_leap_day and not _is_leap(year) else last_entry_on.replace(year=year)

    def finished_by(self, last_entry_on: date) -> date:
        """The last day on which a case that is due may still be there."""
        return date(self.due_from(last_entry_on).year + self.finished_calendar_years_after, 12, 31)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def retention_rule(on: date, name: str = "social_services") -> Definition[RetentionRule]:
    """The rule in force on a day.

    Raises
    ------
    UnknownDefinitionError
    """
    return Registry(RetentionRule, [RULES]).find(name, on=on)


@dataclass(frozen=True)
class PurgeProposal:
    """A case that is due, or would be but for a hold.

    Parameters
    ----------
    rule : str
        ``id@version``.
    held_by : str or None
        The hold that keeps the case.
    """

    case_id: str
    reference: str
    last_entry_on: date
    due_from: date
    finished_by: date
    rule: str
    held_by: str | None


def propose_purges(session: Session, now: datetime, actor: Actor) -> list[PurgeProposal]:
    """The cases of the actor's units that are due to be purged, those that are most urgent first."""
    rule = retention_rule(now.date())
    latest = rule.content.years_after_last_entry
    chosen = (
        select(Case, CaseSummary.last_entry_at)
        .join(CaseSummary, CaseSummary.case_id == Case.id)
        .where(Case.id.in_(select(CaseUnit.case_id).where(CaseUnit.unit_id.in_(actor.units))))
        .where(CaseSummary.last_entry_at < now.replace(year=now.year - latest + 1, month=1, day=1))
        .order_by(CaseSummary.last_entry_at, Case.id)
    )
    found = [_proposal(session, case, last.date(), rule, now.date()) for case, last in session.execute(chosen).all()]
    tell(session, actor.did(now, "list", "purge"))
    return [proposal for proposal in found if proposal.due_from <= now.date()]


def _proposal(
    session: Session, case: Case, last_entry_on: date, rule: Definition[RetentionRule], today: date
) -> PurgeProposal:
    due_from, finished_by = rule.content.due_from(last_entry_on), rule.content.finished_by(last_entry_on)
    held_by = hold_on(session, case.id, today)
    return PurgeProposal(case.id, case.reference, last_entry_on, due_from, finished_by, rule.reference, held_by)


def hold_on(session: Session, case_id: str, on: date) -> str | None:
    """The entry that keeps a case on a day: a hold that was not lifted and has not run out."""
    found = entries(session, case_id, "hold", "hold_lifted")
    lifted = {entry.subject_id for entry in found if entry.kind == "hold_lifted"}
    for entry in found:
        until = entry.content.get("until")
        if entry.kind == "hold" and entry.id not in lifted and (until is None or date.fromisoformat(until) >= on):
            return entry.id
    return None


@dataclass(frozen=True)
class PurgeReport:
    """What was purged, or would be.

    Parameters
    ----------
    cases : tuple of (str, int)
        Each case with the number of its entries.
    """

    cases: tuple[tuple[str, int], ...]
    is_dry_run: bool


def purge(
    session: Session, now: datetime, actor: Actor, case_ids: Sequence[str], *, dry_run: bool = False
) -> PurgeReport:
    """Purge cases that are due. Of each there is left that it was there, by which rule it went, when and by whom.

    Parameters
    ----------
    actor : Actor
        The person who has looked at the proposal and answers for it.
    dry_run : bool
        Only tell what would be purged.

    Raises
    ------
    RuleError
        ``not-due`` or ``held``; then nothing is purged.
    """
    if len(case_ids) > _MOST:
        raise RuleError("too-many-cases")
    rule = retention_rule(now.date())
    purged = []
    for case_id in dict.fromkeys(case_ids):
        case = open_case(session, now, actor, case_id, action="read" if dry_run else "purge")
        hold(session, case)
        summary = session.get_one(CaseSummary, case_id, with_for_update=True)
        proposal = _proposal(session, case, summary.last_entry_at.date(), rule, now.date())
        if proposal.due_from > now.date():
            raise RuleError("not-due")
        if proposal.held_by is not None:
            raise RuleError("held")
        purged.append((case_id, summary.entries))
        if not dry_run:
            _remove(session, now, actor, case, summary.entries, rule.reference)
    return PurgeReport(tuple(purged), dry_run)


def _remove(session: Session, now: datetime, actor: Actor, case: Case, count: int, rule: str) -> None:
    stub = PurgedCase(
        case_id=case.id, unit_id=case.unit_id, entries=count, rule=rule, purged_at=now, purged_by=actor.id
    )
    session.add(stub)
    session.flush()  # the stub is what lets the entries go
    for table in (Draft, CaseSummary, CaseUnit, Monitoring, Entry):
        session.execute(delete(table).where(table.case_id == case.id).execution_options(synchronize_session=False))
    session.execute(delete(Case).where(Case.id == case.id).execution_options(synchronize_session=False))
    session.expunge_all()
