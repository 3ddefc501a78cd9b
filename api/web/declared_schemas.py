"""Schemas of answers, made from the typed dictionaries that are answered: a name, its type and its words stand once."""

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from marshmallow import fields, validate

from api.web.schema_parts import TextSchema
from api.web.shape import Exact
from instruments.messages import LANGUAGES
from screening.grounds import Day

_PLAIN: Mapping[Any, type[fields.Field[Any]]] = {
    str: fields.String,
    int: fields.Integer,
    bool: fields.Boolean,
    Day: fields.Date,
}
_IN_JSON = {str: "string", int: "integer", float: "number", Mapping: "object", list: "array"}


def schema_of(declared: Any, words: type[Exact] = TextSchema) -> type[Exact]:
    """The schema of a typed dictionary, under the same name; what is not required may be left out.

    Parameters
    ----------
    words : type of Exact
        The schema of words. With another one than usual its name stands in that of every schema.

    Raises
    ------
    TypeError
        For a type that has no place in an answer.
    """
    return _schema_of(declared, words)


@cache
def _schema_of(declared: Any, words: type[Exact]) -> type[Exact]:
    hints = get_type_hints(declared, include_extras=True)
    own = {name: _field(hint, words, required=name in declared.__required_keys__) for name, hint in hints.items()}
    kind = "" if words is TextSchema else words.__name__.removesuffix("Schema")
    return type(f"{declared.__name__}{kind}Schema", (Exact,), {"__doc__": declared.__doc__, **own})


def _field(hint: Any, words: type[Exact], *, required: bool = False) -> Any:
    """The field of a type; the last words of an `Annotated` are its description."""
    if get_origin(hint) is NotRequired:
        (hint,) = get_args(hint)
    described = {}
    if get_origin(hint) is Annotated and isinstance(hint.__metadata__[-1], str):
        described = {"description": hint.__metadata__[-1]}
        marks = hint.__metadata__[:-1]
        hint = Annotated[hint.__origin__, *marks] if marks else hint.__origin__
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    types = [each for each in parts if each is not NoneType]
    nullable = len(types) < len(parts)
    more: dict[str, Any] = {"required": required, "metadata": described}
    if nullable:
        more["allow_none"] = True
    return _of_several(types, words, more) if len(types) > 1 else _of_one(types[0], words, more)


def _of_one(hint: Any, words: type[Exact], more: dict[str, Any]) -> Any:
    origin = get_origin(hint)
    marks: tuple[Any, ...] = ()
    if origin is Annotated:
        marks, hint = hint.__metadata__, hint.__origin__
        origin = get_origin(hint)
    if LANGUAGES in marks:
        return fields.Nested(words, **more)
    if is_typeddict(hint):
        return fields.Nested(lambda: schema_of(hint, words)(), **more)
    if origin is Literal:
        known = [*get_args(hint), *([None] if more.get("allow_none") else [])]
        return fields.String(**more | {"metadata": {**more["metadata"], "enum": known}})
    if origin is list:
        lengths = [validate.Length(equal=mark) for mark in marks if isinstance(mark, int)]
        return fields.List(_field(get_args(hint)[0], words), validate=lengths, **more)
    if origin is Mapping:
        return fields.Dict(keys=fields.String(), values=_field(get_args(hint)[1], words), **more)
    if hint in _PLAIN:
        return _PLAIN[hint](**more)
    raise TypeError(f"{hint} has no place in an answer")


def _of_several(types: list[Any], words: type[Exact], more: dict[str, Any]) -> fields.Raw:
    """A value of more than one type; a whole number is a number too."""
    kinds = [get_origin(each) or each for each in types]
    names = [_IN_JSON[kind] for kind in kinds if not (kind is int and float in kinds)]
    schema: dict[str, Any] = {"type": sorted(names, key=list(_IN_JSON.values()).index)}
    if list in kinds:
        inner = _field(get_args(types[kinds.index(list)])[0], words)
        schema["items"] = {"type": [*inner.metadata["type"], "null"] if inner.allow_none else inner.metadata["type"]}
    return fields.Raw(**more | {"metadata": {**more["metadata"], **schema}})
