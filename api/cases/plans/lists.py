"""What goals and decisions of an action plan are chosen from: dated and cited, read once."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned

DEFINITIONS = Path(__file__).parent / "lists"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Listed(_Part):
    """Something to choose."""

    id: Line
    label: Text


class BesideOption(Listed):
    """Something that a decision may hold beside the group; ``source`` is one of the list's sources."""

    source: Line


class ListSource(_Part):
    """A text that a list is read from, and what it says in short."""

    title: Line
    says: str


class NamedSource(ListSource):
    """The same, where several are told apart."""

    id: Line


class Side(Listed):
    """A side of the BBIC triangle with its areas."""

    areas: tuple[Listed, ...]


class Areas(_Part):
    """The BBIC triangle."""

    source: ListSource
    reading: Text
    decided_by: Line
    decided_on: date
    sides: tuple[Side, ...]


class PlanLists(Versioned):
    """One version of the lists."""

    title: Text
    areas: Areas
    beside: tuple[BesideOption, ...]
    sources: tuple[NamedSource, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield every citation of something that is not among the sources."""
        yield from super().faults_in(data)
        lists: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        known = [each["id"] for each in lists.get("sources", ())]
        for place, option in enumerate(lists.get("beside", ())):
            if option.get("source") not in known:
                where = ("beside", place, "source")
                yield where, "unknown-source", {"name": option.get("source"), "known": ", ".join(known)}

    def area(self, name: str) -> Text | None:
        """What an area is called; None for one that this version does not have."""
        return _label((area for side in self.areas.sides for area in side.areas), name)

    def beside_option(self, name: str) -> Text | None:
        """What something beside the group is called; None for what this version does not have."""
        return _label(self.beside, name)


def _label(among: Any, name: str) -> Text | None:
    return next((each.label for each in among if each.id == name), None)


@cache
def _registry() -> Registry[PlanLists]:
    return Registry(PlanLists, [DEFINITIONS])


@cache
def plan_lists(on: date) -> PlanLists:
    """The lists in force on a day."""
    return _registry().find("plan_lists", on=on).content
