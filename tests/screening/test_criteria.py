"""Each kind of rule, one case for each side of each bound and one for a blank (architecture 3.2, 3.3 and 4).

Every case is decided for one intake and as a row of a cohort, and held against brute force as well.
"""

from typing import Any

import numpy as np
import pytest

from screening.compiling.planes import combine_columns
from screening.criteria import combine
from screening.evaluation import decide, decide_columns
from screening.trace import trace
from screening.truth import MET, NOT_MET, UNKNOWN, WORDS
from tests.screening.brute_force import Known, Value, Window
from tests.screening.strategies import TEXT, Case, Parameters, case_of, in_codes, in_columns, invented_instrument

THREE_AND_TWO = invented_instrument((True, True, False), protective=2, design_age=(1, 3))
RISK = [f"item.risk_{number}" for number in (1, 2, 3)]
PROTECTIVE = ["item.protective_1", "item.protective_2"]


def case_with(rule: dict[str, Any], parameters: dict[str, Value | float | None]) -> Case:
    """A guidance of one criterion, whose rule names its parameters by id."""
    made = Parameters()
    for name, value in parameters.items():
        kind = "choice" if isinstance(value, str) else "share" if isinstance(value, float) else "whole_number"
        made.add(kind, value, [value] if kind == "choice" else [0, 999], name)
    return case_of([{"id": "it", "required": True, "title": TEXT, "rule": rule}], made.rows, THREE_AND_TWO)


def status(case: Case, known: Known) -> str:
    """The status of the criterion, which every way of deciding must agree on."""
    intake = in_codes(known, case)
    alone = decide(case.rules, intake)
    columns = decide_columns(case.rules, in_columns([known], case, with_windows=known.window is not None))
    assert columns[:, 0].tolist() == alone
    assert [step.truth for step in trace(case.rules, intake)] == alone[: len(case.rules.decision)]
    word = WORDS[alone[case.rules.by_name["it"].position]]
    assert word == case.brute.status("it", known)
    return word


@pytest.mark.parametrize(
    ("age", "expected"), [(0, "not_met"), (1, "met"), (3, "met"), (4, "not_met"), (None, "unknown")]
)
def test_both_bounds_of_a_span_lie_within_it(age: int | None, expected: str) -> None:
    case = case_with({"between": {"fact": "age", "min": "low", "max": "high"}}, {"low": 1, "high": 3})
    assert status(case, Known({} if age is None else {"age": age})) == expected


@pytest.mark.parametrize(
    ("rule", "months", "expected"),
    [
        ("at_least", 1, "not_met"),
        ("at_least", 2, "met"),
        ("at_most", 2, "met"),
        ("at_most", 3, "not_met"),
        ("at_least", "not_applicable", "not_met"),
        ("at_most", "not_applicable", "not_met"),
        ("at_least", None, "unknown"),
        ("at_most", None, "unknown"),
    ],
)
def test_a_number_is_held_against_its_limit(rule: str, months: Value | None, expected: str) -> None:
    case = case_with({rule: {"fact": "months", "threshold": "limit"}}, {"limit": 2})
    assert status(case, Known({} if months is None else {"months": months})) == expected


@pytest.mark.parametrize("rule", ["at_least", "at_most"])
def test_a_question_that_does_not_apply_lies_outside_also_of_a_limit_below_every_number(rule: str) -> None:
    made = Parameters()
    made.add("whole_number", -3, [-9, 9], "limit")
    leaf = {rule: {"fact": "months", "threshold": "limit"}}
    case = case_of([{"id": "it", "required": True, "title": TEXT, "rule": leaf}], made.rows, THREE_AND_TWO)
    assert status(case, Known({"months": "not_applicable"})) == "not_met"
    assert status(case, Known({"months": 0})) == ("met" if rule == "at_least" else "not_met")


