"""What an instrument is: its items with their anchors, and the limits that were set for using it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt
from pydantic_core import PydanticCustomError

from instruments.loading import CrossFault, Place, readable_parts
from instruments.messages import Text
from instruments.never_inputs import is_never_an_input
from instruments.registry import Versioned

Kind = Literal["risk", "protective"]
Line = Annotated[str, Field(pattern=r"^\S.*$")]
ItemId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Count = Annotated[StrictInt, Field(ge=0)]

_DURATION = re.compile(r"P(?=[0-9])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?")


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value) or not re.search("[1-9]", value):
        raise PydanticCustomError("not-a-duration", "not a duration", {"value": value})
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DesignAge(_Part):
    """The ages, in completed years and both included, that an instrument was written for."""

    min: Annotated[StrictInt, Field(ge=0, le=120)]
    max: Annotated[StrictInt, Field(ge=0, le=120)]


class Scales(_Part):
    """The levels of each kind of item in rising order; the code of a level is its position."""

    risk: tuple[Literal["low"], Literal["moderate"], Literal["high"]]
    protective: tuple[Literal["absent"], Literal["present"]]


class Domain(_Part):
    """A group of items that are read together."""

    id: ItemId
    kind: Kind
    title: Text


class Item(_Part):
    """One matter to rate.

    ``own_behaviour`` marks the person's own norm-breaking conduct or attitude. ``look_back`` is the period
    that counts, an ISO 8601 duration back from the day of rating; null for a static item, which covers the
    whole life so far.
    """

    id: ItemId
    domain: ItemId
    kind: Kind
    dynamic: StrictBool
    own_behaviour: StrictBool
    look_back: Annotated[str, AfterValidator(_duration)] | None
    title: Text
    description: Text
    ask: Text
    anchors: Mapping[str, Text]
    evidence: Text


class Policy(_Part):
    """A limit that somebody chose: who, when and why. It is shown wherever it is used."""

    set_by: Line
    set_on: date
    reason: Text


class CompletenessToSign(Policy):
    """How many items must be answered before a summary rating is signed without a written reason."""

    risk: Count
    protective: Count


class ThinBelow(Policy):
    """Below how many rated items the material is noted as thin."""

    own_behaviour: Count
    protective: Count


class SummaryCheck(Policy):
    """When a summary rating is so far from the items that one more sentence of reasons is asked for.

    A *high* summary with fewer items rated high than ``high_below``, or a *low* one with ``low_from`` or
    more.
    """

    high_below: Count
    low_from: Count


class OwnBehaviourReading(Policy):
    """How the items of the person's own behaviour were chosen, which no source settles."""


class Prorating(_Part):
    """How many items may be blank where a total is prorated, by the rule that the instrument itself gives.

    ``most_blank_in_domain`` is for the total of a domain; without it those are not prorated. ``source`` says where the
    rule stands.
    """

    most_blank: Count
    most_blank_in_domain: Count | None = None
    source: Line


class Credits(_Part):
    """Where the constructs and the wording come from, and what is known of how well the instrument works."""

    constructs: Text
    wording: Text
    validation: Text


class Source(_Part):
    """A document that items lean on."""

    id: ItemId
    publisher: Line
    year: StrictInt
    title: Line


