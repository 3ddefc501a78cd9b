"""Instruments that Underlag has no definition of: research on them needs their scales only, which a mapping tells."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from instruments.mapping import ColumnMapping
from instruments.messages import LANGUAGES, Text
from instruments.model import Domain, Instrument, Item, Kind, Scales

ID, VERSION = "own_items", "0"
#: What a card names in the place of a definition.
REFERENCE = f"{ID}@{VERSION}"
_KINDS: tuple[Kind, ...] = ("risk", "protective")


class OwnItems(Instrument):
    """Items that a mapping file names itself, each on a scale of its own; there may be none, but scores alone.

    It has no anchors, no limits and no file but the mapping: nobody can be screened by it, and no evidence on it stands
    beside an assessment.
    """

    own_scales: Mapping[str, tuple[str, ...]]

    def levels(self, item: Item) -> tuple[str, ...]:
        return self.own_scales[item.id]

    @cached_property
    def codes(self) -> dict[Kind, dict[str, int]]:
        """Every level that an item of a kind has. What its code is depends on the item: see `levels`."""
        known: dict[Kind, dict[str, int]] = {kind: {} for kind in _KINDS}
        for item in self.items:
            known[item.kind] |= {level: code for code, level in enumerate(self.levels(item))}
        return known


def own_items(content: ColumnMapping) -> OwnItems:
    """The items and scales that a mapping names itself.

    Parameters
    ----------
    content : ColumnMapping
        One that names no instrument.
    """
    nothing = Text(sv="–", en="–")
    title = nothing if content.rated_with is None else Text(**dict.fromkeys(LANGUAGES, content.rated_with.instrument))
    alike: dict[str, Any] = {"title": nothing, "dynamic": False, "own_behaviour": False}
    kinds = {item: given.kind for item, given in content.items.items()}
    parts: dict[str, Any] = {
        "id": ID,
        "version": VERSION,
        "status": "draft",
        "valid_from": date.min,
        "valid_to": None,
        "title": title,
        "scales": Scales(risk=("low", "moderate", "high"), protective=("absent", "present")),
        "domains": tuple(Domain(id=kind, kind=kind, title=nothing) for kind in _KINDS if kind in kinds.values()),
        "items": tuple(
            Item.model_construct(**{"id": item, "kind": kind, "domain": kind, **alike}) for item, kind in kinds.items()
        ),
        "own_scales": {item: given.own_levels or content.levels for item, given in content.items.items()},
    }
    return OwnItems.model_construct(**parts)
