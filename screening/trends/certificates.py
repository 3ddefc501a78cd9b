"""What a reader can at most conclude about every hidden number, from everything that was ever published.

Bounds of a hidden number are found by linear programming over what a reader has: the numbers that are shown, every sum
between tables and over time, that no number is below zero, and, where a period was corrected, what it showed before,
since cases are as a rule only added. A certificate tells of one table how many numbers are hidden, and how wide the
narrowest of their intervals is.

It tells nobody anything new. It is worked out from published numbers alone, and never from what is hidden: whoever
solves the same programs comes to the same certificate. That is also why it counts hidden numbers of every kind: which
of them are small, and which are hidden for the sake of those, does not follow from what is published, and nothing here
tells it. (A hidden number that is not small may be known to within little, and that is no fault.)

Whether small numbers are protected is another question, which takes the true numbers to answer: `unprotected`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import ceil, inf, isfinite

import numpy as np

from screening.trends.blocks import Block, Mask, Numbers, State, Sum
from screening.trends.changes import LEAST, PRIMAL, new_model
from screening.trends.counting import Dims
from screening.trends.lattice import Lattice, Period
from screening.trends.relations import Key, Placed, sums_over_time, sums_within

#: A published table: the number of each cell, None where it is hidden. A cell that is not there is zero.
Published = Mapping[Key, int | None]
Table = tuple[Period, Dims]
#: Every table that was published, as it stood at some moment.
Shown = Mapping[Table, Published]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Certificate:
    """What can be concluded about the hidden numbers of one table.

    Parameters
    ----------
    shown, hidden : int
        How many numbers there are of each.
    narrowest : int or None
        The width of the narrowest interval that a hidden number is known to lie in; None where nothing is hidden, or
        none of the intervals has an end above.
    """

    shown: int
    hidden: int
    narrowest: int | None


@dataclass(frozen=True)
class Known:
    """What is known of some cells.

    Parameters
    ----------
    values : int array, shape (n,)
        What is shown. Of hidden cells it is not looked at.
    hidden : bool array, shape (n,)
    least : int array, shape (n,)
        What each hidden cell is known not to be below.
    sums : sequence of (Sum, int)
        Sums, and by how much the parts come to more than the total: less than nothing where it is known that some
        cases have no value to be divided by.
    at_most : sequence of Sum
        Sums of which it is known only that the parts come to no more than the total.
    no_smaller : sequence of (int, int)
        Pairs of cells of which the first is known to be no smaller than the second.
    """

    values: Numbers
    hidden: Mask
    least: Numbers
    sums: Sequence[tuple[Sum, int]]
    at_most: Sequence[Sum] = ()
    no_smaller: Sequence[tuple[int, int]] = ()


class Reader:
    """Concludes what hidden cells can be."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._place = np.cumsum(known.hidden) - 1
        size = int(known.hidden.sum())
        self._model = new_model()
        self._model.setOptionValue("simplex_strategy", PRIMAL)
        self._model.addVars(size, known.least[known.hidden].astype(np.float64), np.full(size, inf))
        for each, beyond in known.sums:
            self._add(_signs(each), beyond, is_at_most=False)
        for each in known.at_most:
            self._add(_signs(each), 0, is_at_most=True)
        for more, less in known.no_smaller:
            self._add({less: 1.0, more: -1.0}, 0, is_at_most=True)

    def _add(self, row: Mapping[int, float], comes_to: int, *, is_at_most: bool) -> None:
        hidden = [cell for cell in row if self._known.hidden[cell]]
        if hidden:
            rest = comes_to - sum(
                sign * float(self._known.values[cell]) for cell, sign in row.items() if cell not in hidden
            )
            signs = np.array([row[cell] for cell in hidden])
            places = self._place[hidden].astype(np.int32)
            self._model.addRow(-inf if is_at_most else rest, rest, len(hidden), places, signs)

    @property
    def is_consistent(self) -> bool:
        """Whether there are any numbers at all that agree with what is known."""
        from highspy import HighsModelStatus

        self._model.run()
        return self._model.getModelStatus() in (HighsModelStatus.kOptimal, HighsModelStatus.kModelEmpty)

    def most(self, aim: Mapping[int, float]) -> float:
        """The most that a weighted sum of cells can come to; infinity where there is no end."""
        from highspy import HighsModelStatus

        hidden = [cell for cell in aim if self._known.hidden[cell]]
        given = sum(sign * float(self._known.values[cell]) for cell, sign in aim.items() if cell not in hidden)
        for cell in hidden:
            self._model.changeColCost(int(self._place[cell]), -aim[cell])
        self._model.run()
        status = self._model.getModelStatus()
        found = -self._model.getInfo().objective_function_value
        for cell in hidden:
            self._model.changeColCost(int(self._place[cell]), 0.0)
        if status == HighsModelStatus.kUnbounded:
            return inf
        if status != HighsModelStatus.kOptimal:
            raise ArithmeticError(f"the linear program ended as {status}")
        return given + float(found)

    def interval(self, aim: Mapping[int, float]) -> Interval:
        """Between which whole numbers a weighted sum of cells lies."""
        low, high = -self.most({cell: -sign for cell, sign in aim.items()}), self.most(aim)
        return _up(low), -_up(-high)


