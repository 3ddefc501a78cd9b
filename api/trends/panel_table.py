"""The table of a panel: every number of its chart."""

from dataclasses import dataclass
from functools import cached_property

from api.trends.funnel import Unit
from api.trends.panel_words import PanelWords
from api.trends.panels import Share
from api.trends.words import level_in_words
from screening.trends.control import Judged


@dataclass(frozen=True)
class Table:
    """A table as it is shown: the first columns are words, the others numbers."""

    names: list[str]
    numbers: list[str]
    rows: list[list[str]]


class PanelTable(PanelWords):
    """A panel with its table."""

    @cached_property
    def table(self) -> Table:
        """Every number of the chart."""
        t = self._translator.t
        share_names = [t("trends.part"), t("trends.whole"), t("trends.share")]
        match self.panel.form:
            case "counts":
                rows = [[self._period(period), self._shown(count)] for period, count in self.numbers.counts]
                return Table([t("trends.period")], [t("trends.cases")], rows)
            case "variation":
                rows = [
                    [self._period(period), self._shown(count), *self._limit_cells(each)]
                    for (period, count), each in zip(self.numbers.counts, self.judged, strict=True)
                ]
                return Table([t("trends.period")], [t("trends.cases"), *self._limit_names], rows)
            case "share":
                periods = [self._period(each["period"]) for each in self.numbers.periods]
                ((_, shares),) = self.numbers.series
                rows = [
                    [period, *self._share_cells(share), *self._limit_cells(each)]
                    for period, share, each in zip(periods, shares, self.judged, strict=True)
                ]
                return Table([t("trends.period")], [*share_names, *self._limit_names], rows)
            case "funnel":
                rows = [
                    [self._group(value), *self._share_cells(share), *self._funnel_cells(unit)]
                    for (value, share), unit in zip(self.numbers.groups, self.funnel.units, strict=True)
                ]
                names = [*self.limit_names, t("trends.funnel.standing")]
                return Table([self._words.dimension(self.panel.across[0])], [*share_names, *names], rows)
            case "multiples":
                rows = [
                    [self._period(each["period"]), self._shown(self.numbers.total_in(each["period"]))]
                    + [
                        f"{self._shown(shares[place].part)} ({self._shown_share(shares[place])})"
                        for _, shares in self.numbers.series
                    ]
                    for place, each in enumerate(self.numbers.periods)
                ]
                values = [self._words.value(self.panel.rows_by, value) for value, _ in self.numbers.series]
                return Table([t("trends.period")], [t("trends.whole"), *values], rows)
            case "dots":
                rows = [
                    [self._group(value), *self._share_cells(share), self._interval(share)]
                    for value, share in self.numbers.groups
                ]
                return Table([self._words.dimension(self.panel.across[0])], [*share_names, self._interval_name], rows)
            case "within":
                rows = [
                    [t(f"trends.within.{band}"), *self._share_cells(share)] for band, share, _ in self.numbers.within
                ]
                return Table([self._words.dimension(self.panel.rows_by)], share_names, rows)
            case "bars":
                names = [self._words.dimension(name) for name in self.panel.across]
                rows = [
                    [self._words.value(name, value) for name, value in zip(self.panel.across, bar.values, strict=True)]
                    + self._share_cells(bar.share)
                    for bar in self.numbers.bars
                ]
                return Table(names, share_names, rows)

    @property
    def _limit_names(self) -> list[str]:
        return [self._translator.t("trends.control.limits"), self._translator.t("trends.control.signal")]

    def _limit_cells(self, judged: Judged) -> list[str]:
        if judged.low is None or judged.high is None:
            return ["–", "–"]
        say = self._count if self.panel.form == "variation" else self._percent
        signal = "outside" if judged.is_outside else "run" if judged.is_run else "none"
        return [f"{say(judged.low)}–{say(judged.high)}", self._translator.t(f"trends.control.signal.{signal}")]

    def _funnel_cells(self, unit: Unit) -> list[str]:
        funnel = self.funnel
        if not unit.is_known or len(funnel.known) < self._rules.number("least_units"):
            return ["–", "–", "–"]
        inner, outer = (funnel.limits(unit, level) for level in (funnel.inner, funnel.outer))
        standing = "outer" if not outer.hold(unit.share) else "inner" if not inner.hold(unit.share) else "within"
        spans = [f"{self._percent(each.low)}–{self._percent(each.high)}" for each in (inner, outer)]
        if standing == "within":
            return [*spans, self._translator.t("trends.funnel.within_both")]
        level = funnel.outer if standing == "outer" else funnel.inner
        return [*spans, self._translator.t("trends.funnel.beyond", level=level_in_words(level, self._translator))]

    @property
    def _interval_name(self) -> str:
        return self._translator.t("trends.interval", level=level_in_words(self._interval_level, self._translator))

    def _share_cells(self, share: Share) -> list[str]:
        return [self._shown(share.part), self._shown(share.whole), self._shown_share(share)]

    def _interval(self, share: Share) -> str:
        interval = share.interval(self._interval_level)
        if interval is None:
            return "–"
        return f"{round(interval[0] * 100)}–{self._translator.t('page.percent', number=round(interval[1] * 100))}"
