"""The invented people: as requests for the documentation, and as a form that is already filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from api.evaluation.fact_values import fields_of
from api.web import field_names as names
from instruments.loading import read_yaml
from instruments.messages import Text
from screening.coding import SUMMARY_RATING

FILE = Path(__file__).parent / "examples.yaml"


@dataclass(frozen=True)
class Example:
    """An invented person.

    Parameters
    ----------
    request : Mapping
        The request, with texts in both languages.
    """

    id: str
    title: Text
    about: Text
    request: Mapping[str, Any]

    def body(self, language: str) -> dict[str, Any]:
        """The request in one language."""
        body: dict[str, Any] = _in_language(self.request, language)
        return body

    def values(self, language: str) -> dict[str, str]:
        """The fields of the form that it fills in. The summary rating is not among them: a person makes it."""
        body = self.body(language)
        ratings = body["ratings"]
        values = {
            "guidance": body["guidance"],
            "instrument": ratings["instrument"],
            "reference_date": body["reference_date"],
            "guardians": "unknown" if body["guardians"] is None else str(len(body["guardians"])),
        }
        for name, given in body["facts"].items():
            if name != SUMMARY_RATING:
                values.update(fields_of(name, given))
        for name, given in ratings["items"].items():
            values.update(_item_values(name, given))
        for consent in body["consents"]:
            values[names.consent(consent["person"], consent["recipient"])] = consent["status"]
        return values


@cache
def examples() -> Mapping[str, Example]:
    """Every invented person by id."""
    written = read_yaml(FILE).data
    return {
        each["id"]: Example(each["id"], Text(**each["title"]), Text(**each["about"]), each["request"])
        for each in written
    }


def _in_language(value: Any, language: str) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"sv", "en"}:
            return value[language]
        return {name: _in_language(each, language) for name, each in value.items()}
    return [_in_language(each, language) for each in value] if isinstance(value, list) else value


def _item_values(name: str, given: Any) -> Iterator[tuple[str, str]]:
    parts = given if isinstance(given, Mapping) else {"level": given}
    yield names.item(name), parts.get("level") or parts["missing"]
    note = parts.get("note") or parts.get("reason")
    if note:
        yield names.item(name, "note"), note
