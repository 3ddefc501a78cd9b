"""Where a case stands, for lists: a summary that is folded from the entries one by one and can be rebuilt from all."""

from datetime import date
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from api.cases.follow_up_limits import meeting_due_after
from api.cases.reviews.applicable_result import QUESTIONS, SECOND_PERSON, ApplicableResult, ReviewState
from api.cases.standing import standing_from
from api.store.schema import Case, CaseSummary, Entry

#: The stage that an entry of a kind takes its case to; other kinds leave the stage as it is. A review does once
#: everybody who is to sign has signed.
STAGES = {
    "intake": "intake",
    "assessment": "assessed",
    "screening": "screened",
    "review": "reviewed",
    "participation_started": "participating",
    "participation_ended": "ended",
}
_ONCE_PARTICIPATING = ("participating", "ended")


def begin_summary(session: Session, case: Case) -> CaseSummary:
    """The summary of a case that has no entries yet."""
    summary = CaseSummary(
        case_id=case.id, entries=0, last_entry_at=case.opened_at, stage="opened", caseworker=case.opened_by
    )
    session.add(summary)
    session.flush()
    return summary


def summarise(summary: CaseSummary, entry: Entry) -> None:
    """Bring the summary of a case up to date with its next entry."""
    summary.entries += 1
    summary.last_entry_at = entry.made_at
    summary.standing = standing_from(summary.standing).after(entry).model_dump(mode="json")
    summary.derived_by = summary.stands_through = summary.dated_by = None
    _bear_on_result(summary, entry)
    stage = _stage_of(summary, entry)
    begins_anew = entry.kind == "intake" and summary.stage == "ended"
    is_kept = summary.stage in _ONCE_PARTICIPATING and stage not in _ONCE_PARTICIPATING and not begins_anew
    if stage is not None and not is_kept:
        summary.stage = stage
    content = entry.content
    if entry.kind == "assessment":
        summary.assessment_id = entry.id
    elif entry.kind == "screening":
        summary.guidance = content["guidance"]
    elif entry.kind in ("participation_started", "network_meeting"):
        met_on = date.fromisoformat(content.get("held_on") or content["started_on"])
        due = meeting_due_after(met_on)
        summary.next_meeting_by = max(due, summary.next_meeting_by or due)
    elif entry.kind == "participation_ended":
        summary.next_meeting_by = None
    elif entry.kind == "caseworker_assigned":
        summary.caseworker, summary.co_worker = content["caseworker"], content["co_worker"]


def result_of(summary: CaseSummary | Row[Any]) -> ApplicableResult | None:
    """What applies of the latest screening of a case; None without one."""
    if summary.outcome is None:
        return None
    state = ReviewState(summary.review) if summary.review else ReviewState.NOT_REVIEWED
    return ApplicableResult(summary.outcome, state, summary.stated_outcome)


def _bear_on_result(summary: CaseSummary, entry: Entry) -> None:
    result = result_of(summary)
    if entry.kind == "screening":
        summary.screening_id, summary.review_id = entry.id, None
        result = ApplicableResult(entry.content["outcome"])
    elif result is not None and entry.kind == "review" and entry.subject_id == summary.screening_id:
        summary.review_id = entry.id
        result = result.after_review(entry.content)
    elif result is not None and entry.kind in SECOND_PERSON and entry.subject_id == summary.review_id:
        result = result.after_second_person(entry.kind)
    elif result is not None and entry.kind in QUESTIONS:
        result = _after_question(summary, entry, result)
    if result is not None:
        is_begun = result.state is not ReviewState.NOT_REVIEWED
        summary.outcome, summary.stated_outcome = result.computed, result.stated
        summary.review = result.state.value if is_begun else None


def _after_question(summary: CaseSummary, entry: Entry, result: ApplicableResult) -> ApplicableResult:
    """A question about another screening than the latest is nobody's; only the one that stands is answered."""
    if entry.kind != QUESTIONS[0]:
        return result.after_answer()
    return result.after_question() if entry.subject_id == summary.screening_id else result


def _stage_of(summary: CaseSummary, entry: Entry) -> str | None:
    if entry.kind == "review" or entry.kind in SECOND_PERSON:
        result = result_of(summary)
        return STAGES["review" if result is not None and result.is_reviewed else "screening"]
    return STAGES.get(entry.kind)


def rebuild_summaries(session: Session) -> int:
    """Work every summary out again from the entries.

    Returns
    -------
    int
        The number of cases.
    """
    session.execute(delete(CaseSummary))
    cases = session.scalars(select(Case).order_by(Case.id)).all()
    for case in cases:
        summary = begin_summary(session, case)
        for entry in session.scalars(select(Entry).where(Entry.case_id == case.id).order_by(Entry.number)):
            summarise(summary, entry)
    session.flush()
    return len(cases)
