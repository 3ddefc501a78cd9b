"""Conditions on columns: a plane says for every row whether one holds.

What is surely and what is possibly met are two planes, and their sum is the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.conditions import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
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
from screening.truth import MET

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
        self._possibly = simplified(test.possibly, known)
        self._beyond = beyond(self._possibly, self._surely)

    def write_truths(self, columns: Columns, truths: Codes) -> None:
        """Write the truth for every row of some columns into ``truths``, shape (n,)."""
        block = _Block(columns)
        surely = block.plane(self._surely)
        possibly = block.plane_with_blanks(self._possibly)
        if possibly is None:
            possibly = surely | block.plane(self._beyond)
        np.add(surely.view(np.int8), possibly.view(np.int8), out=truths)


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

    def plane_with_blanks(self, condition: Condition) -> Plane | None:
        """Where a fact's code is at least so high or blank, found by one comparison; None for any other condition.

        As an unsigned number a blank lies above every code.
        """
        if not isinstance(condition, AnyOf) or len(condition.parts) != 2:
            return None
        first, second = condition.parts
        if not isinstance(first, Within) or first.high is not None or second != Within(first.term, BLANK, BLANK):
            return None
        if not isinstance(first.term, Code) or first.term.can_be_not_applicable:
            return None
        plane: Plane = self._columns.facts[first.term.name].view(np.uint8) >= first.low
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
            unsigned = items.view(np.uint8)  # a blank lies above every level
            first, *others = positions
            fewest = (items[first] >= least_code).view(np.int8)
            most = (unsigned[first] >= least_code).view(np.int8)
            counts = np.empty(len(self._columns), dtype=np.bool_)
            ones = counts.view(np.int8)
            for position in others:
                np.greater_equal(items[position], least_code, out=counts)
                np.add(fewest, ones, out=fewest)
                np.greater_equal(unsigned[position], least_code, out=counts)
                np.add(most, ones, out=most)
            self._counts[key] = fewest, most
        return self._counts[key]


def combine_columns(kind: str, below: Sequence[Codes], truths: Codes) -> None:
    """Write Kleene's "all of", "any of" or "none of" for every row into ``truths``, shape (n,)."""
    choose = np.minimum if kind == "all_of" else np.maximum
    truths[:] = below[0] if below else combine(kind, ())
    for truth in below[1:]:
        choose(truths, truth, out=truths)
    if below and kind == "none_of":
        np.subtract(np.int8(MET), truths, out=truths)
