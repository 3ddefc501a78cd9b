"""Results in CSV and Parquet files, which appear whole or not at all."""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from instruments.faults import Fault, InputError
from instruments.row_faults import shown_path
from instruments.tables import PARQUET_ENDING, TEXT_ENDINGS
from screening.batch.arrow_arrays import texts_of
from screening.batch.spreadsheets import FORMULA


class Results(ABC):
    """A file of results that is being written."""

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows. All batches have the same columns."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""


class CsvResults(Results):
    """A text file. Cells are quoted only where they must be.

    A cell that a spreadsheet would take for a formula, because it begins with ``=``, ``+``, ``-``, ``@``, a tab or a
    line break, gets an apostrophe before it.
    """

    def __init__(self, path: Path, delimiter: str) -> None:
        self._file = path.open("wb")
        self._delimiter = delimiter
        self._has_header = False

    def write(self, batch: pa.RecordBatch) -> None:
        if not self._has_header:
            self._file.write((self._delimiter.join(batch.schema.names) + "\n").encode())
            self._has_header = True
        if len(batch):
            cells = [self._cells(column) for column in batch.columns]
            cells[-1] = _joined(cells[-1], "\n")
            self._file.write(_content(_joined(*cells, between=self._delimiter)))

    def _cells(self, column: pa.Array) -> pa.Array:
        """A column as text for the file; what a dictionary holds is made ready once."""
        if pa.types.is_dictionary(column.type):
            return self._cells(column.dictionary).take(column.indices.cast(pa.int64()))
        text = column.cast(pa.large_string())
        text = pc.if_else(pc.match_substring_regex(text, FORMULA), _joined("'", text), text)
        must_quote = pc.match_substring_regex(text, f'["\n\r{self._delimiter}]')
        if not pc.any(must_quote, min_count=0).as_py():
            return text
        quoted = _joined('"', pc.replace_substring(text, '"', '""'), '"')
        return pc.if_else(must_quote, quoted, text)

    def close(self) -> None:
        self._file.close()


def _joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    texts = [_constant(part) if isinstance(part, str) else part for part in (*parts, between)]
    return pc.binary_join_element_wise(*texts)


def _constant(text: str) -> pa.Scalar:
    return texts_of([text]).cast(pa.large_string())[0]


def _content(lines: pa.Array) -> memoryview:
    """The bytes of an array of text, one after the other."""
    _, offsets, content = lines.buffers()
    first, last = (int.from_bytes(offsets[8 * place : 8 * place + 8], "little") for place in _ends(lines))
    return memoryview(content)[first:last]


def _ends(lines: pa.Array) -> tuple[int, int]:
    return lines.offset, lines.offset + len(lines)


class ParquetResults(Results):
    """A Parquet file. Words are dictionary-encoded; nothing is null."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            words = [field.name for field in batch.schema if pa.types.is_dictionary(field.type)]
            self._writer = pq.ParquetWriter(
                self._path, batch.schema, compression="zstd", write_statistics=False, use_dictionary=words
            )
        if len(batch):
            self._writer.write_batch(batch)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def require_writable(path: Path, source: Path, *, endings: tuple[str, ...] = ()) -> None:
    """Refuse an output that cannot be written, before anything is read.

    Raises
    ------
    InputError
        If the name's ending is unknown, its folder is missing, it is a folder, or it is the input itself.
    """
    known = endings or (*TEXT_ENDINGS, PARQUET_ENDING)
    if path.suffix.lower() not in known:
        raise InputError([Fault("unknown-file-type", path.name, {"known": list(known)})])
    if not path.parent.is_dir():
        raise InputError([Fault("no-such-folder", shown_path(path.parent), {})])
    if path.is_dir():
        raise InputError([Fault("output-is-folder", shown_path(path), {})])
    if path.exists() and source.exists() and path.samefile(source):
        raise InputError([Fault("output-is-input", path.name, {})])


def open_results(path: Path, ending: str, delimiter: str) -> Results:
    """Begin a file of the kind that an ending stands for.

    Parameters
    ----------
    delimiter : str
        What stands between cells, for ``.csv``; ``.tsv`` has tabs.
    """
    if ending == PARQUET_ENDING:
        return ParquetResults(path)
    return CsvResults(path, "\t" if ending == ".tsv" else delimiter)


@contextmanager
def appearing_whole(path: Path) -> Iterator[Path]:
    """Give a name beside ``path`` for a file or folder; it takes the place of ``path`` if all goes well, else it goes.

    An older file in its place stays until then.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        if unfinished.is_dir():
            rmtree(unfinished)
        else:
            with suppress(FileNotFoundError):
                unfinished.unlink()
