"""A panel of the dashboard in words: what it says first, and its table."""

from dataclasses import dataclass
from functools import cached_property

from api.trends.panel_numbers import PanelNumbers
from api.trends.panels import Share
from api.trends.queries import as_csv
from api.trends.spreadsheets import with_labels
from api.trends.words import TrendWords, percent_in_words, period_in_words, title_of_version
from api.web.translator import Translator


@dataclass(frozen=True)
class Table:
    """A table as it is shown: the first columns are words, the others numbers."""

    names: list[str]
    numbers: list[str]
    rows: list[list[str]]


class PanelWords:
    """A panel with its numbers.

    Parameters
    ----------
    interval_level : float
        How often an interval holds the true share.
    """

    def __init__(self, numbers: PanelNumbers, translator: Translator, interval_level: float) -> None:
        self.numbers = numbers
        self.panel, self.choice, self.data = numbers.panel, numbers.choice, numbers.data
        self.language = translator.language
        self._translator, self._lattice = translator, numbers.lattice
        self._interval_level = interval_level
        self._words = TrendWords.of(self.data, translator, numbers.lattice)

    @property
    def title(self) -> str:
        """Its heading."""
        return self._translator.t(f"trends.panel.{self.panel.id}")

    @property
    def about(self) -> str:
        """What is counted."""
        return self._translator.say(self._lattice.measure(self.panel.measure).about)

    @property
    def unpublished(self) -> str:
        """Why there is nothing, where no table is published for what was chosen."""
        by = self._words.dimension(self.choice.dimension).lower() if self.choice.dimension else ""
        return self._translator.t("trends.unpublished", by=by)

    @property
    def notes(self) -> list[str]:
        """What must be known to read it: other periods than those chosen, versions that began."""
        notes = []
        if self.numbers.table_choice is not None and self.numbers.table_choice.level != self.choice.level:
            notes.append(self._translator.t(f"trends.only_by.{self.numbers.table_choice.level}"))
        if self.panel.is_over_time and self.numbers.period and self.numbers.breaks:
            periods = ", ".join(period_in_words(each, self._translator) for each in self.numbers.breaks)
            notes.append(self._translator.t("trends.new_version_from", periods=periods))
        return notes

    @property
    def breaks(self) -> list[tuple[str, str]]:
        """Where a new version of a guidance or an instrument began, and which."""
        return [
            (
                period_in_words(each["period"], self._translator),
                ", ".join(title_of_version(name, self._translator) for name in each["begins_here"]),
            )
            for each in self.numbers.periods
            if each["is_series_break"]
        ]

    @property
    def when(self) -> str:
        """The last period in words."""
        return period_in_words(self.numbers.period, self._translator) if self.numbers.period else ""

    @property
    def certificate(self) -> str:
        """What can be concluded about what its table hides; empty where it was published without a certificate."""
        told = [
            each for each in self.numbers.periods if self.panel.is_over_time or each["period"] == self.numbers.period
        ]
        made = [each["certificate"] for each in told if each["certificate"] is not None]
        if not made:
            return ""
        hidden = sum(each["hidden"] for each in made)
        narrowest = min((each["narrowest"] for each in made if each["narrowest"] is not None), default=None)
        kind = ".nothing" if not hidden else ".endless" if narrowest is None else ""
        whole = hidden + sum(each["shown"] for each in made)
        numbers = {"hidden": self._count(hidden), "all": self._count(whole), "narrowest": narrowest}
        return self._translator.t(f"trends.certificate{kind}", **numbers)

    def as_spreadsheet(self) -> str:
        """Its numbers as a table for a person: what each code is called stands beside it."""
        names: list[str] = self.data["dimensions"]
        headings = {name: self._words.dimension(name) for name in names}
        labels = with_labels(
            as_csv(self.data), headings, lambda name, row: self._words.value(name, row[name]), self.language
        )
        return labels

    # What is told

    def _count(self, number: float) -> str:
        return self._translator.number(number)

    def _percent(self, share: float) -> str:
        return percent_in_words(share, self._translator)

    def _shown(self, number: int | None) -> str:
        return self._translator.t("trends.hidden") if number is None else self._count(number)

    def _shown_share(self, share: Share) -> str:
        if share.is_empty:
            return "–"
        return self._translator.t("trends.hidden") if share.value is None else self._percent(share.value)

    # What it says first

    @property
    def headline(self) -> str:
        """The number that is told first."""
        number, _ = self.numbers.first
        if number is None:
            return self._translator.t("trends.hidden")
        return self._count(number) if self.panel.form == "counts" else self._percent(number)

    @property
    def says(self) -> str:
        """What that number is."""
        whole = self.numbers.total_in(self.numbers.period)
        return self._translator.t(f"trends.question.{self.panel.id}.says", whole=self._shown(whole), period=self.when)

    @property
    def compared(self) -> str:
        """The number beside that of the period before, in words."""
        now, then = self.numbers.first
        if self.numbers.period_before is None:
            return self._translator.t("trends.nothing_before")
        period = period_in_words(self.numbers.period_before, self._translator)
        if now is None or then is None:
            return self._translator.t("trends.not_compared", period=period)
        if self.panel.form == "counts":
            difference, said, unit = round(now - then), self._count(then), "count"
        else:
            difference, said, unit = round(now * 100) - round(then * 100), self._percent(then), "share"
        way = "same" if difference == 0 else "more" if difference > 0 else "less"
        one = "_one" if abs(difference) == 1 and unit == "share" else ""
        return self._translator.t(
            f"trends.compared.{unit}.{way}{one}", difference=self._count(abs(difference)), period=period, number=said
        )

    # The table

    @cached_property
    def table(self) -> Table:
        """Every number of the chart."""
        t = self._translator.t
        share_names = [t("trends.part"), t("trends.whole"), t("trends.share")]
        match self.panel.form:
            case "counts":
                rows = [[self._period(period), self._shown(count)] for period, count in self.numbers.counts]
                return Table([t("trends.period")], [t("trends.cases")], rows)
            case "share":
                periods = [self._period(each["period"]) for each in self.numbers.periods]
                ((_, shares),) = self.numbers.series
                rows = [
                    [period, *self._share_cells(share), self._interval(share)]
                    for period, share in zip(periods, shares, strict=True)
                ]
                return Table([t("trends.period")], [*share_names, t("trends.interval")], rows)
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
                return Table([self._words.dimension(self.panel.across[0])], [*share_names, t("trends.interval")], rows)
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

    def _share_cells(self, share: Share) -> list[str]:
        return [self._shown(share.part), self._shown(share.whole), self._shown_share(share)]

    def _interval(self, share: Share) -> str:
        interval = share.interval(self._interval_level)
        if interval is None:
            return "–"
        return f"{round(interval[0] * 100)}–{self._translator.t('page.percent', number=round(interval[1] * 100))}"

    def _group(self, value: str) -> str:
        return self._words.value(self.panel.across[0], value)

    def _period(self, name: str) -> str:
        return period_in_words(name, self._translator)
