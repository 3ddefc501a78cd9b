"""Birthdays and birth dates, held against the way in which completed years are counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.birthdays import birth_dates_of, birthday, born_near, last_born
from screening.fact_reading import completed_years

DAY = timedelta(days=1)
DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31)) | st.sampled_from(
    [date(year, month, day) for year in (1999, 2000, 2001) for month, day in ((2, 28), (3, 1), (12, 31), (1, 1))]
    + [date(2000, 2, 29), date(2004, 2, 29)]
)
AGES = st.integers(0, 30)


@given(birth_date=DATES, age=AGES)
def test_on_the_birthday_the_years_are_completed_and_on_the_day_before_they_are_not(birth_date: date, age: int) -> None:
    day = birthday(birth_date, age)
    assert completed_years(birth_date, day) == age
    if age:
        assert completed_years(birth_date, day - DAY) == age - 1


@given(age=AGES, on=DATES)
def test_the_birth_dates_of_an_age_are_all_that_come_to_it_and_no_others(age: int, on: date) -> None:
    first, last = birth_dates_of(age, on)
    assert completed_years(first, on) == completed_years(last, on) == age
    assert completed_years(first - DAY, on) == age + 1
    assert last == last_born(age, on)
    assert last == on if age == 0 else completed_years(last + DAY, on) == age - 1


@given(age=AGES, on=DATES)
def test_near_a_day_are_born_whoever_has_the_birthday_then_or_on_the_day_before_or_after(age: int, on: date) -> None:
    last = last_born(age, on)
    assert list(born_near(on, age)) == [last - DAY, last, last + DAY]


@pytest.mark.parametrize(
    ("birth_date", "age", "expected"),
    [
        (date(2008, 2, 29), 17, date(2025, 3, 1)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 3, 29), 17, date(2025, 3, 29)),
        (date(2008, 2, 28), 17, date(2025, 2, 28)),
        (date(9990, 5, 4), 20, date(9999, 5, 4)),  # as late as a calendar goes
    ],
)
def test_somebody_born_on_the_29th_of_february_is_older_on_the_1st_of_march_of_a_common_year(
    birth_date: date, age: int, expected: date
) -> None:
    assert birthday(birth_date, age) == expected


def test_whoever_is_born_on_the_29th_of_february_is_the_last_of_an_age_only_in_a_leap_year() -> None:
    assert last_born(17, date(2024, 2, 29)) == date(2007, 2, 28)
    assert last_born(16, date(2024, 2, 29)) == date(2008, 2, 29)
    assert birth_dates_of(17, date(2024, 2, 29)) == (date(2006, 3, 1), date(2007, 2, 28))
