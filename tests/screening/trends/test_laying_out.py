"""How cells are laid out before any is hidden: what is small, what was shown, by how much each may differ, its loss."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from screening.trends import publishing
from screening.trends.blocks import State
from screening.trends.counting import Cohort, Counted
from screening.trends.lattice import Period
from screening.trends.relations import Key
from tests.screening.trends.attacking import Table
from tests.screening.trends.cohorts import FIRST, LATTICE, UNITS, some_cohort
from tests.screening.trends.test_publishing import Published, count_year

MONTHS = [Period(FIRST + place, 1) for place in range(3)]
MONTH, QUARTER = MONTHS[0], Period(FIRST, 3)
BY_UNIT, BY_SEX = ("unit",), ("sex",)
Cell = tuple[str, float, bool, State, int]


def intakes(*months: Mapping[str, int]) -> Counted:
    """So many intakes of each unit, month by month; no case has two."""
    units = [(FIRST + place, unit) for place, month in enumerate(months) for unit in month for _ in range(month[unit])]
    columns = some_cohort(1, 5).events["intakes"].columns
    rows = pd.DataFrame(units, columns=["month", "unit"]).assign(case=range(len(units)), sex="female")
    return count_year(Cohort({"intakes": rows.reindex(columns=columns)}, UNITS), "intakes")


def laid_out(
    counted: Counted, period: Period, shown: Mapping[Table, Published], of: Period, dims: tuple[str, ...]
) -> dict[Key, dict[str, object]]:
    """The cells of one table of a period that is to be published."""
    laid = publishing._lay_out(LATTICE, counted, period, shown)
    [placed] = [each for each in laid.placed if (each.period, each.dims) == (of, dims)]
    block, found = laid.block, dict[Key, dict[str, object]]()
    for place, value in enumerate(placed.axes[0] if dims else [""]):
        cell = int(placed.places[place] if dims else placed.places)
        found[value,] = {
            "value": int(block.values[cell]),
            "is_small": bool(block.is_small[cell]),
            "state": State(block.states[cell]),
            "room": int(block.room[cell]),
            "loss": float(block.loss[cell]),
        }
    return found


def each_unit(cells: Mapping[Key, Mapping[str, object]], what: str) -> tuple[object, ...]:
    return tuple(cells[unit,][what] for unit in UNITS)


def test_every_number_that_was_published_otherwise_is_found_and_no_other() -> None:
    laid = publishing._lay_out(LATTICE, intakes({"north": 12, "south": 20, "west": 30}), MONTH, {})
    values, nothing = laid.block.values, np.zeros(len(laid.block.values), dtype=np.bool_)
    tables = {(each.period, each.dims): dict(publishing._cells(each, values, nothing)) for each in laid.placed}
    assert not publishing._differs(laid.placed, tables, values, [MONTH], None).any()
    for placed in laid.placed:
        table = placed.period, placed.dims
        for where in np.argwhere(placed.places >= 0)[:5]:
            key = placed.key(where)
            before = {**tables, table: {**tables[table], key: tables[table][key] + 1}}
            differs = publishing._differs(laid.placed, before, values, [MONTH], None)
            assert np.flatnonzero(differs).tolist() == [placed.places[tuple(where)]]


def test_a_number_is_small_from_one_case_up_to_below_the_smallest_group() -> None:
    counted = intakes({"north": 0, "south": 1, "west": 4}, {"north": 5, "south": 6, "west": 40})
    assert each_unit(laid_out(counted, MONTHS[0], {}, MONTHS[0], BY_UNIT), "is_small") == (False, True, True)
    assert each_unit(laid_out(counted, MONTHS[1], {}, MONTHS[1], BY_UNIT), "is_small") == (False, False, False)


def test_hiding_loses_a_numbers_cases_and_one_for_itself_and_fifty_times_as_much_for_each_division_less() -> None:
    counted = intakes({"north": 0, "south": 10, "west": 30})
    assert each_unit(laid_out(counted, MONTH, {}, MONTH, BY_UNIT), "loss") == (2_500, 11 * 2_500, 31 * 2_500)
    assert laid_out(counted, MONTH, {}, MONTH, ())["",]["loss"] == 41 * 125_000


def test_of_a_month_that_was_never_shown_everything_may_be_and_nothing_is_known() -> None:
    cells = laid_out(intakes({"north": 0, "south": 10, "west": 30}), MONTH, {}, MONTH, BY_UNIT)
    assert each_unit(cells, "state") == (State.OPEN,) * 3
    assert each_unit(cells, "room") == (0, 10, 30)


def test_a_number_that_was_shown_may_be_lower_by_what_it_grew_by_since_cases_are_only_added() -> None:
    counted = intakes({"north": 12, "south": 20, "west": 30})
    shown: dict[Table, Published] = {(MONTH, BY_UNIT): {("north",): 10, ("south",): 20, ("west",): 31}}
    cells = laid_out(counted, MONTH, shown, MONTH, BY_UNIT)
    assert each_unit(cells, "room") == (2, 0, 0)
    assert each_unit(cells, "state") == (State.OPEN,) * 3


def test_where_something_was_hidden_a_correction_hides_the_table_and_what_was_hidden_may_be_anything() -> None:
    counted = intakes({"north": 12, "south": 20, "west": 30})
    shown: dict[Table, Published] = {(MONTH, BY_UNIT): {("north",): None, ("south",): 8, ("west",): 30}}
    cells = laid_out(counted, MONTH, shown, MONTH, BY_UNIT)
    assert each_unit(cells, "room") == (12, 12, 0)
    assert each_unit(cells, "state") == (State.HIDDEN,) * 3
    assert laid_out(counted, MONTH, shown, MONTH, ())["",]["state"] == State.OPEN, "another table of the month"


def test_months_within_a_quarter_stay_as_they_were_shown_and_what_was_not_shown_is_hidden_or_plainly_nothing() -> None:
    counted = intakes({"north": 12, "south": 20, "west": 30}, {"north": 9, "south": 0, "west": 0})
    shown: dict[Table, Published] = {(MONTH, BY_UNIT): {("north",): None, ("south",): 20, ("west",): None}}
    states = [each_unit(laid_out(counted, QUARTER, shown, month, BY_UNIT), "state") for month in MONTHS]
    assert states == [(State.HIDDEN, State.SHOWN, State.HIDDEN), (State.HIDDEN,) * 3, (State.SHOWN,) * 3]
    assert each_unit(laid_out(counted, QUARTER, shown, MONTH, BY_UNIT), "room") == (12, 20, 30)
    assert each_unit(laid_out(counted, QUARTER, shown, QUARTER, BY_UNIT), "state") == (State.OPEN,) * 3


@pytest.mark.parametrize(("grown", "is_small"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_correction_is_small_from_one_case_up_to_below_the_smallest_revision(grown: int, is_small: bool) -> None:
    counted = intakes({"north": 10 + grown, "south": 20, "west": 30})
    shown: dict[Table, Published] = {(MONTH, BY_UNIT): {("north",): 10, ("south",): 20, ("west",): 30}}
    assert each_unit(laid_out(counted, MONTH, shown, MONTH, BY_UNIT), "is_small") == (is_small, False, False)


@pytest.mark.parametrize("grown", [1, 40])
def test_a_sum_of_a_month_that_was_shown_otherwise_is_hidden_however_much_it_differs_and_is_not_taken_for_a_sum(
    grown: int,
) -> None:
    counted = intakes({"north": 10 + grown, "south": 20, "west": 30})
    shown: dict[Table, Published] = {
        (month, BY_UNIT): {("north",): first, ("south",): second, ("west",): third}
        for month, first, second, third in [(MONTHS[0], 10, 20, 30), (MONTHS[1], 0, 0, 0), (MONTHS[2], 0, 0, 0)]
    }
    assert each_unit(laid_out(counted, QUARTER, shown, QUARTER, BY_UNIT), "is_small") == (True, False, False)
    laid = publishing._lay_out(LATTICE, counted, QUARTER, shown)
    [quarter] = [each for each in laid.placed if (each.period, each.dims) == (QUARTER, BY_UNIT)]
    [month] = [each for each in laid.placed if (each.period, each.dims) == (MONTH, BY_UNIT)]
    over_time = {each.total for each in laid.block.sums if int(month.places[1]) in each.parts}
    assert int(quarter.places[1]) in over_time
    assert int(quarter.places[0]) not in {each.total for each in laid.block.sums if int(month.places[0]) in each.parts}


def test_what_is_shown_of_a_year_follows_from_all_within_it_and_of_a_month_from_itself() -> None:
    year = Period(FIRST, 12)
    within = list(publishing._with_shorter(year, ("month", "quarter", "year")))
    assert within[0] == year
    assert sorted(each.months for each in within) == [1] * 12 + [3] * 4 + [12]
    assert list(publishing._with_shorter(year, ("quarter", "year"))) == [year, *(year.within())]
    assert list(publishing._with_shorter(MONTH, ("month", "quarter", "year"))) == [MONTH]
