"""What someone outside may see of a case now: police, school and others have no login, they are given a view.

A view holds what the work together needs: that it goes on, its meetings and its plan. It never holds an item, a fact,
an assessment or a screening, whatever was consented to. A guardian's holds as little, and needs no consent: it is their
own right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.cases.consents.rules import Sharing, consents_among, sharing_among
from api.cases.journal import current_among, entries, open_case
from api.cases.participation.rules import Participation, participations_among
from api.context.unit import Unit
from api.disclosure.readers import Reader
from api.disclosure.seen_entries import SHARED, entries_seen
from api.store.audit_chain import record_event
from api.store.schema import Case, Entry

FORMAT = "underlag-view-2"


@dataclass(frozen=True)
class View:
    """A view for a reader.

    Parameters
    ----------
    data : dict or None
        None where nothing may be shared now; `sharing` says whose consent is missing.
    """

    sharing: Sharing
    data: dict[str, Any] | None


def view_for(unit: Unit, case_id: str, reader: Reader) -> View:
    """What a reader may see on the day of the unit of work; the export, or its refusal, is recorded in the audit log.

    Parameters
    ----------
    reader : Reader
        A guardian or somebody outside, from `api.disclosure.readers`.
    """
    case = open_case(unit, case_id, action="export")
    view = read_view(unit, case, reader)
    outcome = "done" if view.sharing.is_allowed else "refused"
    record_event(unit.session, unit.event("export", "view", case=case_id, record=case_id, outcome=outcome))
    return view


def read_view(unit: Unit, case: Case, reader: Reader) -> View:
    """What a view would hold. Nothing is recorded in the audit log: this is not given to anybody."""
    today = unit.now.date()
    recorded = entries(unit.session, case.id)
    needs_consent = not reader.is_guardian
    sharing = (
        sharing_among(case, recorded, reader.code, today, unit.library)
        if needs_consent
        else Sharing(reader.code, today, (), guardians_known=True)
    )
    if not sharing.is_allowed:
        return View(sharing, None)
    seen = [each.recorded for each in entries_seen(recorded, reader, unit.library)]
    return View(
        sharing,
        {
            "format": FORMAT,
            "made_on": today.isoformat(),
            "recipient": reader.kind if reader.is_guardian else reader.code,
            "reference": case.reference,
            **(consented(recorded, sharing) if needs_consent else {"consented_to": [], "valid_to": None}),
            "participation": [_period(each) for each in participations_among(seen)],
        },
    )


def consented(recorded: Sequence[Entry], sharing: Sharing) -> dict[str, Any]:
    """What was consented to and until when, by those whose consent counts and nobody who counts no more."""
    persons = {person for person, _ in sharing.persons}
    held = [each for each in consents_among(recorded) if _counts(each, persons, sharing.recipient)]
    given = [each for each in current_among(recorded, "consent") if _counts(each.content, persons, sharing.recipient)]
    return {
        "consented_to": list(dict.fromkeys(each.content["content"] for each in given if each.content["content"])),
        "valid_to": min((each["valid_to"] for each in held if each["valid_to"]), default=None),
    }


def _counts(consent: dict[str, Any], persons: set[str], recipient: str) -> bool:
    return consent["recipient"] == recipient and consent["person"] in persons


def _period(period: Participation) -> dict[str, Any]:
    """A period of work with its meetings and its plan. What came after its end belongs to work that is not seen."""
    last = period.ended.number if period.ended else None
    return {
        "started_on": period.started_on.isoformat(),
        "ended_on": period.ended.content["ended_on"] if period.ended else None,
        "next_meeting_by": period.next_meeting_by.isoformat() if period.next_meeting_by else None,
        "events": [
            {"kind": event.kind, **event.content}
            for event in period.events
            if event.kind in SHARED and (last is None or event.number < last)
        ],
    }
