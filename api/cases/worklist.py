"""Work as a list of cases with their next steps, the nearest deadline first: one's own, or those of one's units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from api.cases.derived import derive
from api.cases.follow_up_limits import noticed_until
from api.cases.next_step import Role, role_of
from api.cases.ratings.blind_rating import DoubleRating, asked_of, unseen_among
from api.cases.reviews.applicable_result import ApplicableResult
from api.cases.reviews.reviewers import Signatories, allowance
from api.cases.screenings.best_before import keep_best_before
from api.cases.summary import result_of
from api.context.unit import Unit
from api.policies.policies import ReviewPolicy
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.schema import Case, CaseSummary, CaseUnit, Draft, Entry

Sort = Literal["day", "last", "reference"]
SORTS: tuple[Sort, ...] = ("day", "last", "reference")
MINE, ALL = "mine", "all"
REVIEW, CONFIRM, RATE = "review:sign", "deviation:confirm", "assessment:rate_again"

#: The cases of one person, beside those that are listed.
_OWN = aliased(CaseSummary)


@dataclass(frozen=True)
class Wanted:
    """Which cases are listed, and how.

    Parameters
    ----------
    view : str
        `MINE`, `ALL` or one of the actor's units.
    step : str or None
        Only cases at this step; closed ones are listed only so, and where they are searched for.
    reference : str or None
        Any part of the municipality's own reference, whatever the view.
    first : int
        How many are passed over.
    """

    view: str = MINE
    step: str | None = None
    sort: Sort = "day"
    reference: str | None = None
    first: int = 0
    limit: int = 25


@dataclass(frozen=True)
class WorkRow:
    """A case in the list.

    Parameters
    ----------
    step : str or None
        The next step; None for somebody who is to rate the case unseen, as are ``due_on``, ``result`` and what follows
        from it.
    is_turn : bool
        Whether the step waits for the reader.
    draft : str or None
        The assessment in the making.
    stands_through : date or None
        The last day on which the result surely stands if nothing is added.
    """

    case_id: str
    reference: str
    step: str | None
    role: Role | None
    is_turn: bool
    due_on: date | None
    due: str | None
    caseworker: str
    co_worker: str | None
    result: ApplicableResult | None
    screening: str | None
    draft: str | None
    last_entry_at: datetime
    stands_through: date | None


@dataclass(frozen=True)
class AskedToRate:
    """A case that somebody is asked to rate unseen: a task of theirs, beside the step of the case."""

    case_id: str
    reference: str
    since: datetime


@dataclass(frozen=True)
class WorkPage:
    """Some rows, how many are passed over to see the next (None at the end), and what is to be rated unseen."""

    rows: tuple[WorkRow, ...]
    following: int | None
    asked: tuple[AskedToRate, ...]


def list_work(unit: Unit, wanted: Wanted, may: Collection[str]) -> WorkPage:
    """List cases of the actor's units with their next steps.

    Parameters
    ----------
    may : collection of str
        The actions that the actor may do: what waits for a reviewer or a second person is theirs by these.
    """
    derive(unit.session, unit.policies, unit.now.date())
    policy = unit.policies.review_on(unit.now.date()).content
    asked = asked_of(unit.session, unit.actor.id)
    blind = unseen_among(asked)
    keys = _keys(unit.session, _chosen(wanted, unit.actor, may, policy, blind), wanted, blind)
    keep_best_before(unit, keys)
    drafts = _drafts(unit.session, keys)
    details = {row.case_id: row for row in unit.session.execute(_DETAILS.where(CaseSummary.case_id.in_(keys))).all()}
    record_event(unit.session, unit.event("list", "case"))
    rows = [
        _row(details[key], unit.actor, may, policy, drafts.get(key), is_blind=key in blind)
        for key in keys[: wanted.limit]
    ]
    following = wanted.first + wanted.limit if len(keys) > wanted.limit else None
    return WorkPage(tuple(rows), following, _to_rate(unit, asked) if RATE in may else ())


def _chosen(
    wanted: Wanted, actor: Actor, may: Collection[str], policy: ReviewPolicy, blind: Collection[str]
) -> Select[Any]:
    """The cases that are listed; one that is to be rated unseen is chosen by nothing that follows from a rating."""
    units = {wanted.view} if wanted.view in actor.units and wanted.reference is None else actor.units
    # Asked case by case: gathering all cases of the units first takes longer the more there are.
    chosen = select(CaseSummary.case_id).where(
        exists().where(CaseUnit.case_id == CaseSummary.case_id, CaseUnit.unit_id.in_(units))
    )
    if wanted.reference is not None:
        named = aliased(Case)  # beside the one that the order joins
        has_part = named.reference.icontains(wanted.reference, autoescape=True)
        return chosen.where(exists().where(named.id == CaseSummary.case_id, has_part))
    if wanted.step:
        chosen = chosen.where(CaseSummary.step == wanted.step, CaseSummary.case_id.not_in(blind))
    else:
        chosen = chosen.where(CaseSummary.step != "closed")
    if wanted.view != MINE:
        return chosen
    queues = [and_(each, _OWN.case_id.not_in(blind)) for each in _queues(actor, may, policy)]
    own = (*_carried(actor), *queues)  # each found by its own index
    return chosen.where(CaseSummary.case_id.in_(union(*(select(_OWN.case_id).where(each) for each in own))))


def _carried(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The cases that somebody carries."""
    return _OWN.caseworker == actor.id, _OWN.co_worker == actor.id


