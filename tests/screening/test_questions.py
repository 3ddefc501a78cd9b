"""What to find out next: decisive blanks, their order, how many answers are left, and what each would do."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from screening.asking import strategy
from screening.asking.declared_codes import declared
from screening.asking.first_questions import JointSearch, rank
from screening.asking.parts_left import find_decisive_blanks, find_parts_left
from screening.asking.positions import Position
from screening.asking.questions import AnswersLeft, Effect, NextQuestions, OpenQuestion, ask, make_plan
from screening.asking.strategy import Solver, TooManyStatesError
from screening.evaluation import decide
from screening.truth import MET, UNKNOWN, WORDS
from tests.screening import shipped
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

#: Every order of so many questions and every answer are tried in a short time.
FEW = 4


def what_next(case: Case, known: Known, not_found: list[str]) -> NextQuestions:
    intake = in_codes(known, case)
    return ask(case.rules, intake, decide(case.rules, intake), not_found)


def questions_of(case: Case, known: Known, not_found: list[str]) -> list[OpenQuestion]:
    return list(what_next(case, known, not_found).questions)


def looked_for_in_vain(case: Case, known: Known) -> list[str]:
    return [name for name in case.brute.inputs_of_outcome if name not in known.values][::3]


def decisive_blanks(case: Case, known: Known) -> list[str]:
    intake = in_codes(known, case)
    return find_decisive_blanks(case.rules, intake, decide(case.rules, intake))


def is_settled(case: Case, known: Known) -> bool:
    return case.brute.status(OUTCOME, known) != "unknown"


@on_small_intakes(guidances=80, part_known=0.4)
def test_a_blank_is_decisive_where_its_value_can_change_the_outcome(case: Case, known: Known) -> None:
    if not is_settled(case, known):
        assert decisive_blanks(case, known) == case.brute.decisive_blanks(known)


@on_small_intakes(guidances=50, part_known=0.5)
def test_questions_come_in_the_order_in_which_they_are_worth_asking(case: Case, known: Known) -> None:
    """Also where something was looked for in vain: it is not asked, and settles nothing."""
    for not_found in ([], looked_for_in_vain(case, known)):
        if len(case.brute.askable(known, frozenset(not_found))) <= FEW:
            asked = questions_of(case, known, not_found)
            expected = case.brute.questions(known, not_found)
            assert [(each.name, each.settles, list(each.bears_on)) for each in asked] == expected


@on_small_intakes(guidances=50, part_known=0.5)
def test_at_least_and_at_most_are_the_fewest_answers_and_those_of_the_best_strategy(case: Case, known: Known) -> None:
    for not_found in ([], looked_for_in_vain(case, known)):
        out_of_reach = frozenset(not_found)
        if is_settled(case, known):
            assert what_next(case, known, not_found).left is None
        elif len(case.brute.askable(known, out_of_reach)) <= FEW:
            most, _ = case.brute.best(known, out_of_reach)
            fewest = case.brute.fewest(known, out_of_reach)
            ends = {is_settled(case, end) for end in ends_of(case, known, not_found)}
            named = {(True,): "settled", (False,): "unsettled"}.get(tuple(ends), "perhaps_settled")
            left = what_next(case, known, not_found).left
            assert left == AnswersLeft(fewest, most, named, is_exact=True)  # type: ignore[arg-type]


def ends_of(case: Case, known: Known, not_found: list[str]) -> Iterator[Known]:
    """Where answers can lead when what stands first is asked every time."""
    asked = case.brute.askable(known, frozenset(not_found))
    if not asked:
        yield known
    for value in case.brute.stretches(asked[0], known) if asked else ():
        yield from ends_of(case, known.told(asked[0], value), not_found)


@on_small_intakes(guidances=20, part_known=0.3)
def test_whoever_asks_what_stands_first_is_done_within_at_most_and_not_before_at_least(
    case: Case, known: Known
) -> None:
    draw = Random(len(known.values))  # noqa: S311
    not_found = looked_for_in_vain(case, known) if draw.random() < 0.5 else []
    left = what_next(case, known, not_found).left
    answers = 0
    while (next_ones := what_next(case, known, not_found)).questions:
        assert next_ones.left is not None
        assert left is not None
        assert answers + next_ones.left.at_most <= left.at_most
        name = next_ones.questions[0].name
        known = known.told(name, draw.choice(case.brute.answers(name, known)))
        answers += 1
    if left is not None:
        assert left.at_least <= answers <= left.at_most
        assert left.ends != "settled" or is_settled(case, known)
        assert left.ends != "unsettled" or not is_settled(case, known)


def shipped_and_open(name: str) -> Iterator[tuple[Any, Any, list[int], list[str]]]:
    rules, draw = shipped.rules_of(name), Random(name)  # noqa: S311
    for intake in shipped.invented_intakes(name, 120):
        truths = decide(rules, intake)
        if truths[rules.outcome] == UNKNOWN:
            blank = [each for each in rules.inputs if rules.is_open(each, intake)]
            yield rules, intake, truths, []
            yield rules, intake, truths, [each for each in blank if draw.random() < 0.3]


def test_whether_the_order_is_exact_does_not_depend_on_what_was_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = shipped.rules_of("stockholm_2012")
    positions = [
        left.position
        for intake in shipped.invented_intakes("stockholm_2012", 150)
        if (truths := decide(rules, intake))[rules.outcome] == UNKNOWN
        for left in find_parts_left(rules, intake, truths, [])
        if left.is_plain
    ]

    def is_exact(solver: Solver, position: Position) -> bool:
        try:
            solver.solve(position)
        except TooManyStatesError:
            return False
        return True

    sizes = sorted({size_of(position) for position in positions})
    monkeypatch.setattr(strategy, "MOST_STATES", sizes[len(sizes) // 2])
    alone = [is_exact(Solver(), position) for position in positions]
    for order in (1, -1):
        solver = Solver()
        assert [is_exact(solver, position) for position in positions[::order]] == alone[::order]
    assert set(alone) == {True, False}


def size_of(position: Position) -> int:
    solver = Solver()
    solver.solve(position)
    return len(solver._known)


@pytest.mark.thorough
@pytest.mark.parametrize("name", shipped.NAMES)
def test_parts_thought_through_one_by_one_cost_what_all_states_together_cost(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every guidance that ships one question of each part is best at any price, so that nothing else is needed."""
    monkeypatch.setattr(strategy, "MOST_STATES", 1_500)
    compared = 0
    for rules, intake, truths, not_found in shipped_and_open(name):
        solutions = [part.solve() for part in find_parts_left(rules, intake, truths, not_found)]
        assert all(each.is_best_at_any_price for each in solutions)
        try:
            costs = JointSearch().costs(tuple(each.position for each in solutions))
        except TooManyStatesError:
            continue
        compared += 1
        ranks = make_plan(solutions).ranks
        assert {place: each[0] for place, each in ranks.items()} == {place: cost.worst for place, cost in costs.items()}
        means = {place: each[1] for place, each in ranks.items()}
        assert means == pytest.approx({place: cost.mean for place, cost in costs.items()})
    assert compared > 20


