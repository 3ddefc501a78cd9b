"""The limits and rules by which variation is told from chance: data, each with its reading and its source."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Identifier, Registry, Versioned

DEFINITIONS = Path(__file__).parents[1] / "definitions" / "variation"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Work(_Part):
    """A work that a limit or rule is taken from."""

    id: Identifier
    title: Line
    says: Text


class Rule(_Part):
    """A limit or rule, what it means, and who set it."""

    id: Identifier
    value: StrictInt | StrictFloat
    title: Text
    reading: Text
    source: Identifier | None
    set_by: Line
    set_on: date


class Variation(Versioned):
    """Everything by which a number is told to differ from others or from before."""

    title: Text
    sources: tuple[Work, ...]
    rules: tuple[Rule, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield rules that rest on a work that is not there."""
        yield from super().faults_in(data)
        known = {str(each.get("id")) for each in data.get("sources") or () if isinstance(each, dict)}
        for place, rule in enumerate(data.get("rules") or ()):
            source = rule.get("source") if isinstance(rule, dict) else None
            if source is not None and source not in known:
                yield ("rules", place, "source"), "unknown-definition", {"name": source, "known": sorted(known)}

    def rule(self, name: str) -> Rule:
        """A rule by its id."""
        return next(each for each in self.rules if each.id == name)

    def number(self, name: str) -> int:
        """A rule that is a whole number, such as of periods."""
        return int(self.rule(name).value)

    def factor(self, name: str) -> float:
        """A rule that is a factor."""
        return float(self.rule(name).value)

    def share(self, name: str) -> float:
        """A rule that is a probability or a share, from 0 to 1."""
        return float(self.rule(name).value)


@cache
def the_variations(root: Path = DEFINITIONS) -> Registry[Variation]:
    """Every version of the rules."""
    return Registry(Variation, [root])


def variation_on(on: date) -> Variation:
    """The rules in force on a day.

    Raises
    ------
    UnknownDefinitionError
    """
    return the_variations().find("variation", on=on).content
