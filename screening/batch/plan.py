"""Which columns of a table are read, and what their cells mean: made from a mapping, or from the columns' own names.

Without a mapping the columns are ``key``, fact names and ``item.<id>``, with the values' own words. Beside a fact may
stand ``<fact>.observed_on``, and beside the offence count ``offence_count.window_months``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from instruments.faults import Fault, InputError
from instruments.mapping import ColumnMapping, FactColumn, ItemColumn, MappingFile, WindowColumn
from instruments.model import Instrument, Item
from instruments.ratings import BLANK
from instruments.row_faults import shown
from screening.batch.mapping import require_fit
from screening.criteria import ITEM_PREFIX
from screening.facts import EVER, NOT_APPLICABLE, NOT_APPLICABLE_WORD, FactDescription, FactDictionary
from screening.intake import EVER_MONTHS

KEY = "key"
NOT_FOUND_WORD = "saknas"
OBSERVED_ON = ".observed_on"
WINDOW_COLUMN = "offence_count.window_months"
#: Code of a cell that says: looked for, and could not be learned.
NOT_FOUND = -3
#: Code of a cell that cannot be read.
UNREADABLE = -4
_LONGEST_NAME = 200
_MOST_NAMES = 10
#: How like a column's name must be to one of ours for a typing error (from 0 to 1).
_NEAR = 0.8


@dataclass(frozen=True)
class Input:
    """One fact or item, and the columns that it is read from.

    Parameters
    ----------
    name : str
        The fact's id, or ``item.<id>``.
    kind : {"word", "number", "date", "text"}
        How a cell is read: by its code, as a whole number as well, as a day, or not at all.
    columns : tuple of str
        The column; several are summed.
    codes : Mapping of str to int
        The code behind each text that a cell may hold, blanks included.
    range : (int, int)
        The smallest and largest whole number, or code.
    allowed : tuple of str
        What a cell may hold, for messages.
    can_be_packed : bool
        Whether an int8 column holds codes as they are: -1 not asked, -2 not applicable, -3 not found.
    window_months : int or None
        Of the offence count: the window of every row; None where a column or the guidance's own rule tells it.
    """

    name: str
    kind: Literal["word", "number", "date", "text"]
    columns: tuple[str, ...]
    codes: Mapping[str, int]
    range: tuple[int, int]
    allowed: tuple[str, ...]
    can_be_packed: bool = False
    observed_on: str | None = None
    window_months: int | None = None
    window_column: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Plan:
    """What is read from a table.

    Parameters
    ----------
    ignored : tuple of str
        Columns of the table that are not read.
    """

    key: str
    facts: tuple[Input, ...]
    items: tuple[Input, ...]
    ignored: tuple[str, ...] = field(default=())

    @property
    def is_rated(self) -> bool:
        """Whether the table holds ratings at all."""
        return bool(self.items)

    @property
    def columns(self) -> list[str]:
        """Every column that is read, each once, the key first."""
        columns = {self.key: None}
        for each in (*self.facts, *self.items):
            columns.update(dict.fromkeys((*each.columns, *self._beside(each))))
        return list(columns)

    @staticmethod
    def _beside(given: Input) -> Iterable[str]:
        return (column for column in (given.observed_on, given.window_column) if column is not None)


def make_plan(
    names: Sequence[str], instrument: Instrument, dictionary: FactDictionary, mapping: MappingFile | None
) -> Plan:
    """Settle what is read from a table.

    Parameters
    ----------
    names : sequence of str
        The table's columns.
    mapping : MappingFile or None
        None where the columns have our own names.

    Raises
    ------
    InputError
        With every column that is unknown, missing, repeated or refused.
    """
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise InputError(Fault("repeated-column", f"column {shown(name)}", {"name": shown(name)}) for name in repeated)
    if mapping is None:
        return _plain_plan(names, instrument, dictionary)
    require_fit(mapping, instrument, dictionary)
    return _mapped_plan(names, instrument, dictionary, mapping)


def _plain_plan(names: Sequence[str], instrument: Instrument, dictionary: FactDictionary) -> Plan:
    known = _plain_names(instrument, dictionary)
    faults = [] if KEY in names else [Fault("no-key-column", "", {"name": KEY})]
    faults += _refusals([name for name in names if name not in known], known, dictionary)
    for name in names:
        if name.endswith(OBSERVED_ON) and name in known and name.removesuffix(OBSERVED_ON) not in names:
            parameters = {"name": name, "needed": name.removesuffix(OBSERVED_ON)}
            faults.append(Fault("column-without-its-fact", f"column {name}", parameters))
    if WINDOW_COLUMN in names and "offence_count" not in names:
        parameters = {"name": WINDOW_COLUMN, "needed": "offence_count"}
        faults.append(Fault("column-without-its-fact", f"column {WINDOW_COLUMN}", parameters))
    if faults:
        raise InputError(faults)
    facts = tuple(
        _fact_input(
            dictionary.by_id[name],
            FactColumn(
                column=name,
                observed_on=name + OBSERVED_ON if name + OBSERVED_ON in names else None,
                window_months=WindowColumn(column=WINDOW_COLUMN) if _has_window(name, names) else None,
            ),
            None,
        )
        for name in names
        if name in dictionary.by_id
    )
    items = tuple(
        _item_input(item, instrument, ItemColumn(column=ITEM_PREFIX + item.id), None)
        for item in instrument.items
        if ITEM_PREFIX + item.id in names
    )
    return Plan(KEY, facts, items)


def _has_window(name: str, names: Sequence[str]) -> bool:
    return name == "offence_count" and WINDOW_COLUMN in names


def _plain_names(instrument: Instrument, dictionary: FactDictionary) -> set[str]:
    dated = {name + OBSERVED_ON for name, fact in dictionary.by_id.items() if fact.kind != "date"}
    items = {ITEM_PREFIX + item.id for item in instrument.items}
    return {KEY, *dictionary.by_id, *dated, *items, WINDOW_COLUMN}


def _refusals(names: Iterable[str], known: set[str], dictionary: FactDictionary) -> Iterator[Fault]:
    """What is wrong with columns that are not known; those that are like nothing of ours are told together."""
    unknown = []
    for name in names:
        reason = dictionary.refusal_of(name)
        where = f"column {shown(name)}"
        if reason == "derived":
            yield Fault("derived-fact", where, {"name": shown(name)})
        elif reason is not None:
            yield Fault("never-an-input", where, {"name": shown(name)})
        elif near := get_close_matches(name[:_LONGEST_NAME], sorted(known), n=3, cutoff=_NEAR):
            yield Fault("unknown-column-near", where, {"name": shown(name), "near": near})
        else:
            unknown.append(name)
    if unknown:
        listed = [shown(name) for name in unknown[:_MOST_NAMES]]
        more = len(unknown) - len(listed)
        yield Fault("unknown-columns-and-more" if more else "unknown-columns", "", {"names": listed, "more": more})


def _mapped_plan(
    names: Sequence[str], instrument: Instrument, dictionary: FactDictionary, mapping: MappingFile
) -> Plan:
    content, document = mapping.content, mapping.document
    places = [(("key",), content.key), *content.input_columns()]
    faults = [
        Fault("column-missing", document.where(place), {"name": column, "known": [shown(name) for name in names]})
        for place, column in places
        if column not in names
    ]
    if faults:
        raise InputError(faults)
    facts = tuple(_fact_input(dictionary.by_id[name], given, content) for name, given in content.facts.items())
    items = tuple(
        _item_input(item, instrument, content.items[item.id], content)
        for item in instrument.items
        if item.id in content.items
    )
    read = {column for _, column in places}
    return Plan(content.key, facts, items, tuple(name for name in names if name not in read))


def _blank_codes(given: FactColumn | ItemColumn, content: ColumnMapping | None) -> dict[str, int]:
    missing = (*given.missing, *(content.missing if content else ()), "")
    not_found = (*given.not_found, *(content.not_found if content else ()), NOT_FOUND_WORD)
    return {**dict.fromkeys(not_found, NOT_FOUND), **dict.fromkeys(missing, BLANK)}


def _item_input(item: Item, instrument: Instrument, given: ItemColumn, content: ColumnMapping | None) -> Input:
    levels = instrument.codes[item.kind]
    of_kind = content.codes.of(item.kind) if content else None
    named = given.codes or of_kind or {level: level for level in levels}
    codes = {text: levels[level] for text, level in named.items()}
    if given.reversed:
        codes = {text: len(levels) - 1 - code for text, code in codes.items()}
    blanks = _blank_codes(given, content)
    return Input(
        ITEM_PREFIX + item.id,
        "word",
        given.columns,
        {**blanks, **codes},
        (0, len(levels) - 1),
        tuple(named),
        can_be_packed=content is None,
    )


def _fact_input(fact: FactDescription, given: FactColumn, content: ColumnMapping | None) -> Input:
    blanks = _blank_codes(given, content)
    kinds: dict[str, Literal["word", "number", "date", "text"]] = {"choice": "word", "date": "date", "text": "text"}
    kind = kinds.get(fact.kind, "number")
    words = {**fact.codes, **({NOT_APPLICABLE_WORD: NOT_APPLICABLE} if fact.not_applicable and not given.sum else {})}
    named: Mapping[str, str | int] = given.codes or {word: word for word in words}
    codes = {text: value if isinstance(value, int) else words[value] for text, value in named.items()}
    window = given.window_months
    months = EVER_MONTHS if window == EVER else window if isinstance(window, int) else None
    return Input(
        fact.id,
        kind,
        given.columns,
        {**blanks, **codes},
        fact.domain() if kind in ("word", "number") else (0, 0),
        tuple(named),
        can_be_packed=content is None and kind in ("word", "number"),
        observed_on=given.observed_on,
        window_months=months,
        window_column=given.window_column,
        source=given.source,
    )
