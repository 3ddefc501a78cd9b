"""What a screening rested on, as one row of codes with as little in it as deciding again takes."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.batch.coded_rows import UNDATED
from screening.facts import EVER, NOT_APPLICABLE, NOT_APPLICABLE_WORD, FactDictionary
from screening.intake import EVER_MONTHS, LARGEST_CODE, OWN_RULE_MONTHS
from screening.library import Library
from screening.trends.microaggregates import DAYS, FACT, ITEM, WINDOW

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]


class RowCoder:
    """Makes rows of what screenings rested on.

    Only facts that a criterion of some guidance tests are taken. Guidances count the items of a kind and never look at
    one by itself, so that the ratings of each kind are put in order: how many there are of each level stays, and which
    items they were goes.

    Parameters
    ----------
    on : date
        The day whose guidances say what is needed.
    """

    def __init__(self, library: Library, on: date) -> None:
        self._library = library
        self._dictionary: FactDictionary = library.facts(on)
        self.facts, self._dated = _needed(library, on)
        self._groups: dict[str, list[list[int]]] = {}

    def row(self, covered: Mapping[str, Any], *, unit: str, sex: str) -> Row:
        """The row of a screening.

        Parameters
        ----------
        covered : Mapping
            ``definitions``, ``reference_date`` and ``inputs`` of `screening.explanation.Explanation.canonical`.
        """
        given, items = covered["inputs"]["facts"], covered["inputs"]["items"]
        on = date.fromisoformat(covered["reference_date"])
        instrument = self._instrument_of(covered["definitions"]) if items is not None else None
        row: Row = {"instrument": "" if instrument is None else f"{instrument.id}@{instrument.version}"}
        row |= {"unit": unit, "sex": sex, WINDOW: _window(given.get("offence_count"))}
        for name in self.facts:
            row[FACT + name] = self._code(name, given.get(name))
        for name in self._dated:
            observed = (given.get(name) or {}).get("observed_on")
            row[DAYS + name] = UNDATED if observed is None else (on - date.fromisoformat(observed)).days
        if instrument is not None:
            row |= self._items(instrument, items)
        return row

    def _instrument_of(self, definitions: Iterable[str]) -> Instrument | None:
        names = set(self._library.instruments.ids())
        for reference in definitions:
            if reference.partition("@")[0] in names:
                try:
                    return self._library.instruments.find(reference, on=date.max).content
                except (UnknownDefinitionError, AlteredDefinitionError):
                    return None  # it is gone: what was rated by it can no longer be read
        return None

    def _code(self, name: str, given: Mapping[str, Any] | None) -> int:
        value = (given or {}).get("value")
        if value is None:
            return BLANK
        if value == NOT_APPLICABLE_WORD:
            return NOT_APPLICABLE
        code = self._dictionary.by_id[name].codes.get(value, value)
        return min(int(code), LARGEST_CODE)

    def _items(self, instrument: Instrument, items: Mapping[str, str]) -> Row:
        codes = [instrument.codes[item.kind].get(items.get(item.id, ""), BLANK) for item in instrument.items]
        reference = f"{instrument.id}@{instrument.version}"
        if reference not in self._groups:
            self._groups[reference] = places_alike(instrument)
        row: Row = {}
        for places in self._groups[reference]:
            for place, code in zip(places, sorted(codes[place] for place in places), strict=True):
                row[f"{ITEM}{place}"] = code
        return row


def as_frame(rows: Iterable[Row]) -> "pd.DataFrame":
    """Rows as columns; see `in_codes`."""
    import pandas as pd

    return in_codes(pd.DataFrame(list(rows)))


def in_codes(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Small whole numbers for every column but words, with `BLANK` for what is not there.

    Parameters
    ----------
    frame : DataFrame
        A row a young person, with columns as in `screening.trends.microaggregates.microaggregate`. It is changed.

    Returns
    -------
    DataFrame
        The same one: facts and items in int8, days in int32, the window in int16.
    """
    for name in frame.columns:
        if name.startswith((FACT, ITEM)):
            frame[name] = frame[name].fillna(BLANK).astype("int8")
        elif name.startswith(DAYS):
            frame[name] = frame[name].fillna(UNDATED).astype("int32")
        elif name == WINDOW:
            frame[name] = frame[name].astype("int16")
    return frame


def _window(given: Mapping[str, Any] | None) -> int:
    months = (given or {}).get("window_months")
    return OWN_RULE_MONTHS if months is None else EVER_MONTHS if months == EVER else int(months)


def _needed(library: Library, on: date) -> tuple[list[str], list[str]]:
    """The facts that some criterion tests, and those whose age matters."""
    known = library.facts(on).by_id
    tested: set[str] = set()
    dated: set[str] = set()
    for name in library.names():
        try:
            rules = library.bind(name, on=on).rules
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            continue  # not in force: nothing can be asked of it
        for node in rules.criteria:
            tested.update(each for each in (node.test.inputs if node.test else ()) if each in known)
        dated.update(row.fact for row in rules.guidance.freshness)
    return sorted(tested), sorted(dated & tested)


def places_alike(instrument: Instrument) -> list[list[int]]:
    """The places of the items that every guidance counts together."""
    groups: dict[tuple[str, bool], list[int]] = {}
    for place, item in enumerate(instrument.items):
        groups.setdefault((item.kind, item.own_behaviour), []).append(place)
    return list(groups.values())
