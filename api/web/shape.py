"""Schemas that look at shape only, and say what is wrong as faults with JSON pointers.

Rules belong to the readers of `screening` and `instruments`; a schema knows names and types. What has the right shape
is handed on even where something else has not, so that all faults of a request are told at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from instruments.faults import Fault, pointer, shown

#: Marks a parameter of an address that the view needs, and says so itself where it is not there.
NEEDED = "is_needed"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Shape:
    """What of a request has the right shape, and the faults of what has not."""

    parts: Mapping[str, Any]
    faults: tuple[Fault, ...]


class Exact(Schema):
    """Base of every schema: the names it lists are all there are, here and in the documentation."""

    class Meta:
        """What marshmallow and apispec read."""

        unknown = RAISE


class Strict(Exact):
    """Base of the schemas of requests: a misspelt name is an error, not a silent gap."""

    # A message can be any object, whatever marshmallow's annotation says.
    error_messages: Any = {  # noqa: RUF012
        "unknown": Fault("unknown-key", ""),
        "type": Fault("wrong-type", "", {"expected": "mapping"}),
    }


def says(expected: str) -> dict[str, Any]:
    """The messages of a field whose value should be of a kind; the kinds are ``expected.*`` in the catalogue."""
    wrong = [Fault("wrong-type", "", {"expected": expected})]
    return {"required": [Fault("missing-key", "")], "null": wrong, "invalid": wrong, "type": wrong}


def at_most(most: int) -> Any:
    """A validator of length; it tells the length and not the text."""

    def validate(value: Sequence[Any]) -> None:
        if len(value) > most:
            code = "text-too-long" if isinstance(value, str) else "list-too-long"
            raise ValidationError([Fault(code, "", {"length": len(value), "most": most})])

    return validate


class Day(fields.Date):
    """A date written 2026-11-21, and no other way of writing one."""

    default_error_messages = says("date")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise ValidationError([Fault("impossible-date", "", {"value": shown(value)})])


class YesNo(fields.Boolean):
    """True or false, and nothing that looks like it."""

    default_error_messages = says("true_or_false")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Numbered(fields.List[Any]):
    """A list that keeps the places of its entries: None stands where one has not the right shape."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        result: list[Any] = []
        errors: dict[int, Any] = {}
        for place, each in enumerate(value):
            try:
                result.append(self.inner.deserialize(each, **kwargs))
            except ValidationError as error:
                result.append(None)
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors, valid_data=result)
        return result


class Unread(fields.Nested):
    """Documents its parts and hands them on as they came: the domain's own reader tells every fault in them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return value


def read_shape(schema: Schema, data: Any) -> Shape:
    """Load what can be loaded.

    Returns
    -------
    Shape
    """
    try:
        return Shape(schema.load(data), ())
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, Mapping) else {}
        return Shape(valid, tuple(_flatten(error.messages, "")))


def _flatten(messages: Any, where: str) -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            yield from _flatten(below, where if key == "_schema" else pointer(where, shown(key)))
    elif isinstance(messages, Fault):
        yield Fault(messages.code, where, {"name": where.rpartition("/")[2] or "/", **messages.parameters})
    else:
        for each in messages:
            yield from _flatten(each, where)
