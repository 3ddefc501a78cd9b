"""Who is counted in which part of a file, and how many differ between two parts, which subtraction would tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
import pandas as pd

from instruments.research.pooling.sums import Parts

Persons = frozenset[str]


@dataclass(frozen=True)
class Levels:
    """Levels that a part tells of.

    Parameters
    ----------
    part : str
    starts : tuple of int
        The codes at which the levels begin.
    codes : Series of float
        By person.
    """

    part: str
    starts: tuple[int, ...]
    codes: "pd.Series[float]"


@dataclass
class Counted:
    """What was counted.

    Parameters
    ----------
    parts : Parts
    persons : dict of str to frozenset of str
        Who is counted in each part.
    cells : dict of str to int
        Numbers of persons that are not told themselves, and could follow from what is.
    levels : dict of str to list of Levels
        By item, where its levels are told.
    """

    parts: Parts = field(default_factory=Parts)
    persons: dict[str, Persons] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    levels: dict[str, list[Levels]] = field(default_factory=dict)


def together(persons: Mapping[str, Persons]) -> Iterator[tuple[str, int]]:
    """How many persons are counted in the same parts, by these parts: whoever is in none is not told of."""
    signatures: dict[str, list[str]] = {}
    for part, counted in persons.items():
        for person in counted:
            signatures.setdefault(person, []).append(part)
    sizes: dict[tuple[str, ...], int] = {}
    for parts in signatures.values():
        sizes[tuple(parts)] = sizes.get(tuple(parts), 0) + 1
    yield from ((" + ".join(parts), size) for parts, size in sorted(sizes.items()))


def apart(levels: Mapping[str, Sequence[Levels]]) -> Iterator[tuple[str, int]]:
    """How many have each level of an item in one part and are not in another that tells its levels as well.

    The difference of two tables tells them, at the levels that both have.
    """
    for item, told in levels.items():
        for one, other in permutations(told, 2):
            alone = one.codes[~one.codes.index.isin(other.codes.index)]
            common = sorted({*one.starts} & {*other.starts})
            level = np.searchsorted(common, alone.to_numpy(np.float64), side="right")
            for number in np.bincount(level).tolist():
                yield f"{one.part} - {other.part}, {item}", number
