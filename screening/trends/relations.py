"""Which published numbers are sums of others: within a period, and over the periods that a longer one is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.trends.blocks import Numbers, Sum
from screening.trends.counting import Dims
from screening.trends.lattice import Lattice, Period

Key = tuple[str, ...]


def key_at(axes: Sequence[Key], where: NDArray[np.int64]) -> Key:
    """The values of a cell."""
    return tuple(axis[place] for axis, place in zip(axes, where, strict=True))


@dataclass(frozen=True)
class Placed:
    """A table in a period, with the positions of its cells in a block; -1 for a cell that can only be zero.

    Parameters
    ----------
    axes : tuple of tuple of str
        The values of each dimension.
    places : int array, shape (*axes)
    """

    period: Period
    dims: Dims
    axes: tuple[Key, ...]
    places: Numbers

    def key(self, where: NDArray[np.int64]) -> Key:
        """The values of a cell."""
        return key_at(self.axes, where)


def sums_within(lattice: Lattice, placed: list[Placed]) -> Iterator[Sum]:
    """Yield what follows from tables of the same period: a table with fewer dimensions is a sum over the others."""
    for each in placed:
        dims = each.dims
        family = lattice.family_in(dims)
        for other in placed:
            if other.period == each.period and _is_next_above(lattice, other.dims, dims, placed, each.period):
                yield from _sums_of(each, other, family)


def _is_next_above(lattice: Lattice, upper: Dims, lower: Dims, placed: list[Placed], period: Period) -> bool:
    """Whether no table stands between the two."""

    def is_above(one: Dims, other: Dims) -> bool:
        return set(one) < set(other) and lattice.family_in(one) is None

    if not is_above(upper, lower):
        return False
    known = [each.dims for each in placed if each.period == period]
    return not any(is_above(upper, dims) and is_above(dims, lower) for dims in known)


def _sums_of(lower: Placed, upper: Placed, family: str | None) -> Iterator[Sum]:
    dims, kept = lower.dims, [*upper.dims, *([family] if family else [])]
    order = [dims.index(name) for name in kept] + [place for place, name in enumerate(dims) if name not in kept]
    below = np.transpose(lower.places, order)
    if not below.size:  # nothing was recorded by which it is divided
        return
    below = below.reshape(int(np.prod(below.shape[: len(kept)], dtype=np.int64)), -1)
    above = np.repeat(upper.places.ravel(), len(below) // upper.places.size)
    for total, parts in zip(above, below, strict=True):
        there = parts[parts >= 0]
        if total >= 0 and len(there):
            yield Sum(int(total), there)


def sums_over_time(placed: list[Placed]) -> Iterator[Sum]:
    """Yield what follows from shorter periods: a longer one is their sum."""
    by_key = {(each.period, each.dims): each for each in placed}
    for each in sorted(placed, key=lambda each: each.period.months):
        within = [by_key[part, each.dims] for part in each.period.within() if (part, each.dims) in by_key]
        if not within:
            continue
        stacked = np.stack([part.places for part in within])
        for where in np.argwhere(each.places >= 0):
            parts = stacked[(slice(None), *where)]
            if len(parts[parts >= 0]):
                yield Sum(int(each.places[tuple(where)]), parts[parts >= 0])
