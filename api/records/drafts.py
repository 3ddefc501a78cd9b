"""Drafts: assessments in the making, saved as they are written, never silently overwritten."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.blindness import is_unseen_draft, open_request_to
from api.records.content import LONGEST_TEXT, Content, Reference, read_content
from api.records.journal import hold, open_case
from api.records.kinds import Level
from api.records.refusals import ForbiddenError, NotFoundError, RuleError, StaleDraftError
from api.store.audit_chain import tell
from api.store.schema import Draft
from instruments.faults import InputError
from instruments.profile import Profile, profile
from instruments.ratings import Ratings, read_ratings
from screening.library import Library

ASSESSMENT = "assessment"
SECOND_RATING = "second_rating"


def _writable(text: str) -> str:
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise PydanticCustomError("text-unreadable", "unreadable")
    return text


#: A text in the making: it may still be empty.
Unfinished = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_writable)]


class UnfinishedSummary(Content):
    """The summary rating while it is written."""

    reoffending_risk: Level | None = None
    violence_risk: Level | None = None
    reasons: Unfinished = ""

    @property
    def is_given(self) -> bool:
        """Whether there is a rating and its reasons."""
        return self.reoffending_risk is not None and bool(self.reasons.strip())


class AssessmentDraft(Content):
    """An assessment while it is written: the shape of `api.records.kinds.Assessment` with nothing required.

    ``at`` is the item, or the part, that was written in last, so that the writer comes back to it. ``unfinished``
    holds, by the field of the form, what was written and is no complete answer yet, such as missing material without
    its reason: it is kept as it is, counts as a blank, and has to be completed or removed before the draft is signed.
    """

    KIND: ClassVar[str] = "draft"

    assessed_on: date | None = None
    instrument: Reference | None = None
    ratings: dict[str, Any] | None = None
    summary: UnfinishedSummary | None = None
    own_view: Unfinished = ""
    agrees: Literal["yes", "partly", "no", "not_asked"] | None = None
    best_interests: Unfinished = ""
    confidence: Level | None = None
    confidence_note: Unfinished = ""
    aggravating: Unfinished = ""
    helping: Unfinished = ""
    acute_safety: Unfinished = ""
    next_review_on: date | None = None
    completeness_reason: Unfinished = ""
    role: Unfinished = ""
    at: Reference | None = None
    unfinished: dict[Reference, Unfinished] = Field(default_factory=dict, max_length=200)

    @property
    def has_summary(self) -> bool:
        """Whether the professional has rated, so that counts may be shown."""
        return self.summary is not None and self.summary.is_given


def start_draft(
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    raw: Mapping[str, Any],
    library: Library,
    *,
    only_second_rating: bool = False,
) -> Draft:
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
    """
    case = open_case(session, now, actor, case_id, action="write")
    request = open_request_to(session, case.id, actor.id)
    if only_second_rating and request is None:
        raise RuleError("not-asked-to-rate")
    kind = SECOND_RATING if request else ASSESSMENT
    hold(session, case)
    known = select(Draft.id).where(Draft.case_id == case.id, Draft.kind == kind)
    if request:
        known = known.where(Draft.subject_id == request.id)
    if session.scalars(known).first() is not None:
        raise RuleError("draft-exists")
    content = read_draft_content(raw, library, now.date())
    draft = Draft(
        id=uuid4().hex,
        case_id=case.id,
        kind=kind,
        subject_id=request.id if request else None,
        content=content.as_data(),
        version=1,
        started_by=actor.id,
        saved_by=actor.id,
        saved_at=now,
        summary_before_counts=content.summary.as_data() if content.summary and content.has_summary else None,
    )
    session.add(draft)
    session.flush()
    tell(session, actor.did(now, "write", "draft", case=case.id, record=draft.id))
    return draft


def read_draft(session: Session, now: datetime, actor: Actor, draft_id: str) -> Draft:
    """A draft, for the people of its case; a blind second rating only for its rater.

    Raises
    ------
    NotFoundError
    ForbiddenError
    """
    draft = session.get(Draft, draft_id)
    if draft is None:
        raise NotFoundError
    open_case(session, now, actor, draft.case_id)
    if is_unseen_draft(session, draft, actor.id):
        told = actor.did(now, "read", "draft", case=draft.case_id, record=draft.id, outcome="refused")
        raise ForbiddenError("blind-until-both-signed", told=told)
    tell(session, actor.did(now, "read", "draft", case=draft.case_id, record=draft.id))
    return draft


