"""What is hidden in one block: enough, as little as can be, and always the same."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from screening.trends import changes, disclosure, optimum
from screening.trends.blocks import Block, Mask, State, Sum, UnprotectableError
from screening.trends.disclosure import least_hidden
from tests.screening.trends.least_hidden import block_of, least_by_one_program, some_table
from tests.thoroughness import examples

PROTECTION = 5
TWELVE = range(12)
#: How much more than the optimum may be hidden, in cells and in persons, over the twelve tables.
MOST_BESIDE_THE_OPTIMUM = 1.02
#: How much more is lost by hiding for one after the other, before the search for the least begins.
MOST_IN_TURN = 1.13
#: How many small programs it takes on average to find the least in one of them, and to know that it is.
MOST_PROGRAMS_A_TABLE = 60


def raised_at_most(block: Block, hidden: Mask, cell: int) -> float:
    """By how much a cell could be larger, by a linear program of its own."""
    cells = np.flatnonzero(hidden)
    rows = np.zeros((len(block.sums), len(block.values)))
    for row, each in zip(rows, block.sums, strict=True):
        row[each.parts], row[each.total] = 1.0, -1.0
    bounds = [(-int(min(block.room[each], block.values[each])), None) for each in cells]
    solution = linprog(-1.0 * (cells == cell), A_eq=rows[:, cells], b_eq=np.zeros(len(rows)), bounds=bounds)
    return np.inf if solution.status == 3 else -float(solution.fun)


def unprotected(block: Block, hidden: Mask) -> list[int]:
    secrets = np.flatnonzero(block.is_small & (block.states != State.SHOWN))
    return [int(cell) for cell in secrets if raised_at_most(block, hidden, cell) < PROTECTION - 1e-6]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Small tables in which some cells are hidden or known already, and some cannot be much lower."""
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(2, 5))
    chosen = np.random.default_rng(draw(st.integers(0, 10**6)))
    block = block_of(chosen.negative_binomial(1.0, 1 / 11, (rows, columns)))
    size = len(block.values)
    states = chosen.choice([State.OPEN, State.HIDDEN, State.SHOWN], size, p=[0.8, 0.1, 0.1]).astype(np.int8)
    states[block.is_small & (states == State.SHOWN)] = State.OPEN
    room = np.where(chosen.random(size) < 0.2, block.values // 2, block.values)
    return Block(block.values, block.is_small, states, room, block.loss, block.sums)


def hidden_or_none(block: Block) -> optimum.Optimum | None:
    try:
        return least_hidden(block, PROTECTION)
    except UnprotectableError:
        return None


@pytest.fixture(params=[True, False], ids=["to the end", "stopped early"])
def patience(request: pytest.FixtureRequest) -> Iterator[None]:
    """The search as it is, and one that may do next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.param:
            patch.setattr(optimum, "MOST_PROGRAMS", 3)
        yield


@pytest.mark.usefixtures("patience")
@settings(max_examples=examples(60), deadline=None)
@given(block=blocks())
def test_every_small_number_could_be_larger_and_what_was_shown_stays_shown(block: Block) -> None:
    choice = hidden_or_none(block)
    if choice is None:
        return
    assert unprotected(block, choice.hidden) == []
    assert choice.hidden[block.states == State.HIDDEN].all()
    assert not choice.hidden[block.states == State.SHOWN].any()
    assert choice.bound <= choice.loss * (1 + 1e-6)


@settings(max_examples=examples(25), deadline=None)
@given(block=blocks())
def test_the_least_is_what_one_program_over_everything_finds(block: Block) -> None:
    choice = hidden_or_none(block)
    if choice is None:
        return
    assert choice.is_exact
    assert choice.loss == pytest.approx(least_by_one_program(block, PROTECTION, PROTECTION).loss)


@settings(max_examples=examples(25), deadline=None)
@given(block=blocks())
def test_a_search_that_is_stopped_tells_a_bound_that_no_choice_goes_below(block: Block) -> None:
    exact = hidden_or_none(block)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimum, "MOST_PROGRAMS", 3)
        stopped = hidden_or_none(block)
    assert (exact is None) == (stopped is None)
    if exact is not None and stopped is not None:
        assert stopped.bound <= exact.loss * (1 + 1e-6) <= stopped.loss * (1 + 1e-5)


@pytest.mark.parametrize(
    "inner", [[[0, 9], [9, 9]], [[5, 40], [60, 70]], [[4, 4, 4], [4, 4, 4], [4, 4, 4]]], ids=["none", "at", "all"]
)
def test_nothing_is_lost_where_the_small_numbers_protect_one_another(inner: list[list[int]]) -> None:
    block = block_of(np.array(inner))
    choice = least_hidden(block, PROTECTION)
    assert (choice.hidden == block.is_small).all()
    assert (choice.loss, choice.bound, choice.is_exact, choice.excess) == (0.0, 0.0, True, 0.0)


def test_many_are_raised_at_once_by_hidden_cells_alone_and_only_those_that_can_be() -> None:
    """Each has one beside it, and the two a sum that is shown; beside the last two there is less than is needed."""
    beside = [PROTECTION, PROTECTION, PROTECTION, PROTECTION - 1, 0]
    parts = np.ravel([(2, number) for number in beside])
    sums = [Sum(10 + pair, np.array([2 * pair, 2 * pair + 1])) for pair in range(5)]
    values = np.concatenate([parts, [parts[each.parts].sum() for each in sums]])
    states = np.full(15, State.OPEN, dtype=np.int8)
    block = Block(values, values == 2, states, values.copy(), values.astype(np.float64), sums)
    search = disclosure._InTurn(block, np.arange(15) < 10)
    for _ in range(2):  # what was tried leaves nothing behind
        assert search.raise_many([0, 2, 4], PROTECTION) == {0, 2, 4}
        assert search.raise_many([0, 2, 4, 6, 8], PROTECTION) == {0, 2, 4}
        assert search.raise_many([6], PROTECTION) == set()
    assert search.protect(6, PROTECTION)[6]
    assert search.hidden[10:].tolist() == [False, False, False, True, False]


def test_what_is_hidden_for_one_costs_nothing_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is bettered, what was hidden in turn is a little more than the least."""
    monkeypatch.setattr(disclosure.Search, "improve", lambda search, hidden: search._loss(hidden))
    in_turn = sum(float(least_hidden(some_table(seed), PROTECTION)) for seed in TWELVE)  # type: ignore[arg-type]
    monkeypatch.undo()
    least = sum(least_hidden(some_table(seed), PROTECTION).loss for seed in TWELVE)
    assert least <= in_turn <= MOST_IN_TURN * least


@pytest.mark.thorough
def test_nothing_can_be_shown_again_when_the_search_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimum, "MOST_PROGRAMS", 0)
    for seed in TWELVE:
        block = some_table(seed)
        hidden = least_hidden(block, PROTECTION).hidden
        for cell in np.flatnonzero(hidden & ~block.is_small):
            less = hidden.copy()
            less[cell] = False
            assert unprotected(block, less), (seed, cell)


