"""What two ratings of the same case make of it: how often the recommendation turns, and by what.

An outcome *turns* where by one rating the material supports considering an offer, and by the other it does not match
the target group. It *opens* where one of the two settles it and the other needs more information.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX
from screening.evaluation import decide_columns
from screening.intake import CodedIntake, Codes, Columns
from screening.reliability.pairs import Places, RatingPairs
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: How far apart, as codes of `screening.truth`, two outcomes are that turn or open one another.
_TURNED, _OPENED = MET - NOT_MET, 1


@dataclass(frozen=True)
class TruthPairs:
    """What two ratings of the same case make of one node: of the outcome, or of a criterion.

    Parameters
    ----------
    one, other : int8 array, shape (pairs,)
        The truth by the first and by the second rating of each pair.
    persons : int array, shape (pairs,)
        A number for each person, from 0.
    """

    one: Codes
    other: Codes
    persons: Places

    @property
    def number_of_persons(self) -> int:
        """How many persons the pairs are of."""
        return int(self.persons.max()) + 1

    @property
    def turned(self) -> Mask:
        """The pairs in which it is met by the one and not met by the other."""
        return turns(self.one, self.other)

    @property
    def opened(self) -> Mask:
        """The pairs in which one of the two settles it and the other does not."""
        return np.asarray(np.abs(self.one - self.other) == _OPENED)

    @property
    def table(self) -> NDArray[np.int64]:
        """Pairs by the truth of the first and of the second rating, shape (3, 3)."""
        return np.bincount(self.one.astype(np.int64) * 3 + self.other, minlength=9).reshape(3, 3)


@dataclass(frozen=True)
class DecidedPairs:
    """Pairs of ratings as one guidance decides them.

    Parameters
    ----------
    first, second : Columns
        The two ratings of each pair as the guidance sees them.
    truths, other_truths : int8 array, shape (nodes, pairs)
        What each of the two comes to.
    persons : int array, shape (pairs,)
    """

    rules: RuleSet
    first: Columns
    second: Columns
    truths: Codes
    other_truths: Codes
    persons: Places

    @classmethod
    def of(cls, rules: RuleSet, pairs: RatingPairs) -> "DecidedPairs":
        """Decide both ratings of every pair."""
        return cls._of(rules, pairs.first.columns(rules), pairs.second.columns(rules), pairs.persons)

    @classmethod
    def of_intakes(cls, rules: RuleSet, first: CodedIntake, second: CodedIntake) -> "DecidedPairs":
        """Decide both ratings of a single pair."""
        return cls._of(rules, first.as_columns(), second.as_columns(), np.zeros(1, dtype=np.intp))

    @classmethod
    def _of(cls, rules: RuleSet, first: Columns, second: Columns, persons: Places) -> "DecidedPairs":
        truths, other_truths = (decide_columns(rules, side, rules.decision) for side in (first, second))
        return cls(rules, first, second, truths, other_truths, persons)

    @cached_property
    def outcomes(self) -> TruthPairs:
        """The outcomes."""
        return self._truths_of(self.rules.nodes[self.rules.outcome])

    @property
    def criteria(self) -> Mapping[str, TruthPairs]:
        """The status of every criterion."""
        return {node.name: self._truths_of(node) for node in self.rules.criteria}

    def _truths_of(self, node: Node) -> TruthPairs:
        return TruthPairs(self.truths[node.position], self.other_truths[node.position], self.persons)

    def shares_of_inputs(self) -> Mapping[str, Floats]:
        """By item, and by the summary rating where it is tested: the part of each turn that vanishes without it.

        A turn vanishes by an item if the outcome no longer turns when the two agree on that item alone. There are two
        ways to agree, at the one's level and at the other's; the part is how many of the two take the turn away.
        The parts of a turn need not sum to one: a turn may hang on several items at once, or on any of several.

        Returns
        -------
        Mapping of str to float64 array, shape (turned pairs,)
            0, 0.5 or 1.
        """
        places = np.flatnonzero(self.outcomes.turned)
        first, second = _taken(self.first, places), _taken(self.second, places)
        outcomes, other_outcomes = self.outcomes.one[places], self.outcomes.other[places]
        shares = {}
        for name in self.rules.inputs:
            if not (name.startswith(ITEM_PREFIX) or name == SUMMARY_RATING):
                continue
            vanished = np.zeros(len(places))
            if (self.rules.column(name, first) != self.rules.column(name, second)).any():
                for changed, by, held in ((second, first, outcomes), (first, second, other_outcomes)):
                    agreed = decide_columns(self.rules, _agreeing(self.rules, name, changed, by), self.rules.decision)
                    vanished += ~turns(held, agreed[self.rules.outcome])
            shares[name] = vanished / 2
        return shares


def turns(one: Codes, other: Codes) -> Mask:
    """Where two truths are met and not met."""
    return np.asarray(np.abs(one - other) == _TURNED)


def share_of_each_person(held: Mask, persons: Places) -> Floats:
    """The share of each person's pairs for which something holds, so that each person counts once."""
    return np.bincount(persons, weights=held) / np.bincount(persons)


