"""Until when the latest screenings of cases stand, kept with their summaries for lists of many."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from api.cases.event_kinds import Guardians
from api.cases.kinds import Assessment, Consent, ConsentWithdrawn, Fact
from api.cases.summary import result_of
from api.context.unit import Unit
from api.store.schema import CaseSummary, Entry
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.best_before import BestBefore, find_best_before
from screening.coding import Intake
from screening.fact_reading import parse_date
from screening.library import BoundGuidance, Library
from screening.replay import bind_again, read_recorded_submission

#: What a screening rests on: one that is older than the latest of these has no day, for the day is told if nothing is
#: added.
RESTED_ON = (Fact.KIND, Guardians.KIND, Consent.KIND, ConsentWithdrawn.KIND, Assessment.KIND)
#: So many are dated at a time: a list is read within a transaction that others who write wait for, and dating a case
#: screens it again on each day that may change it. The next list dates those that are left.
MOST_DATED = 200
_LATER = aliased(Entry)
_IS_ADDED_TO = exists().where(
    _LATER.case_id == CaseSummary.case_id, _LATER.number > Entry.number, _LATER.kind.in_(RESTED_ON)
)
_READ = select(
    CaseSummary.case_id,
    CaseSummary.screening_id,
    CaseSummary.outcome,
    CaseSummary.review,
    CaseSummary.stated_outcome,
    Entry.content,
    _IS_ADDED_TO.label("is_added_to"),
).join(Entry, Entry.id == CaseSummary.screening_id)
#: Kept of the screening that it was found for alone: another one may have been made meanwhile.
_KEEP = (
    update(CaseSummary)
    .where(CaseSummary.case_id == bindparam("case"), CaseSummary.screening_id == bindparam("screening"))
    .values(stands_through=bindparam("through"), dated_by=bindparam("by"))
)


def best_before_in(
    submission: Mapping[str, Any], bound: BoundGuidance, intake: Intake, library: Library | None
) -> BestBefore:
    """Until when a stored screening stands if nothing is added.

    Parameters
    ----------
    submission : Mapping
        As it was stored; only the birth date is read of it.
    library : Library or None
        None for the rules that it was made with alone; see `screening.best_before.find_best_before`.
    """
    return find_best_before(library, bound, intake, parse_date(str(submission["facts"].get("birth_date"))))


def is_undated(library: Library) -> ColumnElement[bool]:
    """Whether these definitions have not told yet until when a case's latest screening stands."""
    return or_(CaseSummary.dated_by.is_(None), CaseSummary.dated_by != library.sha256)


def keep_best_before(unit: Unit, cases: Collection[str] | Select[Any]) -> None:
    """Keep until when the latest screening of each of some cases stands, where these definitions have not told yet.

    A case that somebody else writes to at this moment is left for the next time, so that no list waits for another;
    so are those beyond the first `MOST_DATED`.

    Parameters
    ----------
    cases : collection of str, or Select
        The cases, or what chooses their keys.
    """
    name = unit.library.sha256
    chosen = _READ.where(CaseSummary.case_id.in_(cases), is_undated(unit.library)).limit(MOST_DATED)
    rows = unit.session.execute(chosen.with_for_update(of=CaseSummary, skip_locked=True)).all()
    found = [
        {
            "case": row.case_id,
            "screening": row.screening_id,
            "through": None if _is_overtaken(row) else _stands_through(row.content, unit.library),
            "by": name,
        }
        for row in rows
    ]
    if found:
        unit.session.connection().execute(_KEEP, found)


def _is_overtaken(row: Row[Any]) -> bool:
    """Whether the day of the computed result is nobody's: something was added, or a review states another outcome."""
    result = result_of(row)
    return bool(row.is_added_to) or (result is not None and result.is_replaced)


def _stands_through(content: Mapping[str, Any], library: Library) -> date | None:
    """The last day on which a screening surely stands; None where time alone does not end it, or nobody can tell."""
    try:
        bound = bind_again(library, content["covered"])
        submission = content["submission"]
        best = best_before_in(submission, bound, read_recorded_submission(bound, submission), library)
    except (UnknownDefinitionError, AlteredDefinitionError, InputError):
        return None  # one case that cannot be dated takes no list down
    return best.earliest.last_day if best.earliest else None
