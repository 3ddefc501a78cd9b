"""Cases: opening one, finding the same person again, and lists of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.reach import cases_of
from api.cases.journal import open_case
from api.cases.ratings.blind_rating import cases_rated_blindly_by
from api.cases.reviews.applicable_result import ApplicableResult
from api.cases.summary import begin_summary, result_of
from api.context.unit import Unit
from api.store.audit_chain import record_event
from api.store.identity import IdentityKeys, PersonalNumber, holds_personal_number
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import Case, CaseSummary, CaseUnit, Monitoring, SecrecyUnit
from instruments.faults import Fault, InputError

LONGEST_PAGE = 200


@dataclass(frozen=True)
class NewCase:
    """What a case is opened with.

    Parameters
    ----------
    reference : str
        The municipality's own, once in each unit. Never a personal number.
    number : PersonalNumber or None
        Kept as a digest only; gives the birth date.
    registered_sex : str or None
        For monitoring only; kept apart and never part of an assessment.
    """

    unit: str
    reference: str
    birth_date: date | None = None
    number: PersonalNumber | None = None
    registered_sex: Literal["female", "male"] | None = None


@dataclass(frozen=True)
class Listed:
    """One line of a list of cases.

    Parameters
    ----------
    is_blind : bool
        Whether the reader is to rate this case unseen; ``guidance`` and ``result`` are then left out.
    """

    case: Case
    stage: str
    last_entry_at: datetime
    next_meeting_by: date | None
    caseworker: str
    co_worker: str | None
    guidance: str | None
    result: ApplicableResult | None
    is_blind: bool


def add_unit(unit: Unit, unit_id: str, name: str) -> None:
    """Add a secrecy unit.

    Raises
    ------
    RuleError
        ``unit-taken``.
    """
    if unit.session.get(SecrecyUnit, unit_id) is not None:
        raise RuleError("unit-taken")
    unit.session.add(SecrecyUnit(id=unit_id, name=name))
    unit.session.flush()
    record_event(unit.session, unit.event("write", "secrecy_unit"))


def faults_of_reference(reference: str) -> list[Fault]:
    """What is wrong with a reference for a new case: blank, too long, or a personal number somewhere in it."""
    longest = Case.reference.type.length
    if not reference.strip():
        return [Fault("text-missing", "/reference", {"name": "reference"})]
    if len(reference.strip()) > longest:
        return [Fault("entry-too-long", "/reference", {"name": "reference", "most": longest})]
    if holds_personal_number(reference):
        return [Fault("personal-number-as-reference", "/reference")]
    return []


def start_case(unit: Unit, new: NewCase, keys: IdentityKeys) -> Case:
    """Open a new case in one of the actor's units.

    Raises
    ------
    InputError
        If the birth date is not that of the personal number, or lies ahead; for a reference that cannot be one.
    ForbiddenError
        For a unit that the actor does not belong to.
    RuleError
        ``reference-taken`` or ``unknown-unit``.
    """
    if new.unit not in unit.actor.units:
        raise ForbiddenError("other-unit", event=unit.event("write", "case", outcome="refused"))
    if unit.session.get(SecrecyUnit, new.unit) is None:
        raise RuleError("unknown-unit")
    if faults := faults_of_reference(new.reference):
        raise InputError(faults)
    identity = keys.identify(new.number) if new.number else None
    case = Case(
        id=uuid4().hex,
        unit_id=new.unit,
        reference=new.reference,
        birth_date=_birth_date(new, unit.now.date()),
        identity_digest=identity.digest if identity else None,
        identity_key=identity.key if identity else None,
        opened_at=unit.now,
        opened_by=unit.actor.id,
    )
    unit.session.add(case)
    try:
        unit.session.flush()
    except IntegrityError:
        raise RuleError("reference-taken") from None
    unit.session.add(CaseUnit(case_id=case.id, unit_id=new.unit, since=unit.now, added_by=unit.actor.id))
    if new.registered_sex is not None:
        unit.session.add(Monitoring(case_id=case.id, registered_sex=new.registered_sex))
    begin_summary(unit.session, case)
    record_event(unit.session, unit.event("write", "case", case=case.id, record=case.id))
    return case


def _birth_date(new: NewCase, today: date) -> date | None:
    if new.birth_date is not None and new.birth_date > today:
        raise InputError([Fault("birth-date-ahead", "/birth_date")])
    if new.number is None:
        return new.birth_date
    if new.birth_date not in (None, new.number.birth_date):
        raise InputError([Fault("birth-date-of-another", "/birth_date")])
    return new.number.birth_date


def same_person(unit: Unit, number: PersonalNumber, keys: IdentityKeys) -> Sequence[Case]:
    """The cases of a person in the actor's units, whatever identity key was current when they were opened.

    Cases of other units are not told of: that there is one is itself secret.
    """
    chosen = (
        select(Case)
        .where(Case.identity_digest.in_(keys.possible(number)))
        .where(Case.id.in_(cases_of(unit.actor.units)))
        .order_by(Case.opened_at, Case.id)
    )
    cases = unit.session.scalars(chosen).all()
    record_event(unit.session, unit.event("search", "person"))
    for case in cases:
        record_event(unit.session, unit.event("read", "case", case=case.id, record=case.id))
    return cases


@dataclass(frozen=True)
class Page:
    """Some lines of a list, and where the next ones begin."""

    cases: tuple[Listed, ...]
    after: tuple[datetime, str] | None


def list_cases(
    unit: Unit, *, after: tuple[datetime, str] | None = None, limit: int = 50, stage: str | None = None
) -> Page:
    """The cases of the actor's units, those with the latest entry first.

    Parameters
    ----------
    after : (datetime, str) or None
        `Page.after` of the page before.
    limit : int
        At most `LONGEST_PAGE`.
    """
    limit = min(max(limit, 1), LONGEST_PAGE)
    # Asked case by case, from the latest on: gathering all cases of the units first takes longer the more there are.
    is_ours = exists().where(CaseUnit.case_id == CaseSummary.case_id, CaseUnit.unit_id.in_(unit.actor.units))
    chosen = (
        select(Case, CaseSummary)
        .select_from(CaseSummary)
        .join(Case, Case.id == CaseSummary.case_id)
        .where(is_ours)
        .order_by(CaseSummary.last_entry_at.desc(), CaseSummary.case_id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        moment, case_id = after
        earlier = and_(CaseSummary.last_entry_at == moment, CaseSummary.case_id < case_id)
        chosen = chosen.where(or_(CaseSummary.last_entry_at < moment, earlier))
    if stage is not None:
        chosen = chosen.where(CaseSummary.stage == stage)
    rows = unit.session.execute(chosen).all()
    blind = cases_rated_blindly_by(unit.session, unit.actor.id, [case.id for case, _ in rows])
    record_event(unit.session, unit.event("list", "case"))
    page = tuple(_listed(case, summary, is_blind=case.id in blind) for case, summary in rows[:limit])
    return Page(page, (page[-1].last_entry_at, page[-1].case.id) if len(rows) > limit else None)


def _listed(case: Case, summary: CaseSummary, *, is_blind: bool) -> Listed:
    result = (None, None) if is_blind else (summary.guidance, result_of(summary))
    people = (summary.caseworker, summary.co_worker)
    return Listed(case, summary.stage, summary.last_entry_at, summary.next_meeting_by, *people, *result, is_blind)


def read_case(unit: Unit, case_id: str) -> Listed:
    """One case as it stands; for someone who is to rate it unseen, without its outcome.

    Raises
    ------
    NotFoundError
    ForbiddenError
    """
    case = open_case(unit, case_id)
    summary, is_blind = (
        unit.session.get_one(CaseSummary, case_id),
        case_id in cases_rated_blindly_by(unit.session, unit.actor.id, [case_id]),
    )
    if summary.screening_id is not None and not is_blind:
        record_event(unit.session, unit.event("read", "screening", case=case_id, record=summary.screening_id))
    return _listed(case, summary, is_blind=is_blind)


def units_of(session: Session, case_id: str) -> list[str]:
    """The units that may see a case, in order of name."""
    chosen = select(CaseUnit.unit_id).where(CaseUnit.case_id == case_id).order_by(CaseUnit.unit_id)
    return list(session.scalars(chosen))


def case_by_reference(session: Session, unit: str, reference: str) -> Case:
    """The case of a unit's own reference; open it with `api.cases.journal.open_case` before showing anything.

    Raises
    ------
    NotFoundError
    """
    case = session.scalars(select(Case).where(Case.unit_id == unit, Case.reference == reference)).first()
    if case is None:
        raise NotFoundError
    return case
