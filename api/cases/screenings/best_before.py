"""Until when the latest screenings of cases stand, kept with their summaries for lists of many."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, or_, select, update

from api.context.unit import Unit
from api.store.schema import CaseSummary, Entry
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from screening.best_before import BestBefore, find_best_before
from screening.coding import Intake
from screening.fact_reading import parse_date
from screening.library import BoundGuidance, Library
from screening.replay import bind_again, read_recorded_submission

_READ = select(CaseSummary.case_id, CaseSummary.screening_id, Entry.content).join(
    Entry, Entry.id == CaseSummary.screening_id
)
#: Kept of the screening that it was found for alone: another one may have been made meanwhile.
_KEEP = (
    update(CaseSummary)
    .where(CaseSummary.case_id == bindparam("case"), CaseSummary.screening_id == bindparam("screening"))
    .values(stands_through=bindparam("through"), dated_by=bindparam("by"))
)


def best_before_in(submission: Mapping[str, Any], bound: BoundGuidance, intake: Intake, library: Library) -> BestBefore:
    """Until when a stored screening stands if nothing is added.

    Parameters
    ----------
    submission : Mapping
        As it was stored; only the birth date is read of it.
    """
    return find_best_before(library, bound, intake, parse_date(str(submission["facts"].get("birth_date"))))


def keep_best_before(unit: Unit, cases: Collection[str] | Select[Any]) -> None:
    """Keep until when the latest screening of each of some cases stands, where these definitions have not told yet.

    A case that somebody else writes to at this moment is left for the next time, so that no list waits for another.

    Parameters
    ----------
    cases : collection of str, or Select
        The cases, or what chooses their keys.
    """
    name = unit.library.sha256
    is_untold = or_(CaseSummary.dated_by.is_(None), CaseSummary.dated_by != name)
    chosen = _READ.where(CaseSummary.case_id.in_(cases), is_untold)
    rows = unit.session.execute(chosen.with_for_update(of=CaseSummary, skip_locked=True)).all()
    found = [
        {
            "case": row.case_id,
            "screening": row.screening_id,
            "through": _stands_through(row.content, unit.library),
            "by": name,
        }
        for row in rows
    ]
    if found:
        unit.session.connection().execute(_KEEP, found)


def _stands_through(content: Mapping[str, Any], library: Library) -> date | None:
    """The last day on which a screening surely stands; None where time alone does not end it, or nobody can tell."""
    try:
        bound = bind_again(library, content["covered"])
    except (UnknownDefinitionError, AlteredDefinitionError):
        return None
    submission = content["submission"]
    best = best_before_in(submission, bound, read_recorded_submission(bound, submission), library)
    return best.earliest.last_day if best.earliest else None
