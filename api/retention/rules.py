"""Retention: which cases are due to be purged, by which rule, and purging them so that only a stub is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.access.reach import cases_of
from api.cases.journal import hold_on, lock_case, open_case
from api.context.unit import Unit
from api.policies.policies import RetentionRule
from api.store.audit_chain import record_event
from api.store.database import PURGED
from api.store.refusals import RuleError
from api.store.schema import Audit, Case, CaseSummary, CaseUnit, CountsShown, Draft, Entry, Monitoring, PurgedCase
from api.trends.publication import publish_what_is_over
from api.trends.publishing import keep_before_purge
from instruments.registry import Definition

_MOST = 500


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


def propose_purges(unit: Unit) -> list[PurgeProposal]:
    """The cases of the actor's units that are due to be purged, those that are most urgent first."""
    rule = unit.policies.retention_on(unit.now.date())
    latest = rule.content.years_after_last_entry
    chosen = (
        select(Case, CaseSummary.last_entry_at)
        .join(CaseSummary, CaseSummary.case_id == Case.id)
        .where(Case.id.in_(cases_of(unit.actor.units)))
        .where(CaseSummary.last_entry_at < unit.now.replace(year=unit.now.year - latest + 1, month=1, day=1))
        .order_by(CaseSummary.last_entry_at, Case.id)
    )
    proposals = [
        _proposal(unit.session, case, last.date(), rule, unit.now.date())
        for case, last in unit.session.execute(chosen).all()
    ]
    record_event(unit.session, unit.event("list", "purge"))
    return [proposal for proposal in proposals if proposal.due_from <= unit.now.date()]


def _proposal(
    session: Session, case: Case, last_entry_on: date, rule: Definition[RetentionRule], today: date
) -> PurgeProposal:
    due_from, finished_by = rule.content.due_from(last_entry_on), rule.content.finished_by(last_entry_on)
    held_by = hold_on(session, case.id, today)
    return PurgeProposal(case.id, case.reference, last_entry_on, due_from, finished_by, rule.reference, held_by)


@dataclass(frozen=True)
class PurgeReport:
    """What was purged, or would be.

    Parameters
    ----------
    cases : tuple of (str, int)
        Each case with the number of its entries.
    silent_days : int
        Where the clock seems to have jumped: for how many days in a row nobody did anything.
    """

    cases: tuple[tuple[str, int], ...]
    is_dry_run: bool
    silent_days: int = 0


def purge(unit: Unit, case_ids: Sequence[str], *, dry_run: bool = False, clock_is_right: bool = False) -> PurgeReport:
    """Purge cases that are due. What is over is published first, so that no number is lost with them.

    Of each case there is left that it was there, by which rule it went, when and by whom.

    Parameters
    ----------
    unit : Unit
        Of the person who has looked at the proposal and answers for it.
    dry_run : bool
        Only tell what would be purged.
    clock_is_right : bool
        Whether that person confirms today's date, which is asked for where the clock seems to have jumped.

    Raises
    ------
    RuleError
        ``not-due``, ``held`` or ``clock-jumped``; then nothing is purged.
    """
    if len(case_ids) > _MOST:
        raise RuleError("too-many-cases")
    rule = unit.policies.retention_on(unit.now.date())
    purged, silent_days = [], 0
    most_silent = unit.policies.purging_on(unit.now.date()).content.longest_silence_days
    if case_ids and not dry_run:
        publish_what_is_over(unit.session, unit.now, unit.library)
    for case_id in dict.fromkeys(case_ids):
        case = open_case(unit, case_id, action="read" if dry_run else "purge")
        lock_case(unit.session, case)
        summary = unit.session.get_one(CaseSummary, case_id, with_for_update=True)
        proposal = _proposal(unit.session, case, summary.last_entry_at.date(), rule, unit.now.date())
        if proposal.due_from > unit.now.date():
            raise RuleError("not-due")
        if proposal.held_by is not None:
            raise RuleError("held")
        silent = _longest_silence(unit.session, summary.last_entry_at.date(), unit.now.date())
        if silent > most_silent:
            if not (dry_run or clock_is_right):
                raise RuleError("clock-jumped")
            silent_days = max(silent_days, silent)
        purged.append((case_id, summary.entries))
        if not dry_run:
            keep_before_purge(unit.session, unit.now, unit.library, case_id)
            _remove(unit, case, summary.entries, rule.reference)
    if silent_days and not dry_run:
        record_event(unit.session, unit.event("verify", "clock"))
    return PurgeReport(tuple(purged), dry_run, silent_days)


def _longest_silence(session: Session, since: date, until: date) -> int:
    """The most days in a row between two days in which nobody did anything that the audit knows of.

    A clock that is set forward leaves such a gap behind, however much is done afterwards. One that was set back again
    leaves lines in the future, which tell nothing of the days that have passed.
    """
    moments = session.scalars(
        select(func.date(Audit.at)).where(Audit.at >= datetime.combine(since, time(), UTC)).distinct()
    )
    days = sorted({since, until, *(day for each in moments if (day := _day(each)) <= until)})
    return max((later - earlier).days for earlier, later in pairwise([*days, until]))


def _day(moment: object) -> date:
    return moment if isinstance(moment, date) else date.fromisoformat(str(moment))


def _remove(unit: Unit, case: Case, count: int, rule: str) -> None:
    stub = PurgedCase(
        case_id=case.id, unit_id=case.unit_id, entries=count, rule=rule, purged_at=unit.now, purged_by=unit.actor.id
    )
    unit.session.add(stub)
    unit.session.flush()  # the stub is what lets the entries go
    for table in (CountsShown, Draft, CaseSummary, CaseUnit, Monitoring, Entry):
        unit.session.execute(delete(table).where(table.case_id == case.id).execution_options(synchronize_session=False))
    unit.session.execute(delete(Case).where(Case.id == case.id).execution_options(synchronize_session=False))
    unit.session.expunge_all()
    unit.session.info[PURGED] = True
