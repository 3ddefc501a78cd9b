"""How a kind of entry is declared, so that route, schema, page and form follow from its class.

A kind is a class of `RecordedContent` with a name in ``KIND``, a description on every part, and where it is recorded in
``RECORDED_AT``. What a part is asked with follows from its type; the markers in this module say what a type does not.
Its words stand in the catalogues of `api.cases`: under ``work.event.<kind>``, ``work.event.lead.<kind>`` and
``work.entry.<kind>``, and for each part under ``work.field.<part>``, ``work.help.<part>`` where it needs one, and
``work.option.<part>.<option>``. A label or a help with ``.<kind>`` behind it is that kind's own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from api.cases.content import Content, Kind, Text

Widget = Literal["choice", "select", "yes_no", "day", "line", "long", "number", "list"]
_WIDGETS: Mapping[Any, Widget] = {date: "day", bool: "yes_no", int: "number"}
_ARGUMENT = re.compile("<([a-z_]+)>")


@dataclass(frozen=True)
class RecordedAt:
    """Where a kind of entry is recorded, and what the caller needs.

    Parameters
    ----------
    path : str
        The address in the API beneath the case. Of a kind that is about an entry, with the argument that names it:
        ``intakes/<intake_id>/closing``.
    action : str
        What the caller must be allowed.
    heading : str
        The summary of the operation in the documentation of the API.
    page : str or None
        The address of the page; None where another page records it. It names the case, or the entry that it is about.
    about : tuple of str or None
        Of which kinds the entry is that it is about; with none named, of any. None where it is about no entry.
    """

    path: str
    action: str
    heading: str
    page: str | None = None
    about: tuple[str, ...] | None = None

    @property
    def api_rule(self) -> str:
        """`path` as a rule of routes, where keys of entries are as long as keys are."""
        return _ARGUMENT.sub(r"<string(length=32):\1>", self.path)

    @property
    def subject(self) -> str | None:
        """The argument of `path` that names the entry that it is about."""
        argument = _ARGUMENT.search(self.path)
        return argument[1] if argument else None


class RecordedContent(Content):
    """What an entry holds that is recorded as it is written, under an address of its own."""

    RECORDED_AT: ClassVar[RecordedAt]


class Done:
    """Marks a day on which something was done: it cannot lie ahead."""


class Line:
    """Marks a text that is written on one line."""


@dataclass(frozen=True)
class OneOf:
    """Marks a reference that is chosen from a list which differs from case to case.

    Parameters
    ----------
    source : {"persons", "units", "recipients", "colleagues"}
    widget : {"choice", "select"}
    """

    source: Literal["persons", "units", "recipients", "colleagues"]
    widget: Literal["choice", "select"] = "select"


DoneOn = Annotated[date, Done()]
ShortText = Annotated[Text, Line()]


@dataclass(frozen=True)
class Part:
    """A part of a kind of entry, as a form asks for it.

    Parameters
    ----------
    name : str
        With a dot for a part of a part, such as ``hand_over.unit``.
    options : tuple of str
        The answers of a choice that are the same in every case.
    source : str or None
        Where the answers come from that differ from case to case.
    is_done : bool
        Whether it is a day that cannot lie ahead.
    """

    name: str
    widget: Widget
    is_required: bool
    options: tuple[str, ...] = ()
    source: str | None = None
    is_done: bool = False


@cache
def parts_of_kind(kind: type[Content]) -> tuple[Part, ...]:
    """The parts of a kind in the order in which they are asked.

    Raises
    ------
    TypeError
        If a part is of a type that no form can ask for.
    """
    return tuple(_parts(kind))


def _parts(kind: type[Content]) -> Iterator[Part]:
    for name, field in kind.model_fields.items():
        plain, inner_markers = _unwrapped(field.annotation)
        markers = [*field.metadata, *inner_markers]
        if isinstance(plain, type) and issubclass(plain, Content):
            for inner in parts_of_kind(plain):
                yield Part(f"{name}.{inner.name}", inner.widget, False, inner.options, inner.source, inner.is_done)
        else:
            yield _part(name, plain, markers, is_required=field.is_required())


def days_done(kind: type[Content]) -> tuple[str, ...]:
    """The parts of a kind that are days on which something was done."""
    return tuple(part.name for part in parts_of_kind(kind) if part.is_done)


def _part(name: str, plain: Any, markers: list[Any], *, is_required: bool) -> Part:
    chosen = next((marker for marker in markers if isinstance(marker, OneOf)), None)
    if chosen is not None:
        return Part(name, chosen.widget, is_required, source=chosen.source)
    if get_origin(plain) is Literal:
        return Part(name, "choice", is_required, get_args(plain))
    if get_origin(plain) is tuple:
        return Part(name, "list", is_required)
    if plain is str:
        is_line = any(isinstance(marker, Line) for marker in markers)
        return Part(name, "line" if is_line else "long", is_required)
    if plain not in _WIDGETS:
        raise TypeError(f"no form can ask for {name}, which is {plain}")
    return Part(name, _WIDGETS[plain], is_required, is_done=any(isinstance(marker, Done) for marker in markers))


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    """The type itself, without what may be left out, and every marker on the way to it."""
    if get_origin(annotation) is Annotated:
        inner, *markers = get_args(annotation)
        plain, more = _unwrapped(inner)
        return plain, [*markers, *more]
    if get_origin(annotation) in (Union, UnionType):
        [only] = [each for each in get_args(annotation) if each is not NoneType]
        return _unwrapped(only)
    return annotation, []


def kinds_in(namespace: Mapping[str, Any], base: type[Kind]) -> dict[str, type[Kind]]:
    """The kinds of entry that a module defines, by name and in its order.

    Parameters
    ----------
    namespace : Mapping
        The names of the module: ``globals()``.
    base : type
        What all of them are.
    """
    return {
        each.KIND: each
        for each in namespace.values()
        if isinstance(each, type)
        and issubclass(each, base)
        and each.__module__ == namespace["__name__"]
        and "KIND" in vars(each)
    }
