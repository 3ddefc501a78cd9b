"""How a criterion is tested, as data: the kinds of rule, and the criteria that they make up."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from instruments.messages import Text

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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
    """At least so many offences within a window; counted over the whole life below an age.

    Parameters
    ----------
    counted : parameter or None
        From which standing an offence counts: ``suspected``, ``admitted`` or ``convicted``. None where the rule does
        not tell them apart, and all count.
    """

    fact: Name
    threshold: Name
    window_months: Name
    ever_below_age: Name
    counted: Name | None = None


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
