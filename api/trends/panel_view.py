"""A panel of the dashboard in one language: its numbers, its table, its picture."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.trends.panels import Panel, Share, last_rows, shares, shares_within
from api.trends.pictures import as_svg, bars, dots, over_time
from api.trends.publishing import across_of
from api.trends.queries import as_csv
from api.trends.spreadsheets import with_labels
from api.trends.words import TrendWords, title_of_version
from api.web.translator import Translator
from screening.trends.lattice import LEVELS, Lattice, Level, Period

if TYPE_CHECKING:
    from api.trends.pictures import Picture

Ask = Callable[[dict[str, Any]], dict[str, Any]]


class PanelView:
    """A panel with its numbers.

    Parameters
    ----------
    choices : Mapping of str to str
        ``level``, ``from`` and ``to``. A panel whose table is not there for such short periods takes longer ones.
    month : int
        The month that goes on.
    ask : callable
        Answers a question as it stands in an address.
    """

    def __init__(
        self, panel: Panel, choices: Mapping[str, str], month: int, translator: Translator, lattice: Lattice, ask: Ask
    ) -> None:
        self.panel = panel
        self.language = translator.language
        self._translator, self._month, self._lattice = translator, month, lattice
        tables = lattice.measure(panel.measure)
        levels = [level for level in tables.levels() if panel.across in tables.across(level)]
        wanted = choices["level"] if panel.is_over_time else "year"
        level: Level = next((level for level in levels if level == wanted), levels[0])
        question = {**choices, "level": level, "measure": panel.measure}
        data = ask({**question, "across": across_of(panel.across)})
        if not data["periods"] and not panel.is_over_time and levels[0] != level:  # no year is over yet
            level = levels[0]
            question["level"] = level
            data = ask({**question, "across": across_of(panel.across)})
        self.level, self.data = level, data
        #: Its table as an address asks for it.
        self.question = {**question, "across": across_of(panel.across)}
        self._to = choices.get("to")
        self.period, self._rows = last_rows(self.data, panel) if panel.across else (None, [])
        self._totals = self._read_totals(ask, question)
        guidances = {str(row["guidance"]) for row in self._rows if "guidance" in row}
        self._words = TrendWords(translator, lattice, guidances)

    def _read_totals(self, ask: Ask, question: dict[str, Any]) -> dict[str, int | None]:
        if self.panel.form == "share":
            return {row["period"]: row["count"] for row in ask(question)["numbers"]}
        if self.panel.form == "counts":
            return {row["period"]: row["count"] for row in self.data["numbers"]}
        if self.panel.form == "dots":
            name = self.panel.across[0]
            rows = ask({**question, "across": name})["numbers"]
            return {row[name]: row["count"] for row in rows if row["period"] == self.period and row["count"] != 0}
        return {}

    @property
    def words_of_table(self) -> TrendWords:
        """The words of its whole table, earlier periods among them."""
        return TrendWords.of(self.data, self._translator, self._lattice)

    def as_spreadsheet(self) -> str:
        """Its numbers as a table for a person: what each code is called stands beside it."""
        words = self.words_of_table
        headings = {name: words.dimension(name) for name in self.data["dimensions"]}
        return with_labels(as_csv(self.data), headings, lambda name, row: words.value(name, row[name]), self.language)

    @property
    def title(self) -> str:
        """Its heading."""
        return self._translator.t(f"trends.panel.{self.panel.id}")

    @property
    def about(self) -> str:
        """What is counted."""
        return self._translator.say(self.data["about"])

    @property
    def is_share(self) -> bool:
        """Whether its table tells shares."""
        return self.panel.form in ("share", "dots")

    @property
    def of(self) -> str:
        """The heading of the first column of a table of shares or counts."""
        return (
            self._translator.t("trends.period")
            if self.panel.is_over_time
            else self._words.dimension(self.panel.across[0])
        )

    @property
    def names(self) -> list[str]:
        """The headings of the first columns of any other table."""
        return [self._words.dimension(name) for name in self.panel.across]

    @cached_property
    def shares(self) -> list[tuple[str, Share]]:
        """The rows of a table of shares, each with what it is called."""
        if self.panel.form == "share":
            return [(share.of, share) for share in shares(self.data, self._totals, self.panel)]
        within = shares_within(self._rows, self._totals, self.panel)
        return [(self._words.value(self.panel.across[0], share.of), share) for share in within]

    @cached_property
    def counts(self) -> list[tuple[str, int | None, bool]]:
        """The rows of a table of counts over time: the period, the number, and whether a version begins there."""
        return [(each["period"], self._totals.get(each["period"]), each["is_series_break"]) for each in self._periods]

    @property
    def _periods(self) -> list[dict[str, Any]]:
        periods: list[dict[str, Any]] = self.data["periods"]
        return periods

    @cached_property
    def rows(self) -> list[tuple[list[str], int | None]]:
        """The rows of the last period's table: the values in words, and the number."""
        return [
            ([self._words.value(name, row[name]) for name in self.panel.across], row["count"]) for row in self._rows
        ]

    @property
    def breaks(self) -> list[tuple[str, str]]:
        """Where a new version of a guidance or an instrument began, and which."""
        return [
            (each["period"], ", ".join(title_of_version(name, self._translator) for name in each["begins_here"]))
            for each in self._periods
            if each["is_series_break"]
        ]

    @property
    def open_period(self) -> str | None:
        """The period that goes on, where it is not filtered away."""
        length = LEVELS[self.level]
        period = Period(self._month - self._month % length, length)
        is_asked_for = self._to is None or self._to >= f"{period.last // 12:04}-{period.last % 12 + 1:02}"
        return period.name if self.panel.is_over_time and self._periods and is_asked_for else None

    @cached_property
    def has_picture(self) -> bool:
        """Whether there is any number to draw."""
        if self.is_share:
            return any(share.value is not None for _, share in self.shares)
        if self.panel.form == "counts":
            return any(count for _, count, _ in self.counts)
        return any(count for _, count in self.rows)

    @property
    def latest(self) -> tuple[str, int | float | None, int | float | None] | None:
        """Of what goes over time: the last period, its number, and the number of the period before."""
        if not self._periods:
            return None
        if self.panel.form == "share":
            numbers: list[int | float | None] = [share.value for _, share in self.shares]
        else:
            numbers = [count for _, count, _ in self.counts]
        return self._periods[-1]["period"], numbers[-1], numbers[-2] if len(numbers) > 1 else None

    def chart(self) -> "Picture":
        """The picture as a specification."""
        match self.panel.form:
            case "counts" | "share":
                return self._over_time()
            case "dots":
                return self._dots()
            case _:
                return self._bars()

    def _over_time(self) -> "Picture":
        t = self._translator.t
        number = t("trends.share") if self.is_share else t("trends.cases")
        words = {"period": self.of, "number": number, "break": t("trends.new_version"), "open": t("trends.goes_on")}
        points: list[dict[str, Any]] = []
        if self.is_share:
            for _, share in self.shares:
                low, high = share.interval or (None, None)
                points.append({"period": share.of, "number": share.value, "low": low, "high": high})
        else:
            points = [{"period": of, "number": count, "low": None, "high": None} for of, count, _ in self.counts]
        for point, period in zip(points, self._periods, strict=True):
            point |= {"is_break": period["is_series_break"], "is_open": False}
        if self.open_period:
            nothing = {"number": None, "low": None, "high": None, "is_break": False}
            points.append({"period": self.open_period, **nothing, "is_open": True})
        return over_time(points, words, is_share=self.is_share)

    def _dots(self) -> "Picture":
        number = self._translator.t("trends.share")
        points = [
            {self.of: title, number: share.value, "low": share.interval[0], "high": share.interval[1]}
            for title, share in self.shares
            if share.interval is not None
        ]
        return dots(points, self.of, number)

    def _bars(self) -> "Picture":
        series, groups, number = self.names[-1], self.names[:-1], self._translator.t("trends.cases")
        group = " · ".join(reversed(groups)) if groups else series
        points = [
            {
                group: " · ".join(reversed(values[:-1])) if groups else values[-1],
                series: values[-1],
                number: count,
                "place": place,
            }
            for place, (values, count) in enumerate(self.rows)
            if count is not None
        ]
        return bars(points, group, series, number)

    @cached_property
    def svg(self) -> str:
        """The picture, with its name."""
        return as_svg(self.chart(), f"{self.title}. {self._translator.t('trends.see_table')}", self.language)
