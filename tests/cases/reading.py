"""The worked cases that ship, read and screened once for all tests."""

from functools import cache

from screening.explanation import Explanation
from screening.library import Library
from screening.worked_cases import intakes
from screening.worked_cases.reading import SHIPPED, WorkedCase, read_cases


@cache
def library() -> Library:
    """The definitions that ship, read once."""
    return Library()


@cache
def all_cases() -> tuple[WorkedCase, ...]:
    """Every base and case of every file, in order."""
    return tuple(case for path in sorted(SHIPPED.glob("*.yaml")) for case in read_cases([path]))


def id_of(case: WorkedCase) -> str:
    """The name under which pytest lists the case."""
    return f"{case.file}: {case.name}".translate(str.maketrans("åäöÅÄÖé", "aaoAAOe"))


def screen(case: WorkedCase) -> Explanation:
    """Screen a case as the service would."""
    return intakes.screen(case, library())


def find_case(file: str, name: str) -> WorkedCase:
    """One base or case by its file and name."""
    (worked,) = (case for case in all_cases() if (case.file, case.name) == (file, name))
    return worked


@cache
def answered() -> tuple[tuple[WorkedCase, Explanation], ...]:
    """Every case that is answered, with its explanation."""
    return tuple((case, screen(case)) for case in all_cases() if "fault" not in case.expect)
