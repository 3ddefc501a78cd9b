"""Parts of a data set: some of its rows, and what came before and after a point in time."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.faults import UnknownColumnError

RATED_ON, KNOWN_ON = "rated_on", "known_on"


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
        KNOWN_ON,
    ):
        part = getattr(dataset, name)
        parts[name] = part[kept].reset_index(drop=True) if part is not None else None
    return replace(dataset, **parts)


def first_ratings(dataset: Dataset, when: "pd.Series[float] | None" = None) -> Dataset:
    """The first rating of each person, where persons were rated by several raters; else the data as they are.

    Parameters
    ----------
    when : Series of float, shape (n,), optional
        As for `are_first`.
    """
    if dataset.raters is None:
        return dataset
    first = are_first(dataset, when)
    return dataset if first.all() else select(dataset, first)


def are_first(dataset: Dataset, when: "pd.Series[float] | None" = None) -> "pd.Series[bool]":
    """Which rows are the first of their person; ``when`` is as for `are_repeated`."""
    return ~are_repeated(dataset.persons, dataset, when)


def are_repeated(
    keys: "pd.Series[Any] | pd.DataFrame", dataset: Dataset, when: "pd.Series[float] | None" = None
) -> "pd.Series[bool]":
    """Which rows have the key of one before them in time; of the same time, and where nothing tells it, in the file.

    Parameters
    ----------
    keys : Series or DataFrame
        Indexed as the data are.
    when : Series of float, shape (n,), optional
        By default ``rated_on``. Who has a blank comes last.
    """
    if when is None and dataset.rated_on is not None:
        when = days_of(dataset.rated_on)
    in_turn = keys if when is None else keys.loc[when.sort_values(kind="stable").index]
    return in_turn.duplicated().reindex(keys.index)


def time_of(dataset: Dataset, column: str, also: Iterable[str] = ()) -> "pd.Series[float]":
    """A column that tells when, as numbers: ``rated_on`` as days, and of groups and facts numbers, days and periods.

    A day, a month (``2026-11``) and a quarter (``2026-Q4``) are the number of their last day.

    Parameters
    ----------
    also : iterable of str
        What the caller takes beside these; whoever asks for a column that there is not is offered it.

    Raises
    ------
    UnknownColumnError
    InputError
        If it holds words.
    """
    if column == RATED_ON and dataset.rated_on is not None:
        return days_of(dataset.rated_on)
    for frame in (dataset.groups, dataset.facts):
        if column in frame:
            with suppress(TypeError, ValueError):
                return pd.to_numeric(frame[column]).astype("float64")
            return _moments(frame[column], last=True)
    known = [*dataset.groups, *dataset.facts, *([RATED_ON] if dataset.rated_on is not None else []), *also]
    raise UnknownColumnError("", name=column, known=[str(each) for each in known])


def beginning_of(dataset: Dataset, column: str) -> "pd.Series[float] | None":
    """As `time_of`, but of a month and a quarter the first day; None where the column holds numbers that are no days.

    Raises
    ------
    UnknownColumnError
    InputError
        If it holds words.
    """
    when = time_of(dataset, column)
    if column == RATED_ON:
        return when
    frame = dataset.groups if column in dataset.groups else dataset.facts
    with suppress(TypeError, ValueError):
        pd.to_numeric(frame[column])
        return None
    return _moments(frame[column], last=False)


def days_of(days: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
    """Days as numbers; NaN for a blank."""
    known = days.dropna()
    ordinals = pd.Series([float(day.toordinal()) for day in known], index=known.index, dtype="float64")
    return ordinals.reindex(days.index)


def ends_known(known_on: "pd.Series[str]") -> "tuple[pd.Series[float], pd.Series[float]]":
    """The first and the last day of the periods in which outcomes became known, as numbers; NaN for a blank."""
    first, last = (_moments(known_on, last=last, may_be_year=True) for last in (False, True))
    return first, last


def _moments(written: "pd.Series[Any]", *, last: bool, may_be_year: bool = False) -> "pd.Series[float]":
    ends = {each: ends_of(each, may_be_year=may_be_year) for each in written.dropna().unique()}
    if None in ends.values():
        raise InputError([Fault("time-not-a-number", f"column {written.name}", {"name": written.name})])
    numbers = {each: float(both[last].toordinal()) for each, both in ends.items() if both is not None}
    return written.map(numbers, na_action="ignore").astype("float64")


_PERIOD = re.compile(r"(?P<year>\d{4})-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2]))")
_YEAR = re.compile(r"[1-9]\d{3}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def ends_of(written: object, *, may_be_year: bool = False) -> tuple[date, date] | None:
    """The first and the last day of a day, a month or a quarter; None for anything else.

    Parameters
    ----------
    may_be_year : bool
        Whether four digits are a year; else they are a number.
    """
    if may_be_year and _YEAR.fullmatch(str(written)):
        return date(int(str(written)), 1, 1), date(int(str(written)), 12, 31)
    if period := _PERIOD.fullmatch(str(written)):
        month = int(period["month"] or 3 * int(period["quarter"]))
        first_after = date(int(period["year"]) + month // 12, month % 12 + 1, 1)
        first = date(int(period["year"]), int(period["month"] or month - 2), 1)
        return first, first_after - timedelta(days=1)
    day = day_in(str(written))
    return None if day is None else (day, day)


def day_in(text: str) -> date | None:
    """The day that is written as 2026-11-21; None for anything else, also what Python reads: 20261121 and 2026-W47."""
    with suppress(ValueError):
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    return None


def limit_of(column: str, given: str, name: str | None = None) -> float:
    """A point in time as it is written: a day or period, and for a column that is not of days by itself a number.

    Parameters
    ----------
    name : str, optional
        What the reader calls the column, where that is not its own name.

    Raises
    ------
    InputError
    """
    with suppress(ValueError):
        if column not in (RATED_ON, KNOWN_ON):
            return float(given)
    ends = ends_of(given, may_be_year=column in (RATED_ON, KNOWN_ON))
    if ends is None:
        raise InputError([Fault("bad-limit", "", {"name": name or column, "value": given})])
    return float(ends[1].toordinal())


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
