"""Who has been shown what ratings count up to before they rate: it holds although the draft was discarded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from api.cases.journal import entries
from api.cases.ratings.blind_rating import REQUESTED
from api.context.unit import Unit
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.schema import CaseSummary, CountsShown, Draft, Entry

#: What the audit calls the counts of a draft.
_AUDIT_KIND = "counts"


def record_counts_shown(unit: Unit, draft: Draft) -> None:
    """Keep that somebody sees the counts of a draft, and the summary rating as it stood before anybody did."""
    if draft.counts_shown_at is None:
        draft.counts_shown_at = unit.now
    if unit.session.get(CountsShown, (draft.id, unit.actor.id)) is not None or draft.summary_before_counts is None:
        return
    summary = unit.session.get_one(CaseSummary, draft.case_id)
    shown = CountsShown(
        draft_id=draft.id,
        account_id=unit.actor.id,
        case_id=draft.case_id,
        after=summary.entries,
        at=draft.counts_shown_at,
        summary=draft.summary_before_counts,
    )
    unit.session.add(shown)
    record_event(unit.session, unit.event("read", _AUDIT_KIND, case=draft.case_id, record=draft.id))


def carry_over(session: Session, draft: Draft, writer: Actor) -> None:
    """Let a draft say that its writer has been shown counts of the same material, in a draft that is gone.

    The same material is what there is since the assessment that was signed before this one.
    """
    if draft.counts_shown_at is not None:
        return
    chosen = select(CountsShown).where(CountsShown.case_id == draft.case_id, CountsShown.account_id == writer.id)
    begun = _begun_after(session, draft)
    shown = session.scalars(chosen.where(CountsShown.after >= begun).order_by(CountsShown.at).limit(1)).first()
    if shown is not None:
        draft.counts_shown_at = shown.at
        draft.summary_before_counts = draft.summary_before_counts or shown.summary


def _begun_after(session: Session, draft: Draft) -> int:
    """The number of the assessment before the one that a draft is of, or answers; 0 where there is none."""
    request = session.get(Entry, draft.subject_id) if draft.subject_id else None
    if request is None or request.kind != REQUESTED:
        signed = entries(session, draft.case_id, "assessment")
    else:
        assessments = entries(session, draft.case_id, "assessment")
        signed = [each for each in assessments if each.number < request.number and each.id != request.subject_id]
    return signed[-1].number if signed else 0


def counts_known_of(
    session: Session, previous: Entry | None, ratings: Mapping[str, Any], signer: Actor
) -> tuple[datetime, dict[str, Any]] | None:
    """When the signer was shown the counts of the very same ratings in their last assessment, and the summary by then.

    They are shown in its draft, or by the first screening of it. None where they were not, or something is rated
    otherwise now.
    """
    if previous is None or previous.made_by != signer.id or previous.content["ratings"]["items"] != ratings["items"]:
        return None
    if previous.content["counts_shown_at"] is not None:
        shown_at = datetime.fromisoformat(previous.content["counts_shown_at"])
        return shown_at, previous.content["summary_before_counts"]
    screenings = entries(session, previous.case_id, "screening")
    first = next((entry for entry in screenings if entry.subject_id == previous.id), None)
    return (first.made_at, previous.content["summary"]) if first is not None else None


def forget_what_was_signed(session: Session, draft: Draft, signer: Actor) -> None:
    """Forget who has been shown the counts of a draft that is signed: from now on the assessment itself says it."""
    is_done = or_(CountsShown.draft_id == draft.id, CountsShown.account_id == signer.id)
    session.execute(delete(CountsShown).where(CountsShown.case_id == draft.case_id, is_done))
