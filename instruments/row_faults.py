"""Faults of a table, gathered to a limit: the first ones in full, the rest as a number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from instruments.faults import MORE_FAULTS, MOST_LISTED, Fault, InputError

_SHOWN = 80


def place(row: int, column: str | None = None) -> str:
    """Where a fault stands. Rows are counted from 1, below the header."""
    return f"row {row}, column {column}" if column is not None else f"row {row}"


def shown(value: object) -> str:
    """A refused value, cut to what can stand in a message."""
    text = _printable(str(value)[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def shown_path(path: Path) -> str:
    """A refused path, cut to what can stand in a message; its end stays, which tells it from others."""
    text = _printable(str(path))
    return text if len(text) <= _SHOWN else "…" + text[1 - _SHOWN :]


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


@dataclass
class RowFaults:
    """The faults that were found so far.

    Parameters
    ----------
    listed : list of (row, fault)
        At most `MOST_LISTED` of them.
    more : int
        How many more there were.
    """

    listed: list[tuple[int, Fault]] = field(default_factory=list)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.listed)

    @property
    def room(self) -> int:
        """How many more can be told."""
        return MOST_LISTED - len(self.listed)

    def add(self, row: int, fault: Fault) -> None:
        """Take in a fault of a row; 0 for the table as a whole."""
        if self.room > 0:
            self.listed.append((row, fault))
        else:
            self.more += 1

    def add_many(self, faults: Iterable[tuple[int, Fault]], number: int) -> None:
        """Take in ``number`` faults of a kind, of which ``faults`` makes as many as there is room for."""
        number_listed = 0
        for row, fault in _at_most(faults, self.room):
            self.listed.append((row, fault))
            number_listed += 1
        self.more += number - number_listed

    def extend(self, other: "RowFaults") -> None:
        """Take in the faults of another part of the table."""
        for row, fault in other.listed:
            self.add(row, fault)
        self.more += other.more

    def raise_if_any(self) -> None:
        """Refuse the table where anything is wrong with it.

        Raises
        ------
        InputError
            With the faults in the order of the rows and, last, how many more there are.
        """
        if not self.listed:
            return
        faults = [fault for _, fault in sorted(self.listed, key=lambda each: each[0])]
        if self.more:
            faults.append(Fault(MORE_FAULTS, "", {"count": self.more}))
        raise InputError(faults)


def _at_most(faults: Iterable[tuple[int, Fault]], number: int) -> Iterator[tuple[int, Fault]]:
    iterator = iter(faults)
    for _ in range(number):
        try:
            yield next(iterator)
        except StopIteration:
            return
