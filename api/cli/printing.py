"""Tables and text on stdout, plain where it is not a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from api.cli.reporting import Words
    from instruments.registry import Versioned

_WIDTH_OF_A_FILE = 120
_WIDTH_OF_FIGURES = 200


def console(*, wide: bool = False) -> "Console":
    """Where tables go. A file or a pipe has no width of its own, so it gets one in which nothing is cut."""
    from rich.console import Console

    out = Console(highlight=False, markup=False, emoji=False)
    width = _WIDTH_OF_FIGURES if wide else _WIDTH_OF_A_FILE
    return out if out.is_terminal else Console(highlight=False, markup=False, emoji=False, width=width)


def new_table(title: str | None, texts: Sequence[str], numbers: Sequence[str] = ()) -> "Table":
    """A table with columns of text and then columns of numbers."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(texts):
        table.add_column(name, overflow="fold", no_wrap=place == 0)  # an id stays in one piece
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def in_force(content: "Versioned", words: "Words") -> str:
    """From when to when a definition holds; a draft says so."""
    if content.status == "draft":
        return words.say("cli.status.draft")
    if content.valid_to is None:
        return words.say("cli.since", first=content.valid_from)
    return words.say("cli.until", first=content.valid_from, last=content.valid_to)
