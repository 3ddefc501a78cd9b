"""Tables in CSV and Parquet files, read a part at a time.

Everything wrong with a file as a file is told here: an unknown kind, another encoding, ragged rows, a file that was cut
off. A part of a table can be read alone, so that several machines can share it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from instruments.row_faults import RowFaults

TEXT_ENDINGS = {".csv": ",", ".tsv": "\t"}
PARQUET_ENDING = ".parquet"


@dataclass(frozen=True)
class Part:
    """A part of a table that is read alone.

    Parameters
    ----------
    start, stop : int
        The first unit and the one after the last: bytes of a CSV file, row groups of a Parquet file.
    first_row : int
        How many rows of the table come before it.
    """

    start: int
    stop: int
    first_row: int


@dataclass(frozen=True)
class Chunk:
    """Some consecutive rows of a table.

    Parameters
    ----------
    first_row : int
        How many rows of the table come before it; rows that were left out are not counted.
    left_out : tuple of int
        The numbers of the rows that could not be read, in rising order.
    """

    batch: pa.RecordBatch
    first_row: int
    left_out: tuple[int, ...] = ()

    def row_number(self, place: int) -> int:
        """The number of a row in the table, from 1, by its place in the chunk."""
        number = self.first_row + place + 1
        for gap in self.left_out:
            if gap > number:
                break
            number += 1
        return number


class Table(ABC):
    """A table in a file.

    Parameters
    ----------
    names : list of str
        Its columns.
    rows : int
        How many rows it has; of a CSV file about so many.
    delimiter : str
        What stands between the cells of a text file like it.
    """

    path: Path
    names: list[str]
    rows: int
    delimiter: str = ","

    @abstractmethod
    def read(self, columns: Sequence[str], key: str, faults: RowFaults, part: Part | None = None) -> Iterator[Chunk]:
        """Read some columns, a chunk at a time.

        Parameters
        ----------
        columns : sequence of str
        key : str
            The column of keys. Of the others, text comes dictionary-encoded.
        faults : RowFaults
            Takes in rows that cannot be read; they are left out.
        part : Part or None
            None for the whole table.

        Raises
        ------
        InputError
            If the file cannot be read on.
        """

    @abstractmethod
    def parts(self, most_bytes: int) -> list[Part]:
        """Divide the table into parts of about so many bytes, as it lies in the file."""

    def require_types(self, columns: Sequence[str]) -> None:
        """Refuse columns whose type holds no single values.

        Raises
        ------
        InputError
        """
        return
