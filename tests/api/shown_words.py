"""The words of a page: how many there are, and how many are shown before anything is unfolded."""

import re
from collections import Counter
from html.parser import HTMLParser

#: Of a result. It once showed 635 to 1,442 words of the shipped examples, and held 1,900 to 4,000.
MOST_SHOWN = 700
_WORD = re.compile(r"[^\W_][\w\-–]*")
_VOID = {"br", "hr", "img", "input", "link", "meta", "rect", "path", "circle", "line"}
_UNSEEN = {"script", "style", "svg"}


class ShownWords(HTMLParser):
    """What stands in the main part of a page.

    Parameters
    ----------
    page : str
        As it is sent.

    Attributes
    ----------
    shown, folded : int
        Words that are seen at once, and those that a closed part holds.
    sentences : Counter of str
        Those that are seen at once, of five words or more.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown = self.folded = 0
        self.sentences: Counter[str] = Counter()
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        if tag not in _VOID:
            self._open.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, with whatever was left open in it."""
        while tag not in _VOID and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        """Count the words of a text."""
        tags = [tag for tag, _ in self._open]
        if "main" not in tags or not _UNSEEN.isdisjoint(tags) or self._is_for_screen_readers():
            return
        words = _WORD.findall(text)
        if self._is_folded():
            self.folded += len(words)
            return
        self.shown += len(words)
        if len(words) >= 5 and text.rstrip().endswith("."):
            self.sentences[" ".join(text.split())] += 1

    def _is_for_screen_readers(self) -> bool:
        return any("visually-hidden" in (attributes.get("class") or "").split() for _, attributes in self._open)

    def _is_folded(self) -> bool:
        inner = [tag for tag, _ in self._open[1:]] + [""]
        return any(
            tag == "details" and "open" not in attributes and inside != "summary"
            for (tag, attributes), inside in zip(self._open, inner, strict=True)
        )
