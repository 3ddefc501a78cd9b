"""Drafts: assessments in the making, saved as they are written, never silently overwritten."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.cases.journal import lock_case, open_case
from api.cases.ratings.blind_rating import (
    DoubleRating,
    double_ratings,
    is_blind,
    is_unseen_draft,
    open_request_to,
)
from api.cases.ratings.counts_shown import carry_over, record_counts_shown
from api.cases.ratings.draft_content import AssessmentDraft, read_draft_content
from api.context.unit import Unit
from api.store.audit_chain import AuditEvent, record_event
from api.store.refusals import ForbiddenError, NotFoundError, RuleError, StaleDraftError
from api.store.schema import Draft
from instruments.profile import Profile, profile
from instruments.ratings import read_ratings

ASSESSMENT = "assessment"
SECOND_RATING = "second_rating"
#: What the audit calls a draft. It outlives the draft, and tells who may rate the assessment again unseen.
_AUDIT_KINDS = {ASSESSMENT: "draft", SECOND_RATING: "second_rating_draft"}
_OF_CASE = select(Draft).where(Draft.case_id == bindparam("case")).order_by(Draft.saved_at, Draft.id)


def audit_kind_of(kind: str) -> str:
    """What the audit calls the drafts of a kind."""
    return _AUDIT_KINDS[kind]


def _did(unit: Unit, action: str, draft: Draft, *, outcome: str = "done") -> AuditEvent:
    kind = audit_kind_of(draft.kind)
    return unit.event(action, kind, case=draft.case_id, record=draft.id, outcome=outcome)


def start_draft(unit: Unit, case_id: str, raw: Mapping[str, Any], *, only_second_rating: bool = False) -> Draft:
    """Begin an assessment; of the person who was asked for a second rating, that rating.

    Parameters
    ----------
    only_second_rating : bool
        For someone who may rate a second time and not otherwise.

    Raises
    ------
    InputError
        If the content has a fault of shape or a rating that the instrument does not have.
    RuleError
        ``draft-exists``: the case has an assessment in the making, which is to be gone on with;
        ``not-asked-to-rate``.
    ForbiddenError
        ``blind-until-both-signed`` for the second rater who has signed before the first one: the first rating is
        somebody else's.
    """
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    request = open_request_to(unit.session, case.id, unit.actor.id)
    if only_second_rating and request is None:
        raise RuleError("not-asked-to-rate")
    kind = SECOND_RATING if request else ASSESSMENT
    if request is None and is_blind(double_ratings(unit.session, case.id), unit.actor.id):
        refusal = unit.event("write", audit_kind_of(kind), case=case.id, outcome="refused")
        raise ForbiddenError("blind-until-both-signed", event=refusal)
    known = select(Draft.id).where(Draft.case_id == case.id, Draft.kind == kind)
    if request:
        known = known.where(Draft.subject_id == request.id)
    if unit.session.scalars(known).first() is not None:
        raise RuleError("draft-exists")
    content = read_draft_content(raw, unit.library, unit.now.date())
    draft = Draft(
        id=uuid4().hex,
        case_id=case.id,
        kind=kind,
        subject_id=request.id if request else None,
        content=content.as_data(),
        version=1,
        started_by=unit.actor.id,
        saved_by=unit.actor.id,
        saved_at=unit.now,
    )
    carry_over(unit.session, draft, unit.actor)
    _keep_summary(draft, content)
    unit.session.add(draft)
    unit.session.flush()
    record_event(unit.session, _did(unit, "write", draft))
    return draft


def read_draft(unit: Unit, draft_id: str) -> Draft:
    """A draft, for the people of its case; a blind second rating only for its rater.

    Raises
    ------
    NotFoundError
    ForbiddenError
    """
    draft = unit.session.get(Draft, draft_id)
    if draft is None:
        raise NotFoundError
    open_case(unit, draft.case_id)
    if is_unseen_draft(double_ratings(unit.session, draft.case_id), draft, unit.actor.id):
        raise ForbiddenError("blind-until-both-signed", event=_did(unit, "read", draft, outcome="refused"))
    record_event(unit.session, _did(unit, "read", draft))
    return draft


def drafts_of(unit: Unit, case_id: str) -> Sequence[Draft]:
    """The drafts of a case that this person may see, for saying that they are there; see `read_drafts`."""
    open_case(unit, case_id)
    drafts = drafts_in(unit.session, case_id)
    return drafts_seen(drafts, double_ratings(unit.session, case_id), unit.actor.id)


def drafts_in(session: Session, case_id: str) -> Sequence[Draft]:
    """Every draft of a case, for `drafts_seen` alone."""
    return session.scalars(_OF_CASE, {"case": case_id}).all()


def drafts_seen(drafts: Sequence[Draft], pairs: Sequence[DoubleRating], reader: str) -> list[Draft]:
    """Those of the drafts of a case that a reader may see.

    Parameters
    ----------
    pairs : sequence of DoubleRating
        Those of the case, read after the drafts: whoever is asked to rate unseen in between is shown none of them.
    """
    return [draft for draft in drafts if not is_unseen_draft(pairs, draft, reader)]


def read_drafts(unit: Unit, case_id: str, kind: str) -> Sequence[Draft]:
    """The drafts of a kind in a case that this person may see, with what they say."""
    drafts = [draft for draft in drafts_of(unit, case_id) if draft.kind == kind]
    for draft in drafts:
        record_event(unit.session, _did(unit, "read", draft))
    return drafts


def save_draft(unit: Unit, draft_id: str, version: int, raw: Mapping[str, Any]) -> Draft:
    """Save a draft over the version that was read.

    Parameters
    ----------
    version : int
        The version that the writer had before them.

    Raises
    ------
    StaleDraftError
        With both versions, if someone saved in between. Nothing is overwritten.
    InputError
        With every fault of the content.
    """
    draft = lock_draft(unit, draft_id, None)
    content = read_draft_content(raw, unit.library, unit.now.date())
    if draft.version != version:
        raise _stale(unit, draft, content.as_data())
    carry_over(unit.session, draft, unit.actor)
    _keep_summary(draft, content)
    draft.content, draft.version = content.as_data(), version + 1
    draft.saved_by, draft.saved_at = unit.actor.id, unit.now
    unit.session.flush()
    record_event(unit.session, _did(unit, "write", draft))
    return draft


def _keep_summary(draft: Draft, content: AssessmentDraft) -> None:
    """Keep the summary rating for as long as no counts were shown."""
    if draft.counts_shown_at is None and content.summary and content.has_summary:
        draft.summary_before_counts = content.summary.as_data()


def lock_draft(unit: Unit, draft_id: str, version: int | None) -> Draft:
    """A draft that nobody else changes until this unit of work ends.

    Parameters
    ----------
    version : int or None
        The version that was read; None to take it as it stands.

    Raises
    ------
    NotFoundError
    ForbiddenError
    StaleDraftError
        If someone saved the draft since.
    """
    read_draft(unit, draft_id)
    draft = unit.session.scalars(
        select(Draft).where(Draft.id == draft_id).with_for_update().execution_options(populate_existing=True)
    ).first()
    if draft is None:
        raise NotFoundError
    if version not in (None, draft.version):
        raise _stale(unit, draft, {})
    return draft


def _stale(unit: Unit, draft: Draft, refused: Mapping[str, Any]) -> StaleDraftError:
    """Say that somebody saved a draft in between; the answer shows what was saved, so that it is a read."""
    return StaleDraftError(as_data(draft), refused, event=_did(unit, "read", draft))


def discard_draft(unit: Unit, draft_id: str, version: int | None = None) -> None:
    """Remove a draft that is not to be gone on with; nothing was signed in it. For the errors see `lock_draft`."""
    draft = lock_draft(unit, draft_id, version)
    unit.session.delete(draft)
    record_event(unit.session, _did(unit, "discard", draft))


def counts_of(unit: Unit, draft_id: str) -> Profile:
    """What the ratings of a draft count up to, once the professional has rated.

    Raises
    ------
    RuleError
        ``summary-rating-missing`` until the summary rating and its reasons are saved; ``ratings-missing``.
    """
    draft = lock_draft(unit, draft_id, None)
    content = AssessmentDraft.model_validate(draft.content)
    if not content.has_summary:
        raise RuleError("summary-rating-missing")
    if content.ratings is None or content.instrument is None:
        raise RuleError("ratings-missing")
    record_counts_shown(unit, draft)
    instrument = unit.library.instruments.find(content.instrument, on=content.assessed_on or unit.now.date()).content
    return profile(instrument, read_ratings(content.ratings, instrument, "/ratings"))


def as_data(draft: Draft) -> dict[str, Any]:
    """A draft with who saved it when, as JSON."""
    return {
        "id": draft.id,
        "case": draft.case_id,
        "kind": draft.kind,
        "version": draft.version,
        "content": draft.content,
        "saved_by": draft.saved_by,
        "saved_at": draft.saved_at.isoformat(),
    }
