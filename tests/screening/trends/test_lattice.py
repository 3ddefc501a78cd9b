"""The lattice: a file that is locked, closed under what tables have in common, and complete in both languages."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from instruments.faults import InputError
from instruments.loading import load
from instruments.registry import read_lock
from screening.trends.lattice import (
    DEFINITIONS,
    LEVELS,
    Lattice,
    Level,
    Measure,
    Period,
    lattice_on,
    month_of,
    periods_between,
    the_lattices,
)

SHIPPED = lattice_on(date(2027, 1, 1))
LATTICE = SHIPPED.content
each_measure = pytest.mark.parametrize("measure", LATTICE.measures, ids=lambda measure: measure.id)


def test_every_published_lattice_is_locked() -> None:
    assert read_lock(DEFINITIONS) == {each.reference: each.sha256 for each in the_lattices()}
    assert SHIPPED.reference == "trends@1.2"


@each_measure
def test_what_two_tables_have_in_common_is_a_table_too(measure: Measure) -> None:
    for level in measure.levels():
        tables = {frozenset(dims) for dims in measure.across(level)}
        for one in tables:
            assert all(one & other in tables for other in tables if LATTICE.family_in(tuple(one & other)) is None)


@each_measure
def test_a_longer_period_has_every_table_of_a_shorter_one(measure: Measure) -> None:
    levels = measure.levels()
    for shorter, longer in pairwise(levels):
        assert set(measure.across(shorter)) <= set(measure.across(longer))


def altered(tmp_path: Path, old: str, new: str) -> list[tuple[str, object]]:
    """The faults of the lattice with a passage replaced."""
    text = SHIPPED.path.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "1.0.yaml"
    wrong.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load(wrong, Lattice)
    return [(fault.code, fault.parameters["name"]) for fault in refused.value.faults]


def test_tables_that_are_not_closed_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    faults = altered(tmp_path, "month: [[], [outcome], [unit],", "month: [[], [unit],")
    assert set(faults) == {("missing-key", "[outcome]")}


def test_a_dimension_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert ("unknown-definition", "origin") in altered(
        tmp_path, "quarter: [[], [stage]]", "quarter: [[], [stage], [origin]]"
    )


def test_every_limit_that_has_a_source_names_one_that_is_there() -> None:
    assert {limit.source for limit in LATTICE.limits} <= {None, *(source.id for source in LATTICE.sources)}


def test_every_value_of_a_dimension_stands_there_once() -> None:
    for dimension in LATTICE.dimensions:
        assert len(set(dimension.ids())) == len(dimension.values)


@pytest.mark.parametrize(
    ("number", "band"), [(11, "under_12"), (12, "12-14"), (14, "12-14"), (15, "15-17"), (29, "25-29"), (30, "30+")]
)
def test_ages_fall_into_their_bands(number: int, band: str) -> None:
    assert LATTICE.dimension("age_band").band_of(number) == band


@pytest.mark.parametrize("number", [None, -1])
def test_what_cannot_be_counted_is_unknown_and_not_zero(number: int | None) -> None:
    assert LATTICE.dimension("waited").band_of(number) == "unknown"


def test_periods_have_the_names_that_people_use() -> None:
    march = month_of(date(2024, 3, 31))
    names = [Period(march, 1).name, Period(march - 2, 3).name, Period(march - 2, 12).name]
    assert names == ["2024-03", "2024-Q1", "2024"]
    assert Period(march, 1).starts_on == date(2024, 3, 1)


def test_a_period_is_over_when_its_last_month_is() -> None:
    first = month_of(date(2024, 11, 5))
    names = [period.name for period in periods_between(first, month_of(date(2025, 5, 1)), "quarter")]
    assert names == ["2024-Q4", "2025-Q1"]


@pytest.mark.parametrize(("level", "months"), LEVELS.items())
def test_a_period_is_made_of_the_next_shorter_ones(level: Level, months: int) -> None:
    parts = Period(24 * 12, months).within()
    assert sum(part.months for part in parts) == (0 if level == "month" else months)
