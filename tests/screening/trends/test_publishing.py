"""What is published of many cases, and that nobody is found in it: read, added up, subtracted and solved for."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from screening.trends import publishing
from screening.trends.counting import Cohort, Counted, CountedTable, Dims, count
from screening.trends.lattice import Period, periods_between
from screening.trends.publishing import Published, Standing, publish, standing_of
from screening.trends.relations import Placed
from tests.screening.trends.attacking import Attacker, Table, relations
from tests.screening.trends.cohorts import FIRST, GUIDANCES, LATTICE, UNITS, some_cohort
from tests.thoroughness import a_few

PROTECTION = LATTICE.limit("protection")
SMALLEST = LATTICE.limit("smallest_group")
MEASURES = [measure.id for measure in LATTICE.measures]


def published_year(counted: Counted) -> dict[Table, Published]:
    """Publish as it happens: each month when it is over, then the quarter, then the year."""
    shown: dict[Table, Published] = {}
    for level in counted.measure.levels():
        for period in periods_between(FIRST, FIRST + 12, level):
            tables = publish(LATTICE, counted, period, shown).tables
            shown |= {(period, dims): cells for dims, cells in tables.items()}
    return shown


def count_year(cohort: Cohort, measure: str) -> Counted:
    return count(LATTICE, measure, cohort, FIRST, FIRST + 12)


def small_cells(counted: Counted, published: Mapping[Table, Published]) -> list[tuple[Table, tuple[str, ...]]]:
    """The cells behind which there are one to four cases."""
    small = []
    for (period, dims), cells in published.items():
        table = counted.tables[period.level, dims]
        cases = table.cases[counted.index(period)]
        for key in cells:
            where = tuple(axis.index(value) for axis, value in zip(table.axes, key, strict=True))
            if 0 < cases[where] < SMALLEST:
                small.append(((period, dims), key))
    return small


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("seed", "rows"), a_few([(1, 40), (2, 250), (3, 2500)]))
def test_no_small_number_is_shown_or_can_be_worked_out(measure: str, seed: int, rows: int) -> None:
    counted = count_year(some_cohort(seed, rows), measure)
    published = published_year(counted)
    known = {(table, key): value for table, cells in published.items() for key, value in cells.items()}
    attacker = Attacker(list(relations(LATTICE, published)), known)
    secret = small_cells(counted, published)
    assert all(known[cell] is None for cell in secret)
    chosen = np.random.default_rng(seed).permutation(len(secret))[:30]
    for cell in (secret[number] for number in chosen):
        low, high = attacker.bounds(cell)
        assert high - low >= PROTECTION - 1e-6, (cell, low, high)


def test_not_even_whoever_counts_in_whole_people_finds_a_small_number() -> None:
    """The attack over every division of the people of a quarter at once, in whole numbers and not only over tables."""
    measure, quarter = "recommendations", Period(FIRST + 3, 3)
    counted = count_year(some_cohort(12, 200), measure)
    names = ("unit", "outcome", "guidance", "instrument")
    published = publish(LATTICE, counted, quarter, {}).tables
    tables = {dims: cells for dims, cells in published.items() if set(dims) <= set(names)}
    instruments = sorted({key[0] for key in tables["instrument",]})
    people = list(product(UNITS, LATTICE.dimension("outcome").ids(), GUIDANCES, instruments))

    def those(dims: Dims, key: tuple[str, ...]) -> NDArray[np.float64]:
        wanted = dict(zip(dims, key, strict=True))
        return np.array(
            [
                all(wanted.get(name, value) == value for name, value in zip(names, person, strict=True))
                for person in people
            ],
            dtype=np.float64,
        )

    shown = [(dims, key, value) for dims, cells in tables.items() for key, value in cells.items() if value is not None]
    values = np.array([value for *_, value in shown])
    known = LinearConstraint(np.array([those(dims, key) for dims, key, _ in shown]), values, values)
    tried = 0
    for (_, dims), key in small_cells(counted, {(quarter, dims): cells for dims, cells in tables.items()}):
        aim = those(dims, key)
        least, most = (milp(sign * aim, constraints=known, integrality=np.ones(len(people))) for sign in (1, -1))
        high = np.inf if most.fun is None else -most.fun
        assert high - least.fun >= PROTECTION, (dims, key, least.fun, high)
        tried += 1
    assert tried >= 5


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_shown_is_what_was_counted(measure: str) -> None:
    counted = count_year(some_cohort(4, 900), measure)
    shown = 0
    for (period, dims), cells in published_year(counted).items():
        true = counted.cells(period, dims)
        assert all(value is None or value == true[key] for key, value in cells.items())
        assert all(value == 0 for key, value in true.items() if key not in cells)
        shown += sum(value is not None for value in cells.values())
    assert shown > 0


def test_a_number_of_many_in_a_few_cases_is_hidden() -> None:
    """Five in the quarter, but three and the same two in two months: that is three young people."""
    cohort = some_cohort(5, 400)
    events = cohort.events["endings"]
    events.loc[events["ending"] == "moved", "ending"] = "other"
    cases = [(900001, 0), (900002, 0), (900003, 0), (900001, 1), (900002, 1)]
    for place, (case, month) in enumerate(cases):
        events.loc[10_000 + place, ["case", "month", "ending", "sex"]] = [case, FIRST + month, "moved", "male"]
    counted = count_year(cohort, "endings")
    quarter = Period(FIRST, 3)
    assert counted.cells(quarter, ("ending",))[("moved",)] == 5
    assert published_year(counted)[quarter, ("ending",)][("moved",)] is None


@pytest.mark.parametrize("measure", MEASURES)
def test_a_year_in_which_next_to_nothing_was_recorded_is_published(measure: str) -> None:
    """No guidance, criterion or fact at all: there is nothing to divide by."""
    cohort = some_cohort(3, 10)
    bare = cohort.events[measure].iloc[:0]
    names = [name for name in bare.columns if not name.startswith(("criterion.", "fact."))]
    published = published_year(count_year(Cohort({measure: bare[names]}, UNITS), measure))
    assert published
    assert all(value == 0 for cells in published.values() for value in cells.values())


@pytest.mark.parametrize("measure", ["meetings", "intakes", "decisions"])
def test_nothing_is_hidden_where_no_number_is_small(measure: str) -> None:
    counted = count_year(some_cohort(6, 40_000, is_even=True), measure)
    published = published_year(counted)
    assert small_cells(counted, published) == []
    assert all(value is not None for cells in published.values() for value in cells.values())


def test_no_combination_of_filters_gives_another_number() -> None:
    """However a reader comes to a total, over outcomes, units, sexes or months: it is the same, or not to be had."""
    published = published_year(count_year(some_cohort(7, 3000), "recommendations"))
    for row in relations(LATTICE, published):
        values = [published[table][key] for table, key in row]
        if all(value is not None for value in values):
            assert sum(factor * (value or 0) for factor, value in zip(row.values(), values, strict=True)) == 0


@pytest.mark.parametrize("size", [SMALLEST - 1, SMALLEST])
def test_a_group_is_small_up_to_the_limit_and_not_at_it(size: int) -> None:
    units = ["north"] * size + ["south"] * 20 + ["west"] * 40
    intakes = pd.DataFrame({"case": range(len(units)), "month": FIRST, "unit": units})
    columns = some_cohort(1, 5).events["intakes"].columns
    counted = count_year(Cohort({"intakes": intakes.reindex(columns=columns)}, UNITS), "intakes")
    shown = publish(LATTICE, counted, Period(FIRST, 1), {}).tables["unit",]
    assert shown["north",] == (size if size == SMALLEST else None)


# --- revisions -------------------------------------------------------------------------------------------------------


def with_more(cohort: Cohort, measure: str, month: int, more: int, *, is_one_kind: bool = False) -> Cohort:
    """The same, and some cases that were added to a month afterwards; where asked, all alike but for the person."""
    events = cohort.events[measure]
    like = events.sample(1, random_state=1) if is_one_kind else events
    late = like.sample(more, random_state=1, replace=True).assign(
        month=month, case=[10**6 + place for place in range(more)]
    )
    return Cohort({**cohort.events, measure: pd.concat([events, late], ignore_index=True)}, cohort.units)


@pytest.mark.parametrize("more", [1, 4])
def test_a_correction_that_would_show_whom_it_concerns_is_held_back(more: int) -> None:
    before = some_cohort(8, 900)
    shown = published_year(count_year(before, "intakes"))
    after = count_year(with_more(before, "intakes", FIRST + 2, more), "intakes")
    assert standing_of(LATTICE, after, Period(FIRST + 2, 1), shown) is Standing.HELD
    assert standing_of(LATTICE, after, Period(FIRST + 1, 1), shown) is Standing.SAME


def test_a_correction_of_exactly_the_smallest_number_is_made_and_its_total_is_shown() -> None:
    before = some_cohort(8, 900)
    month = Period(FIRST + 2, 1)
    counted = count_year(before, "intakes")
    shown = {(month, dims): cells for dims, cells in publish(LATTICE, counted, month, {}).tables.items()}
    for more in (LATTICE.limit("smallest_revision") - 1, LATTICE.limit("smallest_revision")):
        after = count_year(with_more(before, "intakes", month.first, more, is_one_kind=True), "intakes")
        is_enough = more == LATTICE.limit("smallest_revision")
        assert standing_of(LATTICE, after, month, shown) is (Standing.REVISED if is_enough else Standing.HELD)
        total = publish(LATTICE, after, month, shown).tables[()][()]
        assert total == (after.cells(month, ())[()] if is_enough else None)


def test_what_was_never_published_has_nothing_to_correct() -> None:
    counted = count_year(some_cohort(8, 900), "intakes")
    assert standing_of(LATTICE, counted, Period(FIRST + 2, 1), {}) is Standing.SAME


@pytest.mark.parametrize(
    ("was", "standing"),
    [
        (0, Standing.SAME),
        (None, Standing.SAME),
        (1, Standing.HELD),
        (LATTICE.limit("smallest_revision") - 1, Standing.HELD),
        (LATTICE.limit("smallest_revision"), Standing.REVISED),
    ],
)
def test_a_cell_that_is_no_longer_there_has_become_zero(was: int | None, standing: Standing) -> None:
    counted, month = count_year(some_cohort(8, 900), "recommendations"), Period(FIRST + 2, 1)
    shown: dict[Table, Published] = {
        (month, dims): {**counted.cells(month, dims), ("gone", *dims[1:]): was}
        for dims in counted.measure.across("month")
        if dims[:1] == ("guidance",)
    }
    assert shown
    assert standing_of(LATTICE, counted, month, shown) is standing


@pytest.mark.parametrize(
    ("is_now", "standing"),
    [
        (0, Standing.SAME),
        (1, Standing.HELD),
        (LATTICE.limit("smallest_revision") - 1, Standing.HELD),
        (LATTICE.limit("smallest_revision"), Standing.REVISED),
    ],
)
def test_a_cell_that_was_not_there_was_zero(is_now: int, standing: Standing) -> None:
    month, units = Period(FIRST, 1), ["north"] * is_now + ["south"] * 20
    intakes = pd.DataFrame({"case": range(len(units)), "month": FIRST, "unit": units})
    columns = some_cohort(1, 5).events["intakes"].columns
    counted = count_year(Cohort({"intakes": intakes.reindex(columns=columns)}, UNITS), "intakes")
    cells = counted.cells(month, ("unit",))
    assert cells["north",] == is_now
    was: Published = {key: number for key, number in cells.items() if key != ("north",)}
    assert standing_of(LATTICE, counted, month, {(month, ("unit",)): was}) is standing


def test_a_guidance_is_listed_only_in_periods_in_which_it_was_used() -> None:
    cohort, quarter = some_cohort(8, 900), Period(FIRST, 3)
    events = cohort.events["recommendations"]
    used = events[(events["month"] >= FIRST + 3) | (events["guidance"] == GUIDANCES[0])]
    counted = count_year(Cohort({"recommendations": used}, UNITS), "recommendations")
    for period, listed in ((quarter, {GUIDANCES[0]}), (Period(FIRST + 3, 3), set(GUIDANCES))):
        tables = publish(LATTICE, counted, period, {}).tables
        for dims in (("guidance",), ("guidance", "outcome")):
            assert {key[0] for key in tables[dims]} == listed


@pytest.mark.parametrize("before_it", ["unit", "outcome"])
def test_what_a_guidance_is_divided_by_is_listed_whole_whichever_stands_first(before_it: str) -> None:
    counts = np.array([[3, 0, 1], [0, 0, 0], [2, 0, 0]])
    table = CountedTable((before_it, "guidance"), (tuple("abc"), tuple("xyz")), counts, counts, counts >= 0)
    assert publishing._is_in_use(LATTICE, table, counts).tolist() == [[True, False, True]] * 3


@pytest.mark.parametrize(("less_than", "expected"), [(None, [3, 4]), (5, [3])])
def test_what_differs_from_what_was_published_is_told_of_the_cells_that_are_there(
    less_than: int | None, expected: list[int]
) -> None:
    """Of six: none of another month, as it was, hidden, four more, five fewer; and the last is of no table at all."""
    month, other = Period(FIRST, 1), Period(FIRST + 1, 1)
    names = tuple("abcde")
    table = Placed(month, ("unit",), (names,), np.array([-1, 1, 2, 3, 4]))
    elsewhere = Placed(other, ("unit",), (("a",),), np.array([0]))
    shown: dict[Table, Published] = {
        (month, ("unit",)): {("a",): 9, ("b",): 7, ("c",): None, ("e",): 10},
        (other, ("unit",)): {("a",): 3},
    }
    values = np.array([1, 7, 8, 4, 5, 6])
    differs = publishing._differs([table, elsewhere], shown, values, [month], less_than)
    assert np.flatnonzero(differs).tolist() == expected


def test_a_quarter_does_not_show_the_correction_that_its_month_holds_back() -> None:
    before = some_cohort(9, 6000)
    counted = count_year(before, "intakes")
    shown: dict[Table, Published] = {}
    for period in periods_between(FIRST, FIRST + 3, "month"):
        shown |= {(period, dims): cells for dims, cells in publish(LATTICE, counted, period, shown).tables.items()}
    after = count_year(with_more(before, "intakes", FIRST + 2, 2), "intakes")
    quarter = Period(FIRST, 3)
    assert publish(LATTICE, counted, quarter, shown).tables[()][()] is not None
    assert publish(LATTICE, after, quarter, shown).tables[()][()] is None


@pytest.mark.parametrize(
    "period", [Period(FIRST + 4, 1), Period(FIRST + 3, 3), Period(FIRST, 12)], ids=["month", "quarter", "year"]
)
@pytest.mark.parametrize(
    ("seed", "rows", "more"), [(10, 300, 12), pytest.param(11, 1500, 40, marks=pytest.mark.thorough)]
)
def test_nobody_is_found_by_subtracting_a_revision_from_the_one_before(
    seed: int, rows: int, more: int, period: Period
) -> None:
    """Even a reader who knows that cases were only added finds no small number and no small difference."""
    measure = "recommendations"
    before = some_cohort(seed, rows)
    counted = count_year(before, measure)
    shown = {(period, dims): cells for dims, cells in publish(LATTICE, counted, period, {}).tables.items()}
    recounted = count_year(with_more(before, measure, period.first, more), measure)
    assert standing_of(LATTICE, recounted, period, shown) is Standing.REVISED
    revised = {(period, dims): cells for dims, cells in publish(LATTICE, recounted, period, shown).tables.items()}
    attacker = Attacker.of_two(list(relations(LATTICE, shown)), shown, list(relations(LATTICE, revised)), revised)
    tried = 0
    for (_, dims), cells in revised.items():
        was, now = counted.cells(period, dims), recounted.cells(period, dims)
        for key in cells:
            secrets = {("new", ((period, dims), key)): now[key], ("old", ((period, dims), key)): was.get(key, 0)}
            for name, value in secrets.items():
                if 0 < value < SMALLEST:
                    low, high = attacker.bounds(name)
                    assert high - low >= PROTECTION - 1e-6, (name, value, low, high)
                    tried += 1
            if 0 < now[key] - was.get(key, 0) < LATTICE.limit("smallest_revision"):
                low, high = attacker.bounds_of_difference(((period, dims), key))
                assert high - low >= PROTECTION - 1e-6, (key, low, high)
                tried += 1
    assert tried > (0 if period.months == 1 else 10)
