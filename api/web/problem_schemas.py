"""The form of every failure, for the documentation."""

from marshmallow import fields

from api.web.shape import Exact


class ErrorSchema(Exact):
    """One thing that is wrong."""

    pointer = fields.String(metadata={"description": "JSON pointer (RFC 6901) into the body."})
    parameter = fields.String(
        metadata={"description": "In place of `pointer`: the name of a parameter of the address."}
    )
    code = fields.String(
        required=True, metadata={"description": "Stable name of the kind of fault; each has a page at `/problems/`."}
    )
    detail = fields.String(required=True, metadata={"description": "What is wrong and what to do, in words."})


class ProblemSchema(Exact):
    """A failure, by RFC 9457."""

    type = fields.String(
        required=True, metadata={"description": "Address of a page that explains the kind of problem."}
    )
    title = fields.String(required=True, metadata={"description": "The kind of problem in words."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = fields.String(required=True, metadata={"description": "What to do."})
    instance = fields.String(
        metadata={"description": "The path that was asked for, without its query; absent where none could be read."}
    )
    errors = fields.List(
        fields.Nested(ErrorSchema),
        required=True,
        metadata={"description": "The first hundred faults that were found; empty where the content is not at fault."},
    )
    more_errors = fields.Integer(
        metadata={"description": "How many faults were found beside those in `errors`; absent where they are all."}
    )
    saved = fields.Dict(
        metadata={"description": "Where someone else was first: what stands now, such as the draft with its version."}
    )
    refused = fields.Dict(metadata={"description": "Beside `saved`: what was sent, so that nobody writes it again."})
