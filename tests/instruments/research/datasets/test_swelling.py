"""Workbooks that are small on the disk and would fill the memory are refused before they are read."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from instruments.faults import InputError
from instruments.research.datasets import columns
from instruments.research.datasets.columns import MOST_CELLS, MOST_UNPACKED, Columns

SHEET = "xl/worksheets/sheet1.xml"
ROW = '<row r="{row}"><c r="{column}{row}" t="n"><v>1</v></c></row>'


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["id", "age"])
    book.active.append(["a", 16])
    book.save(path)
    return path


def with_part(path: Path, name: str, content: Callable[[str], str]) -> Path:
    """The same workbook with another content of a part."""
    with zipfile.ZipFile(path) as book:
        parts = {each: book.read(each) for each in book.namelist()}
    parts[name] = content(parts.get(name, b"").decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for each, data in parts.items():
            book.writestr(each, data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        Columns(path)
    [fault] = error.value.faults
    return fault.code


def test_a_workbook_that_unpacks_to_very_much_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    path = with_part(workbook(tmp_path / "x.xlsx"), "xl/media/x.xml", lambda _: " " * (MOST_UNPACKED + 1))
    assert path.stat().st_size < 1_400_000
    monkeypatch.setattr(openpyxl, "load_workbook", never)
    monkeypatch.setattr(columns.pd, "read_excel", never)
    assert refused(path) == "table-too-large"


def test_cells_far_out_do_not_make_a_table_of_millions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far_out = "".join(ROW.format(row=row, column="XFD") for row in range(3, 3 + MOST_CELLS // 16_384 + 1))
    path = workbook(tmp_path / "x.xlsx")
    path = with_part(path, SHEET, lambda text: text.replace("</sheetData>", f"{far_out}</sheetData>"))
    assert path.stat().st_size < 100_000
    assert refused(path) == "table-of-too-many-cells"


def test_a_workbook_of_the_usual_size_is_read(tmp_path: Path) -> None:
    assert list(Columns(workbook(tmp_path / "x.xlsx")).names) == ["id", "age"]
