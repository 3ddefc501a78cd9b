"""What an entry of each kind holds: the shapes, checked before anything is written."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from instruments.faults import Fault, InputError, pointer
from instruments.text import is_unreadable

LONGEST_TEXT = 10_000
_DEEPEST = 12
#: JSON numbers beyond this are not the same everywhere.
_LARGEST = 2**53 - 1
_EXPECTED = {
    "string_type": "text",
    "bool_type": "true_or_false",
    "int_type": "whole_number",
    "list_type": "list",
    "tuple_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "date_type": "date",
    "date_from_datetime_inexact": "date",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "int_from_float": "whole_number",
    "bool_parsing": "true_or_false",
    "int_parsing": "whole_number",
}


def _readable(text: str) -> str:
    if is_unreadable(text):
        raise PydanticCustomError("text-unreadable", "unreadable")
    if not text.strip():
        raise PydanticCustomError("text-missing", "blank")
    return text


#: A text that says something. No database and no digest takes a zero or half a character pair.
Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_readable)]
#: A name that the municipality gives: a unit, an account, a reference.
Reference = Annotated[str, Field(max_length=80), AfterValidator(_readable)]
Whole = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Answer = Literal["yes", "no", "unknown"]
YesNo = Annotated[bool, Field(strict=True)]


class Content(BaseModel):
    """What an entry holds. An unknown name is refused, so that a misspelt one is a fault and not a gap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    KIND: ClassVar[str]

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong between the parts."""
        yield from ()

    def as_data(self) -> dict[str, Any]:
        """The form that is stored."""
        return self.model_dump(mode="json")


Kind = TypeVar("Kind", bound=Content)


def read_content(kind: type[Kind], raw: Mapping[str, Any]) -> Kind:
    """Read the content of an entry.

    Raises
    ------
    InputError
        With every fault and its JSON pointer. A fault never repeats what was written.
    """
    unkeepable = list(_unkeepable(raw, "", 0))
    if unkeepable:
        raise InputError(unkeepable)
    try:
        content = kind.model_validate(dict(raw))
    except ValidationError as error:
        raise InputError(_faults_of(error)) from None  # the original repeats what was written
    faults = list(content.faults())
    if faults:
        raise InputError(faults)
    return content


def _unkeepable(value: Any, where: str, depth: int) -> Iterator[Fault]:
    """Yield what no database or digest can take, wherever it stands."""
    if depth > _DEEPEST:
        yield Fault("too-deep", where)
    elif isinstance(value, str):
        if is_unreadable(value):
            yield Fault("text-unreadable", where, {"name": where.rpartition("/")[2]})
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if not isinstance(name, str) or any(_unkeepable(name, where, 0)):
                yield Fault("bad-entry", where, {"name": "name"})
            else:
                yield from _unkeepable(part, pointer(where, name), depth + 1)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _unkeepable(part, pointer(where, place), depth + 1)
    elif (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) > _LARGEST):
        yield Fault("bad-entry", where, {"name": where.rpartition("/")[2]})


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False, include_input=False):
        where, name = "", "content"
        for step in detail["loc"]:
            where, name = pointer(where, step), str(step)[:80]
        code, parameters = _what(detail["type"], detail.get("ctx", {}))
        yield Fault(code, where, {"name": name, **parameters})


def _what(kind: str, context: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    if kind == "missing":
        return "missing-key", {}
    if kind == "extra_forbidden":
        return "unknown-key", {}
    if kind == "string_too_long":
        return "entry-too-long", {"most": context["max_length"]}
    if kind == "literal_error":
        return "not-a-choice", {"allowed": str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")}
    if kind in _EXPECTED:
        return "wrong-type", {"expected": _EXPECTED[kind]}
    if kind in ("text-missing", "text-unreadable"):
        return kind, {}
    return "bad-entry", {}


def dates_in_order(first: Any, last: Any, where: str) -> Iterator[Fault]:
    """Yield a fault if something ends before it begins."""
    if first is not None and last is not None and last < first:
        yield Fault("validity-reversed", where)
