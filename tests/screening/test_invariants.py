"""What holds of every guidance that ships, whatever is known of a person (architecture 3.6)."""

from collections.abc import Iterator
from itertools import combinations, product
from random import Random

import pytest

from instruments.ratings import BLANK
from screening.evaluation import decide
from screening.facts import NOT_APPLICABLE
from screening.intake import CodedIntake
from screening.ruleset import RuleSet
from screening.truth import UNKNOWN, WORDS
from tests.screening.brute_force import AGE, COUNT, BruteForce, Value
from tests.screening.shipped import NAMES, ON, WINDOWS, codes_of, invented_intakes, levels_of, rules_of
from tests.thoroughness import a_few

QUICK = [(name, 40) for name in NAMES]
SOAK = [pytest.param(name, 2_000, marks=pytest.mark.soak) for name in NAMES]


@pytest.mark.parametrize(("name", "number"), [*QUICK, *SOAK])
def test_filling_a_blank_never_turns_a_criterion_flag_or_outcome_that_was_settled(name: str, number: int) -> None:
    rules = rules_of(name)
    for intake in invented_intakes(name, number):
        before = decide(rules, intake)
        for filled in fillings(rules, intake):
            for node, truth, after in zip(rules.nodes, before, decide(rules, filled), strict=True):
                assert truth in (UNKNOWN, after), node.name


def fillings(rules: RuleSet, intake: CodedIntake) -> Iterator[CodedIntake]:
    """The intake with one blank filled, by two values each."""
    random = Random(repr(intake))  # noqa: S311
    for fact in rules.fact_names:
        if fact not in intake.facts:
            for code in random.sample(codes_of(rules, fact), 2):
                window = random.choice(WINDOWS) if fact == COUNT else intake.offence_window
                yield CodedIntake({**intake.facts, fact: code}, intake.items, ON, window)
    for position, code in enumerate(intake.items):
        if code == BLANK:
            yield from (intake.with_item(position, level) for level in (0, levels_of(rules, position) - 1))


@pytest.mark.parametrize(("name", "number"), [*QUICK, *SOAK])
def test_a_risk_item_a_step_higher_never_lowers_the_outcome(name: str, number: int) -> None:
    rules = rules_of(name)
    for intake in invented_intakes(name, number):
        before = decide(rules, intake)[rules.outcome]
        for position, item in enumerate(rules.instrument.items):
            if item.kind == "risk" and intake.items[position] in (0, 1):
                higher = intake.with_item(position, intake.items[position] + 1)
                assert decide(rules, higher)[rules.outcome] >= before, item.id


@pytest.mark.parametrize(("name", "number"), [*QUICK, *SOAK])
def test_a_protective_item_that_turns_out_present_never_raises_the_outcome(name: str, number: int) -> None:
    rules = rules_of(name)
    for intake in invented_intakes(name, number):
        before = decide(rules, intake)[rules.outcome]
        for position, item in enumerate(rules.instrument.items):
            if item.kind == "protective" and intake.items[position] == 0:
                assert decide(rules, intake.with_item(position, 1))[rules.outcome] <= before, item.id


def test_the_invented_intakes_have_every_outcome_under_every_guidance() -> None:
    for name in NAMES:
        rules = rules_of(name)
        outcomes = {decide(rules, intake)[rules.outcome] for intake in invented_intakes(name, 600)}
        assert len(outcomes) == 3, name


@pytest.mark.parametrize("name", a_few(NAMES))
def test_an_intake_with_few_blanks_is_decided_as_all_its_completions_agree(name: str) -> None:
    rules = rules_of(name)
    parameters = {key: setting.value for key, setting in rules.settings.items()}
    brute = BruteForce(rules.guidance, rules.flag_set, rules.dictionary, rules.instrument, ON, parameters)
    random = Random(name)  # noqa: S311
    sizes = {key: len(brute.domain(key)) for key in brute.inputs}
    pairs = [pair for pair in combinations(brute.inputs, 2) if sizes[pair[0]] * sizes[pair[1]] < 500]
    for blanks in random.sample(pairs, 10):
        world = {key: random.choice(plausible(brute, key)) for key in brute.inputs}
        known = {key: value for key, value in world.items() if key not in blanks}
        answers: dict[str, set[bool]] = {}
        for values in product(*(brute.domain(key) for key in blanks)):
            for node, answer in brute.answers_in({**known, **dict(zip(blanks, values, strict=True))}).items():
                answers.setdefault(node, set()).add(answer)
        expected = {node: WORDS[1] if len(each) > 1 else WORDS[2 * each.pop()] for node, each in answers.items()}
        truths = decide(rules, coded(known, rules))
        assert {node.name: WORDS[truths[node.position]] for node in rules.nodes} == expected


def plausible(brute: BruteForce, key: str) -> list[Value]:
    values = brute.domain(key)
    return values[10:31] if key == AGE else values[:6] if key == COUNT else values


def coded(known: dict[str, Value], rules: RuleSet) -> CodedIntake:
    facts = {
        key: NOT_APPLICABLE
        if value == "not_applicable"
        else value
        if isinstance(value, int)
        else rules.describe(key).codes[value]
        for key, value in known.items()
        if not key.startswith("item.")
    }
    items = tuple(
        rules.instrument.levels(item).index(str(known[f"item.{item.id}"])) if f"item.{item.id}" in known else BLANK
        for item in rules.instrument.items
    )
    return CodedIntake(facts, items, ON)
