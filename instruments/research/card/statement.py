"""What a person says of a card, in a file of its own."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from instruments.cards import Line
from instruments.messages import Text
from instruments.registry import Identifier, Version


class StatedPeriod(BaseModel):
    """When the sample was rated: days or years."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date | StrictInt
    last: date | StrictInt


class CardStatement(BaseModel):
    """What a person says of a card, in a file of its own.

    Parameters
    ----------
    id, version : str
        Of the card.
    responsible : str
        Who answers for it: name and organisation.
    title, sample, outcome : Text, optional
        What it is about, whom, and how and for how long the outcome was looked for.
    period : StatedPeriod, optional
        By default the days of rating, where the data have them.
    local, decision_support : bool
        See `instruments.cards.Card`.
    not_validated_for : tuple of Text
        Besides what follows from the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    version: Version
    responsible: Line
    title: Text | None = None
    sample: Text | None = None
    outcome: Text | None = None
    period: StatedPeriod | None = None
    local: StrictBool = False
    decision_support: StrictBool = False
    not_validated_for: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