@pytest.mark.thorough
def test_twelve_tables_hide_at_most_two_percent_more_than_the_optimum() -> None:
    cells = people = best_cells = best_people = 0
    for seed in TWELVE:
        block = some_table(seed)
        choice, best = least_hidden(block, PROTECTION), least_by_one_program(block, PROTECTION, PROTECTION)
        assert unprotected(block, choice.hidden) == unprotected(block, best.hidden) == []
        besides, least = choice.hidden & ~block.is_small, best.hidden & ~block.is_small
        cells, best_cells = cells + int(besides.sum()), best_cells + int(least.sum())
        people, best_people = people + int(block.values[besides].sum()), best_people + int(block.values[least].sum())
    assert best_cells > 80
    assert cells <= MOST_BESIDE_THE_OPTIMUM * best_cells
    assert people <= MOST_BESIDE_THE_OPTIMUM * best_people


def test_a_sum_of_what_was_shown_before_keeps_no_later_sum_from_being_heeded() -> None:
    values = np.array([5, 6, 11, 3, 20, 23])
    states = np.array([State.SHOWN] * 3 + [State.OPEN] * 3, dtype=np.int8)
    sums = [Sum(2, np.array([0, 1])), Sum(5, np.array([3, 4]))]
    block = Block(values, values == 3, states, values.copy(), values.astype(np.float64), sums)
    choice = least_hidden(block, PROTECTION)
    assert unprotected(block, choice.hidden) == []
    assert choice.hidden.tolist() == [False, False, False, True, True, False]


