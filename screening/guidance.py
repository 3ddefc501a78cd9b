"""A guidance as data: its criteria, what the text says, how it is read, and the parameters of its vague words."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from instruments.messages import Text
from instruments.registry import Versioned

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ParameterValue = int | float | str


class Part(BaseModel):
    """Base of everything in a definition file: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Part):
    """A document that the guidance, a criterion or a flag rests on."""

    id: Name
    title: str
    publisher: str
    published: str
    note: Text | None = None


class Citation(Part):
    """A place in a source."""

    document: Name
    section: str


class Reading(Part):
    """How we understand the text, who decided it, and when."""

    text: Text
    decided_by: str
    decided_on: date


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
    """

    id: Name
    kind: Literal["whole_number", "share", "choice"]
    title: Text
    unit: Text | None = None
    default: ParameterValue | None
    permitted: tuple[ParameterValue, ...]
    set_by: str
    set_on: date
    widening_is_deviation: bool = False

    def permits(self, value: ParameterValue) -> bool:
        """Whether an overlay may set this value."""
        if self.kind == "choice":
            return value in self.permitted
        low, high = self.permitted
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_right_kind = is_number and (self.kind == "share" or isinstance(value, int))
        return is_right_kind and low <= value <= high  # type: ignore[operator]

    @model_validator(mode="after")
    def _default_is_permitted(self) -> "Parameter":
        if self.default is not None and not self.permits(self.default):
            raise ValueError(f"the default {self.default!r} is not permitted")
        return self


class Setting(Part):
    """A parameter's value in force, and who set it."""

    value: ParameterValue | None
    set_by: str
    set_on: date


class Between(Part):
    """A whole number within bounds, both included. The bounds are parameters."""

    fact: Name
    min: Name
    max: Name


class IsOneOf(Part):
    """A choice that has one of some values; or at least the level that a parameter names."""

    fact: Name
    values: tuple[Name, ...] = ()
    least: Name | None = None


class Limit(Part):
    """A whole number against a parameter."""

    fact: Name
    threshold: Name


class OffencesAtLeast(Part):
    """At least so many offences within a window; counted over the whole life below an age."""

    fact: Name
    threshold: Name
    window_months: Name
    ever_below_age: Name


class ItemCount(Part):
    """A count of rated items, over all items of the set.

    Exactly one of ``threshold`` (a number of items) and ``share`` (more than that part of the items) decides; with
    both, ``threshold`` decides where it is set. ``least`` names the level from which an item counts: a level, or a
    parameter whose value is a level.
    """

    kind: Literal["risk", "protective"]
    own_behaviour: bool = False
    least: Name
    threshold: Name | None = None
    share: Name | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> "ItemCount":
        if self.threshold is None and self.share is None:
            raise ValueError("name a threshold or a share")
        return self


RULES = (
    "all_of",
    "any_of",
    "none_of",
    "between",
    "is_one_of",
    "at_least",
    "at_most",
    "offences_at_least",
    "items_at_least",
    "items_at_most",
    "outside_design_age",
    "after_valid_to",
)


class Rule(Part):
    """How a criterion is tested: exactly one of these."""

    all_of: tuple["Criterion", ...] | None = None
    any_of: tuple["Criterion", ...] | None = None
    none_of: tuple["Criterion", ...] | None = None
    between: Between | None = None
    is_one_of: IsOneOf | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None
    offences_at_least: OffencesAtLeast | None = None
    items_at_least: ItemCount | None = None
    items_at_most: ItemCount | None = None
    outside_design_age: Literal[True] | None = None
    after_valid_to: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_exactly_one(self) -> "Rule":
        given = [name for name in RULES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(RULES)}")
        return self

    @property
    def kind(self) -> str:
        """Which of the rules this is."""
        return next(name for name in RULES if getattr(self, name) is not None)

    @property
    def children(self) -> tuple["Criterion", ...]:
        """The criteria that this rule combines."""
        return self.all_of or self.any_of or self.none_of or ()


class Criterion(Part):
    """One thing that the text asks for.

    Parameters
    ----------
    quote : str or None
        Swedish, verbatim and short; None where the criterion is only a step of a reading.
    required : bool
        Whether the outcome rests on it. An advisory criterion is shown and never moves the outcome.
    """

    id: Name
    required: bool = False
    title: Text
    quote: str | None = None
    source: Citation | None = None
    reading: Reading | None = None
    note: Text | None = None
    rule: Rule

    def walk(self) -> Iterator["Criterion"]:
        """The criterion and all below it, parents first."""
        yield self
        for child in self.rule.children:
            yield from child.walk()


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


class Guidance(Versioned):
    """A guidance: who it is for, in its own words and in rules."""

    title: Text
    summary: Text
    issuer: str
    instrument: Name
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    criteria: tuple[Criterion, ...]
    notes: tuple[Note, ...] = ()

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
    """Something to know beside the outcome; it never moves it."""

    id: Name
    title: Text
    statement: Text
    caution: Text | None = None
    quote: str | None = None
    source: Citation | None = None
    reading: Reading | None = None
    rule: Rule


class FlagSet(Versioned):
    """Every flag, with the sources and parameters that they rest on. The order is the order of display."""

    title: Text
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...] = ()
    flags: tuple[Flag, ...]


class Base(Part):
    """The published file that an overlay builds on."""

    guidance: Name
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class OverlaySetting(Part):
    """A parameter that an overlay sets, with its owner and reason."""

    parameter: Name
    value: ParameterValue
    set_by: str
    set_on: date
    reason: Text
    quote: str | None = None
    source: Citation | None = None


class Overlay(Versioned):
    """A local version of a guidance: the same criteria with parameters of its own."""

    title: Text
    summary: Text
    issuer: str
    base: Base
    settings: tuple[OverlaySetting, ...]
    sources: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