@on_small_intakes(guidances=20, part_known=0.4)
def test_each_answer_does_what_its_effect_says(case: Case, known: Known) -> None:
    assert_effects_hold(case, known)


def assert_effects_hold(case: Case, known: Known) -> None:
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
    blanks = decisive_blanks(case, known)
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


def test_an_answer_may_settle_what_only_all_values_of_another_blank_together_settle() -> None:
    """A stated wish, and young or old: after the wish the age says nothing any more, though each half asks for it."""
    young, old = {"at_most": {"fact": "age", "threshold": "one"}}, {"at_least": {"fact": "age", "threshold": "two"}}
    case = case_with(any_of("either", all_of("young", WISH, young), all_of("old", WISH, old)), THREAT)
    assert_effects_hold(case, Known({}))
    effects = [effect for question in questions_of(case, Known({}), []) for effect in question.effects]
    assert any(("c0", MET) in effect.criteria for effect in effects)


def asked(case: Case, values: dict[str, Value]) -> list[tuple[str, str]]:
    return [(each.name, each.settles) for each in questions_of(case, Known(values), [])]


def test_what_is_most_likely_to_settle_the_matter_over_all_declared_answers_is_asked_first() -> None:
    """One answer of three is a stated wish; one of two is a threat. Each refutes the whole if it is the other."""
    assert asked(case_with(THREAT, WISH), {}) == [("wish", "alone"), ("threat", "alone")]


def test_an_answer_goes_with_another_of_a_second_part_only_where_that_part_is_met_by_one_alone() -> None:
    """The first of three suffices for the one criterion; the other takes two answers, so no two settle the matter."""
    two = {"at_least": {"fact": "age", "threshold": "two"}}
    one_of_three = any_of("first", WISH, THREAT, offences("one"))
    case = case_with(one_of_three, any_of("second", all_of("both", MONTHS, two), THREE_ITEMS))
    assert {settles for _, settles in asked(case, {})} == {"not_yet"}
    case = case_with(one_of_three, any_of("second", MONTHS, two, THREE_ITEMS))
    assert {name for name, settles in asked(case, {}) if settles == "with_another"} >= {"wish", "threat", "months"}


