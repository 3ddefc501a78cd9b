"""What the young people of each unit have in common, and what one and the same rule makes of them.

Worked out from the rows of `screening.trends.microaggregates` and from nothing else; see there why no answer tells of
anyone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from screening.library import Library
from screening.trends.lattice import Lattice
from screening.trends.what_if import Arm, WhatIf, what_if

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Mix:
    """The young people of a unit, in fives.

    Parameters
    ----------
    unit : str
        Empty for those who are told of together with others of several units.
    answer : WhatIf
        What the rule makes of them, and how they are divided.
    """

    unit: str
    answer: WhatIf

    @property
    def people(self) -> int:
        """How many they are."""
        return self.answer.people

    @property
    def supported(self) -> int:
        """How many of them the rule supports."""
        return self.answer.total.supported_before

    def shares(self, dimension: str) -> dict[str, float]:
        """The share of each value of a dimension, from 0 to 1."""
        return {
            value: moved.people / self.people if self.people else 0.0
            for value, moved in self.answer.divided[dimension].items()
        }


def mixes(
    rows: "pd.DataFrame", library: Library, lattice: Lattice, on: date, guidance: str, units: Iterable[str]
) -> list[Mix]:
    """Hold the young people of every unit against one and the same rule.

    Parameters
    ----------
    rows : DataFrame
        As `screening.trends.microaggregates.microaggregate` makes them, of any years.
    guidance : str
        The rule.
    units : iterable of str
        Those that are told of; one with nobody is left out.
    """
    arm, known = Arm(guidance, {}), list(units)
    parts = ((unit, rows[rows["unit"] == unit].reset_index(drop=True)) for unit in (*known, ""))
    return [Mix(unit, what_if(own, library, lattice, on, arm, arm, units=known)) for unit, own in parts if len(own)]


@dataclass(frozen=True)
class Ruled:
    """What one rule makes of all young people, in fives."""

    guidance: str
    people: int
    supported: int
    enters: int
    leaves: int


def under_each_rule(
    rows: "pd.DataFrame", library: Library, lattice: Lattice, on: date, rules: Sequence[str]
) -> list[Ruled]:
    """Hold the same young people against several rules; what differs is then due to the rule alone.

    Parameters
    ----------
    rules : sequence of str
        The first is what the others are held against.
    """
    first = Arm(rules[0], {})
    answers = ((rule, what_if(rows, library, lattice, on, first, Arm(rule, {}), units=())) for rule in rules)
    return [
        Ruled(rule, answer.people, answer.total.supported_after, answer.total.enters, answer.total.leaves)
        for rule, answer in answers
    ]
