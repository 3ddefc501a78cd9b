"""The tests that criteria are made of, each for one intake and for a cohort.

A test answers exactly: unknown only where some way of filling in the blanks meets it and another does not. Both forms
of a test stand side by side because numpy costs a microsecond a call, fifty times a comparison of two integers; the
property tests hold them equal.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.facts import EVER
from screening.intake import EVER_MONTHS, LARGEST_CODE, OWN_RULE_MONTHS, CodedIntake, Codes, Columns
from screening.truth import MET, NOT_MET, UNKNOWN

ITEM_PREFIX = "item."
#: How well established an offence is, the least first. Each takes in those after it.
STANDINGS = ("suspected", "admitted", "convicted")


class Test(ABC):
    """A leaf of the criterion tree."""

    __test__ = False  # it is not one of pytest's

    @property
    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """The facts, and items as ``item.<id>``, that the answer depends on."""

    @abstractmethod
    def decide(self, intake: CodedIntake) -> int:
        """The truth for one intake: 0 not met, 1 unknown, 2 met."""

    @abstractmethod
    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        """Write the truth for every row of a cohort into ``truths``, shape (n,)."""

    def cuts(self, name: str) -> tuple[int, ...]:
        """The codes of a number at which the answer may change: each is the first of its stretch."""
        return ()


def _write_planes(surely: NDArray[np.bool_], possibly: NDArray[np.bool_], truths: Codes) -> None:
    """Write truth from two planes: met in every completion, and met in some."""
    np.add(surely.view(np.int8), possibly.view(np.int8), out=truths)


def _write_at_least(codes: Codes, least: int, truths: Codes) -> None:
    """Write whether a code is at least so high, where a blank can be anything.

    As an unsigned number a blank lies above every code, so one comparison finds what is possible.
    """
    np.greater_equal(codes, least, out=truths.view(np.bool_))
    truths += (codes.view(np.uint8) >= least).view(np.int8)


def _write_known(known: NDArray[np.bool_], codes: Codes, when_blank: int, truths: Codes) -> None:
    """Write met where ``known``, ``when_blank`` where the code is blank, and not met elsewhere."""
    np.add(known.view(np.int8), known.view(np.int8), out=truths)
    if when_blank != NOT_MET:
        blank = (codes == BLANK).view(np.int8)
        truths += blank if when_blank == UNKNOWN else blank * np.int8(MET)


@dataclass(frozen=True)
class FactIsOneOf(Test):
    """A choice has one of some values.

    Parameters
    ----------
    codes : frozenset of int
        The codes that meet the test.
    domain : tuple of int
        Every code that the fact can have, `NOT_APPLICABLE` included where it is legal.
    """

    name: str
    codes: frozenset[int]
    domain: tuple[int, ...]
    when_blank: int = field(init=False)

    def __post_init__(self) -> None:
        hits = self.codes.intersection(self.domain)
        when_blank = UNKNOWN if hits and len(hits) < len(self.domain) else MET if hits else NOT_MET
        object.__setattr__(self, "when_blank", when_blank)

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name,)

    def decide(self, intake: CodedIntake) -> int:
        code = intake.facts.get(self.name, BLANK)
        if code == BLANK:
            return self.when_blank
        return MET if code in self.codes else NOT_MET

    @cached_property
    def is_upper_stretch(self) -> bool:
        """Whether the test is met from some code on, so that one comparison decides it."""
        first = min(self.codes, default=0)
        return first > 0 and min(self.domain) == 0 and self.codes == {code for code in self.domain if code >= first}

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        codes = columns.facts.get(self.name)
        if codes is None:
            truths.fill(self.when_blank)
        elif self.is_upper_stretch:
            _write_at_least(codes, min(self.codes), truths)
        else:
            known = np.zeros(len(columns), dtype=np.bool_)
            for code in self.codes:
                known |= codes == code
            _write_known(known, codes, self.when_blank, truths)


@dataclass(frozen=True)
class NumberWithin(Test):
    """A whole number lies within bounds, both included; a question that does not apply lies outside.

    Parameters
    ----------
    lowest, highest : int
        The bounds. One that lies beyond the fact's range does not limit; ``lowest`` is then the fact's own.
    domain : tuple of two ints
        The smallest and largest number that the fact can have.
    wants_outside : bool
        Whether the test is met outside the bounds instead.
    """

    name: str
    lowest: int
    highest: int
    domain: tuple[int, int]
    can_be_not_applicable: bool = False
    wants_outside: bool = False
    when_blank: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lowest", max(self.lowest, self.domain[0]))
        low, high = self.lowest, min(self.highest, self.domain[1])
        is_certain = (low, high) == self.domain and not self.can_be_not_applicable
        within = NOT_MET if low > high else MET if is_certain else UNKNOWN
        object.__setattr__(self, "when_blank", MET - within if self.wants_outside else within)

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name,)

    def decide(self, intake: CodedIntake) -> int:
        code = intake.facts.get(self.name, BLANK)
        if code == BLANK:
            return self.when_blank
        is_within = self.lowest <= code <= self.highest
        return MET if is_within is not self.wants_outside else NOT_MET

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        codes = columns.facts.get(self.name)
        if codes is None:
            truths.fill(self.when_blank)
            return
        known = codes >= self.lowest
        known &= codes <= min(self.highest, LARGEST_CODE)
        if self.wants_outside:
            known = ~known & (codes != BLANK)
        _write_known(known, codes, self.when_blank, truths)

    def cuts(self, name: str) -> tuple[int, ...]:
        return (self.lowest, self.highest + 1)


@dataclass(frozen=True)
class OffencesAtLeast(Test):
    """At least so many offences, counted over a window, or over the whole life below an age.

    A count over a shorter window than the rule's is a floor; over a longer one, a ceiling.

    Parameters
    ----------
    least : int
        Offences needed.
    window_months : int
        The rule's window from ``ever_below_age`` on.
    ever_below_age : int
        Completed years below which the rule counts over the whole life.
    largest : int
        The largest count that the fact can have.
    counted : str or None
        From which of `STANDINGS` an offence counts; None where the rule does not tell them apart, and all count.
        The codes hold the offences that count: see `count_by_standing`.
    """

    least: int
    window_months: int
    ever_below_age: int
    largest: int
    counted: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        return ("offence_count", "age")

    def interval(self, intake: CodedIntake, is_below_age: bool) -> tuple[int, int]:
        """Smallest and largest count, by the rule, that agrees with what is recorded."""
        count = intake.facts.get("offence_count", BLANK)
        if count == BLANK:
            return 0, self.largest
        window = intake.offence_window
        rule_months = EVER_MONTHS if is_below_age else self.window_months
        months = EVER_MONTHS if window == EVER else window
        if months is None or months == rule_months:
            return count, count
        return (count, self.largest) if int(months) < rule_months else (0, count)

    def sides(self, intake: CodedIntake) -> tuple[bool, ...]:
        """Whether the young person is below the age: one answer, or both where the age is blank."""
        age = intake.facts.get("age", BLANK)
        return (age < self.ever_below_age,) if age != BLANK else (True, False)

    def decide(self, intake: CodedIntake) -> int:
        if intake.offence_window is None:  # by the rule itself, so the age does not matter
            count = intake.facts.get("offence_count", BLANK)
            return UNKNOWN if count == BLANK else MET if count >= self.least else NOT_MET
        answers = {self._decide_interval(*self.interval(intake, side)) for side in self.sides(intake)}
        return answers.pop() if len(answers) == 1 else UNKNOWN

    def _decide_interval(self, low: int, high: int) -> int:
        return MET if low >= self.least else NOT_MET if high < self.least else UNKNOWN

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        codes = columns.facts.get("offence_count")
        if codes is None:
            truths.fill(UNKNOWN)
            return
        if columns.offence_window is None:
            _write_at_least(codes, self.least, truths)
            return
        enough = codes >= self.least
        ages = columns.facts.get("age")
        age = np.full(len(columns), BLANK, np.int8) if ages is None else ages
        below = self._decide_rule(codes, enough, columns.offence_window, EVER_MONTHS)
        from_age = self._decide_rule(codes, enough, columns.offence_window, self.window_months)
        either = np.where(below == from_age, below, np.int8(UNKNOWN))
        truths[:] = np.where(age == BLANK, either, np.where(age < self.ever_below_age, below, from_age))

    def _decide_rule(
        self, codes: Codes, enough: NDArray[np.bool_], window: NDArray[np.int16], rule_months: int
    ) -> Codes:
        by_rule = (window == OWN_RULE_MONTHS) | (window == rule_months)
        is_floor = (window < rule_months) & ~by_rule
        is_ceiling = (window > rule_months) & ~by_rule
        known = codes != BLANK
        surely = known & enough & ~is_ceiling
        possibly = ~known | enough | is_floor
        truth: Codes = surely.view(np.int8) + possibly.view(np.int8)
        return truth

    def cuts(self, name: str) -> tuple[int, ...]:
        return (self.ever_below_age,) if name == "age" else (self.least,)


def count_by_standing(
    total: int, admitted: int | None, convicted: int | None, test: OffencesAtLeast, *, is_by_own_rule: bool
) -> int:
    """The number of offences that count for a test, or `BLANK` where what is told leaves open whether it is reached.

    Parameters
    ----------
    total : int
        All offences, suspected ones among them.
    admitted, convicted : int or None
        How many of them were admitted without a conviction, and how many led to one; None where that is not told.
    is_by_own_rule : bool
        Whether the number was given as counted by the guidance's own rule, so that it is what counts.

    Returns
    -------
    int
        Where only bounds are known, one of them: either both bounds reach the threshold or neither does, and then
        every count between them gives the same answer.
    """
    if test.counted in (None, STANDINGS[0]) or (is_by_own_rule and admitted is None and convicted is None):
        return total
    counted = [convicted] if test.counted == "convicted" else [convicted, admitted]
    fewest = sum(number for number in counted if number is not None)
    if None not in counted:
        return fewest
    most = total - (admitted or 0) if test.counted == "convicted" else total
    return fewest if fewest >= test.least else most if most < test.least else BLANK


@dataclass(frozen=True)
class ItemCount(Test):
    """A count of the items rated at some level or above, over all items of the set.

    Parameters
    ----------
    names : tuple of str
        The items' ids.
    positions : tuple of int
        Their places in the instrument.
    least_code : int
        The level from which an item counts.
    limit : int
        The number that the count is held against.
    at_least : bool
        True for "at least ``limit``", False for "at most ``limit``".
    largest_code : int
        The highest level of these items.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    least_code: int
    limit: int
    at_least: bool
    largest_code: int

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return tuple(ITEM_PREFIX + name for name in self.names)

    @cached_property
    def select(self) -> Callable[[Sequence[int]], tuple[int, ...]]:
        """Picks the codes of these items out of all."""
        pick = itemgetter(*self.positions)
        return pick if len(self.positions) > 1 else lambda items: (pick(items),)

    def count(self, intake: CodedIntake) -> tuple[int, int]:
        """How many items count, and how many are blank."""
        least = self.least_code
        counted = blank = 0
        for code in self.select(intake.items):
            if code >= least:
                counted += 1
            elif code < 0:
                blank += 1
        return counted, blank

    def decide(self, intake: CodedIntake) -> int:
        counted, blank = self.count(intake)
        return self.decide_counts(counted, counted + blank)

    def decide_counts(self, fewest: int, most: int) -> int:
        """The truth when the count lies between two numbers, both reachable."""
        if self.at_least:
            return MET if fewest >= self.limit else NOT_MET if most < self.limit else UNKNOWN
        return MET if most <= self.limit else NOT_MET if fewest > self.limit else UNKNOWN

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        # As an unsigned number a blank lies above every level, so one comparison takes in both.
        unsigned = columns.items.view(np.uint8)
        first, *others = self.positions
        fewest = (columns.items[first] >= self.least_code).view(np.int8)
        most = (unsigned[first] >= self.least_code).view(np.int8)
        counts = np.empty(len(columns), dtype=np.bool_)
        ones = counts.view(np.int8)
        for position in others:
            np.greater_equal(columns.items[position], self.least_code, out=counts)
            np.add(fewest, ones, out=fewest)
            np.greater_equal(unsigned[position], self.least_code, out=counts)
            np.add(most, ones, out=most)
        if self.at_least:
            _write_planes(fewest >= self.limit, most >= self.limit, truths)
        else:
            _write_planes(most <= self.limit, fewest <= self.limit, truths)


