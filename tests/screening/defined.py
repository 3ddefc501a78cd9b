"""Every definition that ships, taken apart once for the tests that read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from instruments.messages import Text
from instruments.registry import Definition, Registry, Versioned
from screening.definition_folders import KINDS
from screening.facts import FactDictionary
from screening.gate import ConsentRules
from screening.guidance import Citation, Criterion, FlagSet, Guidance, Overlay
from screening.library import DEFINITIONS

OURS = "Underlag"
OUR_DAY = date(2026, 11, 21)
#: The day from which the mended versions hold.
MENDED = date(2026, 11, 28)


@dataclass(frozen=True)
class Quote:
    place: str
    text: str
    source: Citation | None


def parts_of(node: object, place: str) -> Iterator[tuple[str, BaseModel]]:
    """Every part of a definition with its place, the definition itself first."""
    if isinstance(node, BaseModel):
        yield place, node
        for name, value in node:
            yield from parts_of(value, f"{place}.{name}")
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from parts_of(value, f"{place}.{getattr(value, 'id', index)}")


def all_definitions() -> list[Definition[Versioned]]:
    return [each for kind, model in KINDS.items() for each in Registry(model, [DEFINITIONS / kind])]


ALL = all_definitions()
PARTS = [part for each in ALL for part in parts_of(each.content, each.reference)]
TEXTS = [(place, part) for place, part in PARTS if isinstance(part, Text)]
QUOTES = [
    Quote(place, quote, getattr(part, "source", None))
    for place, part in PARTS
    if isinstance(quote := getattr(part, "quote", None), str)
]
#: Every version by ``id@version``.
BY_REFERENCE = {each.reference: each for each in ALL}
#: The versions that the architecture and the domain describe. Whatever comes later is held to what holds for every
#: version, and to the cases that come with it.
DESCRIBED = [each for each in ALL if each.content.valid_from <= MENDED]
# The latest version of each, since a later one comes after an earlier one of the same id.
GUIDANCES = {each.content.id: each.content for each in ALL if isinstance(each.content, Guidance)}
OVERLAYS = {each.content.id: each.content for each in ALL if isinstance(each.content, Overlay)}
DICTIONARY = [each.content for each in ALL if isinstance(each.content, FactDictionary)][-1]
FLAGS = [each.content for each in ALL if isinstance(each.content, FlagSet)][-1]
CONSENT = [each.content for each in ALL if isinstance(each.content, ConsentRules)][-1]


def in_tree(criteria: tuple[Criterion, ...]) -> Iterator[Criterion]:
    for criterion in criteria:
        yield from criterion.walk()