def _queues(actor: Actor, may: Collection[str], policy: ReviewPolicy) -> list[ColumnElement[bool]]:
    """The cases that wait for somebody as a reviewer or a second person."""
    screening = aliased(Entry)
    assessment = (
        select(screening.subject_id).where(screening.id == _OWN.screening_id).correlate(_OWN)
    ).scalar_subquery()
    queues: list[ColumnElement[bool]] = []
    rated = [] if allowance(policy, "review") else [assessment]
    signed = [_OWN.review_id, *([] if allowance(policy, "be_second_person") else [assessment])]
    for action, step, entries in ((REVIEW, "review", rated), (CONFIRM, "confirm", signed)):
        if action in may:
            theirs = [~exists().where(Entry.id == entry, Entry.made_by == actor.id) for entry in entries]
            queues.append(and_(_OWN.step == step, *theirs))
    return queues


def cases_waiting(unit: Unit, may: Collection[str]) -> set[str]:
    """The cases in which something waits for an actor now, for counting them: the audit is told of nothing.

    That is what waits for a reviewer or a second person, what they are asked to rate unseen, and what they carry with a
    day that is near or past or with a reviewer's question. See `derive`, which is to be called before.
    """
    policy = unit.policies.review_on(unit.now.date()).content
    units = exists().where(CaseUnit.case_id == _OWN.case_id, CaseUnit.unit_id.in_(unit.actor.units))
    is_near = _OWN.due_on <= noticed_until(unit.now.date())
    is_asked = _OWN.step == "answer"  # somebody waits, on no day
    own = and_(or_(*_carried(unit.actor)), or_(is_near, is_asked), _OWN.step.not_in(["review", "confirm", "closed"]))
    chosen = select(_OWN.case_id).where(units, or_(own, *_queues(unit.actor, may, policy)))
    asked = asked_of(unit.session, unit.actor.id)
    return set(unit.session.scalars(chosen)) - unseen_among(asked) | {each.case_id for each in _to_rate(unit, asked)}


def _keys(session: Session, chosen: Select[Any], wanted: Wanted, blind: Collection[str]) -> Sequence[str]:
    """The cases of a page and the one after it; by day, those with a day first, as they stand in the index.

    A case that is to be rated unseen stands among those without a day, since its place would tell of its day.
    """
    limit = wanted.limit + 1
    if wanted.sort == "last":
        ordered = chosen.order_by(CaseSummary.last_entry_at.desc(), CaseSummary.case_id)
        return session.scalars(ordered.offset(wanted.first).limit(limit)).all()
    if wanted.sort == "reference":
        ordered = chosen.join(Case, Case.id == CaseSummary.case_id).order_by(Case.reference, Case.id)
        return session.scalars(ordered.offset(wanted.first).limit(limit)).all()
    dated = chosen.where(CaseSummary.due_on.is_not(None), CaseSummary.case_id.not_in(blind))
    keys = session.scalars(
        dated.order_by(CaseSummary.due_on, CaseSummary.case_id).offset(wanted.first).limit(limit)
    ).all()
    if len(keys) == limit:
        return keys
    passed = wanted.first + len(keys)
    if not keys and wanted.first:
        passed = session.scalars(select(func.count()).select_from(dated.subquery())).one()
    has_no_day = or_(CaseSummary.due_on.is_(None), CaseSummary.case_id.in_(blind))
    undated = chosen.where(has_no_day).order_by(CaseSummary.case_id)
    rest = undated.offset(max(wanted.first - passed, 0)).limit(limit - len(keys))
    return [*keys, *session.scalars(rest)]


