"""Invented intakes for the guidances that ship: of all degrees of completeness, and many of them nearly supported."""

from collections.abc import Iterator
from datetime import date
from random import Random

from instruments.ratings import BLANK
from screening.facts import NOT_APPLICABLE
from screening.intake import CodedIntake
from screening.ruleset import RuleSet
from tests.cases.reading import library
from tests.screening.brute_force import COUNT, Window

#: A day of the versions that hold now; the earlier ones are held by the screenings in ``frozen``.
ON = date(2026, 11, 28)
LIBRARY = library()
NAMES = LIBRARY.names()
WINDOWS: tuple[Window, ...] = (None, 6, 12, 24, 36, "ever")


def rules_of(name: str) -> RuleSet:
    return LIBRARY.bind(name, on=ON).rules


def codes_of(rules: RuleSet, name: str) -> list[int]:
    """Codes that a fact can have; of a number, those near which something changes."""
    fact = rules.describe(name)
    low, high = fact.domain()
    codes = [*range(low, min(high, 32) + 1), high]
    return [*codes, NOT_APPLICABLE] if fact.not_applicable else codes


def levels_of(rules: RuleSet, position: int) -> int:
    return len(rules.instrument.levels(rules.instrument.items[position]))


def invented_intakes(name: str, number: int) -> Iterator[CodedIntake]:
    """Intakes of all degrees of completeness, among them many that are nearly supported."""
    rules, random = rules_of(name), Random(f"{name} {number}")  # noqa: S311
    for _ in range(number):
        part_known, part_supporting = random.choice([0.3, 0.6, 0.9]), random.choice([0.0, 0.5, 0.9])
        facts = {
            fact: random.choice(SUPPORTING[fact])
            if fact in SUPPORTING and random.random() < part_supporting
            else random.choice(codes_of(rules, fact))
            for fact in rules.fact_names
            if random.random() < part_known
        }
        items = tuple(
            BLANK
            if random.random() > part_known
            else (1 if item.kind == "risk" else 0)
            if random.random() < part_supporting
            else random.randrange(levels_of(rules, position))
            for position, item in enumerate(rules.instrument.items)
        )
        yield CodedIntake(facts, items, ON, random.choice(WINDOWS) if COUNT in facts else None)


#: Codes that help an intake into most target groups.
SUPPORTING = {
    "age": [16, 22],
    "offence_count": [5],
    "gang_ties": [2],
    "recruitment_risk": [1],
    "leave_support_need": [1],
    "motivation_to_leave": [2],
    "reoffending_risk": [2],
    "coordinated_need": [1],
    "fixed_employment": [0],
    "livelihood_mainly_crime": [1],
    "socially_heavy_circumstances": [1],
}
