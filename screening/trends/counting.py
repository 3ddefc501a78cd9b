"""Counting rows into the tables of the lattice. Every number comes with the number of cases behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screening.trends.lattice import LEVELS, Lattice, Level, Measure, Period

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.int64]
Dims = tuple[str, ...]
#: Of a table in a period: its cells by their values, in the order of the dimensions.
Cells = dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Cohort:
    """What was recorded, by measure.

    Parameters
    ----------
    events : Mapping of str to DataFrame
        One row for each case and month. Columns: ``case`` (whole number), ``month`` (see `lattice.month_of`) and the
        dimensions of the measure; for a dimension that is answered by another, one column ``<dimension>.<value>`` for
        each value with the answers. A missing cell is not counted in tables with that dimension.
    units : sequence of str
        Every unit, whether anything was recorded in it or not.
    """

    events: "Mapping[str, pd.DataFrame]"
    units: Sequence[str]


@dataclass(frozen=True)
class CountedTable:
    """One table of a measure, for every period of a length.

    Parameters
    ----------
    axes : tuple of tuple of str
        The values of each dimension.
    counts, cases : int array, shape (periods, *axes)
        What is counted, and how many different cases are behind it; of many it is not looked how many they are.
    exists : bool array, shape (*axes)
        Cells that can be anything but zero: a criterion is there in its own guidance only.
    """

    dims: Dims
    axes: tuple[tuple[str, ...], ...]
    counts: Numbers
    cases: Numbers
    exists: NDArray[np.bool_]


@dataclass(frozen=True)
class Counted:
    """Every table of a measure, by level and dimensions.

    Parameters
    ----------
    first : int
        The first month of the first period at every level: a January.
    """

    measure: Measure
    first: int
    tables: Mapping[tuple[Level, Dims], CountedTable]

    def index(self, period: Period) -> int:
        """The place of a period in the tables."""
        return (period.first - self.first) // period.months

    def cells(self, period: Period, dims: Dims) -> Cells:
        """The cells of a table in a period; those that cannot be anything but zero are left out."""
        table = self.tables[period.level, dims]
        counts = table.counts[self.index(period)]
        return {
            tuple(axis[place] for axis, place in zip(table.axes, where, strict=True)): int(counts[tuple(where)])
            for where in np.argwhere(table.exists)
        }


def count(lattice: Lattice, measure: str, cohort: Cohort, first: int, end: int) -> Counted:
    """Count everything that the lattice asks of a measure.

    Parameters
    ----------
    first, end : int
        The first month, a January, and the month after the last one; whole years are counted.

    Raises
    ------
    ValueError
        For a value that its dimension does not list, or a month before the first.
    """
    chosen = lattice.measure(measure)
    events = cohort.events[measure]
    axes = {name: _axis(lattice, name, events, cohort) for name in chosen.dimensions()}
    years = -(-(end - first) // 12)
    tables = {}
    for level in chosen.levels():
        periods = (events["month"].to_numpy(dtype=np.int64) - first) // LEVELS[level]
        if len(periods) and periods.min() < 0:
            raise ValueError("something was recorded before the first month")
        inside = periods < years * 12 // LEVELS[level]
        for dims in chosen.across(level):
            tables[level, dims] = _count_table(
                lattice, dims, axes, events[inside], periods[inside], years * 12 // LEVELS[level]
            )
    return Counted(chosen, first, tables)


def _axis(lattice: Lattice, name: str, events: "pd.DataFrame", cohort: Cohort) -> tuple[str, ...]:
    dimension = lattice.dimension(name)
    if dimension.values:
        return dimension.ids()
    if name == "unit":
        return tuple(cohort.units)
    if dimension.answered_by is not None:
        prefix = f"{name}."
        return tuple(sorted(column.removeprefix(prefix) for column in events.columns if column.startswith(prefix)))
    return tuple(sorted(str(value) for value in events[name].dropna().unique()))


def _count_table(
    lattice: Lattice,
    dims: Dims,
    axes: Mapping[str, tuple[str, ...]],
    events: "pd.DataFrame",
    periods: Numbers,
    length: int,
) -> CountedTable:
    shape = tuple(len(axes[name]) for name in dims)
    cases = events["case"].to_numpy(dtype=np.int64)
    family = lattice.family_in(dims)
    if family is None:
        codes = [_codes(events[name], axes[name]) for name in dims]
        counts, behind = _tally(codes, shape, periods, cases, length)
        exists = _possible(lattice, dims, axes, shape)
        return CountedTable(dims, tuple(axes[name] for name in dims), counts, behind, exists)
    place = dims.index(family)
    answer = lattice.dimension(family).answered_by
    counts = np.zeros((length, *shape), dtype=np.int64)
    behind = np.zeros_like(counts)
    others = {name: _codes(events[name], axes[name]) for name in dims if name not in (family, answer)}
    for position, value in enumerate(axes[family]):
        codes = [
            _codes(events[f"{family}.{value}"], axes[name]) if name == answer else others[name]
            for name in dims
            if name != family
        ]
        rest = tuple(size for name, size in zip(dims, shape, strict=True) if name != family)
        at = (slice(None),) * (place + 1) + (position,)
        counts[at], behind[at] = _tally(codes, rest, periods, cases, length)
    # Whatever else a table is divided by, an answer belongs to a value of the family where it was ever given.
    ever = counts.sum(axis=(0, dims.index(str(answer)) + 1), keepdims=True)[0] > 0
    return CountedTable(dims, tuple(axes[name] for name in dims), counts, behind, np.broadcast_to(ever, shape))


def _possible(
    lattice: Lattice, dims: Dims, axes: Mapping[str, tuple[str, ...]], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    possible = np.ones(shape, dtype=np.bool_)
    for name in dims:
        for other, value in lattice.dimension(name).only_for.items():
            if other in dims:
                view = np.moveaxis(possible, dims.index(other), 0)
                view[[each != value for each in axes[other]]] = False
    return possible


def _codes(values: "pd.Series[str]", axis: tuple[str, ...]) -> Numbers:
    import pandas as pd

    codes = np.asarray(
        pd.Index(list(axis), dtype="object").get_indexer(pd.Index(values.astype("object"))), dtype=np.int64
    )
    if bool(((codes < 0) & values.notna().to_numpy()).any()):
        raise ValueError(f"{values.name} holds a value that the lattice does not list")
    return codes


def _tally(
    codes: Sequence[Numbers], shape: tuple[int, ...], periods: Numbers, cases: Numbers, length: int
) -> tuple[Numbers, Numbers]:
    size = int(np.prod(shape, dtype=np.int64))
    cell = periods.copy()
    counted = np.ones(len(periods), dtype=np.bool_)
    for code, width in zip(codes, shape, strict=True):
        counted &= code >= 0
        cell = cell * width + code
    cell, who = cell[counted], cases[counted]
    counts = np.bincount(cell, minlength=length * size)
    # A case counts once a month, so that it stands at most twelve times in a cell; where more than so many times the
    # smallest group is counted there is no need to look who they are.
    behind = counts.copy()
    unsure = counts[cell] <= _LOOKED_INTO
    pairs = np.unique(np.stack([cell[unsure], who[unsure]]), axis=1)
    looked = np.bincount(pairs[0], minlength=length * size)
    behind = np.where(counts <= _LOOKED_INTO, looked, behind)
    whole = (length, *shape)
    return counts.reshape(whole).astype(np.int64), behind.reshape(whole).astype(np.int64)


#: Twelve months of eight cases; the smallest group is never larger than that.
_LOOKED_INTO = 96
