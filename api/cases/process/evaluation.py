"""How the work of a unit went in half a year: meetings and who was there, plans followed, waits and endings.

Everything is told by the limits of published tables for small numbers, see decision 124: a number that concerns one to
four cases is hidden, and what it could be worked out from is hidden with it. Zero is shown, and hidden is not zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Annotated, Any, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.cases.participation_kinds import ParticipationEnded
from api.cases.ratings.blind_rating import asked_of, unseen_among
from api.context.unit import Unit
from api.store.schema import CaseUnit, Entry
from instruments.loading import load
from instruments.messages import Text, in_both_languages
from screening.trends.blocks import Block, State, Sum
from screening.trends.disclosure import least_hidden
from screening.trends.lattice import Lattice, lattice_on

FILE = Path(__file__).parent / "functions" / "1.0.yaml"
_KINDS = ("consent", "participation_started", "network_meeting", "officials_meeting", "participation_ended")
REASONS: tuple[str, ...] = get_args(ParticipationEnded.model_fields["reason"].annotation)
Data = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MeetingFunction(_Part):
    """A function at meetings, and the words by which it is written."""

    id: str
    label: Text
    words: Annotated[tuple[str, ...], Field(min_length=1)]


class MeetingFunctions(_Part):
    """One version of the list."""

    id: str
    version: str
    valid_from: date
    decided_by: str
    source: str
    functions: tuple[MeetingFunction, ...]
    other: Text

    def of(self, written: str) -> str:
        """The function that somebody is written as; ``other`` for a word that is not known, so for every name."""
        word = " ".join(written.split()).casefold().rstrip("0123456789 ")
        if written[:1] == "g" and written[1:].isdigit():
            word = "guardian"
        return next((each.id for each in self.functions if word in each.words), "other")


@cache
def the_functions() -> MeetingFunctions:
    """The list in force."""
    return load(FILE, MeetingFunctions)[0]


@dataclass(frozen=True, order=True)
class HalfYear:
    """A half of a calendar year: periods that do not overlap, so that none is the difference of others."""

    year: int
    half: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 6 * self.half - 5, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    @property
    def name(self) -> str:
        """As it stands in an address: ``2026-1``."""
        return f"{self.year}-{self.half}"

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.first <= day <= self.last


def finished_half_years(today: date, number: int) -> tuple[HalfYear, ...]:
    """The last half-years that are over, the latest first: what still goes on would tell of each new case."""
    latest = today.year * 2 + (today.month > 6) - 1
    return tuple(HalfYear(each // 2, each % 2 + 1) for each in range(latest, latest - number, -1))


@dataclass(frozen=True)
class Recorded:
    """What was recorded in a case, of the kinds that are counted."""

    case: str
    kind: str
    content: Mapping[str, Any]

    @property
    def day(self) -> date:
        """When it happened."""
        names = {"consent": "answered_on", "participation_started": "started_on", "participation_ended": "ended_on"}
        return date.fromisoformat(self.content[names.get(self.kind, "held_on")])


@dataclass(frozen=True)
class Count:
    """A number, and how many cases it concerns."""

    number: int
    cases: int

    def is_small(self, least: int) -> bool:
        """Whether it concerns somebody, and too few to be shown."""
        return 0 < self.cases < least


def evaluate(unit: Unit, of: str, period: HalfYear) -> Data:
    """How the work of one of the actor's units went, in a form that JSON can hold; a number that is hidden is None.

    A case that the actor is still to rate unseen is not counted.
    """
    lattice = lattice_on(unit.now.date()).content
    unseen = unseen_among(asked_of(unit.session, unit.actor.id))
    chosen = (
        select(Entry.case_id, Entry.kind, Entry.content)
        .join(CaseUnit, CaseUnit.case_id == Entry.case_id)
        .where(CaseUnit.unit_id == of, Entry.kind.in_(_KINDS), Entry.case_id.not_in(unseen))
        .order_by(Entry.case_id, Entry.number)
    )
    rows = unit.session.execute(chosen).all() if of in unit.actor.units else []
    return evaluation_of([Recorded(*row) for row in rows], period, lattice)


def evaluation_of(events: Sequence[Recorded], period: HalfYear, lattice: Lattice) -> Data:
    """The same of events, in the order in which they were recorded within each case."""
    least = lattice.limit("smallest_group")
    inside = [each for each in events if each.kind != "consent" and period.holds(each.day)]
    met = [each for each in inside if each.kind == "network_meeting"]
    ended = [each for each in inside if each.kind == "participation_ended"]
    functions = the_functions()
    labels = {**{each.id: each.label for each in functions.functions}, "other": functions.other}
    present = {name: _split(met, [name in _present(each) for each in met], least) for name in labels}
    return {
        "period": {"name": period.name, "first": period.first.isoformat(), "last": period.last.isoformat()},
        "smallest_group": least,
        "functions": f"{functions.id}@{functions.version}",
        "network_meetings": _shown(_count(met), least),
        "officials_meetings": _shown(_count(each for each in inside if each.kind == "officials_meeting"), least),
        "plan_followed": _split(met, [bool(each.content["plan_followed_up"]) for each in met], least),
        "present": [{"label": in_both_languages(labels[name]), **split} for name, split in present.items()],
        "starts": _starts(events, period, least),
        "endings": _endings(ended, lattice),
    }


def _present(event: Recorded) -> set[str]:
    return {the_functions().of(written) for written in event.content["present"]}


def _count(events: Iterable[Recorded]) -> Count:
    listed = list(events)
    return Count(len(listed), len({each.case for each in listed}))


def _shown(count: Count, least: int) -> int | None:
    return None if count.is_small(least) else count.number


def _split(events: Sequence[Recorded], has: Sequence[bool], least: int) -> Data:
    """At how many of some meetings something held. Hidden where either part concerns too few: one tells the other."""
    part = _count(each for each, it_has in zip(events, has, strict=True) if it_has)
    rest = _count(each for each, it_has in zip(events, has, strict=True) if not it_has)
    whole = _count(events)
    is_hidden = any(each.is_small(least) for each in (part, rest, whole))
    return {"number": None if is_hidden else part.number, "of": _shown(whole, least)}


def _starts(events: Sequence[Recorded], period: HalfYear, least: int) -> Data:
    """Starts in the period, and how long after the first consent they came."""
    waits: list[tuple[str, int | None]] = []
    for case, of_case in groupby(events, lambda event: event.case):
        consent: date | None = None
        for event in of_case:
            if event.kind == "consent" and event.content["status"] == "given":
                consent = min(consent, event.day) if consent else event.day
            elif event.kind == "participation_ended":
                consent = None
            elif event.kind == "participation_started" and period.holds(event.day):
                is_known = consent is not None and consent <= event.day
                waits.append((case, (event.day - consent).days if is_known and consent else None))
    known = Count(sum(days is not None for _, days in waits), len({case for case, days in waits if days is not None}))
    unknown = Count(len(waits) - known.number, len({case for case, days in waits if days is None}))
    whole = Count(len(waits), len({case for case, _ in waits}))
    is_hidden = any(each.is_small(least) for each in (known, unknown, whole))
    days = [each for _, each in waits if each is not None]
    is_told = bool(days) and not known.is_small(least)
    return {
        "number": _shown(whole, least),
        "known": None if is_hidden else known.number,
        "median": round(median(days)) if is_told else None,
        "is_hidden": known.is_small(least),
    }


def _endings(ended: Sequence[Recorded], lattice: Lattice) -> Data:
    """Endings by reason, hidden as published tables are: a small number, and what it could be worked out from."""
    least = lattice.limit("smallest_group")
    counts = [_count(each for each in ended if each.content["reason"] == reason) for reason in REASONS]
    whole = _count(ended)
    values = np.array([*(each.number for each in counts), whole.number], dtype=np.int64)
    small = np.array([each.is_small(least) for each in (*counts, whole)])
    states = np.full(len(values), State.OPEN, dtype=np.int8)
    parts = np.arange(len(counts), dtype=np.int64)
    block = Block(values, small, states, values.copy(), values.astype(np.float64) + 1.0, [Sum(len(counts), parts)])
    hidden = least_hidden(block, lattice.limit("protection")).hidden
    shown = [None if is_hidden else int(value) for value, is_hidden in zip(values, hidden, strict=True)]
    return {"number": shown[-1], "reasons": dict(zip(REASONS, shown, strict=False))}
