"""Extracts: everything that is recorded about a person, for the person, or for a guardian what they may see."""

from dataclasses import dataclass
from typing import Any

from api.cases.journal import entries, open_case
from api.cases.ratings.blind_rating import seen_by
from api.cases.reviews.applicable_result import ApplicableResult, latest_result
from api.context.unit import Unit
from api.disclosure.readers import YOUNG_PERSON, Reader
from api.disclosure.seen_entries import entries_seen
from api.store.audit_chain import record_event
from api.store.schema import Case, Monitoring

FORMAT = "underlag-extract-2"


@dataclass(frozen=True)
class Extract:
    """An extract as JSON.

    Parameters
    ----------
    left_out : int
        How many entries the reader may not see. For the person who makes the extract; it does not stand in ``data``,
        since that something is hidden can itself be a danger.
    """

    data: dict[str, Any]
    left_out: int


def extract(unit: Unit, case_id: str, reader: Reader) -> Extract:
    """Everything about the person of a case that a reader may see; the export is recorded in the audit log.

    Parameters
    ----------
    reader : Reader
        The young person or a guardian, from `api.disclosure.readers`.
    """
    case = open_case(unit, case_id, action="export")
    made = read_extract(unit, case, reader)
    record_event(unit.session, unit.event("export", "extract", case=case_id, record=case_id))
    return made


def read_extract(unit: Unit, case: Case, reader: Reader) -> Extract:
    """What an extract would hold. Nothing is told to the audit: this is not given to anybody."""
    recorded = entries(unit.session, case.id)
    for_maker = {entry.id for entry in seen_by(unit.session, case.id, recorded, unit.actor.id)}
    seen = entries_seen(recorded, reader, unit.library, only=for_maker)
    shown: list[Any] = [each.recorded for each in seen]
    result = latest_result(shown)
    monitoring = unit.session.get(Monitoring, case.id) if reader == YOUNG_PERSON else None
    data: dict[str, Any] = {
        "format": FORMAT,
        "made_at": unit.now.isoformat(),
        "reader": reader.kind if reader.is_guardian else reader.code,
        "case": {
            "reference": case.reference,
            "birth_date": case.birth_date.isoformat() if case.birth_date else None,
            "personal_number": "kept as a keyed digest" if case.identity_digest else None,
            "opened_at": case.opened_at.isoformat(),
            "opened_by": case.opened_by,
        },
        "result": _result(result.result) if result else None,
        "entries": [each.as_data() for each in seen],
    }
    if monitoring is not None:
        data["monitoring"] = {"registered_sex": monitoring.registered_sex}
    return Extract(data, len(recorded) - len(seen))


def _result(result: ApplicableResult) -> dict[str, Any]:
    return {
        "state": result.state.value,
        "is_reviewed": result.is_reviewed,
        "applies": result.applies,
        "computed": result.computed,
    }
