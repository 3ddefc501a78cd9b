"""The consent gate: may the work be carried out, per person and recipient, on a day.

Consent lifts secrecy between the authorities; it is not a criterion, never changes the outcome, and a court order is
not consent. A guardian's missing consent is a question to the decider, never a stop to support.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from enum import IntEnum
from functools import cached_property
from typing import Any, Literal

from instruments.faults import Fault, InputError
from instruments.messages import Text
from instruments.ratings import BLANK
from instruments.registry import Versioned
from screening.guidance import Note, Parameter
from screening.rules import Citation, Name, Part, Source

YOUTH = "youth"
STATUSES = ("given", "refused", "withdrawn")
_LONGEST_MONTH = 31
#: Where a consent stands on a day.
ConsentStatus = Literal["given", "refused", "withdrawn", "expired", "not_yet_valid", "undated", "not_recorded"]
ReadinessWord = Literal["ready", "unknown", "not_ready"]
_READINESS_WORDS: tuple[ReadinessWord, ...] = ("not_ready", "unknown", "ready")


class Readiness(IntEnum):
    """Whether consents allow the work to start, in order."""

    NOT_READY = 0
    UNKNOWN = 1
    READY = 2

    @property
    def word(self) -> ReadinessWord:
        """The name in files and answers: ``not_ready``, ``unknown`` or ``ready``."""
        return _READINESS_WORDS[self]


class Exchange(Part):
    """Why somebody takes part, what they are told and what they tell: what a consent form says of a recipient."""

    why: Text
    we_tell: Text
    they_tell: Text


class Recipient(Part):
    """Someone with whom information may be shared.

    Parameters
    ----------
    exchange : Exchange or None
        None for those of the first versions, of whom the form's own texts say it.
    """

    id: Name
    label: Text
    exchange: Exchange | None = None


class ConsentRules(Versioned):
    """Whose consent is asked for, and to whom.

    Parameters
    ----------
    adult_age : int
        Completed years from which guardians no longer count.
    mandatory_under, mandatory_from : tuple of recipient ids
        The recipients whose consents decide, below the adult age and from it.
    longest_validity : Parameter or None
        For how many months a consent holds at the most, whatever it says itself. None where no limit was set.
    """

    title: Text
    sources: tuple[Source, ...]
    adult_age: int
    mandatory_under: tuple[Name, ...]
    mandatory_from: tuple[Name, ...]
    longest_validity: Parameter | None = None
    recipients: tuple[Recipient, ...]
    source: Citation
    quote: str
    notes: tuple[Note, ...] = ()

    @cached_property
    def sources_by_id(self) -> Mapping[str, Source]:
        """The sources by id."""
        return {source.id: source for source in self.sources}

    @property
    def longest_months(self) -> int | None:
        """For how many months a consent holds at the most; None for no limit."""
        months = self.longest_validity.default if self.longest_validity else None
        return months if isinstance(months, int) else None

    @cached_property
    def recipient_ids(self) -> tuple[str, ...]:
        """The recipients that a consent may name."""
        return tuple(recipient.id for recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's answer about one recipient.

    A withdrawal with a date holds from that day; without one it holds on every day.
    """

    person: str
    recipient: str
    status: Literal["given", "refused", "withdrawn"] | None
    valid_from: date | None = None
    valid_to: date | None = None
    withdrawn_on: date | None = None

    def status_on(self, day: date, longest_months: int | None) -> ConsentStatus:
        """Where the answer stands on a day.

        Parameters
        ----------
        longest_months : int or None
            For how many months a consent holds at the most; see `ConsentRules.longest_months`.

        Returns
        -------
        str
            ``given``, ``refused``, ``withdrawn``, ``expired``, ``not_yet_valid``, ``undated`` or ``not_recorded``. A
            consent is undated where nothing tells that it is no older than the longest time.
        """
        status: ConsentStatus = self.status or "not_recorded"
        if self.withdrawn_on is not None and status in ("given", "withdrawn"):
            status = "given" if day < self.withdrawn_on else "withdrawn"
        if status != "given":
            return status
        last = self.last_day(longest_months)
        if last is not None and last < day:
            return "expired"
        if self.valid_from is not None:
            return "not_yet_valid" if day < self.valid_from else "given"
        is_dated = longest_months is None or (last is not None and last <= months_after(day, longest_months))
        return "given" if is_dated else "undated"

    def last_day(self, longest_months: int | None) -> date | None:
        """The last day on which it holds, by its own words or by the longest time; None where neither tells."""
        days = [self.valid_to] if self.valid_to is not None else []
        if self.valid_from is not None and longest_months is not None:
            days.append(months_after(self.valid_from, longest_months))
        return min(days, default=None)

    def days_of_change(self, longest_months: int | None) -> Iterator[date]:
        """Yield the days from which it may stand otherwise, in no order."""
        yield from filter(None, (self.valid_from, self.withdrawn_on))
        if last := self.last_day(longest_months):
            yield min(last, date.max - date.resolution) + date.resolution
        if last and longest_months is not None and self.valid_from is None:  # undated until that is no further away
            day = months_after(last, -longest_months) - timedelta(days=_LONGEST_MONTH)
            while months_after(day, longest_months) < last:
                day += date.resolution
            yield day


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > MAXYEAR:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


