"""What to find out next: decisive blanks, their order, and what each answer would do (architecture 3.7)."""

from typing import Any

import pytest

from screening.evaluation import decide
from screening.questions import Effect, OpenQuestion, ask, find_decisive_blanks
from screening.truth import WORDS
from tests.screening.brute_force import OUTCOME, Known, Value, Window
from tests.screening.strategies import (
    TEXT,
    Case,
    Parameters,
    case_of,
    in_codes,
    invented_instrument,
    on_small_intakes,
    value_of,
)


def questions_of(case: Case, known: Known, not_found: list[str]) -> list[OpenQuestion]:
    intake = in_codes(known, case)
    return ask(case.rules, intake, decide(case.rules, intake), not_found)


def is_settled(case: Case, known: Known) -> bool:
    return case.brute.status(OUTCOME, known) != "unknown"


@on_small_intakes(guidances=80, part_known=0.4)
def test_a_blank_is_decisive_where_its_value_can_change_the_outcome(case: Case, known: Known) -> None:
    if not is_settled(case, known):
        assert find_decisive_blanks(case.rules, in_codes(known, case)) == case.brute.decisive_blanks(known)


@on_small_intakes(guidances=80, part_known=0.4)
def test_questions_come_in_the_order_in_which_they_are_worth_asking(case: Case, known: Known) -> None:
    asked = questions_of(case, known, [])
    expected = [] if is_settled(case, known) else case.brute.questions(known)
    assert [(each.name, each.settles, list(each.bears_on)) for each in asked] == expected


@on_small_intakes(guidances=80, part_known=0.4)
def test_what_was_looked_for_in_vain_is_not_asked_and_settles_nothing(case: Case, known: Known) -> None:
    if is_settled(case, known):
        return
    not_found = [name for name in case.brute.inputs_of_outcome if name not in known.values][::3]
    asked = questions_of(case, known, not_found)
    expected = case.brute.questions(known, not_found)
    assert [(each.name, each.settles, list(each.bears_on)) for each in asked] == expected


@on_small_intakes(guidances=80, part_known=0.4)
def test_each_answer_does_what_its_effect_says(case: Case, known: Known) -> None:
    before = case.brute.statuses(known)
    criteria = [each.id for required in case.brute.required for each in required.walk()]
    for question in questions_of(case, known, []):
        by_first_answer = effects_by_first_answer(question, case)
        for answer in case.brute.answers(question.name, known):
            effect = by_first_answer[first_of_stretch(answer, set(by_first_answer))]
            after = case.brute.statuses(known.told(question.name, answer))
            assert WORDS[effect.outcome] == after[OUTCOME]
            changed = {name: after[name] for name in criteria if after[name] != before[name]}
            assert {name: WORDS[truth] for name, truth in effect.criteria} == changed


def effects_by_first_answer(question: OpenQuestion, case: Case) -> dict[Value, Effect]:
    told = [(value_of(question.name, code, case), effect) for effect in question.effects for code in effect.codes]
    assert len(dict(told)) == len(told), "an answer has two effects"
    return dict(told)


def first_of_stretch(answer: Value, first_answers: set[Value]) -> Value:
    """The first answer of the stretch that an answer lies in; of a word, the word itself."""
    if not isinstance(answer, int):
        return answer
    return max(first for first in first_answers if isinstance(first, int) and first <= answer)


# Worked examples. The offences count over 24 months, and over the whole life below the age of one.


def case_with(*rules: dict[str, Any]) -> Case:
    """A guidance of required criteria over five risk items; the numbers in the rules are parameters."""
    made = Parameters()
    for name, value in {"one": 1, "two": 2, "three": 3, "months": 24}.items():
        made.add("whole_number", value, [0, 999], name)
    criteria = [{**criterion(f"c{number}", rule), "required": True} for number, rule in enumerate(rules)]
    return case_of(criteria, made.rows, invented_instrument((True,) * 5, protective=1, design_age=(1, 3)))


def criterion(name: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "title": TEXT, "rule": rule}


def any_of(name: str, *rules: dict[str, Any], kind: str = "any_of") -> dict[str, Any]:
    return {kind: [criterion(f"{name}_{number}", rule) for number, rule in enumerate(rules)]}


