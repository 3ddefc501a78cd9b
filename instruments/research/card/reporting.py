"""What a study must tell: the items of reporting guidelines that apply, as cited and versioned data."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from instruments.card_parts import Reporting
from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.registry import Definition, Registry, Versioned
from instruments.research.wording import in_both

FOLDER = Path(__file__).parent / "study_reporting"
_Line = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Guideline(_Part):
    """A reporting guideline, as it is called and cited."""

    name: _Line
    citation: _Line


class ToldItem(_Part):
    """What the card tells by itself.

    Parameters
    ----------
    id : str
    title : Text
    items : Mapping of str to tuple of str
        The numbers that it has in each guideline, by the guideline's id.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    title: Text
    items: Annotated[Mapping[str, Annotated[tuple[_Line, ...], Field(min_length=1)]], Field(min_length=1)]


class AskedItem(ToldItem):
    """What only a person can tell: the question, and why a reader needs the answer."""

    ask: Text
    why: Text


class StudyReporting(Versioned):
    """What a study must tell for its card to be judged."""

    sources: Mapping[str, Guideline]
    asked: Annotated[tuple[AskedItem, ...], Field(min_length=1)]
    told_by_card: tuple[ToldItem, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `instruments.loading.load`."""
        yield from super().faults_in(data)
        known = data.get("sources") if isinstance(data, Mapping) else None
        for part in ("asked", "told_by_card"):
            for place, item in enumerate(data.get(part) or () if isinstance(data, Mapping) else ()):
                for name in item.get("items") or () if isinstance(item, Mapping) else ():
                    if name not in (known or ()):
                        names: dict[str, object] = {"name": name, "known": sorted(known or ())}
                        yield (part, place, "items", name), "unknown-definition", names

    def cited(self, item: ToldItem) -> str:
        """Where an item comes from, such as ``TRIPOD+AI 6a; STARD 2015 8``."""
        return "; ".join(f"{self.sources[name].name} {', '.join(numbers)}" for name, numbers in item.items.items())

    def missing(self, answers: Mapping[str, object]) -> tuple[AskedItem, ...]:
        """What is asked and has no answer, in the order of the file."""
        return tuple(item for item in self.asked if not answers.get(item.id))


def reporting_items(on: date, name: str = "study_reporting") -> Definition[StudyReporting]:
    """The items that a study is asked about on a day.

    Parameters
    ----------
    on : date
    name : str
        ``id@version`` for those that a card was made by.

    Raises
    ------
    UnknownDefinitionError
    """
    return _registry().find(name, on=on)


@cache
def _registry() -> Registry[StudyReporting]:
    return Registry(StudyReporting, (FOLDER,))


def known_answers() -> frozenset[str]:
    """The id of everything that any version asks."""
    return frozenset(item.id for each in _registry() for item in each.content.asked)


def titles(language: str) -> dict[str, str]:
    """What everything that any version asks is called, by its id."""
    return {item.id: item.title.in_language(language) for each in _registry() for item in each.content.asked}


def report_answers(answers: Mapping[str, Text | None], on: date) -> Reporting:
    """What a card says of a study: the answers in the order of the items, and what is missing."""
    asked = reporting_items(on)
    told = {item.id: answer for item in asked.content.asked if (answer := answers.get(item.id)) is not None}
    missing = tuple(item.id for item in asked.content.missing(answers))
    return Reporting(items=asked.reference, items_sha256=asked.sha256, answers=told, missing=missing)


def with_missing(plain: Text, reporting: Reporting) -> Text:
    """Plain words that also say how much a study does not tell."""
    if not reporting.missing:
        return plain
    asked = len(reporting.answers) + len(reporting.missing)
    return in_both("card.plain_missing", found=plain, missing=len(reporting.missing), asked=asked)