def _up(number: float) -> float:
    return float(ceil(number - LEAST)) if isfinite(number) else number


def _signs(each: Sum) -> dict[int, float]:
    return {**dict.fromkeys(map(int, each.parts), 1.0), each.total: -1.0}


def unprotected(block: Block, hidden: Mask, protection: int) -> list[int]:
    """The small cells that cannot be larger by the protection, as far as somebody knows who sees the rest.

    It is worked out from the numbers themselves, and not from changes of them as what is hidden was chosen by.
    """
    secrets = np.flatnonzero(block.is_small & (block.states != State.SHOWN))
    if not len(secrets):
        return []
    sums = [(each, int(block.values[each.parts].sum() - block.values[each.total])) for each in block.sums]
    least = block.values - np.minimum(block.room, block.values)
    reader = Reader(Known(block.values, hidden, least, sums))
    return [
        int(cell)
        for cell in secrets
        if not hidden[cell] or reader.most({int(cell): 1.0}) < block.values[cell] + protection - LEAST
    ]


class Reading:
    """Everything that was published of a period and those within it, read together.

    A longer period is read as the sum of those within it that were published; of the others nothing was recorded. If
    no numbers agree with all that a reader goes by, something less is held to be true: that cases are only added, that
    every case has a value to be divided by, that a longer period is the sum of shorter ones.

    Parameters
    ----------
    now : Shown
        The tables as they stand.
    before : sequence of Shown
        The tables as they stood at earlier moments. What was not corrected since is the same object.
    """

    def __init__(self, lattice: Lattice, now: Shown, before: Sequence[Shown] = ()) -> None:
        self.now, self.before, self._lattice = now, before, lattice
        self._axes = _axes([*before, now])
        self._cells: dict[tuple[int, Key], int] = {}
        self._values: list[int] = []
        self._hidden: list[bool] = []
        for world in (*before, now):
            for published in world.values():
                self._take_in(published)
        self._intervals: dict[int, Interval] = {}

    @cached_property
    def _reader(self) -> Reader:
        """Made when the first hidden number is asked about: most of what is published hides nothing."""
        return next(reader for reader in self._readers() if reader.is_consistent)

    def _take_in(self, published: Published) -> None:
        for key, number in published.items():
            if (id(published), key) not in self._cells:
                self._cells[id(published), key] = len(self._values)
                self._values.append(number or 0)
                self._hidden.append(number is None)

    def _readers(self) -> Iterator[Reader]:
        """One who takes everything for true, and then those who take less and less for true."""
        values, hidden = np.array(self._values, dtype=np.int64), np.array(self._hidden, dtype=np.bool_)
        within: dict[tuple[int, bytes], Sum] = {}
        over_time: dict[tuple[int, bytes], Sum] = {}
        for world in (*self.before, self.now):
            placed = [self._placed(table, published) for table, published in world.items()]
            within |= {(each.total, each.parts.tobytes()): each for each in sums_within(self._lattice, placed)}
            # a total is hidden while all its parts are shown only if the parts were not corrected, and do not add up
            over_time |= {
                (each.total, each.parts.tobytes()): each
                for each in sums_over_time(placed)
                if hidden[each.parts].any() or not hidden[each.total]
            }
        divided, added = list(within.values()), list(over_time.values())
        known = Known(values, hidden, np.zeros_like(values), [(each, 0) for each in (*divided, *added)])
        yield Reader(replace(known, no_smaller=list(self._grown())))
        yield Reader(known)
        yield Reader(replace(known, sums=[(each, 0) for each in added], at_most=divided))
        yield Reader(replace(known, sums=(), at_most=divided))
        yield Reader(replace(known, sums=()))

    def _placed(self, table: Table, published: Published) -> Placed:
        period, dims = table
        axes = tuple(self._axes[name] for name in dims)
        places = np.full([len(axis) for axis in axes], -1, dtype=np.int64)
        for key in published:
            where = tuple(axis.index(value) for axis, value in zip(axes, key, strict=True))
            places[where] = self._cells[id(published), key]
        return Placed(period, dims, axes, places)

    def _grown(self) -> Iterator[tuple[int, int]]:
        """Pairs of a corrected cell and the same one before."""
        for _, older, newer in self._corrected():
            for key in older:
                if key in newer:
                    yield self._cells[id(newer), key], self._cells[id(older), key]

    def _corrected(self) -> Iterator[tuple[Table, Published, Published]]:
        """Each table that was corrected: as it was, and as it was published next."""
        latest: dict[Table, Published] = {}
        for world in (*self.before, self.now):
            for table, published in world.items():
                known = latest.get(table)
                if known is not None and known is not published:
                    yield table, known, published
                latest[table] = published

    def interval(self, table: Table, key: Key) -> Interval:
        """Between which numbers a cell is known to lie, as the tables stand now."""
        return self._interval_of(self.now[table], key)

    def _interval_of(self, published: Published, key: Key) -> Interval:
        cell = self._cells[id(published), key]
        if cell not in self._intervals:
            self._intervals[cell] = self._reader.interval({cell: 1.0})
        return self._intervals[cell]

    def tells_of_a_correction(self, protection: int, smallest: int) -> bool:
        """Whether what was corrected, and what it is now, tell together what neither tells.

        Of a hidden number, or of a difference, that may be small it is then known to within less than the protection.

        Parameters
        ----------
        smallest : int
            A number that is less than this, and not zero, is small.
        """
        is_told = partial(_is_told, protection=protection, smallest=smallest)
        corrected = list(self._corrected())
        if not corrected:
            return False
        each_alone = [Reading(self._lattice, world) for world in (*self.before, self.now)]
        alone = {id(published): (table, reading) for reading in each_alone for table, published in reading.now.items()}
        for _, older, newer in corrected:
            for published in (older, newer):
                table, reading = alone[id(published)]
                for key in _hidden(published):
                    if is_told(self._interval_of(published, key)) and not is_told(reading.interval(table, key)):
                        return True
            for key in newer:
                if (older.get(key, 0) is None or newer[key] is None) and is_told(self._growth(older, newer, key)):
                    return True
        return False

    def _growth(self, older: Published, newer: Published, key: Key) -> Interval:
        aim = {self._cells[id(newer), key]: 1.0}
        if key in older:
            aim[self._cells[id(older), key]] = -1.0
        return self._reader.interval(aim)

    def certificates(self) -> dict[Table, Certificate]:
        """A certificate for each table as it stands now."""
        return {table: self._certificate(table) for table in self.now}

    def _certificate(self, table: Table) -> Certificate:
        numbers = self.now[table]
        hidden = _hidden(numbers)
        widths = [high - low for low, high in (self.interval(table, key) for key in hidden)]
        narrowest = min(widths, default=inf)
        return Certificate(len(numbers) - len(hidden), len(hidden), int(narrowest) if isfinite(narrowest) else None)


def _is_told(interval: Interval, protection: int, smallest: int) -> bool:
    """Whether a number that may be small is known to within less than the protection."""
    low, high = interval
    return high - low < protection and low < smallest and high > 0


def _hidden(published: Published) -> list[Key]:
    return [key for key, number in published.items() if number is None]


def _axes(worlds: Sequence[Shown]) -> dict[str, Key]:
    """The values of each dimension."""
    values: dict[str, set[str]] = {}
    for world in worlds:
        for (_, dims), published in world.items():
            for place, name in enumerate(dims):
                values.setdefault(name, set()).update(key[place] for key in published)
    return {name: tuple(sorted(known)) for name, known in values.items()}
