"""One person's ratings of one instrument, with the kinds of blank kept apart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, cast

from instruments.faults import Fault, InputError, pointer, shown
from instruments.model import Instrument, Item, Kind
from instruments.text import is_unreadable

BLANK = -1
LONGEST_TEXT = 10_000
MOST_CRITICAL_ITEMS = 5


class BlankKind(StrEnum):
    """Why a value is not there. To the logic all three are the same: it can still be anything.

    ``NOT_ASKED``: nobody has looked yet. ``NOT_FOUND``: looked for, and could not be learned; has a reason.
    ``STALE``: known once, but older than its freshness limit; for facts only, never for items.
    """

    NOT_ASKED = "not_asked"
    NOT_FOUND = "not_found"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class ExtraFactor:
    """Something of weight in this case that no item covers. It never enters a count."""

    text: str
    direction: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class CriticalItem:
    """An item that weighs heavily in this case. The mark never enters a count."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ratings:
    """One person's ratings of one instrument.

    Parameters
    ----------
    codes : tuple of int, one for each item in the order of the instrument
        The position of the level in the item's scale: 0 low, 1 moderate, 2 high; 0 absent, 1 present; `BLANK`
        for none.
    blanks : Mapping of str to BlankKind
        The kind of blank of every item without a level.
    reasons : Mapping of str to str
        Why an item could not be rated; for every item that is not found.
    notes, sources : Mapping of str to str
        What the rating rests on and where it comes from, for the items where this was written down.
    extra_factors : tuple of ExtraFactor
    critical_items : tuple of CriticalItem
        At most five.
    """

    codes: tuple[int, ...]
    blanks: Mapping[str, BlankKind] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    extra_factors: tuple[ExtraFactor, ...] = ()
    critical_items: tuple[CriticalItem, ...] = ()

    def as_data(self, instrument: Instrument) -> dict[str, object]:
        """Return the form that `read_ratings` reads, with every item in it."""
        return {
            "instrument": instrument.id,
            "items": {item.id: self._as_sent(instrument, item) for item in instrument.items},
            "extra_factors": [asdict(factor) for factor in self.extra_factors],
            "critical_items": [asdict(critical) for critical in self.critical_items],
        }

    def _as_sent(self, instrument: Instrument, item: Item) -> object:
        code = self.codes[instrument.positions[item.id]]
        sent: dict[str, object] = {}
        if code != BLANK:
            sent["level"] = instrument.levels(item)[code]
        elif self.blanks.get(item.id) is BlankKind.NOT_FOUND:
            sent |= {"missing": BlankKind.NOT_FOUND.value, "reason": self.reasons[item.id]}
        sent |= {
            name: texts[item.id] for name, texts in (("note", self.notes), ("source", self.sources)) if item.id in texts
        }
        return sent.get("level") if set(sent) <= {"level"} else sent


def read_ratings(raw: Any, instrument: Instrument, where: str = "") -> Ratings:
    """Read ratings from the form in which they are sent.

    Parameters
    ----------
    raw : Mapping
        ``items`` maps item ids to a level, to null for not asked, to ``{"missing": "not_found", "reason":
        …}``, or to ``{"level": …, "note": …, "source": …}``. ``extra_factors`` lists ``{"text", "direction",
        "reason"}`` and ``critical_items`` ``{"item", "reason"}``. ``instrument``, if given, must name this
        instrument. Items that are left out are not asked.
    instrument : Instrument
        The instrument that was named. Age never chooses another.
    where : str
        JSON pointer to ``raw`` in the document that holds it.

    Returns
    -------
    Ratings

    Raises
    ------
    InputError
        With every fault, each with its JSON pointer.

    Examples
    --------
    >>> from datetime import date
    >>> from instruments.shipped import instrument_registry
    >>> youth = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content
    >>> ratings = read_ratings({"items": {"substance_use": "high", "anger_management": None}}, youth)
    >>> ratings.codes[youth.positions["substance_use"]], ratings.blanks["anger_management"].value
    (2, 'not_asked')
    """
    reading = _Reading(instrument)
    ratings = reading.ratings(raw, where)
    if reading.faults:
        raise InputError(reading.faults)
    return ratings


