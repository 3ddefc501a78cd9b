"""What a proof says, held against the whole truth table of small invented guidances."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from screening.evaluation import decide
from screening.proof.findings import Finding, Proof
from screening.proof.proving import prove
from screening.rules import Criterion, Rule
from screening.truth import MET, NOT_MET, UNKNOWN
from tests.screening.brute_force import AGE, COUNT, OUTCOME, Known
from tests.screening.strategies import Case, cases, in_codes
from tests.thoroughness import examples

GUIDANCES = [60, pytest.param(3_000, marks=pytest.mark.soak)]


def on_guidances(check: Any) -> Any:
    """Try a check on the same small guidances every time, and in the long run on many new ones."""

    @pytest.mark.parametrize("guidances", GUIDANCES)
    def test(guidances: int) -> None:
        @settings(max_examples=examples(guidances), derandomize=guidances == GUIDANCES[0])
        @given(cases())
        def run(case: Case) -> None:
            check(case, prove(case.rules, case.brute.on))

        run()

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def of(proof: Proof, about: str) -> Iterator[Finding]:
    return (each for each in proof.findings if each.about == about)


def _names(criterion: Criterion) -> list[str]:
    return [each.id for each in criterion.walk()]


def _table_without(criterion: Criterion, name: str, tables: dict[str, Any]) -> Any:
    """The table of a criterion without one of its parts; None where nothing of it is left."""
    if criterion.id == name:
        return None
    if not criterion.rule.children:
        return tables[criterion.id]
    found = [_table_without(child, name, tables) for child in criterion.rule.children]
    below = [table for table in found if table is not None]
    if criterion.rule.all_of:
        return reduce(np.logical_and, below, np.bool_(True))
    return reduce(np.logical_or, below, np.bool_(False)) ^ bool(criterion.rule.none_of)


def _names_the_age(rule: Rule) -> bool:
    """Whether a rule asks for the age itself, and not for how offences are counted."""
    tests = (rule.between, rule.at_least, rule.at_most)
    return bool(rule.outside_design_age) or any(test is not None and test.fact == AGE for test in tests)


def axis_of(case: Case, name: str) -> int:
    return case.brute.inputs.index(name)


@on_guidances
def test_the_completions_that_are_counted_are_those_that_there_are(case: Case, proof: Proof) -> None:
    used = {name for node in case.rules.nodes if node.test for name in node.test.inputs}
    assert proof.completions == np.prod([len(case.brute.domain(name)) for name in used], dtype=object)


@on_guidances
def test_a_criterion_can_be_met_and_not_met_as_some_completion_says(case: Case, proof: Proof) -> None:
    for finding in of(proof, "statuses"):
        table = case.brute.tables[finding.subject]
        if finding.verdict == "told":
            assert table.size == 1
        elif finding.fault is None:
            assert table.any()
            assert not table.all()
            blank = decide(case.rules, in_codes(Known({}), case))
            assert blank[case.rules.by_name[finding.subject].position] == UNKNOWN
        else:
            codes = (
                ("cannot-all-be-met", "takes-in-everyone")
                if finding.subject == OUTCOME
                else ("never-met", "always-met")
            )
            assert finding.fault.code == codes[int(table.any())]
            assert table.all() or not table.any()


@on_guidances
def test_a_criterion_is_implied_where_nothing_would_come_out_otherwise_without_it(case: Case, proof: Proof) -> None:
    tables = case.brute.tables
    for finding in of(proof, "independence"):
        root = next(each for each in case.rules.guidance.criteria if finding.subject in _names(each))
        without = _table_without(root, finding.subject, tables)
        if root.required:
            others = [tables[each.id] for each in case.brute.required if each is not root]
            parts = [*others, *([] if without is None else [without])]
            differs = reduce(np.logical_and, parts) != tables[OUTCOME]
        else:
            differs = without != tables[root.id]
        assert (finding.verdict == "holds") == bool(np.any(differs))


@on_guidances
def test_a_criterion_that_is_not_implied_decides_as_what_stands_beside_it_leaves_it(case: Case, proof: Proof) -> None:
    for finding in (each for each in of(proof, "independence") if each.verdict == "holds"):
        above = next(node for node in case.rules.nodes if case.rules.by_name[finding.subject].position in node.children)
        leaving = above.kind == "all_of"
        tables = [case.brute.tables[case.rules.nodes[child].name] for child in above.children]
        mine = case.brute.tables[finding.subject]
        others = [table for table in tables if table is not mine]
        left_to_it = reduce(np.logical_and, [table if leaving else ~table for table in others], np.bool_(True))
        assert (left_to_it & (mine != leaving)).any()


@on_guidances
def test_the_outcome_is_monotone_as_every_two_neighbouring_completions_say(case: Case, proof: Proof) -> None:
    for finding in of(proof, "monotony"):
        table = np.moveaxis(case.brute.tables[OUTCOME], axis_of(case, finding.subject), 0)
        lower, higher = (table[1:], table[:-1]) if "risk" in finding.subject else (table[:-1], table[1:])
        assert (finding.verdict == "fails") == bool((higher & ~lower).any())


@on_guidances
def test_what_can_change_the_outcome_is_what_some_completion_turns_on(case: Case, proof: Proof) -> None:
    for finding in of(proof, "bearing"):
        table = case.brute.tables[OUTCOME]
        axis = axis_of(case, finding.subject)
        turns = bool((table.any(axis) & ~table.all(axis)).any())
        if finding.message.key == "proof.bearing.counting":
            assert finding.subject == AGE
            assert not turns
            counts = case.brute.tables[OUTCOME]
            assert (counts.any(axis_of(case, COUNT)) & ~counts.all(axis_of(case, COUNT))).any()
        else:
            assert turns == (finding.message.key == "proof.bearing.outcome")
            asked = [rule for each in case.brute.required for rule in (part.rule for part in each.walk())]
            is_asked_to_count = finding.subject == AGE and not any(map(_names_the_age, asked))
            is_asked_in_vain = not turns and finding.subject in case.brute.inputs_of_outcome and not is_asked_to_count
            assert (finding.fault is not None) == is_asked_in_vain


@on_guidances
def test_a_flag_stands_beside_support_as_some_completion_says(case: Case, proof: Proof) -> None:
    for finding in of(proof, "flags"):
        support, flag = case.brute.tables[OUTCOME], case.brute.tables[finding.subject]
        if finding.message.key != "proof.statuses.constant":
            together, without = bool((support & flag).any()), bool((support & ~flag).any())
            expected = "never" if not together else "sometimes" if without else "always"
            assert finding.message.key == f"proof.flags.{expected}"


@on_guidances
def test_the_engine_decides_every_example_as_it_is_an_example_of(case: Case, proof: Proof) -> None:
    rules = case.rules
    for finding in proof.findings:
        truths = [decide(rules, example) for example in finding.examples]
        node = rules.by_name.get(finding.subject)
        if finding.about == "statuses" and truths and node:
            assert [each[node.position] for each in truths] == [MET, NOT_MET]
        elif finding.about == "flags" and truths and node:
            assert [(each[rules.outcome], each[node.position]) for each in truths] == [(MET, MET)]
        elif finding.about == "monotony" and truths:
            expected = [MET, NOT_MET] if "risk" in finding.subject else [NOT_MET, MET]
            assert [each[rules.outcome] for each in truths] == expected
        elif finding.message.key == "proof.bearing.outcome":
            assert {each[rules.outcome] for each in truths} == {MET, NOT_MET}
            before, after = finding.examples
            changed = {name for name in before.facts if before.facts[name] != after.facts[name]}
            assert len(changed) + sum(was != now for was, now in zip(before.items, after.items, strict=True)) == 1
