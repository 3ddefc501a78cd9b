"""How long expressions are broken over lines."""

from collections.abc import Iterable
from textwrap import indent
from unicodedata import category

#: Characters up to which an expression stays on one line.
LONGEST_LINE = 100


def in_lines(parts: Iterable[str], between: str, *, opening: str = "", closing: str = "") -> str:
    """Parts with a separator between them and something around them, on one line or a line each."""
    given = list(parts)
    on_one_line = f"{opening}{f'{between} '.join(given)}{closing}"
    if len(on_one_line) <= LONGEST_LINE and "\n" not in on_one_line:
        return on_one_line
    broken = indent(f"{between}\n".join(given), "  ")
    return f"{opening.rstrip()}\n{broken}\n{closing.lstrip()}"


def is_unwritable(text: str) -> bool:
    """Whether a name or text holds a line break or another control character, which breaking lines would change."""
    return any(category(character) in ("Cc", "Zl", "Zp") for character in text)
