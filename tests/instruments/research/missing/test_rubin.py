"""Rubin's rules, held to mice, and what they must be whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.research.missing.rubin import pool
from tests.instruments.research.data import reference

ROWS = reference("rubin.csv").to_dict("records")
numbers = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2)), min_size=2, max_size=30)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['freedom']:.0f}-{row['b']:.2g}")
def test_pooling_is_that_of_mice(row: dict[str, object]) -> None:
    estimates, variances = ([float(each) for each in str(row[name]).split()] for name in ("q", "u"))
    pooled = pool(estimates, variances, float(str(row["freedom"])))
    if (1 + 1 / pooled.imputations) * pooled.between / pooled.variance < 1e-4:
        return  # mice takes a smaller share than 1e-4 for 1e-4
    told = pooled.value, pooled.within, pooled.between, pooled.variance, pooled.freedom, pooled.fraction_missing
    assert told == pytest.approx([row[name] for name in ("qbar", "ubar", "b", "t", "df", "fmi")], rel=1e-9)


@given(numbers, st.floats(3, 1000))
def test_missing_information_only_widens(given: list[tuple[float, float]], freedom: float) -> None:
    pooled = pool(*zip(*given, strict=True), freedom)
    assert pooled.variance >= pooled.within
    assert 0 < pooled.freedom <= freedom
    assert 0 <= pooled.fraction_missing <= 1 + 1e-9
    low, high = pooled.interval()
    assert low < pooled.value < high


def test_data_sets_that_are_alike_miss_nothing() -> None:
    pooled = pool([0.4] * 5, [0.02] * 5, 98)
    assert (pooled.variance, pooled.fraction_missing) == (pytest.approx(0.02), 0)
    assert np.isfinite(pooled.freedom)