def test_where_three_answers_are_needed_no_two_go_together() -> None:
    assert {settles for _, settles in asked(case_with(THREE_ITEMS), {})} == {"not_yet"}


def test_a_count_over_a_longer_time_stands_for_no_more_offences_than_were_counted() -> None:
    case = case_with(offences("three"))
    intake = in_codes(Known({"offence_count": 5, "age": 9}, 48), case)
    assert sum(declared(case.rules, "offence_count", intake)) == 6, "none to five"


def test_what_is_equally_worth_asking_is_asked_in_the_order_of_the_guidance() -> None:
    other = {"is_one_of": {"fact": "wish", "values": ["none"]}}
    assert asked(case_with(any_of("any", WISH, other), any_of("or", THREAT)), {}) == [
        ("threat", "alone"),
        ("wish", "alone"),
    ]
    two = {"at_least": {"fact": "age", "threshold": "two"}}
    assert [name for name, _ in asked(case_with(any_of("any", THREAT), all_of("all", two, WISH)), {})] == [
        "wish",
        "threat",
        "age",
    ]


@pytest.mark.parametrize("is_wish_first", [True, False])
def test_an_answer_that_settles_alone_does_not_keep_the_next_from_being_tried_with_another(is_wish_first: bool) -> None:
    """No wish settles it; only where there is an unsure wish does a threat settle anything."""
    unsure = {"is_one_of": {"fact": "wish", "values": ["unsure"]}}
    none = {"is_one_of": {"fact": "wish", "values": ["none"]}}
    both = all_of("both", *((unsure, THREAT) if is_wish_first else (THREAT, unsure)))
    case = case_with(any_of("any", both, none), {"at_least": {"fact": "months", "threshold": "two"}})
    known: dict[str, Value] = {"months": 2}
    assert sorted(asked(case, known)) == [("threat", "with_another"), ("wish", "alone")]


def left(case: Case, values: dict[str, Value], not_found: list[str]) -> AnswersLeft | None:
    return what_next(case, Known(values), not_found).left


def test_the_fewest_answers_are_those_that_can_refute_one_criterion() -> None:
    # Three of five items must count: the third that does not settles it, and the fifth at the latest.
    assert left(case_with(THREE_ITEMS), {}, []) == AnswersLeft(3, 5, "settled", is_exact=True)
    assert left(case_with(THREE_ITEMS, WISH), {}, []) == AnswersLeft(1, 6, "settled", is_exact=True)


def test_what_was_looked_for_in_vain_is_in_neither_number_and_it_is_said_what_it_leaves_open() -> None:
    # Of five items two are gone: three that count still settle it, and so do three that do not.
    gone = ["item.risk_1", "item.risk_2"]
    assert left(case_with(THREE_ITEMS), {}, gone) == AnswersLeft(3, 3, "perhaps_settled", is_exact=True)
    # One more, and nothing settles it: the two that are left are still asked, for whoever judges what is gone.
    assert left(case_with(THREE_ITEMS), {}, [*gone, "item.risk_3"]) == AnswersLeft(2, 2, "unsettled", is_exact=True)
    # With nothing to ask: no answer is left, and the matter stays open.
    assert left(case_with(THREAT), {}, ["threat"]) == AnswersLeft(0, 0, "unsettled", is_exact=True)


def test_beyond_so_many_states_the_order_is_a_guess_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_with(THREE_ITEMS, all_of("both", WISH, any_of("or", THREAT, MONTHS)))
    monkeypatch.setattr(strategy, "MOST_STATES", 3)
    assert left(case, {}, []) == AnswersLeft(1, 8, "perhaps_settled", is_exact=False)
    assert asked(case, {})[0] == ("wish", "alone")


def test_a_question_that_is_best_at_one_price_and_not_at_another_is_found_by_trying_all_states_together() -> None:
    """Whether to begin with one input or another inside of a criterion depends on what the other criteria cost."""
    deep = any_of("deep", all_of("first", WISH, any_of("of", THREAT, MONTHS)), all_of("second", offences("one")))
    case = case_with(deep, THREE_ITEMS, {"between": {"fact": "age", "min": "one", "max": "two"}})
    intake = in_codes(Known({f"item.risk_{number}": "low" for number in (1, 2)}), case)
    truths = decide(case.rules, intake)
    solutions = [part.solve() for part in find_parts_left(case.rules, intake, truths, [])]
    plan = make_plan(solutions)
    costs = JointSearch().costs(tuple(each.position for each in solutions))
    assert plan.ranks == {place: rank(cost) for place, cost in costs.items()}
