"""What a proof says of the guidances that ship, asked of a solver as well; see `by_solver`."""

from functools import cache

import pytest
import z3

from screening.proof.findings import Proof
from screening.proof.proving import prove
from tests.screening.proof.by_solver import OUTCOME, Formulas, is_possible
from tests.screening.shipped import NAMES, ON, rules_of
from tests.thoroughness import a_few

#: The local versions differ from each other in ages alone, so one of each guidance is quick enough to ask of.
QUICK = [name for name in NAMES if "/" not in name or name.endswith(("phase_1", "under_15", "norrmalm"))]
ALL = [*a_few(QUICK), *(pytest.param(name, marks=pytest.mark.soak) for name in NAMES if name not in QUICK)]


@cache
def proof_of(name: str) -> Proof:
    return prove(rules_of(name), ON)


@cache
def formulas_of(name: str) -> Formulas:
    rules = rules_of(name)
    parameters = {key: setting.value for key, setting in rules.settings.items()}
    return Formulas(rules.guidance, rules.flag_set, rules.dictionary, rules.instrument, parameters)


@pytest.mark.parametrize("name", a_few(NAMES))
def test_every_guidance_that_ships_is_proved(name: str) -> None:
    assert [str(fault) for fault in proof_of(name).faults] == []


@pytest.mark.parametrize("name", ALL)
def test_a_solver_agrees_on_what_can_be_met_and_not_met(name: str) -> None:
    world = formulas_of(name).world()
    for finding in proof_of(name).findings:
        if finding.about == "statuses" and finding.verdict == "holds":
            assert is_possible(world.is_possible, world[finding.subject])
            assert is_possible(world.is_possible, z3.Not(world[finding.subject]))


@pytest.mark.parametrize("name", ALL)
def test_a_solver_agrees_that_no_required_criterion_follows_from_the_others(name: str) -> None:
    world = formulas_of(name).world()
    required = [criterion.id for criterion in formulas_of(name).guidance.criteria if criterion.required]
    for one in required:
        others = [world[other] for other in required if other != one]
        assert is_possible(world.is_possible, z3.Not(world[one]), *others), one


@pytest.mark.parametrize("name", ALL)
def test_a_solver_agrees_on_what_stands_beside_support(name: str) -> None:
    world = formulas_of(name).world()
    for finding in proof_of(name).findings:
        if finding.about == "flags" and finding.message.key != "proof.statuses.constant":
            flag = world[finding.subject]
            said = finding.message.key.removeprefix("proof.flags.")
            assert is_possible(world.is_possible, world[OUTCOME], flag) == (said != "never")
            assert is_possible(world.is_possible, world[OUTCOME], z3.Not(flag)) == (said != "always")


@pytest.mark.parametrize("name", ALL)
def test_a_solver_agrees_on_which_facts_and_items_can_change_the_outcome(name: str) -> None:
    before, after = formulas_of(name).world("before "), formulas_of(name).world("after ")
    possible = [before.is_possible, after.is_possible]
    for finding in proof_of(name).findings:
        if finding.about == "bearing" and finding.message.key != "proof.bearing.counting":
            for subject in (finding.alike or (finding.subject,))[:2]:
                same = [before.variable(each) == after.variable(each) for each in before.variables if each != subject]
                turns = is_possible(*possible, *same, before[OUTCOME], z3.Not(after[OUTCOME]))
                assert turns == (finding.message.key == "proof.bearing.outcome"), subject


@pytest.mark.parametrize("name", ALL)
def test_a_solver_agrees_that_risk_never_speaks_against_and_protection_never_for(name: str) -> None:
    before, after = formulas_of(name).world("before "), formulas_of(name).world("after ")
    possible = [before.is_possible, after.is_possible]
    for subject in before.variables:
        if subject.startswith("item."):
            is_risk = rules_of(name).instrument.item(subject[5:]).kind == "risk"
            same = [before.variable(each) == after.variable(each) for each in before.variables if each != subject]
            higher = after.variable(subject) == before.variable(subject) + 1
            more, less = (before, after) if is_risk else (after, before)
            assert not is_possible(*possible, *same, higher, more[OUTCOME], z3.Not(less[OUTCOME])), subject
