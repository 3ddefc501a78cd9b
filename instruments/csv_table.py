"""Tables in text files: CSV with commas, semicolons or tabs, in UTF-8."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from instruments.faults import Fault, InputError
from instruments.row_faults import RowFaults, place, shown
from instruments.tables import Chunk, Part, Table

BLOCK_BYTES = 4 << 20
_SCAN_BYTES = 8 << 20
_MOST_RAGGED = 1000
_DELIMITERS = ",;\t"
_BOM = codecs.BOM_UTF8
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


class CsvTable(Table):
    """A text file with a header. The delimiter is the one that the header has most of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = _require_readable(path)
        header = _first_line(path)
        self.delimiter = max(_DELIMITERS, key=header.count)
        try:
            lines_of_header = io.StringIO(header.lstrip("\r\n"), newline="")
            self.names = next(csv.reader(lines_of_header, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            raise InputError([_unreadable(path, str(error))]) from error
        self._header_bytes = len(header.encode()) + (len(_BOM) if _has_bom(path) else 0)
        self.rows = max(lines - 1, 0)

    def read(self, columns: Sequence[str], key: str, faults: RowFaults, part: Part | None = None) -> Iterator[Chunk]:
        ragged = _Ragged(part.first_row if part else 0)
        row = part.first_row if part else 0
        try:
            reader = arrow_csv.open_csv(
                self._source(part),
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,  # or the number of a ragged row is not known
                    block_size=BLOCK_BYTES,
                    column_names=self.names,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=ragged
                ),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=list(columns),
                    column_types={name: pa.string() if name == key else _CODED_TEXT for name in columns},
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                if len(batch):
                    yield Chunk(batch, row, tuple(ragged.rows))
                row += len(batch)
        except (pa.ArrowException, OSError) as error:
            if not ragged.is_enough and "Empty CSV file" not in str(error):
                raise InputError([_unreadable(self.path, str(error))]) from error
        for number, cells in ragged.rows.items():
            expected = {"expected": len(self.names), "found": cells}
            faults.add(number, Fault("ragged-row", place(number), expected))
        if not row and not ragged.rows and part is None:
            raise InputError([Fault("no-rows", self.path.name)])

    def _source(self, part: Part | None) -> pa.NativeFile:
        """The bytes below the header, or of a part."""
        if part is None:
            file = pa.OSFile(str(self.path))
            file.seek(self._header_bytes)
            return file
        with self.path.open("rb") as handle:
            handle.seek(part.start)
            return pa.BufferReader(handle.read(part.stop - part.start))

    def parts(self, most_bytes: int) -> list[Part]:
        size = self.path.stat().st_size
        parts: list[Part] = []
        start, first_row = self._header_bytes, 0
        for end, row in _ends_of_rows(self.path, start, most_bytes):
            parts.append(Part(start, end, first_row))
            start, first_row = end, row
        return [*parts, Part(start, size, first_row)] if start < size else parts


_CODED_TEXT = pa.dictionary(pa.int32(), pa.string())


class _Ragged:
    """Takes note of the rows with another number of cells than the header, and leaves them out; at last gives up."""

    def __init__(self, first_row: int) -> None:
        self._first_row = first_row
        self.rows: dict[int, int] = {}

    @property
    def is_enough(self) -> bool:
        """Whether there are so many that the file as a whole must be wrong."""
        return len(self.rows) >= _MOST_RAGGED

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        self.rows[self._first_row + row.number] = row.actual_columns
        return "error" if self.is_enough else "skip"


def _unreadable(path: Path, problem: str) -> Fault:
    if "straddling" in problem:
        return Fault("row-too-long", path.name, {"most": BLOCK_BYTES})
    return Fault("table-unreadable", path.name, {"problem": shown(problem.splitlines()[0] if problem else "")})


def _require_readable(path: Path) -> int:
    """Refuse a file that is not UTF-8, holds a NUL byte or leaves a quotation open; give the number of its lines."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    lines = marks = 0
    last = b""
    is_blank = True
    with path.open("rb") as file:
        while block := file.read(_SCAN_BYTES):
            if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not lines:
                raise InputError([Fault("table-not-utf8", f"{path.name}, line 1", {"guess": "UTF-16"})])
            if b"\0" in block:
                line = lines + block[: block.index(b"\0")].count(b"\n") + 1
                raise InputError([Fault("nul-byte", f"{path.name}, line {line}")])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise InputError([_not_utf8(path, block, lines, error)]) from error
            lines += block.count(b"\n")
            marks += block.count(b'"')
            last = block[-1:]
            is_blank = is_blank and not block.removeprefix(_BOM).strip()
    if is_blank:
        raise InputError([Fault("empty-table", path.name)])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InputError([_not_utf8(path, b"", lines, error)]) from error
    if marks % 2:  # rows would be lost in the cell that never ends
        raise InputError([Fault("quotation-never-ends", path.name)])
    return lines + (last != b"\n")


def _not_utf8(path: Path, block: bytes, lines: int, error: UnicodeDecodeError) -> Fault:
    line = lines + block[: error.start].count(b"\n") + 1
    return Fault("table-not-utf8", f"{path.name}, line {line}", {"guess": "Latin-1 (Windows-1252)"})


def _has_bom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_BOM)) == _BOM


def _first_line(path: Path) -> str:
    """The header with its line ending, and empty lines before it."""
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        header = file.readline(BLOCK_BYTES)
        while not header.strip():
            header += file.readline(BLOCK_BYTES)
        return header


def _ends_of_rows(path: Path, start: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Ends of rows about so many bytes apart, each with the number of rows before it.

    A line break inside quotation marks is no end of a row: one counts where an even number of marks lies before it.
    """
    rows = 0
    is_open = 0
    row_start = wanted = start
    wanted += most_bytes
    with path.open("rb") as file:
        file.seek(start)
        position = start
        while block := file.read(_SCAN_BYTES):
            signs = np.frombuffer(block, dtype=np.uint8)
            marks = np.cumsum(signs == _QUOTE, dtype=np.int64) + is_open
            ends = np.flatnonzero((signs == _NEWLINE) & (marks % 2 == 0)) + 1
            is_open = int(marks[-1]) % 2
            counted = _count_rows(signs, ends, row_start - position)
            while (nearest := int(np.searchsorted(ends, wanted - position))) < ends.size:
                end = position + int(ends[nearest])
                yield end, rows + int(counted[nearest])
                wanted = end + most_bytes
            if ends.size:
                rows += int(counted[-1])
                row_start = position + int(ends[-1])
            position += len(block)


def _count_rows(signs: NDArray[np.uint8], ends: NDArray[np.intp], first_start: int) -> NDArray[np.intp]:
    """How many rows end at or before each end; an empty line is no row."""
    if not ends.size:
        return ends
    lengths = np.diff(ends, prepend=first_start)
    is_empty = (lengths == 1) | ((lengths == 2) & (signs[ends - 2] == _RETURN))
    return np.cumsum(~is_empty)
