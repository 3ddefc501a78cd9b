"""Conditions on columns: a plane says for every row whether one holds.

What is surely and what is possibly met are two planes, and their sum is the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.compiling.conditions import (
    ALWAYS,
    NEVER,
    AllOf,
    Code,
    Condition,
    Day,
    Tally,
    Term,
    Window,
    Within,
    beyond,
    simplified,
)
from screening.criteria import Test, combine
from screening.intake import OWN_RULE_MONTHS, Codes, Columns
from screening.truth import MET, NOT_MET, UNKNOWN

Plane = NDArray[np.bool_]
Counts = tuple[Codes, Codes]


class ColumnTest:
    """A test made ready for columns, of which some may not be there.

    Parameters
    ----------
    columns : Columns
        Those that will be decided, whole or a block at a time.
    """

    def __init__(self, test: Test, columns: Columns) -> None:
        known: dict[Term, int] = {Day(): columns.on.toordinal()}
        if columns.offence_window is None:
            known[Window()] = OWN_RULE_MONTHS
        absent = [name for name in test.inputs if name not in columns.facts]
        known |= {Code(name, can_be): BLANK for name in absent for can_be in (False, True)}
        self._surely = simplified(test.surely, known)
        self._beyond = beyond(simplified(test.possibly, known), self._surely)

        self._when_blank = _when_blank(self._surely, self._beyond)

    def write_truths(self, columns: Columns, truths: Codes) -> None:
        """Write the truth for every row of some columns into ``truths``, shape (n,)."""
        met = self._surely
        if self._when_blank is not None and isinstance(met, Within) and isinstance(met.term, Code):
            _write_stretch(columns.facts[met.term.name], met, self._when_blank, truths)
            return
        block = _Block(columns)
        surely = block.plane(self._surely)
        possibly = block.plane(self._beyond)
        possibly |= surely
        np.add(surely.view(np.int8), possibly.view(np.int8), out=truths)


def _when_blank(surely: Condition, beyond_it: Condition) -> int | None:
    """What a blank gives, where a test asks for nothing but one stretch of a fact's codes; None where it asks more."""
    if not isinstance(surely, Within) or not isinstance(surely.term, Code):
        return None
    return {NEVER: NOT_MET, Within(surely.term, BLANK, BLANK): UNKNOWN}.get(beyond_it)


def _write_stretch(codes: Codes, met: Within, when_blank: int, truths: Codes) -> None:
    """Write what most tests ask, in as few passes as there can be."""
    np.greater_equal(codes, met.low, out=truths.view(np.bool_))
    if met.high is None and when_blank == UNKNOWN and met.term.lowest == BLANK:
        truths += (codes.view(np.uint8) >= met.low).view(np.int8)  # as an unsigned number a blank is above all
        return
    if met.high is not None:
        truths &= (codes <= met.high).view(np.int8)
    np.add(truths, truths, out=truths)
    if when_blank == UNKNOWN:
        truths += (codes == BLANK).view(np.int8)


class _Block:
    """The columns of some rows, and what has been counted in them."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._counts: dict[tuple[tuple[int, ...], int], Counts] = {}

    def plane(self, condition: Condition) -> Plane:
        """Where a condition holds, shape (n,)."""
        if isinstance(condition, Within):
            return self._within(condition)
        if condition in (ALWAYS, NEVER):
            return np.full(len(self._columns), condition == ALWAYS)
        joined = np.bitwise_and if isinstance(condition, AllOf) else np.bitwise_or
        plane, *others = map(self.plane, condition.parts)
        for other in others:
            joined(plane, other, out=plane)
        return plane

    def _within(self, leaf: Within) -> Plane:
        values, high = self._values(leaf.term), leaf.high
        plane: Plane
        if high is None:
            plane = values >= leaf.low
        elif leaf.low == high:
            plane = values == high
        else:
            plane = values <= high
            if leaf.low > leaf.term.lowest:
                plane &= values >= leaf.low
        return plane

    def _values(self, term: Term) -> NDArray[np.int8] | NDArray[np.int16]:
        if isinstance(term, Code):
            return self._columns.facts[term.name]
        if isinstance(term, Tally):
            fewest, most = self._count(term.positions, term.least_code)
            return most if term.with_blanks else fewest
        if isinstance(term, Window) and self._columns.offence_window is not None:
            return self._columns.offence_window
        raise TypeError(term)

    def _count(self, positions: tuple[int, ...], least_code: int) -> Counts:
        """How many items are rated so high, and how many are or are blank, shapes (n,)."""
        key = positions, least_code
        if key not in self._counts:
            items = self._columns.items
            unsigned = items.view(np.uint8)  # as an unsigned number a blank is above all
            first, *others = positions
            fewest = (items[first] >= least_code).view(np.int8)
            most = (unsigned[first] >= least_code).view(np.int8)
            is_counted = np.empty(len(self._columns), dtype=np.bool_)
            ones = is_counted.view(np.int8)
            for position in others:
                np.greater_equal(items[position], least_code, out=is_counted)
                np.add(fewest, ones, out=fewest)
                np.greater_equal(unsigned[position], least_code, out=is_counted)
                np.add(most, ones, out=most)
            self._counts[key] = fewest, most
        return self._counts[key]


def combine_columns(kind: str, below: Sequence[Codes], truths: Codes) -> None:
    """Write Kleene's "all of", "any of" or "none of" for every row into ``truths``, shape (n,)."""
    if len(below) < 2:
        truths[:] = below[0] if below else combine(kind, ())
    else:
        choose = np.minimum if kind == "all_of" else np.maximum
        choose(below[0], below[1], out=truths)
        for truth in below[2:]:
            choose(truths, truth, out=truths)
    if below and kind == "none_of":
        np.subtract(np.int8(MET), truths, out=truths)
