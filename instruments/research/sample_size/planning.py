"""A planned number of persons, and what may be asked of a plan."""

from dataclasses import dataclass
from math import ceil, isfinite

from instruments.faults import Fault, InputError

#: A planned number is looked for up to this, and no interval is planned for fewer persons than that.
MOST, FEWEST = 10**9, 2


@dataclass(frozen=True)
class Need:
    """What one criterion asks for.

    Parameters
    ----------
    criterion : str
        Its key; words under ``label.<criterion>``.
    persons : int
    """

    criterion: str
    persons: int


def at_least(persons: float) -> int:
    """The whole number of persons, where there is one that can be found.

    Raises
    ------
    InputError
    """
    if not persons <= MOST:
        raise InputError([Fault("planning-too-many", "", {"most": MOST})])
    return max(ceil(persons - 1e-9), FEWEST)  # a whole number stays what it is


def require(name: str, value: float, low: float, high: float | None) -> None:
    """Refuse a number that does not lie between two others; words for its name under ``planned.<name>``."""
    if not (isfinite(value) and low < value and (high is None or value < high)):
        ends = {"low": round(low, 4), "high": "∞" if high is None else round(high, 4)}
        raise InputError([Fault("planning-off-range", "", {"name": name, **ends})])


def require_whole(name: str, value: int, low: int) -> None:
    """Refuse a whole number below another one, or of more than can be planned for."""
    if not low <= value <= MOST:
        raise InputError([Fault("planning-too-few", "", {"name": name, "low": low, "most": MOST})])
