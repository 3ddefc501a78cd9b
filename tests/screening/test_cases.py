"""The worked cases come out as they were computed by hand, and there is one for everything that can happen."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from screening.criteria import ItemCount, NumberWithin, OffencesAtLeast
from screening.explanation import Explanation
from screening.ruleset import Node, RuleSet
from screening.worked_cases.judging import judge
from screening.worked_cases.reading import WorkedCase
from tests.cases.reading import all_cases, answered, id_of, library

CASES = [pytest.param(case, id=id_of(case)) for case in all_cases()]


@pytest.mark.parametrize("case", CASES)
def test_a_worked_case_comes_out_as_computed_by_hand(case: WorkedCase) -> None:
    verdict = judge(case, library())
    assert verdict.differences == ()
    assert (verdict.refusal is not None) == ("fault" in case.expect)


# --- there is a case for everything that can happen ---

#: Of the first version of each.
VALIDITY = {
    each.content.id: (each.content.valid_from, each.content.valid_to)
    for each in (*library().guidances, *library().overlays)
    if each.content.version == "1.0"
}
LATEST = date(2026, 11, 28)
GUIDANCES = library().guidances.ids()
OVERLAYS = library().overlays.ids()


def of_guidance(name: str) -> list[tuple[WorkedCase, Explanation]]:
    """The cases of one guidance, those of its overlays not among them."""
    return [(case, explanation) for case, explanation in answered() if case.guidance == name]


def rules_of(name: str) -> RuleSet:
    return library().bind(name, on=VALIDITY[name][0]).rules


def each_criterion() -> Iterator[Any]:
    for name in GUIDANCES:
        for node in rules_of(name).criteria:
            yield pytest.param(name, node, id=f"{name}: {node.name}")


def each_input() -> Iterator[Any]:
    for name in GUIDANCES:
        for node in rules_of(name).criteria:
            for fact in node.test.inputs if node.test and not isinstance(node.test, ItemCount) else ():
                yield pytest.param(name, node, fact, id=f"{name}: {node.name} by {fact}")


@pytest.mark.parametrize(("name", "node"), list(each_criterion()))
def test_every_criterion_has_a_case_where_it_is_met_not_met_and_unknown(name: str, node: Node) -> None:
    expected = {case.expect["criteria"].get(node.name) for case, _ in of_guidance(name)}
    assert {"met", "not_met", "unknown"} <= expected


@pytest.mark.parametrize(("name", "node", "fact"), list(each_input()))
def test_every_fact_of_a_criterion_has_a_case_where_it_was_not_asked_and_one_where_it_was_not_found(
    name: str, node: Node, fact: str
) -> None:
    # Where the age only chooses how offences are counted, its blank is a case of its own criterion.
    blanks = {
        explanation.coding.blanks[fact] for _, explanation in of_guidance(name) if fact in explanation.coding.blanks
    }
    assert {"not_asked", "not_found"} <= blanks


@pytest.mark.parametrize(("name", "node"), list(each_criterion()))
def test_every_bound_has_a_case_on_both_sides(name: str, node: Node) -> None:
    explanations = [explanation for _, explanation in of_guidance(name)]
    test = node.test
    if isinstance(test, NumberWithin):
        codes = {each.coding.intake.fact(test.name) for each in explanations}
        assert {test.lowest - 1, test.lowest, test.highest, test.highest + 1} <= codes
    elif isinstance(test, ItemCount):
        counts = {count_of(each, node.name).count(each.coding.intake) for each in explanations}
        limit = test.limit if test.at_least else test.limit + 1
        assert {(limit - 1, 0), (limit, 0), (limit - 1, 1)} <= counts
    elif isinstance(test, OffencesAtLeast):
        counted = {
            (each.coding.intake.fact("offence_count"), each.coding.intake.offence_window) for each in explanations
        }
        rule = test.window_months
        assert {(test.least - 1, rule), (test.least, rule)} <= counted
        windows = {window for count, window in counted if count in (test.least - 1, test.least)}
        assert any(isinstance(window, int) and window < rule for window in windows)
        assert any(isinstance(window, int) and window > rule for window in windows)


def count_of(explanation: Explanation, name: str) -> ItemCount:
    test = explanation.bound.rules.by_name[name].test
    assert isinstance(test, ItemCount)
    return test


@pytest.mark.parametrize("name", GUIDANCES)
def test_every_freshness_limit_has_a_case_on_the_last_fresh_day_on_the_day_after_and_without_a_date(name: str) -> None:
    rules = rules_of(name)
    tested = {fact for node in rules.criteria if node.test for fact in node.test.inputs}
    for row in rules.guidance.freshness:
        if row.fact not in tested:
            continue  # only a flag uses it here; see flags.yaml
        days = int(rules.settings[row.days].value or 0)
        told = [case.facts.get(row.fact) for case, _ in of_guidance(name)]
        dated = {
            each.get("days_ago")
            for each in told
            if isinstance(each, Mapping) and each.get("value") in row.must_be_dated
        }
        assert {days, days + 1} <= dated
        assert set(row.must_be_dated) & {each for each in told if isinstance(each, str)}


@pytest.mark.parametrize("name", [*GUIDANCES, *OVERLAYS])
def test_every_guidance_and_overlay_has_a_case_on_the_day_before_it_existed(name: str) -> None:
    first, _ = VALIDITY[name]
    refused = [case for case in all_cases() if case.guidance == name and case.expect.get("fault") == "not-in-force"]
    assert any((first - case.on).days == 1 for case in refused)


@pytest.mark.parametrize("name", [*GUIDANCES, *OVERLAYS])
def test_every_guidance_that_ended_has_a_case_on_its_last_day_and_the_day_after(name: str) -> None:
    _, last = VALIDITY[name]
    days = {(case.on - last).days for case, _ in of_guidance(name)} if last else {0, 1}
    assert {0, 1} <= days


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_has_a_case_on_both_sides_of_each_age_that_it_sets(name: str) -> None:
    explanations = [explanation for _, explanation in of_guidance(name)]
    ages = {each.coding.intake.fact("age") for each in explanations}
    bounds = [node for node in explanations[0].bound.rules.criteria if node.name in ("age", "observed_age")]
    overlay = explanations[0].bound.overlay
    for setting in overlay.settings if overlay else ():
        (test,) = (node.test for node in bounds if setting.parameter in dict(node.limits))
        assert isinstance(test, NumberWithin)
        sides = (
            (test.lowest - 1, test.lowest) if setting.parameter.endswith("min") else (test.highest, test.highest + 1)
        )
        assert set(sides) <= ages


def test_an_age_that_was_only_observed_never_excludes() -> None:
    seen = Counter(
        (case.expect["outcome"], case.expect["criteria"].get("observed_age"))
        for case, _ in answered()
        if case.guidance.startswith("stockholm_2012") and case.expect["criteria"].get("age") == "met"
    )
    assert seen["supports_offer", "not_met"] > 20


@pytest.mark.parametrize("flag", [flag.id for flag in library().bind(GUIDANCES[0], on=LATEST).rules.flag_set.flags])
def test_every_flag_has_a_case_where_it_is_met_not_met_and_open(flag: str) -> None:
    expected = [(case.expect.get("flags", ()), case.expect.get("flags_open", ())) for case, _ in answered()]
    assert any(flag in met for met, _ in expected)
    assert any(flag not in met and flag not in still_open for met, still_open in expected)
    assert any(flag in still_open for _, still_open in expected) or flag == "superseded_guidance", "a date is known"


def test_every_gate_and_every_status_of_a_consent_has_a_case() -> None:
    expected = [case.expect for case, _ in answered()]
    assert {each.get("gate") for each in expected} >= {"ready", "unknown", "not_ready"}
    statuses = {
        status for each in expected for answers in each.get("parties", {}).values() for status in answers.values()
    }
    assert statuses == {"given", "refused", "withdrawn", "expired", "not_yet_valid", "undated", "not_recorded"}


@pytest.mark.parametrize("outcome", ["supports_offer", "not_target_group", "more_information_needed"])
@pytest.mark.parametrize("name", GUIDANCES)
def test_every_guidance_has_a_case_of_every_outcome(name: str, outcome: str) -> None:
    assert any(case.expect["outcome"] == outcome for case, _ in of_guidance(name))


@pytest.mark.parametrize("file", ["flags", "consent"])
def test_the_outcome_of_a_case_about_flags_or_consents_hangs_on_the_criteria_alone(file: str) -> None:
    for case in (case for case, _ in answered() if case.file == file):
        expected = "not_target_group" if case.facts["recruitment_risk"] == "no" else "supports_offer"
        assert case.expect["outcome"] == expected, id_of(case)


def test_every_case_has_a_name_of_its_own_and_says_why() -> None:
    assert max(Counter(id_of(case) for case in all_cases()).values()) == 1
    for case in all_cases():
        assert len(case.name) <= 70, id_of(case)
        assert case.why.endswith("."), id_of(case)
        assert case.why[0].isupper(), id_of(case)