def test_a_blank_number_is_no_obstacle_where_every_number_would_do() -> None:
    case = case_with({"at_most": {"fact": "age", "threshold": "limit"}}, {"limit": 4})
    assert status(case, Known({})) == "met"


def test_a_blank_number_stays_open_where_only_a_question_that_does_not_apply_would_not_do() -> None:
    case = case_with({"at_most": {"fact": "months", "threshold": "limit"}}, {"limit": 3})
    assert status(case, Known({})) == "unknown"


@pytest.mark.parametrize(
    ("rule", "wish", "expected"),
    [
        ({"values": ["stated"]}, "stated", "met"),
        ({"values": ["stated"]}, "unsure", "not_met"),
        ({"values": ["none", "stated"]}, "unsure", "not_met"),
        ({"values": ["none", "unsure", "stated"]}, None, "met"),
        ({"values": ["stated"]}, None, "unknown"),
        ({"least": "level"}, "none", "not_met"),
        ({"least": "level"}, "unsure", "met"),
        ({"least": "level"}, "stated", "met"),
        ({"least": "level"}, None, "unknown"),
    ],
)
def test_a_choice_is_one_of_those_named_or_at_least_a_level(
    rule: dict[str, Any], wish: str | None, expected: str
) -> None:
    parameters = {"level": "unsure"} if "least" in rule else {}
    case = case_with({"is_one_of": {"fact": "wish", **rule}}, parameters)
    assert status(case, Known({} if wish is None else {"wish": wish})) == expected


@pytest.mark.parametrize(("value", "expected"), [("not_applicable", "not_met"), (None, "unknown")])
def test_a_choice_that_does_not_apply_is_none_of_its_values(value: str | None, expected: str) -> None:
    case = case_with({"is_one_of": {"fact": "first_offence", "values": ["robbery", "other"]}}, {})
    assert status(case, Known({} if value is None else {"first_offence": value})) == expected


# Counts of items (3.2).


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (["moderate", "high", "low"], "met"),
        (["moderate", "high", None], "met"),
        (["moderate", None, "low"], "unknown"),
        ([None, None, None], "unknown"),
        (["moderate", "low", "low"], "not_met"),
        ([None, "low", "low"], "not_met"),
    ],
)
def test_at_least_two_of_three_counts_over_all_items_and_not_over_the_rated(
    levels: list[str | None], expected: str
) -> None:
    case = case_with({"items_at_least": {"kind": "risk", "least": "moderate", "threshold": "number"}}, {"number": 2})
    assert status(case, rated(RISK, levels)) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (["present", "absent"], "met"),
        (["absent", None], "met"),
        ([None, None], "unknown"),
        (["present", None], "unknown"),
        (["present", "present"], "not_met"),
    ],
)
def test_at_most_one_of_two_counts_a_blank_as_what_it_may_be(levels: list[str | None], expected: str) -> None:
    case = case_with(
        {"items_at_most": {"kind": "protective", "least": "present", "threshold": "number"}}, {"number": 1}
    )
    assert status(case, rated(PROTECTIVE, levels)) == expected


@pytest.mark.parametrize(("levels", "expected"), [(["high", "low", "high"], "not_met"), (["high", "high"], "met")])
def test_own_behaviour_counts_only_its_own_items(levels: list[str | None], expected: str) -> None:
    rule = {"kind": "risk", "own_behaviour": True, "least": "level", "threshold": "number"}
    case = case_with({"items_at_least": rule}, {"level": "high", "number": 2})
    assert status(case, rated(RISK, levels)) == expected


def rated(names: list[str], levels: list[str | None]) -> Known:
    return Known({name: level for name, level in zip(names, levels, strict=False) if level is not None})


