"""A guidance that cannot be decided as it stands is refused when it is bound, not when somebody is assessed."""

from datetime import date
from typing import Any

import pytest

from instruments.faults import Fault, InputError
from instruments.ratings import BLANK
from screening.binding import MOST_COMBINATIONS, bind
from screening.evaluation import refuse_contradiction
from screening.guidance import Overlay
from screening.intake import CodedIntake
from screening.ruleset import RuleSet
from screening.settings_in_force import settings_of
from screening.trace import trace
from tests.cases.reading import library
from tests.screening.strategies import (
    DICTIONARY,
    FILE,
    ON,
    SET,
    TEXT,
    Parameters,
    flags_of,
    guidance_of,
    invented_instrument,
)

INSTRUMENT = invented_instrument((True, True, False), protective=2, design_age=(1, 3))
LIBRARY = library()


def criterion(rule: dict[str, Any], name: str = "it", **more: Any) -> dict[str, Any]:
    return {"id": name, "title": TEXT, "rule": rule, "required": True, **more}


def bound(*criteria: dict[str, Any], flags: list[dict[str, Any]] | None = None, **values: Any) -> RuleSet:
    """Bind criteria with parameters of some values."""
    guidance, flag_set = guidance_of(list(criteria), parameters_of(**values)), flags_of(flags or [])
    return bind(guidance, settings_of(guidance, flag_set, None), flag_set, DICTIONARY, INSTRUMENT)


def parameters_of(**values: Any) -> list[dict[str, Any]]:
    made = Parameters()
    for name, value in values.items():
        kind = "choice" if isinstance(value, str) else "share" if isinstance(value, float) else "whole_number"
        made.add(kind, value, [value] if kind == "choice" else [0, 999], name)
    return made.rows


def faults_of(*criteria: dict[str, Any], **values: Any) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        bound(*criteria, **values)
    return list(caught.value.faults)


def items(**more: Any) -> dict[str, Any]:
    return {"kind": "risk", "least": "moderate", "threshold": "limit", **more}


def offences(**more: str) -> dict[str, Any]:
    named = {"threshold": "limit", "window_months": "months", "ever_below_age": "limit"}
    return {"offences_at_least": {"fact": "offence_count", **named, **more}}


