"""Which cases an account reaches: those of its own secrecy units, and others on a ground that is recorded."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from flask import g
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import Caller, set_caller
from api.access.declarations import Declared
from api.access.reach import reaches
from api.context.context import current_context
from api.store.account_tables import Crossing
from api.store.audit_chain import record_event
from api.store.schema import Case, CaseUnit, Draft, Entry
from api.web.problems import Problem
from instruments.loading import load
from instruments.messages import Text

GROUNDS = Path(__file__).parent / "grounds" / "1.2.yaml"
LONGEST_NOTE = 2_000
CROSS = "case:cross_unit"
_KEY = re.compile(r"[0-9a-f]{32}")

#: What an argument of an address names, and thereby which case: every other one must be declared plain.
RECORDS: Mapping[str, type[Case] | type[Entry] | type[Draft]] = {
    "case_id": Case,
    "draft_id": Draft,
    "entry_id": Entry,
    "intake_id": Entry,
    "plan_id": Entry,
    "assessment_id": Entry,
    "screening_id": Entry,
    "question_id": Entry,
    "review_id": Entry,
    "consent_id": Entry,
}


def _whose(table: Any) -> Select[Any]:
    case = table.id if table is Case else table.case_id
    units = select(case, CaseUnit.unit_id).outerjoin(CaseUnit, CaseUnit.case_id == case)
    return units.where(table.id == bindparam("key"))


#: For each argument, how to find the case and its units.
_WHOSE = {argument: _whose(table) for argument, table in RECORDS.items()}


class GroundKind(BaseModel):
    """One ground on which the border of a unit may be crossed, or a case within it opened by who needs a ground.

    Parameters
    ----------
    within_unit : bool
        Whether it is a ground for opening a case of the own unit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: Text
    source: Text
    within_unit: bool = False


class Grounds(BaseModel):
    """One version of the list of grounds. ``hours``: how long a stated ground holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    valid_from: date
    decided_by: str
    hours: Annotated[int, Field(ge=1, le=168)]
    grounds: tuple[GroundKind, ...]

    def names(self) -> tuple[str, ...]:
        """The grounds, in the order of the list."""
        return tuple(each.id for each in self.grounds)

    def offered_to(self, caller: Caller) -> tuple[GroundKind, ...]:
        """The grounds that somebody may state: to cross the border of a unit, or to open a case within it."""
        return tuple(each for each in self.grounds if each.within_unit == caller.needs_ground)


@cache
def the_grounds() -> Grounds:
    """The list in force."""
    return load(GROUNDS, Grounds)[0]


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a case is reached that is of another unit, or of the own where one is needed.

    Parameters
    ----------
    kind : str
        One of the list of grounds.
    note : str
        What it consists in. It is kept beside the case and purged with it; the audit keeps the kind only.
    """

    kind: str
    note: str


class OutOfReachError(Exception):
    """The case is there, but not for this account.

    Parameters
    ----------
    may_cross : bool
        Whether the account could reach it by stating a ground. Others are not told that the case exists.
    """

    def __init__(self, *, may_cross: bool) -> None:
        self.may_cross = may_cross
        super().__init__("out of reach")

    def as_problem(self) -> Problem:
        """What the caller is told."""
        return Problem("ground-required" if self.may_cross else "not-found")


def require_access(session: Session, account: Caller, case: str, ground: Ground | None = None) -> str:
    """Make sure that an account may reach a case.

    Parameters
    ----------
    account : Caller
        Whoever wants to reach it.
    case : str
        The key of the case.
    ground : Ground or None
        A ground to cross the border of a unit on, or to open a case within it where one is needed, which is then kept
        and recorded in the audit log. None to go by a ground that the account has stated before and that still holds.

    Returns
    -------
    str
        The kind of ground that the account goes by; empty within its own units, unless it needs one there.

    Raises
    ------
    OutOfReachError
        If the case belongs to other units or the account needs a ground within its own, and none was stated or the
        account may not state one.
    """
    units = session.scalars(select(CaseUnit.unit_id).where(CaseUnit.case_id == case)).all()
    return _require_access(session, account, case, units, ground)


def _require_access(session: Session, account: Caller, case: str, units: Collection[str], ground: Ground | None) -> str:
    needs = account.needs_ground
    if needs and account.units.isdisjoint(units):
        raise OutOfReachError(may_cross=False)
    is_free = reaches(account.units, "", belongs_to=units, needs_ground=needs)
    stated = "" if is_free else _ground_of(session, account, case, ground)
    if not reaches(account.units, stated, belongs_to=units, needs_ground=needs):
        raise OutOfReachError(may_cross=True)
    return stated


