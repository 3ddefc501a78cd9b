"""The smallest changes to what is known that would give another outcome (architecture 3.7)."""

from collections.abc import Iterator
from itertools import chain, combinations, product
from unittest.mock import patch

import pytest

from instruments.ratings import BLANK
from screening import changes
from screening.changes import SmallestChange, find_smallest_changes
from screening.evaluation import decide
from screening.intake import CodedIntake
from screening.ruleset import RuleSet
from screening.truth import UNKNOWN, WORDS
from tests.screening.brute_force import AGE, OUTCOME, Change, Known
from tests.screening.shipped import NAMES, codes_of, invented_intakes, levels_of, rules_of
from tests.screening.strategies import Case, in_codes, on_small_intakes, value_of

#: More would be read by nobody.
MOST_TOLD = 5


def changes_of(case: Case, known: Known) -> list[SmallestChange]:
    intake = in_codes(known, case)
    return find_smallest_changes(case.rules, intake, decide(case.rules, intake)[case.rules.outcome])


def spelled_out(each: SmallestChange, case: Case) -> set[Change]:
    """Every change of values that an entry with "any k of" and "to any of" stands for."""
    ways = []
    for part in each.changes:
        told = {name: [value_of(name, code, case) for code in part.to] for name in part.of}
        values = {
            name: [(name, v) for v in case.brute.domain(name) if case.brute.first_of_stretch(name, v) in told[name]]
            for name in part.of
        }
        ways.append(
            [way for names in combinations(part.of, part.number) for way in product(*(values[n] for n in names))]
        )
    return {frozenset(chain.from_iterable(way)) for way in product(*ways)}


@on_small_intakes(guidances=80, part_known=0.7)
def test_the_smallest_changes_are_all_that_give_another_outcome(case: Case, known: Known) -> None:
    with patch.object(changes, "MOST_CHANGES", 10_000):
        smallest = changes_of(case, known)
    expected = case.brute.smallest_changes(known)
    assert set().union(*(spelled_out(each, case) for each in smallest)) == expected
    assert (smallest == []) == (expected == set())
    assert changes_of(case, known) == smallest[:MOST_TOLD]
    named = {name for each in smallest for part in each.changes for name in part.of}
    assert named <= set(known.values) - {AGE}, "the age is never changed and nothing blank is filled"


@on_small_intakes(guidances=80, part_known=0.7)
def test_the_outcome_told_for_a_change_is_another_one_that_it_gives(case: Case, known: Known) -> None:
    before = case.brute.status(OUTCOME, known)
    for each in changes_of(case, known):
        gives = {case.brute.status(OUTCOME, changed(known, change)) for change in spelled_out(each, case)}
        assert WORDS[each.outcome] in gives
        assert before not in gives


def changed(known: Known, change: Change) -> Known:
    for name, value in change:
        known = known.told(name, value)
    return known


@pytest.mark.parametrize("guidance", NAMES)
def test_under_what_ships_single_changes_are_told_exactly_where_one_is_enough(guidance: str) -> None:
    rules = rules_of(guidance)
    for intake in invented_intakes(guidance, 12):
        truth = decide(rules, intake)[rules.outcome]
        if truth == UNKNOWN:
            continue
        with patch.object(changes, "MOST_CHANGES", 10_000):
            smallest = find_smallest_changes(rules, intake, truth)
        told = [each.changes[0] for each in smallest if sum(change.number for change in each.changes) == 1]
        ways = single_changes(rules, intake)
        expected = {name for name, after in ways if decide(rules, after)[rules.outcome] != truth}
        assert {name for change in told for name in change.of} == expected
        assert not told or len(told) == len(smallest), "where one change is enough, none of two is told"


def single_changes(rules: RuleSet, intake: CodedIntake) -> Iterator[tuple[str, CodedIntake]]:
    """Every change of one known input but the age, with what it gives."""
    for fact, code in intake.facts.items():
        if fact != AGE:
            for other in codes_of(rules, fact):
                if other != code:
                    yield fact, intake.with_fact(fact, other)
    for position, item in enumerate(rules.instrument.items):
        if intake.items[position] != BLANK:
            for level in range(levels_of(rules, position)):
                yield f"item.{item.id}", intake.with_item(position, level)
