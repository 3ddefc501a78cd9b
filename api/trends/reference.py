"""The sources' own numbers, with what must be said beside them. They are beside ours, never mixed with them."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned

_FOLDER = Path(__file__).parent / "reference"


class ReferenceNumber(BaseModel):
    """A number of a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    says: Text
    source: Line
    caveat: Text


class ReferenceNumbers(Versioned):
    """Every number that is shown for reference."""

    title: Text
    caution: Text
    numbers: tuple[ReferenceNumber, ...]


@cache
def reference_numbers() -> ReferenceNumbers:
    """The latest version."""
    return next(iter(Registry(ReferenceNumbers, [_FOLDER]))).content