def _ground_of(session: Session, account: Caller, case: str, ground: Ground | None) -> str:
    """The ground that is stated now, or was stated before and still holds; empty for none."""
    if not account.may(CROSS) or account.account is None:
        raise OutOfReachError(may_cross=False)
    if ground is not None:
        return _record(session, account, case, ground)
    return _stated_before(session, account, case)


def _stated_before(session: Session, account: Caller, case: str) -> str:
    """The ground that was stated last and still holds, also for the roles of now; empty for none."""
    kinds = [each.id for each in the_grounds().offered_to(account)]
    stated = session.scalars(
        select(Crossing.ground)
        .where(Crossing.account_id == account.actor, Crossing.case_id == case, Crossing.ground.in_(kinds))
        .where(Crossing.until > current_context().now())
        .order_by(Crossing.at.desc())
        .limit(1)
    ).first()
    return stated or ""


def holds_ground(caller: Caller, case: str) -> bool:
    """Whether somebody has stated a ground for reaching a case that still holds."""
    with current_context().database.looking() as session:
        return bool(_stated_before(session, caller, case))


def _record(session: Session, account: Caller, case: str, ground: Ground) -> str:
    kinds = [each.id for each in the_grounds().offered_to(account)]
    if ground.kind not in kinds or not ground.note.strip() or len(ground.note) > LONGEST_NOTE:
        raise ValueError("a ground is one of those that the account is offered, with a note")
    at = current_context().now()
    until = at + timedelta(hours=the_grounds().hours)
    crossing = Crossing(
        id=uuid4().hex, account_id=account.actor, case_id=case, ground=ground.kind, note=ground.note, at=at, until=until
    )
    session.add(crossing)
    session.flush()
    record_event(
        session, audit_event("cross", "case", actor=account.actor, case=case, record=crossing.id, ground=ground.kind)
    )
    return ground.kind


def _cases_with_units(session: Session, named: Mapping[str, str]) -> dict[str, set[str]]:
    """The cases that the records of an address belong to, each with its units.

    Raises
    ------
    Problem
        Kind ``not-found`` where there is no such record.
    """
    units_of: dict[str, set[str]] = {}
    for argument, key in named.items():
        rows = session.execute(_WHOSE[argument], {"key": key}).all()
        if not rows:
            raise Problem("not-found")
        for case, unit in rows:
            units_of.setdefault(case, set()).add(unit)
    return units_of


def reach_record(caller: Caller, declared: Declared, arguments: Mapping[str, Any]) -> None:
    """Make sure that the caller of a route may reach every record that its address names, before its view runs.

    Raises
    ------
    Problem
        Kind ``not-found`` or ``ground-required``; ``forbidden`` where it is not known what the address names.
    """
    named = {name: str(value) for name, value in arguments.items() if name not in declared.plain}
    if not named:
        return
    if named.keys() - RECORDS.keys():
        raise Problem("forbidden")
    if not all(_KEY.fullmatch(key) for key in named.values()):
        raise Problem("not-found")  # no key looks like that, and a database may not even take it
    refused: OutOfReachError | None = None
    grounds = set()
    with current_context().database.glancing() as session:
        cases = _cases_with_units(session, named)
        if len(cases) != 1:
            raise Problem("not-found")  # a record of another case than the address says
        case, units = cases.popitem()
        try:
            grounds.add(_require_access(session, caller, case, units, None))
        except OutOfReachError as error:
            refused = error
    if refused is not None:
        record_event_alone(
            audit_event("refused", "case", actor=caller.actor, case=case, record=case, outcome="refused")
        )
        g.case_beyond_unit = case  # for the page that leads to where the ground is stated
        raise refused.as_problem()
    set_caller(replace(caller, ground=grounds.pop()))


def state_ground(caller: Caller, case: str, ground: Ground) -> datetime:
    """Record on what ground the caller reaches a case.

    Returns
    -------
    datetime
        Until when it holds.

    Raises
    ------
    Problem
        Kind ``not-found`` where the case is not there, or not for this caller.
    """
    with current_context().database.unit_of_work() as session:
        if session.get(Case, case) is None:
            raise Problem("not-found")
        try:
            require_access(session, caller, case, ground)
        except OutOfReachError as error:
            raise error.as_problem() from None
    return current_context().now() + timedelta(hours=the_grounds().hours)
