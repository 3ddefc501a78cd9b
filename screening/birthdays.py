"""Which day somebody reaches an age, and which birth dates an age allows.

Somebody born on 29 February is a year older on 1 March of a common year, as `completed_years` counts.
"""

from calendar import isleap
from collections.abc import Iterator
from datetime import MAXYEAR, date

_NEXT = date.resolution


def birthday(birth_date: date, age: int) -> date:
    """The first day on which somebody has completed so many years; of 29 February, 1 March of a common year."""
    year = min(birth_date.year + age, MAXYEAR)
    if (birth_date.month, birth_date.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return birth_date.replace(year=year)


def birth_dates_of(age: int, on: date) -> tuple[date, date]:
    """The first and the last birth date of somebody who has completed so many years on a day."""
    return last_born(age + 1, on) + _NEXT, last_born(age, on)


def last_born(age: int, on: date) -> date:
    """The last birth date of whoever has completed at least so many years on a day."""
    year = on.year - age
    return date(year, 2, 28) if (on.month, on.day) == (2, 29) and not isleap(year) else on.replace(year=year)


def born_near(day: date, age: int) -> Iterator[date]:
    """Yield the birth dates around that of whoever has their birthday on a day."""
    last = last_born(age, day)
    yield from (last - _NEXT, last, last + _NEXT)
