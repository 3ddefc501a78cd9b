"""Which flags speak against which outcome, and what must then never be: dated, with a reading and an owner."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned
from screening.rules import Name, Part

DEFINITIONS = Path(__file__).parents[1] / "definitions" / "contradictions"


class Contradiction(Part):
    """A flag that speaks against support, and what must never be of the two.

    Parameters
    ----------
    always : bool
        That the flag is raised in every completion that supports an offer.
    by_same_answer : bool
        That one answer both raises the flag and makes the outcome support an offer, all else being the same.
    """

    flag: Name
    outcome: Literal["supports_offer"]
    always: bool
    by_same_answer: bool
    reading: Text
    decided_by: Line
    decided_on: date


class Contradictions(Versioned):
    """Every flag that speaks against an outcome."""

    contradictions: tuple[Contradiction, ...]


@cache
def contradictions() -> Registry[Contradictions]:
    """Every version of them."""
    return Registry(Contradictions, [DEFINITIONS])


def contradictions_on(on: date) -> tuple[Contradiction, ...]:
    """What must never be of flags and outcome, by the version in force on a day.

    Raises
    ------
    UnknownDefinitionError
    """
    return contradictions().find("contradictions", on=on).content.contradictions
