"""Facts about an intake: their dictionary, and one intake's values with source and date.

A fact that is not there stays blank, in one of three kinds (`instruments.ratings.BlankKind`); no fact has a default.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from instruments.loading import CrossFault, readable_parts
from instruments.messages import Text
from instruments.never_inputs import is_never_an_input
from instruments.ratings import BLANK, BlankKind
from instruments.registry import Versioned

#: Code of a known value that says that the question does not apply, such as "no release is planned".
NOT_APPLICABLE = -2
NOT_APPLICABLE_WORD = "not_applicable"
EVER = "ever"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(_Part):
    """One value of a choice."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Text


class FactDescription(_Part):
    """One row of the fact dictionary.

    Codes of values are their positions in ``values``; a whole number is its own code. `BLANK` and `NOT_APPLICABLE`
    lie below every code. Of offences, ``told_apart`` names the standings whose numbers can be given beside the count.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Literal["choice", "whole_number", "offences", "date", "text"]
    title: Text
    question: Text
    help: Text | None = None
    values: tuple[Value, ...] = ()
    range: tuple[NonNegativeInt, NonNegativeInt] | None = None
    unit: Text | None = None
    not_applicable: Text | None = None
    told_apart: tuple[Literal["admitted", "convicted"], ...] = ("convicted",)
    must_carry: tuple[Literal["source", "observed_on", "reason"], ...] = ()

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Code of each value of a choice, by the value's id."""
        return {value.id: code for code, value in enumerate(self.values)}

    @property
    def is_decidable(self) -> bool:
        """Whether a criterion can test this fact."""
        return self.kind in ("choice", "whole_number", "offences")

    def domain(self) -> tuple[int, int]:
        """Smallest and largest code of a known value, both included."""
        if self.kind == "choice":
            return 0, len(self.values) - 1
        if self.range is None:
            raise ValueError(f"{self.id} has no range")
        return self.range

    def value_of(self, code: int) -> str | int | None:
        """The value as it is written in files and answers; None for a blank."""
        if code == BLANK:
            return None
        if code == NOT_APPLICABLE:
            return NOT_APPLICABLE_WORD
        return self.values[code].id if self.kind == "choice" else code


class RefusedName(_Part):
    """A name that is never a fact, and why."""

    id: str
    reason: Literal["derived", "never_input"]


class FactDictionary(Versioned):
    """Every fact that a criterion may use, and the names that are refused."""

    title: Text
    facts: tuple[FactDescription, ...]
    refused: tuple[RefusedName, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what stands twice, and what no fact may be: see `instruments.never_inputs`."""
        yield from super().faults_in(data)
        seen: set[str] = set()
        for place, fact in readable_parts(data, "facts", FactDescription):
            if is_never_an_input(fact.id):
                yield (*place, "id"), "never-an-input", {"name": fact.id}
            if fact.id in seen:
                yield (*place, "id"), "repeated-fact", {"name": fact.id}
            seen.add(fact.id)

    @cached_property
    def by_id(self) -> Mapping[str, FactDescription]:
        """The rows by id."""
        return {fact.id: fact for fact in self.facts}

    @cached_property
    def refusals(self) -> Mapping[str, str]:
        """Why each refused name is refused."""
        return {refused.id: refused.reason for refused in self.refused}

    @cached_property
    def _refusals_by_spelling(self) -> Mapping[str, Literal["derived", "never_input"]]:
        return {_spelling(refused.id): refused.reason for refused in self.refused}

    def refusal_of(self, name: str) -> Literal["derived", "never_input"] | None:
        """Why a name that is no fact is refused, however it is spelt; None where it is only unknown.

        The one answer for facts that are sent, columns of a table and names in a mapping file.
        """
        reason = self._refusals_by_spelling.get(_spelling(name))
        if reason is None and is_never_an_input(name):
            return "never_input"
        return reason

    def words(self) -> Iterator[tuple[str, Text]]:
        """Labels for the catalogue: ``fact.<id>``, ``question.<id>`` and ``value.<fact>.<value>``."""
        for fact in self.facts:
            yield f"fact.{fact.id}", fact.title
            yield f"question.{fact.id}", fact.question
            for value in fact.values:
                yield f"value.{fact.id}.{value.id}", value.label
            if fact.not_applicable:
                yield f"value.{fact.id}.{NOT_APPLICABLE_WORD}", fact.not_applicable


def _spelling(name: str) -> str:
    """A name without regard to case, to how its letters are composed, and to what stands between its words."""
    composed = unicodedata.normalize("NFC", name).casefold()
    return "_".join(unicodedata.normalize("NFC", composed).replace("-", " ").replace("_", " ").split())


@dataclass(frozen=True, slots=True)
class FactValue:
    """What is known of one fact.

    Parameters
    ----------
    code : int
        The value's code, `BLANK`, or `NOT_APPLICABLE`.
    source, reason : str or None
        Where it comes from and, where one is asked for, why it was answered so.
    observed_on : date or None
        The day for which it held.
    blank : BlankKind or None
        The kind of blank; None for a known value.
    window_months : int, "ever" or None
        Offences only: the period they were counted over. None means "as the guidance itself counts".
    convicted, admitted : int or None
        Offences only: how many of them led to a conviction, and how many were admitted without one. None where that
        is not told. The rest are suspicions.
    text : str or None
        Of a fact in free words, the words, and of a date, the date. No criterion tests them.
    """

    code: int
    source: str | None = None
    observed_on: date | None = None
    reason: str | None = None
    blank: BlankKind | None = None
    window_months: int | Literal["ever"] | None = None
    convicted: int | None = None
    text: str | None = None
    admitted: int | None = None


NOT_ASKED = FactValue(BLANK, blank=BlankKind.NOT_ASKED)


@dataclass(frozen=True)
class Facts:
    """The facts of one intake. A name that is not there was not asked."""

    values: Mapping[str, FactValue] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FactValue:
        return self.values.get(name, NOT_ASKED)
