"""Mapping files: which column of anyone's table holds which fact or item, and what its codes mean.

```yaml
instrument: youth_spj
key: case
missing: [99, NA]                     # besides empty cells: not asked
not_found: [unknown]                  # besides the word `saknas`: looked for, could not be learned
codes:                                # for every item that has none of its own
  risk: {0: low, 1: moderate, 2: high}
  protective: {0: absent, 1: present}
items:
  substance_use: s19_substance_use
  resilient_traits: {column: p6, reversed: true}
facts:
  age: age_at_offence
  offence_count: {sum: [earlier, in_this_case], window_months: ever}
  motivation_to_leave: {column: wish, codes: {1: stated, 2: none}, observed_on: wish_date}
outcomes: {reoffended: reoffended_by_2015}
groups: {sex: sex}
```

Outcomes and groups are for research and monitoring; they are never read when a cohort is screened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from instruments.faults import Fault, InputError
from instruments.loading import Document, Place, load
from instruments.model import Instrument, Kind
from instruments.never_inputs import is_never_an_input
from screening.facts import NOT_APPLICABLE_WORD, FactDescription, FactDictionary

NEVER_INPUT = "never_input"


def text_of_cell(raw: object) -> str:
    """A cell as text, so that 1, 1.0, ``1`` and ``1.0`` are the same code; empty for a blank.

    Parameters
    ----------
    raw : object
        Text, a number, a truth value or a date, as YAML, CSV or Parquet hold it.
    """
    if raw is None or raw != raw:  # NaN is how a column of decimal numbers says that a cell is empty
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, date):
        return raw.isoformat().removesuffix("T00:00:00")
    text = str(raw).strip()
    whole, point, decimals = text.partition(".")
    is_whole = point and not decimals.strip("0") and whole.removeprefix("-").isdigit()
    return whole if is_whole else text


CellText = Annotated[str, BeforeValidator(text_of_cell)]
ColumnName = Annotated[str, BeforeValidator(lambda raw: str(raw) if isinstance(raw, int) else raw), Field(min_length=1)]
Months = Annotated[StrictInt, Field(ge=1, le=1200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _InColumn(_Part):
    """A part that may be written as the name of its column alone."""

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str | int) and not isinstance(given, bool) else given


class _Coded(_InColumn):
    missing: tuple[CellText, ...] = ()
    not_found: tuple[CellText, ...] = ()


class ItemColumn(_Coded):
    """Where an item's ratings are.

    Parameters
    ----------
    codes : Mapping of str to str, optional
        The level behind each code; by default what the file says for all items of the kind, or the levels' own words.
    reversed : bool
        Whether the codes run the other way: the highest stands for the lowest level.
    """

    column: ColumnName
    codes: Mapping[CellText, str] | None = None
    reversed: StrictBool = False


class WindowColumn(_Part):
    """The column with the months that a row's offences were counted over, or ``ever``."""

    column: ColumnName


class FactColumn(_Coded):
    """Where a fact is.

    Parameters
    ----------
    column, sum : str, tuple of str
        Its column, or the columns of whole numbers that make it up together.
    codes : Mapping, optional
        The value behind each code; by default the values' own words.
    observed_on : str, optional
        The column with the day on which it held.
    window_months : int, "ever" or WindowColumn, optional
        Of the offence count: what it was counted over. By default by the guidance's own rule.
    source : str, optional
        Where the values come from, for the explanations.
    """

    column: ColumnName | None = None
    sum: tuple[ColumnName, ...] = ()
    codes: Mapping[CellText, str | StrictInt] | None = None
    observed_on: ColumnName | None = None
    window_months: Months | Literal["ever"] | WindowColumn | None = None
    source: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _is_one_or_a_sum(self) -> "FactColumn":
        if (self.column is None) == (len(self.sum) < 2):
            raise PydanticCustomError("column-or-sum", "name one column, or two or more to sum")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold the values."""
        return self.sum or ((self.column,) if self.column else ())

    @property
    def window_column(self) -> str | None:
        """The column of the window, where it differs from row to row."""
        return self.window_months.column if isinstance(self.window_months, WindowColumn) else None


class OtherColumn(_InColumn):
    """A column of an outcome or a group, for research and monitoring."""

    column: ColumnName
    codes: Mapping[CellText, str | StrictInt] | None = None


class DefaultCodes(_Part):
    """The codes of all items that have none of their own."""

    risk: Mapping[CellText, str] | None = None
    protective: Mapping[CellText, str] | None = None

    def of(self, kind: Kind) -> Mapping[str, str] | None:
        """The codes of items of a kind."""
        return self.risk if kind == "risk" else self.protective


class ColumnMapping(_Part):
    """A mapping file."""

    instrument: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_/]*(@[0-9.]+)?$")]
    key: ColumnName
    note: str | None = None
    missing: tuple[CellText, ...] = ()
    not_found: tuple[CellText, ...] = ()
    codes: DefaultCodes = DefaultCodes()
    items: Mapping[str, ItemColumn] = Field(default_factory=dict)
    facts: Mapping[str, FactColumn] = Field(default_factory=dict)
    outcomes: Mapping[str, OtherColumn] = Field(default_factory=dict)
    groups: Mapping[str, OtherColumn] = Field(default_factory=dict)

    def input_columns(self) -> Iterator[tuple[Place, str]]:
        """Every column that an item or fact is read from, with its place in the file."""
        for name, item in self.items.items():
            yield ("items", name), item.column
        for name, fact in self.facts.items():
            for column in (*fact.columns, fact.observed_on, fact.window_column):
                if column is not None:
                    yield ("facts", name), column


@dataclass(frozen=True)
class MappingFile:
    """A mapping as read, with its lines for messages."""

    content: ColumnMapping
    document: Document


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping file.

    Raises
    ------
    InputError
        With every fault of the file's own and its line.
    """
    content, document = load(path, ColumnMapping)
    return MappingFile(content, document)