def require_ratings_of(instrument: Instrument, ratings: Ratings) -> None:
    """Refuse ratings that cannot be of this instrument.

    Raises
    ------
    ValueError
        If the ratings are not as many as the items: a mistake of the caller, not of a person who filled in a
        form.
    """
    if len(ratings.codes) != len(instrument.items):
        raise ValueError(f"{len(ratings.codes)} ratings for the {len(instrument.items)} items of {instrument.id}")


class _Reading:
    """One pass over a raw form, gathering faults instead of stopping at the first."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._reasons: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._blanks: dict[str, BlankKind] = {}
        self.faults: list[Fault] = []

    def ratings(self, raw: Any, where: str) -> Ratings:
        form = self._mapping(raw, where, {"instrument", "items", "extra_factors", "critical_items"})
        self._same_instrument(form.get("instrument"), pointer(where, "instrument"))
        return Ratings(
            codes=self._codes(form.get("items"), pointer(where, "items")),
            blanks=self._blanks,
            reasons=self._reasons,
            notes=self._notes,
            sources=self._sources,
            extra_factors=tuple(self._extra_factors(form.get("extra_factors"), pointer(where, "extra_factors"))),
            critical_items=tuple(self._critical_items(form.get("critical_items"), pointer(where, "critical_items"))),
        )

    def _same_instrument(self, name: Any, where: str) -> None:
        instrument = self._instrument
        if name not in (None, instrument.id, f"{instrument.id}@{instrument.version}"):
            self._fault("other-instrument", where, name=shown(name), expected=instrument.id)

    def _codes(self, raw: Any, where: str) -> tuple[int, ...]:
        given = {} if raw is None else self._mapping(raw, where, None)
        for name in given:
            if name not in self._instrument.positions:
                self._fault(
                    "unknown-item", pointer(where, shown(name)), name=shown(name), instrument=self._instrument.id
                )
        codes = []
        for item in self._instrument.items:
            value, levels = given.get(item.id), self._instrument.codes[item.kind]
            code = levels.get(value) if type(value) is str else None  # the common case, kept short
            codes.append(self._code(value, item.id, levels, where) if code is None else code)
        return tuple(codes)

    def _code(self, value: Any, item: str, codes: Mapping[str, int], items: str) -> int:
        if value is None:
            self._blanks[item] = BlankKind.NOT_ASKED
            return BLANK
        where = pointer(items, item)
        if isinstance(value, str):
            return self._level(value, item, codes, where)
        parts = self._mapping(value, where, {"level", "missing", "reason", "note", "source"})
        for name, kept in (("note", self._notes), ("source", self._sources)):
            if parts.get(name) is not None:
                kept[item] = self._text(parts[name], pointer(where, name))
        level, missing = parts.get("level"), parts.get("missing")
        if level is not None:
            if missing is not None:
                self._fault("level-and-missing", where, name=item)
            if parts.get("reason") is not None:
                self._fault("reason-without-missing", pointer(where, "reason"), name=item)
            return self._level(level, item, codes, pointer(where, "level"))
        self._blank(missing, parts.get("reason"), item, where)
        return BLANK

    def _level(self, value: Any, item: str, codes: Mapping[str, int], where: str) -> int:
        code = codes.get(value) if isinstance(value, str) else None
        if code is not None:
            return code
        allowed = list(codes)
        if not isinstance(value, str):
            self._fault("wrong-type", where, name=item, expected="text")
        elif value == "not_applicable":
            self._fault("item-not-applicable", where, name=item, allowed=allowed)
        else:
            self._fault("level-off-scale", where, name=item, value=shown(value), allowed=allowed)
        return BLANK

    def _blank(self, missing: Any, reason: Any, item: str, where: str) -> None:
        if missing not in (None, "not_asked", "not_found"):
            allowed = ["not_asked", "not_found"]
            self._fault("unknown-kind-of-blank", pointer(where, "missing"), value=shown(missing), allowed=allowed)
        elif missing == "not_found":
            self._blanks[item] = BlankKind.NOT_FOUND
            if reason is None or (isinstance(reason, str) and not reason.strip()):
                self._fault("reason-missing", where, name=item)
            else:
                self._reasons[item] = self._text(reason, pointer(where, "reason"))
        else:
            self._blanks[item] = BlankKind.NOT_ASKED
            if reason is not None:
                self._fault("reason-without-missing", pointer(where, "reason"), name=item)

    def _extra_factors(self, raw: Any, where: str) -> list[ExtraFactor]:
        factors = []
        for index, part in enumerate(self._list(raw, where)):
            place = pointer(where, index)
            form = self._mapping(part, place, {"text", "direction", "reason"})
            text = self._required_text(form, "text", place)
            direction = self._direction(form.get("direction"), pointer(place, "direction"))
            factors.append(ExtraFactor(text, direction, self._required_text(form, "reason", place)))
        return factors

    def _direction(self, value: Any, where: str) -> Kind:
        if value in ("risk", "protective"):
            return cast(Kind, value)
        self._fault("unknown-direction", where, value=shown(value), allowed=["risk", "protective"])
        return "risk"

    def _critical_items(self, raw: Any, where: str) -> list[CriticalItem]:
        listed = self._list(raw, where)
        if len(listed) > MOST_CRITICAL_ITEMS:
            self._fault("too-many-critical-items", where, count=len(listed), most=MOST_CRITICAL_ITEMS)
            return []
        critical: list[CriticalItem] = []
        for index, part in enumerate(listed):
            place = pointer(where, index)
            form = self._mapping(part, place, {"item", "reason"})
            item = form.get("item")
            if not isinstance(item, str) or item not in self._instrument.positions:
                parameters = {"name": shown(item), "instrument": self._instrument.id}
                self._fault("unknown-item", pointer(place, "item"), **parameters)
            elif any(known.item == item for known in critical):
                self._fault("repeated-critical-item", pointer(place, "item"), name=item)
            critical.append(CriticalItem(str(item), self._required_text(form, "reason", place)))
        return critical

    def _required_text(self, form: Mapping[str, Any], name: str, where: str) -> str:
        value = form.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            self._fault("text-missing", pointer(where, name), name=name)
            return ""
        return self._text(value, pointer(where, name))

    def _text(self, value: Any, where: str) -> str:
        name = where.rpartition("/")[2]
        if not isinstance(value, str):
            self._fault("wrong-type", where, name=name, expected="text")
        elif len(value) > LONGEST_TEXT:
            self._fault("text-too-long", where, name=name, length=len(value), most=LONGEST_TEXT)
        elif is_unreadable(value):
            self._fault("text-unreadable", where, name=name)  # no database and no hash takes such signs
        else:
            return value
        return ""

    def _list(self, raw: Any, where: str) -> list[Any]:
        if raw is None:
            return []
        if isinstance(raw, list | tuple):
            return list(raw)
        self._fault("wrong-type", where, name=where.rpartition("/")[2], expected="list")
        return []

    def _mapping(self, raw: Any, where: str, known: set[str] | None) -> Mapping[str, Any]:
        if not isinstance(raw, Mapping):
            self._fault("wrong-type", where, name=where.rpartition("/")[2] or "ratings", expected="mapping")
            return {}
        for name in raw:
            if known is not None and name not in known:
                self._fault("unknown-key", pointer(where, shown(name)), name=shown(name))
        return raw

    def _fault(self, code: str, where: str, **parameters: object) -> None:
        self.faults.append(Fault(code, where, parameters))
