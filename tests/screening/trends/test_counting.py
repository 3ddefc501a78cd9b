"""Counting into the lattice: equal to pandas, which knows nothing of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.trends.counting import Cohort, count
from screening.trends.lattice import LEVELS, Period
from tests.screening.trends.cohorts import CRITERIA, FIRST, LATTICE, some_cohort
from tests.thoroughness import examples

SMALLEST = LATTICE.limit("smallest_group")


@settings(max_examples=examples(4), deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 250))
def test_every_cell_is_what_pandas_counts(seed: int, rows: int) -> None:
    cohort = some_cohort(seed, rows, months=24)
    for measure in LATTICE.measures:
        counted = count(LATTICE, measure.id, cohort, FIRST, FIRST + 24)
        events = cohort.events[measure.id]
        for (level, dims), table in counted.tables.items():
            if LATTICE.family_in(dims) is not None:
                continue
            by = [(events["month"] - FIRST) // LEVELS[level], *(events[name] for name in dims)]
            true = events.groupby(by, observed=True)["case"].agg(["size", "nunique"])
            assert table.counts.sum() == true["size"].sum()
            for key, row in true.iterrows():
                place, *values = key if isinstance(key, tuple) else (key,)
                where = (place, *(axis.index(value) for axis, value in zip(table.axes, values, strict=True)))
                assert table.counts[where] == row["size"]
                assert min(table.cases[where], SMALLEST) == min(row["nunique"], SMALLEST)


def test_the_statuses_of_a_criterion_add_up_to_its_guidance() -> None:
    counted = count(LATTICE, "recommendations", some_cohort(1, 500), FIRST, FIRST + 12)
    year = Period(FIRST, 12)
    totals = counted.cells(year, ("guidance",))
    cells = counted.cells(year, ("guidance", "criterion", "status"))
    assert {key[:2] for key in cells} == {
        (guidance, criterion) for criterion, guidances in CRITERIA.items() for guidance in guidances
    }
    for guidance, criterion in {key[:2] for key in cells}:
        assert sum(value for key, value in cells.items() if key[:2] == (guidance, criterion)) == totals[guidance,]


def test_a_value_that_the_lattice_does_not_list_is_an_error() -> None:
    cohort = some_cohort(2, 20)
    cohort.events["starts"].loc[0, "sex"] = "other"
    with pytest.raises(ValueError, match="sex holds a value"):
        count(LATTICE, "starts", cohort, FIRST, FIRST + 12)


def test_something_before_the_first_month_is_an_error() -> None:
    with pytest.raises(ValueError, match="before the first month"):
        count(LATTICE, "starts", some_cohort(2, 200), FIRST + 12, FIRST + 24)


@pytest.mark.parametrize("measure", [measure.id for measure in LATTICE.measures])
def test_without_any_rows_everything_is_zero(measure: str) -> None:
    empty = {name: events.iloc[:0] for name, events in some_cohort(3, 10).events.items()}
    counted = count(LATTICE, measure, Cohort(empty, ("north",)), FIRST, FIRST + 1)
    assert all(table.counts.sum() == 0 for table in counted.tables.values())
    assert counted.cells(Period(FIRST, 12), ()) == {(): 0}
