"""Facts in the form in which they are sent or recorded, as the fields of a form."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.store.schema import Entry
from api.web import field_names as names
from screening.facts import EVER


def values_of(facts: Mapping[str, Entry]) -> dict[str, str]:
    """The fields that the recorded facts fill in."""
    values: dict[str, str] = {}
    for name, entry in facts.items():
        values.update(fields_of(name, entry.content["given"]))
        if entry.hidden_from_guardians:
            values[names.fact(name, "hidden")] = "yes"
    return values


def fields_of(name: str, given: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of one fact with what stands in them."""
    parts = given if isinstance(given, Mapping) else {"value": given}
    value = parts.get("value")
    if "missing" in parts:
        yield names.fact(name), parts["missing"]
    elif isinstance(value, int):
        yield names.fact(name, "number"), str(value)
    elif value is not None:
        yield names.fact(name), str(value)
    for part in ("source", "observed_on", "reason"):
        if parts.get(part):
            yield names.fact(name, part), str(parts[part])
    window = parts.get("window_months")
    if window is not None:
        yield names.fact(name, "window"), EVER if window == EVER else "months"
        if window != EVER:
            yield names.fact(name, "months"), str(window)
    for part in ("convicted", "admitted"):
        if parts.get(part) is not None:
            yield names.fact(name, part), str(parts[part])
