"""Items of an instrument that Underlag has no definition of: research on their ratings needs only their levels."""

from datetime import date
from functools import cached_property
from typing import Any

from instruments.mapping import ColumnMapping
from instruments.messages import Text
from instruments.model import Domain, Instrument, Item, Kind, Scales

ID = "own_items"


class OwnItems(Instrument):
    """Items that a mapping file names itself. All are counted together, upwards from the lowest level.

    It has no anchors, no limits and no file of its own: no card can be bound to it, and nobody be screened by it.
    """

    own_levels: tuple[str, ...]

    def levels(self, item: Item) -> tuple[str, ...]:
        return self.own_levels

    @cached_property
    def codes(self) -> dict[Kind, dict[str, int]]:
        """Level to code, the same for all items."""
        codes = {level: code for code, level in enumerate(self.own_levels)}
        return {"risk": codes, "protective": codes}


def own_items(content: ColumnMapping) -> OwnItems:
    """The items and levels that a mapping names itself.

    Parameters
    ----------
    content : ColumnMapping
        With ``levels``.
    """
    nothing = Text(sv="–", en="–")
    alike: dict[str, Any] = {"domain": "items", "kind": "risk", "dynamic": False, "own_behaviour": False}
    parts: dict[str, Any] = {
        "id": ID,
        "version": "0",
        "status": "draft",
        "valid_from": date.min,
        "valid_to": None,
        "title": nothing,
        "scales": Scales(risk=("low", "moderate", "high"), protective=("absent", "present")),
        "domains": (Domain(id="items", kind="risk", title=nothing),),
        "items": tuple(Item.model_construct(**{"id": name, "title": nothing, **alike}) for name in content.items),
        "own_levels": content.levels,
    }
    return OwnItems.model_construct(**parts)
