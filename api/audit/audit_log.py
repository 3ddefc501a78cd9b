"""The audit as it is reviewed: found by who, what, which record, on what ground and when; and whether it is whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from api.access.units import the_grounds
from api.settings.clock import ZONE
from api.store.account_tables import Account, AccountUnit
from api.store.audit_chain import AuditReport
from api.store.schema import Audit, AuditHead, Case, CaseUnit, SecrecyUnit

LONGEST_PAGE = 200
USUAL_PAGE = 50
_BATCH = 1_000
_KEY = 32
#: Where the kind is a unit, and not a kind of record.
_OF_UNITS = ("give_unit", "take_unit")
#: How a line can have ended, beside the faults that a verification finds.
OUTCOMES = ("done", "refused", "locked", "too_many", "not_sent")


@dataclass(frozen=True)
class LogFilter:
    """What of the log is asked for; None asks for all.

    Parameters
    ----------
    account : str or None
        The key of an account, or ``nobody``.
    since, until : date or None
        Swedish days, both included.
    suggestion : str or None
        One of `SUGGESTIONS`.
    """

    account: str | None = None
    case: str | None = None
    action: str | None = None
    kind: str | None = None
    ground: str | None = None
    outcome: str | None = None
    since: date | None = None
    until: date | None = None
    suggestion: str | None = None

    def as_data(self) -> dict[str, str]:
        """The parts that ask for something."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: str(value) for name, value in given.items() if value is not None}

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what a line must meet."""
        columns = {
            "account": Audit.actor,
            "case": Audit.case_id,
            "action": Audit.action,
            "kind": Audit.kind,
            "ground": Audit.ground,
            "outcome": Audit.outcome,
        }
        for name, column in columns.items():
            if getattr(self, name) is not None:
                yield column == getattr(self, name)
        if self.since is not None:
            yield Audit.at >= _midnight(self.since)
        if self.until is not None:
            yield Audit.at < _midnight(self.until + timedelta(days=1))
        if self.suggestion is not None:
            yield SUGGESTIONS[self.suggestion]()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _crossings() -> ColumnElement[bool]:
    return and_(Audit.case_id.is_not(None), or_(Audit.action == "cross", Audit.ground.in_(the_grounds().names())))


def _reads_outside_units() -> ColumnElement[bool]:
    """Reads by accounts that belong to none of the units that the case belongs to today."""
    shared = (
        exists()
        .where(CaseUnit.case_id == Audit.case_id, AccountUnit.account_id == Audit.actor)
        .where(AccountUnit.unit_id == CaseUnit.unit_id)
    )
    is_kept = exists().where(Case.id == Audit.case_id)
    return and_(Audit.action.in_(("read", "export")), Audit.kind != "audit", is_kept, ~shared)


def _failed_log_ins() -> ColumnElement[bool]:
    is_token = and_(Audit.action == "use", Audit.kind == "token")
    return and_(or_(Audit.action == "log_in", is_token), Audit.outcome != "done")


def _reads_without_write() -> ColumnElement[bool]:
    """Reads of a case after which the same account wrote nothing in it."""
    later = aliased(Audit)
    wrote = exists().where(later.case_id == Audit.case_id, later.actor == Audit.actor, later.action == "write")
    return and_(
        Audit.action == "read",
        Audit.kind != "audit",
        Audit.case_id.is_not(None),
        ~wrote.where(later.number > Audit.number),
    )


def _exports() -> ColumnElement[bool]:
    return Audit.action == "export"


def _refusals() -> ColumnElement[bool]:
    return and_(Audit.outcome == "refused", Audit.action != "log_in")


#: What may be worth a look, each a filter. None of them says that anything was wrong.
SUGGESTIONS = {
    "crossings": _crossings,
    "reads_outside_units": _reads_outside_units,
    "reads_without_write": _reads_without_write,
    "failed_log_ins": _failed_log_ins,
    "refusals": _refusals,
    "exports": _exports,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One link of the audit as it is shown.

    Parameters
    ----------
    name : str or None
        How the account is called; None where the actor is no account.
    unit : str or None
        How the unit is called that somebody was given or lost.
    """

    number: int
    at: datetime
    actor: str
    name: str | None
    action: str
    kind: str
    case_id: str | None
    record_id: str | None
    ground: str
    outcome: str
    request_id: str
    unit: str | None = None


