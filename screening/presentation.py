"""Which facts are shown although no criterion tests them, and where: dated, with a reason and an owner."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned
from screening.rules import Name, Part

DEFINITIONS = Path(__file__).parent / "definitions" / "presentation"
Place = Literal["form", "gate"]


class ShownFacts(Part):
    """The facts that are shown in one place, in their order, and why."""

    id: Place
    facts: tuple[Name, ...]
    reading: Text
    decided_by: Line
    decided_on: date


class Presentation(Versioned):
    """Facts that are shown beside what is tested."""

    places: tuple[ShownFacts, ...]


@cache
def presentations() -> Registry[Presentation]:
    """Every version of the presentation."""
    return Registry(Presentation, [DEFINITIONS])


def shown_in(place: Place, on: date) -> tuple[str, ...]:
    """The facts that are shown in a place, by the version in force on a day.

    Raises
    ------
    UnknownDefinitionError
    """
    content = presentations().find("presentation", on=on).content
    return next(each.facts for each in content.places if each.id == place)
