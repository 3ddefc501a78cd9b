"""What stands in a file of worked cases, part by part."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from screening.rules import Part

_Status = Literal["met", "not_met", "unknown"]
_Number = Annotated[int, Field(strict=True, ge=0)]


class _Answer(Part):
    status: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    withdrawn_on: date | None = None


class _Ratings(Part):
    instrument: str | None = None
    own_behaviour: dict[str, _Number] = Field(default_factory=dict)
    protective: dict[str, _Number] = Field(default_factory=dict)
    others: dict[str, _Number] = Field(default_factory=dict)
    items: dict[str, Any] = Field(default_factory=dict)
    critical_items: tuple[dict[str, Any], ...] = ()
    extra_factors: tuple[dict[str, Any], ...] = ()


class _Expected(Part):
    """What ought to come out; see `screening.worked_cases.judging` for what each is held against."""

    outcome: Literal["supports_offer", "not_target_group", "more_information_needed"] | None = None
    criteria: dict[str, _Status | None] = Field(default_factory=dict)
    flags: tuple[str, ...] | None = None
    flags_open: tuple[str, ...] | None = None
    gate: str | None = None
    deviations: tuple[str, ...] = ()
    fault: str | None = None
    where: str | None = None
    parties: dict[str, dict[str, str]] = Field(default_factory=dict)
    decisive: tuple[str, ...] = ()
    rests_on: tuple[dict[str, Any], ...] = ()
    first_question: str | None = None
    settles: str | None = None
    questions: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()
    cannot_change: tuple[str, ...] = ()
    smallest_changes: tuple[dict[str, Any], ...] = ()
    withheld: str | None = None
    asks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


class Told(Part):
    """What a base or a case says itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    why: str
    base: str | None = Field(default=None, alias="from")
    guidance: str | None = None
    on: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    ratings: _Ratings | None = None
    guardians: tuple[str, ...] | None = None
    consents: dict[str, dict[str, str | _Answer | None]] = Field(default_factory=dict)
    expect: _Expected


class Case(Told):
    """A case: its name, and the base that it differs from."""

    name: str
    base: str = Field(alias="from")


class CaseFile(Part):
    """A file: bases by their names and, after them, cases."""

    guidance: str | None = None
    bases: dict[str, Told] = Field(default_factory=dict)
    cases: tuple[Case, ...] | None = None
