"""The answers about the service itself."""

from marshmallow import fields

from api.web.schema_parts import line, word
from api.web.shape import Exact


class HealthSchema(Exact):
    """The process lives."""

    status = word("Always this.", "ok")


class ReadySchema(Exact):
    """The service can answer."""

    status = word("Always this.", "ready")
    engine = line("The software and its version.")
    definitions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "`id@version` of every definition in force, with its SHA-256."},
    )
