"""What to find out next: decisive blanks, their order, and what each answer would do (architecture 3.7)."""

from screening.evaluation import decide
from screening.questions import Effect, OpenQuestion, ask, find_decisive_blanks
from screening.truth import WORDS
from tests.screening.brute_force import OUTCOME, Known, Value
from tests.screening.strategies import Case, in_codes, on_small_intakes, value_of


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
