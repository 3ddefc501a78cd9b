"""What is known of how an instrument works: the evidence cards that were published about it."""

from flask import Response

from api.context.context import current_context
from api.definitions.card_schemas import CardListSchema, CardsOfSchema
from api.definitions.evidence import evidence_of
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import UnknownDefinitionError

blueprint = RestBlueprint(
    "cards",
    __name__,
    url_prefix="/api/v1/instruments",
    description="The evidence behind an instrument: for whom it was tested, and for whom not.",
)


@blueprint.get("/<name>/cards")
@blueprint.arguments(CardsOfSchema, location="query")
@blueprint.response(200, CardListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listEvidenceCards")
def list_cards(shape: Shape, name: str) -> Response:
    """List the evidence cards of an instrument

    The newest first, with plain words about what is known and what it is not validated for. A card whose signature does
    not hold, or that is about another file of the instrument, is listed as not verified and tells nothing.

    Frequencies are told only where a local card allows it, and only once the professional has rated: `summary_rating`
    is the rating that was made. They are counts by level of that rating, never a probability for anyone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    context = current_context()
    try:
        instrument = context.library.instruments.find(name, on=shape.parts.get("on") or context.today())
    except UnknownDefinitionError as error:
        raise Problem("not-found", (error.fault.under("?name"),)) from None
    is_rated = shape.parts.get("summary_rating") is not None
    cards = evidence_of(context, instrument, is_rated=is_rated)
    return tagged_answer({"instrument": instrument.reference, "sha256": instrument.sha256, "cards": cards})
