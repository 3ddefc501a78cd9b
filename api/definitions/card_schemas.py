"""The answer about the evidence behind an instrument, and what is asked with it."""

from marshmallow import ValidationError, fields

from api.definitions.schemas import OnSchema
from api.web.schema_parts import TextSchema, flag, line, many, one, sentence, word
from api.web.shape import Exact
from instruments.faults import Fault, shown

LEVELS = ("low", "moderate", "high")


def _is_level(value: str) -> None:
    if value not in LEVELS:
        raise ValidationError(
            [Fault("level-off-scale", "", {"name": "summary_rating", "value": shown(value), "allowed": list(LEVELS)})]
        )


class CardsOfSchema(OnSchema):
    """The day, and the rating that was made."""

    summary_rating = fields.String(
        validate=_is_level,
        metadata={
            "description": "The professional's summary rating, once it is made.",
            "example": "moderate",
            "enum": list(LEVELS),
        },
    )


class CardPeriodSchema(Exact):
    """When the sample was rated."""

    first = line("The first day or year.")
    last = line("The last.")


class CardAboutSchema(Exact):
    """What a verified card says."""

    title = sentence("Its title.")
    plain = sentence("What is known, in plain words.")
    responsible = line("Who answers for it.")
    local = flag("Whether the sample is of this place.")
    sample = sentence("Whom the figures are about.")
    people = fields.Integer(required=True, metadata={"description": "How many they are."})
    period = one(CardPeriodSchema, "When they were rated.", nullable=True)
    outcome = sentence("What the instrument was held against.")
    not_validated_for = many(fields.Nested(TextSchema), "What the figures do not hold for.")


class FrequencySchema(Exact):
    """So many of so many had the outcome."""

    level = word("The level of the summary rating.", *LEVELS)
    events = fields.Integer(required=True, metadata={"description": "Who had the outcome."})
    n = fields.Integer(required=True, metadata={"description": "Of so many; at least 50."})
    interval = many(fields.Float(), "95 % interval of the share.")
    text = sentence("The same in a sentence.")


class CardSchema(Exact):
    """An evidence card."""

    reference = line("`id@version`.")
    created_on = fields.Date(required=True, metadata={"description": "When it was made."})
    verified = flag("Whether its signature holds and it is about this very file of the instrument.")
    about = one(CardAboutSchema, "What it says; null where it is not verified.", nullable=True)
    decision_support = flag("Whether it allows frequencies to be shown beside an assessment.")
    frequencies = many(
        fields.Nested(FrequencySchema),
        "By level of the summary rating; null where the card does not allow it, or no rating was sent.",
        allow_none=True,
    )


class CardListSchema(Exact):
    """The evidence cards of an instrument."""

    instrument = line("`id@version`.")
    sha256 = line("Digest of its file.")
    cards = many(fields.Nested(CardSchema), "The newest first.")
