"""Asking for published numbers: a table of the lattice, the periods, and at most a choice among its rows."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.schema import SecrecyUnit
from api.store.trend_tables import TrendGap, TrendOpenMonth, TrendPeriod, TrendTable
from api.trends.cache import Cache
from api.trends.publishing import across_of
from instruments.faults import Fault, InputError
from instruments.messages import in_both_languages
from screening.batch.spreadsheets import disarmed
from screening.trends.counting import Dims
from screening.trends.lattice import LEVELS, Lattice, Level, Measure, month_of

#: Rows of one answer. Every table of ten years has fewer; a longer one is asked for in parts.
MOST_ROWS = 50_000
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_EARLIEST, _LATEST = 1990 * 12, 2200 * 12


@dataclass(frozen=True)
class Question:
    """What is asked for.

    Parameters
    ----------
    only : Mapping of str to str
        The values of dimensions whose rows are wanted; every row of the table where none is named.
    first, last : int or None
        The months that the periods begin in at the earliest and end in at the latest.
    """

    measure: str
    level: Level
    across: Dims
    only: Mapping[str, str]
    first: int | None = None
    last: int | None = None


def read_question(lattice: Lattice, given: Mapping[str, str | None]) -> Question:
    """Read what is asked for.

    Parameters
    ----------
    given : Mapping of str to str
        ``measure``, ``level``, ``across``, ``only``, ``from`` and ``to``, as they stand in an address.

    Raises
    ------
    InputError
        With every fault; ``where`` is ``?name``.
    """
    faults: list[Fault] = []
    measures = [measure.id for measure in lattice.measures]
    name = given.get("measure") or measures[0]
    if name not in measures:
        raise InputError([Fault("not-a-choice", "?measure", {"name": "measure", "allowed": measures})])
    measure = lattice.measure(name)
    levels = measure.levels()
    asked = given.get("level") or levels[0]
    level = next((each for each in levels if each == asked), None)
    if level is None:
        raise InputError([Fault("not-a-choice", "?level", {"name": "level", "allowed": list(levels)})])
    tables = {frozenset(dims): dims for dims in measure.across(level)}
    wanted = given.get("across") or "total"
    across = tables.get(frozenset(() if wanted == "total" else wanted.split(",")))
    if across is None:
        allowed = [across_of(dims) for dims in tables.values()]
        faults.append(Fault("not-a-choice", "?across", {"name": "across", "allowed": allowed}))
    first, last = _month(given, "from", faults), _month(given, "to", faults)
    if first is not None and last is not None and last < first:
        bounds = {"low": given["from"], "high": given["to"]}
        faults.append(Fault("bounds-reversed", "?to", {"name": "to", **bounds}))
    only = _only(lattice, given.get("only") or "", across or (), faults)
    if faults:
        raise InputError(faults)
    return Question(name, level, across or (), only, first, last)


def _month(given: Mapping[str, str | None], name: str, faults: list[Fault]) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    matched = _MONTH.fullmatch(text)
    month = int(matched[1]) * 12 + int(matched[2]) - 1 if matched else -1
    if not _EARLIEST <= month <= _LATEST:
        faults.append(Fault("not-a-month", f"?{name}", {"name": name}))
        return None
    return month


def _only(lattice: Lattice, text: str, across: Dims, faults: list[Fault]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition(":")
        if name not in across or not value:
            faults.append(Fault("filter-not-in-table", "?only", {"allowed": list(across) or ["–"]}))
            continue
        known = lattice.dimension(name).ids()
        if known and value not in known:
            faults.append(Fault("not-a-choice", "?only", {"name": name, "allowed": list(known)}))
        chosen[name] = value
    return chosen


#: Answers by publication and question: what was published stays as it is.
_ANSWERS: Cache[dict[str, Any]] = Cache(512)


def publication_of(session: Session) -> tuple[Any, ...]:
    """What tells one state of everything published from another."""
    periods = session.execute(select(func.count(), func.max(TrendPeriod.published_at))).one()
    opened = session.scalar(select(func.max(TrendOpenMonth.counted_at)))
    gaps = session.execute(select(func.count(), func.max(TrendGap.purged_at))).one()
    units = session.execute(select(SecrecyUnit.id, SecrecyUnit.name).order_by(SecrecyUnit.id)).all()
    return (str(session.get_bind().engine.url), *periods, opened, *gaps, *map(tuple, units))


def answer_again(session: Session, lattice: Lattice, question: Question, today: date) -> dict[str, Any]:
    """`answer`, or the very same as before where nothing was published since. Not to be changed."""
    only = tuple(sorted(question.only.items()))
    asked = (question.measure, question.level, question.across, only, question.first, question.last, today)
    return _ANSWERS.recall((*publication_of(session), *asked), lambda: answer(session, lattice, question, today))


def answer(session: Session, lattice: Lattice, question: Question, today: date) -> dict[str, Any]:
    """What was published, in the latest revision of every period.

    Raises
    ------
    InputError
        For a unit that there is none of, or too many rows.
    """
    units = list(session.scalars(select(SecrecyUnit.id).order_by(SecrecyUnit.id)))
    if "unit" in question.only and question.only["unit"] not in units:
        raise InputError([Fault("not-a-choice", "?only", {"name": "unit", "allowed": units})])
    measure = lattice.measure(question.measure)
    rows = _tables(session, question)
    gaps = {gap.month: gap.purged_at for gap in session.scalars(select(TrendGap))}
    in_use = _versions(session, question.level)
    certificates = _certificates(session, measure, question)
    periods: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    before: set[str] = set()
    for period, table in rows:
        guidances, instruments = (in_use[name].get(period.period, []) for name in ("guidance", "instrument"))
        used = {*guidances, *instruments}
        purged = [gaps[month] for month in range(period.first, period.first + period.months) if month in gaps]
        periods.append(
            {
                "period": period.period,
                "starts_on": date(period.first // 12, period.first % 12 + 1, 1).isoformat(),
                "months": period.months,
                "revision": period.revision,
                "published_at": period.published_at.isoformat(),
                "sha256": period.sha256,
                "is_open": False,
                "is_frozen": bool(purged),
                "is_incomplete": any(moment < period.published_at for moment in purged),
                "guidance_versions": guidances,
                "instrument_versions": instruments,
                "is_series_break": bool(before and used and not used <= before),
                "begins_here": sorted(used - before) if before else [],
                "certificate": certificates.get(period.period),
            }
        )
        before |= used
        numbers += _numbers(period.period, table.content, question.only)
        if len(numbers) > MOST_ROWS:
            raise InputError([Fault("too-many-points", "?from", {"most": MOST_ROWS})])
    return {
        "measure": measure.id,
        "title": in_both_languages(measure.title),
        "about": in_both_languages(measure.about),
        "level": question.level,
        "dimensions": list(question.across),
        "periods": periods,
        "numbers": numbers,
        "open_month": _open_month(session, question),
        "limits": {limit.id: limit.value for limit in lattice.limits},
        "today": today.isoformat(),
    }


def _tables(session: Session, question: Question) -> list[tuple[TrendPeriod, TrendTable]]:
    chosen = (
        select(TrendPeriod, TrendTable)
        .join(TrendTable, (TrendTable.period == TrendPeriod.period) & (TrendTable.revision == TrendPeriod.revision))
        .where(TrendTable.measure == question.measure, TrendTable.across == across_of(question.across))
        .where(TrendPeriod.months == LEVELS[question.level])
        .order_by(TrendPeriod.first, TrendPeriod.revision)
    )
    if question.first is not None:
        chosen = chosen.where(TrendPeriod.first >= question.first)
    if question.last is not None:
        chosen = chosen.where(TrendPeriod.first + TrendPeriod.months - 1 <= question.last)
    latest = {period.period: (period, table) for period, table in session.execute(chosen)}
    return list(latest.values())


def _certificates(session: Session, measure: Measure, question: Question) -> dict[str, dict[str, Any]]:
    """What can be concluded about what is hidden in the table of each period, by the latest that was published of it.

    A longer period tells more of the shorter ones that it is made of, and has certificates for them, too.
    """
    latest: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for level in measure.levels():
        if LEVELS[level] < LEVELS[question.level]:
            continue
        whole = Question(question.measure, level, question.across, {})
        for period, table in _tables(session, whole):
            kept = table.content.get("certificate", {"within": {}})  # none was made before there were any
            own = {name: value for name, value in kept.items() if name != "within"}
            for name, certificate in {**kept["within"], **({period.period: own} if own else {})}.items():
                if name not in latest or latest[name][0] <= period.published_at:
                    latest[name] = period.published_at, certificate
    return {name: certificate for name, (_, certificate) in latest.items()}


def _versions(session: Session, level: Level) -> dict[str, dict[str, list[str]]]:
    """The versions of guidances, and of instruments, that were used in each period."""
    versions: dict[str, dict[str, list[str]]] = {}
    for name in ("guidance", "instrument"):
        asked = Question("recommendations", level, (name,), {})
        versions[name] = {
            period.period: sorted(str(version) for version, _ in table.content["cells"])
            for period, table in _tables(session, asked)
        }
    return versions


def _numbers(period: str, content: dict[str, Any], only: Mapping[str, str]) -> list[dict[str, Any]]:
    names = content["dimensions"]
    numbers = []
    for *values, count in content["cells"]:
        row = dict(zip(names, values, strict=True))
        if all(row[name] == value for name, value in only.items()):
            numbers.append({"period": period, **row, "count": count, "is_hidden": count is None})
    return numbers


def _open_month(session: Session, question: Question) -> dict[str, Any] | None:
    row = session.get(TrendOpenMonth, question.measure)
    if row is None or question.level != "month" or question.across != ("unit",):
        return None
    wanted = question.only.get("unit")
    month = month_of(date.fromisoformat(f"{row.period}-01"))
    if (question.first or 0) > month or (question.last is not None and question.last < month):
        return None
    counts = {unit: number for unit, number in row.content.items() if wanted in (None, unit)}
    return {"period": row.period, "counted_at": row.counted_at.isoformat(), "is_open": True, "rounded_counts": counts}


COUNT = "count"
#: What stands in a row beside its number, of the number and of its period.
_MARKS = (
    "is_hidden",
    "is_open",
    "is_series_break",
    "is_frozen",
    "revision",
    "guidance_versions",
    "instrument_versions",
)


def columns_of(data: Mapping[str, Any]) -> list[str]:
    """The columns of the table for spreadsheets and programs."""
    return ["period", *data["dimensions"], COUNT, *_MARKS]


def as_csv(data: Mapping[str, Any]) -> str:
    """The numbers as a table for spreadsheets: no cell of it is a formula."""
    names = ["period", *data["dimensions"]]
    periods = {each["period"]: each for each in data["periods"]}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns_of(data))
    for row in data["numbers"]:
        about = periods[row["period"]]
        writer.writerow(
            [
                *(disarmed(str(row[name])) for name in names),
                "" if row["count"] is None else row["count"],
                str(row["is_hidden"]).lower(),
                *(str(about[name]).lower() for name in ("is_open", "is_series_break", "is_frozen")),
                about["revision"],
                disarmed(" ".join(about["guidance_versions"])),
                disarmed(" ".join(about["instrument_versions"])),
            ]
        )
    opened = data["open_month"]
    for unit, number in (opened["rounded_counts"] if opened else {}).items():
        writer.writerow([opened["period"], disarmed(unit), number, "false", "true", "false", "false", "", "", ""])
    return text.getvalue()
