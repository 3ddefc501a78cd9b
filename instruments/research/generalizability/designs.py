"""What was rated by whom, on what and when: facets, which of them are nested, and the effects that they have.

Facets have the letters of the field: ``p`` persons, ``r`` raters, ``i`` items, ``o`` occasions. A facet is nested in
another one where each of its levels is found with one level of the other only: raters who each rate one person are
nested in persons. An effect is a set of facets that holds, with each facet, those that it is nested in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.research.estimation.roc import Floats
from instruments.research.faults import FacetsConfoundedError

PERSON, RATER, ITEM, OCCASION = "p", "r", "i", "o"
Effect = frozenset[str]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """Observations with the level of every facet.

    Parameters
    ----------
    values : float64 array, shape (n,)
        What was observed, without blanks.
    facets : dict of str to int64 array, shape (n,)
        By letter, the level of each observation.
    nested : dict of str to frozenset of str
        By letter, the facets that it is nested in.
    """

    values: Floats
    facets: Mapping[str, Codes]
    nested: Mapping[str, Effect]

    @classmethod
    def of(cls, values: Any, facets: Mapping[str, Any]) -> "Design":
        """Find how facets lie to one another; those with one level are left out.

        Parameters
        ----------
        values : array of float, shape (n,)
            NaN for a blank, which is no observation.
        facets : dict of str to array, shape (n,)
            By letter, the level of each observation, whatever it is called.

        Raises
        ------
        FacetsConfoundedError
            If two facets have the same levels, or nothing is left to tell chance by.

        Examples
        --------
        >>> design = Design.of([1, 2, 2, 3, 3, 5], {"p": [1, 1, 2, 2, 3, 3], "r": ["a", "b", "a", "b", "a", "b"]})
        >>> [design.name(effect) for effect in design.effects], design.is_balanced
        (['p', 'r', 'pr,e'], True)
        >>> nested = Design.of([1, 2, 2, 3, 3, 5], {"p": [1, 1, 2, 2, 3, 3], "r": list("abcdef")})
        >>> [nested.name(effect) for effect in nested.effects]
        ['p', 'r:p,e']
        """
        numbers = np.asarray(values, dtype=np.float64)
        known = ~np.isnan(numbers)
        codes = {letter: _codes(np.asarray(levels)[known]) for letter, levels in facets.items()}
        codes = {letter: levels for letter, levels in codes.items() if len(levels) and levels.max() > 0}
        sizes = {letter: levels.max() + 1 for letter, levels in codes.items()}
        nested = {
            one: frozenset(
                other
                for other in codes
                if other != one and _codes(_joined([codes[one], codes[other]])).max() + 1 == sizes[one]
            )
            for one in codes
        }
        for one, other in combinations(codes, 2):
            if one in nested[other] and other in nested[one]:
                raise FacetsConfoundedError("", effect=one + other)
        design = cls(numbers[known], codes, nested)
        for effect, freedom in design.freedom.items():
            if freedom < 1:
                raise FacetsConfoundedError("", effect=design.name(effect))
        return design

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect, those of fewer facets first; the last is what is left, confounded with chance."""
        every = (frozenset(each) for size in range(1, len(self.facets) + 1) for each in combinations(self.facets, size))
        return tuple(effect for effect in every if all(self.nested[letter] <= effect for letter in effect))

    @property
    def residual(self) -> Effect:
        """The effect of all facets together."""
        return self.effects[-1]

    @cached_property
    def levels(self) -> Mapping[Effect, Codes]:
        """The level of each observation, for every effect."""
        return {effect: _codes(_joined([self.facets[each] for each in sorted(effect)])) for effect in self.effects}

    @cached_property
    def counts(self) -> Mapping[Effect, Codes]:
        """How many observations each level has, for every effect."""
        return {effect: np.bincount(levels) for effect, levels in self.levels.items()}

    @cached_property
    def each(self) -> Mapping[Effect, float]:
        """The harmonic mean of how many observations a level has, for every effect."""
        return {effect: float(len(counts) / (1 / counts).sum()) for effect, counts in self.counts.items()}

    @cached_property
    def freedom(self) -> Mapping[Effect, int]:
        """The degrees of freedom of every effect: its levels less what is fitted before it."""
        freedom: dict[Effect, int] = {}
        for effect in self.effects:
            freedom[effect] = len(self.counts[effect]) - 1 - sum(freedom[part] for part in freedom if part < effect)
        return freedom

    @cached_property
    def is_balanced(self) -> bool:
        """Whether everything was observed equally often, with nothing left out."""
        within = {
            letter: len(self.counts[self.nested[letter] | {letter}])
            / (len(self.counts[self.nested[letter]]) if self.nested[letter] else 1)
            for letter in self.facets
        }
        return all(
            counts.min() == counts.max() and len(counts) == np.prod([within[letter] for letter in effect])
            for effect, counts in self.counts.items()
        )

    def name(self, effect: Effect) -> str:
        """An effect in the letters of the field, such as ``pr``, ``r:p`` or, of what is left, ``pri,e``."""
        outer = {other for letter in effect for other in self.nested[letter]}
        before = "".join(letter for letter in self.facets if letter in effect - outer)
        after = "".join(letter for letter in self.facets if letter in effect & outer)
        return before + (f":{after}" if after else "") + (",e" if effect == self.residual else "")

    def number(self, letter: str) -> int:
        """How many levels a facet has; 1 where it is none."""
        return int(self.facets[letter].max()) + 1 if letter in self.facets else 1


def _codes(levels: NDArray[Any]) -> Codes:
    return np.asarray(pd.factorize(levels)[0], dtype=np.int64)


def _joined(levels: list[Codes]) -> Codes:
    joined = levels[0]
    for more in levels[1:]:
        joined = joined * (int(more.max()) + 1) + more
    return joined
