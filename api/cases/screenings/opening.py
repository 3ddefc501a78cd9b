"""Opening a screening for a page: the entry, its case, and the explanation worked out again from what was stored."""

from flask import abort

from api.access.actors import caller_unit
from api.cases.case_file import CaseFile, open_file
from api.cases.frame import library, page, translator
from api.cases.kinds import Screening
from api.cases.ratings.assessments import read_entry
from api.cases.screenings.rules import explanation_of
from api.store.schema import Entry
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from screening.explanation import Explanation


def open_screening(screening_id: str) -> tuple[Entry, CaseFile, Explanation]:
    """A screening that the caller may see, with its case and its explanation.

    The request ends with 404 for an entry of another kind, and with a page and 503 where a definition that the
    screening rested on is not here any more or was altered.

    Raises
    ------
    NotFoundError, ForbiddenError
        As `read_entry`.
    """
    with caller_unit() as unit:
        entry = read_entry(unit, screening_id)
        if entry.kind != Screening.KIND:
            abort(404)
        case_file = open_file(unit, entry.case_id)
    try:
        return entry, case_file, explanation_of(entry, library())
    except (UnknownDefinitionError, AlteredDefinitionError):
        abort(page("gone.html", case_file=case_file, case=case_file.case, entry=entry, words=translator(), status=503))