_READINESS: Mapping[ConsentStatus, Readiness] = {
    "given": Readiness.READY,
    "refused": Readiness.NOT_READY,
    "withdrawn": Readiness.NOT_READY,
    "expired": Readiness.NOT_READY,
    "not_yet_valid": Readiness.UNKNOWN,
    "undated": Readiness.UNKNOWN,
    "not_recorded": Readiness.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Party:
    """Where one person's consent towards one recipient stands on the reference date."""

    person: str
    recipient: str
    status: ConsentStatus
    readiness: Readiness
    is_mandatory: bool
    valid_to: date | None = None

    def as_data(self) -> dict[str, object]:
        """The form that is answered, stored and hashed."""
        return {
            "person": self.person,
            "recipient": self.recipient,
            "status": self.status,
            "readiness": self.readiness.word,
            "mandatory": self.is_mandatory,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
        }


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate and everyone it rests on.

    ``guardians_open`` says that it is not known who the guardians are, or not known whether they count.
    """

    overall: Readiness
    parties: tuple[Party, ...]
    guardians_open: bool

    def as_data(self) -> dict[str, object]:
        """The form that is answered, stored and hashed."""
        return {
            "overall": self.overall.word,
            "parties": [party.as_data() for party in self.parties],
            "guardians_open": self.guardians_open,
        }


def assess_gate(
    rules: ConsentRules,
    *,
    age: int,
    guardians: Sequence[str] | None,
    consents: Sequence[Consent],
    on: date,
) -> Gate:
    """Assess the gate on a day.

    Parameters
    ----------
    age : int
        Completed years, or `BLANK`: then both sides of the adult age must agree, else the gate is unknown.
    guardians : sequence of str or None
        Everyone who is a guardian; None where that is not known.
    """
    sides = [age < rules.adult_age] if age != BLANK else [True, False]
    gates = [_assess(rules, is_under_age, guardians, consents, on) for is_under_age in sides]
    if len(gates) == 1 or gates[0].overall == gates[1].overall:
        return gates[0]
    return Gate(Readiness.UNKNOWN, gates[0].parties, guardians_open=True)


def _assess(
    rules: ConsentRules,
    is_under_age: bool,
    guardians: Sequence[str] | None,
    consents: Sequence[Consent],
    on: date,
) -> Gate:
    mandatory = rules.mandatory_under if is_under_age else rules.mandatory_from
    persons = [YOUTH, *(guardians or ())] if is_under_age else [YOUTH]
    recorded = {(consent.person, consent.recipient): consent for consent in consents}
    pairs = [(person, recipient) for person in persons for recipient in mandatory]
    pairs += [pair for pair in recorded if pair not in pairs]
    parties = []
    for person, recipient in pairs:
        consent = recorded.get((person, recipient), Consent(person, recipient, None))
        status = consent.status_on(on, rules.longest_months)
        is_mandatory = person in persons and recipient in mandatory
        # What has begun to hold shows the day until which it does; of the rest, what was stated.
        last = consent.last_day(rules.longest_months) if status in ("given", "expired") else consent.valid_to
        parties.append(Party(person, recipient, status, _READINESS[status], is_mandatory, last))
    guardians_open = is_under_age and guardians is None
    readiness = [party.readiness for party in parties if party.is_mandatory]
    if guardians_open:
        # A guardian who is not listed may have refused or consented; what is recorded of others shows the floor.
        readiness.append(Readiness.UNKNOWN)
        readiness += [
            party.readiness
            for party in parties
            if party.person != YOUTH and party.recipient in mandatory and party.readiness == Readiness.NOT_READY
        ]
    return Gate(min(readiness), tuple(parties), guardians_open)


def read_consents(
    raw: Sequence[Mapping[str, Any]], guardians: Sequence[str] | None, rules: ConsentRules
) -> tuple[Consent, ...]:
    """Read consents in their JSON form, whose shape has been checked.

    Raises
    ------
    InputError
        For an unknown recipient or status, a person who is neither the young person nor a listed guardian, two
        answers for the same person and recipient, or a validity that ends before it starts.
    """
    faults: list[Fault] = []
    consents: list[Consent] = []
    people = None if guardians is None else {YOUTH, *guardians}
    answered: set[tuple[str, str]] = set()
    for index, given in enumerate(raw):
        where = f"/{index}"
        consent = Consent(**given)
        if consent.recipient not in rules.recipient_ids:
            parameters = {"value": consent.recipient[:80], "allowed": list(rules.recipient_ids)}
            faults.append(Fault("unknown-recipient", f"{where}/recipient", parameters))
        if consent.status is not None and consent.status not in STATUSES:
            faults.append(Fault("unknown-consent-status", f"{where}/status", {"allowed": list(STATUSES)}))
        if people is not None and consent.person not in people:
            faults.append(Fault("unknown-person", f"{where}/person"))
        if (consent.person, consent.recipient) in answered:
            faults.append(Fault("repeated-consent", where))
        if consent.valid_from and consent.valid_to and consent.valid_to < consent.valid_from:
            faults.append(Fault("validity-reversed", f"{where}/valid_to"))
        answered.add((consent.person, consent.recipient))
        consents.append(consent)
    if faults:
        raise InputError(faults)
    return tuple(consents)
