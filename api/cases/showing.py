"""Entries and drafts as answers."""

from collections.abc import Mapping
from typing import Any

from api.cases.kind_schemas import HIDDEN
from api.cases.ratings.assessments import read_entry
from api.cases.repeating import Made
from api.context.unit import Unit
from api.store.schema import Entry
from instruments.faults import Fault, InputError

CASES = "/api/v1/cases"


def entry_data(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "id": entry.id,
        "case": entry.case_id,
        "number": entry.number,
        "kind": entry.kind,
        "made_at": entry.made_at.isoformat(),
        "made_by": entry.made_by,
        "about": entry.subject_id,
        "takes_the_place_of": entry.supersedes_id,
        "hidden_from_guardians": entry.hidden_from_guardians,
        "content": entry.content,
    }


def made_entry(entry: Entry) -> Made:
    """The answer that shows an entry that was made."""
    location = f"{CASES}/{entry.case_id}/entries/{entry.id}"
    return Made(entry.case_id, (entry.id,), lambda: entry_data(entry), location)


def entry_again(unit: Unit, records: tuple[str, ...]) -> Made:
    """The answer that shows an entry that was made before."""
    [entry_id] = records
    return made_entry(read_entry(unit, entry_id))


def split_hidden(body: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What an entry says, and whether guardians are not to see it.

    Raises
    ------
    InputError
    """
    content = dict(body)
    hidden = content.pop(HIDDEN, False)
    if not isinstance(hidden, bool):
        raise InputError([Fault("wrong-type", f"/{HIDDEN}", {"name": HIDDEN, "expected": "true_or_false"})])
    return content, hidden


def refuse_own(body: Mapping[str, Any], *names: str) -> None:
    """Refuse what the service says itself and nobody can send.

    Raises
    ------
    InputError
    """
    faults = [Fault("unknown-key", f"/{name}", {"name": name}) for name in names if name in body]
    if faults:
        raise InputError(faults)
