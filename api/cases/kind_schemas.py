"""Bodies of entries, documented out of the records' own shapes.

`api.cases.content.read_content` reads them and tells every fault; the schemas here only say what it reads.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.cases.content import Content
from api.web.shape import Strict

#: A member of the body of an entry that is not part of what the entry says.
HIDDEN = "hidden_from_guardians"
_HIDDEN = {"type": "boolean", "default": False}


class Handed(Strict):
    """Documents what the records read themselves, and hands it on as it came."""

    def load(self, data: Any, **_: Any) -> Any:
        """Give back what was sent."""
        return data


class _Documented(fields.Raw):
    """A part that the records read."""


def noun_of(kind: str) -> str:
    """What schemas and operations call a kind of entry: ``SecondRating`` for ``second_rating``."""
    return "".join(part.capitalize() for part in kind.split("_"))


def body_of(
    name: str,
    kind: type[Content],
    *,
    leave_out: tuple[str, ...] = (),
    instead: Mapping[str, fields.Field[Any]] | None = None,
    can_hide: bool = False,
) -> Schema:
    """The schema of a body.

    Parameters
    ----------
    name : str
        What the schema is called in the documentation.
    leave_out : tuple of str
        Parts that the service adds itself.
    instead : Mapping of str to Field or None
        Parts that have a schema of their own.
    can_hide : bool
        Whether the body may say that guardians are not to see the entry.
    """
    described = kind.model_json_schema()
    shared = described.get("$defs", {})
    parts: dict[str, Any] = dict(instead or {})
    for part, shape in described["properties"].items():
        if part not in (*leave_out, *parts):
            shown = {"description": shape["description"], **_inlined(shape, shared)}
            parts[part] = _Documented(required=part in described.get("required", ()), metadata=shown)
    if can_hide:
        meaning = "Whether guardians are not to see the entry, in an extract or otherwise."
        parts[HIDDEN] = _Documented(metadata={"description": meaning, **_HIDDEN})
    about = (kind.__doc__ or "").partition("\n")[0]
    schema: type[Handed] = type(f"{name}Schema", (Handed,), {**parts, "__doc__": about, "__module__": __name__})
    return schema()


def _inlined(shape: Any, shared: Mapping[str, Any]) -> Any:
    """A part of a JSON schema with what it refers to put in, and without the titles that pydantic makes up."""
    if isinstance(shape, list):
        return [_inlined(each, shared) for each in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return _inlined(shared[shape["$ref"].rpartition("/")[2]], shared)
    kept = {name: each for name, each in shape.items() if name not in ("title", "description")}
    if isinstance(shape.get("properties"), dict):
        kept["properties"] = {name: _inlined(each, shared) for name, each in shape["properties"].items()}
    return {name: each if name == "properties" else _inlined(each, shared) for name, each in kept.items()}
