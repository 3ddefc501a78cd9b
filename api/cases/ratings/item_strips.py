"""Risk and protection item by item: a strip for each, strengths first, what can change apart from what cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.cases.frame import WorkTranslator
from api.cases.kinds import Assessment
from api.cases.ratings.rating_values import item_fields, values_of
from api.store.schema import Entry
from api.web.field_names import NOT_ASKED, NOT_FOUND
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from instruments.model import Instrument, Item
from screening.library import Library

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
    before : Strip or None
        The same item in the assessment before; None where there is none, or no item that says the same.
    """

    item: Item
    level: str | None
    words: str
    filled: int
    steps: int
    before: "Strip | None" = None

    @property
    def width(self) -> int:
        """Of the drawing."""
        return self.steps * STEP

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than before; one kind of blank is told apart from another."""
        return self.before is not None and self.before.words != self.words


@dataclass(frozen=True)
class Earlier:
    """The assessment before, by the same instrument.

    Parameters
    ----------
    made_by : Instrument
        The version that it was made by.
    is_other_version : bool
        Whether what it is compared with was made by another version.
    """

    entry: Entry
    made_by: Instrument
    values: Mapping[str, str]
    is_other_version: bool

    @property
    def day(self) -> str:
        """The day that it is about."""
        return str(self.entry.content["assessed_on"])

    def value_of(self, item: Item) -> str | None:
        """What it says of an item; None unless that version asks the very same: a changed wording is another item."""
        if item not in self.made_by.items:
            return None
        return self.values.get(item_fields(item)[0]) or NOT_ASKED


@dataclass(frozen=True)
class StripGroup:
    """Items that belong together: ``protective``, ``dynamic`` risk or ``static`` risk."""

    id: str
    strips: tuple[Strip, ...]
    earlier: Earlier | None = None

    @property
    def changed(self) -> int:
        """How many items say something else than before."""
        return sum(strip.is_changed for strip in self.strips)


def strip_groups(
    values: Mapping[str, str], instrument: Instrument, words: WorkTranslator, earlier: Earlier | None = None
) -> list[StripGroup]:
    """Every item of an assessment, to be shown only once the professional has given their own rating."""
    groups: dict[str, list[Strip]] = {"protective": [], "dynamic": [], "static": []}
    for item in instrument.items:
        kind = "protective" if item.kind == "protective" else "dynamic" if item.dynamic else "static"
        levels, was = instrument.levels(item), earlier.value_of(item) if earlier else None
        before = _strip(item, was, levels, words) if was is not None else None
        groups[kind].append(_strip(item, values.get(item_fields(item)[0], ""), levels, words, before))
    return [StripGroup(kind, tuple(strips), earlier) for kind, strips in groups.items() if strips]


def strips_of(entry: Entry, shown: Sequence[Entry], library: Library, words: WorkTranslator) -> list[StripGroup]:
    """The strips of a signed assessment beside the one before; none where its definition is not here any more.

    Parameters
    ----------
    shown : sequence of Entry
        What the reader may see of the case: nothing else is compared with.
    """
    instrument = _instrument_of(entry, library)
    if instrument is None:
        return []
    earlier = earlier_among(shown, entry, library)
    return strip_groups(values_of(entry.content, instrument), instrument, words, earlier)


def earlier_among(shown: Sequence[Entry], entry: Entry, library: Library) -> Earlier | None:
    """The assessment before a signed one, among entries that the reader may see; see `last_among`.

    A second rating of the same material has none: it is no later assessment.
    """
    instrument = _instrument_of(entry, library)
    if entry.kind != Assessment.KIND or instrument is None:
        return None
    return last_among([each for each in shown if each.number < entry.number], instrument, library)


def last_among(shown: Sequence[Entry], instrument: Instrument, library: Library) -> Earlier | None:
    """The last signed assessment by some version of an instrument; None where its definition is not here any more."""
    signed = [
        entry
        for entry in shown
        if entry.kind == Assessment.KIND and entry.content["instrument"].partition("@")[0] == instrument.id
    ]
    made_by = _instrument_of(signed[-1], library) if signed else None
    if made_by is None:
        return None
    is_other_version = made_by.version != instrument.version
    return Earlier(signed[-1], made_by, values_of(signed[-1].content, made_by), is_other_version)


def _instrument_of(entry: Entry, library: Library) -> Instrument | None:
    try:
        return library.instruments.find(entry.content["instrument"], on=entry.made_at.date()).content
    except (UnknownDefinitionError, AlteredDefinitionError):
        return None


def _strip(item: Item, value: str, levels: Sequence[str], words: WorkTranslator, before: Strip | None = None) -> Strip:
    level = value if value in levels else None
    key = f"level.{level}" if level else f"blank.{NOT_FOUND if value == NOT_FOUND else NOT_ASKED}"
    return Strip(item, level, words.t(key), *filled_steps(item, levels, level), before)


def filled_steps(item: Item, levels: Sequence[str], level: str | None) -> tuple[int, int]:
    """How many steps of an item's strip are filled at a level, none for a blank, and how many there are."""
    first = 0 if item.kind == "protective" else 1  # that a strength is absent is no step of it
    return (0 if level is None else levels.index(level) + first), len(levels) - 1 + first
