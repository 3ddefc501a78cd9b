"""The pages of the manual, as Markdown files of the package and as HTML.

The same files are read where the code is kept, so that a link between pages is one between files.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

FOLDER = Path(__file__).parent
#: In the order in which they are listed.
NAMES = ("operating", "guidances", "numbers", "research", "architecture")
#: The language in which every page is there.
COMPLETE = "en"
_OTHER_PAGE = re.compile(r"^(?P<name>[a-z]+)\.[a-z]{2}\.md(?P<heading>#.*)?$")


@dataclass(frozen=True)
class ManualPage:
    """A page in the language that it is written in.

    Parameters
    ----------
    title : str
    lead : str
        For whom the page is: its first paragraph.
    language : str
        Another than the one that was asked for, where the page is not there in that.
    html : str
        What follows the title and the lead.
    """

    name: str
    title: str
    lead: str
    language: str
    html: str


@cache
def manual_page(name: str, language: str) -> ManualPage:
    """A page of `NAMES`, in a language or else in the one in which every page is there.

    Raises
    ------
    KeyError
        If there is no such page.
    """
    if name not in NAMES:
        raise KeyError(name)
    file = FOLDER / f"{name}.{language}.md"
    if not file.exists():
        language, file = COMPLETE, FOLDER / f"{name}.{COMPLETE}.md"
    title, lead, rest = file.read_text(encoding="utf-8").split("\n\n", 2)
    return ManualPage(name, title.removeprefix("# "), lead, language, render_markdown(rest))


@cache
def render_markdown(text: str) -> str:
    """A text of our own, written as Markdown, as HTML; never for what somebody has sent."""
    reader = MarkdownIt("commonmark").enable("table")
    for kind, rule in (("fence", _fence), ("table_open", _table_open), ("table_close", _table_close)):
        reader.add_render_rule(kind, rule)
    reader.add_render_rule("link_open", _link)
    return str(reader.render(text))


# What is wide scrolls within itself, and what scrolls is reached with the keyboard.


def _fence(_: RendererHTML, tokens: Sequence[Token], place: int, *__: Any) -> str:
    return f'<pre tabindex="0"><code>{_escaped(tokens[place].content)}</code></pre>\n'


def _table_open(*_: Any) -> str:
    return '<div class="table-scroll" tabindex="0"><table class="table">\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _link(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, _: MutableMapping[str, Any]) -> str:
    token = tokens[place]
    if other := _OTHER_PAGE.match(str(token.attrs["href"])):
        token.attrs["href"] = other["name"] + (other["heading"] or "")
    return self.renderToken(tokens, place, options, {})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