class Instrument(Versioned):
    """A structured professional judgement instrument.

    The order of ``items`` is the order of every vector of ratings. Nothing in an instrument is a weight, and
    no count of its items is a level of risk.
    """

    note: Text
    title: Text
    description: Text
    design_age: DesignAge
    scales: Scales
    domains: tuple[Domain, ...]
    rating_rules: tuple[Text, ...]
    completeness_to_sign: CompletenessToSign
    thin_below: ThinBelow
    summary_check: SummaryCheck
    own_behaviour_reading: OwnBehaviourReading
    #: Left out where there is none, so that files from before it was known are digested as they were.
    prorating: Annotated[Prorating | None, Field(exclude_if=lambda given: given is None)] = None
    credits: Credits
    sources: tuple[Source, ...]
    items: tuple[Item, ...]

    @cached_property
    def risk_items(self) -> tuple[Item, ...]:
        """The risk items in order."""
        return tuple(item for item in self.items if item.kind == "risk")

    @cached_property
    def protective_items(self) -> tuple[Item, ...]:
        """The protective items in order."""
        return tuple(item for item in self.items if item.kind == "protective")

    @cached_property
    def own_behaviour_items(self) -> tuple[Item, ...]:
        """The risk items of the person's own behaviour, in order; protective items never count here."""
        return tuple(item for item in self.risk_items if item.own_behaviour)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Item id to its position in `items`, which is its row in a matrix of codes."""
        return {item.id: position for position, item in enumerate(self.items)}

    def item(self, identifier: str) -> Item:
        """Return the item with an id.

        Raises
        ------
        KeyError
            If the instrument has no such item.
        """
        return self.items[self.positions[identifier]]

    def items_of(self, domain: str) -> tuple[Item, ...]:
        """Return the items of a domain in order; empty if the domain is unknown."""
        return tuple(item for item in self.items if item.domain == domain)

    def levels(self, item: Item) -> tuple[str, ...]:
        """Return the levels of an item in rising order; the code of a level is its position here."""
        return self.scales.risk if item.kind == "risk" else self.scales.protective

    @cached_property
    def codes(self) -> dict[Kind, dict[str, int]]:
        """Level to code, for each kind of item."""
        scales: dict[Kind, tuple[str, ...]] = {"risk": self.scales.risk, "protective": self.scales.protective}
        return {kind: {level: code for code, level in enumerate(levels)} for kind, levels in scales.items()}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Instrument":
        """Return a copy that derives its own lists; pydantic's would keep those of the original."""
        copied = super().model_copy(update=update, deep=deep)
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts of a definition file; see `instruments.loading.load`."""
        yield from super().faults_in(data)
        if not isinstance(data, Mapping):
            return
        for name in ("domains", "items"):
            if data.get(name) == []:
                yield (name,), "empty-list", {"name": name}
        domains = list(readable_parts(data, "domains", Domain))
        items = list(readable_parts(data, "items", Item))
        yield from _repeated("repeated-domain", domains)
        yield from _repeated("repeated-item", items)
        kinds = {domain.id: domain.kind for _, domain in domains}
        named = _ids_under(data, "domains")
        for place, item in items:
            yield from _faults_of_item(place, item, kinds, named)
        used = {part.get("domain") for part in _mappings_under(data, "items")}
        for place, domain in domains:
            if domain.id not in used:
                yield place, "empty-domain", {"name": domain.id}
        yield from _faults_of_limits(data, items)


def _repeated(code: str, parts: list[tuple[Place, Any]]) -> Iterator[CrossFault]:
    seen: Counter[str] = Counter()
    for place, part in parts:
        seen[part.id] += 1
        if seen[part.id] > 1:
            yield (*place, "id"), code, {"name": part.id}


def _faults_of_item(place: Place, item: Item, kinds: dict[str, Kind], named: list[str]) -> Iterator[CrossFault]:
    if is_never_an_input(item.id):
        yield (*place, "id"), "never-an-input", {"name": item.id}
    if item.domain not in named:
        yield (*place, "domain"), "unknown-domain", {"name": item.domain, "known": named}
    elif kinds.get(item.domain, item.kind) != item.kind:
        yield (
            (*place, "domain"),
            "wrong-kind-of-domain",
            {"name": item.id, "domain": item.domain, "kind": item.kind},
        )
    expected = ["low", "moderate", "high"] if item.kind == "risk" else ["absent", "present"]
    if sorted(item.anchors) != sorted(expected):
        anchors = list(item.anchors)
        yield (*place, "anchors"), "wrong-anchors", {"name": item.id, "expected": expected, "found": anchors}
    if item.dynamic and item.look_back is None:
        yield (*place, "look_back"), "look-back-missing", {"name": item.id}
    if not item.dynamic and item.look_back is not None:
        yield (*place, "look_back"), "look-back-on-static-item", {"name": item.id}


def _faults_of_limits(data: Mapping[str, Any], items: list[tuple[Place, Item]]) -> Iterator[CrossFault]:
    """Limits that no rating could ever reach, and age bounds the wrong way round."""
    age = data.get("design_age")
    low, high = (age.get("min"), age.get("max")) if isinstance(age, Mapping) else (None, None)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield ("design_age",), "bounds-reversed", {"name": "design_age", "low": low, "high": high}
    if len(items) < len(_mappings_under(data, "items")):
        return  # a broken item was not counted
    risk = [item for _, item in items if item.kind == "risk"]
    own_behaviour = sum(item.own_behaviour for item in risk)
    protective = len(items) - len(risk)
    for place, most in {
        ("completeness_to_sign", "risk"): len(risk),
        ("completeness_to_sign", "protective"): protective,
        ("thin_below", "own_behaviour"): own_behaviour,
        ("thin_below", "protective"): protective,
        ("summary_check", "high_below"): len(risk),
        ("summary_check", "low_from"): len(risk),
    }.items():
        part = data.get(place[0])
        value = part.get(place[1]) if isinstance(part, Mapping) else None
        if isinstance(value, int) and value > most:
            yield place, "limit-out-of-reach", {"name": ".".join(place), "value": value, "most": most}


def _mappings_under(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = data.get(key)
    return [part for part in listed if isinstance(part, Mapping)] if isinstance(listed, list) else []


def _ids_under(data: Mapping[str, Any], key: str) -> list[str]:
    return [str(part["id"]) for part in _mappings_under(data, key) if "id" in part]
