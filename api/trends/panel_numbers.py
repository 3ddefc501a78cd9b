"""The numbers of a panel: those that were published, and what follows from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.trends.panels import Choice, Panel, Share, by_values, cumulated, summed, table_for
from api.trends.publishing import across_of
from screening.trends.control import Judged, Measured, chart_of_numbers, chart_of_shares
from screening.trends.lattice import LEVELS, Lattice, Period
from screening.trends.variation import Variation

Ask = Callable[[dict[str, Any]], dict[str, Any]]
#: The answer that says that a guidance asks for no such fact.
_NOT_USED = "not_used"


@dataclass(frozen=True)
class Bar:
    """A value in the last period.

    Parameters
    ----------
    values : tuple of str
        By dimension of the panel.
    share, before : Share
        In the last period, and in the one before.
    """

    values: tuple[str, ...]
    share: Share
    before: Share | None


class PanelNumbers:
    """What was published of a panel under a choice.

    Parameters
    ----------
    month : int
        The month that goes on.
    ask : callable
        Answers a question as it stands in an address.
    """

    def __init__(self, panel: Panel, choice: Choice, month: int, lattice: Lattice, ask: Ask) -> None:
        self.panel, self.choice, self.lattice = panel, choice, lattice
        self._month = month
        self.table_choice = table_for(lattice, panel, choice)
        self.data: dict[str, Any] = {"periods": [], "numbers": [], "dimensions": []}
        self._totals: dict[str, Any] = {"periods": [], "numbers": []}
        #: Its table as an address asks for it.
        self.question: dict[str, Any] = {}
        if self.table_choice is not None:
            question = {**choice.as_query(), "measure": panel.measure, "level": self.table_choice.level}
            question.pop("of", None)
            only = {"only": choice.of} if choice.dimension else {}
            self.question = {**question, "across": across_of(self.table_choice.across), **only}
            self.data = ask(self.question)
            totals = self.table_choice.totals
            only = only if choice.dimension in totals else {}
            self._totals = ask({**question, "across": across_of(totals), **only})

    @property
    def is_published(self) -> bool:
        """Whether there is a table for what was chosen."""
        return self.table_choice is not None

    @property
    def breaks(self) -> list[str]:
        """Periods in which a version of a guidance or an instrument began."""
        return [each["period"] for each in self.periods if each["is_series_break"]]

    @property
    def periods(self) -> list[dict[str, Any]]:
        """The periods that were published, in order of time."""
        periods: list[dict[str, Any]] = self.data["periods"]
        return periods

    @property
    def period(self) -> str | None:
        """The last period that there is a number of."""
        return self.periods[-1]["period"] if self.periods else None

    @property
    def period_before(self) -> str | None:
        """The period that was published before that."""
        return self.periods[-2]["period"] if len(self.periods) > 1 else None

    @property
    def open_period(self) -> str | None:
        """The period that goes on, where it is not filtered away."""
        if self.table_choice is None:
            return None
        length = LEVELS[self.table_choice.level]
        period = Period(self._month - self._month % length, length)
        last = self.choice.last
        is_asked_for = not last or last >= f"{period.last // 12:04}-{period.last % 12 + 1:02}"
        return period.name if self.panel.is_over_time and self.periods and is_asked_for else None

    def _rows_in(self, period: str | None, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [row for row in data["numbers"] if row["period"] == period]

    def share_in(self, period: str | None, value: str) -> Share:
        """The share of a value in a period; only for panels that are divided by one dimension."""
        numbers = by_values(self._rows_in(period, self.data), (self.panel.rows_by,))
        return Share(numbers.get((value,), 0), self.total_in(period))

    def total_in(self, period: str | None) -> int | None:
        """Of how many in a period; None where it is hidden."""
        rows = self._rows_in(period, self._totals)
        return rows[0]["count"] if rows else 0

    @cached_property
    def counts(self) -> list[tuple[str, int | None]]:
        """How many there were in every period."""
        numbers = {row["period"]: row["count"] for row in self.data["numbers"]}
        return [(each["period"], numbers.get(each["period"], 0)) for each in self.periods]

    @cached_property
    def bars(self) -> list[Bar]:
        """The values of the last period, in the order of the lattice."""
        rows, before = (self._rows_in(period, self.data) for period in (self.period, self.period_before))
        now, then = (by_values(each, self.panel.across) for each in (rows, before))
        wholes, wholes_then = self._wholes(self.period, now), self._wholes(self.period_before, then)
        kept = []
        for values, count in self._ordered(now).items():
            if not self._is_shown(values):
                continue
            earlier = Share(then.get(values, 0), wholes_then(values)) if self.period_before else None
            kept.append(Bar(values, Share(count, wholes(values)), earlier))
        return self._cumulative(kept) if self.panel.is_cumulative else kept

    def _ordered(self, numbers: Mapping[tuple[str, ...], int | None]) -> dict[tuple[str, ...], int | None]:
        """What is about the same stands together: the values of `by` within each value of the other dimensions."""
        place = self.panel.across.index(self.panel.rows_by)
        others = dict.fromkeys(values[:place] + values[place + 1 :] for values in numbers)
        order = {each: number for number, each in enumerate(others)}
        return dict(sorted(numbers.items(), key=lambda each: order[each[0][:place] + each[0][place + 1 :]]))

    def _is_shown(self, values: tuple[str, ...]) -> bool:
        names = dict(zip(self.panel.across, values, strict=True))
        return not any(value in self.panel.leave_out for value in values) and all(
            names.get(other) in (value, None)
            for name in self.panel.across
            for other, value in self.lattice.dimension(name).only_for.items()
        )

    def _wholes(
        self, period: str | None, numbers: Mapping[tuple[str, ...], int | None]
    ) -> Callable[[tuple[str, ...]], int | None]:
        """Of how many each value is: those who answered, or those of the table without what is divided by."""
        across, by = self.panel.across, self.panel.rows_by
        answer = self.lattice.dimension(by).answered_by
        if answer is not None:
            place = across.index(answer)

            def of_answers(values: tuple[str, ...]) -> int | None:
                same = [
                    count
                    for key, count in numbers.items()
                    if key[:place] + key[place + 1 :] == values[:place] + values[place + 1 :]
                    and key[place] != _NOT_USED
                ]
                return summed(same)

            return of_answers
        others = [name for name in across if name != by]
        totals = by_values(self._rows_in(period, self._totals), others)
        places = [across.index(name) for name in others]
        return lambda values: totals.get(tuple(values[place] for place in places), 0)

    def _cumulative(self, rows: list[Bar]) -> list[Bar]:
        now = cumulated([bar.share.part for bar in reversed(rows)])[::-1]
        then = cumulated([bar.before.part if bar.before else None for bar in reversed(rows)])[::-1]
        return [
            Bar(
                bar.values,
                Share(now[place], bar.share.whole),
                Share(then[place], bar.before.whole) if bar.before else None,
            )
            for place, bar in enumerate(rows)
        ]

    @cached_property
    def groups(self) -> list[tuple[str, Share]]:
        """For each value of the first dimension, the share of the value that is asked about, in the last period."""
        first = self.panel.across[0]
        parts = by_values(self._rows_in(self.period, self.data), self.panel.across)
        wholes = by_values(self._rows_in(self.period, self._totals), (first,))
        known = [value for (value,), count in wholes.items() if count != 0]
        return [(value, Share(parts.get((value, self.panel.share_of), 0), wholes[(value,)])) for value in known]

    @cached_property
    def within(self) -> list[tuple[str, Share, Share | None]]:
        """How many were done within each time, of those whose time is known."""
        now = self._within(self.period)
        then = dict(self._within(self.period_before)) if self.period_before else {}
        return [(band, share, then.get(band)) for band, share in now]

    def _within(self, period: str | None) -> list[tuple[str, Share]]:
        numbers = by_values(self._rows_in(period, self.data), (self.panel.rows_by,))
        *bands, _, unknown = self.lattice.dimension(self.panel.rows_by).ids()
        total, without = self.total_in(period), numbers.get((unknown,), 0)
        whole = None if total is None or without is None else total - without
        counts = cumulated([numbers.get((band,), 0) for band in bands])
        return [(band, Share(count, whole)) for band, count in zip(bands, counts, strict=True)]

    @cached_property
    def series(self) -> list[tuple[str, list[Share]]]:
        """For each value that anybody ever had, its share in every period."""
        of = [self.panel.share_of] if self.panel.form == "share" else self._values()
        return [(value, [self.share_in(each["period"], value) for each in self.periods]) for value in of]

    def _values(self) -> list[str]:
        by = self.panel.rows_by
        seen = {str(row[by]) for row in self.data["numbers"] if row["count"] != 0}
        return [value for value in self.lattice.dimension(by).ids() if value in seen]

    def judged(self, rules: Variation) -> list[Judged]:
        """Every period beside what chance alone would have it be; for what goes over time with limits."""
        breaks = [bool(each["is_series_break"]) for each in self.periods]
        if self.panel.form == "variation":
            counts = [Measured(count, is_break=new) for (_, count), new in zip(self.counts, breaks, strict=True)]
            return chart_of_numbers(counts, rules)
        ((_, shares),) = self.series
        measured = [Measured(share.part, share.whole, is_break=new) for share, new in zip(shares, breaks, strict=True)]
        return chart_of_shares(measured, rules)

    @cached_property
    def has_picture(self) -> bool:
        """Whether there is any number to draw; that there was nobody is one."""
        if self.panel.form in ("dots", "funnel"):
            return any(share.part is not None for _, share in self.groups)
        if self.panel.form == "multiples":
            return any(row["count"] for row in self.data["numbers"])  # values that nobody ever had are not drawn
        return any(row["count"] is not None for row in self.data["numbers"])

    @cached_property
    def first(self) -> tuple[float | None, float | None]:
        """The number that is told first, and that of the period before: of cases, or a share from 0 to 1."""
        if self.panel.form in ("counts", "variation"):
            numbers = [count for _, count in self.counts]
            return (numbers[-1] if numbers else None), (numbers[-2] if len(numbers) > 1 else None)
        if self.panel.form == "within":
            shares = {band: (now, then) for band, now, then in self.within}
            now, then = shares[self.panel.share_of]
        elif self.panel.is_cumulative:
            bar = next((each for each in self.bars if each.values[-1] == self.panel.share_of), None)
            now, then = (bar.share, bar.before) if bar else (Share(None, None), None)
        else:
            now = self.share_in(self.period, self.panel.share_of)
            then = self.share_in(self.period_before, self.panel.share_of) if self.period_before else None
        return now.value, then.value if then else None
