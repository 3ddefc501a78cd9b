"""What is left to find out, as far as it says how many answers it takes: counts of alike blanks, and how they combine.

A position holds no person: a count says how many more answers meet it and how many refute it, and not of which items.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from screening.truth import MET, NOT_MET, UNKNOWN

Key = Hashable


class Position(Protocol):
    """What is left of a part. Two that are equal have the same questions and ends."""

    @property
    def end(self) -> int | None:
        """Met, not met, or unknown where nothing is left to ask; None while there is something."""

    @property
    def moves(self) -> "Moves":
        """The questions that can matter and, by code, what each answer to them leaves."""

    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...


class Answer(NamedTuple):
    """One of the answers to a question: how large a share of the declared codes it is, and what is left after it."""

    share: float
    after: Position


Moves = Mapping[Key, Mapping[int, Answer]]


@dataclass(frozen=True)
class Ended:
    """A part that has come to an end."""

    end: int

    @property
    def moves(self) -> Moves:
        """None."""
        return {}


@dataclass(frozen=True)
class Leaf:
    """A count of alike blanks; a single fact is a count of one.

    Parameters
    ----------
    to_meet, to_refute : int
        Answers of the one and of the other kind that end it.
    blank : int
        Blanks that can be asked for; what was looked for in vain is not among them.
    share : float
        The share of the declared codes that brings it nearer to being met.
    """

    key: Key
    to_meet: int
    to_refute: int
    blank: int
    share: float

    end = None

    @property
    def moves(self) -> Moves:
        """The next of the blanks."""
        left = self.blank - 1
        nearer = leaf(self.key, self.to_meet - 1, self.to_refute, left, self.share)
        farther = leaf(self.key, self.to_meet, self.to_refute - 1, left, self.share)
        return {self.key: {MET: Answer(self.share, nearer), NOT_MET: Answer(1 - self.share, farther)}}


def leaf(key: Key, to_meet: int, to_refute: int, blank: int, share: float) -> "Ended | Leaf":
    """A count, or how it ended."""
    if to_meet <= 0 or to_refute <= 0:
        return Ended(MET if to_meet <= 0 else NOT_MET)
    return Leaf(key, to_meet, to_refute, blank, share) if blank else Ended(UNKNOWN)


@dataclass(frozen=True)
class Gate:
    """All of, or any of, several that share no input; none of them has ended otherwise than unknown."""

    is_all: bool
    below: tuple[Position, ...]

    end = None

    @property
    def moves(self) -> Moves:
        """Those of everything below."""
        found: dict[Key, Mapping[int, Answer]] = {}
        for place, position in enumerate(self.below):
            before, behind = self.below[:place], self.below[place + 1 :]
            for key, answers in position.moves.items():
                found[key] = {
                    code: Answer(share, gate(self.is_all, (*before, after, *behind)))
                    for code, (share, after) in answers.items()
                }
        return found


def gate(is_all: bool, below: Sequence[Position]) -> Position:
    """A gate without what no longer matters to it."""
    neutral, ending = (MET, NOT_MET) if is_all else (NOT_MET, MET)
    kept: list[Position] = []
    for position in below:
        if position.end == ending:
            return position
        if position.end == neutral:
            continue
        kept.extend(position.below if isinstance(position, Gate) and position.is_all == is_all else [position])
    open_ones = [position for position in kept if position.end is None]
    unknown: list[Position] = [Ended(UNKNOWN)] if len(open_ones) < len(kept) else []
    left = [*open_ones, *unknown]
    if not left:
        return Ended(neutral)
    return left[0] if len(left) == 1 else Gate(is_all, tuple(left))


def groups_that_share(
    used: Sequence[Collection[str]], places: Sequence[int]
) -> list[tuple[tuple[int, ...], Collection[str]]]:
    """Places in groups, each with all that is used at them, so that none of it stands in another group."""
    groups: list[tuple[tuple[int, ...], Collection[str]]] = []
    for place in places:
        group: tuple[int, ...] = (place,)
        names = set(used[place])
        for other in [other for other in groups if not names.isdisjoint(other[1])]:
            groups.remove(other)
            group, names = (*other[0], *group), names.union(other[1])
        groups.append((group, names))
    return groups
