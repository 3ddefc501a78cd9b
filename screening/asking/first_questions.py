"""What it costs to ask a question first, over all parts of a matter together; see `screening.asking.strategy`."""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from screening.asking import strategy
from screening.asking.positions import Key, Position
from screening.asking.strategy import DIGITS, NEVER, Numbers, Solution, TooManyStatesError
from screening.truth import NOT_MET


def mean_numbers(parts: Sequence[Sequence[Solution]], rows: Sequence[NDArray[np.intp]]) -> list[dict[Key, Numbers]]:
    """The mean number of answers when a question is asked first and then what is best, for many matters at once.

    Parameters
    ----------
    parts : for every part, its different solutions
        Each is best at any price.
    rows : for every part, int array, shape (n,)
        Which solution each of n matters has. None of them has ended as not met.

    Returns
    -------
    list of dict
        For every part, by question: the means, shape (n,). Where a matter does not have the question they are `inf`.
    """
    functions = [each.stays for part in parts for each in part]
    functions += [asked.stays for part in parts for each in part for asked in each.asked.values()]
    prices = np.unique(np.concatenate([each.starts for each in functions]))
    lengths = np.diff(prices)
    stays = [np.stack([each.stays.at(prices) for each in part])[row] for part, row in zip(parts, rows, strict=True)]
    later = [np.array([each.later for each in part])[row] for part, row in zip(parts, rows, strict=True)]
    means: list[dict[Key, Numbers]] = []
    for place, (part, row) in enumerate(zip(parts, rows, strict=True)):
        others = [each for other, each in enumerate(stays) if other != place]
        together = reduce(np.multiply, others, np.ones((1, 1)))
        put_off = _put_off(others, [each for other, each in enumerate(later) if other != place])
        at_end = together[:, -1]
        by_question: dict[Key, Numbers] = {}
        for key in dict.fromkeys(key for each in part for key in each.asked):
            asked = [each.asked.get(key, NEVER) for each in part]
            values = np.stack([each.stays.at(prices) for each in asked])[row]
            afterwards = np.array([each.later for each in asked])[row]
            played = ((together * values)[:, :-1] - (at_end * values[:, -1])[:, None]) @ lengths
            by_question[key] = 1 + played + afterwards * at_end + values[:, -1] * put_off
        means.append(by_question)
    return means


def _put_off(stays: Sequence[Numbers], later: Sequence[Numbers]) -> Numbers:
    """Mean number of questions that several parts put off to the end."""
    total = np.zeros(1)
    for place, questions in enumerate(later):
        if questions.any():
            others = [each[:, -1] for other, each in enumerate(stays) if other != place]
            total = total + reduce(np.multiply, others, questions)
    return total


class Cost(NamedTuple):
    """The most answers that a strategy takes, and its mean."""

    worst: int
    mean: float


class JointSearch:
    """Tries every state of several parts together."""

    def __init__(self) -> None:
        self._known: dict[tuple[Position, ...], Cost] = {}

    def costs(self, parts: tuple[Position, ...]) -> dict[tuple[int, Key], Cost]:
        """By part and question, what it costs to ask it first and then what is best.

        Raises
        ------
        TooManyStatesError
        """
        costs = {}
        for place, part in enumerate(parts):
            for key, answers in part.moves.items():
                after = [
                    (each.share, self._best((*parts[:place], each.after, *parts[place + 1 :])))
                    for each in answers.values()
                ]
                mean = sum(share * cost.mean for share, cost in after)
                costs[place, key] = Cost(1 + max(cost.worst for _, cost in after), 1 + mean)
        return costs

    def _best(self, parts: tuple[Position, ...]) -> Cost:
        if any(part.end == NOT_MET for part in parts):
            return Cost(0, 0.0)
        parts = tuple(part for part in parts if part.end is None)
        if not parts:
            return Cost(0, 0.0)
        if parts not in self._known:
            if len(self._known) >= strategy.MOST_STATES:
                raise TooManyStatesError
            self._known[parts] = min(self.costs(parts).values(), key=rank)
        return self._known[parts]


def rank(cost: Cost) -> tuple[int, float]:
    """What questions are ordered by."""
    return cost.worst, round(cost.mean, DIGITS)


def rounded(means: Numbers) -> Numbers:
    """Means with those that are alike made equal, as `rank` does."""
    return np.round(means, DIGITS)
