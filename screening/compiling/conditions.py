"""What a test asks of the codes of an intake, said once and as data.

Every form in which intakes are decided is made from it: straight-line Python for one of them
(`screening.compiling.straight_line`) and numpy for a cohort (`screening.compiling.planes`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from instruments.ratings import BLANK
from screening.facts import NOT_APPLICABLE


@dataclass(frozen=True)
class Code:
    """The code of a fact, `BLANK` where it is blank."""

    name: str
    can_be_not_applicable: bool = False

    @property
    def lowest(self) -> int:
        """The lowest code there is of it."""
        return NOT_APPLICABLE if self.can_be_not_applicable else BLANK


@dataclass(frozen=True)
class Tally:
    """How many items are rated at some level or above, the blank ones among them or not.

    Parameters
    ----------
    positions : tuple of int
        The items' places in the instrument.
    """

    positions: tuple[int, ...]
    least_code: int
    with_blanks: bool
    lowest: int = 0


@dataclass(frozen=True)
class Window:
    """The months over which the offences were counted, `OWN_RULE_MONTHS` or `EVER_MONTHS`."""

    lowest: int = 0


@dataclass(frozen=True)
class Day:
    """The reference date, as the number of the day from the year 1 on."""

    lowest: int = 1


Term = Code | Tally | Window | Day


@dataclass(frozen=True)
class Within:
    """A term lies within bounds, both included; None is no upper bound."""

    term: Term
    low: int
    high: int | None = None

    def holds_for(self, value: int) -> bool:
        """Whether a value lies within the bounds."""
        return self.low <= value and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class AllOf:
    """Every part holds; of no part at all, it does."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class AnyOf:
    """Some part holds; of no part at all, it does not."""

    parts: "tuple[Condition, ...]"


Condition = Within | AllOf | AnyOf
ALWAYS, NEVER = AllOf(()), AnyOf(())


def leaves(condition: Condition) -> Iterator[Within]:
    """Every comparison in a condition."""
    if isinstance(condition, Within):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves(part)


def simplified(condition: Condition, known: Mapping[Term, int]) -> Condition:
    """The condition with some terms known, `ALWAYS` or `NEVER` where that settles it."""
    if isinstance(condition, Within):
        if condition.term not in known:
            return condition
        return ALWAYS if condition.holds_for(known[condition.term]) else NEVER
    joined = type(condition)
    settling, idle = (NEVER, ALWAYS) if joined is AllOf else (ALWAYS, NEVER)
    parts = [simplified(part, known) for part in condition.parts]
    if settling in parts:
        return settling
    left = tuple(part for part in parts if part != idle)
    return left[0] if len(left) == 1 else joined(left)


def beyond(possibly: Condition, surely: Condition) -> Condition:
    """What is left to look at of the one where the other does not hold."""
    if possibly == surely:
        return NEVER
    if not isinstance(possibly, AnyOf):
        return possibly
    tried = surely.parts if isinstance(surely, AnyOf) else (surely,)
    left = tuple(part for part in possibly.parts if part not in tried)
    return left[0] if len(left) == 1 else AnyOf(left)
