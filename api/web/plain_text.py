"""A document as plain text, for a case system that takes nothing else.

The text is made from the page itself, so that it cannot say anything else than the document does.
"""

import re
from html.parser import HTMLParser

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _HEADINGS | {
    "p",
    "li",
    "div",
    "dt",
    "dd",
    "tr",
    "section",
    "article",
    "header",
    "table",
    "caption",
    "ul",
    "ol",
    "dl",
    "details",
    "summary",
}
_SILENT = frozenset(("head", "nav", "script", "style", "svg"))
#: Of elements that belong to paper alone: lines to sign and to write on.
_OF_PAPER = frozenset(("line", "signature", "notes"))
_BETWEEN_CELLS = " | "


class _TextOfDocument(HTMLParser):
    """Gathers the lines of a page, each block on a line of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._silent: list[str] = []
        self._is_verbatim = False
        #: Of every open `div`, whether what it holds is part of what stands above it.
        self._indents: list[bool] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        classes = (dict(attributes).get("class") or "").split()
        if tag in _SILENT or _OF_PAPER.intersection(classes) or self._silent:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self._begin(tag, "written" in classes)
            if tag == "div":
                self._indents.append("children" in classes)
        elif tag in ("td", "th") and "".join(self._line).strip():
            self._line.append(_BETWEEN_CELLS)
        elif tag == "br":
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            while self._silent and self._silent.pop() != tag:
                pass  # an element without an end, such as `meta` or `rect`
        elif tag == "dt":
            self._line.append(": ")
        elif tag in _BLOCKS:
            self.end_line()
            self._is_verbatim = False
            if tag == "div":
                self._indents.pop()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._is_verbatim:
            self._line.append(re.sub(r"\s+", " ", data))
            return
        first, *others = data.strip().splitlines() or [""]
        self._line.append(first)
        for each in others:
            self.end_line()
            self._line.append(each)

    def _begin(self, tag: str, is_verbatim: bool) -> None:
        if tag == "dd":  # on the line of its term
            self._is_verbatim = is_verbatim
            return
        self.end_line()
        if tag in _HEADINGS and self.lines:
            self.lines.append("")
        if tag == "li":
            self._line.append("- ")
        self._is_verbatim = is_verbatim

    def end_line(self) -> None:
        """Put an end to the line that is gathered; one that holds nothing is dropped."""
        line = re.sub(r" +", " ", "".join(self._line)).strip()
        if line and line != "-":
            self.lines.append("    " * sum(self._indents) + line)
        self._line = []


def as_plain_text(page: str) -> str:
    """A document's page as plain text.

    Parameters
    ----------
    page : str
        The page, as ``documents/frame.html`` makes it.

    Returns
    -------
    str
        One line for each paragraph, point or row, an empty line before each heading, and a line break at the end. The
        steps of a criterion are indented.
        Neither links around the document, pictures nor lines to sign are in it; what somebody wrote keeps its own
        line breaks.

    Examples
    --------
    >>> print(as_plain_text("<h1>Bedömning</h1><dl><div><dt>Nivå</dt><dd>Låg</dd></div></dl>"), end="")
    Bedömning
    Nivå: Låg
    """
    reader = _TextOfDocument()
    reader.feed(page)
    reader.close()
    reader.end_line()
    return "\n".join(reader.lines) + "\n"
