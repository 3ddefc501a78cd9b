"""Tables in Parquet files."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from instruments.faults import Fault, InputError
from instruments.row_faults import RowFaults, shown
from instruments.tables import Chunk, Part, Table

CHUNK_ROWS = 131_072
_SINGLE_VALUES = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_null,
)


class ParquetTable(Table):
    """A Parquet file. Text is taken as the file holds it, dictionary-encoded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _faults_of_file(path), pq.ParquetFile(path) as file:
            self._schema: pa.Schema = file.schema_arrow
            self.rows = file.metadata.num_rows
            groups = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
            self._groups = [(group.num_rows, group.total_byte_size) for group in groups]
        self.names = list(self._schema.names)
        if not self.rows:
            raise InputError([Fault("no-rows", path.name)])

    def read(self, columns: Sequence[str], key: str, faults: RowFaults, part: Part | None = None) -> Iterator[Chunk]:
        texts = [name for name in columns if name != key and _is_text(self._schema.field(name).type)]
        row = part.first_row if part else 0
        groups = range(part.start, part.stop) if part else range(len(self._groups))
        with _faults_of_file(self.path), pq.ParquetFile(self.path, read_dictionary=texts, pre_buffer=False) as file:
            unread = file.iter_batches(CHUNK_ROWS, row_groups=list(groups), columns=list(columns))
            with closing(_one_ahead(unread)) as batches:
                for batch in batches:
                    yield Chunk(batch, row)
                    row += len(batch)

    def parts(self, most_bytes: int) -> list[Part]:
        parts: list[Part] = []
        start = row = first_row = size = 0
        for group, (rows, weight) in enumerate(self._groups):
            if size and size + weight > most_bytes:
                parts.append(Part(start, group, first_row))
                start, first_row, size = group, row, 0
            row, size = row + rows, size + weight
        return [*parts, Part(start, len(self._groups), first_row)]

    def require_types(self, columns: Sequence[str]) -> None:
        faults = [
            Fault("column-type", f"column {shown(name)}", {"name": shown(name), "type": shown(kind)})
            for name in columns
            if not _holds_single_values(kind := self._schema.field(name).type)
        ]
        if faults:
            raise InputError(faults)


def _one_ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    """The same, each one read while the one before it is in use."""
    with ThreadPoolExecutor(1, "table") as executor:
        coming = executor.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = executor.submit(next, batches, None)
            yield batch


def _holds_single_values(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _holds_single_values(kind.value_type)
    return _is_text(kind) or any(is_of_kind(kind) for is_of_kind in _SINGLE_VALUES)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


@contextmanager
def _faults_of_file(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        problem = shown(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise InputError([Fault("parquet-unreadable", path.name, {"problem": problem})]) from error
