"""The same people under two guidances: who enters the target group, who may still enter, who leaves, and by what.

A criterion that a guidance does not require stands in nobody's way, so it counts there as met.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.intake import Codes
from screening.recommendation import OUTCOMES
from screening.ruleset import RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN

Counts = NDArray[np.int64]
#: From another outcome to support; from outside the target group to "more information is needed"; out of it.
MOVEMENTS = ("enters", "may_still_enter", "leaves")


@dataclass(frozen=True)
class CriterionChange:
    """How often one criterion came out differently.

    Parameters
    ----------
    differs : int
        Rows where its status differs, or where it stands in the way under one guidance only.
    enters, may_still_enter, leaves : int
        Of the rows that moved so, those where this criterion no longer stands in the way, or now does. A row can move
        by several criteria.
    """

    differs: int = 0
    enters: int = 0
    may_still_enter: int = 0
    leaves: int = 0

    def __add__(self, other: "CriterionChange") -> "CriterionChange":
        return CriterionChange(
            self.differs + other.differs,
            self.enters + other.enters,
            self.may_still_enter + other.may_still_enter,
            self.leaves + other.leaves,
        )

    def as_data(self) -> dict[str, int]:
        """The form that is written to files."""
        return {"differs": self.differs, **{movement: getattr(self, movement) for movement in MOVEMENTS}}


@dataclass(frozen=True)
class Comparison:
    """How the outcomes of one guidance move under another.

    Parameters
    ----------
    transitions : int64 array, shape (3, 3)
        Rows by outcome under the first guidance and under the second, in the order of `OUTCOMES`.
    criteria : Mapping of str to CriterionChange
        By criterion id, in the order of the guidances; those that differ nowhere are there too.
    """

    transitions: Counts
    criteria: Mapping[str, CriterionChange]

    @property
    def enters(self) -> int:
        """Rows that the second guidance supports and the first did not."""
        return int(self.transitions[:MET, MET].sum())

    @property
    def may_still_enter(self) -> int:
        """Rows outside the target group of the first guidance that under the second need more information."""
        return int(self.transitions[NOT_MET, UNKNOWN])

    @property
    def leaves(self) -> int:
        """Rows outside the target group of the second guidance that were not so under the first."""
        return int(self.transitions[UNKNOWN:, NOT_MET].sum())

    def __add__(self, other: "Comparison") -> "Comparison":
        criteria = {name: change + other.criteria[name] for name, change in self.criteria.items()}
        return Comparison(self.transitions + other.transitions, criteria)

    def as_data(self) -> dict[str, object]:
        """The form that is written to files."""
        return {
            "transitions": {
                outcome: dict(zip(OUTCOMES, row.tolist(), strict=True))
                for outcome, row in zip(OUTCOMES, self.transitions, strict=True)
            },
            **{movement: getattr(self, movement) for movement in MOVEMENTS},
            "criteria": {name: change.as_data() for name, change in self.criteria.items() if change.differs},
        }


def compare(first: RuleSet, second: RuleSet, before: Codes, after: Codes) -> Comparison:
    """Compare the same rows under two guidances.

    Parameters
    ----------
    before, after : int8 array, shape (nodes, n)
        The truths of every node under the first guidance and under the second; see
        `screening.evaluation.decide_columns`.

    Returns
    -------
    Comparison
    """
    was, becomes = before[first.outcome], after[second.outcome]
    moved = {
        "enters": (was != MET) & (becomes == MET),
        "may_still_enter": (was == NOT_MET) & (becomes == UNKNOWN),
        "leaves": (was != NOT_MET) & (becomes == NOT_MET),
    }
    criteria = {}
    roots = _roots(first), _roots(second)
    for name in dict.fromkeys((*roots[0], *roots[1])):
        weighed, weighs = _weight(first, name, before), _weight(second, name, after)
        differs = weighed != weighs
        if name in roots[0] and name in roots[1]:
            differs |= before[roots[0][name]] != after[roots[1][name]]
        criteria[name] = CriterionChange(
            int(differs.sum()),
            int((moved["enters"] & (weighed != MET) & (weighs == MET)).sum()),
            int((moved["may_still_enter"] & (weighed == NOT_MET) & (weighs != NOT_MET)).sum()),
            int((moved["leaves"] & (weighed != NOT_MET) & (weighs == NOT_MET)).sum()),
        )
    pairs = np.bincount(was.astype(np.int64) * 3 + becomes, minlength=9)
    return Comparison(pairs.reshape(3, 3), criteria)


def _roots(rules: RuleSet) -> dict[str, int]:
    return {rules.nodes[root].name: root for root in rules.roots}


def _weight(rules: RuleSet, name: str, truths: Codes) -> Codes:
    """The status of a required criterion; of any other, "met", since it stands in nobody's way."""
    required = {rules.nodes[child].name: child for child in rules.nodes[rules.outcome].children}
    if name not in required:
        return np.full(truths.shape[1], MET, dtype=np.int8)
    status: Codes = truths[required[name]]
    return status
