"""Workbooks as spreadsheets open them: Office Open XML (ECMA-376), written without anything that could be run.

Text is always text: a cell has a formula only where the file says so, and this writes none. The same sheets give the
same bytes, so that an answer can be asked for again by its ETag.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Cell = str | int | float | bool | None
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A longer cell, or name of a sheet, makes Excel say that the file is damaged.
_LONGEST_CELL = 32_767
_LONGEST_NAME = 31
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
#: What XML 1.0 has no way to hold.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The earliest that a ZIP archive can say; it tells of no day.
_NO_DAY = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Style 0 is plain, 1 a heading, 2 text over several lines.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Parameters
    ----------
    rows : sequence of sequences
        None leaves a cell empty. The first row is a heading, which stays in sight.
    widths : sequence of int
        Of the columns, in characters.
    is_prose : bool
        Whether cells hold sentences, which are then broken over several lines.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[int]
    is_prose: bool = False


def write_workbook(sheets: Sequence[Sheet], *, language: str) -> bytes:
    """A workbook with these sheets, in their order.

    Parameters
    ----------
    language : str
        Of what its cells say.
    """
    names = [_NOT_IN_A_NAME.sub(" ", sheet.name)[:_LONGEST_NAME] for sheet in sheets]
    kinds = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    kinds.append(("styles", "styles.xml"))
    listed = "".join(
        f'<sheet name="{_attribute(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds, start=1)
    )
    overrides = "".join(
        f'<Override PartName="/xl/{target}" ContentType="{_SHEET_TYPE}.{kind}+xml"/>' for kind, target in kinds
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/docProps/core.xml" '
        f'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
        f'Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>{language}</dc:language></cp:coreProperties>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": _STYLES,
    }
    for number, sheet in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = "".join(_sheet(sheet))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_DAY), _DECLARED + content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>'
    for number, width in enumerate(sheet.widths, start=1):
        yield f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
    yield "</cols><sheetData>"
    for number, row in enumerate(sheet.rows, start=1):
        style = 1 if number == 1 else 2 if sheet.is_prose else 0
        yield f'<row r="{number}">'
        for place, value in enumerate(row):
            yield _cell(f"{_column(place)}{number}", value, style)
        yield "</row>"
    yield "</sheetData></worksheet>"


def _cell(at: str, value: Cell, style: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{at}" s="{style}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{at}" s="{style}"><v>{value!r}</v></c>'
    text = escape(_NOT_IN_XML.sub("", value)[:_LONGEST_CELL])
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _column(place: int) -> str:
    """The letters of a column by its place, counted from 0: A to Z, then AA."""
    letters, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _attribute(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text), {'"': "&quot;"})
