"""Are like cases treated alike? The same young people under every local rule, and every unit's under one rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

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
from instruments.faults import UnknownDefinitionError
from screening.library import Library
from screening.trends.case_mix import Mix, Ruled, mixes, under_each_rule
from screening.trends.lattice import Lattice

#: What the young people of units are divided by.
DIVIDED_BY = ("age_band", "sex", "track")


@dataclass(frozen=True)
class Compared:
    """What was worked out of the latest year that can be asked about.

    Parameters
    ----------
    rules : list of Ruled
        The guidance that was used most, and after it its local versions.
    mixes : list of Mix
        By unit, under that guidance.
    """

    year: int
    rules: list[Ruled]
    mixes: list[Mix]


_COMPARED: Cache[Compared | None] = Cache(8)


def compare_units(
    session: Session, library: Library, lattice: Lattice, today: date, ask: Ask, publication: tuple[Any, ...]
) -> Compared | None:
    """What can be told; None where no year is over that has rows, or its guidance is not in force any more."""
    years = years_written(session)
    guidance = _used_most(ask, library)
    if not years or guidance is None:
        return None

    def work_out() -> Compared | None:
        rows = rows_of(session, years[-1:])
        local = [
            name for name in library.names() if name.startswith(f"{guidance}/") and _is_in_force(library, name, today)
        ]
        units = sorted(session.scalars(select(SecrecyUnit.id)))
        return Compared(
            years[-1],
            under_each_rule(rows, library, lattice, today, [guidance, *local]),
            mixes(rows, library, lattice, today, guidance, units),
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
    except UnknownDefinitionError:
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
        """By rule: what it is called, how many it supports, the share, and how many would come in and fall out."""
        number = self._translator.number
        return [
            [
                self._title(each.guidance),
                number(each.supported),
                self._percent(each.supported, each.people),
                number(each.enters),
                number(each.leaves),
            ]
            for each in self.compared.rules
        ]

    def _percent(self, part: int, whole: int) -> str:
        return percent_in_words(part / whole, self._translator) if whole else "–"

    @cached_property
    def picture(self) -> str:
        """The share that each rule supports, of the same young people."""
        rows = [
            Row(title, each.supported, each.supported / each.people if each.people else None, f"{share} · {number}")
            for place, (each, (title, number, share, *_)) in enumerate(
                zip(self.compared.rules, self.rules, strict=True)
            )
            if place == 0 or self._moves(each)
        ]
        sheet = Sheet()
        bars(sheet, rows, self._translator.t("what_if.none"))
        return sheet.as_svg(f"{self._translator.t('equal.rules')}. {self._translator.t('trends.see_table')}")

    @staticmethod
    def _moves(rule: Ruled) -> bool:
        return bool(rule.enters or rule.leaves)

    @property
    def alike(self) -> list[str]:
        """The local rules that change nothing for anybody."""
        return [self._title(each.guidance) for each in self.compared.rules[1:] if not self._moves(each)]

    @cached_property
    def picture_of_units(self) -> str:
        """The share of each unit's young people that the same rule supports."""
        rows = [
            Row(
                self._words.value("unit", mix.unit),
                mix.supported,
                mix.supported / mix.people,
                f"{self._percent(mix.supported, mix.people)} · {self._translator.number(mix.supported)}",
            )
            for mix in self.compared.mixes
        ]
        sheet = Sheet()
        bars(sheet, rows, self._translator.t("what_if.none"))
        return sheet.as_svg(f"{self._translator.t('equal.units')}. {self._translator.t('trends.see_table')}")

    @cached_property
    def mix_tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """By dimension: what it is called, its values that anybody has, and for every unit the share of each."""
        tables = []
        for dimension in DIVIDED_BY:
            shares = [(mix, mix.shares(dimension)) for mix in self.compared.mixes]
            values = [value for value in self._words.listed(dimension) if any(each.get(value) for _, each in shares)]
            rows = [
                [self._words.value("unit", mix.unit), self._translator.number(mix.people)]
                + [percent_in_words(each.get(value, 0.0), self._translator) for value in values]
                for mix, each in shares
            ]
            titles = [self._words.value(dimension, value) for value in values]
            tables.append((self._words.dimension(dimension), titles, rows))
        return tables
