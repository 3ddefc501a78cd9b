"""What another guidance, or another limit in one, would make of the young people who were screened.

Worked out from the rows of `screening.trends.microaggregates` and from nothing else; see there why no answer tells of
anyone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from screening.comparison import MOVEMENTS, Comparison, compare
from screening.guidance import ParameterValue
from screening.intake import Codes
from screening.library import Library
from screening.recommendation import OUTCOMES
from screening.ruleset import RuleSet
from screening.trends.lattice import Lattice
from screening.trends.microaggregates import FIVE, RowsByInstrument, age_bands
from screening.truth import MET, NOT_MET, UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

#: What an answer is divided by, in the words of the lattice.
DIVIDED_BY = ("unit", "age_band", "sex", "track")
TRACKS = ("at_risk", "wants_to_leave")


@dataclass(frozen=True)
class Arm:
    """A guidance, or a guidance with other limits than those in force.

    Parameters
    ----------
    changed : Mapping of str to value
        By limit; each from what the guidance permits.
    """

    guidance: str
    changed: Mapping[str, ParameterValue]

    @property
    def name(self) -> str:
        """The guidance, and the limits that differ, in one word."""
        return ";".join([self.guidance, *(f"{limit}={value}" for limit, value in sorted(self.changed.items()))])


@dataclass(frozen=True)
class Moved:
    """How many there are of some value, and how many of them move.

    Parameters
    ----------
    people, supported_before, supported_after, enters, may_still_enter, leaves : int
        In fives. See `screening.comparison` for what the movements are.
    """

    people: int
    supported_before: int
    supported_after: int
    enters: int
    may_still_enter: int
    leaves: int


@dataclass(frozen=True)
class WhatIf:
    """The answer to one question.

    Parameters
    ----------
    people : int
        How many the answer is about. Every number is in fives.
    transitions : int array, shape (3, 3)
        By outcome before and after, in the order of `OUTCOMES`.
    criteria : Mapping of str to Mapping
        By criterion: where it differs, and of those who move so, where it stood in the way or now does.
    divided : Mapping of str to Mapping of str to Moved
        By dimension and value.
    """

    before: Arm
    after: Arm
    people: int
    transitions: NDArray[np.int64]
    criteria: Mapping[str, Mapping[str, int]]
    divided: Mapping[str, Mapping[str, Moved]]

    @property
    def total(self) -> Moved:
        """Everybody together."""
        moved = Comparison(self.transitions, {})
        return Moved(
            self.people,
            int(self.transitions[MET].sum()),
            int(self.transitions[:, MET].sum()),
            moved.enters,
            moved.may_still_enter,
            moved.leaves,
        )

    def as_data(self) -> dict[str, Any]:
        """The form that is answered and written to files."""
        return {
            "before": self.before.name,
            "after": self.after.name,
            "total": vars(self.total),
            "transitions": {
                outcome: dict(zip(OUTCOMES, row.tolist(), strict=True))
                for outcome, row in zip(OUTCOMES, self.transitions, strict=True)
            },
            "criteria": {name: dict(change) for name, change in self.criteria.items()},
            **{name: {value: vars(moved) for value, moved in values.items()} for name, values in self.divided.items()},
        }


def what_if(
    rows: "pd.DataFrame", library: Library, lattice: Lattice, on: date, before: Arm, after: Arm, *, units: Iterable[str]
) -> WhatIf:
    """Hold two guidances against each other on the same young people.

    Parameters
    ----------
    rows : DataFrame
        As `screening.trends.microaggregates.microaggregate` makes them, of any years.
    on : date
        The day whose versions are used.
    units : iterable of str
        Every unit, whether anybody in it was screened or not.

    Raises
    ------
    UnknownDefinitionError, InputError
        If a guidance or a limit is not there, or the value is not permitted.
    """
    outcomes = np.zeros((2, len(rows)), dtype=np.int8)
    tracks = np.full((len(TRACKS), len(rows)), UNKNOWN, dtype=np.int8)
    together: Comparison | None = None
    coded = RowsByInstrument(rows, on)
    firsts = coded.decided(library, before.guidance, before.changed)
    seconds = coded.decided(library, after.guidance, after.changed)
    for (places, first, was), (_, second, becomes) in zip(firsts, seconds, strict=True):
        compared = compare(first.rules, second.rules, was, becomes)
        together = compared if together is None else together + compared
        outcomes[0, places], outcomes[1, places] = was[first.rules.outcome], becomes[second.rules.outcome]
        for number, track in enumerate(TRACKS):
            tracks[number, places] = _status(((first.rules, was), (second.rules, becomes)), track, len(places))
    if together is None:  # nobody: the guidances are still asked for, so that what is wrong with them is told
        library.bind(before.guidance, on=on, changed=before.changed)
        library.bind(after.guidance, on=on, changed=after.changed)
        together = Comparison(np.zeros((3, 3), dtype=np.int64), {})
    values = {
        "unit": (rows["unit"].to_numpy(dtype=object), sorted(units)),
        "age_band": (age_bands(rows, lattice), lattice.dimension("age_band").ids()),
        "sex": (rows["sex"].to_numpy(dtype=object), lattice.dimension("sex").ids()),
        "track": (_track_of(tracks), lattice.dimension("track").ids()),
    }
    divided = {name: dict(_divide(*values[name], outcomes)) for name in DIVIDED_BY}
    criteria = {
        name: {key: FIVE * number for key, number in change.as_data().items()}
        for name, change in together.criteria.items()
        if change.differs
    }
    return WhatIf(before, after, FIVE * len(rows), FIVE * together.transitions, criteria, divided)


def _status(decided_by: Iterable[tuple[RuleSet, Codes]], name: str, length: int) -> Codes:
    """The status of a step by the first guidance that knows it; unclear where none does."""
    for rules, truths in decided_by:
        for node in rules.criteria:
            if node.name == name:
                status: Codes = truths[node.position]
                return status
    return np.full(length, UNKNOWN, dtype=np.int8)


def _track_of(tracks: Codes) -> NDArray[np.object_]:
    at_risk, leaves = tracks
    conditions = [
        (at_risk == MET) & (leaves == MET),
        at_risk == MET,
        leaves == MET,
        (at_risk == NOT_MET) & (leaves == NOT_MET),
    ]
    track: NDArray[np.object_] = np.select(conditions, ["both", "at_risk", "wants_to_leave", "neither"], "unclear")
    return track.astype(object)


def _divide(values: NDArray[np.object_], axis: Iterable[str], outcomes: Codes) -> Iterable[tuple[str, Moved]]:
    """Count the movements by value; a value that is not listed (a unit that is gone) comes last."""
    import pandas as pd

    known = list(axis)
    index = pd.Index([*known, *sorted(set(values.tolist()) - set(known))], dtype=object)
    codes = index.get_indexer(pd.Index(values, dtype=object)).astype(np.int64)
    cells = codes * 9 + outcomes[0].astype(np.int64) * 3 + outcomes[1]
    counts = np.bincount(cells, minlength=len(index) * 9).reshape(len(index), 3, 3)
    for place, value in enumerate(index):
        moved = Comparison(FIVE * counts[place], {})
        transitions = moved.transitions
        yield (
            str(value),
            Moved(
                int(transitions.sum()),
                int(transitions[MET].sum()),
                int(transitions[:, MET].sum()),
                *(getattr(moved, movement) for movement in MOVEMENTS),
            ),
        )
