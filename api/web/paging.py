"""Pages of a list: each tells where the next one begins, and that stays right while the list grows."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NoReturn, TypeVar

from api.web.problems import Problem
from instruments.faults import Fault

LONGEST = 200
USUAL = 50
_KEY = re.compile(r"[0-9a-f]{32}")
Day = TypeVar("Day", bound=date)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def write_cursor(*parts: str) -> str:
    """An opaque name for a place in a list."""
    return base64.urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")


def _read(cursor: str, parts: int) -> list[str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        refuse_cursor()
    values = raw.split("|")
    if len(values) != parts:
        refuse_cursor()
    return values


def read_moment_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """A place in a list by moment and key.

    Raises
    ------
    Problem
        Kind ``bad-request``.
    """
    place = _read_keyed(cursor, datetime.fromisoformat)
    if place is None:
        return None
    at, key = place
    if at.tzinfo is None or not 1900 < at.year < 9000:
        refuse_cursor()
    return at.astimezone(UTC), key


def read_day_cursor(cursor: str | None) -> tuple[date, str] | None:
    """A place in a list by day and key.

    Raises
    ------
    Problem
        Kind ``bad-request``.
    """
    return _read_keyed(cursor, date.fromisoformat)


def _read_keyed(cursor: str | None, parse: Callable[[str], Day]) -> tuple[Day, str] | None:
    if cursor is None:
        return None
    written, key = _read(cursor, 2)
    try:
        day = parse(written)
    except ValueError:
        refuse_cursor()
    if not _KEY.fullmatch(key):
        refuse_cursor()
    return day, key


def read_number_cursor(cursor: str | None) -> int:
    """A place in a journal: the number of the last entry that was shown; 0 for the beginning.

    Raises
    ------
    Problem
        Kind ``bad-request``.
    """
    if cursor is None:
        return 0
    [number] = _read(cursor, 1)
    if not _NUMBER.fullmatch(number):
        refuse_cursor()
    return int(number)


def refuse_cursor() -> NoReturn:
    """Refuse a place that no list has named.

    Raises
    ------
    Problem
    """
    raise Problem("bad-request", (Fault("bad-cursor", "?after"),))
