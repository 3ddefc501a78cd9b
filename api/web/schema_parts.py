"""What the documented answers are made of: kinds of fields, and the parts that several answers share."""

from typing import Any

from marshmallow import fields

from api.web.shape import Exact


def line(description: str, **more: Any) -> fields.String:
    """A text of the answer."""
    return fields.String(required=True, metadata={"description": description}, **more)


def word(description: str, *words: str, nullable: bool = False) -> fields.String:
    """One of some words."""
    known = {"enum": [*words, *([None] if nullable else [])]}
    return fields.String(required=True, allow_none=nullable, metadata={"description": description, **known})


def flag(description: str) -> fields.Boolean:
    """Yes or no."""
    return fields.Boolean(required=True, metadata={"description": description})


def many(inner: Any, description: str, **more: Any) -> fields.List[Any]:
    """A list, which may be empty."""
    return fields.List(inner, required=True, metadata={"description": description}, **more)


def anything(description: str, **schema: Any) -> fields.Raw:
    """A value of more than one type."""
    return fields.Raw(required=True, allow_none=True, metadata={"description": description, **schema})


def one(schema: Any, description: str, *, nullable: bool = False) -> fields.Nested:
    """An object with parts of its own."""
    return fields.Nested(schema, required=True, allow_none=nullable, metadata={"description": description})


LIMIT = {"type": ["string", "number", "array"], "items": {"type": ["string", "number", "null"]}}


class TextSchema(Exact):
    """The same words in both languages."""

    sv = line("Swedish.")
    en = line("English.")


class InOneLanguageSchema(Exact):
    """The words in the language that was asked for, under its name."""

    sv = fields.String(metadata={"description": "Swedish, if that was asked for."})
    en = fields.String(metadata={"description": "English, if that was asked for."})


def sentence(description: str, *, nullable: bool = False) -> fields.Nested:
    """Words in both languages."""
    return one(TextSchema, description, nullable=nullable)
