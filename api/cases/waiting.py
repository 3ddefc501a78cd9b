"""What waits for somebody: drafts, second ratings, tests and reviews to be made, and days that are near or past."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from api.cases.follow_up_limits import noticed_until
from api.cases.kinds import Consent, ConsentWithdrawn, SecondRatingRequested
from api.cases.ratings.blind_rating import cases_rated_blindly_by, open_request_to
from api.cases.reviews.applicable_result import ApplicableResult, ReviewState
from api.cases.reviews.reviewers import allowance
from api.cases.summary import result_of
from api.policies.policies import Policies, ReviewPolicy
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.schema import Case, CaseSummary, CaseUnit, Draft, Entry

#: In the order in which they are told.
KINDS = (
    "meeting_overdue",
    "second_rating",
    "draft",
    "unscreened",
    "unreviewed",
    "rejected",
    "outcome_not_stated",
    "second_person",
    "consent_expires",
    "reassessment",
)
#: What rests on the assessment that somebody is to rate unseen, and is therefore not told to them. The day for
#: assessing anew stands in the assessment.
_RESTS_ON_ASSESSMENT = frozenset(
    {"unscreened", "unreviewed", "rejected", "outcome_not_stated", "second_person", "reassessment"}
)
#: Of each kind at most so many are told.
MOST = 50


@dataclass(frozen=True)
class Waiting:
    """Something that waits.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    record : str or None
        The draft, screening or consent that it is about.
    by : date or None
        The day by which, or on which, something is to be done.
    since : datetime or None
        When it began to wait, where there is no such day.
    result : ApplicableResult or None
        What applies of the recommendation that waits to be reviewed.
    """

    kind: str
    case_id: str
    reference: str
    record: str | None
    by: date | None
    since: datetime | None
    result: ApplicableResult | None = None


def waiting_for(
    session: Session, now: datetime, actor: Actor, kinds: Collection[str], *, policies: Policies
) -> list[Waiting]:
    """What waits in the actor's units, of some kinds; the soonest first within each.

    A review is never offered to somebody who may not make it: who rated, or for a second person, who reviewed.

    Parameters
    ----------
    kinds : collection of str
        Those of `KINDS` that the actor may do something about.
    policies : Policies
        The municipality's own: what whoever rated may do beside.
    """
    record_event(session, actor.event(now, "list", "case"))
    return find_waiting(session, now, actor, kinds, policies=policies)


def find_waiting(
    session: Session, now: datetime, actor: Actor, kinds: Collection[str], *, policies: Policies
) -> list[Waiting]:
    """What `waiting_for` tells, without telling the audit: for counting it, when nobody sees any of it."""
    policy = policies.review_on(now.date()).content
    finders = {**_FINDERS, **_reviews(policy)}
    found = [each for kind in KINDS if kind in kinds for each in finders[kind](session, now, actor)]
    hidden = cases_rated_blindly_by(session, actor.id, sorted({each.case_id for each in found}))
    return [each for each in found if each.case_id not in hidden or each.kind not in _RESTS_ON_ASSESSMENT]


Chosen = TypeVar("Chosen")


def _reachable(chosen: Select[Case, Chosen], actor: Actor) -> Select[Case, Chosen]:
    return chosen.where(Case.id.in_(select(CaseUnit.case_id).where(CaseUnit.unit_id.in_(actor.units)))).limit(MOST)


def _drafts(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
    own = or_(Draft.started_by == actor.id, Draft.saved_by == actor.id)
    chosen = select(Case, Draft).join(Draft, Draft.case_id == Case.id).where(own).order_by(Draft.saved_at.desc())
    rows = session.execute(_reachable(chosen, actor)).all()
    return [Waiting("draft", case.id, case.reference, draft.id, None, draft.saved_at) for case, draft in rows]


def _second_ratings(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
    chosen = (
        select(Case, Entry)
        .join(Entry, Entry.case_id == Case.id)
        .where(Entry.kind == SecondRatingRequested.KIND, Entry.content["rater"].as_string() == actor.id)
        .order_by(Entry.made_at)
    )
    return [
        Waiting("second_rating", case.id, case.reference, entry.id, None, entry.made_at)
        for case, entry in session.execute(_reachable(chosen, actor)).all()
        if getattr(open_request_to(session, case.id, actor.id), "id", None) == entry.id
    ]


def _by_summary(
    kind: str,
    *wanted: Any,
    signed_by_others: Sequence[Any] = (),
    result: Callable[[CaseSummary], ApplicableResult | None] = lambda summary: None,
) -> Any:
    """A finder by the summaries of cases; the entries whose ids are named must not be signed by whoever asks."""

    def find(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
        own = [exists().where(Entry.id == entry, Entry.made_by == actor.id) for entry in signed_by_others]
        chosen = select(Case, CaseSummary).join(CaseSummary, CaseSummary.case_id == Case.id)
        chosen = chosen.where(*wanted, *(~each for each in own))
        rows = session.execute(_reachable(chosen.order_by(CaseSummary.last_entry_at), actor)).all()
        return [
            Waiting(kind, case.id, case.reference, summary.screening_id, None, summary.last_entry_at, result(summary))
            for case, summary in rows
        ]

    return find


def _meetings(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
    chosen = (
        select(Case, CaseSummary)
        .join(CaseSummary, CaseSummary.case_id == Case.id)
        .where(CaseSummary.next_meeting_by < now.date())
        .order_by(CaseSummary.next_meeting_by)
    )
    return [
        Waiting("meeting_overdue", case.id, case.reference, None, summary.next_meeting_by, None)
        for case, summary in session.execute(_reachable(chosen, actor)).all()
    ]


def _consents(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
    later, withdrawal = aliased(Entry), aliased(Entry)
    last_day = Entry.content["valid_to"].as_string()
    today = now.date()
    chosen = (
        select(Case, Entry)
        .join(Entry, Entry.case_id == Case.id)
        .where(
            Entry.kind == Consent.KIND,
            Entry.content["status"].as_string() == "given",
            last_day >= today.isoformat(),
            last_day <= noticed_until(today).isoformat(),
            ~exists().where(later.supersedes_id == Entry.id),
            ~exists().where(withdrawal.subject_id == Entry.id, withdrawal.kind == ConsentWithdrawn.KIND),
        )
        .order_by(last_day)
    )
    return [
        Waiting("consent_expires", case.id, case.reference, entry.id, _day(entry.content["valid_to"]), None)
        for case, entry in session.execute(_reachable(chosen, actor)).all()
    ]


def _reassessments(session: Session, now: datetime, actor: Actor) -> Sequence[Waiting]:
    review_on = Entry.content["next_review_on"].as_string()
    chosen = (
        select(Case, Entry)
        .join(CaseSummary, CaseSummary.case_id == Case.id)
        .join(Entry, Entry.id == CaseSummary.assessment_id)
        .where(review_on <= noticed_until(now.date()).isoformat())
        .order_by(review_on)
    )
    return [
        Waiting("reassessment", case.id, case.reference, entry.id, _day(entry.content["next_review_on"]), None)
        for case, entry in session.execute(_reachable(chosen, actor)).all()
    ]


def _reviews(policy: ReviewPolicy) -> dict[str, Any]:
    """The finders of reviews that are to be made, for those whom a policy lets make them."""
    screening = aliased(Entry)
    assessment = (
        select(screening.subject_id).where(screening.id == CaseSummary.screening_id).correlate(CaseSummary)
    ).scalar_subquery()
    rated = () if allowance(policy, "review") else (assessment,)
    rated_or_reviewed = (CaseSummary.review_id, *(() if allowance(policy, "be_second_person") else (assessment,)))
    waits = {
        "unreviewed": (CaseSummary.screening_id.is_not(None) & CaseSummary.review.is_(None), rated),
        "rejected": (CaseSummary.review == ReviewState.REJECTED, rated),
        "outcome_not_stated": (CaseSummary.review == ReviewState.OUTCOME_NOT_STATED, rated),
        "second_person": (CaseSummary.review == ReviewState.AWAITS_SECOND_PERSON, rated_or_reviewed),
    }
    return {
        kind: _by_summary(kind, wanted, signed_by_others=others, result=result_of)
        for kind, (wanted, others) in waits.items()
    }


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


_FINDERS: dict[str, Any] = {
    "meeting_overdue": _meetings,
    "second_rating": _second_ratings,
    "draft": _drafts,
    "unscreened": _by_summary("unscreened", CaseSummary.stage == "assessed"),
    "consent_expires": _consents,
    "reassessment": _reassessments,
}
