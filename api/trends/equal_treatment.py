"""Are like cases treated alike? The same young people under every local rule, and every unit's under one rule.

The rows count in fives and published tables are exact, so that the two together could tell more of a hidden number than
either. What concerns a hidden number of the year's tables is therefore left out here, by published numbers alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.context.context import current_context
from api.store.schema import SecrecyUnit
from api.trends.cache import Cache
from api.trends.charts import Row, bars
from api.trends.drawing import Sheet
from api.trends.microaggregates import rows_of, years_written
from api.trends.panel_numbers import Ask
from api.trends.words import TrendWords, percent_in_words
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.library import Library
from screening.trends.case_mix import Mix, Ruled, mixes, under_each_rule
from screening.trends.lattice import Lattice

if TYPE_CHECKING:
    import pandas as pd

#: What the young people of units are divided by.
DIVIDED_BY = ("age_band", "sex", "track")
#: Why nothing is compared: there is no year to compare, or a version that its rows rest on is gone.
WhyNot = Literal["no_years", "gone"]
_GONE = (UnknownDefinitionError, AlteredDefinitionError, InputError)


@dataclass(frozen=True)
class Hidden:
    """What the published tables of recommendations hide of a year.

    Parameters
    ----------
    units : frozenset of str
        Those with a hidden number in the table by unit, or by unit and outcome.
    dimensions : frozenset of str
        Those whose own table has a hidden number, or was not published.
    """

    units: frozenset[str]
    dimensions: frozenset[str]

    @classmethod
    def of(cls, year: int, ask: Ask) -> "Hidden":
        """What is hidden of a year; of one that has no table, everything is taken to be."""
        by_unit = [_hidden_in("unit", year, ask), _hidden_in("unit,outcome", year, ask)]
        units = {str(row["unit"]) for rows in by_unit for row in rows or ()}
        own = {name: _hidden_in(name, year, ask) for name in ("outcome", *DIVIDED_BY)}
        without = {name for name, rows in own.items() if rows is None or rows}
        return cls(frozenset(units), frozenset({*without, "unit"} if None in by_unit else without))


def _hidden_in(across: str, year: int, ask: Ask) -> list[Mapping[str, Any]] | None:
    """The rows of a year's table whose number is hidden; None where the table is not published."""
    data = ask({"measure": "recommendations", "level": "year", "across": across})
    rows = [row for row in data["numbers"] if row["period"] == str(year)]
    return [row for row in rows if row["count"] is None] if rows else None


@dataclass(frozen=True)
class Compared:
    """What was worked out of the latest year that can be asked about.

    Parameters
    ----------
    rules : list of Ruled
        The guidance that was used most, and after it its local versions.
    mixes : list of Mix
        By unit, under that guidance.
    hidden : Hidden
    """

    year: int
    rules: list[Ruled]
    mixes: list[Mix]
    hidden: Hidden

    def is_left_out(self, mix: Mix) -> bool:
        """Whether nothing is told of a unit; those told of together have young people of every unit."""
        if "unit" in self.hidden.dimensions:
            return True
        return mix.unit in self.hidden.units if mix.unit else bool(self.hidden.units)

    @property
    def tells_totals(self) -> bool:
        """Whether numbers of everybody are told: what a single unit that is left out has could be found from them."""
        if self.hidden.dimensions & {"outcome", "unit"}:
            return False
        without = sum(self.is_left_out(mix) for mix in self.mixes if mix.unit)
        return not self.hidden.units or without > 1


_COMPARED: Cache[Compared | WhyNot] = Cache(8)


def compare_units(
    session: Session, library: Library, lattice: Lattice, today: date, ask: Ask, publication: tuple[Any, ...]
) -> Compared | WhyNot:
    """What can be told, or why nothing can: without a year that is over and has rows, or a version that is gone."""
    years = years_written(session)
    guidance = _used_most(ask, library)
    if not years or guidance is None:
        return "no_years"

    def work_out() -> Compared | WhyNot:
        try:
            return _worked_out(guidance, rows_of(session, years[-1:]))
        except _GONE:
            return "gone"

    def _worked_out(guidance: str, rows: "pd.DataFrame") -> Compared:
        local = [
            name for name in library.names() if name.startswith(f"{guidance}/") and _is_in_force(library, name, today)
        ]
        units = sorted(session.scalars(select(SecrecyUnit.id)))
        return Compared(
            years[-1],
            under_each_rule(rows, library, lattice, today, [guidance, *local]),
            mixes(rows, library, lattice, today, guidance, units),
            Hidden.of(years[-1], ask),
        )

    return _COMPARED.recall((*publication, years[-1], guidance, today), work_out)


def _used_most(ask: Ask, library: Library) -> str | None:
    """The guidance that most cases were compared with in the latest year that was published."""
    data = ask({"measure": "recommendations", "level": "year", "across": "guidance"})
    last = data["periods"][-1]["period"] if data["periods"] else None
    counts: Mapping[str, int] = {
        str(row["guidance"]).partition("@")[0]: row["count"] or 0 for row in data["numbers"] if row["period"] == last
    }
    known = {name: count for name, count in counts.items() if name in library.names()}
    return max(known, key=lambda name: known[name]) if known else None


