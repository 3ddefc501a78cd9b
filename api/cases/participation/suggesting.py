"""Whom to consider asking into the group, read from ``suggestions/``: each with its reason, and only a thought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.cases.case_file import CaseFile
from instruments.loading import load
from instruments.messages import Text

FILE = Path(__file__).parent / "suggestions" / "1.1.yaml"
Age = Annotated[int, Field(ge=0, le=120)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Suggestion(_Part):
    """Somebody to consider, and when.

    Parameters
    ----------
    recipient : str
        One of the recipients of the consent rules.
    under_age, from_age : int or None
        Completed years; with a bound, nothing is suggested while the age is not known.
    items, facts : Mapping
        By item or fact, the levels or values that it must have; one of them is enough.
    release_within_months : int or None
        How soon a release must be planned.
    """

    id: str
    recipient: str
    under_age: Age | None = None
    from_age: Age | None = None
    items: Mapping[str, tuple[str, ...]] = {}
    facts: Mapping[str, tuple[str, ...]] = {}
    release_within_months: int | None = None
    reason: Text
    source: str

    def holds(self, age: int | None, levels: Mapping[str, str], facts: Mapping[str, Any]) -> bool:
        """Whether it is to be suggested on what is known. What is not known suggests nothing."""
        if (self.under_age is not None or self.from_age is not None) and age is None:
            return False
        if self.under_age is not None and age is not None and age >= self.under_age:
            return False
        if self.from_age is not None and age is not None and age < self.from_age:
            return False
        if self.items and not any(levels.get(name) in wanted for name, wanted in self.items.items()):
            return False
        if self.facts and not any(facts.get(name) in wanted for name, wanted in self.facts.items()):
            return False
        if self.release_within_months is not None:
            months = facts.get("institution_release_within_months")
            return isinstance(months, int) and months <= self.release_within_months
        return True


class Suggestions(_Part):
    """One version of the list."""

    id: str
    version: str
    valid_from: date
    decided_by: str
    source: str
    suggestions: tuple[Suggestion, ...]


@cache
def the_suggestions() -> Suggestions:
    """The list in force."""
    return load(FILE, Suggestions)[0]


@dataclass(frozen=True)
class Suggested:
    """A recipient to consider, with every reason."""

    recipient: str
    reasons: tuple[Suggestion, ...]


def suggest(case_file: CaseFile, on: date) -> list[Suggested]:
    """Whom to consider for a case, on what is recorded and signed."""
    assessment = case_file.last("assessment")
    items = (assessment.content["ratings"].get("items") or {}) if assessment else {}
    levels = {name: _part(given, "level") or "" for name, given in items.items()}
    facts = {name: _part(entry.content["given"], "value") for name, entry in case_file.facts.items()}
    age = case_file.age(on)
    by_recipient: dict[str, list[Suggestion]] = {}
    for each in the_suggestions().suggestions:
        if each.holds(age, levels, facts):
            by_recipient.setdefault(each.recipient, []).append(each)
    return [Suggested(recipient, tuple(reasons)) for recipient, reasons in by_recipient.items()]


def _part(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else given
