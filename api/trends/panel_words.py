"""A panel of the dashboard in words: what it says first, and what must be known to read it."""

from collections.abc import Iterator
from functools import cached_property

from api.trends.funnel import Funnel, Unit
from api.trends.panel_numbers import PanelNumbers
from api.trends.panels import Share
from api.trends.queries import as_csv
from api.trends.spreadsheets import with_labels
from api.trends.words import TrendWords, level_in_words, percent_in_words, period_in_words, title_of_version
from api.web.translator import Translator
from screening.trends.control import Judged
from screening.trends.variation import Variation


class PanelWords:
    """A panel with its numbers.

    Parameters
    ----------
    rules : Variation
        By what a number is told to differ from others or from before.
    """

    def __init__(self, numbers: PanelNumbers, translator: Translator, rules: Variation) -> None:
        self.numbers = numbers
        self.panel, self.choice, self.data = numbers.panel, numbers.choice, numbers.data
        self.language = translator.language
        self._translator, self._lattice = translator, numbers.lattice
        self._rules, self._interval_level = rules, rules.share("interval_level")
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
        if self.panel.form in ("share", "variation") and self.numbers.has_picture:
            notes += self._notes_of_control()
        if self.panel.form == "funnel" and self.numbers.has_picture:
            notes += self._notes_of_funnel()
        return notes

    def _notes_of_control(self) -> list[str]:
        t, judged = self._translator.t, self.judged
        if all(each.centre is None for each in judged):
            return [t("trends.control.too_few", least=self._rules.number("least_periods"))]
        named = list(zip((self._period(each["period"]) for each in self.numbers.periods), judged, strict=True))
        outside = [name for name, each in named if each.is_outside]
        runs = [name for name, each in named if each.is_run]
        notes = [t("trends.control.outside", periods=", ".join(outside)) if outside else t("trends.control.within")]
        if runs:
            notes.append(t("trends.control.run", length=self._rules.number("run_length"), period=runs[-1]))
        return notes

    def _notes_of_funnel(self) -> list[str]:
        t, funnel = self._translator.t, self.funnel
        if len(funnel.known) < self._rules.number("least_units"):
            return [t("trends.funnel.too_few", least=self._rules.number("least_units"))]
        outside = [unit.label for unit in funnel.beyond(funnel.outer)]
        expected = self._translator.decimal(len(funnel.known) * (1 - funnel.inner), 1)
        return [
            t("trends.funnel.outside", units=", ".join(outside)) if outside else t("trends.funnel.within"),
            t("trends.funnel.expected", units=len(funnel.known), expected=expected),
        ]

    @cached_property
    def judged(self) -> list[Judged]:
        """Every period beside its control limits."""
        return self.numbers.judged(self._rules)

    @cached_property
    def funnel(self) -> Funnel:
        """The units beside what chance alone keeps them within."""
        units = [Unit(self._group(value), share.part, share.whole) for value, share in self.numbers.groups]
        return Funnel.of(units, self._rules.share("funnel_inner"), self._rules.share("funnel_outer"))

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
        published = [
            each for each in self.numbers.periods if self.panel.is_over_time or each["period"] == self.numbers.period
        ]
        made = [each["certificate"] for each in published if each["certificate"] is not None]
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
        if self.panel.form in ("counts", "variation"):
            difference, number_then, unit = round(now - then), self._count(then), "count"
        else:
            difference, number_then, unit = round(now * 100) - round(then * 100), self._percent(then), "share"
        way = "same" if difference == 0 else "more" if difference > 0 else "less"
        one = "_one" if abs(difference) == 1 and unit == "share" else ""
        return self._translator.t(
            f"trends.compared.{unit}.{way}{one}",
            difference=self._count(abs(difference)),
            period=period,
            number=number_then,
        )

    @property
    def names_of_dimensions(self) -> list[str]:
        """What the columns of its published table are called."""
        return [self._words.dimension(name) for name in self.data["dimensions"]]

    def rows_in_words(self) -> Iterator[tuple[str | int, ...]]:
        """Every row of its published table: the period, the values in words, and the number or that it is hidden."""
        for row in self.data["numbers"]:
            values = (self._words.value(name, row[name]) for name in self.data["dimensions"])
            hidden = self._translator.t("trends.hidden")
            yield (row["period"], *values, hidden if row["count"] is None else row["count"])

    def fact(self, name: str) -> str:
        """What a fact is called."""
        return self._words.value("fact", name)

    def _group(self, value: str) -> str:
        return self._words.value(self.panel.across[0], value)

    def _period(self, name: str) -> str:
        return period_in_words(name, self._translator)

    @property
    def limit_names(self) -> list[str]:
        """What the inner and the outer limit of a funnel are called."""
        return [
            self._translator.t("trends.funnel.limit", level=level_in_words(self._rules.share(name), self._translator))
            for name in ("funnel_inner", "funnel_outer")
        ]