def _is_in_force(library: Library, name: str, today: date) -> bool:
    try:
        library.bind(name, on=today)
    except _GONE:
        return False
    return True


class EqualTreatment:
    """What was worked out, in one language."""

    def __init__(self, compared: Compared, words: TrendWords, today: date) -> None:
        self.compared, self._words, self._today = compared, words, today
        self._translator = words.translator

    @property
    def year(self) -> int:
        """The year that it is about."""
        return self.compared.year

    @cached_property
    def guidance(self) -> str:
        """The rule that is one and the same for every unit."""
        return self._title(self.compared.rules[0].guidance)

    def _title(self, name: str) -> str:
        return self._translator.say(current_context().library.bind(name, on=self._today).title)

    @cached_property
    def rules(self) -> list[list[str]]:
        """By rule: what it is called, how many it supports, the share, and how many would come in and fall out.

        None where that, beside published tables, could tell of a hidden number.
        """
        number = self._translator.number
        return [
            [
                self._title(each.guidance),
                number(each.supported),
                self._percent(each.supported, each.people),
                number(each.enters),
                number(each.leaves),
            ]
            for each in (self.compared.rules if self.compared.tells_totals else ())
        ]

    def _percent(self, part: int, whole: int) -> str:
        return percent_in_words(part / whole, self._translator) if whole else "–"

    @cached_property
    def picture(self) -> str:
        """The share that each rule supports, of the same young people."""
        ruled = self.compared.rules
        moving = [(each.people, each.supported) for each in ruled if each is ruled[0] or self._moves(each)]
        titles = [self._title(each.guidance) for each in ruled if each is ruled[0] or self._moves(each)]
        return self._drawn("rules", [self._row(title, *each) for title, each in zip(titles, moving, strict=True)])

    def _row(self, title: str, people: int, supported: int) -> Row:
        said = f"{self._percent(supported, people)} · {self._translator.number(supported)}"
        return Row(title, supported, supported / people if people else None, said)

    def _drawn(self, name: str, rows: list[Row]) -> str:
        sheet = Sheet()
        bars(sheet, rows, self._translator.t("what_if.none"))
        return sheet.as_svg(f"{self._translator.t(f'equal.{name}')}. {self._translator.t('trends.see_table')}")

    @staticmethod
    def _moves(rule: Ruled) -> bool:
        return bool(rule.enters or rule.leaves)

    @property
    def alike(self) -> list[str]:
        """The local rules that change nothing for anybody."""
        return [self._title(each.guidance) for each in self.compared.rules[1:] if not self._moves(each)]

    def _units(self) -> Iterator[tuple[str, Mix | None]]:
        """What each unit is called, and its young people; None where they are left out."""
        for mix in self.compared.mixes:
            yield self._words.value("unit", mix.unit), None if self.compared.is_left_out(mix) else mix

    @property
    def leaves_out(self) -> bool:
        """Whether any unit is left out."""
        return any(mix is None for _, mix in self._units())

    @cached_property
    def picture_of_units(self) -> str:
        """The share of each unit's young people that the same rule supports; hatched where that is left out."""
        hidden = self._translator.t("trends.hidden")
        rows = [
            self._row(title, mix.people, mix.supported) if mix else Row(title, None, None, hidden)
            for title, mix in self._units()
        ]
        return self._drawn("units", rows)

    @cached_property
    def units(self) -> list[list[str]]:
        """By unit: what it is called, how many of its young people the rule supports, of how many, and the share."""
        number, hidden = self._translator.number, self._translator.t("trends.hidden")
        return [
            [title, number(mix.supported), number(mix.people), self._percent(mix.supported, mix.people)]
            if mix
            else [title, hidden, hidden, hidden]
            for title, mix in self._units()
        ]

    @cached_property
    def mix_tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """By dimension: what it is called, its values that anybody has, and for every unit the share of each.

        A dimension whose own published table hides a number has no rows.
        """
        return [(self._words.dimension(name), *self._mix_table(name)) for name in DIVIDED_BY]

    def _mix_table(self, dimension: str) -> tuple[list[str], list[list[str]]]:
        if dimension in self.compared.hidden.dimensions:
            return [], []
        told = [(title, mix, mix.shares(dimension) if mix else {}) for title, mix in self._units()]
        values = [value for value in self._words.listed(dimension) if any(shares.get(value) for *_, shares in told)]
        hidden = self._translator.t("trends.hidden")
        rows = [
            [title, self._translator.number(mix.people)]
            + [percent_in_words(shares.get(value, 0.0), self._translator) for value in values]
            if mix
            else [title, *[hidden] * (1 + len(values))]
            for title, mix, shares in told
        ]
        return [self._words.value(dimension, value) for value in values], rows
