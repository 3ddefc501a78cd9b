"""From a posted form to the request that a program would send, so that both are read by the same code."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.context.context import Context
from api.evaluation.evaluation_input import Submission, read_submission
from api.evaluation.schemas import EvaluationSchema
from api.settings.clock import local_now
from api.web import field_names as names
from api.web.field_names import NO_INSTRUMENT, NOT_ASKED, NOT_FOUND
from api.web.shape import read_shape
from instruments.faults import Fault, InputError
from instruments.model import Instrument
from screening.coding import SUMMARY_RATING
from screening.facts import EVER, NOT_APPLICABLE_WORD, FactDescription
from screening.gate import ConsentRules
from screening.library import BoundGuidance
from screening.presentation import shown_in

#: The flag that comes before everything else, in a form and beside a result.
SAFETY = "safety_first"
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
Values = Mapping[str, str]


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with a field of the form."""

    field: str
    fault: Fault


def texts_by_field(faults: Iterable[FieldFault], wording: Callable[[Fault], str]) -> dict[str, list[str]]:
    """What is wrong with each field, in the words that ``wording`` gives a fault."""
    texts: dict[str, list[str]] = {}
    for each in faults:
        texts.setdefault(each.field, []).append(wording(each.fault))
    return texts


class FormError(ValueError):
    """A form that cannot be used as it stands, with every fault in it."""

    def __init__(self, faults: list[FieldFault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{each.field}: {each.fault.code}" for each in faults))


def asked_recipients(rules: ConsentRules) -> tuple[str, ...]:
    """The recipients that the form asks about: those that the gate waits for, at any age."""
    wanted = {*rules.mandatory_under, *rules.mandatory_from}
    return tuple(name for name in rules.recipient_ids if name in wanted)


def tested_facts(bound: BoundGuidance) -> tuple[str, ...]:
    """The facts that criteria and flags test, without the summary rating, which is asked for last."""
    return tuple(name for name in bound.rules.fact_names if name != SUMMARY_RATING)


def safety_facts(bound: BoundGuidance) -> tuple[str, ...]:
    """The facts that tell whether anyone is in danger: those of the flag that comes first."""
    return bound.rules.facts_of(SAFETY)


def shown_facts(bound: BoundGuidance) -> tuple[str, ...]:
    """The facts that are asked for and only shown."""
    known, shown = bound.rules.dictionary.by_id, shown_in("form", local_now().date())
    return tuple(name for name in shown if name in known and name not in bound.rules.fact_names)


def typed_facts(bound: BoundGuidance) -> frozenset[str]:
    """The facts whose value is typed in as a number, whether this guidance tests them or not."""
    return frozenset(fact.id for fact in bound.rules.dictionary.facts if fact.kind in ("whole_number", "offences"))


def wants_summary(values: Values, bound: BoundGuidance) -> bool:
    """Whether the professional's summary rating is asked for before anything is counted."""
    return values.get("instrument") != NO_INSTRUMENT or SUMMARY_RATING in bound.rules.fact_names


def read_form(values: Values, bound: BoundGuidance, context: Context, *, with_summary: bool) -> Submission:
    """Read a form.

    Parameters
    ----------
    values : Mapping of str to str
        By the field's name; see `api.web.field_names`.
    bound : BoundGuidance
        The guidance whose form it is.
    with_summary : bool
        Whether the summary rating belongs to the form yet.

    Raises
    ------
    FormError
        With every fault and its field.
    """
    reading = _Reading(values, bound)
    body = reading.body(with_summary=with_summary)
    faults = reading.faults
    try:
        submission = read_submission(context, read_shape(EvaluationSchema(), body))
    except InputError as error:
        numbers = typed_facts(bound)
        placed = [FieldFault(_field_of(each, reading.consents, numbers), each) for each in error.faults]
        raise FormError([*faults, *(each for each in placed if not _is_known(each, faults))]) from None
    if faults:
        raise FormError(faults)
    return submission


def facts_in(values: Values, bound: BoundGuidance, asked: Sequence[str]) -> tuple[dict[str, Any], list[FieldFault]]:
    """Some facts of a form in the form in which they are sent, and what could not be read."""
    reading = _Reading(values, bound)
    given = {name: reading.fact(bound.rules.dictionary.by_id[name]) for name in asked}
    return given, [fault for fault in reading.faults if fault.field.split(".")[1:2] in ([name] for name in asked)]


def _field_of(fault: Fault, consents: list[str], numbers: frozenset[str]) -> str:
    # A missing reason is told of the item; the form has a field of its own for it.
    is_of_item = fault.where.startswith("/ratings/items/") and fault.code == "reason-missing"
    return names.field_at(fault.where + ("/reason" if is_of_item else ""), consents, numbers)


def _is_known(fault: FieldFault, faults: list[FieldFault]) -> bool:
    return any(fault.field == each.field for each in faults)


class _Reading:
    """One pass over the fields."""

    def __init__(self, values: Values, bound: BoundGuidance) -> None:
        self._values = values
        self._bound = bound
        self.consents: list[str] = []
        self.faults: list[FieldFault] = [
            FieldFault(name, Fault("text-unreadable", "", {"name": name}))
            for name, value in values.items()
            if "\0" in value
        ]

    def body(self, *, with_summary: bool) -> dict[str, Any]:
        rules = self._bound.rules
        asked = (*tested_facts(self._bound), *shown_facts(self._bound))
        facts = {name: self.fact(rules.describe(name)) for name in asked}
        if with_summary and wants_summary(self._values, self._bound):
            facts[SUMMARY_RATING] = self._summary()
        is_rated = self._text("instrument") != NO_INSTRUMENT
        return {
            "reference_date": self._text("reference_date"),
            "guidance": self._bound.name,
            "facts": facts,
            "ratings": self._ratings(rules.instrument) if is_rated else None,
            "guardians": self._guardians(),
            "consents": list(self._consents()),
        }

    def _text(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def fact(self, description: FactDescription) -> Any:
        name = description.id
        about = {
            part: text
            for part in ("source", "observed_on", "reason")
            if (text := self._text(names.fact(name, part))) is not None
        }
        answer = self._text(names.fact(name))
        if description.kind in ("choice", "text"):
            value: Any = answer if answer not in (NOT_ASKED, NOT_FOUND) else None
        else:
            value = self._number(name, "number")
            if value is not None and answer in (NOT_ASKED, NOT_APPLICABLE_WORD):
                self.faults.append(FieldFault(names.fact(name, "number"), Fault("value-and-missing", "")))
            if value is None and answer == NOT_APPLICABLE_WORD:
                value = answer
        if answer == NOT_FOUND:
            return {"missing": NOT_FOUND, **({"value": value} if value is not None else {}), **about}
        if description.kind == "offences":
            about |= self._offence_details()
        return {"value": value, **about} if about else value

    def _offence_details(self) -> dict[str, Any]:
        window = self._text(names.fact("offence_count", "window"))
        months = self._number("offence_count", "months")
        by_standing = {name: self._number("offence_count", name) for name in ("convicted", "admitted")}
        details: dict[str, Any] = {name: number for name, number in by_standing.items() if number is not None}
        if window == EVER:
            return details | {"window_months": EVER}
        if months is None and window == "months":
            where = names.fact("offence_count", "months")
            self.faults.append(FieldFault(where, Fault("months-missing", "")))
        return details if months is None else details | {"window_months": months}

    def _summary(self) -> Any:
        answer, reason = self._text(names.fact(SUMMARY_RATING)), self._text(names.fact(SUMMARY_RATING, "reason"))
        if answer is None:
            self.faults.append(FieldFault(names.fact(SUMMARY_RATING), Fault("summary-missing", "")))
        if reason is None:
            where = names.fact(SUMMARY_RATING, "reason")
            self.faults.append(FieldFault(where, Fault("summary-reason-missing", "")))
        if answer == NOT_FOUND:
            return {"missing": NOT_FOUND, "reason": reason}
        return {"value": answer, "reason": reason}

    def _number(self, name: str, part: str) -> int | str | None:
        text = self._text(names.fact(name, part))
        return int(text) if text and _WHOLE_NUMBER.fullmatch(text) else text

    def _ratings(self, instrument: Instrument) -> dict[str, Any]:
        items = {item.id: self._item(item.id) for item in instrument.items}
        return {"instrument": self._text("instrument"), "items": items}

    def _item(self, name: str) -> Any:
        answer, note = self._text(names.item(name)), self._text(names.item(name, "note"))
        if answer == NOT_FOUND:
            return {"missing": NOT_FOUND, "reason": note}
        level = None if answer == NOT_ASKED else answer
        return level if note is None else {"level": level, "note": note}

    def _guardians(self) -> list[str] | None:
        number = self._text("guardians")
        if number in ("0", "1", "2"):
            return list(names.GUARDIANS[: int(number)])
        return None

    def _consents(self) -> Iterator[dict[str, Any]]:
        for person, recipient in names.all_consents(asked_recipients(self._bound.consent_rules)):
            field = names.consent(person, recipient)
            status = self._text(field)
            if status is not None and status != NOT_ASKED:
                self.consents.append(field)
                yield {"person": person, "recipient": recipient, "status": status}
