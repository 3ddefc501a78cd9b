"""Replaying a screening: the same intake, from what was submitted or from what its digest covers.

What was submitted holds sources and reasons and gives back the whole explanation. What the digest covers holds codes
alone, no free text and no name, and gives back the same digest: that is all an auditor needs.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from instruments.ratings import BLANK, BlankKind, Ratings, read_ratings
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.facts import NOT_APPLICABLE, NOT_APPLICABLE_WORD, Facts, FactValue
from screening.gate import YOUTH, Consent, read_consents
from screening.library import BoundGuidance, Library

_DATES = ("valid_from", "valid_to", "withdrawn_on")


def bind_again(library: Library, covered: Mapping[str, Any]) -> BoundGuidance:
    """The definitions that a screening rested on, the very same files.

    Parameters
    ----------
    covered : Mapping
        `screening.explanation.Explanation.canonical`, parsed.

    Raises
    ------
    UnknownDefinitionError
        If one of them is not here.
    AlteredDefinitionError
        If one of them is not the file that it was.
    """
    recorded: Mapping[str, str] = covered["definitions"]
    known = {each.reference for each in library.instruments}
    instrument = next((reference for reference in recorded if reference in known), None)
    return library.bind(
        covered["guidance"],
        on=date.fromisoformat(covered["reference_date"]),
        instrument=instrument,
        is_rated=covered["inputs"]["items"] is not None,
        recorded=recorded,
    )


def read_recorded_submission(bound: BoundGuidance, submission: Mapping[str, Any]) -> Intake:
    """The intake of a submission.

    Parameters
    ----------
    submission : Mapping
        ``reference_date``, ``facts``, ``ratings``, ``guardians`` and ``consents`` in their JSON forms.

    Raises
    ------
    InputError
        With every fault of the first part that has one.
    """
    on = date.fromisoformat(submission["reference_date"])
    guardians = submission["guardians"]
    consents = [
        {name: _day(value) if name in _DATES else value for name, value in given.items()}
        for given in submission["consents"]
    ]
    return Intake(
        on,
        read_facts(submission["facts"], bound.rules.dictionary, on=on),
        read_ratings(submission["ratings"], bound.rules.instrument) if submission["ratings"] is not None else None,
        None if guardians is None else tuple(guardians),
        read_consents(consents, guardians, bound.consent_rules),
    )


def replay_submission(library: Library, covered: Mapping[str, Any], submission: Mapping[str, Any]) -> Explanation:
    """Screen a stored submission again by the definitions that were used then."""
    bound = bind_again(library, covered)
    return explain(bound, read_recorded_submission(bound, submission))


def replay_covered(library: Library, covered: Mapping[str, Any]) -> Explanation:
    """Screen again from nothing but what the digest covers. The digest is the same; sources and notes are not there."""
    bound = bind_again(library, covered)
    on = date.fromisoformat(covered["reference_date"])
    inputs = covered["inputs"]
    count = inputs["guardians"]
    guardians = None if count is None else tuple(f"guardian_{place}" for place in range(1, count + 1))
    facts = {name: _fact(bound, name, given) for name, given in inputs["facts"].items()}
    ratings = None if inputs["items"] is None else _ratings(bound, inputs["items"])
    return explain(bound, Intake(on, Facts(facts), ratings, guardians, _consents(covered["gate"], on)))


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _fact(bound: BoundGuidance, name: str, given: Mapping[str, Any]) -> FactValue:
    description = bound.rules.describe(name)
    value = given["value"]
    if value is None or value == NOT_APPLICABLE_WORD:
        code = BLANK if value is None else NOT_APPLICABLE
    else:
        code = description.codes.get(value, value)
    blank = BlankKind(given["blank"]) if value is None else None
    return FactValue(
        code,
        observed_on=_day(given.get("observed_on")),
        blank=blank,
        window_months=given.get("window_months"),
        convicted=given.get("convicted"),
        admitted=given.get("admitted"),
    )


def _ratings(bound: BoundGuidance, items: Mapping[str, str]) -> Ratings:
    instrument = bound.rules.instrument
    codes, blanks = [], {}
    for item in instrument.items:
        levels = instrument.codes[item.kind]
        codes.append(levels.get(items[item.id], BLANK))
        if items[item.id] not in levels:
            blanks[item.id] = BlankKind(items[item.id])
    return Ratings(tuple(codes), blanks)


def _consents(gate: Mapping[str, Any], on: date) -> tuple[Consent, ...]:
    """Consents that have the same standing on the reference date; guardians have a number in place of a reference."""
    guardians = {f"guardian_{place}": answers for place, answers in enumerate(gate["guardians"], 1)}
    persons: Mapping[str, Sequence[Mapping[str, Any]]] = {YOUTH: gate["youth"], **guardians}
    return tuple(_consent(person, answer, on) for person, answers in persons.items() for answer in answers)


def _consent(person: str, answer: Mapping[str, Any], on: date) -> Consent:
    status, valid_to = answer["status"], _day(answer["valid_to"])
    given = {"expired": "given", "not_yet_valid": "given", "undated": "given", "not_recorded": None}.get(status, status)
    valid_from = on + timedelta(days=1) if status == "not_yet_valid" else None
    return Consent(person, answer["recipient"], given, valid_from, valid_to)
