"""Consents per person and recipient, and whether something may be shared with someone on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from api.cases.age import is_under_age
from api.cases.content import read_content
from api.cases.event_kinds import Guardians
from api.cases.journal import (
    append,
    current_among,
    current_entries,
    entries,
    entry_of,
    latest_among,
    lock_case,
    open_case,
)
from api.cases.kinds import Consent, ConsentWithdrawn, Fact
from api.context.unit import Unit
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from instruments.faults import Fault, InputError
from screening.gate import YOUTH
from screening.gate import Consent as Held
from screening.library import Library


@dataclass(frozen=True)
class Sharing:
    """Whether information may be shared with a recipient on a day.

    Parameters
    ----------
    persons : tuple of (str, str)
        Everyone whose consent counts, with where it stands: ``given``, ``refused``, ``withdrawn``, ``expired``,
        ``not_yet_valid``, ``undated`` or ``not_recorded``.
    guardians_known : bool
        Whether it is known who the guardians are, or they do not count.
    """

    recipient: str
    on: date
    persons: tuple[tuple[str, str], ...]
    guardians_known: bool

    @property
    def is_allowed(self) -> bool:
        """Whether everyone whose consent counts has given it, and it holds on the day."""
        return self.guardians_known and all(status == "given" for _, status in self.persons)


def record_consent(unit: Unit, case_id: str, raw: Mapping[str, Any]) -> Entry:
    """Record one person's answer towards one recipient; it takes the place of their answer before.

    Raises
    ------
    InputError
        For a recipient that does not exist, a person who is neither the young person nor a guardian of the
        case, or an answer that lies ahead.
    """
    content = read_content(Consent, raw)
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    recipients = unit.library.consent_rules(unit.now.date()).recipient_ids
    faults = []
    if content.recipient not in recipients:
        faults.append(
            Fault("unknown-recipient", "/recipient", {"value": content.recipient, "allowed": list(recipients)})
        )
    if content.person not in (YOUTH, *(guardians_of(unit.session, case_id) or ())):
        faults.append(Fault("unknown-person", "/person"))
    if content.answered_on > unit.now.date():
        faults.append(Fault("date-ahead", "/answered_on"))
    if faults:
        raise InputError(faults)
    before = [
        entry
        for entry in current_entries(unit.session, case_id, Consent.KIND)
        if (entry.content["person"], entry.content["recipient"]) == (content.person, content.recipient)
    ]
    return append(unit, case, content, supersedes=before[0].id if before else None)


def withdraw_consent(unit: Unit, case_id: str, consent_id: str, raw: Mapping[str, Any]) -> Entry:
    """Withdraw a consent. From that moment nothing may be shared on it; what was recorded is kept.

    Raises
    ------
    RuleError
        ``consent-superseded``, ``already-withdrawn`` or ``consent-not-given``.
    InputError
        For a day that lies ahead: a withdrawal holds at once.
    """
    content = read_content(ConsentWithdrawn, raw)
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    consent = entry_of(unit.session, case, consent_id, Consent.KIND)
    if content.withdrawn_on > unit.now.date():
        raise InputError([Fault("date-ahead", "/withdrawn_on")])
    if consent.content["status"] != "given":
        raise RuleError("consent-not-given")
    if consent.id not in {entry.id for entry in current_entries(unit.session, case_id, Consent.KIND)}:
        raise RuleError("consent-superseded")
    if any(entry.subject_id == consent.id for entry in entries(unit.session, case_id, ConsentWithdrawn.KIND)):
        raise RuleError("already-withdrawn")
    return append(unit, case, content, subject=consent.id)


def guardians_of(session: Session, case_id: str) -> tuple[str, ...] | None:
    """Everyone who is a guardian; None where that is not recorded."""
    return guardians_among(entries(session, case_id, Guardians.KIND))


def guardians_among(among: Sequence[Entry]) -> tuple[str, ...] | None:
    """The same, by some entries of a case."""
    entry = latest_among(among, Guardians.KIND)
    return tuple(entry.content["guardians"]) if entry else None


def consents_of(session: Session, case_id: str) -> list[dict[str, Any]]:
    """The answers that stand, in the form that `screening.gate.read_consents` reads, dates as text."""
    return consents_among(entries(session, case_id, Consent.KIND, ConsentWithdrawn.KIND))


def consents_among(among: Sequence[Entry]) -> list[dict[str, Any]]:
    """The same, by some entries of a case."""
    withdrawn = {
        entry.subject_id: entry.content["withdrawn_on"] for entry in among if entry.kind == ConsentWithdrawn.KIND
    }
    return [
        {
            "person": entry.content["person"],
            "recipient": entry.content["recipient"],
            "status": "withdrawn" if entry.id in withdrawn else entry.content["status"],
            "valid_from": entry.content["valid_from"] or entry.content["answered_on"],
            "valid_to": entry.content["valid_to"],
            "withdrawn_on": withdrawn.get(entry.id),
        }
        for entry in current_among(among, Consent.KIND)
    ]


def may_share(session: Session, case: Case, recipient: str, on: date, library: Library) -> Sharing:
    """Whether what the case holds may be shared with a recipient on a day.

    The young person's consent always counts. Every guardian's counts under the adult age and while the age is not
    known; where it is not known who the guardians are, nothing may be shared.
    """
    return sharing_with(session, case, [recipient], on, library)[0]


def sharing_with(session: Session, case: Case, recipients: Iterable[str], on: date, library: Library) -> list[Sharing]:
    """The same, for several recipients."""
    recorded = entries(session, case.id, Fact.KIND, Guardians.KIND, Consent.KIND, ConsentWithdrawn.KIND)
    return [sharing_among(case, recorded, recipient, on, library) for recipient in recipients]


def sharing_among(case: Case, recorded: Sequence[Entry], recipient: str, on: date, library: Library) -> Sharing:
    """The same, by the entries of the case."""
    guardians = () if is_under_age(case, recorded, on, library) is False else guardians_among(recorded)
    held = {(each.person, each.recipient): each for each in _held(consents_among(recorded))}
    persons = tuple(
        (
            person,
            held.get((person, recipient), Held(person, recipient, None)).status_on(
                on, library.consent_rules(on).longest_months
            ),
        )
        for person in (YOUTH, *(guardians or ()))
    )
    return Sharing(recipient, on, persons, guardians_known=guardians is not None)


def _held(consents: Sequence[Mapping[str, Any]]) -> list[Held]:
    dates = ("valid_from", "valid_to", "withdrawn_on")
    return [
        Held(
            given["person"],
            given["recipient"],
            given["status"],
            *(date.fromisoformat(given[name]) if given[name] else None for name in dates),
        )
        for given in consents
    ]
