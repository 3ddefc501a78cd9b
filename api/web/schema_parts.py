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


VALUE = {"type": ["string", "integer"]}
LIMIT = {"type": ["string", "number", "array"], "items": {"type": ["string", "number", "null"]}}


class TextSchema(Exact):
    """The same words in both languages."""

    sv = line("Swedish.")
    en = line("English.")


def said(description: str, *, nullable: bool = False) -> fields.Nested:
    """Words in both languages."""
    return one(TextSchema, description, nullable=nullable)


class SourceSchema(Exact):
    """A place in a document."""

    document = line("The document's title.")
    publisher = line("Who published it.")
    published = line("When, as exactly as is known.")
    section = line("Where in it.")


class ReadingSchema(Exact):
    """How the text is understood here."""

    text = said("The reading.")
    decided_by = line("Who decided it.")
    decided_on = fields.Date(required=True, metadata={"description": "When."})


class ParameterSchema(Exact):
    """A vague word, made a number or a choice in the open."""

    id = line("The parameter's id.")
    title = said("Its name.")
    unit = said("Its unit.", nullable=True)
    value = anything("The value in force.", **LIMIT)
    default = anything("What the definition proposes.", **LIMIT)
    range = many(fields.Raw(metadata=LIMIT), "Smallest and largest permitted value, or the permitted choices.")
    set_by = line("Who answers for the value.")
    set_on = fields.Date(required=True, metadata={"description": "Since when."})
    reason = said("Why a local version set it, where one did.", nullable=True)
    quote = line("What the local version's source says, verbatim.", allow_none=True)
    source = one(SourceSchema, "Where it says so.", nullable=True)


class WithheldSchema(Exact):
    """What a rater is not told before their own summary rating; it depends on the facts and never on the ratings."""

    until = line("The fact that it waits for, or its mark as not found.")
    outcome = flag("Whether the outcome waits. Where the facts alone settle it, it is told.")
    criteria = many(fields.String(), "The criteria whose status waits.")
    text = said("The same in words.")


class SuccessorSchema(Exact):
    """What took a guidance's place."""

    title = said("Its title.")
    guidance = line("Its id here; null where it is not held here.", allow_none=True)
    since = fields.Date(required=True, allow_none=True, metadata={"description": "From when, where that is known."})
    note = said("What is known of it.")
    source = one(SourceSchema, "Where that is said.", nullable=True)
