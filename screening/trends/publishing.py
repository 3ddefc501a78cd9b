"""From counted tables to published ones: what is hidden in each, period by period, and corrections by revision."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from screening.trends.blocks import Block, Mask, State, Sum, UnprotectableError
from screening.trends.certificates import Certificate, Published, Reading, Shown, Table, unprotected
from screening.trends.counting import Counted, CountedTable, Dims
from screening.trends.disclosure import least_hidden
from screening.trends.lattice import Lattice, Period
from screening.trends.optimum import Optimum
from screening.trends.relations import Key, Placed, key_at, sums_over_time, sums_within

Numbers = NDArray[np.int64]
Cells = dict[Key, int | None]
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
class Publication:
    """What of a measure is shown for a period.

    Parameters
    ----------
    tables : Mapping
        The tables by their dimensions.
    certificates : Mapping
        What can be concluded about what is hidden in them, and in the periods within this one now that this one is
        published, too.
    optimum : Optimum or None
        How much less could be hidden; None where everything is, since hiding less does not protect. It follows from the
        true numbers and is not for those who see the tables.
    """

    tables: Mapping[Dims, Cells]
    certificates: Mapping[Table, Certificate]
    optimum: Optimum | None

    @property
    def is_withheld(self) -> bool:
        """Whether everything is hidden."""
        return self.optimum is None


def publish(
    lattice: Lattice, counted: Counted, period: Period, shown: Shown, before: Sequence[Shown] = ()
) -> Publication:
    """Decide what of a measure is shown for a period that is over.

    Nothing is shown unless it was seen that it protects: should a small number follow from what was published before,
    whatever is hidden now, or from what is to be published, then everything is hidden.

    Parameters
    ----------
    shown : Mapping
        What was published before of this measure, by period and dimensions: the periods within this one, and where
        this is a revision, this one.
    before : sequence of Mapping
        All that was published of this measure, as it stood at earlier moments, where something was corrected since.
        The last is what stood before this correction, which is ``shown`` unless something else is given.
    """
    laid = _lay_out(lattice, counted, period, shown)
    protection = lattice.limit("protection")
    optimum: Optimum | None = None
    with suppress(UnprotectableError):
        optimum = least_hidden(laid.block, protection)
    if optimum is not None and not unprotected(laid.block, optimum.hidden, protection):
        tables, reading = _as_published(lattice, laid, optimum.hidden, period, shown, before)
        if not reading.tells_of_a_correction(protection, lattice.limit("smallest_revision")):
            return Publication(tables, reading.certificates(), optimum)
    everything = np.ones(len(laid.block.values), dtype=np.bool_)
    tables, reading = _as_published(lattice, laid, everything, period, shown, before)
    return Publication(tables, reading.certificates(), None)


def _as_published(
    lattice: Lattice, laid: "_Layout", hidden: Mask, period: Period, shown: Shown, before: Sequence[Shown]
) -> tuple[dict[Dims, Cells], Reading]:
    tables = {
        placed.dims: dict(_cells(placed, laid.block.values, hidden))
        for placed in laid.placed
        if placed.period == period
    }
    known = {(placed.period, placed.dims) for placed in laid.placed}
    now = {table: published for table, published in shown.items() if table in known}
    now |= {(period, dims): cells for dims, cells in tables.items()}
    worlds = [{table: published for table, published in world.items() if table in known} for world in before or [shown]]
    corrected = [world for world in worlds if any(now[table] is not published for table, published in world.items())]
    return tables, Reading(lattice, now, corrected)


def _cells(placed: Placed, values: Numbers, hidden: NDArray[np.bool_]) -> Iterator[tuple[tuple[str, ...], int | None]]:
    for where in np.argwhere(placed.places >= 0):
        cell = int(placed.places[tuple(where)])
        yield placed.key(where), None if hidden[cell] else int(values[cell])


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
            placed.append(Placed(each, dims, table.axes, places))
            parts.append(columns)
            size += len(columns[0])
    values, cases, states, room, loss = (np.concatenate(column) for column in zip(*parts, strict=True))
    is_small = (cases > 0) & (cases < lattice.limit("smallest_group"))
    if any((period, dims) in shown for dims in counted.measure.across(period.level)):
        is_small |= _differs(placed, shown, values, [period], lattice.limit("smallest_revision"))
    shorter = [each for each in _with_shorter(period, levels) if each != period]
    drifted = _differs(placed, shown, values, shorter, None)
    over_time: list[Sum] = []
    for over in sums_over_time(placed):
        # The parts were published before they were corrected: the difference is what must not show.
        if drifted[over.parts].any():
            drifted[over.total] = is_small[over.total] = True
        else:
            over_time.append(over)
    sums = [*sums_within(lattice, placed), *over_time]
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
        # nobody is told of a period in which nothing was recorded, and everybody may take it for that
        states[:] = State.HIDDEN if values.any() else State.SHOWN
    elif before is not None:
        was = [before.get(key_at(table.axes, where), 0) for where in np.argwhere(exists)]
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
        before = shown.get((each.period, each.dims))
        if each.period not in periods or before is None:
            continue
        for where in np.argwhere(each.places >= 0):
            cell = int(each.places[tuple(where)])
            was = before.get(each.key(where), 0)
            if was is not None:
                difference = abs(int(values[cell]) - was)
                differs[cell] = difference > 0 and (less_than is None or difference < less_than)
    return differs
