"""Publishing periods that are over, revising them, and checking that what was published still holds."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.settings.clock import ZONE
from api.store.trend_tables import TrendGap, TrendOpenMonth, TrendPeriod, TrendTable
from api.trends.reading import months_of
from instruments.canonical import canonical_json
from instruments.registry import Definition
from screening.library import Library
from screening.trends.certificates import Certificate, Published, Table
from screening.trends.counting import Cohort, Counted, Dims, count
from screening.trends.lattice import LEVELS, Lattice, Period, lattice_on, month_of, periods_between
from screening.trends.publishing import Cells, Standing, publish, standing_of

Shown = dict[str, dict[tuple[Period, Dims], Published]]
Progress = Callable[[int, int], None]


@dataclass
class RebuildReport:
    """What a rebuild did.

    Parameters
    ----------
    published, revised, held : list of str
        Periods that were published for the first time, that were corrected by a revision, and whose correction is
        held back since it is too small. Periods that cases were purged from are left as they are.
    withheld : list of str
        Periods with the measure of which everything is hidden, since less does not protect.
    excess : list of float
        Of every other measure in a period: by what share more is hidden than must be, at the most; 0 where it is known
        that less does not protect. It is for whoever runs the service, not for who reads the tables.
    """

    published: list[str] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    excess: list[float] = field(default_factory=list)


def rebuild(
    session: Session, now: datetime, cohort: Cohort, *, progress: Progress = lambda done, of: None
) -> RebuildReport:
    """Publish every period that is over, and revise what is counted otherwise by now.

    Parameters
    ----------
    cohort : Cohort
        Every case as it stands; see `api.trends.reading.read_cohort`.
    """
    lattice = lattice_on(now.date())
    book = _Publisher(session, now, lattice, cohort)
    report = RebuildReport()
    periods = book.periods()
    for done, period in enumerate(periods):
        book.settle(period, report)
        progress(done + 1, len(periods))
    book.show_open_month()
    return report


class _Publisher:
    """What was published before, and what is counted now."""

    def __init__(self, session: Session, now: datetime, lattice: Definition[Lattice], cohort: Cohort) -> None:
        self._session, self._now, self.lattice, self._cohort = session, now, lattice, cohort
        self.end = month_of(now.astimezone(ZONE).date())
        months = [int(events["month"].min()) for events in cohort.events.values() if len(events)]
        known = session.scalar(select(func.min(TrendPeriod.first)))
        first = min([*months, *([known] if known is not None else []), self.end])
        self.first = first - first % 12
        self.counted = {
            measure.id: count(lattice.content, measure.id, cohort, self.first, self.end + 1)
            for measure in lattice.content.measures
        }
        *self._before, self.shown = shown_over_time(session)
        self._start: Shown = {name: dict(tables) for name, tables in self.shown.items()}
        self._gaps = set(session.scalars(select(TrendGap.month)))
        self._revisions = latest_revisions(session)

    def periods(self) -> list[Period]:
        """Every period that is over, each after those that it is made of."""
        periods = [period for level in LEVELS for period in periods_between(self.first, self.end, level)]
        earliest = min((period.first for period in periods), default=self.end)
        begun = next((month for month in range(earliest, self.end) if self._is_anything(month)), self.end)
        return sorted(
            (period for period in periods if period.last >= begun), key=lambda period: (period.last, period.months)
        )

    def _is_anything(self, month: int) -> bool:
        return any(bool((events["month"] == month).any()) for events in self._cohort.events.values())

    def settle(self, period: Period, report: RebuildReport) -> None:
        """Publish a period, revise it, or leave it as it is."""
        revision = self._revisions.get(period.name)
        if revision is None:
            report.published.append(period.name)
        elif not self._gaps.isdisjoint(range(period.first, period.last + 1)):
            return
        else:
            standings = {
                standing_of(self.lattice.content, counted, period, self.shown.get(name, {}))
                for name, counted in self.counted_at(period)
            }
            if Standing.REVISED not in standings:
                if Standing.HELD in standings:
                    report.held.append(period.name)
                return
            report.revised.append(period.name)
        self._publish(period, (revision or 0) + 1, report)

    def counted_at(self, period: Period) -> Iterator[tuple[str, Counted]]:
        """The measures with tables for a period."""
        for name, counted in self.counted.items():
            if counted.measure.across(period.level):
                yield name, counted

    def _publish(self, period: Period, revision: int, report: RebuildReport) -> None:
        tables: dict[str, dict[str, Any]] = {}
        for name, counted in self.counted_at(period):
            shown = self.shown.setdefault(name, {})
            before = [world.get(name, {}) for world in (*self._before, self._start)]
            made = publish(self.lattice.content, counted, period, shown, before)
            if made.optimum is None:
                report.withheld.append(f"{period.name} {name}")
            else:
                report.excess.append(made.optimum.excess)
            for dims, cells in made.tables.items():
                shown[period, dims] = cells
                tables[f"{name}/{across_of(dims)}"] = content_of(dims, cells) | {
                    "certificate": _as_kept(made.certificates, period, dims)
                }
        row = TrendPeriod(
            period=period.name,
            revision=revision,
            first=period.first,
            months=period.months,
            lattice=self.lattice.reference,
            published_at=self._now,
            sha256=digest_of(period.name, revision, self.lattice.reference, tables),
        )
        self._session.add(row)
        for key, content in tables.items():
            measure, _, across = key.partition("/")
            self._session.add(
                TrendTable(period=period.name, revision=revision, measure=measure, across=across, content=content)
            )
        self._session.flush()

    def show_open_month(self) -> None:
        """Keep what is shown of the month that goes on: totals of units, none of them small or exact."""
        least, step = (self.lattice.content.limit(name) for name in ("open_month_least", "open_month_rounded_to"))
        self._session.execute(delete(TrendOpenMonth))
        month = Period(self.end, 1)
        for name, counted in self.counted.items():
            if counted.measure.open_month:
                totals = counted.cells(month, ("unit",))
                shown = {unit: _rounded(total, step) for (unit,), total in totals.items() if total >= least}
                self._session.add(TrendOpenMonth(measure=name, period=month.name, counted_at=self._now, content=shown))
        self._session.flush()


def _as_kept(certificates: Mapping[Table, Certificate], period: Period, dims: Dims) -> dict[str, Any]:
    """The certificate of a table, and those of the same table in shorter periods now that this one is published."""
    kept = {each: asdict(certificate) for (each, across), certificate in certificates.items() if across == dims}
    own = kept.pop(period)
    return {**own, "within": {each.name: kept[each] for each in sorted(kept)}}


def _rounded(number: int, step: int) -> int:
    return (number + step // 2) // step * step


def across_of(dims: Dims) -> str:
    """The name of a table: its dimensions, or ``total`` for none."""
    return ",".join(dims) or "total"


def dims_of(across: str) -> Dims:
    """The dimensions of a table by its name."""
    return () if across == "total" else tuple(across.split(","))


def content_of(dims: Dims, cells: Cells) -> dict[str, Any]:
    """The form in which a table is kept."""
    return {"dimensions": list(dims), "cells": [[*key, value] for key, value in cells.items()]}


def cells_of(content: dict[str, Any]) -> Cells:
    """The cells of a table that was kept."""
    return {tuple(key): value for *key, value in content["cells"]}


def digest_of(period: str, revision: int, lattice: str, tables: dict[str, dict[str, Any]]) -> str:
    """The SHA-256 of everything that was published of a period."""
    whole: dict[str, Any] = {"period": period, "revision": revision, "lattice": lattice, "tables": tables}
    return hashlib.sha256(canonical_json(whole)).hexdigest()


def latest_revisions(session: Session) -> dict[str, int]:
    """The latest revision of each period that was published."""
    chosen = select(TrendPeriod.period, func.max(TrendPeriod.revision)).group_by(TrendPeriod.period)
    return {row[0]: row[1] for row in session.execute(chosen)}


def shown_now(session: Session) -> Shown:
    """Every published table in its latest revision, by measure, period and dimensions."""
    return shown_over_time(session)[-1]


def shown_over_time(session: Session) -> list[Shown]:
    """Every published table as it stood before each moment at which something was corrected, and as it stands now."""
    chosen = (
        select(TrendTable, TrendPeriod.first, TrendPeriod.months, TrendPeriod.published_at)
        .join(TrendPeriod, (TrendPeriod.period == TrendTable.period) & (TrendPeriod.revision == TrendTable.revision))
        .order_by(TrendPeriod.published_at, TrendTable.revision)
    )
    worlds: list[Shown] = []
    shown: Shown = {}
    for _, published in groupby(session.execute(chosen), key=itemgetter(3)):
        rows = list(published)
        if any(table.revision > 1 for table, *_ in rows):
            worlds.append({name: dict(tables) for name, tables in shown.items()})
        for table, first, months, _ in rows:
            place = (Period(first, months), dims_of(table.across))
            shown.setdefault(table.measure, {})[place] = cells_of(table.content)
    return [*worlds, shown]


@dataclass
class VerifyReport:
    """The result of a check of everything that was published.

    Parameters
    ----------
    altered : list of str
        Periods whose tables are not those that were published.
    differing : list of str
        Periods that are counted otherwise by now.
    uncountable : list of str
        Periods that cases were purged from: their digest was checked, their numbers cannot be.
    """

    checked: int = 0
    altered: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    uncountable: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything is as it was published and as it is counted."""
        return not self.altered and not self.differing


