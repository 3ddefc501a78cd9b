"""The invented cases: what is known in each, from whom, and how it was rated for reference."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from instruments.loading import CrossFault, load
from instruments.messages import Text
from instruments.model import Instrument

FILE = Path(__file__).parent / "1.0.yaml"
Level = Literal["low", "moderate", "high"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z_0-9]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Statement(_Part):
    """Something that is known of the invented person, and from whom."""

    source: Text
    on: date
    text: Text


class Reference(_Part):
    """The rating to compare with. Items that stand under no level cannot be rated on what is told."""

    low: tuple[Name, ...] = ()
    moderate: tuple[Name, ...] = ()
    high: tuple[Name, ...] = ()
    present: tuple[Name, ...] = ()
    absent: tuple[Name, ...] = ()
    summary: Level
    summary_reasons: Text
    reasons: Mapping[Name, Text]

    def levels(self) -> dict[str, str]:
        """The level of every item that can be rated."""
        return {
            item: level for level in ("low", "moderate", "high", "present", "absent") for item in getattr(self, level)
        }

    def ratings(self, instrument: Instrument) -> dict[str, str | None]:
        """Every item of an instrument, in the form that `instruments.ratings.read_ratings` reads."""
        levels = self.levels()
        return {item.id: levels.get(item.id) for item in instrument.items}


class Example(_Part):
    """An invented case."""

    id: Name
    kind: Literal["clear", "borderline", "missing_information"]
    instrument: Name
    guidance: str
    title: Text
    about: tuple[Statement, ...]
    facts: Mapping[str, Any]
    reference: Reference


class Training(_Part):
    """One version of the cases. Agreement is told from ``raters_needed`` different raters on."""

    id: Name
    version: str
    valid_from: date
    decided_by: str
    reference_date: date
    raters_needed: Annotated[int, Field(ge=2)]
    note: Text
    cases: tuple[Example, ...]

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    def find(self, name: str) -> Example | None:
        """A case by its id."""
        return next((each for each in self.cases if each.id == name), None)

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield cases that stand there twice; see `instruments.loading.load`."""
        seen: set[object] = set()
        for place, each in enumerate(data.get("cases", ()) if isinstance(data, Mapping) else ()):
            name = each.get("id") if isinstance(each, Mapping) else None
            if name in seen:
                yield ("cases", place, "id"), "repeated-id", {"name": name}
            seen.add(name)


@cache
def the_training() -> Training:
    """The version in force."""
    return load(FILE, Training)[0]
