"""Extracts: everything that is recorded about a person, for the person, or for a guardian what they may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.blindness import seen_by
from api.records.consents import guardians_of
from api.records.journal import entries, open_case
from api.records.kinds import Screening
from api.records.refusals import RuleError
from api.store.audit_chain import tell
from api.store.schema import Case, Entry, Monitoring
from screening.fact_reading import completed_years
from screening.gate import YOUTH
from screening.library import Library

FORMAT = "underlag-extract-1"


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


def readers_of(session: Session, case: Case, on: date, library: Library) -> tuple[str, ...]:
    """Who may have an extract: the young person, and their guardians until they are of age."""
    adult_age = library.consent_rules(on).adult_age
    is_adult = case.birth_date is not None and completed_years(case.birth_date, on) >= adult_age
    return (YOUTH,) if is_adult else (YOUTH, *(guardians_of(session, case.id) or ()))


def extract(session: Session, now: datetime, actor: Actor, case_id: str, reader: str, library: Library) -> Extract:
    """Everything about the person of a case that a reader may see; the audit is told of the export.

    Parameters
    ----------
    reader : str
        One of `readers_of`.

    Raises
    ------
    RuleError
        ``not-a-party`` for anyone else: what others may see goes by consent.
    """
    case = open_case(session, now, actor, case_id, action="export")
    if reader not in readers_of(session, case, now.date(), library):
        raise RuleError("not-a-party")
    recorded = entries(session, case_id)
    shown = seen_by(session, case_id, recorded, actor.id)
    if reader != YOUTH:
        hidden = hidden_from_guardians(recorded)
        shown = [entry for entry in shown if entry.id not in hidden]
    monitoring = session.get(Monitoring, case_id) if reader == YOUTH else None
    tell(session, actor.did(now, "export", "extract", case=case_id, record=case_id))
    data: dict[str, Any] = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "reader": reader,
        "case": {
            "reference": case.reference,
            "birth_date": case.birth_date.isoformat() if case.birth_date else None,
            "personal_number": "kept as a keyed digest" if case.identity_digest else None,
            "opened_at": case.opened_at.isoformat(),
            "opened_by": case.opened_by,
        },
        "entries": [_as_data(entry) for entry in shown],
    }
    if monitoring is not None:
        data["monitoring"] = {"registered_sex": monitoring.registered_sex}
    return Extract(data, len(recorded) - len(shown))


def hidden_from_guardians(recorded: Sequence[Entry]) -> set[str]:
    """What of a case's journal no guardian may see: what is marked, what is about it, and what takes its place.

    A screening is hidden with any of the facts and the assessment that it rests on. One pass finds all, since an
    entry only ever refers to earlier ones.
    """
    hidden: set[str] = set()
    for entry in recorded:
        rests_on = entry.content["facts"] if entry.kind == Screening.KIND else ()
        if entry.hidden_from_guardians or not hidden.isdisjoint((entry.subject_id, entry.supersedes_id, *rests_on)):
            hidden.add(entry.id)
    return hidden


def _as_data(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "number": entry.number,
        "kind": entry.kind,
        "made_at": entry.made_at.isoformat(),
        "made_by": entry.made_by,
        "about": entry.subject_id,
        "takes_the_place_of": entry.supersedes_id,
        "content": entry.content,
    }
