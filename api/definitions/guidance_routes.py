"""The guidances: whom they are for, in their own words and in rules."""

import hashlib

from flask import Response

from api.context.context import current_context
from api.definitions.data import guidance_data, list_guidances
from api.definitions.schemas import GuidanceListSchema, GuidanceSchema, OnSchema
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.canonical import canonical_json
from instruments.faults import UnknownDefinitionError

blueprint = RestBlueprint(
    "guidance",
    __name__,
    url_prefix="/api/v1/guidance",
    description="The guidances with quotes, readings and limits, and the local versions of them.",
)


@blueprint.get("")
@blueprint.response(200, GuidanceListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listGuidance")
def list_all() -> Response:
    """List the guidances and their local versions"""  # noqa: D400 -- a heading in the documentation
    return tagged_answer({"guidance": list_guidances(current_context().library)})


@blueprint.get("/<path:name>")
@blueprint.arguments(OnSchema, location="query")
@blueprint.response(200, GuidanceSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showGuidance")
def show(shape: Shape, name: str) -> Response:
    """Show a guidance, or a local version of one

    By `id` or `id/overlay` the version in force on a day, with `@version` that very one. The ETag is the SHA-256 over
    the digests of every definition behind the answer, since flags, facts and instrument are files of their own.
    """  # noqa: D400 -- the first line is a heading in the documentation
    context = current_context()
    try:
        bound = context.library.bind(name, on=shape.parts.get("on") or context.today())
    except UnknownDefinitionError as error:
        raise Problem("not-found", (error.fault.under("?name"),)) from None
    digest = hashlib.sha256(canonical_json(dict(bound.definitions))).hexdigest()
    return tagged_answer(guidance_data(bound), digest)
