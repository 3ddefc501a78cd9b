"""The next step of a case and its nearest deadline, for one case and, as columns of the summaries, for lists."""

from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, func, select, union, update
from sqlalchemy.orm import Session

from api.cases.deadlines import Deadline, deadlines_of
from api.cases.next_step import CaseState, next_step
from api.cases.standing import standing_from
from api.cases.summary import result_of
from api.policies.policies import Policies
from api.store.schema import Case, CaseSummary

#: Stands for the rules of steps and deadlines in `CaseSummary.derived_by`; a change of them is a new number.
_RULES = "5"
_READ = (
    CaseSummary.case_id,
    CaseSummary.entries,
    CaseSummary.stage,
    CaseSummary.outcome,
    CaseSummary.review,
    CaseSummary.stated_outcome,
    CaseSummary.next_meeting_by,
    CaseSummary.standing,
)
#: The first and the last name by which anything was derived: one look into the index each.
_EXTREMES = select(
    select(func.min(CaseSummary.derived_by)).scalar_subquery(),
    select(func.max(CaseSummary.derived_by)).scalar_subquery(),
)
_KEEP = (
    update(CaseSummary)
    .where(CaseSummary.case_id == bindparam("case"), CaseSummary.entries == bindparam("version"))
    .values(step=bindparam("next"), due_on=bindparam("on"), due=bindparam("what"), consent_ends_on=bindparam("consent"))
)


def step_in(summary: CaseSummary | Row[Any]) -> str:
    """The next step of a case by its summary."""
    return next_step(CaseState(summary.stage, result_of(summary), standing_from(summary.standing)))


def deadlines_in(
    summary: CaseSummary | Row[Any], birth_date: date | None, policies: Policies, today: date
) -> list[Deadline]:
    """The deadlines of a case by its summary, the nearest first."""
    return deadlines_of(standing_from(summary.standing), summary.next_meeting_by, birth_date, policies, today)


def derive(session: Session, policies: Policies, today: date) -> None:
    """Work out step and nearest deadline of every case to which something was added, or of all by another policy.

    So it is for a case of which a consent has gone out since.

    A case that somebody else adds to meanwhile is left for the next time.
    """
    name = f"{_RULES}:{policies.deadlines_digest}"
    chosen = select(*_READ, Case.birth_date).join(Case, Case.id == CaseSummary.case_id)
    changed = [CaseSummary.derived_by.is_(None), CaseSummary.consent_ends_on < today]
    if set(session.execute(_EXTREMES).one()) - {name, None}:
        changed.append(CaseSummary.derived_by != name)
    keys = union(*(select(CaseSummary.case_id).where(each) for each in changed))  # each found by its own index
    rows = session.execute(chosen.where(CaseSummary.case_id.in_(keys)).order_by(CaseSummary.case_id)).all()
    derived = [{"case": row.case_id, "version": row.entries, **_derived(row, policies, today)} for row in rows]
    if derived:
        session.connection().execute(_KEEP.values(derived_by=name), derived)


def _derived(row: Row[Any], policies: Policies, today: date) -> dict[str, Any]:
    deadlines = deadlines_in(row, row.birth_date, policies, today)
    nearest = deadlines[0] if deadlines else None
    consent = next((each.by for each in deadlines if each.kind == "consent_ends"), None)
    return {"next": step_in(row), "on": nearest and nearest.by, "what": nearest and nearest.kind, "consent": consent}
