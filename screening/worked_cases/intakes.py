"""Screens worked cases as the service would."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.model import Instrument, Item
from instruments.ratings import Ratings, read_ratings
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.gate import read_consents
from screening.library import Library
from screening.worked_cases.reading import WorkedCase

NOT_FOUND = "not_found"


def screen(case: WorkedCase, library: Library, name: str | None = None) -> Explanation:
    """Screen a case as the service would: read what was put in, bind the guidance, explain.

    Parameters
    ----------
    name : str or None
        The guidance to use in place of the one that the case names, such as a draft by its version.

    Raises
    ------
    InputError
        If what was put in cannot be read; with the JSON pointer of each fault, as the service would answer.
    UnknownDefinitionError
        If there is no such guidance, or it was not in force on the day of the case.
    """
    rating = case.ratings
    bound = library.bind(
        name or case.guidance,
        on=case.on,
        instrument=rating.get("instrument") if rating else None,
        is_rated=rating is not None,
    )
    facts = read_facts(facts_as_sent(case), library.facts(case.on), on=case.on)
    consents = read_consents(consents_as_sent(case), case.guardians, library.consent_rules(case.on))
    guardians = None if case.guardians is None else tuple(case.guardians)
    ratings = read_case_ratings(rating, bound.rules.instrument) if rating is not None else None
    return explain(bound, Intake(case.on, facts, ratings, guardians, consents))


def facts_as_sent(case: WorkedCase) -> dict[str, Any]:
    """The facts in their JSON form.

    Raises
    ------
    InputError
        If a day counted back is before the calendar.
    """
    most = (case.on - date.min).days
    faults = [
        Fault("before-the-calendar", f"/{name}/days_ago", {"name": name, "days": days, "on": case.on.isoformat()})
        for name, value in case.facts.items()
        if (days := _days_ago(value)) is not None and days > most
    ]
    if faults:
        raise InputError(faults)
    return {name: _fact_as_sent(value, case.on) for name, value in case.facts.items()}


def _days_ago(value: Any) -> int | None:
    """The number of days in the short form of a day; None where it is not told so."""
    days = value.get("days_ago") if isinstance(value, Mapping) else None
    return days if isinstance(days, int) and not isinstance(days, bool) and days >= 0 else None


def _fact_as_sent(value: Any, on: date) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, Mapping):
        return value
    days = _days_ago(value)
    if days is None:
        return {key: _fact_as_sent(part, on) for key, part in value.items()}
    sent = {key: _fact_as_sent(part, on) for key, part in value.items() if key != "days_ago"}
    return {**sent, "observed_on": (on - timedelta(days=days)).isoformat()}


def consents_as_sent(case: WorkedCase) -> list[dict[str, Any]]:
    """The consents, one entry for each person and recipient; those without an answer are left out."""
    return [
        {
            "person": person,
            "recipient": recipient,
            **({"status": None, **answer} if isinstance(answer, Mapping) else {"status": answer}),
        }
        for person, answers in case.consents.items()
        for recipient, answer in answers.items()
        if answer is not None
    ]


def read_case_ratings(told: Mapping[str, Any], instrument: Instrument) -> Ratings:
    """The ratings of a case, from how many items have each level.

    Raises
    ------
    InputError
    """
    items: dict[str, Any] = {}
    for name, group in groups_of(instrument).items():
        items.update(_levels_in_order(name, group, told.get(name, {})))
    form = {key: told[key] for key in ("critical_items", "extra_factors") if key in told}
    return read_ratings({**form, "items": {**items, **told.get("items", {})}}, instrument)


def groups_of(instrument: Instrument) -> dict[str, tuple[Item, ...]]:
    """The groups of items whose levels a case can tell by numbers."""
    return {
        "own_behaviour": instrument.own_behaviour_items,
        "protective": instrument.protective_items,
        "others": tuple(item for item in instrument.risk_items if not item.own_behaviour),
    }


def _levels_in_order(name: str, group: Sequence[Item], numbers: Mapping[str, int]) -> dict[str, Any]:
    told = sum(numbers.values())
    if told > len(group):
        raise InputError([Fault("more-than-items", f"/{name}", {"name": name, "told": told, "items": len(group)})])
    levels = [level for level, number in numbers.items() for _ in range(number)]
    not_found = {"missing": NOT_FOUND, "reason": "Har sökts hos skola och socialtjänst utan svar."}
    return {item.id: not_found if level == NOT_FOUND else level for item, level in zip(group, levels, strict=False)}


def faults_in_place(case: WorkedCase, error: InputError | UnknownDefinitionError) -> list[Fault]:
    """What is wrong in a case, each fault with the file and line of the part that it is in."""
    faults = error.faults if isinstance(error, InputError) else (error.fault,)
    return [Fault(fault.code, _place_of(case, fault), fault.parameters) for fault in faults]


def _place_of(case: WorkedCase, fault: Fault) -> str:
    """File and line of what a fault's JSON pointer points at; of the case where that tells no more."""
    if not fault.where.startswith("/"):
        return case.places.get(("on" if fault.code == "not-in-force" else "guidance",), case.where)
    steps = fault.where.split("/")[1:]
    for kind in ("facts", "ratings"):
        for length in (len(steps), 1):
            found = case.places.get((kind, *steps[:length]))
            if found is not None:
                return found
    return case.where
