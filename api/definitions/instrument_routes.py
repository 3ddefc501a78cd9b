"""The instruments: what is rated, how, and where it comes from."""

from flask import Response

from api.context.context import current_context
from api.definitions.data import instrument_data, list_instruments
from api.definitions.schemas import InstrumentListSchema, InstrumentSchema, OnSchema
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import UnknownDefinitionError

blueprint = RestBlueprint(
    "instruments",
    __name__,
    url_prefix="/api/v1/instruments",
    description="The instruments with every item, its anchors and what it rests on.",
)


@blueprint.get("")
@blueprint.response(200, InstrumentListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listInstruments")
def list_all() -> Response:
    """List the instruments"""  # noqa: D400 -- a heading in the documentation
    return tagged_answer({"instruments": list_instruments(current_context().library.instruments)})


@blueprint.get("/<name>")
@blueprint.arguments(OnSchema, location="query")
@blueprint.response(200, InstrumentSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showInstrument")
def show(shape: Shape, name: str) -> Response:
    """Show an instrument

    By `id` the version in force on a day, by `id@version` that very one. The ETag is the SHA-256 of the definition.
    """  # noqa: D400 -- the first line is a heading in the documentation
    context = current_context()
    try:
        definition = context.library.instruments.find(name, on=shape.parts.get("on") or context.today())
    except UnknownDefinitionError as error:
        raise Problem("not-found", (error.fault.under("?name"),)) from None
    return tagged_answer(instrument_data(definition), definition.sha256)
