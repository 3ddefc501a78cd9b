"""Parts of a data set: some of its rows, and what came before and after a point in time."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.dataset import Dataset
from instruments.research.faults import UnknownColumnError

RATED_ON = "rated_on"


def select(dataset: Dataset, rows: "NDArray[np.bool_] | pd.Series[bool]") -> Dataset:
    """Some rows of a data set.

    Parameters
    ----------
    rows : array or Series of bool, shape (n,)
        True for those that are kept.
    """
    kept = np.asarray(rows, dtype=bool)
    parts: dict[str, Any] = {}
    for name in (
        "keys",
        "ratings",
        "facts",
        "outcomes",
        "times",
        "another",
        "verified",
        "treated",
        "groups",
        "scores",
        "persons",
        "occasions",
        "raters",
        RATED_ON,
    ):
        part = getattr(dataset, name)
        parts[name] = part[kept].reset_index(drop=True) if part is not None else None
    return replace(dataset, **parts)


def first_ratings(dataset: Dataset) -> Dataset:
    """The first rating of each person, where persons were rated by several raters; else the data as they are."""
    if dataset.raters is None:
        return dataset
    repeated = dataset.persons.duplicated()
    return select(dataset, ~repeated) if repeated.any() else dataset


def time_of(dataset: Dataset, column: str) -> "pd.Series[float]":
    """A column that tells when, as numbers: ``rated_on`` as days, and of groups and facts numbers, days and periods.

    A day, a month (``2026-11``) and a quarter (``2026-Q4``) are the number of their last day.

    Raises
    ------
    UnknownColumnError
    InputError
        If it holds words.
    """
    if column == RATED_ON and dataset.rated_on is not None:
        days = dataset.rated_on.dropna()
        ordinals = pd.Series([float(day.toordinal()) for day in days], index=days.index, dtype="float64")
        return ordinals.reindex(dataset.rated_on.index)
    for frame in (dataset.groups, dataset.facts):
        if column in frame:
            with suppress(TypeError, ValueError):
                return pd.to_numeric(frame[column]).astype("float64")
            moments: pd.Series[float] = frame[column].map(_last_day, na_action="ignore").astype("float64")
            if moments[frame[column].notna()].isna().any():
                raise InputError([Fault("time-not-a-number", f"column {column}", {"name": column})])
            return moments
    known = [*dataset.groups, *dataset.facts, *([RATED_ON] if dataset.rated_on is not None else [])]
    raise UnknownColumnError("", name=column, known=[str(each) for each in known])


_PERIOD = re.compile(r"(?P<year>\d{4})-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2]))")


def _last_day(written: object) -> float | None:
    """The number of a day, or of the last day of a month or quarter; None for anything else."""
    if period := _PERIOD.fullmatch(str(written)):
        month = int(period["month"] or 3 * int(period["quarter"]))
        first_after = date(int(period["year"]) + month // 12, month % 12 + 1, 1)
        return float((first_after - timedelta(days=1)).toordinal())
    try:
        return float(date.fromisoformat(str(written)).toordinal())
    except ValueError:
        return None


def limit_of(column: str, given: str) -> float:
    """A point in time as it is written: a day for ``rated_on``, a number, day or period for any other column.

    Raises
    ------
    InputError
    """
    try:
        moment = _last_day(given) if column == RATED_ON else float(given)
    except ValueError:
        moment = _last_day(given)
    if moment is None:
        raise InputError([Fault("bad-limit", "", {"name": column, "value": given})])
    return moment


#: Numbers of days from here on (the year 1000) are told as days; what is smaller is a year or a number of its own.
_FIRST_DAY = date(1000, 1, 1).toordinal()


def written_moment(moment: float) -> str:
    """A point in time as a reader writes it."""
    if moment >= _FIRST_DAY and moment.is_integer():
        return date.fromordinal(int(moment)).isoformat()
    return f"{moment:g}"


def split(dataset: Dataset, column: str, after: float) -> tuple[Dataset, Dataset]:
    """What came up to a point in time, and what came after it.

    Raises
    ------
    UnknownColumnError
    InputError
        If a row does not tell when, or one side is empty.
    """
    when = time_of(dataset, column)
    if missing := int(when.isna().sum()):
        raise InputError([Fault("time-missing", f"column {column}", {"count": missing, "name": column})])
    later = when > after
    if later.all() or not later.any():
        parameters = {"after": after, "first": float(when.min()), "last": float(when.max())}
        raise InputError([Fault("nothing-held-out", column, parameters)])
    # the column has changed by itself
    rest = replace(dataset, groups=dataset.groups.drop(columns=column, errors="ignore"))
    return select(rest, ~later), select(rest, later)
