"""Opening a table by the kind of its file."""

from pathlib import Path

from instruments.csv_table import CsvTable
from instruments.faults import Fault, InputError
from instruments.parquet_table import ParquetTable
from instruments.row_faults import shown_path
from instruments.tables import PARQUET_ENDING, TEXT_ENDINGS, Table


def open_table(path: Path) -> Table:
    """Open a table by the ending of its name: ``.csv``, ``.tsv`` or ``.parquet``.

    Raises
    ------
    InputError
        If there is no such file, or it is empty, of another kind, or cannot be read.
    """
    ending = path.suffix.lower()
    if ending not in (*TEXT_ENDINGS, PARQUET_ENDING):
        raise InputError([Fault("unknown-file-type", path.name, {"known": [*TEXT_ENDINGS, PARQUET_ENDING]})])
    if not path.is_file():
        raise InputError([Fault("no-such-file", shown_path(path), {})])
    if not path.stat().st_size:
        raise InputError([Fault("empty-table", path.name)])
    if ending == PARQUET_ENDING:
        return ParquetTable(path)
    return CsvTable(path)