def verify(session: Session, now: datetime, cohort: Cohort) -> VerifyReport:
    """Hold everything that was published against its digest, and against the records that are still there."""
    book = _Publisher(session, now, lattice_on(now.date()), cohort)
    latest = latest_revisions(session)
    gaps = set(session.scalars(select(TrendGap.month)))
    report = VerifyReport()
    for row in session.scalars(select(TrendPeriod).order_by(TrendPeriod.first, TrendPeriod.months)):
        report.checked += 1
        published = session.scalars(
            select(TrendTable).where(TrendTable.period == row.period, TrendTable.revision == row.revision)
        )
        tables = {f"{table.measure}/{table.across}": table.content for table in published}
        if digest_of(row.period, row.revision, row.lattice, tables) != row.sha256:
            report.altered.append(row.period)
        elif latest[row.period] == row.revision:
            period = Period(row.first, row.months)
            if not gaps.isdisjoint(range(period.first, period.last + 1)):
                report.uncountable.append(row.period)
            elif any(
                standing_of(book.lattice.content, counted, period, book.shown.get(name, {})) is not Standing.SAME
                for name, counted in book.counted_at(period)
            ):
                report.differing.append(row.period)
    return report


def keep_before_purge(session: Session, now: datetime, library: Library, case_id: str) -> None:
    """Mark the months in whose numbers a case stands, which is about to be purged: they cannot be counted again.

    Those to come, in which it would run out, are not: they will be counted without it, and can be again.
    """
    known = set(session.scalars(select(TrendGap.month)))
    lattice = lattice_on(now.date()).content
    this_month = month_of(now.astimezone(ZONE).date())
    for month in sorted(months_of(session, lattice, library, case_id) - known):
        if month <= this_month:
            session.add(TrendGap(month=month, purged_at=now))
    session.flush()
