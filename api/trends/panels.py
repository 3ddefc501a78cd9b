"""What the dashboard shows: each chart with the published table that it is drawn from, by theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from screening.trends.binomial import wilson
from screening.trends.counting import Dims
from screening.trends.lattice import LEVELS, Lattice, Level

Form = Literal["counts", "variation", "share", "dots", "funnel", "bars", "multiples", "within"]
Theme = Literal["people", "recommendations", "decisions", "time", "results", "units"]
THEMES: tuple[Theme, ...] = ("people", "recommendations", "decisions", "time", "results", "units")


@dataclass(frozen=True)
class Panel:
    """One chart.

    Parameters
    ----------
    form : str
        ``counts``: how many, over time. ``variation``: the same, with control limits. ``share``: one value's share of
        all, over time, with control limits. ``dots``: the last period, one value's share within each value of the first
        dimension, with its interval. ``funnel``: the same, by size and with limits. ``bars``: the
        last period, by `by`, once for each value of the other dimensions. ``multiples``: every value's share over
        time. ``within``: the last period, how many were done within each time.
    share_of : str
        The value that is told first, or whose share is shown.
    by : str
        For ``bars``, the dimension whose values lie below one another; the last one where none is named.
    leave_out : tuple of str
        Values that say nothing in this chart, such as criteria that are met where it is asked what was not.
    is_cumulative : bool
        Whether each value holds those after it, too: a case that came further has come so far.
    """

    id: str
    theme: Theme
    measure: str
    across: Dims
    form: Form
    share_of: str = ""
    by: str = ""
    leave_out: tuple[str, ...] = ()
    is_cumulative: bool = False

    @property
    def is_over_time(self) -> bool:
        """Whether it shows every period; otherwise the last one."""
        return self.form in ("counts", "variation", "share", "multiples")

    @property
    def rows_by(self) -> str:
        """The dimension whose values lie below one another."""
        return self.by or (self.across[-1] if self.across else "")


PANELS = (
    Panel("intakes", "people", "intakes", (), "counts"),
    Panel("intakes_variation", "people", "intakes", (), "variation"),
    Panel("reporters", "people", "intakes", ("reporter",), "bars"),
    Panel("intakes_sex", "people", "intakes", ("sex",), "bars"),
    Panel("intakes_ages", "people", "intakes", ("age_band",), "bars"),
    Panel("outcomes", "recommendations", "recommendations", ("outcome",), "bars", "supports_offer"),
    Panel("recommendations", "recommendations", "recommendations", ("outcome",), "share", "supports_offer"),
    Panel("unclear", "recommendations", "recommendations", ("outcome",), "share", "more_information_needed"),
    Panel(
        "criteria", "recommendations", "recommendations", ("guidance", "criterion", "status"), "bars",
        by="criterion", leave_out=("met",),
    ),
    Panel(
        "unknown", "recommendations", "recommendations", ("fact", "knowledge"), "bars",
        by="fact", leave_out=("known", "not_used"),
    ),
    Panel("applies", "decisions", "decisions", ("applies",), "multiples", "supports_offer"),
    Panel("overrides", "decisions", "decisions", ("verdict",), "share", "deviate"),
    Panel("deviations", "decisions", "decisions", ("verdict", "deviation"), "bars"),
    Panel("sex", "decisions", "decisions", ("sex", "applies"), "dots", "supports_offer"),
    Panel("ages", "decisions", "decisions", ("age_band", "applies"), "dots", "supports_offer"),
    Panel("tracks", "decisions", "decisions", ("track", "applies"), "dots", "supports_offer"),
    Panel("until_compared", "time", "recommendations", ("waited",), "within", "8-30"),
    Panel("waiting", "time", "decisions", ("waited",), "within", "8-30"),
    Panel("until_start", "time", "starts", ("waited",), "within", "31-60"),
    Panel("run_out", "time", "run_out", (), "counts"),
    Panel("ran_out_by", "time", "run_out", ("ran_out_by",), "bars"),
    Panel("flow", "time", "flow", ("stage",), "bars", "started", is_cumulative=True),
    Panel("consents", "results", "consents", ("answer",), "bars"),
    Panel("meetings", "results", "meetings", ("kept",), "share", "yes"),
    Panel("endings", "results", "endings", ("ending",), "bars", "completed"),
    Panel("reports_after", "results", "outcomes", ("new_reports",), "bars", "none"),
    Panel("unit_outcomes", "units", "recommendations", ("unit", "outcome"), "funnel", "supports_offer"),
    Panel("units", "units", "decisions", ("unit", "applies"), "funnel", "supports_offer"),
    Panel("unit_overrides", "units", "decisions", ("unit", "verdict"), "funnel", "deviate"),
    Panel("unit_meetings", "units", "meetings", ("unit", "kept"), "funnel", "yes"),
)  # fmt: skip
#: The five questions of the first screen, each answered by a chart.
QUESTIONS = ("intakes", "outcomes", "applies", "until_compared", "endings")
#: What a reader can choose the cases by, in the order of the choice. No table has two of them.
CHOSEN_BY = ("unit", "track", "age_band", "sex", "guidance")


def panels_in(lattice: Lattice) -> tuple[Panel, ...]:
    """The charts of what a lattice counts."""
    measures = {measure.id for measure in lattice.measures}
    return tuple(panel for panel in PANELS if panel.measure in measures)


def panel_of(name: str) -> Panel:
    """A panel by its id."""
    return next(each for each in PANELS if each.id == name)


@dataclass(frozen=True)
class Choice:
    """What a reader chose: periods, and at most one value that the cases have in common.

    Parameters
    ----------
    first, last : str
        Months as they stand in the address; empty where none is chosen.
    dimension, value : str
        Empty for every case.
    """

    level: Level = "quarter"
    first: str = ""
    last: str = ""
    dimension: str = ""
    value: str = ""

    @property
    def of(self) -> str:
        """The value that the cases have in common, as it stands in the address."""
        return f"{self.dimension}:{self.value}" if self.dimension else ""

    def as_query(self) -> dict[str, str]:
        """The choice as it stands in the address, in the order in which it is read."""
        query = {"level": self.level, "from": self.first, "to": self.last, "of": self.of}
        return {name: value for name, value in query.items() if value}


@dataclass(frozen=True)
class TableChoice:
    """The published table that a panel is drawn from under a choice."""

    level: Level
    across: Dims
    totals: Dims


def table_for(lattice: Lattice, panel: Panel, choice: Choice) -> TableChoice | None:
    """The table of a panel for what was chosen; None where no such table is published.

    Where there is none for periods of the length that was chosen, the shortest longer period that has one is taken.
    """
    measure = lattice.measure(panel.measure)
    chosen = (choice.dimension,) if choice.dimension and choice.dimension not in panel.across else ()
    wanted = frozenset({*panel.across, *chosen})
    totals = frozenset(wanted - {panel.rows_by}) if panel.across else wanted
    for level in measure.levels():
        tables = {frozenset(dims): dims for dims in measure.across(level)}
        if LEVELS[level] >= LEVELS[choice.level] and wanted in tables:
            return TableChoice(level, tables[wanted], tables.get(totals, ()))
    return None


@dataclass(frozen=True)
class Share:
    """A share: None where a number that it needs is hidden, or there is nothing to share."""

    part: int | None
    whole: int | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to share: nothing is hidden."""
        return self.whole == 0

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1."""
        return None if self.part is None or not self.whole else self.part / self.whole

    def interval(self, level: float) -> tuple[float, float] | None:
        """Wilson's interval of the share; None where there is none."""
        return None if self.part is None or not self.whole else wilson(self.part, self.whole, level)


def by_values(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[tuple[str, ...], int | None]:
    """The numbers of a table by the values of some of its columns. A combination that is not there is zero."""
    return {tuple(str(row[name]) for name in names): row["count"] for row in rows}


def summed(numbers: Sequence[int | None]) -> int | None:
    """The sum; None where any of the numbers is hidden."""
    known = [each for each in numbers if each is not None]
    return sum(known) if len(known) == len(numbers) else None


def cumulated(numbers: Sequence[int | None]) -> list[int | None]:
    """Each number with all before it; None from the first that is hidden on."""
    return [summed(numbers[: place + 1]) for place in range(len(numbers))]
