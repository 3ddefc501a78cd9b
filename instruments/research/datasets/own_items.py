"""Instruments that nobody is rated by here: research on them needs their scales only.

A mapping tells them, or a definition that has nothing else (`instruments.studied`).
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from instruments.mapping import ColumnMapping
from instruments.messages import LANGUAGES, Text
from instruments.model import Domain, Instrument, Item, Kind, Scales
from instruments.scales import ItemScale
from instruments.studied import StudiedInstrument, StudiedScore

ID, VERSION = "own_items", "0"
#: What a card names where there is no definition. One that is studied has an id within it.
REFERENCE = f"{ID}@{VERSION}"
_KINDS: tuple[Kind, ...] = ("risk", "protective")


class OwnItems(Instrument):
    """Items each on a scale of its own; there may be none, but scores alone.

    It has no anchors and no limits: nobody can be screened by it, and no evidence on it stands beside an assessment.
    """

    own_scales: Mapping[str, tuple[str, ...]]
    own_scores: Mapping[str, StudiedScore]

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
    title = Text(**dict.fromkeys(LANGUAGES, content.rated_with.instrument if content.rated_with is not None else "–"))
    return _made(content.items, content.levels, {"id": ID, "version": VERSION, "title": title})


def studied_items(definition: StudiedInstrument) -> OwnItems:
    """The items and scales of an instrument that is studied and by which nobody is rated."""
    named = {"id": f"{ID}/{definition.id}", "version": definition.version, "title": definition.title}
    return _made(definition.items, definition.levels, named, definition.scores)


def scales_said_twice(content: ColumnMapping, instrument: Instrument) -> list[str]:
    """Scores to which both a mapping and the definition that it names give a scale."""
    known = instrument.own_scores if isinstance(instrument, OwnItems) else {}
    parts = set(StudiedScore.model_fields)
    return [name for name, score in content.scores.items() if name in known and parts & score.model_fields_set]


def with_own_scores(content: ColumnMapping, instrument: Instrument) -> ColumnMapping:
    """A mapping whose scores have the scales of the definition that it names."""
    known = instrument.own_scores if isinstance(instrument, OwnItems) else {}
    scores = {
        name: score.model_copy(update={part: getattr(known[name], part) for part in StudiedScore.model_fields})
        if name in known
        else score
        for name, score in content.scores.items()
    }
    return content.model_copy(update={"scores": scores})


def _made(
    given: Mapping[str, ItemScale],
    levels: tuple[str, ...],
    named: Mapping[str, object],
    scores: Mapping[str, StudiedScore] | None = None,
) -> OwnItems:
    alike: dict[str, Any] = {"dynamic": False, "own_behaviour": False}
    kinds = {item: scale.kind for item, scale in given.items()}
    ids = {name: Text(**dict.fromkeys(LANGUAGES, name)) for name in (*kinds, *_KINDS)}
    parts: dict[str, Any] = {
        **named,
        "status": "draft",
        "valid_from": date.min,
        "valid_to": None,
        "scales": Scales(risk=("low", "moderate", "high"), protective=("absent", "present")),
        "domains": tuple(Domain(id=kind, kind=kind, title=ids[kind]) for kind in _KINDS if kind in kinds.values()),
        "items": tuple(
            Item.model_construct(**{"id": item, "title": ids[item], "kind": kind, "domain": kind, **alike})
            for item, kind in kinds.items()
        ),
        "own_scales": {item: scale.own_levels or levels for item, scale in given.items()},
        "own_scores": scores or {},
    }
    return OwnItems.model_construct(**parts)