def all_of(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return any_of(name, *rules, kind="all_of")


def offences(least: str) -> dict[str, Any]:
    counting = {"fact": "offence_count", "window_months": "months", "ever_below_age": "one"}
    return {"offences_at_least": {**counting, "threshold": least}}


WISH = {"is_one_of": {"fact": "wish", "values": ["stated"]}}
THREAT = {"is_one_of": {"fact": "threat", "values": ["yes"]}}
MONTHS = {"at_least": {"fact": "months", "threshold": "two"}}
THREE_ITEMS = {"items_at_least": {"kind": "risk", "least": "moderate", "threshold": "three"}}


def decisive(case: Case, values: dict[str, Value], window: Window) -> list[str]:
    known = Known(values, window)
    blanks = find_decisive_blanks(case.rules, in_codes(known, case))
    assert blanks == case.brute.decisive_blanks(known)
    return blanks


def test_the_age_is_asked_where_it_decides_whether_a_count_over_another_time_is_a_floor_or_a_ceiling() -> None:
    # Two in 48 months: of somebody below the age two or more count, of others two or fewer.
    case = case_with(all_of("both", offences("three"), offences("one")))
    assert decisive(case, {"offence_count": 2}, 48) == ["offence_count", "age"]


def test_the_age_is_asked_also_where_going_from_the_higher_age_to_the_lower_turns_the_outcome() -> None:
    # From two upwards (below the age) there is always at least one; of two or fewer (from the age on) there may be
    # none. Every count of the young has a count of the old that meets the criterion, and not the other way around.
    case = case_with(any_of("enough", offences("three"), MONTHS), offences("one"))
    assert decisive(case, {"offence_count": 2, "months": 2}, 48) == ["offence_count", "age"]


def test_the_age_is_asked_also_where_from_it_on_one_count_alone_agrees_with_the_record() -> None:
    # None in 48 months: of somebody below the age any count may agree, of others none alone.
    case = case_with(offences("two"), offences("one"))
    assert decisive(case, {"offence_count": 0}, 48) == ["offence_count", "age"]


def test_the_age_is_not_asked_where_the_same_counts_agree_with_the_record_at_every_age() -> None:
    # None in 12 months: a floor at every age, so only the count itself, and the wish, can change anything.
    case = case_with(WISH, offences("one"), any_of("again", offences("one")))
    assert decisive(case, {"offence_count": 0}, 12) == ["wish", "offence_count"]


def asked(case: Case, values: dict[str, Value]) -> list[tuple[str, str]]:
    return [(each.name, each.settles) for each in questions_of(case, Known(values), [])]


def test_what_settles_alone_is_asked_before_what_settles_with_another_and_that_before_the_rest() -> None:
    case = case_with(any_of("any", THREE_ITEMS, all_of("two", THREAT, MONTHS), WISH))
    assert asked(case, {}) == [
        ("wish", "alone"),
        ("threat", "with_another"),
        ("months", "with_another"),
        *((f"item.risk_{number}", "not_yet") for number in range(1, 6)),
    ]


@pytest.mark.parametrize("is_wish_first", [True, False])
def test_an_answer_that_settles_alone_does_not_keep_the_next_from_being_tried_with_another(is_wish_first: bool) -> None:
    """No wish settles it; only where there is an unsure wish does a threat settle anything."""
    unsure = {"is_one_of": {"fact": "wish", "values": ["unsure"]}}
    none = {"is_one_of": {"fact": "wish", "values": ["none"]}}
    both = all_of("both", *((unsure, THREAT) if is_wish_first else (THREAT, unsure)))
    case = case_with(any_of("any", both, none), {"at_least": {"fact": "months", "threshold": "two"}})
    known: dict[str, Value] = {"months": 2}
    assert asked(case, known) == [("wish", "alone"), ("threat", "with_another")]


def test_of_two_that_settle_alone_what_more_required_criteria_rest_on_is_asked_first() -> None:
    assert asked(case_with(THREAT, WISH, any_of("any", WISH, MONTHS)), {}) == [("wish", "alone"), ("threat", "alone")]


def test_what_is_equally_worth_asking_is_asked_in_the_order_of_the_guidance() -> None:
    assert asked(case_with(THREAT, WISH), {}) == [("threat", "alone"), ("wish", "alone")]
    assert asked(case_with(WISH, THREAT), {}) == [("wish", "alone"), ("threat", "alone")]
