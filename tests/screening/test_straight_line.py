"""What decides one intake is written as source of whole numbers and identifiers, and a fault in it can be read."""

import gc
import linecache
import traceback
from datetime import date
from typing import Any

import pytest

from instruments.ratings import BLANK
from screening.compiling.conditions import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Code,
    Condition,
    Day,
    Tally,
    Window,
    Within,
    beyond,
    simplified,
)
from screening.compiling.straight_line import Function, compile_test
from screening.evaluation import decide
from screening.facts import NOT_APPLICABLE
from screening.intake import EVER_MONTHS, OWN_RULE_MONTHS, CodedIntake
from screening.library import Library
from screening.trace import trace
from screening.truth import MET, NOT_MET, UNKNOWN
from tests.screening.brute_force import Known
from tests.screening.shipped import NAMES, ON, invented_intakes, rules_of
from tests.screening.strategies import Case, in_codes, on_small_intakes

AGE, WISH = Code("age"), Code("wish", can_be_not_applicable=True)
BLANK_AGE = Within(AGE, BLANK, BLANK)


@pytest.mark.parametrize("name", ["a'); print('", "två ord", "a\nb", "", "a.b", "1a"])
def test_nothing_but_an_identifier_comes_into_the_source(name: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in source"):
        compile_test(Within(Code(name), 1), NEVER)
    with pytest.raises(ValueError, match="cannot stand in source"):
        Function(name)


def test_a_fault_names_the_guidance_and_shows_the_line() -> None:
    rules = rules_of("stockholm_2012")
    with pytest.raises(ValueError, match="not enough values to unpack") as caught:
        decide(rules, CodedIntake({}, (BLANK,), ON))
    told = "".join(traceback.format_exception(caught.value))
    assert f"<stockholm_2012@{rules.guidance.version}: the first {len(rules.nodes)} statuses" in told
    assert "item_29, = intake.items" in told


@pytest.mark.thorough
def test_each_local_version_shows_its_own_lines_and_leaves_none_behind() -> None:
    library = Library()
    before = set(linecache.cache)
    for value in (2, 4):
        rules = library.bind("stockholm_2012", on=ON, changed={"offences_at_least": value}).rules
        with pytest.raises(ValueError, match="not enough values to unpack"):
            decide(rules, CodedIntake({}, (BLANK,), ON))
    shown = ["".join(linecache.cache[file][2]) for file in set(linecache.cache) - before if "statuses" in file]
    assert len(shown) == len(set(shown)) == 2
    del rules, library
    gc.collect()
    assert not [file for file in set(linecache.cache) - before if "statuses" in file]


@on_small_intakes(guidances=100)
def test_a_test_alone_is_decided_as_among_all(case: Case, known: Known) -> None:
    intake = in_codes(known, case)
    truths = decide(case.rules, intake)
    assert all(node.test.decide(intake) == truths[node.position] for node in case.rules.nodes if node.test is not None)


@pytest.mark.parametrize("name", NAMES)
def test_a_trace_tells_the_statuses_and_what_was_tested(name: str) -> None:
    rules = rules_of(name)
    for intake in invented_intakes(name, 60):
        steps = trace(rules, intake)
        assert [step.truth for step in steps] == decide(rules, intake, rules.decision)
        for node, step in zip(rules.decision, steps, strict=True):
            inputs = node.test.inputs if node.test else ()
            assert step == node.step(step.truth, tuple((each, rules.code(each, intake)) for each in inputs))


@pytest.mark.parametrize(
    ("surely", "possibly", "intake", "truth"),
    [
        (NEVER, NEVER, {}, NOT_MET),
        (ALWAYS, ALWAYS, {}, MET),
        (NEVER, ALWAYS, {}, UNKNOWN),
        (NEVER, BLANK_AGE, {"facts": {}}, UNKNOWN),
        (Within(AGE, 2, 3), AnyOf((Within(AGE, 2, 3), BLANK_AGE)), {"facts": {"age": 3}}, MET),
        (Within(AGE, 2, 3), AnyOf((Within(AGE, 2, 3), BLANK_AGE)), {"facts": {"age": 4}}, NOT_MET),
        (Within(AGE, 2, 3), AnyOf((Within(AGE, 2, 3), BLANK_AGE)), {"facts": {}}, UNKNOWN),
        (AllOf((Within(AGE, 1), Within(WISH, 0, 1))), NEVER, {"facts": {"age": 1, "wish": NOT_APPLICABLE}}, NOT_MET),
        (AllOf((Within(AGE, 1), Within(WISH, 0, 1))), NEVER, {"facts": {"age": 1, "wish": 0}}, MET),
        (Within(Tally((0, 2), 1, False), 1), Within(Tally((0, 2), 1, True), 1), {"items": (0, 2, 1)}, MET),
        (Within(Tally((0, 2), 1, False), 1), Within(Tally((0, 2), 1, True), 1), {"items": (0, 2, BLANK)}, UNKNOWN),
        (Within(Tally((0, 2), 1, True), 0, 0), NEVER, {"items": (0, 2, 0)}, MET),
        (Within(Window(), OWN_RULE_MONTHS, OWN_RULE_MONTHS), NEVER, {"offence_window": None}, MET),
        (Within(Window(), EVER_MONTHS), NEVER, {"offence_window": "ever"}, MET),
        (Within(Window(), 6, 12), NEVER, {"offence_window": 12}, MET),
        (Within(Day(), date(2026, 1, 2).toordinal()), NEVER, {"on": date(2026, 1, 1)}, NOT_MET),
    ],
)
def test_what_a_test_declares_is_what_it_decides(
    surely: Condition, possibly: Condition, intake: dict[str, Any], truth: int
) -> None:
    given = {"facts": {}, "items": (0, 0, 0), "on": ON, "offence_window": None} | intake
    assert compile_test(surely, possibly)(CodedIntake(**given)) == truth


def test_what_is_known_beforehand_is_left_out() -> None:
    count, old = Within(Code("count"), 3), Within(AGE, 15)
    either, both = AnyOf((count, old)), AllOf((count, old))
    assert simplified(either, {AGE: 15}) == ALWAYS
    assert simplified(either, {AGE: 14}) == count
    assert simplified(both, {AGE: 15}) == count
    assert simplified(both, {AGE: 14}) == NEVER
    assert simplified(AnyOf((both, either)), {AGE: 14}) == count
    assert simplified(both, {}) == both


FEW, MANY, NONE = Within(AGE, 1, 2), Within(AGE, 9), Within(AGE, 0, 0)


@pytest.mark.parametrize(
    ("possibly", "surely", "left"),
    [
        (AnyOf((FEW, MANY)), AnyOf((FEW, MANY)), NEVER),
        (AnyOf((FEW, MANY)), FEW, MANY),
        (AnyOf((FEW, MANY)), AnyOf((MANY,)), FEW),
        (AnyOf((FEW, MANY, NONE)), MANY, AnyOf((FEW, NONE))),
        (AnyOf((FEW, MANY)), AllOf((FEW, MANY)), AnyOf((FEW, MANY))),
        (AnyOf((FEW, MANY)), AnyOf((MANY, NONE, FEW)), NEVER),
        (AllOf((FEW, MANY)), FEW, AllOf((FEW, MANY))),
    ],
)
def test_where_one_condition_does_not_hold_those_parts_of_another_are_left_that_it_has_not(
    possibly: Condition, surely: Condition, left: Condition
) -> None:
    assert beyond(possibly, surely) == left
