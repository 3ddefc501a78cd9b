"""Kleene's logic is exact where every input occurs once: it answers as all completions agree (architecture 3.3)."""

from itertools import product

import pytest

from screening.criteria import combine
from screening.truth import MET, NOT_MET, UNKNOWN, WORDS, Truth

TRUTHS = (NOT_MET, UNKNOWN, MET)
PLAIN = {"all_of": all, "any_of": any, "none_of": lambda values: not any(values)}


def completions(truths: tuple[int, ...]) -> list[tuple[bool, ...]]:
    """Every way in which unknown truths can turn out, independently."""
    return list(product(*([False, True] if truth == UNKNOWN else [truth == MET] for truth in truths)))


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("number", range(4))
def test_a_combination_is_what_all_completions_agree_on(kind: str, number: int) -> None:
    for truths in product(TRUTHS, repeat=number):
        answers = {PLAIN[kind](values) for values in completions(truths)}
        assert combine(kind, truths) == (UNKNOWN if len(answers) > 1 else MET if answers.pop() else NOT_MET), truths


@pytest.mark.parametrize("kind", PLAIN)
def test_learning_an_unknown_part_never_turns_a_settled_combination(kind: str) -> None:
    for truths in product(TRUTHS, repeat=3):
        for place, learned in product(range(3), (NOT_MET, MET)):
            after = tuple(learned if at == place and truth == UNKNOWN else truth for at, truth in enumerate(truths))
            assert combine(kind, truths) in (UNKNOWN, combine(kind, after))


def test_the_truths_stand_in_order_of_support_and_have_words() -> None:
    assert sorted(Truth) == [Truth.NOT_MET, Truth.UNKNOWN, Truth.MET]
    assert [truth.word for truth in Truth] == list(WORDS) == ["not_met", "unknown", "met"]
