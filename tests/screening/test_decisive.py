"""What a settled outcome rests on: the smallest sets of known inputs that alone give it (architecture 3.7)."""

from collections.abc import Iterator
from itertools import chain, combinations, product

import pytest

from instruments.ratings import BLANK
from screening.decisive import AnyOf, DecisiveSet, decisive_inputs, decisive_nodes, find_decisive_sets
from screening.evaluation import decide
from screening.intake import CodedIntake
from screening.rules import Criterion
from screening.ruleset import RuleSet
from screening.truth import UNKNOWN
from tests.screening.brute_force import COUNT, OUTCOME, Known
from tests.screening.shipped import NAMES, invented_intakes, rules_of
from tests.screening.strategies import TEXT, Case, Parameters, case_of, in_codes, invented_instrument, on_small_intakes

#: The engine tries every part of the inputs used twice, which takes seconds where nearly all of them are.
MOST_SHARED = 4


def sets_of(case: Case, known: Known) -> tuple[DecisiveSet, ...]:
    intake = in_codes(known, case)
    return find_decisive_sets(case.rules, intake, decide(case.rules, intake)[case.rules.outcome])


def spelled_out(each: DecisiveSet) -> set[frozenset[str]]:
    """Every set of inputs that a set with "any k of" stands for."""
    ways = product(*(combinations(part.of, part.number) for part in each))
    return {frozenset(chain.from_iterable(way)) for way in ways}


@on_small_intakes(guidances=120, part_known=0.8)
def test_decisive_sets_are_the_smallest_that_give_the_outcome_alone(case: Case, known: Known) -> None:
    shared = case.rules.nodes[case.rules.outcome].shared
    if case.brute.status(OUTCOME, known) == "unknown" or len(shared) > MOST_SHARED:
        return
    sets = sets_of(case, known)
    expected = case.brute.decisive_sets(known)
    ways = [spelled_out(each) for each in sets]
    assert set().union(*ways) == expected
    assert sum(map(len, ways)) == len(expected), "a set is told twice"
    assert decisive_inputs(sets) == set().union(*expected)


def test_of_the_same_items_a_set_asks_only_for_as_many_as_are_needed() -> None:
    # Not met by the age alone, or by the two risk items above low: too many for the second count whatever the own
    # behaviour is. A third item is never needed, although it is counted twice.
    made = Parameters()
    made.add("whole_number", 1, [0, 9], "one")
    made.add("whole_number", 0, [0, 9], "zero")
    counts = [
        {"items_at_most": {"kind": "risk", "own_behaviour": own, "least": "moderate", "threshold": "one"}}
        for own in (True, False)
    ]
    too_old = {"at_most": {"fact": "age", "threshold": "zero"}}
    criteria = [
        {"id": f"c{number}", "required": True, "title": TEXT, "rule": rule}
        for number, rule in enumerate([*counts, too_old, too_old])
    ]
    case = case_of(criteria, made.rows, invented_instrument((True, False, False), 1, (0, 4)))
    known = Known({"item.risk_1": "low", "item.risk_2": "moderate", "item.risk_3": "moderate", "age": 1})
    expected = {frozenset({"age"}), frozenset({"item.risk_2", "item.risk_3"})}
    assert set().union(*map(spelled_out, sets_of(case, known))) == expected == case.brute.decisive_sets(known)


def test_an_item_that_is_needed_anyway_counts_once_among_those_that_a_count_needs() -> None:
    # One of own behaviour, which a criterion of its own asks for, and any two of the three others.
    made = Parameters()
    for name, value in {"one": 1, "three": 3}.items():
        made.add("whole_number", value, [0, 9], name)
    of_own_behaviour = {"kind": "risk", "own_behaviour": True, "least": "moderate", "threshold": "one"}
    counts = [of_own_behaviour, {"kind": "risk", "least": "moderate", "threshold": "three"}]
    criteria = [
        {"id": f"c{number}", "required": True, "title": TEXT, "rule": {"items_at_least": counted}}
        for number, counted in enumerate(counts)
    ]
    case = case_of(criteria, made.rows, invented_instrument((True, False, False, False), 1, (0, 4)))
    known = Known({f"item.risk_{number}": "moderate" for number in (1, 2, 3, 4)})
    others = [f"item.risk_{number}" for number in (2, 3, 4)]
    expected = {frozenset({"item.risk_1", *two}) for two in combinations(others, 2)}
    assert set().union(*map(spelled_out, sets_of(case, known))) == expected == case.brute.decisive_sets(known)


