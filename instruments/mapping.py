"""Mapping files: which column of anyone's table holds which fact or item, and what its codes mean.

```yaml
instrument: youth_spj
rated_with:                           # what the people were really rated with; asked for by a card
  instrument: SAVRY
  words: {sv: originalets formuleringar, en: the wording of the original}
  by: {sv: "tjänsten, i orten", en: "the service, in the place"}
key: case
prorating: {most_blank: 3, most_blank_in_domain: 1, source: "Manual, p. 21"}  # in place of the instrument's own rule
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
outcomes:
  reoffended: reoffended_by_2015
  violent:
    column: violent_2015
    codes: {no: 0, yes: 1, dead: 2}     # 2: another event came first, and it could no longer happen
    time: days_to_violence
    known_on: entered_on              # when that became known: a day, month, quarter or year
    verification:                     # who could have been seen to have the outcome
      read: {sv: belastningsregistret, en: the criminal records}
      period: {sv: två år från bedömningen, en: two years from the assessment}
      left: {sv: utvandrade är inte avräknade, en: those who emigrated are not told apart}
      column: followed                # 1 whoever could have been seen, 0 whoever could not
    treatment:                        # who received what was to prevent it
      measure: {sv: social insatsgrupp, en: a social intervention group}
      column: had_group
groups: {sex: sex}
scores:
  published_total: total_score
  decile: {column: decile_score, range: [1, 10]}
  strengths: {column: strength_level, levels: [few, some, many], reversed: true}  # more of it means less of the outcome
person: case
occasion: interview
rater: rated_by
rated_on: assessment_date
```

An instrument that Underlag has no definition of is described by the mapping alone, for research: it names none, and
items have ``levels`` of their own, ``most`` of a count, or the levels of the file. Scores without items are enough.

```yaml
levels: [0, 1, 2, 3]
items: {housing: q1, employed: {column: q2, levels: ["no", "yes"], kind: protective}, crimes: {column: q3, most: 20}}
```

What follows the facts is for research and monitoring; it is never read when a cohort is screened. For research on a
table that has no keys, ``key: row_number`` takes the numbers of its rows. A table with one row
for each rating names the ``rater``; one with a column for each rater says ``{raters: {anna: r1_item3, bo: r2_item3}}``
instead of ``column``. Where the same material is rated by several and persons are also rated anew later, ``occasion``
names the column of what was rated: only ratings of the same occasion are held against each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from instruments.loading import Document, Place, load
from instruments.mapped_columns import CellText, Coded, ColumnName, MappingPart, Months, OutcomeColumn
from instruments.messages import Text
from instruments.model import Kind, Prorating
from instruments.scales import ItemScale, ScoreScale


class _RatedColumn(Coded):
    """What one rater or several have put into columns.

    Parameters
    ----------
    column : str
        Its column.
    raters : Mapping of str to str
        Instead of it, for research: the column of each rater, by the name that the rater goes by.
    """

    column: ColumnName | None = None
    raters: Mapping[str, ColumnName] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_or_raters(self) -> "_RatedColumn":
        if (self.column is None) == (len(self.raters) < 2):
            raise PydanticCustomError("column-or-raters", "name one column, or those of two or more raters")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold the values."""
        return tuple(self.raters.values()) or ((self.column,) if self.column else ())


class ItemColumn(_RatedColumn, ItemScale):
    """Where an item's ratings are; of an item that Underlag has no definition of, also on what scale.

    Parameters
    ----------
    codes : Mapping of str to str, optional
        The level behind each code; by default what the file says for all items of the kind, or the levels' own words.
    reversed : bool
        Whether the codes run the other way: the highest stands for the lowest level.
    """

    codes: Mapping[CellText, CellText] | None = None
    reversed: StrictBool = False


class WindowColumn(MappingPart):
    """The column with the months that a row's offences were counted over, or ``ever``."""

    column: ColumnName


