"""The cells of a table as text, from CSV, Parquet, Excel, SPSS and Stata files alike."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd

from instruments.faults import Fault, InputError
from instruments.mapped_columns import text_of_cell
from instruments.research.datasets.labels import Labels, read_labels
from instruments.research.faults import OtherSheetsWarning
from instruments.row_faults import RowFaults, place, shown, shown_path
from instruments.table_files import open_table
from instruments.tables import PARQUET_ENDING, TEXT_ENDINGS

EXCEL_ENDING = ".xlsx"
#: Bytes of a workbook when unpacked, and its cells, filled or not. A larger table is a file for Parquet or CSV.
MOST_UNPACKED = 100_000_000
MOST_CELLS = 5_000_000
#: Files that say what their codes stand for: the program that they are of, and the function that reads them.
LABELLED = {".sav": ("SPSS", "read_sav"), ".dta": ("Stata", "read_dta")}
ENDINGS = (*TEXT_ENDINGS, PARQUET_ENDING, EXCEL_ENDING, *LABELLED)


class Columns:
    """The columns of a table.

    Parameters
    ----------
    path : Path
        A file whose ending is one of `ENDINGS`.

    Attributes
    ----------
    names : list of str
    labels : Labels
        What the file says of its own codes.

    Warns
    -----
    OtherSheetsWarning

    Raises
    ------
    InputError
        If there is no such file, or it is of another kind, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frame: pd.DataFrame | None = None
        self._open_formulas: list[tuple[int, str]] = []
        self.labels: Labels = {}
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise InputError([Fault("unknown-file-type", path.name, {"known": list(ENDINGS)})])
        if not path.is_file():
            raise InputError([Fault("no-such-file", shown_path(path), {})])
        if ending in (EXCEL_ENDING, *LABELLED):
            if ending == EXCEL_ENDING:
                self._frame, self._open_formulas = _excel(path)
            else:
                self._frame, self.labels = _labelled(path, *LABELLED[ending])
            self.names = [str(name) for name in self._frame.columns]
            if not len(self._frame):
                raise InputError([Fault("no-rows", path.name)])
        else:
            self._table = open_table(path)
            self.names = self._table.names

    def require_once(self, columns: Iterable[str]) -> None:
        """Refuse columns that stand in the table more than once; what is not read may.

        Raises
        ------
        InputError
        """
        repeated = sorted(name for name in set(columns) if self.names.count(name) > 1)
        if repeated:
            raise InputError(
                Fault("repeated-column", f"column {shown(name)}", {"name": shown(name)}) for name in repeated
            )

    def read(self, columns: Sequence[str], key: str, faults: RowFaults) -> pd.DataFrame:
        """The text of every cell of some columns, indexed by the number of its row, from 1; empty for a blank.

        Parameters
        ----------
        columns : sequence of str
            The key among them.
        faults : RowFaults
            Takes in rows that cannot be read; they are left out.
        """
        if self._frame is not None:
            frame = self._frame.iloc[:, [self.names.index(name) for name in columns]]
            frame.columns = pd.Index(columns)
            frame.index = pd.RangeIndex(1, len(frame) + 1)
            for row, name in self._open_formulas:
                if name in columns:
                    faults.add(row, Fault("formula-not-calculated", place(row, name)))
            faults.raise_if_any()
            return frame.apply(_as_text)
        self._table.require_types(columns)
        parts = []
        for chunk in self._table.read(columns, key, faults):
            part = pd.DataFrame({name: chunk.batch.column(name).to_pandas() for name in columns})
            part.index = pd.Index([chunk.row_number(at) for at in range(len(part))])
            parts.append(part.apply(_as_text))
        if not parts:
            faults.raise_if_any()
            raise InputError([Fault("no-rows", self.path.name)])
        return pd.concat(parts)


def _as_text(column: "pd.Series[Any]") -> "pd.Series[str]":
    """Every cell as `text_of_cell` gives it; each value once, since they are few."""
    texts = {value: text_of_cell(value) for value in column.dropna().unique()}
    return column.astype(object).map(texts).fillna("").astype(object)


def _excel(path: Path) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """The first sheet, and the row and column of each formula whose value is not in the file.

    An empty cell is empty, and no word stands for one.
    """
    from openpyxl import load_workbook

    try:
        refuse_swelling(path)
        values, formulas = (load_workbook(path, read_only=True, data_only=each) for each in (True, False))
        first, *others = values.worksheets
        (head, *rows), (_, *written) = (_filled(each) for each in (first, formulas[first.title]))
        more = [sheet.title for sheet in others if _filled(sheet)]
        values.close()
        formulas.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever the damaged part made it raise
        raise InputError([_unreadable(path, "Excel", error)]) from error
    if more:
        warnings.warn(OtherSheetsWarning("", read=shown(first.title), others=list(map(shown, more))), stacklevel=4)
    names = [f"unnamed {at + 1}" if name is None else text_of_cell(name) for at, name in enumerate(head)]
    frame = pd.DataFrame([(*row, *[None] * len(names))[: len(names)] for row in rows], columns=names, dtype=object)
    open_formulas = [
        (row + 1, name)
        for row, (cells, texts) in enumerate(zip(rows, written, strict=True))
        for name, cell, text in zip(names, cells, texts, strict=False)
        if cell is None and isinstance(text, str) and text.startswith("=")
    ]
    return frame.where(frame.notna(), ""), open_formulas


def refuse_swelling(path: Path) -> None:
    """Refuse a workbook that is small on the disk and would fill the memory.

    The packed parts say in their directory how large they are, and no more than that is ever unpacked. The cells are
    counted one row at a time, since a few of them far out make a table of millions.

    Raises
    ------
    InputError
    """
    from openpyxl import load_workbook

    with ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > MOST_UNPACKED:
        raise InputError([Fault("table-too-large", path.name, {"size": size, "most": MOST_UNPACKED})])
    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = width = 0
        for row in sheet.iter_rows(values_only=True):
            rows, width = rows + 1, max(width, len(row))
            if rows * width > MOST_CELLS:
                raise InputError([Fault("table-of-too-many-cells", path.name, {"most": MOST_CELLS})])
    finally:
        book.close()


def _filled(sheet: Any) -> list[tuple[Any, ...]]:
    """The rows of a sheet, without the empty ones after the last; those of charts have none."""
    rows = [tuple(row) for row in getattr(sheet, "values", ())]
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows


def _labelled(path: Path, kind: str, reader: str) -> tuple[pd.DataFrame, Labels]:
    """Codes as they are, beside their labels; what the file itself declares as missing is empty."""
    import pyreadstat

    try:
        frame, about = getattr(pyreadstat, reader)(path, apply_value_formats=False, user_missing=False)
    except Exception as error:  # pyreadstat has an error of its own for each fault, and others for a damaged file
        raise InputError([_unreadable(path, kind, error)]) from error
    return frame, read_labels(about.variable_value_labels)


def _unreadable(path: Path, kind: str, error: Exception) -> Fault:
    problem = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Fault("table-of-kind-unreadable", path.name, {"kind": kind, "problem": shown(problem)})
