"""Ratings over time as small pictures: one for each domain, a column for each assessment, counts written in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.cases.frame import WorkTranslator
from api.cases.ratings.rating_values import item_fields, values_of
from api.store.schema import Entry
from api.web.field_names import NOT_FOUND
from instruments.messages import Text
from instruments.model import Domain, Instrument

WIDTH, HEIGHT, GAP, FOOT = 64, 120, 16, 18


@dataclass(frozen=True)
class Block:
    """A stretch of a column: so many items at one level."""

    level: str
    words: str
    number: int
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """One assessment."""

    day: str
    x: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Picture:
    """One domain over time."""

    domain: Domain
    title: Text
    columns: tuple[Column, ...]
    levels: tuple[tuple[str, str], ...]

    @property
    def width(self) -> int:
        """Of the drawing."""
        return len(self.columns) * (WIDTH + GAP) + GAP

    @property
    def height(self) -> int:
        """Of the drawing, with the days under it."""
        return HEIGHT + FOOT


def pictures(assessments: Sequence[Entry], instrument: Instrument, words: WorkTranslator) -> list[Picture]:
    """A picture of each domain over signed assessments by the same instrument, strengths first."""
    values = [(entry, values_of(entry.content, instrument)) for entry in assessments]
    drawn_domains = []
    for domain in sorted(instrument.domains, key=lambda domain: domain.kind != "protective"):
        items = instrument.items_of(domain.id)
        scale = instrument.scales.protective if domain.kind == "protective" else instrument.scales.risk
        levels = (*((level, words.t(f"level.{level}")) for level in scale), ("blank", words.t("work.change.not_known")))
        columns = []
        for place, (entry, written) in enumerate(values):
            given = [written[item_fields(item)[0]] for item in items]
            columns.append(_column(entry, place, given, levels))
        drawn_domains.append(Picture(domain, domain.title, tuple(columns), levels))
    return drawn_domains


def _column(entry: Entry, place: int, given: list[str], levels: Sequence[tuple[str, str]]) -> Column:
    blocks, y = [], float(HEIGHT)
    for level, level_in_words in levels:
        number = sum(each in ("", NOT_FOUND) for each in given) if level == "blank" else given.count(level)
        height = HEIGHT * number / max(len(given), 1)
        y -= height
        blocks.append(Block(level, level_in_words, number, round(y, 2), round(height, 2)))
    return Column(str(entry.content["assessed_on"]), GAP + place * (WIDTH + GAP), tuple(blocks))


def drawn(of_domains: Sequence[Picture]) -> dict[str, Any]:
    """What the template draws with."""
    return {"pictures": of_domains, "column": WIDTH, "ground": HEIGHT}
