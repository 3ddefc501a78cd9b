"""What differs between two guidances is told in words, counted on a cohort, and shown by an intake that decides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from instruments.messages import Text
from instruments.ratings import BLANK
from screening.binding import bind
from screening.guidance_differences import OnCohort, Shift, compare_on_cohort, known_in
from screening.guidance_differences_in_words import differences_in_words
from screening.library import BoundGuidance
from screening.rules import Rule
from screening.ruleset import OUTCOME
from screening.truth import MET, NOT_MET, UNKNOWN
from screening.witnesses import truth_of
from tests.cases.reading import library

ON = date(2026, 11, 29)
ROWS = 3_000
CATALOGUE = library().catalogue.with_words(library().bind("stockholm_2012", on=ON).words())


def bound(name: str, changed: Mapping[str, int | float | str] | None = None) -> BoundGuidance:
    return library().bind(name, on=ON, instrument="youth_spj", changed=changed)


def seen(first: BoundGuidance, second: BoundGuidance) -> OnCohort:
    return compare_on_cohort(first, second, rows=ROWS, seed=1, on=ON)


def shift(found: OnCohort, name: str, before: int, after: int) -> Shift:
    (only,) = (each for each in found.shifts if (each.name, each.before, each.after) == (name, before, after))
    return only


def test_a_guidance_does_not_differ_from_itself() -> None:
    same = bound("stockholm_2012")
    assert list(differences_in_words(same, same, CATALOGUE)) == []
    assert seen(same, same).shifts == ()


def test_a_limit_that_was_moved_is_told_and_shown_by_an_age_between_the_two_and_nothing_else() -> None:
    first, second = bound("stockholm_2012"), bound("stockholm_2012", {"age_min": 15})
    (told,) = differences_in_words(first, second, CATALOGUE)
    assert (told.key, told.parameters["before"], told.parameters["after"]) == ("diff.limit", "12", "15")
    found = seen(first, second)
    age = shift(found, "age", MET, NOT_MET)
    assert age.rows > 0
    assert age.witness is not None
    assert {name: code for name, code in age.witness.intake.facts.items() if code != BLANK}.keys() == {"age"}
    assert 12 <= age.witness.intake.fact("age") <= 14
    assert set(age.witness.intake.items) == {BLANK}


PAIRS = [
    ("skl_2015", "stockholm_2019", None),
    ("socialstyrelsen_2012", "stockholm_2012", None),
    ("stockholm_2012", "stockholm_2012", {"own_behaviour_level": "high"}),
    ("stockholm_2012", "stockholm_2012", {"offences_at_least": 5}),
    ("stockholm_2012", "stockholm_2012", {"offences_window_months": 12}),
    ("stockholm_2012", "stockholm_2012", {"motivation_days": 7}),
    ("stockholm_2012", "stockholm_2012", {"protective_at_most": 1}),
]


@pytest.mark.parametrize(("one", "other", "changed"), PAIRS)
def test_every_witness_comes_out_as_is_said_and_holds_nothing_that_is_not_needed(
    one: str, other: str, changed: Mapping[str, int | float | str] | None
) -> None:
    first, second = bound(one), bound(other, changed)
    found = seen(first, second)
    assert found.shifts
    for each in found.shifts:
        assert each.witness is not None, each
        intake, days = each.witness.intake, each.witness.days
        if days:
            continue  # the answer is one thing to the one guidance and too old for the other
        sides = ((first.rules, each.before), (second.rules, each.after))
        assert all(truth_of(rules, rules.by_name[each.name], intake) == truth for rules, truth in sides)
        known = [name for name, code in intake.facts.items() if code != BLANK]
        for name in known:
            less = intake.with_fact(name, BLANK)
            assert any(truth_of(rules, rules.by_name[each.name], less) != truth for rules, truth in sides), name
        assert [*known_in(each.witness, first.rules, second.rules)] or intake.facts == {}


def test_offences_over_another_time_are_shown_with_the_time() -> None:
    first, second = bound("stockholm_2012"), bound("stockholm_2012", {"offences_window_months": 12})
    shifted = shift(seen(first, second), "several_offences", MET, UNKNOWN)
    assert shifted.rows == 0, "the cohort counts by the guidance's own rule"
    assert shifted.witness is not None
    assert shifted.witness.intake.offence_window == 24


def test_an_answer_that_only_one_finds_too_old_is_shown_with_its_age() -> None:
    first, second = bound("stockholm_2012"), bound("stockholm_2012", {"motivation_days": 7})
    shifted = shift(seen(first, second), "motivation_stated", MET, UNKNOWN)
    assert shifted.rows > 0
    assert shifted.witness is not None
    assert shifted.witness.days == {"motivation_to_leave": 8}


def test_rows_that_change_outcome_are_those_of_the_comparison() -> None:
    found = seen(bound("skl_2015"), bound("stockholm_2019"))
    transitions = found.comparison.transitions
    for before in (NOT_MET, UNKNOWN, MET):
        for after in (NOT_MET, UNKNOWN, MET):
            rows = [
                each.rows for each in found.shifts if (each.name, each.before, each.after) == (OUTCOME, before, after)
            ]
            assert before == after or sum(rows) == transitions[before, after]


def changed_rule(first: BoundGuidance, name: str, rule: Mapping[str, object]) -> BoundGuidance:
    """The guidance with another rule for a criterion, which has no reading any more."""
    changed = {"reading": None, "rule": Rule.model_validate(rule)}
    criteria = tuple(
        each.model_copy(update=changed) if each.id == name else each for each in first.rules.guidance.criteria
    )
    rules, guidance = first.rules, first.rules.guidance.model_copy(update={"criteria": criteria})
    return replace(first, rules=bind(guidance, rules.settings, rules.flag_set, rules.dictionary, rules.instrument))


def test_a_rule_is_told_in_words_with_the_limits_in_force_and_a_reading_that_is_missing_as_none() -> None:
    first = bound("stockholm_2012")
    second = changed_rule(first, "age", {"after_valid_to": True})
    told = {each.key: each.parameters for each in differences_in_words(first, second, CATALOGUE)}
    assert told["diff.rule"]["before"] == Text(
        sv="när uppgiften är från 12 till 29 (Ålder)", en="when the fact is from 12 to 29 (Age)"
    )
    assert told["diff.rule"]["after"] == Text(
        sv="när dagen ligger efter vägledningens sista dag, som inte är känd",
        en="when the day lies after the guidance's last day, which is not known",
    )
    assert told["diff.reading"]["after"] == Text(sv="–", en="–")


def test_a_rule_of_several_criteria_names_them() -> None:
    first = bound("stockholm_2012")
    (track,) = (each for each in first.rules.guidance.criteria if each.id == "track")
    parts = [child.model_dump(exclude_none=True) for child in track.rule.children]
    both = changed_rule(first, "track", {"all_of": parts})
    told = {each.key: each.parameters for each in differences_in_words(first, both, CATALOGUE)}
    assert told["diff.rule"]["after"] == Text(
        sv="när alla dessa är uppfyllda: ”Riskerar att dras in i kriminalitet”; "
        "”Vill lämna kriminaliteten, eller behöver stöd för det”",
        en="when all of these are met: “Is at risk of being drawn into crime”; "
        "“Wants to leave crime, or needs support to do so”",
    )


def test_rules_whose_words_are_alike_are_told_as_they_are_written() -> None:
    first = bound("stockholm_2012@1.0"), bound("stockholm_2012@1.1")
    told = {each.key: each.parameters for each in differences_in_words(*first, CATALOGUE)}
    before, after = (str(told["diff.rule"][side]) for side in ("before", "after"))
    assert "när minst 3 brott" in before
    assert "counted: offences_counted" not in before
    assert "counted: offences_counted]" in after


def test_what_two_guidances_say_of_criteria_is_told_of_each() -> None:
    first, second = bound("skl_2015"), bound("stockholm_2019")
    told = {(each.key, each.parameters.get("name")) for each in differences_in_words(first, second, CATALOGUE)}
    assert ("diff.criterion_removed", "track") in told
    assert ("diff.now_required", "wants_to_leave") in told
    assert ("diff.required_criterion_added", "age") in told
    assert ("diff.quote", "wants_to_leave") in told
    assert ("diff.reading", "wants_to_leave") in told
    assert ("diff.limit_added", "age_min") in told
    back = {each.key for each in differences_in_words(second, first, CATALOGUE)}
    assert {"diff.limit_removed", "diff.no_longer_required", "diff.instrument"} <= back
