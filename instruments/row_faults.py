"""Faults of a table, gathered to a limit: the first ones in full, the rest as a number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from instruments.faults import MORE_FAULTS, MOST_TOLD, Fault, InputError

_SHOWN = 80


def place(row: int, column: str | None = None) -> str:
    """Where a fault stands. Rows are counted from 1, below the header."""
    return f"row {row}, column {column}" if column is not None else f"row {row}"


def shown(value: object) -> str:
    """A refused value, cut to what can stand in a message."""
    text = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(value)[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


@dataclass
class RowFaults:
    """The faults that were found so far.

    Parameters
    ----------
    told : list of (row, fault)
        At most `MOST_TOLD` of them.
    untold : int
        How many more there were.
    """

    told: list[tuple[int, Fault]] = field(default_factory=list)
    untold: int = 0

    def __bool__(self) -> bool:
        return bool(self.told)

    @property
    def room(self) -> int:
        """How many more can be told."""
        return MOST_TOLD - len(self.told)

    def add(self, row: int, fault: Fault) -> None:
        """Take in a fault of a row; 0 for the table as a whole."""
        if self.room > 0:
            self.told.append((row, fault))
        else:
            self.untold += 1

    def add_many(self, faults: Iterable[tuple[int, Fault]], number: int) -> None:
        """Take in ``number`` faults of a kind, of which ``faults`` makes as many as there is room for."""
        told = 0
        for row, fault in _at_most(faults, self.room):
            self.told.append((row, fault))
            told += 1
        self.untold += number - told

    def extend(self, other: "RowFaults") -> None:
        """Take in the faults of another part of the table."""
        for row, fault in other.told:
            self.add(row, fault)
        self.untold += other.untold

    def raise_if_any(self) -> None:
        """Refuse the table where anything is wrong with it.

        Raises
        ------
        InputError
            With the faults in the order of the rows and, last, how many more there are.
        """
        if not self.told:
            return
        faults = [fault for _, fault in sorted(self.told, key=lambda each: each[0])]
        if self.untold:
            faults.append(Fault(MORE_FAULTS, "", {"count": self.untold}))
        raise InputError(faults)


def _at_most(faults: Iterable[tuple[int, Fault]], number: int) -> Iterator[tuple[int, Fault]]:
    iterator = iter(faults)
    for _ in range(number):
        try:
            yield next(iterator)
        except StopIteration:
            return