@pytest.mark.parametrize(
    ("share", "of", "needed"),
    [
        (0.5, 11, 6),
        (0.5, 8, 5),
        (0.5, 6, 4),
        (0.3, 10, 4),
        (0.29, 10, 3),
        (0.8, 11, 9),
        (0.7, 10, 8),
        (0.6, 5, 4),
        (0.57, 100, 58),
    ],
)
def test_more_than_a_share_is_the_next_whole_number_above_it(share: float, of: int, needed: int) -> None:
    instrument = invented_instrument((True,) * of, protective=1, design_age=(1, 3))
    made = Parameters()
    made.add("share", share, [0.0, 1.0], "share")
    rule = {"items_at_least": {"kind": "risk", "own_behaviour": True, "least": "high", "share": "share"}}
    case = case_of([{"id": "it", "title": TEXT, "rule": rule}], made.rows, instrument)
    for high, expected in ((needed, "met"), (needed - 1, "not_met")):
        items = {f"item.risk_{number + 1}": "high" if number < high else "low" for number in range(of)}
        truths = decide(case.rules, in_codes(Known(items), case))
        assert WORDS[truths[case.rules.by_name["it"].position]] == expected


# Offences over a window (architecture 4): three in the rule's 24 months, or ever below the age of two.


OFFENCES = {
    "offences_at_least": {
        "fact": "offence_count",
        "threshold": "number",
        "window_months": "months",
        "ever_below_age": "ever_below",
    }
}


@pytest.mark.parametrize(
    ("age", "window", "few", "enough"),
    [
        # By the guidance's own rule, or over the same time: exact.
        (2, None, "not_met", "met"),
        (1, None, "not_met", "met"),
        (None, None, "not_met", "met"),
        (2, 24, "not_met", "met"),
        (1, "ever", "not_met", "met"),
        # A shorter time: three or more are enough, fewer leave it open.
        (2, 12, "unknown", "met"),
        (1, 12, "unknown", "met"),
        (1, 24, "unknown", "met"),
        (1, 600, "unknown", "met"),
        (None, 12, "unknown", "met"),
        (None, 24, "unknown", "met"),
        # A longer time: fewer than three cannot be enough, three or more leave it open.
        (2, 48, "not_met", "unknown"),
        (2, "ever", "not_met", "unknown"),
        (None, "ever", "not_met", "unknown"),
        # Longer than the rule's for one age and shorter for another.
        (None, 48, "unknown", "unknown"),
    ],
)
def test_offences_over_another_time_than_the_rules_are_a_floor_or_a_ceiling(
    age: int | None, window: Window, few: str, enough: str
) -> None:
    case = case_with(OFFENCES, {"number": 3, "months": 24, "ever_below": 2})
    for count, expected in ((0, few), (2, few), (3, enough), (4, enough)):
        values: dict[str, Value] = {"offence_count": count} | ({} if age is None else {"age": age})
        assert status(case, Known(values, window)) == expected, count


def test_no_offence_count_leaves_it_open() -> None:
    case = case_with(OFFENCES, {"number": 3, "months": 24, "ever_below": 2})
    assert status(case, Known({"age": 2})) == "unknown"


def test_a_count_that_is_left_out_may_be_any_even_where_it_is_known_over_what_time_it_was() -> None:
    """As where a count was too old to be used."""
    case = case_with(OFFENCES, {"number": 3, "months": 24, "ever_below": 2})
    intake = in_codes(Known({"age": 2}, 12), case)
    test = case.rules.offences
    assert test is not None
    assert test.interval(intake, is_below_age=False) == (0, test.largest)


@pytest.mark.parametrize(("age", "counts"), [(2, (1,)), (1, (1, 3)), (None, (1, 3))])
def test_which_counts_agree_with_what_is_recorded_the_age_tells_and_where_it_is_blank_those_of_any_do(
    age: int | None, counts: tuple[int, ...]
) -> None:
    """One over the rule's own time: the very count of the old, and of the young there may be more over the life."""
    case = case_with(OFFENCES, {"number": 3, "months": 24, "ever_below": 2})
    known = Known({"offence_count": 1} | ({} if age is None else {"age": age}), 24)
    assert case.rules.cells("offence_count", in_codes(known, case)) == counts


