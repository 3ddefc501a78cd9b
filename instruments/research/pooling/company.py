"""Who is counted in which part of a file, and how many differ between two parts, which subtraction would tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
import pandas as pd

from instruments.faults import Fault
from instruments.research.pooling.sums import Parts

Persons = frozenset[str]


@dataclass(frozen=True)
class Levels:
    """Levels that a part tells of.

    Parameters
    ----------
    part : str
    variable : str
    starts : tuple of numbers
        The values at which the levels begin.
    codes : Series of float
        By person.
    """

    part: str
    variable: str
    starts: tuple[float, ...]
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
    levels : list of Levels
        Everything whose levels are told.
    faults : list of Fault
        What cannot be told at all.
    """

    parts: Parts = field(default_factory=Parts)
    persons: dict[str, Persons] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    levels: list[Levels] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


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


def alike(levels: Sequence[Levels], least: int) -> Iterator[tuple[Levels, Levels]]:
    """Two parts that tell levels of the same: of the same name or, but for few persons, of the same values."""
    values = pd.concat([each.codes for each in levels], axis=1).to_numpy(np.float64) if levels else np.empty((0, 0))
    for one, other in permutations(range(len(levels)), 2):
        both = ~np.isnan(values[:, one]) & ~np.isnan(values[:, other])
        differ = values[both, one] != values[both, other]
        if levels[one].variable == levels[other].variable or differ.sum() < least:
            yield levels[one], levels[other]


def apart(levels: Sequence[Levels], least: int) -> Iterator[tuple[str, int]]:
    """How many persons the difference of two parts tells of that tell levels of the same.

    Who is in one part only, by the levels that both have; and where both are of the same persons, the levels that begin
    wherever a level of either does.
    """
    for one, other in alike(levels, least):
        name = f"{one.part} - {other.part}, {one.variable}"
        alone = one.codes[~one.codes.index.isin(other.codes.index)].to_numpy(np.float64)
        common = sorted({*one.starts} & {*other.starts})
        yield from ((name, number) for number in np.bincount(np.searchsorted(common, alone, side="right")).tolist())
        codes = other.codes.reindex(one.codes.index).to_numpy(np.float64)
        if len(one.codes) == len(other.codes) and (one.codes.to_numpy() != codes).sum() < least:
            both = [np.searchsorted(one.starts, one.codes, "right"), np.searchsorted(other.starts, codes, "right")]
            yield from ((name, number) for number in np.unique(both, axis=1, return_counts=True)[1].tolist())
