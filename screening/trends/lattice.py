"""The lattice: which tables are ever published, over which dimensions and periods, and by which limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Definition, Registry, Versioned

DEFINITIONS = Path(__file__).parents[1] / "definitions" / "trends"
Level = Literal["month", "quarter", "year"]
#: From the shortest period to the longest, with the months in each.
LEVELS: Mapping[Level, int] = {"month": 1, "quarter": 3, "year": 12}
Name = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LatticeSource(_Part):
    """What a limit rests on."""

    id: Name
    title: Line
    publisher: Line
    says: Text


class PublishedLimit(_Part):
    """A limit that decides what is shown, who set it and on what ground."""

    id: Name
    value: Annotated[StrictInt, Field(ge=1)]
    title: Text
    reading: Text
    source: Name | None
    set_by: Line
    set_on: date


class Value(_Part):
    """One value of a dimension.

    Parameters
    ----------
    up_to : int or None
        The highest number that belongs to it, for ages and days.
    """

    id: str
    title: Text
    up_to: StrictInt | None = None


class Dimension(_Part):
    """Something that cases are divided by.

    Parameters
    ----------
    values : tuple of Value
        Empty where they come from what is recorded.
    answered_by : str or None
        The dimension that has one answer for each value of this one, such as the status of each criterion. Such
        values do not add up.
    only_for : Mapping of str to str
        The value of another dimension within which this one has values at all.
    """

    id: Name
    title: Text
    values: tuple[Value, ...] = ()
    answered_by: Name | None = None
    only_for: Mapping[Name, str] = Field(default_factory=dict)

    def ids(self) -> tuple[str, ...]:
        """The values that are listed."""
        return tuple(value.id for value in self.values)

    def band_of(self, number: int | None) -> str:
        """The value that a number belongs to; the last one, ``unknown``, for none."""
        if number is None or number < 0:
            return self.values[-1].id
        return next(value.id for value in self.values if value.up_to is not None and number <= value.up_to)


class Measure(_Part):
    """What is counted.

    Parameters
    ----------
    tables : Mapping of level to tables
        Each table by its dimensions. A longer period has the tables of the shorter ones too.
    open_month : bool
        Whether unit totals of the month that goes on are shown, rounded.
    """

    id: Name
    title: Text
    about: Text
    tables: Mapping[Level, tuple[tuple[Name, ...], ...]]
    open_month: StrictBool = False

    def across(self, level: Level) -> tuple[tuple[str, ...], ...]:
        """The tables of a period of some length, those with few dimensions first."""
        months = LEVELS[level]
        if level not in self.levels():
            return ()
        tables_within = [dims for each, tables in self.tables.items() if LEVELS[each] <= months for dims in tables]
        return tuple(sorted(dict.fromkeys(tables_within), key=len))

    def levels(self) -> tuple[Level, ...]:
        """The lengths of period that there are tables for."""
        shortest = min(LEVELS[level] for level in self.tables)
        return tuple(level for level, months in LEVELS.items() if months >= shortest)

    def dimensions(self) -> tuple[str, ...]:
        """Every dimension of its tables."""
        return tuple(dict.fromkeys(name for tables in self.tables.values() for dims in tables for name in dims))


class Lattice(Versioned):
    """Every table that is published."""

    title: Text
    sources: tuple[LatticeSource, ...]
    limits: tuple[PublishedLimit, ...]
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield unknown dimensions, and tables whose common part is not a table of its own."""
        yield from super().faults_in(data)
        known = {each["id"]: each for each in data.get("dimensions") or () if isinstance(each, dict) and "id" in each}
        for place, measure in enumerate(data.get("measures") or ()):
            seen: list[frozenset[str]] = []
            for level in LEVELS:
                own = (measure.get("tables") or {}).get(level) or ()
                for dims in own:
                    for name in dims:
                        if name not in known:
                            yield (
                                ("measures", place, "tables", level),
                                "unknown-definition",
                                {"name": name, "known": sorted(known)},
                            )
                seen += [frozenset(dims) for dims in own]
                families = frozenset(name for name, each in known.items() if each.get("answered_by"))
                for common in _missing(seen, families):
                    yield (
                        ("measures", place, "tables", level),
                        "missing-key",
                        {"name": f"[{', '.join(sorted(common))}]"},
                    )

    def limit(self, name: str) -> int:
        """A limit by its id."""
        return next(each.value for each in self.limits if each.id == name)

    def dimension(self, name: str) -> Dimension:
        """A dimension by its id."""
        return next(each for each in self.dimensions if each.id == name)

    def measure(self, name: str) -> Measure:
        """A measure by its id."""
        return next(each for each in self.measures if each.id == name)

    def family_in(self, dims: tuple[str, ...]) -> str | None:
        """The dimension of a table whose values do not add up; None where all do."""
        return next((name for name in dims if self.dimension(name).answered_by is not None), None)


def _missing(tables: list[frozenset[str]], families: frozenset[str]) -> Iterator[frozenset[str]]:
    known = set(tables)
    for one in tables:
        for other in tables:
            common = one & other
            if common not in known and not common & families:
                known.add(common)
                yield common


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter or year.

    Parameters
    ----------
    first : int
        Its first month, counted from January of the year 0.
    months : int
        1, 3 or 12.
    """

    first: int
    months: int

    @property
    def level(self) -> Level:
        """``month``, ``quarter`` or ``year``."""
        return next(level for level, months in LEVELS.items() if months == self.months)

    @property
    def name(self) -> str:
        """``2026-03``, ``2026-Q1`` or ``2026``."""
        year, month = divmod(self.first, 12)
        if self.months == 1:
            return f"{year:04}-{month + 1:02}"
        return f"{year:04}-Q{month // 3 + 1}" if self.months == 3 else f"{year:04}"

    @property
    def last(self) -> int:
        """Its last month."""
        return self.first + self.months - 1

    @property
    def starts_on(self) -> date:
        """Its first day."""
        return date(self.first // 12, self.first % 12 + 1, 1)

    def within(self) -> tuple["Period", ...]:
        """The periods of the next shorter kind that it is made of."""
        shorter = {12: 3, 3: 1}.get(self.months)
        if shorter is None:
            return ()
        return tuple(Period(first, shorter) for first in range(self.first, self.first + self.months, shorter))


def month_of(day: date) -> int:
    """The month of a day, counted from January of the year 0."""
    return day.year * 12 + day.month - 1


def periods_between(first: int, end: int, level: Level) -> list[Period]:
    """The periods of a length that hold the month ``first`` or a later one, and are over before the month ``end``."""
    months = LEVELS[level]
    begin = first - first % months
    return [Period(start, months) for start in range(begin, end - months + 1, months)]


@cache
def the_lattices(root: Path = DEFINITIONS) -> Registry[Lattice]:
    """Every version of the lattice."""
    return Registry(Lattice, [root])


def lattice_on(on: date) -> Definition[Lattice]:
    """The lattice in force on a day.

    Raises
    ------
    UnknownDefinitionError
    """
    return the_lattices().find("trends", on=on)