_SCREENING, _ASSESSMENT, _REVIEW = aliased(Entry), aliased(Entry), aliased(Entry)
_DETAILS = (
    select(
        CaseSummary.case_id,
        CaseSummary.step,
        CaseSummary.due_on,
        CaseSummary.due,
        CaseSummary.caseworker,
        CaseSummary.co_worker,
        CaseSummary.outcome,
        CaseSummary.review,
        CaseSummary.stated_outcome,
        CaseSummary.screening_id,
        CaseSummary.last_entry_at,
        CaseSummary.stands_through,
        Case.reference,
        _ASSESSMENT.made_by.label("rater"),
        _REVIEW.made_by.label("reviewer"),
    )
    .join(Case, Case.id == CaseSummary.case_id)
    .outerjoin(_SCREENING, _SCREENING.id == CaseSummary.screening_id)
    .outerjoin(_ASSESSMENT, _ASSESSMENT.id == _SCREENING.subject_id)
    .outerjoin(_REVIEW, _REVIEW.id == CaseSummary.review_id)
)


def _row(
    row: Any, actor: Actor, may: Collection[str], policy: ReviewPolicy, draft: str | None, *, is_blind: bool
) -> WorkRow:
    step = None if is_blind else row.step
    role = role_of(step) if step else None
    return WorkRow(
        case_id=row.case_id,
        reference=row.reference,
        step=step,
        role=role,
        is_turn=_is_turn(row, role, actor, may, policy),
        due_on=None if is_blind else row.due_on,
        due=None if is_blind else row.due,
        caseworker=row.caseworker,
        co_worker=row.co_worker,
        result=None if is_blind else result_of(row),
        screening=row.screening_id,
        draft=None if is_blind else draft,
        last_entry_at=row.last_entry_at,
        stands_through=None if is_blind or step == "closed" else row.stands_through,
    )


def _is_turn(row: Any, role: Role | None, actor: Actor, may: Collection[str], policy: ReviewPolicy) -> bool:
    people = Signatories(row.rater, row.reviewer)
    if role == "reviewer":
        return REVIEW in may and people.hindrance_to_review(actor.id, policy) is None
    if role == "second_person":
        return CONFIRM in may and people.hindrance_to_second_person(actor.id, policy) is None
    return role is not None and actor.id in (row.caseworker, row.co_worker)


def _drafts(session: Session, keys: Sequence[str]) -> dict[str, str]:
    """The assessment in the making of each case that has one."""
    chosen = select(Draft.case_id, Draft.id).where(Draft.case_id.in_(keys), Draft.kind == "assessment")
    return {row.case_id: row.id for row in session.execute(chosen)}


def _to_rate(unit: Unit, asked: Sequence[DoubleRating]) -> tuple[AskedToRate, ...]:
    """What the actor is still to rate unseen in their units, the oldest request first."""
    since: dict[str, datetime] = {}
    for pair in asked:
        if pair.is_unanswered:
            since.setdefault(pair.request.case_id, pair.request.made_at)
    is_ours = exists().where(CaseUnit.case_id == Case.id, CaseUnit.unit_id.in_(unit.actor.units))
    chosen = select(Case.id, Case.reference).where(Case.id.in_(since), is_ours)
    references = {row.id: row.reference for row in unit.session.execute(chosen)} if since else {}
    return tuple(AskedToRate(key, references[key], day) for key, day in since.items() if key in references)
