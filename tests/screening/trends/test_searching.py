"""How what is hidden is looked for: for one small number after the other, in parts of cells, and in whole ones."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from screening.trends import disclosure, optimum
from screening.trends.blocks import Block, State, Sum
from screening.trends.disclosure import least_hidden
from tests.screening.trends.least_hidden import block_of, least_by_one_program

PROTECTION = 5
#: Rows, columns and seed of small tables of which parts of cells do not tell which whole ones are hidden.
IN_WHOLE_CELLS = [(4, 4, 82), (4, 4, 86), (5, 4, 24), (5, 4, 97), (5, 4, 106), (6, 4, 1), (6, 4, 104)]
#: The third of them takes six choices of whole cells, each of which looks into one node.
HARDEST = IN_WHOLE_CELLS[2]


def small_table(rows: int, columns: int, seed: int) -> Block:
    return block_of(np.random.default_rng(seed).negative_binomial(1.0, 1 / 11, (rows, columns)))


def block(values: Sequence[int], sums: Sequence[Sum], loss: Sequence[float], shown: Sequence[int] = ()) -> Block:
    states = np.full(len(values), State.OPEN, dtype=np.int8)
    states[list(shown)] = State.SHOWN
    counts = np.array(values)
    return Block(counts, np.zeros(len(values), dtype=np.bool_), states, counts.copy(), np.array(loss), sums)


def hidden(*cells: int, of: int) -> np.ndarray:
    return np.isin(np.arange(of), cells)


# --- in turn ---------------------------------------------------------------------------------------------------------


def test_what_is_hidden_already_costs_nothing_over_however_many_cells_it_leads() -> None:
    """From the first to the fourth there are sums of two; beside the first stands one that is cheap to hide."""
    sums = [Sum(4, np.array([0, 1, 5])), Sum(6, np.array([1, 2])), Sum(7, np.array([2, 3])), Sum(8, np.array([3]))]
    values = [2, 9, 9, 9, 20, 9, 18, 18, 9]
    search = disclosure._InTurn(block(values, sums, [1.0] * 5 + [0.1] * 4, [4, 6, 7]), hidden(0, 1, 2, 3, 8, of=9))
    assert search.protect(0, PROTECTION)[0]
    assert not search.hidden[5]


def test_what_is_hidden_for_one_is_hidden_for_the_next_at_no_cost() -> None:
    """The first and the third have the second between them; each has one of its own beside it, the first a dear one."""
    sums = [Sum(5, np.array([0, 1, 3])), Sum(6, np.array([2, 1, 4]))]
    search = disclosure._InTurn(
        block([2, 9, 2, 9, 9, 20, 20], sums, [1, 1, 1, 10, 0.1, 1, 1], [5, 6]), hidden(0, 2, of=7)
    )
    search.protect(0, PROTECTION)
    assert np.flatnonzero(search.hidden).tolist() == [0, 1, 2]
    search.protect(2, PROTECTION)
    assert np.flatnonzero(search.hidden).tolist() == [0, 1, 2]


@pytest.mark.parametrize("protection", [3, 1])
def test_after_one_was_protected_it_can_be_raised_and_lowered_as_before_and_not_below_zero(protection: int) -> None:
    """Of two that are 2 and have a sum, each can be raised by what the other can be lowered by, and no further."""
    for _ in range(2):
        search = disclosure._InTurn(block([2, 2, 4], [Sum(2, np.array([0, 1]))], [1, 1, 1]), hidden(0, 1, of=3))
        for cell in (0, 1, 0):
            search.protect(cell, protection)
            assert search.hidden[2] == (protection > 2)


def test_what_is_hidden_for_one_may_be_raised_for_the_next_at_no_cost() -> None:
    """Two pairs come to the same total: the first has a dear one beside it, and the third a cheap one."""
    sums = [Sum(1, np.array([0, 3])), Sum(1, np.array([2, 4])), Sum(6, np.array([1, 5]))]
    search = disclosure._InTurn(
        block([2, 11, 2, 9, 9, 9, 20], sums, [1, 1, 1, 10, 0.1, 1, 1], [6]), hidden(0, 2, 5, of=7)
    )
    for cell in (0, 2):
        search.protect(cell, PROTECTION)
        assert np.flatnonzero(search.hidden).tolist() == [0, 1, 2, 5]


def test_one_that_was_protected_and_cannot_be_lower_stays_as_it_was_for_the_next() -> None:
    """The third can be lowered by just as much as one of the two beside it is raised by."""
    table = block([2, 2, PROTECTION, 9], [Sum(3, np.array([0, 1, 2]))], [1, 1, 1, 1], [3])
    search = disclosure._InTurn(replace(table, room=np.array([0, 0, PROTECTION, 0])), hidden(0, 1, 2, of=4))
    for cell in (0, 1, 0):
        assert search.protect(cell, PROTECTION)[cell]


def test_the_first_cell_of_all_may_be_a_total() -> None:
    sums = [Sum(0, np.array([1, 2])), Sum(3, np.array([0, 4]))]
    table = replace(block([12, 3, 9, 42, 30], sums, [1, 1, 50, 50, 2], [3]), is_small=hidden(1, of=5))
    search = disclosure._InTurn(table, table.is_small)
    search.protect(1, PROTECTION)
    assert np.flatnonzero(search.hidden).tolist() == [0, 1, 4]
    assert (least_hidden(table, PROTECTION).hidden == search.hidden).all()


# --- in whole cells --------------------------------------------------------------------------------------------------


@pytest.fixture
def whole_choices(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The nodes that each choice of whole cells looked into."""
    made: list[int] = []
    choose = optimum.Search._choose

    def count(search: optimum.Search) -> object:
        chosen = choose(search)
        if search._choice.getInfo().mip_node_count >= 0:
            made.append(chosen[2])
        return chosen

    monkeypatch.setattr(optimum.Search, "_choose", count)
    return made


@pytest.mark.parametrize("of", IN_WHOLE_CELLS)
def test_where_cells_must_be_chosen_whole_it_is_the_least_too(
    of: tuple[int, int, int], whole_choices: list[int]
) -> None:
    table = small_table(*of)
    choice = least_hidden(table, PROTECTION)
    assert whole_choices
    assert choice.is_exact
    assert choice.loss == pytest.approx(least_by_one_program(table, PROTECTION, PROTECTION).loss)


@pytest.mark.parametrize(("nodes", "choices"), [(1, 1), (51, 1), (52, 2), (102, 2), (103, 3), (400, 6)])
def test_a_choice_counts_as_fifty_nodes_and_those_that_it_looks_into_and_none_is_made_when_none_are_left(
    nodes: int, choices: int, whole_choices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimum, "MOST_NODES", nodes)
    choice = least_hidden(small_table(*HARDEST), PROTECTION)
    assert whole_choices == [1] * choices
    assert choice.is_exact == (choices == 6)
    assert choice.bound <= 34 <= choice.loss


@pytest.mark.parametrize(("programs", "choices"), [(22, 0), (23, 1), (25, 1), (26, 2), (4_000, 6)])
def test_no_further_choice_is_made_when_so_many_programs_were_solved(
    programs: int, choices: int, whole_choices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimum, "MOST_PROGRAMS", programs)
    choice = least_hidden(small_table(*HARDEST), PROTECTION)
    assert len(whole_choices) == choices
    assert choice.bound <= 34 <= choice.loss
