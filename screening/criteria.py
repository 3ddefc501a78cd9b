"""The tests that criteria are made of.

A test answers exactly: unknown only where some way of filling in the blanks meets it and another does not. It declares
once when it is met in every completion and when in some, and every form in which it is decided is made from that: see
`screening.compiling.conditions`. The property tests hold each form to a brute-force reading of the definitions.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import itemgetter

from instruments.ratings import BLANK
from screening.compiling.conditions import NEVER, AllOf, AnyOf, Code, Condition, Day, Tally, Window, Within, leaves
from screening.compiling.straight_line import compile_test
from screening.facts import EVER, NOT_APPLICABLE
from screening.intake import EVER_MONTHS, CodedIntake
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

    @property
    @abstractmethod
    def surely(self) -> Condition:
        """When every way of filling in the blanks meets it."""

    @property
    @abstractmethod
    def possibly(self) -> Condition:
        """When some way of filling in the blanks meets it; wherever all do, too."""

    @cached_property
    def decide(self) -> Callable[[CodedIntake], int]:
        """Gives the truth for one intake: 0 not met, 1 unknown, 2 met."""
        return compile_test(self.surely, self.possibly)

    def cuts(self, name: str) -> tuple[int, ...]:
        """The codes of a fact at which the answer may change: each is the first of its stretch."""
        bounds = [each for part in (self.surely, self.possibly) for each in leaves(part) if _is_of(name, each)]
        firsts = {code for each in bounds for code in (each.low, None if each.high is None else each.high + 1)}
        return tuple(sorted(code for code in firsts if code is not None))


def _is_of(name: str, leaf: Within) -> bool:
    return isinstance(leaf.term, Code) and leaf.term.name == name


class OneFactTest(Test):
    """A test of one fact: it is met by the codes of some stretches."""

    name: str
    when_blank: int

    @property
    @abstractmethod
    def code(self) -> Code:
        """The fact's code."""

    @property
    @abstractmethod
    def stretches(self) -> Sequence[tuple[int, int | None]]:
        """The first and last codes that meet it; None for no last one."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name,)

    @cached_property
    def surely(self) -> Condition:
        return self._met_by_a_blank_too(self.when_blank == MET)

    @cached_property
    def possibly(self) -> Condition:
        return self._met_by_a_blank_too(self.when_blank != NOT_MET)

    def _met_by_a_blank_too(self, is_met_by_it: bool) -> Condition:
        parts = tuple(Within(self.code, *stretch) for stretch in self.stretches)
        return AnyOf((*parts, Within(self.code, BLANK, BLANK)) if is_met_by_it else parts)


@dataclass(frozen=True)
class FactIsOneOf(OneFactTest):
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
    def code(self) -> Code:
        return Code(self.name, NOT_APPLICABLE in self.domain)

    @cached_property
    def stretches(self) -> Sequence[tuple[int, int | None]]:
        firsts = sorted(code for code in self.codes if code - 1 not in self.codes)
        lasts = sorted(code for code in self.codes if code + 1 not in self.codes)
        top = max(self.domain)
        return [(first, None if last == top else last) for first, last in zip(firsts, lasts, strict=True)]


@dataclass(frozen=True)
class NumberWithin(OneFactTest):
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
    def code(self) -> Code:
        return Code(self.name, self.can_be_not_applicable)

    @cached_property
    def stretches(self) -> Sequence[tuple[int, int | None]]:
        first, top = self.domain
        if not self.wants_outside:
            return [(self.lowest, None if self.highest >= top else self.highest)]
        outside = [(NOT_APPLICABLE, NOT_APPLICABLE), (first, self.lowest - 1), (self.highest + 1, None)]
        return outside if self.can_be_not_applicable else outside[1:]


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

    @cached_property
    def surely(self) -> Condition:
        # Over a longer time than the rule's a count is a ceiling; below the age no time is longer.
        is_no_ceiling = AnyOf(
            (Within(Window(), 0, self.window_months), Within(Code("age"), 0, self.ever_below_age - 1))
        )
        return AllOf((Within(Code("offence_count"), self.least), is_no_ceiling))

    @cached_property
    def possibly(self) -> Condition:
        # Over a shorter time it is a floor; where the age is blank, by the rule of those below the age.
        is_floor_below = Within(Code("age"), BLANK, self.ever_below_age - 1), Within(Window(), 1, EVER_MONTHS - 1)
        count = Code("offence_count")
        return AnyOf(
            (
                Within(count, self.least),
                Within(count, BLANK, BLANK),
                Within(Window(), 1, self.window_months - 1),
                AllOf(is_floor_below),
            )
        )

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
    def surely(self) -> Condition:
        return self._reaches(surely=True)

    @cached_property
    def possibly(self) -> Condition:
        return self._reaches(surely=False)

    def _reaches(self, *, surely: bool) -> Condition:
        """Whether the limit is kept: by those that count alone, or with all blanks as well."""
        tally = Tally(self.positions, self.least_code, with_blanks=surely is not self.at_least)
        return Within(tally, self.limit) if self.at_least else Within(tally, 0, self.limit)

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

    def is_met_by(self, number: int) -> bool:
        """Whether it is met where so many items count."""
        return number >= self.limit if self.at_least else number <= self.limit


@dataclass(frozen=True)
class AfterDate(Test):
    """The reference date lies after a day; never, where there is no day."""

    day: date | None

    @property
    def inputs(self) -> tuple[str, ...]:
        return ()

    @property
    def surely(self) -> Condition:
        return NEVER if self.day is None else Within(Day(), self.day.toordinal() + 1)

    @property
    def possibly(self) -> Condition:
        return self.surely


@dataclass(frozen=True)
class NeverMet(Test):
    """Nothing that could meet it, such as ages outside an instrument that was not used."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return ()

    @property
    def surely(self) -> Condition:
        return NEVER

    @property
    def possibly(self) -> Condition:
        return NEVER


def combine(kind: str, truths: Sequence[int]) -> int:
    """Kleene's "all of", "any of" or "none of" for one intake."""
    if kind == "all_of":
        return min(truths, default=MET)
    strongest = max(truths, default=NOT_MET)
    return strongest if kind == "any_of" else MET - strongest
