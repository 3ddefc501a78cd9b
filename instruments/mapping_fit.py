"""What does not fit between a mapping file and the instrument whose items it maps."""

from collections.abc import Iterator, Mapping

from instruments.loading import Place
from instruments.mapped_columns import Coded
from instruments.mapping import ColumnMapping, ItemColumn
from instruments.model import Instrument, Kind

#: Its place in the file, the code of the fault, and what the sentence needs.
Found = tuple[Place, str, dict[str, object]]


def faults_of_items(content: ColumnMapping, instrument: Instrument) -> Iterator[Found]:
    """Yield what does not fit an instrument among the items: place in the file, code of the fault, parameters."""
    kinds: tuple[Kind, ...] = ("risk", "protective")
    for kind in kinds:
        levels = list(instrument.codes[kind])
        yield from faults_of_codes(content, ("codes", kind), kind, content.codes.of(kind), levels, None)
    for name, item in content.items.items():
        if name not in instrument.positions:
            yield ("items", name), "unknown-item", {"name": name, "instrument": instrument.id}
            continue
        levels = list(instrument.levels(instrument.item(name)))
        yield from faults_of_codes(content, ("items", name), name, item.codes, levels, item)
        if item.codes is None and not instrument.codes[instrument.item(name).kind].keys() <= set(levels):
            # the codes of the file are of several scales: those of this item must be on its own
            codes = codes_of_item(name, item, content, instrument)
            yield from faults_of_codes(content, ("items", name), name, codes, levels, item)
    used_by: dict[str, str] = {}
    for name, item in content.items.items():
        for column in item.columns:
            if column in used_by:
                yield ("items", name), "column-used-twice", {"column": column, "name": name, "other": used_by[column]}
            used_by[column] = name


def codes_of_item(
    name: str, item: ItemColumn, content: ColumnMapping, instrument: Instrument
) -> Mapping[str, str] | None:
    """The level behind each code of an item; None where the levels' own words are the codes."""
    if item.codes is not None or item.own_levels:
        return item.codes
    return content.codes.of(instrument.item(name).kind)


def faults_of_codes(
    content: ColumnMapping,
    place: Place,
    name: str,
    codes: Mapping[str, str | int] | None,
    words: list[str],
    given: Coded | None,
    numbers: tuple[int, int] | None = None,
) -> Iterator[Found]:
    """Yield codes that stand for no value, or for two.

    Parameters
    ----------
    words : list of str
        The values that there are.
    given : Coded or None
        The part with blanks of its own.
    numbers : (int, int), optional
        The smallest and largest whole number that is a value, too.
    """
    for code, value in (codes or {}).items():
        is_number = isinstance(value, int) and numbers is not None and numbers[0] <= value <= numbers[1]
        if value not in words and not is_number:
            allowed: list[object] = [*words, *([f"{numbers[0]}–{numbers[1]}"] if numbers else [])]
            yield (*place, "codes", code), "code-without-value", {"name": name, "value": str(value), "allowed": allowed}
    blanks = [*content.missing, *(given.missing if given else ())]
    absent = [*content.not_found, *(given.not_found if given else ())]
    for code in dict.fromkeys([*(codes or {}), *blanks]):
        if (code in blanks and code in (codes or {})) or code in absent:
            yield place, "code-with-two-meanings", {"name": name, "value": code}
