"""Where a case stands, for lists: a summary that is folded from the entries one by one and can be rebuilt from all."""

from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.store.schema import Case, CaseSummary, Entry

#: At least every fourth week the network meets.
DAYS_BETWEEN_MEETINGS = 28

#: The stage that an entry of a kind takes its case to; other kinds leave the stage as it is.
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
    summary = CaseSummary(case_id=case.id, entries=0, last_entry_at=case.opened_at, stage="opened")
    session.add(summary)
    session.flush()
    return summary


def summarise(summary: CaseSummary, entry: Entry) -> None:
    """Bring the summary of a case up to date with its next entry."""
    summary.entries += 1
    summary.last_entry_at = entry.made_at
    stage = STAGES.get(entry.kind)
    if stage is not None and (summary.stage not in _ONCE_PARTICIPATING or stage in _ONCE_PARTICIPATING):
        summary.stage = stage
    content = entry.content
    if entry.kind == "assessment":
        summary.assessment_id = entry.id
    elif entry.kind == "screening":
        summary.screening_id, summary.review = entry.id, None
        summary.guidance, summary.outcome = content["guidance"], content["outcome"]
    elif entry.kind == "review" and entry.subject_id == summary.screening_id:
        summary.review = "awaits_second_person" if content["needs_second_person"] else content["verdict"]
    elif entry.kind == "review_countersigned":
        summary.review = "deviate"
    elif entry.kind in ("participation_started", "network_meeting"):
        met_on = date.fromisoformat(content.get("held_on") or content["started_on"])
        due = met_on + timedelta(days=DAYS_BETWEEN_MEETINGS)
        summary.next_meeting_by = max(due, summary.next_meeting_by or due)
    elif entry.kind == "participation_ended":
        summary.next_meeting_by = None


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
