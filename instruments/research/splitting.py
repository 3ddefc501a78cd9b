"""Parts of a data set: some of its rows, and what came before and after a point in time."""

from dataclasses import replace
from datetime import date
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
    """A column that tells when, as numbers: ``rated_on`` as days, and of groups and facts those that are numbers.

    Raises
    ------
    UnknownColumnError
    InputError
        If it holds words.
    """
    if column == RATED_ON and dataset.rated_on is not None:
        days = dataset.rated_on.map(lambda day: day.toordinal(), na_action="ignore")
        return days.astype("float64")
    for frame in (dataset.groups, dataset.facts):
        if column in frame:
            try:
                return pd.to_numeric(frame[column]).astype("float64")
            except (TypeError, ValueError):
                raise InputError([Fault("time-not-a-number", f"column {column}", {"name": column})]) from None
    known = [*dataset.groups, *dataset.facts, *([RATED_ON] if dataset.rated_on is not None else [])]
    raise UnknownColumnError("", name=column, known=[str(each) for each in known])


def limit_of(column: str, given: str) -> float:
    """A point in time as it is written: a day for ``rated_on``, a number for any other column.

    Raises
    ------
    InputError
    """
    try:
        return float(date.fromisoformat(given).toordinal()) if column == RATED_ON else float(given)
    except ValueError:
        raise InputError([Fault("bad-limit", "", {"name": column, "value": given})]) from None


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