@dataclass(frozen=True)
class AfterDate(Test):
    """The reference date lies after a day; never, where there is no day."""

    day: date | None

    @property
    def inputs(self) -> tuple[str, ...]:
        return ()

    def decide(self, intake: CodedIntake) -> int:
        return MET if self.day is not None and intake.on > self.day else NOT_MET

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        truths.fill(MET if self.day is not None and columns.on > self.day else NOT_MET)


@dataclass(frozen=True)
class NeverMet(Test):
    """Nothing that could meet it, such as ages outside an instrument that was not used."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return ()

    def decide(self, intake: CodedIntake) -> int:
        return NOT_MET

    def decide_columns(self, columns: Columns, truths: Codes) -> None:
        truths.fill(NOT_MET)


def combine(kind: str, truths: Sequence[int]) -> int:
    """Kleene's "all of", "any of" or "none of" for one intake."""
    if kind == "all_of":
        return min(truths, default=MET)
    strongest = max(truths, default=NOT_MET)
    return strongest if kind == "any_of" else MET - strongest


def combine_columns(kind: str, below: Sequence[Codes], truths: Codes) -> None:
    """Write Kleene's "all of", "any of" or "none of" for every row into ``truths``, shape (n,)."""
    choose = np.minimum if kind == "all_of" else np.maximum
    truths[:] = below[0] if below else combine(kind, ())
    for truth in below[1:]:
        choose(truths, truth, out=truths)
    if below and kind == "none_of":
        np.subtract(np.int8(MET), truths, out=truths)
