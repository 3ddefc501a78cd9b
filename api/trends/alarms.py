"""What asks for a look among published numbers: told on the dashboard, and as a number in reminders.

An alarm is about the latest period that was published, and rests on published numbers alone. It says that something
differs by more than chance would have it, and nothing of what it is due to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import func, select

from api.context.context import current_context
from api.settings.clock import ZONE
from api.store.trend_tables import TrendPeriod
from api.trends.dashboard import Dashboard
from api.trends.panel_view import PanelView
from api.trends.panels import PANELS, Choice, Panel, by_values, panel_of
from api.trends.routes import asked
from api.trends.words import period_in_words
from screening.trends.binomial import wilson

Kind = Literal["outside", "run", "unit", "unknown", "queue"]
_KNOWN, _NOT_USED = "known", "not_used"


@dataclass(frozen=True)
class Alarm:
    """A published number that asks for a look.

    Parameters
    ----------
    panel : Panel
        The chart that shows it.
    period : str
        The latest one, as it is named.
    values : tuple of str
        Units, facts or numbers that it is about, in words.
    queues : int
        Of an alarm about queues: how many there are. That of all units together is none beside those of units.
    """

    kind: Kind
    panel: Panel
    title: str
    period: str
    values: tuple[str, ...] = ()
    queues: int = 0


def alarms_of(dashboard: Dashboard, *, with_queues: bool) -> list[Alarm]:
    """Every alarm, whatever was chosen: by quarter, of every case.

    Parameters
    ----------
    with_queues : bool
        Whether the reader is told of queues too; those concern whoever leads a unit.
    """
    whole = _whole(dashboard)
    alarms = [*_outside_control(whole), *_outside_funnel(whole), *_more_unknown(whole)]
    return [*alarms, *_queues(whole)] if with_queues else alarms


def can_judge(dashboard: Dashboard) -> bool:
    """Whether any number of the latest periods has limits that it could lie outside of."""
    whole = _whole(dashboard)
    judged = (whole.view(panel).judged[-1:] for panel in PANELS if panel.form in ("share", "variation"))
    funnels = (whole.view(panel).funnel for panel in PANELS if panel.form == "funnel")
    least = whole.variation.number("least_units")
    return any(last.centre is not None for each in judged for last in each) or any(
        len(funnel.known) >= least for funnel in funnels
    )


def _whole(dashboard: Dashboard) -> Dashboard:
    return dashboard if dashboard.choice == Choice() else Dashboard({}, dashboard.language)


def sentence_of_none(dashboard: Dashboard) -> str:
    """What is told where there is no alarm: that nothing lies outside its limits, or that there are no limits yet."""
    return dashboard.translator.t("alarm.none" if can_judge(dashboard) else "alarm.unjudged")


def _outside_control(dashboard: Dashboard) -> Iterator[Alarm]:
    for panel in PANELS:
        if panel.form in ("share", "variation"):
            view = dashboard.view(panel)
            last = view.judged[-1] if view.judged else None
            if last is not None and last.is_signal and view.numbers.period:
                yield Alarm("outside" if last.is_outside else "run", panel, view.title, view.numbers.period)


def _outside_funnel(dashboard: Dashboard) -> Iterator[Alarm]:
    for panel in PANELS:
        if panel.form == "funnel":
            view = dashboard.view(panel)
            beyond = view.funnel.beyond(view.funnel.outer)
            if beyond and view.numbers.period and len(view.funnel.known) >= dashboard.variation.number("least_units"):
                yield Alarm("unit", panel, view.title, view.numbers.period, tuple(unit.label for unit in beyond))


def _more_unknown(dashboard: Dashboard) -> Iterator[Alarm]:
    """Facts that were unknown more often than in the year before, by intervals that do not meet."""
    view, level = dashboard.view(panel_of("unknown")), dashboard.variation.share("change_level")
    now, then = (_unknown_in(view, period) for period in (view.numbers.period, view.numbers.period_before))
    grown = [
        fact
        for fact, (part, whole) in now.items()
        if fact in then and wilson(part, whole, level)[0] > wilson(*then[fact], level)[1]
    ]
    if grown and view.numbers.period:
        yield Alarm("unknown", view.panel, view.title, view.numbers.period, tuple(map(view.fact, grown)))


def _unknown_in(view: PanelView, period: str | None) -> dict[str, tuple[int, int]]:
    """By fact: of how many it was unknown, and of how many it was asked; without those with a hidden number."""
    rows = [row for row in view.data["numbers"] if row["period"] == period and row["knowledge"] != _NOT_USED]
    numbers = by_values(rows, ("fact", "knowledge"))
    unknown = {}
    for fact in dict.fromkeys(name for name, _ in numbers):
        of_fact = {knowledge: count for (name, knowledge), count in numbers.items() if name == fact}
        if None not in of_fact.values():
            whole = sum(count or 0 for count in of_fact.values())
            if whole:
                unknown[fact] = (whole - (of_fact.get(_KNOWN) or 0), whole)
    return unknown


def _queues(dashboard: Dashboard) -> Iterator[Alarm]:
    """Where more cases were compared with a guidance than were reviewed, for as many quarters as the rule says.

    A case counts in every month in which it is compared or reviewed, so that one that is compared again is in the
    difference, too.
    """
    length, panel = dashboard.variation.number("queue_periods"), panel_of("waiting")
    came, reviewed = (_by_unit_and_quarter(measure) for measure in ("recommendations", "decisions"))
    periods = sorted({period for _, period in came} & {period for _, period in reviewed})[-length:]
    if len(periods) < length:
        return
    growing, queues = [], 0
    for unit in dict.fromkeys(unit for unit, _ in came):
        gaps = [_less(came.get((unit, period), 0), reviewed.get((unit, period), 0)) for period in periods]
        if all(gap is not None and gap > 0 for gap in gaps):
            of = dashboard.unit_in_words(unit) if unit else dashboard.translator.t("alarm.every_unit")
            more = ", ".join(dashboard.translator.number(gap or 0) for gap in gaps)
            growing.append(f"{of} ({more})")
            queues += bool(unit)
    if growing:
        yield Alarm("queue", panel, dashboard.view(panel).title, periods[-1], tuple(growing), max(queues, 1))


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _by_unit_and_quarter(measure: str) -> dict[tuple[str, str], int | None]:
    """The numbers of a measure; the unit without a name is all of them."""
    numbers: dict[tuple[str, str], int | None] = {}
    for across in ("total", "unit"):
        data: dict[str, Any] = asked({"measure": measure, "level": "quarter", "across": across})
        numbers |= {(str(row.get("unit", "")), row["period"]): row["count"] for row in data["numbers"]}
    return numbers


@dataclass(frozen=True)
class NumberOfAlarms:
    """How many alarms there are in what was published on a day.

    Parameters
    ----------
    numbers, queues : int
        Of numbers that differ, and of queues that grow.
    """

    published_on: date
    numbers: int
    queues: int


def number_of_alarms() -> list[NumberOfAlarms]:
    """How many alarms there are, by the day on which the latest revision of their period was published."""
    alarms = alarms_of(Dashboard({}, "sv"), with_queues=True)
    if not alarms:
        return []
    chosen = select(TrendPeriod.period, func.max(TrendPeriod.published_at)).group_by(TrendPeriod.period)
    with current_context().database.looking() as session:
        published = {period: moment.astimezone(ZONE).date() for period, moment in session.execute(chosen)}
    days = sorted({published[alarm.period] for alarm in alarms})
    return [
        NumberOfAlarms(
            day,
            sum(alarm.kind != "queue" and published[alarm.period] == day for alarm in alarms),
            sum(alarm.queues for alarm in alarms if published[alarm.period] == day),
        )
        for day in days
    ]


def alarm_in_words(alarm: Alarm, dashboard: Dashboard) -> str:
    """An alarm as a sentence."""
    return dashboard.translator.t(
        f"alarm.{alarm.kind}",
        title=alarm.title,
        period=period_in_words(alarm.period, dashboard.translator),
        values="; ".join(alarm.values),
        quarters=dashboard.variation.number("queue_periods"),
        length=dashboard.variation.number("run_length"),
    )