@pytest.mark.parametrize(
    ("rule", "code", "named"),
    [
        ({"is_one_of": {"fact": "sex", "values": ["male"]}}, "unknown-fact-in-rule", {"fact": "sex"}),
        ({"is_one_of": {"fact": "age", "values": ["old"]}}, "unknown-fact-in-rule", {"fact": "age"}),
        ({"at_most": {"fact": "wish", "threshold": "limit"}}, "unknown-fact-in-rule", {"fact": "wish"}),
        ({"at_most": {"fact": "offence_count", "threshold": "limit"}}, "unknown-fact-in-rule", {}),
        ({"at_most": {"fact": "birth_date", "threshold": "limit"}}, "unknown-fact-in-rule", {"fact": "birth_date"}),
        (
            {"is_one_of": {"fact": "wish", "values": ["stated", "loud"]}},
            "unknown-value-in-rule",
            {"fact": "wish", "value": "loud"},
        ),
        ({"is_one_of": {"fact": "wish", "least": "level"}}, "unknown-value-in-rule", {"value": "enormous"}),
        ({"at_most": {"fact": "age", "threshold": "gone"}}, "unknown-parameter", {"parameter": "gone"}),
        ({"between": {"fact": "age", "min": "limit", "max": "gone"}}, "unknown-parameter", {"parameter": "gone"}),
        ({"is_one_of": {"fact": "wish", "least": "gone"}}, "unknown-parameter", {"parameter": "gone"}),
        (offences(threshold="gone"), "unknown-parameter", {"parameter": "gone"}),
        (offences(window_months="gone"), "unknown-parameter", {"parameter": "gone"}),
        (offences(ever_below_age="gone"), "unknown-parameter", {"parameter": "gone"}),
        ({"items_at_least": items(threshold="gone")}, "unknown-parameter", {"parameter": "gone"}),
        ({"items_at_least": items(threshold=None, share="gone")}, "unknown-parameter", {"parameter": "gone"}),
        ({"items_at_least": items(least="enormous")}, "unknown-level-in-rule", {"value": "enormous"}),
        ({"items_at_least": items(least="level")}, "unknown-level-in-rule", {"value": "enormous"}),
        ({"items_at_most": items(kind="protective")}, "unknown-level-in-rule", {"value": "moderate"}),
        ({"items_at_least": items(threshold="many")}, "threshold-above-items", {"threshold": 4, "items": 3}),
        (
            {"items_at_least": items(threshold="three", own_behaviour=True)},
            "threshold-above-items",
            {"threshold": 3, "items": 2},
        ),
        ({"items_at_least": items(threshold="unset")}, "no-limit", {}),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused_with_the_criterion(
    rule: dict[str, Any], code: str, named: dict[str, object]
) -> None:
    faults = faults_of(criterion(rule), limit=1, months=24, three=3, many=4, unset=None, level="enormous")
    assert code in {fault.code for fault in faults}
    fault = next(fault for fault in faults if fault.code == code)
    assert fault.parameters.items() >= {"name": "it", **named}.items()
    assert fault.where == "small: it"


def test_every_fault_of_a_guidance_is_told_at_once() -> None:
    one = criterion({"is_one_of": {"fact": "sex", "values": ["male"]}}, "one")
    other = criterion({"at_most": {"fact": "age", "threshold": "gone"}}, "other")
    assert [fault.code for fault in faults_of(one, other)] == ["unknown-fact-in-rule", "unknown-parameter"]


def test_two_nodes_of_one_name_are_refused_also_across_criteria_and_flags() -> None:
    rule = {"at_most": {"fact": "age", "threshold": "limit"}}
    assert [fault.code for fault in faults_of(criterion(rule), criterion(rule), limit=1)] == ["repeated-criterion"]
    assert [fault.code for fault in faults_of(criterion(rule, "outcome"), limit=1)] == ["repeated-criterion"]
    with pytest.raises(InputError, match="repeated-criterion"):
        bound(criterion(rule), flags=[{"id": "it", "title": TEXT, "statement": TEXT, "rule": rule}], limit=1)


def test_inputs_used_twice_may_need_so_many_combinations_and_no_more() -> None:
    twice = [criterion(rule, f"{name}_{number}") for name, rule in EVERYTHING.items() for number in (1, 2)]
    values = {"limit": 1, "youngest": 1, "oldest": 3}
    # Three stretches of ages, 3 × 2 × 3 choices, three items of three levels: 54 × 27 combinations.
    assert bound(*twice, **values)
    # Two items of two levels more: four times as many.
    protective = {"items_at_most": items(kind="protective", least="present")}
    more = [criterion(protective, "one"), criterion(protective, "two")]
    faults = faults_of(*twice, *more, **values)
    assert [(fault.code, fault.parameters["name"]) for fault in faults] == [("too-many-combinations", "outcome")]
    assert int(str(faults[0].parameters["combinations"])) > MOST_COMBINATIONS == faults[0].parameters["most"]


EVERYTHING: dict[str, dict[str, Any]] = {
    "age": {"between": {"fact": "age", "min": "youngest", "max": "oldest"}},
    "wish": {"is_one_of": {"fact": "wish", "values": ["stated"]}},
    "threat": {"is_one_of": {"fact": "threat", "values": ["yes"]}},
    "offence": {"is_one_of": {"fact": "first_offence", "values": ["robbery"]}},
    "items": {"items_at_least": items()},
}


@pytest.mark.parametrize(
    "rules",
    [
        [
            {"is_one_of": {"fact": "wish", "values": ["stated"]}},
            {"is_one_of": {"fact": "wish", "values": ["none", "unsure"]}},
        ],
        [
            {"at_least": {"fact": "age", "threshold": "three"}},
            {"at_most": {"fact": "age", "threshold": "one"}},
        ],
        [{"between": {"fact": "age", "min": "three", "max": "one"}}],
        [{"items_at_least": items(threshold=None, share="all")}],
        [
            {"items_at_least": items(least="high", threshold="one")},
            {"items_at_most": items(threshold="none")},
        ],
        [{"any_of": []}],
    ],
)
def test_required_criteria_that_no_one_could_meet_together_are_refused(rules: list[dict[str, Any]]) -> None:
    criteria = [criterion(rule, f"c{number}") for number, rule in enumerate(rules)]
    with pytest.raises(InputError, match="cannot-all-be-met"):
        refuse_contradiction(bound(*criteria, none=0, one=1, three=3, all=1.0))


def test_an_advisory_criterion_may_say_the_opposite() -> None:
    stated = {"is_one_of": {"fact": "wish", "values": ["stated"]}}
    not_stated = {"none_of": [{"id": "again", "title": TEXT, "rule": stated}]}
    refuse_contradiction(bound(criterion(stated), criterion(not_stated, "other", required=False)))


@pytest.mark.parametrize("name", LIBRARY.names())
def test_what_ships_needs_few_combinations(name: str) -> None:
    # Decisive sets and smallest changes try every part of the inputs used twice: the age alone is quick.
    rules = LIBRARY.bind(name, on=date(2026, 11, 21)).rules
    assert set(rules.nodes[rules.outcome].shared) <= {"age"}


# Overlays.


def overlay(**settings: Any) -> Overlay:
    rows = [{"parameter": name, "value": value, **SET, "reason": TEXT} for name, value in settings.items()]
    base = {"guidance": "small", "version": "1.0", "sha256": "0" * 64}
    rest = {"summary": TEXT, "issuer": "test", "base": base, "settings": rows}
    return Overlay.model_validate({**FILE, "id": "small/local", **rest})


PERMITTED = [
    {"id": "years", "kind": "whole_number", "title": TEXT, "default": 15, "permitted": [12, 29], **SET},
    {"id": "part", "kind": "share", "title": TEXT, "default": 0.5, "permitted": [0.3, 0.8], **SET},
    {"id": "level", "kind": "choice", "title": TEXT, "default": "high", "permitted": ["moderate", "high"], **SET},
    {"id": "number", "kind": "whole_number", "title": TEXT, "default": None, "permitted": [3, 16], **SET},
]


@pytest.mark.parametrize(
    ("name", "value"),
    [("years", 12), ("years", 29), ("part", 0.3), ("part", 0.8), ("level", "moderate"), ("number", 3), ("number", 16)],
)
def test_an_overlay_may_set_a_parameter_up_to_both_ends_of_its_range(name: str, value: Any) -> None:
    settings = settings_of(guidance_of([], PERMITTED), flags_of([]), overlay(**{name: value}))
    assert settings[name].value == value
    assert {other.value for key, other in settings.items() if key != name} == {
        row["default"] for row in PERMITTED if row["id"] != name
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("years", 11),
        ("years", 30),
        ("years", 15.5),
        ("years", "15"),
        ("part", 0.29),
        ("part", 0.81),
        ("part", "half"),
        ("level", "low"),
        ("level", 1),
        ("number", 2),
        ("number", 17),
    ],
)
def test_an_overlay_may_not_set_what_lies_outside_the_range_or_is_of_another_kind(name: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        settings_of(guidance_of([], PERMITTED), flags_of([]), overlay(**{name: value}))
    [fault] = caught.value.faults
    assert (fault.code, fault.where) == ("value-not-permitted", f"small/local: {name}")
    assert fault.parameters["value"] == value


def test_an_overlay_may_not_set_what_is_no_parameter_and_every_fault_is_told() -> None:
    with pytest.raises(InputError) as caught:
        settings_of(guidance_of([], PERMITTED), flags_of([]), overlay(gone=1, years=99))
    assert [fault.code for fault in caught.value.faults] == ["unknown-parameter", "value-not-permitted"]


def test_a_default_outside_its_own_range_is_refused() -> None:
    with pytest.raises(ValueError, match="not permitted"):
        guidance_of([], [{**PERMITTED[0], "default": 11}])


@pytest.mark.parametrize(
    "rule",
    [
        {"at_least": {"fact": "age", "threshold": "unset"}},
        {"between": {"fact": "age", "min": "unset", "max": "limit"}},
        {"at_least": {"fact": "age", "threshold": "half"}},
        {"items_at_least": items(threshold="half")},
        {"items_at_least": items(threshold=None, share="unset")},
        offences(threshold="unset"),
        offences(ever_below_age="half"),
    ],
)
def test_a_limit_without_a_value_or_of_another_kind_is_refused(rule: dict[str, Any]) -> None:
    faults_of(criterion(rule), limit=1, months=24, unset=None, half=0.5)


@pytest.mark.parametrize("rule", [items(least="low"), items(kind="protective", least="absent")])
def test_a_count_from_the_lowest_level_is_refused_since_every_rating_counts(rule: dict[str, Any]) -> None:
    faults_of(criterion({"items_at_least": rule}), limit=1)


def test_a_count_of_no_items_at_all_is_refused() -> None:
    faults_of(criterion({"items_at_most": items(kind="protective", least="present", own_behaviour=True)}), limit=0)


def test_offences_counted_over_two_windows_are_refused_since_one_fact_cannot_hold_both() -> None:
    one, other = criterion(offences(), "one"), criterion(offences(window_months="longer"), "other")
    faults_of(one, other, limit=1, months=24, longer=36)


def test_a_limit_above_what_a_column_can_hold_is_refused() -> None:
    faults_of(criterion(offences(threshold="many")), limit=1, months=24, many=121)


def test_a_required_step_below_a_criterion_is_refused() -> None:
    step = criterion({"at_most": {"fact": "age", "threshold": "limit"}}, "step")
    faults_of(criterion({"any_of": [step]}), limit=1)


def test_a_parameter_of_a_guidance_may_not_take_the_name_of_one_of_the_flags() -> None:
    flag_set = flags_of([], parameters=parameters_of(limit=1))
    with pytest.raises(InputError):
        settings_of(guidance_of([], parameters_of(limit=2)), flag_set, None)


# What a rule set tells of its criteria.


def test_a_criterion_names_the_facts_below_it_each_once_and_no_items() -> None:
    wish = {"is_one_of": {"fact": "wish", "values": ["stated"]}}
    parts = [criterion(rule, f"part_{number}", required=False) for number, rule in enumerate([wish, offences(), wish])]
    whole = criterion({"any_of": [{key: part[key] for key in ("id", "title", "rule")} for part in parts]}, "whole")
    rules = bound(whole, criterion({"items_at_least": items()}, "counted"), limit=1, months=24)
    assert rules.facts_of("whole") == ("wish", "offence_count", "age")
    assert rules.facts_of("part_1") == ("offence_count", "age")
    assert rules.facts_of("counted") == rules.facts_of("no such name") == ()


def test_a_count_over_another_time_is_open_as_long_as_several_counts_agree_with_it() -> None:
    rules = bound(criterion(offences()), limit=1, months=24)

    def is_open(count: int, window: int | None) -> bool:
        intake = CodedIntake({"offence_count": count, "age": 3}, (BLANK,) * 5, ON, window)
        return rules.is_open("offence_count", intake)

    assert [is_open(count, None) for count in (BLANK, 0, 1)] == [True, False, False]
    assert [is_open(count, 12) for count in (0, 1)] == [True, False]  # as many at least
    assert [is_open(count, 48) for count in (0, 1)] == [False, True]  # as many at most


@pytest.mark.parametrize("known", [True, False])
def test_a_step_tells_every_input_that_was_tested_with_its_code(known: bool) -> None:
    wish = criterion({"is_one_of": {"fact": "wish", "values": ["stated"]}}, "wish_it")
    rules = bound(
        wish, criterion(offences(), "count_it"), criterion({"items_at_least": items()}, "rate_it"), limit=1, months=24
    )
    facts = {"wish": 2, "offence_count": 3, "age": 1} if known else {}
    intake = CodedIntake(facts, (1, 0, BLANK, 0, 1), ON)
    steps = {each.name: each for each in trace(rules, intake)}
    code = {name: facts.get(name, BLANK) for name in ("wish", "offence_count", "age")}
    assert steps["wish_it"].used == (("wish", code["wish"]),)
    assert steps["count_it"].used == (("offence_count", code["offence_count"]), ("age", code["age"]))
    assert steps["rate_it"].used == (("item.risk_1", 1), ("item.risk_2", 0), ("item.risk_3", BLANK))
    assert steps["outcome"].used == ()
