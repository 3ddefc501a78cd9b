"""What the OpenAPI document says that follows from no route: what the API is, and every fact and item by name."""

from datetime import date
from typing import Any

from flask_smorest import Api

from instruments.model import Instrument
from instruments.ratings import LONGEST_TEXT
from screening.facts import NOT_APPLICABLE_WORD, FactDescription
from screening.library import Library

DESCRIPTION = """\
Underlag tests an intake against the target-group criteria of a guidance on social intervention groups (*sociala
insatsgrupper*) and answers with a recommendation and its complete explanation, for a named professional to review.
It never decides.

`POST /api/v1/evaluations` stores nothing. Where the service keeps records, everything under `/api/v1/cases` does, for
accounts only: what was recorded is never changed, a later entry takes the place of an earlier one, and every read and
write is in the log. No count is shown before the professional has rated. A case of another unit is reached on a stated
ground only. Personal numbers stand in bodies, never in addresses, and are kept as keyed digests.

Answers about records have a strong `ETag`, and `If-None-Match` is answered with 304. A change to what others may change
too needs `If-Match`: without it the answer is 428, and whoever is late is told both versions with 409 or 412. A POST
that makes something takes an `Idempotency-Key`, by which it can be sent again for a day without making it twice. Lists
come in pages: send `next` of one page as `after` for the one that follows.

Every failure is `application/problem+json` (RFC 9457) in the language of `Accept-Language`: English (the default) or
Swedish. Each kind of problem and fault has a page under `/problems/`.
"""


def describe_inputs(api: Api, library: Library, on: date) -> None:
    """Document every fact and item by name, out of the definitions in force on a day."""
    facts = {fact.id: _fact(fact) for fact in library.facts(on).facts}
    api.spec.components.schema(
        "Facts", {"type": "object", "properties": facts, "additionalProperties": False, "description": _FACTS}
    )
    items = {
        item.id: _item(definition.content, item.id)
        for definition in library.instruments
        for item in definition.content.items
    }
    api.spec.components.schema(
        "Items", {"type": "object", "properties": items, "additionalProperties": False, "description": _ITEMS}
    )


_FACTS = (
    "The facts that criteria and flags may use. Sex, origin, citizenship, religion and place of living are refused."
)
_ITEMS = "The items of the instruments; a request holds those of one of them."
_TEXT = {"type": ["string", "null"], "maxLength": LONGEST_TEXT}
_NOT_FOUND = {"type": "string", "enum": ["not_found"]}


def _fact(fact: FactDescription) -> dict[str, Any]:
    described: dict[str, Any] = {"title": fact.title.en, "description": fact.question.en}
    value = _value(fact)
    about = {"source": _TEXT, "observed_on": {"type": ["string", "null"], "format": "date"}, "reason": _TEXT}
    known: dict[str, Any] = {"value": {"anyOf": [value, {"type": "null"}]}, **about}
    if fact.kind == "offences":
        window = [{"type": "integer", "minimum": 1, "maximum": 1200}, {"const": "ever"}, {"type": "null"}]
        known |= {"window_months": {"anyOf": window}}
        known |= {standing: {"type": ["integer", "null"], "minimum": 0} for standing in fact.told_apart}
    missing = {"missing": _NOT_FOUND, **about, "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}}
    return described | {
        "anyOf": [
            {"type": "null"},
            value,
            {"type": "object", "properties": known, "additionalProperties": False},
            {
                "type": "object",
                "properties": missing,
                "required": ["missing", "reason"],
                "additionalProperties": False,
            },
        ]
    }


def _value(fact: FactDescription) -> dict[str, Any]:
    if fact.kind == "date":
        return {"type": "string", "format": "date"}
    if fact.kind == "text":
        return {"type": "string", "maxLength": LONGEST_TEXT}
    if fact.kind == "choice":
        last = [NOT_APPLICABLE_WORD] if fact.not_applicable else []
        return {"type": "string", "enum": [*fact.codes, *last]}
    low, high = fact.domain()
    number = {"type": "integer", "minimum": low, "maximum": high}
    return {"anyOf": [number, {"const": NOT_APPLICABLE_WORD}]} if fact.not_applicable else number


def _item(instrument: Instrument, name: str) -> dict[str, Any]:
    item = instrument.item(name)
    level = {"type": "string", "enum": list(instrument.levels(item))}
    about = {"note": _TEXT, "source": _TEXT}
    return {
        "title": item.title.en,
        "description": f"{instrument.id}: {item.description.en}",
        "anyOf": [
            {"type": "null"},
            level,
            {
                "type": "object",
                "properties": {"level": {"anyOf": [level, {"type": "null"}]}, **about},
                "additionalProperties": False,
            },
            {
                "type": "object",
                "properties": {
                    "missing": _NOT_FOUND,
                    "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
                    **about,
                },
                "required": ["missing", "reason"],
                "additionalProperties": False,
            },
        ],
    }