def test_a_small_number_that_stands_in_no_sum_is_hidden_and_nothing_besides() -> None:
    values = np.array([3, 7, 4])
    states = np.full(3, State.OPEN, dtype=np.int8)
    block = Block(values, values < PROTECTION, states, values.copy(), values.astype(np.float64), [])
    choice = least_hidden(block, PROTECTION)
    assert choice.hidden.tolist() == [True, False, True]
    assert choice.loss == choice.bound == 0.0
    free = changes.Changes(block, block.is_small, PROTECTION)
    free.free(np.zeros(3))
    alone = free.raise_one(0)
    assert (alone.most, alone.change[0], alone.change[1]) == (PROTECTION, PROTECTION, 0)


def test_a_hidden_cell_may_be_raised_by_more_than_the_protection_and_one_that_is_hidden_in_part_by_its_part_of_it() -> (
    None
):
    """Of four the first two, the first and the third, and the last three have a sum that is shown."""
    values = np.array([2, 20, 20, 20, 22, 22, 60])
    states = np.array([State.OPEN] * 4 + [State.SHOWN] * 3, dtype=np.int8)
    sums = [Sum(4, np.array([0, 1])), Sum(5, np.array([0, 2])), Sum(6, np.array([1, 2, 3]))]
    block = Block(values, values < PROTECTION, states, values.copy(), values.astype(np.float64), sums)
    free = changes.Changes(block, block.is_small, PROTECTION)
    for share, raised, last in [(1.0, PROTECTION, 2.0 * PROTECTION), (0.6, 0.3 * PROTECTION, 0.6 * PROTECTION)]:
        free.free(np.array([0.0, 1.0, 1.0, share, 0.0, 0.0, 0.0]))
        reach = free.raise_one(0)
        assert (reach.most, reach.change[3]) == pytest.approx((raised, last))
    free.free(np.array([0.0, 0.1, 1.0, 1.0, 0.0, 0.0, 0.0]))
    assert free.raise_one(0).most == pytest.approx(2), "the second can be lowered by a tenth of what it is"


def test_the_prices_of_a_change_come_to_what_it_raises_and_to_what_any_other_does() -> None:
    for seed in TWELVE:
        block = some_table(seed)
        free = changes.Changes(block, block.is_small, PROTECTION)
        free.free(np.zeros(len(block.values)))
        reaches = {int(cell): free.raise_one(int(cell)) for cell in np.flatnonzero(block.is_small)}
        for cell, reach in reaches.items():
            for other in reaches.values():
                assert reach.prices @ other.change == pytest.approx(other.change[cell], abs=1e-6)


def test_the_search_ends_where_the_least_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = 0
    raise_one = changes.Changes.raise_one

    def count(self: changes.Changes, cell: int) -> changes.Reach:
        nonlocal programs
        programs += 1
        return raise_one(self, cell)

    monkeypatch.setattr(changes.Changes, "raise_one", count)
    assert all(least_hidden(some_table(seed), PROTECTION).is_exact for seed in TWELVE)
    assert programs <= MOST_PROGRAMS_A_TABLE * len(TWELVE)


