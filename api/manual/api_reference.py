"""The OpenAPI document as pages to read: operations by group, and the schemas that they refer to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.manual.rendering import render_markdown

METHODS = ("get", "post", "put", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
#: What bounds a value, in words.
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "pattern": "matching {}",
    "default": "{} where it is left out",
}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Word:
    """A part of how a value is described; with the schema that it is the name of."""

    text: str
    schema: str | None = None


@dataclass(frozen=True)
class Part:
    """A parameter, or a property of a schema.

    Parameters
    ----------
    place : str
        Where a parameter stands: ``path``, ``query`` or ``header``; empty for a property.
    """

    name: str
    place: str
    is_required: bool
    value: tuple[Word, ...]
    description: str


@dataclass(frozen=True)
class Body:
    """What is sent or answered in one media type.

    Parameters
    ----------
    status : str
        Of an answer: a code of HTTP, or ``default``; empty for what is sent.
    """

    status: str
    description: str
    media_type: str
    value: tuple[Word, ...]


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Parameters
    ----------
    name : str
        Its ``operationId``.
    callers : tuple of tuple of str
        The schemes by which a caller is known, of which one is enough; empty where no account is needed.
    """

    name: str
    method: str
    path: str
    group: str
    summary: str
    description: str
    callers: tuple[tuple[str, ...], ...]
    parameters: tuple[Part, ...]
    sent: tuple[Body, ...]
    answers: tuple[Body, ...]


@dataclass(frozen=True)
class Schema:
    """A schema with its properties; one without properties is described by `value`."""

    name: str
    description: str
    value: tuple[Word, ...]
    properties: tuple[Part, ...]
    examples: tuple[Any, ...]


def groups_of(document: Document) -> list[tuple[str, str, list[Operation]]]:
    """Every group of operations with what it is about, in the order of the document."""
    operations = operations_of(document)
    return [
        (tag["name"], tag.get("description", ""), [each for each in operations if each.group == tag["name"]])
        for tag in document["tags"]
    ]


def operations_of(document: Document) -> list[Operation]:
    """Every operation, in the order of the document."""
    return [
        _operation(document, method, path, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def schemes_of(document: Document) -> dict[str, str]:
    """How a caller is known, by the name of the scheme, as HTML."""
    return {name: _text(each) for name, each in document["components"].get("securitySchemes", {}).items()}


def schema_of(document: Document, name: str) -> Schema:
    """One schema.

    Raises
    ------
    KeyError
        If there is no such schema.
    """
    described = document["components"]["schemas"][name]
    needed = described.get("required", ())
    properties = tuple(
        Part(each, "", each in needed, words_of(value), _text(value))
        for each, value in described.get("properties", {}).items()
    )
    return Schema(name, _text(described), words_of(described), properties, tuple(described.get("examples", ())))


def _operation(document: Document, method: str, path: str, item: Document) -> Operation:
    written = item[method]
    parameters = [*item.get("parameters", ()), *written.get("parameters", ())]
    return Operation(
        written["operationId"],
        method.upper(),
        path,
        written["tags"][0],
        written["summary"],
        _text(written),
        tuple(tuple(each) for each in written["security"]),
        tuple(_parameter(each) for each in parameters),
        tuple(_bodies("", written.get("requestBody", {}))),
        tuple(body for status, answer in _by_status(written) for body in _bodies(status, _resolved(document, answer))),
    )


def _by_status(operation: Document) -> list[tuple[str, Document]]:
    """The answers in order of their status, what is answered otherwise last."""
    return sorted(operation["responses"].items())


def _resolved(document: Document, answer: Document) -> Document:
    if "$ref" not in answer:
        return answer
    response: Document = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return response


def _parameter(described: Document) -> Part:
    return Part(
        described["name"],
        described["in"],
        described.get("required", False),
        words_of(described["schema"]),
        _text(described),
    )


def _bodies(status: str, described: Document) -> Iterator[Body]:
    description = described.get("description", "")
    for media_type, content in described.get("content", {}).items():
        yield Body(status, description, media_type, words_of(content.get("schema", {})))
    if status and not described.get("content"):
        yield Body(status, description, "", ())


def _text(described: Document) -> str:
    return render_markdown(described.get("description", ""))


def words_of(schema: Document) -> tuple[Word, ...]:
    """How a value is described in words: its type, its bounds, and the schemas that it refers to."""
    return tuple(_words(schema))


def _words(schema: Document) -> Iterator[Word]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMAS)
        yield Word(name, name)
    elif "const" in schema:
        yield Word(str(schema["const"]))
    elif "enum" in schema:
        yield Word("one of " + ", ".join(str(each) for each in schema["enum"]))
    elif "anyOf" in schema:
        yield from _joined(schema["anyOf"], " or ")
    elif "allOf" in schema:
        yield from _joined(schema["allOf"], " and ")
    elif schema.get("type") == "array":
        yield Word("list of ")
        yield from _words(schema.get("items", {}))
    else:
        yield Word(_type_of(schema))
    bounds = [words.format(schema[name]) for name, words in _BOUNDS.items() if schema.get(name) is not None]
    if bounds:
        yield Word(f" ({', '.join(bounds)})")


def _joined(schemas: Iterable[Document], between: str) -> Iterator[Word]:
    for number, each in enumerate(schemas):
        if number:
            yield Word(between)
        yield from _words(each)


def _type_of(schema: Document) -> str:
    kind = schema.get("type", "any value")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "format" in schema:
        words += f" ({schema['format']})"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        values = "".join(word.text for word in _words(schema["additionalProperties"]))
        return f"object of {values} by name"
    if kind == "object" and schema.get("properties"):
        return "object with " + ", ".join(schema["properties"])
    return words
