"""Which published numbers are sums of others, on tables so small that every sum can be written down."""

from collections.abc import Iterable

import numpy as np
import pytest

from screening.trends.blocks import Sum
from screening.trends.counting import Dims
from screening.trends.lattice import Period
from screening.trends.relations import Placed, sums_over_time, sums_within
from tests.screening.trends.cohorts import FIRST, LATTICE

QUARTER = Period(FIRST, 3)
MONTHS = [Period(FIRST + month, 1) for month in range(3)]


def placed(period: Period, places: object, *dims: str) -> Placed:
    """A table with cells at some positions, -1 for a cell that can only be zero."""
    at = np.array(places, dtype=np.int64)
    return Placed(
        period, dims, tuple(tuple(f"{name}_{place}" for place in range(size)) for name, size in axes(dims, at)), at
    )


def axes(dims: Dims, at: np.ndarray) -> Iterable[tuple[str, int]]:
    return zip(dims, at.shape, strict=True)


def told(sums: Iterable[Sum]) -> set[tuple[int, tuple[int, ...]]]:
    return {(each.total, tuple(sorted(map(int, each.parts)))) for each in sums}


@pytest.mark.parametrize(
    ("total", "months", "expected"),
    [
        (3, [0, 1, 2], {(3, (0, 1, 2))}),
        (3, [0, -1, 2], {(3, (0, 2))}),
        (1, [-1, 0, -1], {(1, (0,))}),  # the first cell of all is a part like any other
        (0, [-1, 1, -1], {(0, (1,))}),  # and a total like any other
        (0, [-1, -1, -1], set()),  # a sum of nothing says nothing
        (-1, [0, 1, 2], set()),
    ],
)
def test_a_quarter_is_the_sum_of_those_of_its_months_that_have_the_cell(
    total: int, months: list[int], expected: set[tuple[int, tuple[int, ...]]]
) -> None:
    tables = [placed(QUARTER, total), *(placed(month, place) for month, place in zip(MONTHS, months, strict=True))]
    assert told(sums_over_time(tables)) == expected
    assert told(sums_over_time(tables[:1])) == set()


def test_over_time_each_cell_is_the_sum_of_the_same_cell() -> None:
    tables = [placed(QUARTER, [8, 9], "unit"), placed(MONTHS[0], [0, 1], "unit"), placed(MONTHS[2], [-1, 2], "unit")]
    assert told(sums_over_time([*tables, placed(MONTHS[1], 7)])) == {(8, (0,)), (9, (1, 2))}


@pytest.mark.parametrize(
    ("total", "units", "expected"),
    [
        (3, [0, 1, 2], {(3, (0, 1, 2))}),
        (3, [0, -1, -1], {(3, (0,))}),
        (0, [1, -1, 2], {(0, (1, 2))}),
        (0, [-1, -1, -1], set()),
        (-1, [0, 1, 2], set()),
    ],
)
def test_a_total_is_the_sum_of_those_of_its_parts_that_are_there(
    total: int, units: list[int], expected: set[tuple[int, tuple[int, ...]]]
) -> None:
    assert told(sums_within(LATTICE, [placed(QUARTER, total), placed(QUARTER, units, "unit")])) == expected
    assert told(sums_within(LATTICE, [placed(QUARTER, total), placed(MONTHS[0], units, "unit")])) == set()


def test_a_table_is_summed_to_the_next_above_it_and_not_past_that() -> None:
    tables = [
        placed(QUARTER, 0),
        placed(QUARTER, [1, 2], "unit"),
        placed(QUARTER, [[3, 4, 5], [6, -1, 7]], "unit", "outcome"),
    ]
    assert told(sums_within(LATTICE, tables)) == {(0, (1, 2)), (1, (3, 4, 5)), (2, (6, 7))}
    assert told(sums_within(LATTICE, [tables[0], tables[2]])) == {(0, (3, 4, 5, 6, 7))}
    across = placed(QUARTER, [8, 9, 10], "outcome")
    assert told(sums_within(LATTICE, [*tables[1:], across])) == {
        *{(1, (3, 4, 5)), (2, (6, 7))},
        *{(8, (3, 6)), (9, (4,)), (10, (5, 7))},
    }


def test_of_what_is_answered_for_every_case_each_question_adds_up_to_the_total_by_itself() -> None:
    tables = [placed(QUARTER, 0), placed(QUARTER, [[1, 2], [3, -1], [-1, -1]], "criterion", "status")]
    assert told(sums_within(LATTICE, tables)) == {(0, (1, 2)), (0, (3,))}
    by_unit = [placed(QUARTER, [0, 9], "unit"), placed(QUARTER, [[[1, 2], [3, 4]]], "criterion", "status", "unit")]
    assert told(sums_within(LATTICE, by_unit)) == {(0, (1, 3)), (9, (2, 4))}


def test_what_nothing_was_recorded_of_is_no_sum() -> None:
    nothing = placed(QUARTER, np.zeros((0, 3)), "guidance", "outcome")
    assert told(sums_within(LATTICE, [placed(QUARTER, 0), nothing])) == set()