@pytest.mark.parametrize(
    ("age", "expected"), [(0, "met"), (1, "not_met"), (3, "not_met"), (4, "met"), (None, "unknown")]
)
def test_the_ages_of_the_design_are_told_from_those_outside(age: int | None, expected: str) -> None:
    case = case_with({"outside_design_age": True}, {})
    assert status(case, Known({} if age is None else {"age": age})) == expected


# An input that is used twice (3.3).


def two_steps(kind: str, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {kind: [{"id": "one", "title": TEXT, "rule": one}, {"id": "other", "title": TEXT, "rule": other}]}


def test_old_or_young_is_met_even_where_the_age_is_blank() -> None:
    young = {"at_most": {"fact": "age", "threshold": "limit"}}
    old = {"none_of": [{"id": "again", "title": TEXT, "rule": young}]}
    assert status(case_with(two_steps("any_of", young, old), {"limit": 2}), Known({})) == "met"
    assert status(case_with(two_steps("all_of", young, old), {"limit": 2}), Known({})) == "not_met"


def test_some_high_and_none_moderate_exclude_each_other_even_where_nothing_is_rated() -> None:
    some = {"items_at_least": {"kind": "risk", "least": "high", "threshold": "one"}}
    none = {"items_at_most": {"kind": "risk", "least": "moderate", "threshold": "zero"}}
    case = case_with(two_steps("all_of", some, none), {"one": 1, "zero": 0})
    assert status(case, Known({})) == "not_met"


def test_offences_that_count_only_for_the_young_do_not_help_the_old() -> None:
    old = {"at_least": {"fact": "age", "threshold": "ever_below"}}
    case = case_with(two_steps("all_of", old, OFFENCES), {"number": 3, "months": 24, "ever_below": 2})
    # Two in 24 months: for the old that is the very count, and too few; of the young more may be known over the life.
    assert status(case, Known({"offence_count": 2}, 24)) == "not_met"
    assert status(case, Known({"offence_count": 2}, 12)) == "unknown"


def test_a_count_over_another_time_that_is_used_twice_is_settled_although_neither_use_of_it_is() -> None:
    """One offence in 12 months leaves open whether there are three in 24; that there are three or not is certain."""
    fewer = {"none_of": [{"id": "again", "title": TEXT, "rule": OFFENCES}]}
    limits: dict[str, Value | float | None] = {"number": 3, "months": 24, "ever_below": 2}
    one_in_a_year = Known({"offence_count": 1, "age": 3}, 12)
    assert status(case_with(OFFENCES, limits), one_in_a_year) == "unknown"
    assert status(case_with(two_steps("any_of", OFFENCES, fewer), limits), one_in_a_year) == "met"
    assert status(case_with(two_steps("all_of", OFFENCES, fewer), limits), one_in_a_year) == "not_met"


@pytest.mark.parametrize(
    ("kind", "truths", "expected"),
    [
        ("all_of", [MET, UNKNOWN, NOT_MET], NOT_MET),
        ("all_of", [MET, UNKNOWN], UNKNOWN),
        ("any_of", [NOT_MET, UNKNOWN, MET], MET),
        ("any_of", [NOT_MET, UNKNOWN], UNKNOWN),
        ("none_of", [NOT_MET, UNKNOWN, MET], NOT_MET),
        ("none_of", [NOT_MET, NOT_MET], MET),
        # Of nothing, all are met and none is.
        ("all_of", [], MET),
        ("any_of", [], NOT_MET),
        ("none_of", [], MET),
    ],
)
def test_all_any_and_none_take_the_weakest_the_strongest_and_its_opposite(
    kind: str, truths: list[int], expected: int
) -> None:
    assert combine(kind, truths) == expected
    written = np.full(1, 9, dtype=np.int8)
    combine_columns(kind, [np.array([truth], dtype=np.int8) for truth in truths], written)
    assert written.tolist() == [expected]
