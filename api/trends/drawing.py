"""Charts as SVG, drawn by hand: the same picture on the page, on paper and as a file.

Each is drawn at the width of a telephone and shown at that size, so that its text has the size of the page everywhere
and no label is cut: one that is long goes on in the next line. Marks have a class, which `trends.css` gives the colours
of the design by, and the same colours as attributes for wherever there is no stylesheet. A number that stands behind a
mark is written on it as ``data-count``; what is hidden is hatched and has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil

WIDTH = 336
#: From one line of text to the next, and as wide as a letter is at most on average, in the widest of the fonts.
LINE, LETTER = 19, 8.2
_SIZE = 15
#: Round shares that a chart may end at.
SHARE_TOPS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
#: What each class looks like where there is no stylesheet; `trends.css` has the same names.
LOOKS: Mapping[str, str] = {
    "ink": 'fill="#17252a"',
    "ink halo": 'fill="#17252a" stroke="#ffffff" stroke-width="3" paint-order="stroke"',
    "quiet": 'fill="#4a585e"',
    "data": 'fill="#14505c"',
    "soft": 'fill="#8db4bb"',
    "track": 'fill="#eef2f1"',
    "grid": 'stroke="#d3d9d8" stroke-width="1" fill="none"',
    "axis": 'stroke="#5d6b71" stroke-width="1" fill="none"',
    "line": 'stroke="#14505c" stroke-width="2.25" fill="none"',
    "interval": 'stroke="#14505c" stroke-width="1.25" fill="none"',
    "before": 'stroke="#17252a" stroke-width="2.5" fill="none"',
    "hatch": 'stroke="#5d6b71" stroke-width="0.75" fill="none"',
    "break": 'stroke="#5d6b71" stroke-width="1.25" stroke-dasharray="4 4" fill="none"',
    "centre": 'stroke="#5d6b71" stroke-width="1.5" fill="none"',
    "inner": 'stroke="#5d6b71" stroke-width="1.25" stroke-dasharray="2 3" fill="none"',
    "outer": 'stroke="#5d6b71" stroke-width="1.5" stroke-dasharray="7 4" fill="none"',
    "outside": 'fill="#b35900"',
}


@dataclass
class Sheet:
    """What is drawn so far, and how high it is."""

    height: float = 0.0
    marks: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, kind: str = "ink", anchor: str = "start", weight: str = "") -> None:
        """Write a line."""
        bold = f' font-weight="{weight}"' if weight else ""
        self.marks.append(
            f'<text x="{at(x)}" y="{at(y)}" class="{kind}" {LOOKS[kind]} text-anchor="{anchor}"{bold}>'
            f"{escape(words)}</text>"
        )

    def heading(self, words: str) -> None:
        """Write what the marks below have in common."""
        self.height += 8 if self.height else 0
        for line in wrapped(words, WIDTH * 0.94):
            self.height += LINE
            self.text(0, self.height - 4, line, weight="600")
        self.height += 5

    def rectangle(self, x: float, y: float, width: float, height: float, kind: str, data: str = "") -> None:
        """Draw a field."""
        self.marks.append(
            f'<rect x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}" '
            f'class="{kind}" {LOOKS[kind]}{data}/>'
        )

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        through = " ".join(f"{at(x)},{at(y)}" for x, y in points)
        self.marks.append(f'<polyline points="{through}" class="{kind}" {LOOKS[kind]}/>')

    def dot(self, x: float, y: float, kind: str, data: str = "", radius: float = 4.0) -> None:
        """Draw a dot; one that is pointed out is a diamond, so that it does not rest on colour."""
        if kind == "outside":
            size = radius + 2.5
            corners = ((x, y - size), (x + size, y), (x, y + size), (x - size, y))
            drawn = " ".join(f"{at(across)},{at(down)}" for across, down in corners)
            self.marks.append(f'<polygon points="{drawn}" class="{kind}" {LOOKS[kind]}{data}/>')
        else:
            self.marks.append(f'<circle cx="{at(x)}" cy="{at(y)}" r="{radius}" class="{kind}" {LOOKS[kind]}{data}/>')

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        """Mark a place whose number is hidden."""
        lines = [f"M{at(x)},{at(y)}h{at(width)}v{at(height)}h{at(-width)}z"]
        step = 7.0
        offset = step
        while offset < width + height:
            begin = (x + max(0.0, offset - height), y + min(offset, height))
            end = (x + min(offset, width), y + max(0.0, offset - width))
            lines.append(f"M{at(begin[0])},{at(begin[1])}L{at(end[0])},{at(end[1])}")
            offset += step
        self.marks.append(f'<path d="{"".join(lines)}" class="hatch" {LOOKS["hatch"]} data-hidden=""/>')

    def as_svg(self, label: str) -> str:
        """The whole picture, with its name."""
        height = ceil(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{escape(label)}" '
            f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-size="{_SIZE}" '
            f'font-family="Atkinson Hyperlegible Next, DejaVu Sans, sans-serif">{"".join(self.marks)}</svg>'
        )


def at(number: float) -> str:
    """A place as it is written into a mark."""
    return f"{number:.1f}".removesuffix(".0")


def wrapped(words: str, width: float) -> list[str]:
    """Words in lines that fit a width in pixels; nothing is cut."""
    most = max(1, int(width / LETTER))
    lines: list[str] = []
    for word in words.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def counted(count: int | None) -> str:
    """A published number as it is written on its mark."""
    return "" if count is None else f' data-count="{count}"'


def top_of(shares: Sequence[float]) -> float:
    """The lowest of some round shares that all fit under."""
    highest = max(shares, default=0)
    return next((each for each in SHARE_TOPS if highest <= each), 1.0)


def as_png(svg: str) -> bytes:
    """A chart as PNG on white, twice as large as on the page. What makes it is large, and imported when needed."""
    import vl_convert

    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    head, mark, rest = svg.partition(">")
    drawn: bytes = vl_convert.svg_to_png(f"{head}{mark}{ground}{rest}", scale=2)
    return drawn
