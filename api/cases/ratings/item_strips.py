"""Risk and protection item by item: a strip for each, strengths first, what can change apart from what cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.cases.frame import WorkTranslator
from api.cases.ratings.rating_values import item_fields
from api.web.field_names import NOT_ASKED, NOT_FOUND
from instruments.model import Instrument, Item

#: Of one step of a strip, as it is drawn.
STEP, HEIGHT = 28, 14


@dataclass(frozen=True)
class Strip:
    """An item with its level.

    Parameters
    ----------
    level : str or None
        None for a blank, which is drawn as one: neither low nor absent.
    words : str
        The level, or why there is none, in words.
    filled, steps : int
        How many of its steps are filled: to the level that was rated, none of a blank.
    """

    item: Item
    level: str | None
    words: str
    filled: int
    steps: int

    @property
    def width(self) -> int:
        """Of the drawing."""
        return self.steps * STEP


@dataclass(frozen=True)
class StripGroup:
    """Items that belong together: ``protective``, ``dynamic`` risk or ``static`` risk."""

    id: str
    strips: tuple[Strip, ...]


def strip_groups(values: Mapping[str, str], instrument: Instrument, words: WorkTranslator) -> list[StripGroup]:
    """Every item of an assessment, to be shown only once the professional has given their own rating."""
    groups: dict[str, list[Strip]] = {"protective": [], "dynamic": [], "static": []}
    for item in instrument.items:
        kind = "protective" if item.kind == "protective" else "dynamic" if item.dynamic else "static"
        groups[kind].append(_strip(item, values, instrument.levels(item), words))
    return [StripGroup(kind, tuple(strips)) for kind, strips in groups.items() if strips]


def _strip(item: Item, values: Mapping[str, str], levels: Sequence[str], words: WorkTranslator) -> Strip:
    value = values.get(item_fields(item)[0], "")
    level = value if value in levels else None
    key = f"level.{level}" if level else f"blank.{NOT_FOUND if value == NOT_FOUND else NOT_ASKED}"
    return Strip(item, level, words.t(key), *filled_steps(item, levels, level))


def filled_steps(item: Item, levels: Sequence[str], level: str | None) -> tuple[int, int]:
    """How many steps of an item's strip are filled at a level, none for a blank, and how many there are."""
    first = 0 if item.kind == "protective" else 1  # that a strength is absent is no step of it
    return (0 if level is None else levels.index(level) + first), len(levels) - 1 + first
