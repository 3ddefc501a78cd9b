"""How few answers settle a matter, and which question is best asked first.

A matter is several parts that must all be met. It ends as soon as one of them is not met, and otherwise when nothing
is left to ask. The parts share no input, so that an answer moves one of them alone.

What is wanted is the strategy (a question, and for each answer the next) with the smallest worst case and, among
those, the smallest mean, where an answer is as likely as it has declared codes. No probability of a person enters.

Where every order has the same worst case, the parts can be thought through one by one: this is the problem of several
bandits that stop when the first reaches its target (Dumitriu, Tetali and Winkler, "On playing golf with two balls",
SIAM Journal on Discrete Mathematics 16:604-615, 2003). For each part `Solution.stays` says for every price of giving
up how likely one is to have given up, or to have found it met, when playing on as long as it pays; the mean of the
whole is the integral over the price of the product over the parts (Whittle, "Multi-armed bandits and the Gittins
index", Journal of the Royal Statistical Society B 42:143-149, 1980). That holds where in each part one question is
best at every price, which is seen while the part is solved. Elsewhere every state of all parts together is tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from screening.asking.positions import Ended, Key, Position
from screening.truth import MET, NOT_MET

#: So many states are tried; beyond, the order is a guess and says so.
MOST_STATES = 200_000
#: Means that differ by less than this are alike, and the guidance's order decides.
DIGITS = 9
_ALIKE = 10.0**-DIGITS

Numbers = NDArray[np.float64]


class TooManyStatesError(Exception):
    """More than `MOST_STATES` states would have to be tried."""


class Steps(NamedTuple):
    """A function of the price that is constant from each of ``starts`` on; the first is 0."""

    starts: Numbers
    values: Numbers

    def at(self, prices: Numbers) -> Numbers:
        """The values on stretches of price that begin at some prices and hold none of the starts within."""
        found: Numbers = self.values[np.searchsorted(self.starts, prices, side="right") - 1]
        return found


def _constant(value: float) -> Steps:
    return Steps(np.zeros(1), np.array([value]))


@dataclass(frozen=True)
class Asked:
    """A question asked first: what `Solution` says, over its answers."""

    stays: Steps
    later: float
    worst: int


#: A question that there is not.
NEVER = Asked(_constant(0.0), inf, 0)


@dataclass(frozen=True)
class Solution:
    """A part thought through to its ends.

    Parameters
    ----------
    stays : Steps
        By price of giving up: how likely it is not to end as not met, or to be given up before.
    later : float
        Mean number of questions that are put off to the end since they cannot refute it any more.
    worst : int
        Most questions until it is met or nothing is left to ask.
    to_refute, to_end : float
        Fewest answers that end it as not met, and otherwise; `inf` where none do.
    ends : frozenset of int
        The ends that answers can lead to.
    asked : Mapping of question to Asked
    is_best_at_any_price : bool
        Whether every order has the same worst case, and one question is best at every price, here and after each
        answer. The means of several parts together follow from ``stays`` and ``later`` only then.
    """

    position: Position
    stays: Steps
    later: float
    worst: int
    to_refute: float
    to_end: float
    ends: frozenset[int]
    asked: Mapping[Key, Asked]
    is_best_at_any_price: bool

    @cached_property
    def alone(self) -> Mapping[int, frozenset[Key]]:
        """By end, met and not met: the questions of which one answer leads there."""
        moves = self.position.moves
        return {
            end: frozenset(
                key for key, answers in moves.items() if any(each.after.end == end for each in answers.values())
            )
            for end in (NOT_MET, MET)
        }

    @cached_property
    def paired(self) -> Mapping[int, frozenset[Key]]:
        """By end: the questions of which an answer leads there with one to another question, and neither alone."""
        return {end: frozenset(key for pair in self._pairs(end) for key in pair) for end in (NOT_MET, MET)}

    def _pairs(self, end: int) -> Iterator[tuple[Key, Key]]:
        moves = self.position.moves
        for key, answers in moves.items():
            for first in answers.values():
                if first.after.end is not None:
                    continue
                for other, others in first.after.moves.items():
                    for code, second in others.items():
                        alone = moves[other].get(code) if other in moves else None
                        if second.after.end == end and (alone is None or alone.after.end is None):
                            yield key, other


class Solver:
    """Thinks parts through, and remembers positions that it has met, up to `MOST_STATES`."""

    def __init__(self) -> None:
        self._known: dict[Position, Solution] = {}

    def solve(self, position: Position) -> Solution:
        """Think a part through.

        Whether that are too many states depends on the part alone: where the memory is full of others, it is emptied.

        Raises
        ------
        TooManyStatesError
        """
        try:
            return self._find(position, self._known)
        except TooManyStatesError:
            known: dict[Position, Solution] = {}
            found = self._find(position, known)
            self._known = known
            return found

    def _find(self, position: Position, known: dict[Position, Solution]) -> Solution:
        found = known.get(position)
        if found is None:
            if len(known) >= MOST_STATES:
                raise TooManyStatesError
            found = _ended(position) if position.end is not None else self._solve(position, known)
            known[position] = found
        return found

    def _solve(self, position: Position, known: dict[Position, Solution]) -> Solution:
        asked: dict[Key, Asked] = {}
        after: list[Solution] = []
        for key, answers in position.moves.items():
            solutions = [(each.share, self._find(each.after, known)) for each in answers.values()]
            after += [solution for _, solution in solutions]
            asked[key] = _ask(solutions)
        can_be_refuted = any(NOT_MET in each.ends for each in after)
        playing = {key: _while_it_pays(each) if can_be_refuted else each for key, each in asked.items()}
        best = min(playing.values(), key=_worth)
        is_best = all(each.is_best_at_any_price for each in after) and all(
            each.worst == best.worst and _is_never_worse(best, each) for each in playing.values()
        )
        return Solution(
            position,
            best.stays,
            best.later if can_be_refuted else best.later + 1,
            min(each.worst for each in asked.values()),
            1 + min(each.to_refute for each in after),
            1 + min(each.to_end for each in after),
            frozenset().union(*(each.ends for each in after)),
            asked,
            is_best,
        )


def _ended(position: Position) -> Solution:
    is_refuted = position.end == NOT_MET
    return Solution(
        position,
        _constant(0.0 if is_refuted else 1.0),
        0.0,
        0,
        0 if is_refuted else inf,
        inf if is_refuted else 0,
        frozenset({position.end} if position.end is not None else ()),
        {},
        is_best_at_any_price=True,
    )


#: Of a part in which nothing is left to do.
MET_ALREADY = _ended(Ended(MET))


def _ask(solutions: Sequence[tuple[float, Solution]]) -> Asked:
    """A question asked now, and after each answer what is best."""
    starts = np.unique(np.concatenate([each.stays.starts for _, each in solutions]))
    values = np.zeros(len(starts))
    later = 0.0
    for share, each in solutions:
        values += share * each.stays.at(starts)
        later += share * each.later
    return Asked(Steps(starts, values), later, 1 + max(each.worst for _, each in solutions))


def _while_it_pays(asked: Asked) -> Asked:
    """The question, where it is not asked below the price at which it costs as much as it saves."""
    starts, values = asked.stays
    gains = 1.0 - values
    saved = np.concatenate([[0.0], np.cumsum(np.diff(starts) * gains[:-1])])
    place = int(np.searchsorted(saved, 1.0, side="right")) - 1
    while gains[place] <= 0:  # saved exactly enough at the end of a stretch where something was gained
        place -= 1
    price = starts[place] + (1.0 - saved[place]) / gains[place]
    kept = starts > price
    return Asked(
        Steps(
            np.concatenate([[0.0, price], starts[kept]]),
            np.concatenate([[1.0], Steps(starts, values).at(np.array([price])), values[kept]]),
        ),
        asked.later,
        asked.worst,
    )


def _worth(playing: Asked) -> tuple[float, float]:
    """The smaller, the better: the price from which it is asked, and what is put off."""
    starts = playing.stays.starts
    return (float(starts[1]) if len(starts) > 1 else 0.0), playing.later


def _is_never_worse(one: Asked, other: Asked) -> bool:
    """Whether one costs no more than another at every price, and no more in the end with what is put off."""
    starts = np.union1d(one.stays.starts, other.stays.starts)
    differences = one.stays.at(starts) - other.stays.at(starts)
    by_price = np.concatenate([[0.0], np.cumsum(np.diff(starts) * differences[:-1])])
    return bool(by_price.max() <= _ALIKE and by_price[-1] + one.later - other.later <= _ALIKE)
