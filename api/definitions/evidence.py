"""What the evidence cards tell of an instrument, in plain words; and counts where and when they are allowed."""

from typing import Any

from api.context.context import Context
from instruments.card_parts import LevelCount
from instruments.card_shelf import ListedCard, cards_about
from instruments.messages import LANGUAGES, Message, Text, in_both_languages
from instruments.model import Instrument
from instruments.registry import Definition


def evidence_of(context: Context, instrument: Definition[Instrument], *, is_rated: bool) -> list[dict[str, Any]]:
    """The cards of an instrument, the newest first.

    A card whose signature does not hold, or that is about another file of the instrument, tells nothing but that it
    is there.

    Parameters
    ----------
    is_rated : bool
        Whether the professional's own rating is made: frequencies are told only then, and only of a local card that
        allows it.
    """
    listed = cards_about(context.cards, instrument.reference, instrument.sha256, context.signing_key)
    return [_card(context, each, is_rated) for each in listed]


def _card(context: Context, listed: ListedCard, is_rated: bool) -> dict[str, Any]:
    card = listed.card
    card_data: dict[str, Any] = {
        "reference": card.reference,
        "created_on": card.created_on.isoformat(),
        "verified": listed.is_verified,
        "about": None,
        "decision_support": listed.allows_decision_support,
        "frequencies": None,
    }
    if listed.is_verified:
        period = card.sample.period
        card_data["about"] = {
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
        card_data["frequencies"] = [_frequency(context, each, card.outcome.description) for each in card.levels]
    return card_data


def _frequency(context: Context, level: LevelCount, outcome: Text) -> dict[str, Any]:
    """So many of so many, in numbers and in a sentence."""
    low, high = (round(100 * share) for share in (level.low, level.high))
    parameters = {"events": level.events, "n": level.n, "level": level.level, "low": low, "high": high}
    sentence = {
        language: context.catalogue.render(
            Message("card.frequency", {**parameters, "outcome": outcome.in_language(language)}), language
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
