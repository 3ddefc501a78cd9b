"""What is known of how an instrument works: the evidence cards that were published about it."""

from typing import Any

from flask import Response

from api.problems import Problem
from api.rest import RestBlueprint
from api.routes.negotiation import tagged_answer
from api.schemas.cards import CardListSchema, CardsOfSchema
from api.schemas.shape import Shape
from api.service import Service, the_service
from instruments.card_shelf import ListedCard, cards_about
from instruments.cards import LevelCount
from instruments.faults import UnknownDefinitionError
from instruments.messages import LANGUAGES, Message, Text, in_both_languages

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
def list_cards(shape: Shape, name: str) -> Response:
    """List the evidence cards of an instrument

    The newest first, with plain words about what is known and what it is not validated for. A card whose signature does
    not hold, or that is about another file of the instrument, is listed as not verified and tells nothing.

    Frequencies are told only where a local card allows it, and only once the professional has rated: `summary_rating`
    is the rating that was made. They are counts by level of that rating, never a probability for anyone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    service = the_service()
    try:
        found = service.library.instruments.find(name, on=shape.parts.get("on") or service.today())
    except UnknownDefinitionError as error:
        raise Problem("not-found", (error.fault.under("?name"),)) from None
    is_rated = shape.parts.get("summary_rating") is not None
    listed = cards_about(service.cards, found.reference, found.sha256, service.signing_key)
    cards = [_card(service, each, is_rated) for each in listed]
    return tagged_answer({"instrument": found.reference, "sha256": found.sha256, "cards": cards})


def _card(service: Service, listed: ListedCard, is_rated: bool) -> dict[str, Any]:
    card = listed.card
    told: dict[str, Any] = {
        "reference": card.reference,
        "created_on": card.created_on.isoformat(),
        "verified": listed.is_verified,
        "about": None,
        "decision_support": listed.allows_decision_support,
        "frequencies": None,
    }
    if listed.is_verified:
        period = card.sample.period
        told["about"] = {
            "title": in_both_languages(card.title),
            "plain": in_both_languages(card.plain),
            "responsible": card.responsible,
            "local": card.local,
            "sample": in_both_languages(card.sample.description),
            "people": card.sample.persons,
            "period": {"first": period.first, "last": period.last} if period is not None else None,
            "outcome": in_both_languages(card.outcome.description),
            "not_validated_for": [in_both_languages(each) for each in card.not_validated_for],
        }
    if listed.allows_decision_support and is_rated:
        told["frequencies"] = [_frequency(service, each, card.outcome.description) for each in card.levels]
    return told


def _frequency(service: Service, level: LevelCount, outcome: Text) -> dict[str, Any]:
    """So many of so many, in numbers and in a sentence."""
    low, high = (round(100 * share) for share in (level.low, level.high))
    sentence = {
        language: service.catalogue.render(
            Message(
                "card.frequency",
                {
                    "events": level.events,
                    "n": level.n,
                    "level": level.level,
                    "outcome": outcome.in_language(language),
                    "low": low,
                    "high": high,
                },
            ),
            language,
        )
        for language in LANGUAGES
    }
    return {
        "level": level.level,
        "events": level.events,
        "n": level.n,
        "interval": [level.low, level.high],
        "text": sentence,
    }
