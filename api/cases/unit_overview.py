"""The work of some units in numbers and references: who carries how much, what waits for whom, and what is late.

All of it follows from what is kept for lists (`api.cases.derived`, `api.cases.screenings.best_before`). A case that the
reader is still to rate unseen is counted nowhere, since a number with it beside one without it would tell of it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, not_, select
from sqlalchemy.orm import Session

from api.access.users import colleagues
from api.cases.caseworkers import Carriers, carrying_roles
from api.cases.deadlines import KINDS
from api.cases.derived import derive
from api.cases.follow_up_limits import noticed_until
from api.cases.next_step import STEPS, Role, role_of
from api.cases.ratings.blind_rating import asked_of, unseen_among
from api.cases.reviews.applicable_result import ReviewState
from api.cases.screenings.best_before import is_undated, keep_best_before
from api.context.unit import Unit
from api.store.schema import Case, CaseSummary, CaseUnit

#: So many cases are named in each list.
MOST_NAMED = 25
#: A review that deviates, whether or not its second person has signed.
DEVIATING = (ReviewState.AWAITS_SECOND_PERSON, ReviewState.DEVIATES, ReviewState.OUTCOME_NOT_STATED)


@dataclass(frozen=True)
class Workload:
    """What somebody carries.

    Parameters
    ----------
    account : str or None
        None for cases without a caseworker.
    cases, together : int
        Of how many cases they are the caseworker, and of how many the co-worker.
    late, near : int
        How many of their cases have a day that is past, and how many one that is near.
    """

    account: str | None
    cases: int = 0
    together: int = 0
    late: int = 0
    near: int = 0


@dataclass(frozen=True)
class Waiting:
    """Cases at one step.

    Parameters
    ----------
    since : datetime
        When something was last written in the one that has waited longest.
    """

    step: str
    role: Role | None
    cases: int
    since: datetime


@dataclass(frozen=True)
class DeadlinesOfKind:
    """How many cases have their nearest deadline of a kind past or near."""

    kind: str
    late: int
    near: int


@dataclass(frozen=True)
class NamedCase:
    """A case by its reference, with what it is named for: a deadline and its day, or the state of its review."""

    case_id: str
    reference: str
    caseworker: str
    what: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class NamedCases:
    """How many cases there are of a sort, and the first of them."""

    number: int
    first: tuple[NamedCase, ...]


@dataclass(frozen=True)
class UnitOverview:
    """The open cases of some units.

    Parameters
    ----------
    unseen : int
        How many cases the reader is still to rate unseen, and are counted nowhere.
    without : NamedCases
        Those whose caseworker has no open account that carries cases in a unit of the case.
    run_out : int
        How many have a result that time may have changed something in, so that it is to be worked out again.
    standing : NamedCases
        Those, and the ones for which that is so soon.
    without_day, undated : int
        How many have a result of which no such day is known, and how many one that is still to be dated.
    """

    cases: int
    unseen: int
    workload: tuple[Workload, ...]
    waiting: tuple[Waiting, ...]
    deadlines: tuple[DeadlinesOfKind, ...]
    without: NamedCases
    due: NamedCases
    deviating: NamedCases
    consents: NamedCases
    run_out: int
    standing: NamedCases
    without_day: int
    undated: int

    @property
    def late(self) -> int:
        """How many cases have a day that is past."""
        return sum(each.late for each in self.deadlines)

    @property
    def near(self) -> int:
        """How many cases have a day that is near."""
        return sum(each.near for each in self.deadlines)

    @property
    def running_out(self) -> int:
        """How many have a result that is soon to be worked out again."""
        return self.standing.number - self.run_out


_GROUPED = (CaseSummary.caseworker, CaseSummary.step, CaseSummary.due)


class _Read:
    """What is read of the open cases of some units, leaving out what the reader is to rate unseen."""

    def __init__(self, session: Session, units: Collection[str], unseen: Collection[str], today: date) -> None:
        self._session = session
        is_ours = exists().where(CaseUnit.case_id == CaseSummary.case_id, CaseUnit.unit_id.in_(units))
        self._are_open = (is_ours, CaseSummary.step != "closed", CaseSummary.case_id.not_in(unseen))
        self.is_late = CaseSummary.due_on < today
        self.is_near = CaseSummary.due_on.between(today, noticed_until(today))
        self.is_noticed = CaseSummary.due_on <= noticed_until(today)
        self.has_run_out = CaseSummary.stands_through < today
        self.stands_briefly = CaseSummary.stands_through <= noticed_until(today)
        self.ends_soon = CaseSummary.consent_ends_on.between(today, noticed_until(today))

    @property
    def keys(self) -> Select[Any]:
        """The cases."""
        return select(CaseSummary.case_id).where(*self._are_open)

    def number(self, which: ColumnElement[bool]) -> int:
        """How many cases are of a sort."""
        return self._session.scalars(select(func.count()).select_from(CaseSummary).where(*self._are_open, which)).one()

    def grouped(self, *by: SQLColumnExpression[Any], where: Iterable[ColumnElement[bool]] = ()) -> Sequence[Any]:
        """Count cases by some columns: ``cases``, ``late``, ``near`` and the longest ``since``."""
        chosen = select(
            *by,
            func.count().label("cases"),
            _number_of(self.is_late).label("late"),
            _number_of(self.is_near).label("near"),
            func.min(CaseSummary.last_entry_at).label("since"),
        ).where(*self._are_open, *where)
        return self._session.execute(chosen.group_by(*by)).all()

    def named(self, which: ColumnElement[bool], what: Any = None, day: Any = None, *, number: int | None) -> NamedCases:
        """Name cases of a sort, by their day where they have one, else those with the oldest last entry first.

        Parameters
        ----------
        number : int or None
            How many there are, where that is known.
        """
        if number == 0:
            return NamedCases(0, ())
        order = CaseSummary.last_entry_at if day is None else day
        columns = [CaseSummary.case_id, Case.reference, CaseSummary.caseworker]
        more: list[Any] = [each.label(name) for name, each in (("what", what), ("day", day)) if each is not None]
        chosen = select(*columns, *more).join(Case, Case.id == CaseSummary.case_id).where(*self._are_open, which)
        rows = self._session.execute(chosen.order_by(order, CaseSummary.case_id).limit(MOST_NAMED)).mappings().all()
        if number is None:
            number = len(rows) if len(rows) < MOST_NAMED else self.number(which)
        return NamedCases(number, tuple(NamedCase(**row) for row in rows))


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def overview_of(unit: Unit, units: Collection[str]) -> UnitOverview:
    """The work of some units, for an actor who belongs to them.

    Parameters
    ----------
    units : collection of str
        Some of the actor's units; others are left out.
    """
    today, ours = unit.now.date(), unit.actor.units.intersection(units)
    derive(unit.session, unit.policies, today)
    unseen = unseen_among(asked_of(unit.session, unit.actor.id))
    read, carriers = _Read(unit.session, ours, unseen, today), Carriers(unit.session, ours)
    keep_best_before(unit, read.keys)
    rows = _grouped(read, carriers)
    without = [row for row in rows if row.is_without]
    together = read.grouped(CaseSummary.co_worker, where=[CaseSummary.co_worker.is_not(None)])
    deadlines = _deadlines(rows)
    is_screened, is_to_date = CaseSummary.screening_id.is_not(None), is_undated(unit.library)
    deviates = CaseSummary.review.in_([each.value for each in DEVIATING])
    return UnitOverview(
        sum(row.cases for row in rows),
        _number_of_own(unit.session, ours, unseen),
        _workload(rows, together, colleagues(unit.session, ours, carrying_roles())),
        _waiting(rows),
        deadlines,
        read.named(
            and_(CaseSummary.caseworker.in_({row.caseworker for row in without}), carriers.has_nobody),
            CaseSummary.step,
            number=sum(row.cases for row in without),
        ),
        read.named(
            read.is_noticed,
            CaseSummary.due,
            CaseSummary.due_on,
            number=sum(each.late + each.near for each in deadlines),
        ),
        read.named(deviates, CaseSummary.review, number=None),
        read.named(read.ends_soon, day=CaseSummary.consent_ends_on, number=None),
        read.number(read.has_run_out),
        read.named(read.stands_briefly, day=CaseSummary.stands_through, number=None),
        read.number(and_(is_screened, not_(is_to_date), CaseSummary.stands_through.is_(None))),
        read.number(and_(is_screened, is_to_date)),
    )


class _Group:
    """Cases that are counted together."""

    def __init__(self, row: Any, is_without: bool) -> None:
        self.caseworker, self.step, self.due = row.caseworker, row.step, row.due
        self.cases, self.late, self.near, self.since = row.cases, row.late, row.near, row.since
        self.is_without = is_without


def _grouped(read: _Read, carriers: Carriers) -> list[_Group]:
    """The open cases by caseworker, step and nearest deadline, and whether they are without a caseworker.

    Which unit a case is of is asked for some caseworkers alone, see `Carriers`.
    """
    rows = read.grouped(*_GROUPED)
    asked = carriers.asked_by_case & {row.caseworker for row in rows}
    groups = [_Group(row, row.caseworker not in carriers.everybody) for row in rows if row.caseworker not in asked]
    if asked:
        is_away = case((carriers.is_away, 1), else_=0).label("is_away")
        apart = read.grouped(*_GROUPED, is_away, where=[CaseSummary.caseworker.in_(asked)])
        groups += [_Group(row, bool(row.is_away)) for row in apart]
    return groups


def _number_of_own(session: Session, units: Collection[str], cases: Collection[str]) -> int:
    chosen = select(func.count(CaseUnit.case_id.distinct())).where(CaseUnit.unit_id.in_(units))
    return session.scalars(chosen.where(CaseUnit.case_id.in_(cases))).one()


def _workload(rows: Sequence[_Group], together: Sequence[Any], people: Collection[str]) -> tuple[Workload, ...]:
    """What each carries: first the people of the units in their order, then others, at last cases without anybody."""
    beside = {row.co_worker: row for row in together}
    own: dict[str | None, list[_Group]] = {account: [] for account in (*people, *beside)}
    for row in rows:
        own.setdefault(None if row.is_without else row.caseworker, []).append(row)
    workload = [
        Workload(
            account,
            sum(row.cases for row in carried),
            beside[account].cases if account in beside else 0,
            sum(row.late for row in carried),
            sum(row.near for row in carried),
        )
        for account, carried in own.items()
    ]
    return tuple(sorted(workload, key=lambda each: each.account is None))


def _waiting(rows: Sequence[_Group]) -> tuple[Waiting, ...]:
    """The steps at which cases stand, in the order in which a case goes through them."""
    rows_by_step = {step: [row for row in rows if row.step == step] for step in reversed(STEPS)}
    return tuple(
        Waiting(step, role_of(step), sum(row.cases for row in at_step), min(row.since for row in at_step))
        for step, at_step in rows_by_step.items()
        if at_step
    )


def _deadlines(rows: Sequence[_Group]) -> tuple[DeadlinesOfKind, ...]:
    rows_by_kind = {kind: [row for row in rows if row.due == kind] for kind in KINDS}
    counted = (
        DeadlinesOfKind(kind, sum(row.late for row in of_kind), sum(row.near for row in of_kind))
        for kind, of_kind in rows_by_kind.items()
    )
    return tuple(each for each in counted if each.late or each.near)
