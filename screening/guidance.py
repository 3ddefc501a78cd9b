"""A guidance as data: its criteria, what the text says, how it is read, and the parameters of its vague words."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.registry import Versioned
from screening.cross_checks import faults_between_parts
from screening.rules import Citation, Criterion, Name, Part, Reading, Rule, Source

ParameterValue = int | float | str


class Parameter(Part):
    """A vague word, made a number or a choice in the open.

    Parameters
    ----------
    kind : {"whole_number", "share", "choice"}
        A share is a part of all items, between 0 and 1.
    default : int, float or str
        What the definition proposes. None where another parameter holds unless this one is set.
    permitted : list
        Smallest and largest permitted value, both included; of a choice, its values.
    set_by, set_on : str, date
        Who answers for the value, and since when.
    wider_when : {"lower", "higher"} or None
        The direction in which a value takes in more people than the text does. A local value that lies that way is
        permitted, and shown as a deviation.
    """

    id: Name
    kind: Literal["whole_number", "share", "choice"]
    title: Text
    unit: Text | None = None
    default: ParameterValue | None
    permitted: tuple[ParameterValue, ...]
    set_by: str
    set_on: date
    wider_when: Literal["lower", "higher"] | None = None

    def permits(self, value: ParameterValue) -> bool:
        """Whether an overlay may set this value."""
        if self.kind == "choice":
            return value in self.permitted
        low, high = self.permitted
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_right_kind = is_number and (self.kind == "share" or isinstance(value, int))
        return is_right_kind and low <= value <= high  # type: ignore[operator]

    def is_widened_by(self, value: ParameterValue | None) -> bool:
        """Whether a value takes in more people than the default."""
        if not isinstance(value, int | float) or not isinstance(self.default, int | float):
            return False
        return (
            value < self.default if self.wider_when == "lower" else self.wider_when is not None and value > self.default
        )

    @model_validator(mode="after")
    def _default_is_permitted(self) -> "Parameter":
        if self.default is not None and not self.permits(self.default):
            raise ValueError(f"the default {self.default!r} is not permitted")
        return self


class Setting(Part):
    """A parameter's value in force, who set it and, where an overlay did, why."""

    value: ParameterValue | None
    set_by: str
    set_on: date
    reason: Text | None = None
    quote: str | None = None
    source: Citation | None = None


class Freshness(Part):
    """How old a fact may be before it must be asked again."""

    fact: Name
    days: Name
    must_be_dated: tuple[Name, ...] = ()


class Note(Part):
    """What the sources say that no rule tests, shown beside the criteria."""

    id: Name
    text: Text
    quote: str | None = None
    source: Citation


class Successor(Part):
    """What took a guidance's place.

    Parameters
    ----------
    guidance : str or None
        The id of the definition that holds it; None where it has not been read.
    since : date or None
        From which day; None where the source states no day.
    """

    title: Text
    guidance: Name | None = None
    since: date | None = None
    note: Text
    source: Citation | None = None


class Guidance(Versioned):
    """A guidance: who it is for, in its own words and in rules.

    Parameters
    ----------
    ended_on : date or None
        The last day of the text itself, where that is known. `valid_from` and `valid_to` are the days of this version
        of the file: a mended reading of an old text comes into force when it is mended, long after the text ended.
    successor : Successor or None
        What took its place.
    """

    title: Text
    summary: Text
    issuer: str
    ended_on: date | None = None
    successor: Successor | None = None
    instrument: Name
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    criteria: tuple[Criterion, ...]
    notes: tuple[Note, ...] = ()

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `screening.cross_checks`."""
        yield from super().faults_in(data)
        if isinstance(data, Mapping) and data.get("ended_on") == date.max:
            yield ("ended_on",), "after-every-day", {"name": "ended_on", "day": date.max.isoformat()}
        yield from faults_between_parts(data, "criteria")

    @property
    def last_day(self) -> date | None:
        """The last day on which the text was in force, by the file or by what is known of the text."""
        return min((day for day in (self.valid_to, self.ended_on) if day is not None), default=None)

    def walk(self) -> Iterator[Criterion]:
        """Every criterion, parents before children, in the order of the file."""
        for criterion in self.criteria:
            yield from criterion.walk()

    @cached_property
    def parameters_by_id(self) -> Mapping[str, Parameter]:
        """The parameters by id."""
        return {parameter.id: parameter for parameter in self.parameters}

    @cached_property
    def sources_by_id(self) -> Mapping[str, Source]:
        """The sources by id."""
        return {source.id: source for source in self.sources}


class Flag(Part):
    """Something to know beside the outcome; it never moves it.

    Parameters
    ----------
    is_disagreement : bool
        Whether it says that two stated answers pull apart. Each of its steps that is met is then told as an open
        disagreement, for a person to settle.
    """

    id: Name
    title: Text
    statement: Text
    caution: Text | None = None
    quote: str | None = None
    source: Citation | None = None
    reading: Reading | None = None
    is_disagreement: bool = False
    rule: Rule


class FlagSet(Versioned):
    """Every flag, with the sources and parameters that they rest on. The order is the order of display."""

    title: Text
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...] = ()
    flags: tuple[Flag, ...]

    @cached_property
    def sources_by_id(self) -> Mapping[str, Source]:
        """The sources by id."""
        return {source.id: source for source in self.sources}

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `screening.cross_checks`."""
        yield from super().faults_in(data)
        yield from faults_between_parts(data, "flags")


class Base(Part):
    """The published file that an overlay builds on."""

    guidance: Name
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class OverlaySetting(Setting):
    """A parameter that an overlay sets, with its owner and reason."""

    parameter: Name
    value: ParameterValue
    reason: Text


class Overlay(Versioned):
    """A local version of a guidance: the same criteria with parameters of its own."""

    title: Text
    summary: Text
    issuer: str
    base: Base
    settings: tuple[OverlaySetting, ...]
    sources: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