def drafts_of(session: Session, now: datetime, actor: Actor, case_id: str) -> Sequence[Draft]:
    """The drafts of a case that this person may see."""
    open_case(session, now, actor, case_id)
    found = session.scalars(select(Draft).where(Draft.case_id == case_id).order_by(Draft.saved_at, Draft.id)).all()
    return [draft for draft in found if not is_unseen_draft(session, draft, actor.id)]


def save_draft(
    session: Session,
    now: datetime,
    actor: Actor,
    draft_id: str,
    version: int,
    raw: Mapping[str, Any],
    library: Library,
) -> Draft:
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
    draft = read_draft(session, now, actor, draft_id)
    content = read_draft_content(raw, library, now.date())
    first = draft.summary_before_counts
    if draft.counts_shown_at is None and content.summary and content.has_summary:
        first = content.summary.as_data()
    saved = session.execute(
        update(Draft)
        .where(Draft.id == draft_id, Draft.version == version)
        .values(
            content=content.as_data(), version=version + 1, saved_by=actor.id, saved_at=now, summary_before_counts=first
        )
        .execution_options(synchronize_session=False)
        .returning(Draft.id)
    ).first()
    found = session.get(Draft, draft_id, populate_existing=True)
    if found is None:
        raise NotFoundError  # it was signed or discarded in between
    if saved is None:
        told = actor.did(now, "read", "draft", case=draft.case_id, record=draft.id)  # the answer shows what was saved
        raise StaleDraftError(as_data(draft), content.as_data(), told=told)
    tell(session, actor.did(now, "write", "draft", case=draft.case_id, record=draft.id))
    return draft


def lock_draft(session: Session, now: datetime, actor: Actor, draft_id: str, version: int | None) -> Draft:
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
    read_draft(session, now, actor, draft_id)
    draft = session.scalars(
        select(Draft).where(Draft.id == draft_id).with_for_update().execution_options(populate_existing=True)
    ).first()
    if draft is None:
        raise NotFoundError
    if version not in (None, draft.version):
        told = actor.did(now, "read", "draft", case=draft.case_id, record=draft.id)  # the answer shows what was saved
        raise StaleDraftError(as_data(draft), {}, told=told)
    return draft


def discard_draft(session: Session, now: datetime, actor: Actor, draft_id: str, version: int | None = None) -> None:
    """Remove a draft that is not to be gone on with; nothing was signed in it. For the errors see `lock_draft`."""
    draft = lock_draft(session, now, actor, draft_id, version)
    session.delete(draft)
    tell(session, actor.did(now, "discard", "draft", case=draft.case_id, record=draft.id))


def counts_of(session: Session, now: datetime, actor: Actor, draft_id: str, library: Library) -> Profile:
    """What the ratings of a draft count up to, once the professional has rated.

    Raises
    ------
    RuleError
        ``summary-rating-missing`` until the summary rating and its reasons are saved; ``ratings-missing``.
    """
    draft = lock_draft(session, now, actor, draft_id, None)
    content = AssessmentDraft.model_validate(draft.content)
    if not content.has_summary:
        raise RuleError("summary-rating-missing")
    if content.ratings is None or content.instrument is None:
        raise RuleError("ratings-missing")
    if draft.counts_shown_at is None:
        draft.counts_shown_at = now
    instrument = library.instruments.find(content.instrument, on=content.assessed_on or now.date()).content
    return profile(instrument, read_ratings(content.ratings, instrument, "/ratings"))


def read_draft_content(raw: Mapping[str, Any], library: Library, today: date) -> AssessmentDraft:
    """Read the content of a draft: shapes and ratings are checked, nothing is required."""
    content = read_content(AssessmentDraft, raw)
    if content.ratings is not None:
        read_rated(content.instrument, content.ratings, content.assessed_on or today, library)
    return content


def read_rated(name: str | None, raw: Mapping[str, Any], on: date, library: Library) -> tuple[Ratings, str]:
    """Ratings by the instrument that they name, and ``id@version`` of that instrument.

    Raises
    ------
    InputError
        If there is no such instrument on that day, or a rating is none of its.
    """
    from instruments.faults import Fault, UnknownDefinitionError

    if name is None:
        raise InputError([Fault("missing-key", "/instrument", {"name": "instrument"})])
    try:
        found = library.instruments.find(name, on=on)
    except UnknownDefinitionError as error:
        raise InputError([error.fault.under("/instrument")]) from error
    return read_ratings(raw, found.content, "/ratings"), found.reference


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