@dataclass(frozen=True)
class Chance:
    """How often outcomes would turn if the two ratings were of different persons.

    Parameters
    ----------
    turned, supports, refuses : float64 array, shape (persons,)
        Of each person, the share of pairs that turn, of ratings that support an offer, and of those that say that the
        person is not of the target group.
    """

    turned: Floats
    supports: Floats
    refuses: Floats

    @classmethod
    def of(cls, pairs: TruthPairs) -> "Chance":
        """The shares of each person."""
        persons = np.concatenate([pairs.persons, pairs.persons])
        outcomes = np.concatenate([pairs.one, pairs.other])
        return cls(
            share_of_each_person(pairs.turned, pairs.persons),
            share_of_each_person(outcomes == MET, persons),
            share_of_each_person(outcomes == NOT_MET, persons),
        )

    @property
    def expected(self) -> float:
        """The share that would turn between ratings of two different persons, over every pair of persons."""
        n = len(self.turned)
        if n < 2:
            return 0.0
        together = float(self.supports @ self.refuses)
        return 2 * (float(self.supports.sum() * self.refuses.sum()) - together) / (n * (n - 1))

    @property
    def beyond(self) -> float | None:
        """One less the share that turns, in parts of what would turn by chance: 1 never, 0 as often as by chance.

        None where nothing would turn by chance either.
        """
        expected = self.expected
        return 1 - float(self.turned.mean()) / expected if expected > 0 else None

    def without_each(self) -> Floats:
        """`beyond` without each of the persons, shape (persons,); NaN where nothing would turn by chance then."""
        n = len(self.turned) - 1
        supports, refuses = self.supports.sum() - self.supports, self.refuses.sum() - self.refuses
        together = float(self.supports @ self.refuses) - self.supports * self.refuses
        turned = (self.turned.sum() - self.turned) / n
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = 2 * (supports * refuses - together) / (n * (n - 1))
            return np.where(expected > 0, 1 - turned / expected, np.nan)


def _taken(columns: Columns, places: Places) -> Columns:
    return Columns(
        {name: codes[places] for name, codes in columns.facts.items()},
        columns.items[:, places],
        columns.on,
        None if columns.offence_window is None else columns.offence_window[places],
    )


def _agreeing(rules: RuleSet, name: str, changed: Columns, by: Columns) -> Columns:
    """One side's columns with the other side's codes of one item or of the summary rating."""
    if name == SUMMARY_RATING:
        return replace(changed, facts={**changed.facts, name: rules.column(name, by)})
    items = changed.items.copy()
    items[rules.instrument.positions[name.removeprefix(ITEM_PREFIX)]] = rules.column(name, by)
    return replace(changed, items=items)