@pytest.mark.parametrize(
    ("nodes", "found", "bound"),
    [(-1, 7.0, 7.0), (0, 7.0, 5.0), (3, 7.0, 5.0), (0, np.inf, 5.0)],
    ids=["in part", "in whole cells without looking into nodes", "in whole cells", "none was found"],
)
def test_a_choice_in_whole_cells_has_the_bound_that_the_program_proved_and_not_what_it_found(
    nodes: int, found: float, bound: float
) -> None:
    block = block_of(np.array([[2, 9], [9, 9]]))
    search = optimum.Search(block, block.is_small, [0], PROTECTION, lambda hidden: hidden)
    info = SimpleNamespace(mip_node_count=nodes, objective_function_value=found, mip_dual_bound=5.0)
    solution = SimpleNamespace(col_value=[1.0, 0.0])
    search._choice = SimpleNamespace(run=lambda: None, getInfo=lambda: info, getSolution=lambda: solution)
    share, proved, looked_into = search._choose()
    assert share.tolist() == ([] if found == np.inf else [1.0, 0.0])
    assert (proved, looked_into) == (bound * search._least, max(0, nodes))


def test_the_same_numbers_are_hidden_in_the_same_way() -> None:
    for seed in range(3):
        once, again = (least_hidden(some_table(seed), PROTECTION) for _ in range(2))
        assert (once.hidden == again.hidden).all()


@pytest.mark.parametrize(
    ("loss", "bound", "excess"),
    [(12.0, 10.0, 0.2), (20.0, 10.0, 1.0), (10.0, 10.0, 0.0), (0.6, 0.5, 0.2), (3.0, 0.0, np.inf)],
)
def test_the_excess_is_the_share_that_is_lost_beyond_what_must_be(loss: float, bound: float, excess: float) -> None:
    assert optimum.Optimum(np.ones(1, dtype=np.bool_), loss, bound).excess == pytest.approx(excess)


@pytest.mark.parametrize("large", [[], [9, 9]], ids=["all are small", "the rest is shown already"])
def test_where_no_cell_is_left_to_choose_the_small_ones_alone_are_hidden(large: list[int]) -> None:
    values = np.array([2, 2, 4, *large])
    states = np.array([State.OPEN] * 3 + [State.SHOWN] * len(large), dtype=np.int8)
    sums = [Sum(2, np.array([0, 1]))]
    block = Block(values, values < PROTECTION, states, values.copy(), values.astype(np.float64), sums)
    choice = optimum.Search(block, block.is_small, [0, 1], PROTECTION, lambda hidden: hidden).improve(block.is_small)
    assert choice.hidden.tolist() == [True] * 3 + [False] * len(large)
    assert (choice.loss, choice.is_exact) == (0.0, True)


def test_no_better_choice_is_looked_for_where_nothing_is_lost_or_no_program_may_be_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen: list[optimum.Search] = []
    choose = optimum.Search._choose
    monkeypatch.setattr(optimum.Search, "_choose", lambda search: (chosen.append(search), choose(search))[1])
    least_hidden(block_of(np.array([[4, 4, 4], [4, 4, 4], [4, 4, 4]])), PROTECTION)
    assert chosen == []
    least_hidden(some_table(0), PROTECTION)
    assert chosen, "here something is lost"
    chosen.clear()
    monkeypatch.setattr(optimum, "MOST_PROGRAMS", 0)
    assert least_hidden(some_table(0), PROTECTION).bound == 0.0, "nothing is known of what protects"
    assert chosen == []


@pytest.mark.parametrize("fails", [0, 1])
def test_a_program_that_did_not_end_is_begun_anew_and_one_that_did_is_not(fails: int) -> None:
    from highspy import HighsModelStatus

    block = block_of(np.array([[4, 4], [4, 4]]))
    free = changes.Changes(block, block.is_small, PROTECTION)
    free.free(np.zeros(len(block.values)))
    model, runs = free._model, list[str]()

    class Faltering:
        def __getattr__(self, name: str) -> object:
            return getattr(model, name)

        def run(self) -> None:
            runs.append("run")
            model.run()

        def getModelStatus(self) -> object:  # noqa: N802
            return model.getModelStatus() if len(runs) > fails else HighsModelStatus.kUnknown

    free._model = Faltering()
    assert free.raise_one(0).most == 4  # as much as those beside it can be lowered by
    assert len(runs) == 1 + fails