def require_fit(mapping: MappingFile, instrument: Instrument, dictionary: FactDictionary) -> None:
    """Refuse a mapping that does not fit an instrument and the facts, or that takes in what must never be an input.

    Raises
    ------
    InputError
        With every fault and its line.
    """
    content = mapping.content
    found = [
        *_faults_of_items(content, instrument),
        *_faults_of_facts(content, dictionary),
        *_faults_of_columns(content, dictionary),
    ]
    if found:
        raise InputError(Fault(code, mapping.document.where(where), parameters) for where, code, parameters in found)


_Found = tuple[Place, str, dict[str, object]]


def _faults_of_items(content: ColumnMapping, instrument: Instrument) -> Iterator[_Found]:
    kinds: tuple[Kind, ...] = ("risk", "protective")
    for kind in kinds:
        levels = list(instrument.codes[kind])
        yield from _faults_of_codes(content, ("codes", kind), kind, content.codes.of(kind), levels, (), ())
    for name, item in content.items.items():
        if name not in instrument.positions:
            yield ("items", name), "unknown-item", {"name": name, "instrument": instrument.id}
            continue
        levels = list(instrument.levels(instrument.item(name)))
        yield from _faults_of_codes(content, ("items", name), name, item.codes, levels, item.missing, item.not_found)


def _faults_of_facts(content: ColumnMapping, dictionary: FactDictionary) -> Iterator[_Found]:
    for name, given in content.facts.items():
        place: Place = ("facts", name)
        fact = dictionary.by_id.get(name)
        if fact is None:
            yield place, *_refusal(name, dictionary)
            continue
        if given.window_months is not None and fact.kind != "offences":
            yield place, "window-without-offences", {"name": name}
        if given.sum and fact.kind not in ("whole_number", "offences"):
            yield place, "sum-of-words", {"name": name}
        if fact.kind in ("date", "text"):
            if given.codes:
                yield place, "codes-without-values", {"name": name}
            continue
        words = _words_of(fact)
        yield from _faults_of_codes(content, place, name, given.codes, words, given.missing, given.not_found, fact)


def _words_of(fact: FactDescription) -> list[str]:
    return [*fact.codes, *([NOT_APPLICABLE_WORD] if fact.not_applicable else [])]


def _refusal(name: str, dictionary: FactDictionary) -> tuple[str, dict[str, object]]:
    reason = dictionary.refusals.get(name)
    if reason is None and not is_never_an_input(name):
        return "unknown-fact", {"name": name, "known": sorted(dictionary.by_id)}
    return "derived-fact" if reason == "derived" else "never-an-input", {"name": name}


def _faults_of_codes(
    content: ColumnMapping,
    place: Place,
    name: str,
    codes: Mapping[str, str | int] | None,
    words: list[str],
    missing: tuple[str, ...],
    not_found: tuple[str, ...],
    fact: FactDescription | None = None,
) -> Iterator[_Found]:
    numbers = fact.range if fact is not None else None
    for code, value in (codes or {}).items():
        is_number = isinstance(value, int) and numbers is not None and numbers[0] <= value <= numbers[1]
        if value not in words and not is_number:
            allowed: list[object] = [*words, *([f"{numbers[0]}–{numbers[1]}"] if numbers else [])]
            yield (*place, "codes", code), "code-without-value", {"name": name, "value": str(value), "allowed": allowed}
    blanks = [*content.missing, *missing]
    absent = [*content.not_found, *not_found]
    for code in dict.fromkeys([*(codes or {}), *blanks]):
        if (code in blanks and code in (codes or {})) or code in absent:
            yield place, "code-with-two-meanings", {"name": name, "value": code}


def _faults_of_columns(content: ColumnMapping, dictionary: FactDictionary) -> Iterator[_Found]:
    used_by: dict[str, str] = {}
    others = {other.column: group for group, other in (*content.groups.items(), *content.outcomes.items())}
    never = {name for name, reason in dictionary.refusals.items() if reason == NEVER_INPUT}
    for place, column in content.input_columns():
        name = str(place[1])
        if is_never_an_input(column) or column.casefold() in never:
            yield place, "never-an-input", {"name": column}
        elif column in others:
            yield place, "group-as-input", {"name": name, "column": column, "other": others[column]}
        if place[0] == "items":
            if column in used_by:
                yield place, "column-used-twice", {"column": column, "name": name, "other": used_by[column]}
            used_by[column] = name