@on_small_intakes(guidances=120, part_known=0.8)
def test_decisive_criteria_are_those_that_pass_the_sets_on_to_the_outcome(case: Case, known: Known) -> None:
    outcome = case.brute.status(OUTCOME, known)
    if outcome == "unknown" or case.rules.nodes[case.rules.outcome].shared:
        return  # where an input is used twice a set may settle the criteria only together; the worked cases show it
    expected = {
        name
        for kept in case.brute.decisive_sets(known)
        for criterion in case.brute.required
        for name in passing_on(case, criterion, outcome, known.only(kept))
    }
    positions = decisive_nodes(case.rules, in_codes(known, case), sets_of(case, known))
    assert {case.rules.nodes[position].name for position in positions} == expected


def test_of_criteria_that_a_set_settles_only_together_those_are_decisive_that_use_an_input_of_it() -> None:
    """Young or a stated wish, and old or a stated wish: no wish is enough, and which of the two fails the age tells."""
    made = Parameters()
    made.add("whole_number", 1, [0, 9], "one")
    made.add("whole_number", 2, [0, 9], "two")
    wish = {"is_one_of": {"fact": "wish", "values": ["stated"]}}
    ages = {
        "young": {"at_most": {"fact": "age", "threshold": "one"}},
        "old": {"at_least": {"fact": "age", "threshold": "two"}},
    }
    threat = {"is_one_of": {"fact": "threat", "values": ["yes"]}}
    either = {
        name: {
            "any_of": [
                {"id": f"{name}_age", "title": TEXT, "rule": age},
                {"id": f"{name}_wish", "title": TEXT, "rule": wish},
            ]
        }
        for name, age in ages.items()
    }
    criteria = [
        {"id": name, "required": True, "title": TEXT, "rule": rule}
        for name, rule in {**either, "threat": threat}.items()
    ]
    case = case_of(criteria, made.rows, invented_instrument((True,), 1, (0, 4)))
    intake = in_codes(Known({"age": 1, "wish": "none", "threat": "no"}), case)
    by_wish, by_threat = frozenset({AnyOf(1, ("wish",))}), frozenset({AnyOf(1, ("threat",))})
    assert set(sets_of(case, Known({"age": 1, "wish": "none", "threat": "no"}))) == {by_wish, by_threat}

    def decisive(*sets: DecisiveSet) -> set[str]:
        return {case.rules.nodes[position].name for position in decisive_nodes(case.rules, intake, sets)}

    assert decisive(by_wish) == {"old", "old_age", "old_wish"}
    assert decisive(by_threat) == {"threat"}


def passing_on(case: Case, criterion: Criterion, wanted: str, known: Known) -> Iterator[str]:
    """The criteria with the truth that the outcome needs of them, as far as all above them have theirs."""
    if case.brute.status(criterion.id, known) == wanted:
        yield criterion.id
        below = wanted if not criterion.rule.none_of else {"met": "not_met", "not_met": "met"}[wanted]
        for child in criterion.rule.children:
            yield from passing_on(case, child, below, known)


@pytest.mark.parametrize("guidance", NAMES)
def test_under_what_ships_a_set_gives_the_outcome_alone_and_no_longer_with_one_input_less(guidance: str) -> None:
    rules = rules_of(guidance)
    for intake in invented_intakes(guidance, 12):
        truth = decide(rules, intake)[rules.outcome]
        for each in find_decisive_sets(rules, intake, truth) if truth != UNKNOWN else ():
            names = [name for part in each for name in part.of[: part.number]]
            assert decide(rules, only(rules, intake, names))[rules.outcome] == truth
            for left_out in names:
                fewer = [name for name in names if name != left_out]
                assert decide(rules, only(rules, intake, fewer))[rules.outcome] == UNKNOWN, left_out


def only(rules: RuleSet, intake: CodedIntake, names: list[str]) -> CodedIntake:
    """The intake with everything else blank."""
    items = [f"item.{item.id}" for item in rules.instrument.items]
    return CodedIntake(
        {fact: code for fact, code in intake.facts.items() if fact in names},
        tuple(code if item in names else BLANK for item, code in zip(items, intake.items, strict=True)),
        intake.on,
        intake.offence_window if COUNT in names else None,
    )
