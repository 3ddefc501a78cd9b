"""Keeping the rows that a what-if is worked out from, one year at a time, and reading them again."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from api.settings.clock import ZONE
from api.store.schema import Case, Entry, Monitoring
from api.store.trend_tables import TrendFives
from screening.library import Library
from screening.trends.microaggregates import ABOUT, DAYS, FIVE, microaggregate
from screening.trends.recorded import RowCoder, as_frame, in_codes

if TYPE_CHECKING:
    import pandas as pd

_ROWS_AT_A_TIME = 2_000
#: Years whose rows are held in memory.
_HELD = 40


def write_microaggregates(session: Session, now: datetime, library: Library) -> list[int]:
    """Make the rows of every year that is over and has none yet. A young person counts once a year, as last screened.

    Returns
    -------
    list of int
        The years that were made now; a year with fewer than five young people is not.
    """
    today = now.astimezone(ZONE).date()
    first = session.scalar(select(func.min(Entry.made_at)).where(Entry.kind == "screening"))
    if first is None:
        return []
    kept = set(session.scalars(select(TrendFives.year)))
    missing = [year for year in range(first.astimezone(ZONE).year, today.year) if year not in kept]
    made = []
    for year, recorded in _recorded_in(session, missing, RowCoder(library, today)):
        if len(recorded) >= FIVE:
            add_year(session, now, library, year, recorded)
            made.append(year)
    return made


def _recorded_in(session: Session, years: Sequence[int], coder: RowCoder) -> Iterator[tuple[int, "pd.DataFrame"]]:
    """The rows of each of some years; a year is coded a part at a time, since a row takes many times as much room."""
    import pandas as pd

    parts: dict[int, list[pd.DataFrame]] = {year: [] for year in years}
    rows: dict[int, list[dict[str, Any]]] = {year: [] for year in years}
    for year, covered, unit, sex in _screened_in(session, years):
        rows[year].append(coder.row(covered, unit=unit, sex=sex))
        if len(rows[year]) == _ROWS_AT_A_TIME:
            parts[year].append(as_frame(rows[year]))
            rows[year] = []
    for year in years:
        last = as_frame(rows[year])
        yield year, in_codes(pd.concat([*parts[year], last], ignore_index=True)) if parts[year] else last


def add_year(session: Session, now: datetime, library: Library, year: int, recorded: "pd.DataFrame") -> None:
    """Make and keep the rows of a year.

    Parameters
    ----------
    recorded : DataFrame
        One row for each young person; see `screening.trends.microaggregates.microaggregate`.
    """
    keep_year(session, now, year, microaggregate(recorded, library, now.astimezone(ZONE).date()))


def keep_year(session: Session, now: datetime, year: int, rows: "pd.DataFrame") -> None:
    """Keep the rows of a year, as `screening.trends.microaggregates.microaggregate` makes them."""
    written = as_bytes(rows)
    digest = hashlib.sha256(written).hexdigest()
    session.add(TrendFives(year=year, made_at=now, sha256=digest, rows=written))
    session.flush()


def _screened_in(session: Session, years: Sequence[int]) -> Iterator[tuple[int, dict[str, Any], str, str]]:
    """What the last screening of each case in each year rested on, with unit and registered sex."""
    if not years:
        return
    begins, ends = (datetime(each, 1, 1, tzinfo=ZONE) for each in (min(years), max(years) + 1))
    chosen = (
        # as text, which orjson reads many times as fast as the driver does
        select(Entry.case_id, Entry.made_at, Case.unit_id, Monitoring.registered_sex, cast(Entry.content, Text))
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Monitoring, Monitoring.case_id == Case.id)
        .where(Entry.kind == "screening", Entry.made_at >= begins, Entry.made_at < ends)
        .order_by(Entry.case_id, Entry.number)
        .execution_options(yield_per=_ROWS_AT_A_TIME)
    )
    for _, of_case in groupby(session.execute(chosen), key=itemgetter(0)):
        last = {made_at.astimezone(ZONE).year: rest for _, made_at, *rest in of_case}
        for year in sorted(last.keys() & set(years)):
            unit, sex, content = last[year]
            yield year, orjson.loads(content)["covered"], unit, sex or "unknown"


def as_bytes(rows: "pd.DataFrame") -> bytes:
    """The form in which rows are kept: Parquet."""
    written = io.BytesIO()
    rows.to_parquet(written, compression="zstd", index=False)
    return written.getvalue()


def years_written(session: Session) -> list[int]:
    """The years that can be asked about."""
    return list(session.scalars(select(TrendFives.year).order_by(TrendFives.year)))


def rows_of(session: Session, years: list[int]) -> "pd.DataFrame":
    """The rows of some years, together."""
    import pandas as pd

    chosen = select(TrendFives.year, TrendFives.sha256).where(TrendFives.year.in_(years)).order_by(TrendFives.year)
    wanted = tuple((year, digest) for year, digest in session.execute(chosen))
    for year, digest in wanted:
        if digest not in _READ:
            written = session.scalar(select(TrendFives.rows).where(TrendFives.year == year)) or b""
            _READ[digest] = pd.read_parquet(io.BytesIO(written))
            while len(_READ) > _HELD:
                _READ.pop(next(iter(_READ)))
    return _together(tuple(digest for _, digest in wanted))


#: By digest; what was kept never changes.
_READ: "dict[str, pd.DataFrame]" = {}


@lru_cache(maxsize=4)
def _together(digests: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd

    if not digests:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in ABOUT})
    rows = pd.concat([_READ[digest] for digest in digests], ignore_index=True)
    for name in rows.columns:
        if name not in ABOUT and rows[name].isna().any():  # a fact that no guidance asked for that year
            rows[name] = rows[name].fillna(-1).astype("int32" if name.startswith(DAYS) else "int8")
    return rows


def altered_microaggregates(session: Session) -> list[int]:
    """The years whose rows are not those that were made."""
    return [
        row.year
        for row in session.scalars(select(TrendFives).order_by(TrendFives.year))
        if hashlib.sha256(row.rows).hexdigest() != row.sha256
    ]