class RatedWith(MappingPart):
    """With what the people in a table were rated.

    Parameters
    ----------
    instrument : str
        ``id@version`` of a definition where its very items and anchors were used; else the name of the instrument that
        was, such as ``SAVRY``.
    words : Text
        In which words: whose wording, in which language, in which edition.
    by : Text
        By whom and where.
    """

    instrument: Annotated[str, Field(min_length=1, max_length=80)]
    words: Text
    by: Text


class FactColumn(Coded):
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


class GroupColumn(Coded):
    """A column of groups, for research and monitoring: its values as they stand, or as ``codes`` name them."""

    column: ColumnName
    codes: Mapping[CellText, str | StrictInt] | None = None


class ScoreColumn(_RatedColumn, ScoreScale):
    """A column of scores, such as a published total or a decile, for research only.

    Parameters
    ----------
    reversed : bool
        Whether a higher score stands for less of the outcome. It is then counted from the other end of its scale.
    """

    reversed: StrictBool = False

    @model_validator(mode="after")
    def _can_be_reversed(self) -> "ScoreColumn":
        if self.reversed and self.ends is None:
            raise PydanticCustomError("reversed-without-ends", "a reversed score needs levels or a range")
        return self


class DefaultCodes(MappingPart):
    """The codes of all items that have none of their own."""

    risk: Mapping[CellText, CellText] | None = None
    protective: Mapping[CellText, CellText] | None = None

    def of(self, kind: Kind) -> Mapping[str, str] | None:
        """The codes of items of a kind."""
        return self.risk if kind == "risk" else self.protective


class ColumnMapping(MappingPart):
    """A mapping file.

    Parameters
    ----------
    instrument : str, optional
        The instrument whose items are mapped.
    levels : tuple of str
        Instead of it, for research on an instrument that Underlag has no definition of: the levels of all items that
        have no scale of their own, in rising order. The items then have whatever ids the file gives them. A mapping of
        scores alone has neither.
    rated_with : RatedWith, optional
        With what the people were rated. Without it nothing can be said of how an instrument works: no card is made.
    """

    instrument: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_/]*(@[0-9.]+)?$")] | None = None
    levels: tuple[CellText, ...] = ()
    key: ColumnName
    note: str | None = None
    rated_with: RatedWith | None = None
    prorating: Prorating | None = None
    missing: tuple[CellText, ...] = ()
    not_found: tuple[CellText, ...] = ()
    codes: DefaultCodes = DefaultCodes()
    items: Mapping[str, ItemColumn] = Field(default_factory=dict)
    facts: Mapping[str, FactColumn] = Field(default_factory=dict)
    outcomes: Mapping[str, OutcomeColumn] = Field(default_factory=dict)
    groups: Mapping[str, GroupColumn] = Field(default_factory=dict)
    scores: Mapping[str, ScoreColumn] = Field(default_factory=dict)
    person: ColumnName | None = None
    occasion: ColumnName | None = None
    rater: ColumnName | None = None
    rated_on: ColumnName | None = None

    @model_validator(mode="after")
    def _is_of_an_instrument(self) -> "ColumnMapping":
        own_scales = [item.is_given for item in self.items.values()]
        if self.instrument is not None and any(own_scales):
            raise PydanticCustomError("scale-of-instrument", "items of an instrument have its scales")
        has_scales = all(item.own_levels for item in self.items.values()) and bool(self.items or self.scores)
        has_levels = len(set(self.levels)) >= 2 if self.levels else has_scales and self.instrument is None
        if (self.instrument is None) != has_levels:
            raise PydanticCustomError("instrument-or-levels", "name an instrument, or two or more levels")
        return self

    def input_columns(self) -> Iterator[tuple[Place, str]]:
        """Every column that an item or fact is read from, with its place in the file."""
        for name, item in self.items.items():
            for column in item.columns:
                yield ("items", name), column
        for name, fact in self.facts.items():
            beside = (column for column in (fact.observed_on, fact.window_column) if column is not None)
            for column in (*fact.columns, *beside):
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