@dataclass(frozen=True)
class LogPage:
    """Some lines, latest first, and the number that the next ones come before; None at the end."""

    lines: tuple[Line, ...]
    before: int | None


def read_log(session: Session, wanted: LogFilter, *, before: int | None = None, limit: int = USUAL_PAGE) -> LogPage:
    """A page of the log.

    Parameters
    ----------
    before : int or None
        `LogPage.before` of the page before; lines that are added meanwhile move nothing.
    limit : int
        At most `LONGEST_PAGE`.
    """
    limit = min(max(limit, 1), LONGEST_PAGE)
    lines = _lines(session, wanted, before, limit + 1)
    return LogPage(tuple(lines[:limit]), lines[limit - 1].number if len(lines) > limit else None)


def all_lines(session: Session, wanted: LogFilter) -> Iterator[Line]:
    """Yield every line, latest first, some at a time."""
    before: int | None = None
    while lines := _lines(session, wanted, before, _BATCH):
        yield from lines
        before = lines[-1].number


def _lines(session: Session, wanted: LogFilter, before: int | None, limit: int) -> list[Line]:
    chosen = (
        select(
            Audit.number,
            Audit.at,
            Audit.actor,
            Account.name,
            Audit.action,
            Audit.kind,
            Audit.case_id,
            Audit.record_id,
            Audit.ground,
            Audit.outcome,
            Audit.request_id,
            SecrecyUnit.name.label("unit"),
        )
        .outerjoin(Account, Account.id == Audit.actor)
        .outerjoin(SecrecyUnit, and_(Audit.action.in_(_OF_UNITS), SecrecyUnit.id == Audit.kind))
        .where(*wanted.conditions())
        .order_by(Audit.number.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(Audit.number < before)
    return [Line(*row) for row in session.execute(chosen).all()]


def accounts(session: Session) -> list[tuple[str, str]]:
    """The key and name of every account, by name."""
    return [(row.id, row.name) for row in session.execute(select(Account.id, Account.name).order_by(Account.name))]


def cases_called(session: Session, reference: str) -> list[tuple[str, str]]:
    """The key and unit of every case with a reference; a unit has at most one."""
    chosen = select(Case.id, Case.unit_id).where(Case.reference == reference).order_by(Case.unit_id)
    return [(row.id, row.unit_id) for row in session.execute(chosen)]


@dataclass(frozen=True)
class Verification:
    """The result of the latest verification, as the log itself tells it.

    Parameters
    ----------
    fault : str or None
        As in `AuditReport.fault`.
    place : str
        The number of the last link that held or, where one did not, of the first that did not; the key of an entry
        where the fault is in no link.
    since : int
        How many links have come after it.
    """

    at: datetime
    by: str
    fault: str | None
    place: str
    since: int


def latest_verification(session: Session) -> Verification | None:
    """The latest verification; None if there was none."""
    page = read_log(session, LogFilter(action="verify", kind="audit"), limit=1)
    if not page.lines:
        return None
    line = page.lines[0]
    head = session.execute(select(AuditHead.number)).scalar_one()
    fault = None if line.outcome == "done" else line.outcome
    return Verification(line.at, line.name or line.actor, fault, line.record_id or "", head - line.number)


def event_of_verification(report: AuditReport) -> Mapping[str, Any]:
    """The audit event of a verification: its outcome, and the place as in `Verification`."""
    number = report.links if report.is_whole else report.broken_at
    place = report.record[:_KEY] if number is None and report.record else str(number)
    return {"record": place, "outcome": report.fault or "done"}
