"""What is published of double ratings tells nothing of few cases, neither by reading nor by working it out."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.intake import EVER_MONTHS, CodedIntake
from screening.reliability.counts import ALIKE, DecisionCounts, hide_few, shares_of, turned_by_chance
from screening.reliability.turning import DecidedPairs
from tests.screening.batches import LIBRARY, ON
from tests.thoroughness import examples

LEAST = PROTECTION = 5
RULES = LIBRARY.bind("stockholm_2012", on=ON).rules
BLANK = -1


def counts_of(*cells: int, **items: int) -> DecisionCounts:
    counts = DecisionCounts(np.array(cells, dtype=np.int64).reshape(3, 3))
    counts.items.update(items)
    return counts


def numbers_in(shown: dict[str, Any]) -> list[int]:
    cells = [cell for row in shown["outcomes"] for cell in row]
    return [number for number in [*cells, *(shown[way] for way in ALIKE)] if number is not None]


@settings(max_examples=examples(30))
@given(st.lists(st.integers(0, 14), min_size=9, max_size=9).filter(lambda cells: sum(cells) >= 20))
def test_no_small_number_is_shown_and_what_is_shown_is_true(cells: list[int]) -> None:
    shown = hide_few(counts_of(*cells), LEAST, PROTECTION)
    assert shown["cases"] == sum(cells)
    assert all(number == 0 or number >= LEAST for number in numbers_in(shown))
    told = [cell for row in shown["outcomes"] for cell in row]
    assert all(cell in (None, true) for cell, true in zip(told, cells, strict=True))


def test_a_single_small_number_cannot_be_found_by_subtraction() -> None:
    shown = hide_few(counts_of(20, 0, 3, 0, 10, 0, 6, 0, 20), LEAST, PROTECTION)
    assert shown["outcomes"][0][2] is None
    assert shown["turned"] == 9
    assert shown["outcomes"][2][0] is None  # else 9 - 6 would tell the other


def test_a_small_sum_hides_another_sum() -> None:
    shown = hide_few(counts_of(20, 0, 1, 0, 20, 0, 2, 0, 20), LEAST, PROTECTION)
    hidden = [way for way in ALIKE if shown[way] is None]
    assert "turned" in hidden
    assert len(hidden) > 1


@pytest.mark.parametrize(
    ("number", "told"), [(0, 0), (3, None), (5, 5), (7, None), (10, 10)], ids=lambda value: str(value)
)
def test_an_item_is_told_where_neither_it_nor_the_rest_is_small(number: int, told: int | None) -> None:
    shown = hide_few(counts_of(20, 0, 5, 0, 10, 0, 5, 0, 20, **{"item.a": number}), LEAST, PROTECTION)
    assert shown["turned"] == 10
    assert shown["items"] == {"item.a": told}


def test_an_item_is_hidden_where_the_turns_are() -> None:
    shown = hide_few(counts_of(30, 0, 1, 0, 30, 0, 0, 0, 30, **{"item.a": 0}), LEAST, PROTECTION)
    assert shown["items"] == {"item.a": None}


def test_chance_is_told_only_where_every_number_behind_it_is() -> None:
    whole = hide_few(counts_of(20, 0, 5, 0, 10, 0, 5, 0, 20), LEAST, PROTECTION)
    assert turned_by_chance(whole) is not None
    few = hide_few(counts_of(20, 0, 5, 0, 10, 0, 1, 0, 20), LEAST, PROTECTION)
    assert turned_by_chance(few) is None


def test_chance_is_what_pairs_of_two_different_cases_come_to() -> None:
    shown = hide_few(counts_of(6, 5, 5, 0, 7, 0, 5, 0, 9), LEAST, PROTECTION)
    cells = [cell for row in shown["outcomes"] for cell in row]
    cases = [pair for pair, number in zip(product(range(3), repeat=2), cells, strict=True) for _ in range(number)]
    turned = [
        abs(one - other) == 2
        for place, first in enumerate(cases)
        for second in cases[place + 1 :]
        for one in first
        for other in second
    ]
    assert turned_by_chance(shown) == pytest.approx(np.mean(turned))


def test_a_hidden_number_has_no_share_and_no_interval() -> None:
    shown = hide_few(counts_of(20, 0, 1, 0, 20, 0, 2, 0, 20), LEAST, PROTECTION)
    share = shares_of(shown, shown["cases"])["turned"]
    assert (share.number, share.value, share.interval) == (None, None, None)


def test_a_pair_of_intakes_is_counted_by_outcome_criterion_and_item() -> None:
    first = CodedIntake({"age": 16}, tuple(0 for _ in RULES.instrument.items), ON)
    second = CodedIntake({"age": 16}, tuple(BLANK for _ in RULES.instrument.items), ON)
    counts = DecisionCounts()
    for _ in range(2):
        counts.add(DecidedPairs.of_intakes(RULES, first, second))
    assert counts.cases == 2
    assert all(each.sum() == 2 for each in counts.criteria.values())
    assert counts.criteria["age"].tolist() == [0, 0, 2]


@pytest.mark.parametrize("window", [None, "ever", 24])
def test_an_intake_is_the_same_as_a_cohort_of_one(window: int | str | None) -> None:
    intake = CodedIntake({"offence_count": 3}, (0, BLANK, 2), ON, window)
    columns = intake.as_columns()
    assert columns.intake(0) == intake
    assert window != "ever" or (columns.offence_window is not None and columns.offence_window[0] == EVER_MONTHS)
