"""How many of the values that a fact or item can have a criterion is met by, each value as good as another.

It says how questions are ordered, and nothing of any person.
"""

from datetime import date
from functools import lru_cache

from screening.criteria import ITEM_PREFIX, ItemCount, Test
from screening.facts import NOT_APPLICABLE
from screening.intake import LARGEST_CODE, CodedIntake
from screening.ruleset import RuleSet
from screening.truth import MET


def declared(rules: RuleSet, name: str, intake: CodedIntake) -> tuple[int, ...]:
    """How many declared codes each of an input's cells stands for; those of a number up to `LARGEST_CODE`."""
    cells = rules.cells(name, intake)
    if name.startswith(ITEM_PREFIX) or rules.describe(name).kind == "choice":
        return (1,) * len(cells)
    highest = rules.describe(name).domain()[1]
    if name == "offence_count" and intake.offence_window is not None and rules.offences is not None:
        highest = max(rules.offences.interval(intake, side)[1] for side in rules.offences.sides(intake))
    numbers = [code for code in cells if code != NOT_APPLICABLE]
    ends = [*numbers[1:], max(min(highest, LARGEST_CODE), numbers[-1]) + 1]
    sizes = [end - start for start, end in zip(numbers, ends, strict=True)]
    return (*sizes, *(1 for code in cells if code == NOT_APPLICABLE))


def share_that_meets(rules: RuleSet, test: Test, intake: CodedIntake) -> float:
    """The share of the declared codes of a test's input that meets it, or of each of its items that counts."""
    name = test.inputs[0]
    if isinstance(test, ItemCount):
        levels = len(rules.cells(name, intake))
        return (levels - test.least_code) / levels
    return _share(test, rules.cells(name, intake), declared(rules, name, intake))


@lru_cache(maxsize=1_024)
def _share(test: Test, cells: tuple[int, ...], numbers: tuple[int, ...]) -> float:
    met = (test.decide(CodedIntake({test.inputs[0]: code}, (), date.min)) == MET for code in cells)
    return sum(number for number, is_met in zip(numbers, met, strict=True) if is_met) / sum(numbers)
