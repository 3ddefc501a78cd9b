"""Whether the young person of a case is under age, which says whether guardians count and whether they may read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from api.cases.facts.rules import facts_among
from api.store.schema import Case, Entry
from screening.fact_reading import AGE, completed_years
from screening.library import Library


def is_under_age(case: Case, recorded: Sequence[Entry], on: date, library: Library) -> bool | None:
    """Whether the young person is under age on a day; None where neither birth date nor recorded age settles it."""
    adult_age = library.consent_rules(on).adult_age
    if case.birth_date is not None:
        return completed_years(case.birth_date, on) < adult_age
    entry = facts_among(recorded).get(AGE)
    given = entry.content["given"] if entry is not None else None
    parts: Mapping[str, Any] = given if isinstance(given, Mapping) else {"value": given}
    age = parts.get("value")
    if entry is None or not isinstance(age, int):
        return None
    known_on = date.fromisoformat(parts["observed_on"]) if parts.get("observed_on") else entry.made_at.date()
    passed = completed_years(known_on, on)  # whoever had their birthday on the day after is a year older by then
    if age + passed >= adult_age:
        return False
    is_anniversary = (known_on.month, known_on.day) == (on.month, on.day)
    return True if age + passed + (0 if is_anniversary else 1) < adult_age else None
