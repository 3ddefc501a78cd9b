"""From counted tables to published ones: what is hidden in each, period by period, and corrections by revision."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from screening.trends.blocks import Block, State, Sum, UnprotectableError
from screening.trends.counting import Counted, CountedTable, Dims
from screening.trends.disclosure import hide
from screening.trends.lattice import Lattice, Period

Numbers = NDArray[np.int64]
#: A published table: the number of each cell, None where it is hidden. A cell that is not there is zero.
Cells = dict[tuple[str, ...], int | None]
Published = Mapping[tuple[str, ...], int | None]
Shown = Mapping[tuple[Period, Dims], Published]
_TOTALS_WEIGH = 50.0


class Standing(StrEnum):
    """How what was published of a period stands to what is counted now."""

    #: Every number that is shown is still what is counted.
    SAME = "same"
    #: Something differs, by so little that a correction would show whom it concerns.
    HELD = "held"
    #: Enough differs for a revision.
    REVISED = "revised"


def standing_of(lattice: Lattice, counted: Counted, period: Period, shown: Shown) -> Standing:
    """Tell whether what was published of a measure in a period is to be revised.

    Parameters
    ----------
    shown : Mapping
        What was published of this measure, by period and dimensions.
    """
    most = 0
    for dims in counted.measure.across(period.level):
        before = shown.get((period, dims))
        if before is None:
            continue
        now = counted.cells(period, dims)
        for key in {*before, *now}:
            was = before.get(key, 0)
            if was is not None:
                most = max(most, abs(now.get(key, 0) - was))
    if most == 0:
        return Standing.SAME
    return Standing.REVISED if most >= lattice.limit("smallest_revision") else Standing.HELD


@dataclass(frozen=True)
class Placed:
    """A table in a period, with the positions of its cells in the block; -1 for a cell that can only be zero."""

    period: Period
    table: CountedTable
    places: Numbers


def publish(lattice: Lattice, counted: Counted, period: Period, shown: Shown) -> dict[Dims, Cells]:
    """Decide what of a measure is shown for a period that is over.

    Parameters
    ----------
    shown : Mapping
        What was published before of this measure, by period and dimensions: the periods within this one, and where
        this is a revision, this one.

    Returns
    -------
    dict
        The tables by their dimensions. Should a small number follow from what was published before, whatever is
        hidden now, then everything is.
    """
    laid = _lay_out(lattice, counted, period, shown)
    try:
        hidden = hide(laid.block, lattice.limit("protection"))
    except UnprotectableError:
        hidden = np.ones(len(laid.block.values), dtype=np.bool_)
    tables: dict[Dims, Cells] = {}
    for placed in laid.placed:
        if placed.period == period:
            tables[placed.table.dims] = dict(_cells(placed, laid.block.values, hidden))
    return tables


def _cells(placed: Placed, values: Numbers, hidden: NDArray[np.bool_]) -> Iterator[tuple[tuple[str, ...], int | None]]:
    for where in np.argwhere(placed.places >= 0):
        cell = int(placed.places[tuple(where)])
        yield _key(placed.table, where), None if hidden[cell] else int(values[cell])


def _key(table: CountedTable, where: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(axis[place] for axis, place in zip(table.axes, where, strict=True))


@dataclass(frozen=True)
class _Layout:
    placed: list[Placed]
    block: Block


def _lay_out(lattice: Lattice, counted: Counted, period: Period, shown: Shown) -> _Layout:
    placed: list[Placed] = []
    parts: list[tuple[Numbers, ...]] = []
    size = 0
    levels = counted.measure.levels()
    for each in _with_shorter(period, levels):
        for dims in counted.measure.across(each.level):
            table = counted.tables[each.level, dims]
            places, columns = _place(lattice, counted, table, each, period, shown.get((each, dims)), size)
            placed.append(Placed(each, table, places))
            parts.append(columns)
            size += len(columns[0])
    values, cases, states, room, loss = (np.concatenate(column) for column in zip(*parts, strict=True))
    is_small = (cases > 0) & (cases < lattice.limit("smallest_group"))
    if any((period, dims) in shown for dims in counted.measure.across(period.level)):
        is_small |= _differs(placed, shown, values, [period], lattice.limit("smallest_revision"))
    shorter = [each for each in _with_shorter(period, levels) if each != period]
    drifted = _differs(placed, shown, values, shorter, None)
    over_time: list[Sum] = []
    for over in _sums_over_time(placed):
        # The parts were published before they were corrected: the difference is what must not show.
        if drifted[over.parts].any():
            drifted[over.total] = is_small[over.total] = True
        else:
            over_time.append(over)
    sums = [*_sums_within(lattice, placed), *over_time]
    block = Block(values, is_small, states.astype(np.int8), room, loss.astype(np.float64), sums)
    return _Layout(placed, block)


def _with_shorter(period: Period, levels: tuple[str, ...]) -> Iterator[Period]:
    yield period
    for each in period.within():
        if each.level in levels:
            yield from _with_shorter(each, levels)


def _place(
    lattice: Lattice,
    counted: Counted,
    table: CountedTable,
    period: Period,
    asked: Period,
    before: Published | None,
    size: int,
) -> tuple[Numbers, tuple[Numbers, ...]]:
    """Give the cells of a table their places, and tell their values, cases, states, room and loss."""
    index = counted.index(period)
    counts, cases = table.counts[index], table.cases[index]
    exists = table.exists & _is_in_use(lattice, table, counts)
    places = np.full(counts.shape, -1, dtype=np.int64)
    places[exists] = np.arange(size, size + int(exists.sum()))
    values, behind = counts[exists], cases[exists]
    states = np.full(len(values), int(State.OPEN), dtype=np.int64)
    room = values.copy()
    if before is None and period != asked:
        states[:] = State.HIDDEN
    elif before is not None:
        was = [before.get(_key(table, where), 0) for where in np.argwhere(exists)]
        was_hidden = np.array([each is None for each in was], dtype=np.bool_)
        states = np.where(was_hidden, int(State.HIDDEN), int(State.SHOWN if period != asked else State.OPEN))
        if period == asked:
            published = np.array([0 if each is None else each for each in was], dtype=np.int64)
            room = np.where(was_hidden, values, np.clip(values - published, 0, None))
            if was_hidden.any():
                # What the hidden ones come to together was known, and by how much it grew would be known too.
                states[:] = int(State.HIDDEN)
    loss = (1.0 + values) * _TOTALS_WEIGH ** (3 - len(table.dims))
    return places, (values, behind, states, room, loss)


def _is_in_use(lattice: Lattice, table: CountedTable, counts: Numbers) -> NDArray[np.bool_]:
    """Values that come from what is recorded, such as guidances, are listed only in periods in which they were used."""
    used = np.ones(counts.shape, dtype=np.bool_)
    for axis, name in enumerate(table.dims):
        if name == "unit" or lattice.dimension(name).values:
            continue
        others = tuple(other for other in range(counts.ndim) if other != axis)
        used &= np.expand_dims(counts.sum(axis=others) > 0, others)
    return used


def _differs(
    placed: list[Placed], shown: Shown, values: Numbers, periods: list[Period], less_than: int | None
) -> NDArray[np.bool_]:
    """The cells of some periods that were published otherwise than they are counted now."""
    differs = np.zeros(len(values), dtype=np.bool_)
    for each in placed:
        before = shown.get((each.period, each.table.dims))
        if each.period not in periods or before is None:
            continue
        for where in np.argwhere(each.places >= 0):
            cell = int(each.places[tuple(where)])
            was = before.get(_key(each.table, where), 0)
            if was is not None:
                difference = abs(int(values[cell]) - was)
                differs[cell] = difference > 0 and (less_than is None or difference < less_than)
    return differs


def _sums_within(lattice: Lattice, placed: list[Placed]) -> Iterator[Sum]:
    """Yield what follows from tables of the same period: a table with fewer dimensions is a sum over the others."""
    for each in placed:
        dims = each.table.dims
        family = lattice.family_in(dims)
        for other in placed:
            if other.period == each.period and _is_next_above(lattice, other.table.dims, dims, placed, each.period):
                yield from _sums_of(each, other, family)


def _is_next_above(lattice: Lattice, upper: Dims, lower: Dims, placed: list[Placed], period: Period) -> bool:
    """Whether no table stands between the two."""

    def is_above(one: Dims, other: Dims) -> bool:
        return set(one) < set(other) and lattice.family_in(one) is None

    if not is_above(upper, lower):
        return False
    known = [each.table.dims for each in placed if each.period == period]
    return not any(is_above(upper, dims) and is_above(dims, lower) for dims in known)


def _sums_of(lower: Placed, upper: Placed, family: str | None) -> Iterator[Sum]:
    dims, kept = lower.table.dims, [*upper.table.dims, *([family] if family else [])]
    order = [dims.index(name) for name in kept] + [place for place, name in enumerate(dims) if name not in kept]
    below = np.transpose(lower.places, order)
    if not below.size:  # nothing was recorded by which it is divided
        return
    below = below.reshape(int(np.prod(below.shape[: len(kept)], dtype=np.int64)), -1)
    above = np.repeat(upper.places.ravel(), len(below) // max(1, upper.places.size))
    for total, parts in zip(above, below, strict=True):
        there = parts[parts >= 0]
        if total >= 0 and len(there):
            yield Sum(int(total), there)


def _sums_over_time(placed: list[Placed]) -> Iterator[Sum]:
    """Yield what follows from shorter periods: a longer one is their sum."""
    by_key = {(each.period, each.table.dims): each for each in placed}
    for each in sorted(placed, key=lambda each: each.period.months):
        within = [by_key[part, each.table.dims] for part in each.period.within() if (part, each.table.dims) in by_key]
        if not within:
            continue
        stacked = np.stack([part.places for part in within])
        for where in np.argwhere(each.places >= 0):
            parts = stacked[(slice(None), *where)]
            if len(parts[parts >= 0]):
                yield Sum(int(each.places[tuple(where)]), parts[parts >= 0])
