"""What has changed from the first to the last signed assessment, in what can change: a result of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.cases.case_file import CaseFile
from api.cases.kinds import Assessment
from api.cases.ratings.blind_rating import paired
from api.cases.ratings.draft_content import read_rated
from api.store.schema import Entry
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.model import Instrument, Item
from instruments.ratings import Ratings
from screening.change_over_time import Cause, Rated, compare_ratings
from screening.library import Library

#: Which way an item has moved along its levels; ``unknown`` where one of the two is a blank.
Direction = Literal["up", "down", "unknown"]


@dataclass(frozen=True)
class ItemChange:
    """An item that is not rated as it was.

    Parameters
    ----------
    before, after : str or None
        Level or kind of blank; None where the instrument of then or now does not have it.
    """

    item: Item
    before: str | None
    after: str | None
    cause: Cause
    direction: Direction


@dataclass(frozen=True)
class RatedChange:
    """The change of protection and of dynamic risk.

    Parameters
    ----------
    first_on, last_on : str
        The days that the assessments are about.
    items : int
        How many items there are of what can change.
    protective, dynamic : tuple of ItemChange
    is_told_apart : bool
        Whether the rater and the young person can be told apart.
    """

    first_on: str
    last_on: str
    items: int
    protective: tuple[ItemChange, ...]
    dynamic: tuple[ItemChange, ...]
    is_told_apart: bool

    @property
    def unchanged(self) -> int:
        """How many items are rated as they were, blanks that still are blank among them."""
        return self.items - len({each.item.id for each in (*self.protective, *self.dynamic)})

    def number(self, kind: Literal["protective", "dynamic"], direction: Direction) -> int:
        """How many items have moved one way because of the young person, or of that or who rated."""
        changes = self.protective if kind == "protective" else self.dynamic
        return sum(each.direction == direction and each.cause in _OF_PERSON for each in changes)


_OF_PERSON = (Cause.PERSON, Cause.PERSON_OR_RATER)


def first_to_last(case_file: CaseFile, library: Library) -> RatedChange | None:
    """The change between the first and the last signed assessment by the instrument that was used last.

    Only what the reader sees is compared. None where there are not two, or their definitions are not here any more.
    """
    signed = [entry for entry in case_file.entries if entry.kind == Assessment.KIND]
    alike = [entry for entry in signed if _name(entry) == _name(signed[-1])]
    if len(alike) < 2:
        return None
    first, last = alike[0], alike[-1]
    try:
        (one, old), (other, new) = _rated(first, library), _rated(last, library)
        second = _second_of(case_file, first, last, library)
    except (AlteredDefinitionError, InputError, UnknownDefinitionError):
        return None
    differences, is_told_apart = compare_ratings(one, other, second)
    items = {item.id: item for item in (*old.items, *new.items) if item.kind == "protective" or item.dynamic}
    changes = [
        ItemChange(item, each.before, each.after, each.cause, _direction(item, each.before, each.after, new))
        for each in differences
        if (item := items.get(each.what.removeprefix("item."))) is not None
    ]
    return RatedChange(
        str(first.content["assessed_on"]),
        str(last.content["assessed_on"]),
        len(items),
        tuple(each for each in changes if each.item.kind == "protective"),
        tuple(each for each in changes if each.item.kind != "protective"),
        is_told_apart,
    )


def _name(entry: Entry) -> str:
    return str(entry.content["instrument"]).partition("@")[0]


def _rated(entry: Entry, library: Library) -> tuple[Rated, Instrument]:
    content: Mapping[str, object] = entry.content
    on = date.fromisoformat(str(content["assessed_on"]))
    ratings, reference = read_rated(str(content["instrument"]), entry.content["ratings"], on, library)
    instrument = library.instruments.find(reference, on=on).content
    return Rated(instrument, ratings, entry.made_by), instrument


def _second_of(case_file: CaseFile, first: Entry, last: Entry, library: Library) -> Ratings | None:
    """The view of the first material of whoever rated last, made unseen."""
    for pair in paired(case_file.entries):
        second = pair.second
        if pair.first is not None and pair.first.id == first.id and second is not None:
            is_same = second.content["instrument"] == first.content["instrument"]
            if second.made_by == last.made_by and is_same:
                return _rated(second, library)[0].ratings
    return None


def _direction(item: Item, before: str | None, after: str | None, instrument: Instrument) -> Direction:
    levels = instrument.levels(item)
    if before not in levels or after not in levels:
        return "unknown"
    return "up" if levels.index(after) > levels.index(before) else "down"
