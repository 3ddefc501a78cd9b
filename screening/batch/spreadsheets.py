"""What a spreadsheet does with a table that it opens."""

import re

#: A spreadsheet takes a cell that begins so for a formula and runs it.
FORMULA = r"^[=+\-@\t\r\n]"


def disarmed(cell: str) -> str:
    """A cell that is no formula to a spreadsheet: an apostrophe goes before what would begin one."""
    return f"'{cell}" if re.match(FORMULA, cell) else cell
