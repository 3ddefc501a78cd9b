"""Why the work is done with a structured assessment: what the sources tell of it, for the page of an instrument."""

from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from instruments.loading import load
from instruments.messages import Text
from instruments.model import Line

FILE = Path(__file__).parent / "background" / "1.0.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackgroundSource(_Part):
    """A text that tells it."""

    title: Line


class BackgroundPart(_Part):
    """What is told on the pages of some instruments, with the words of its source."""

    instruments: tuple[str, ...]
    title: Text
    text: Text
    quote: Line
    source: BackgroundSource


class Background(_Part):
    """One version of all that is told."""

    id: str
    version: str
    valid_from: date
    decided_by: str
    parts: tuple[BackgroundPart, ...]


@cache
def _background() -> Background:
    return load(FILE, Background)[0]


def background_of(instrument: str) -> list[BackgroundPart]:
    """What is told on the page of an instrument, by its id."""
    return [part for part in _background().parts if instrument in part.instruments]
