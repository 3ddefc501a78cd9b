"""Tables as a person opens them in a spreadsheet: a label beside each code, and separated as their language does it."""

import csv
import io
from collections.abc import Callable, Mapping

from screening.batch.spreadsheets import disarmed

#: A Swedish spreadsheet has the comma for decimals, and takes semicolons apart.
_SEPARATORS: Mapping[str, str] = {"sv": ";"}


def with_labels(
    table: str, headings: Mapping[str, str], label: Callable[[str, Mapping[str, str]], str], language: str
) -> str:
    """A table of codes with what they are called beside them, and the mark that it is UTF-8.

    Parameters
    ----------
    table : str
        Comma-separated, with a row of names first, as programs get it. Its columns stay as they are.
    headings : Mapping of str to str
        By the name of a column of codes, the heading of the column of labels that comes after it.
    label : callable
        What the code of a column of a row is called.
    """
    rows = csv.DictReader(io.StringIO(table, newline=""))
    names = rows.fieldnames or ()
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=_SEPARATORS.get(language, ","), lineterminator="\r\n")
    writer.writerow([cell for name in names for cell in (name, *([headings[name]] if name in headings else []))])
    for row in rows:
        labels = {name: disarmed(label(name, row)) if row[name] else "" for name in headings}
        writer.writerow([cell for name in names for cell in (row[name], *([labels[name]] if name in labels else []))])
    return "\ufeff" + text.getvalue()
