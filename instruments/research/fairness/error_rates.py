"""Errors in both directions by group: as shares, beside everyone else as differences and ratios, and two by two."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instruments.faults import Fault
from instruments.research.datasets.groupings import CROSS, Group
from instruments.research.dependence.auditing import Audit, Mask
from instruments.research.dependence.clustered_shares import clustered_ratio
from instruments.research.estimation.intervals import of_ratio
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row, Section

_HIGH = 2
#: Error rates: whose share is told, and of what; of whether it happened and whether the score pointed to it.
_ERRORS: tuple[tuple[str, Callable[[Mask, Mask], Mask], Callable[[Mask, Mask], Mask]], ...] = (
    ("flagged", lambda y, flag: y | ~y, lambda y, flag: flag),
    ("false_positive_rate", lambda y, flag: ~y, lambda y, flag: flag),
    ("false_negative_rate", lambda y, flag: y, lambda y, flag: ~flag),
    ("positive_predictive_value", lambda y, flag: flag, lambda y, flag: y),
    ("negative_predictive_value", lambda y, flag: ~flag, lambda y, flag: ~y),
)


@dataclass(frozen=True)
class ErrorRate:
    """One kind of error.

    Parameters
    ----------
    name : str
    among : bool array, shape (n,)
        Of whom the share is told.
    cases : bool array, shape (n,)
        Whom it counts.
    """

    name: str
    among: Mask
    cases: Mask

    def of(self, rows: Mask) -> Mask:
        """Of some rows, those of whom it is told."""
        return self.among & rows


def error_sections(audit: Audit, cut: float | None) -> tuple[Section, ...]:
    """The sections on errors; none without a cut and a summary rating.

    Parameters
    ----------
    cut : float or None
        A score at or above it counts as pointing to the outcome. Without it, that is a summary rating of *high*.
    """
    rates = tuple(error_rates(audit, cut))
    if not rates:
        return ()
    everyone = np.ones(len(audit.dataset), dtype=np.bool_)
    overall = tuple(audit.rate(each.name, each.cases, each.of(everyone)) for each in rates)
    labels = ("group", "members")
    return (
        section(
            "overall_errors",
            (),
            [Row((), overall)],
        ),
        section(
            "group_errors",
            labels,
            _rows(audit, lambda group, each: audit.rate(each.name, each.cases, each.of(group.rows)), rates),
        ),
        section("group_error_differences", labels, _rows(audit, _difference(audit), rates), "beside_the_rest"),
        section("group_error_ratios", labels, _rows(audit, _ratio(audit), rates), "ratio_to_the_rest"),
        section("group_pairs", (*labels, "compared_with"), _pairs(audit, rates), "simultaneous"),
    )


def error_rates(audit: Audit, cut: float | None) -> Iterator[ErrorRate]:
    """Every kind of error, of those whose outcome and score are known."""
    score, least = audit.score, cut
    if least is None:
        rating = audit.dataset.summary_rating
        if rating is None:
            return
        score, least = rating, float(_HIGH)
    known = (audit.outcome.notna() & score.notna()).to_numpy()
    happened, flagged = (audit.outcome == 1).to_numpy(), (score >= least).to_numpy()
    for name, among, cases in _ERRORS:
        yield ErrorRate(name, known & among(happened, flagged), cases(happened, flagged))


def ratio_figure(name: str, here: NDArray[Any], rest: NDArray[Any], level: float) -> Outcome:
    """A share in parts of that of others, with the score interval of Miettinen and Nurminen."""
    if not rest.any():  # nobody among the others: the ratio has no end
        return InsufficientEvidence(name, Fault("no-ratio", ""), len(here))
    low, high = of_ratio(int(here.sum()), len(here), int(rest.sum()), len(rest), level)
    return Figure(name, here.mean() / rest.mean(), low, high, level, len(here), "miettinen_nurminen")


def _rows(audit: Audit, figure: Callable[[Group, ErrorRate], Outcome], rates: tuple[ErrorRate, ...]) -> Iterator[Row]:
    for group in audit.groups:
        yield Row(group.labels, tuple(figure(group, each) for each in rates))


def _difference(audit: Audit) -> Callable[[Group, ErrorRate], Outcome]:
    return lambda group, each: audit.difference(
        f"{each.name}_difference", each.cases, each.of(group.rows), each.of(~group.rows)
    )


def _ratio(audit: Audit) -> Callable[[Group, ErrorRate], Outcome]:
    def figure(group: Group, each: ErrorRate) -> Outcome:
        name, here, rest = f"{each.name}_ratio", each.of(group.rows), each.of(~group.rows)
        if small := audit.too_small(min(int(here.sum()), int(rest.sum()))):
            return InsufficientEvidence(name, small, int(here.sum()))
        if audit.clusters is not None:
            return clustered_ratio(name, each.cases, here, rest, audit.clusters, audit.level)
        return ratio_figure(name, each.cases[here], each.cases[rest], audit.level)

    return figure


def _pairs(audit: Audit, rates: tuple[ErrorRate, ...]) -> Iterator[Row]:
    """Every two groups of a column; intervals hold together, by Bonferroni over the column's pairs and errors."""
    alone = [group for group in audit.groups if CROSS not in group.column]
    numbers = Counter(group.column for group in alone)
    for one, other in combinations(alone, 2):
        if one.column != other.column:
            continue
        number = numbers[one.column]
        level = 1 - (1 - audit.level) / (number * (number - 1) // 2 * len(rates))
        figures: list[Outcome] = []
        for each in rates:
            name, here, there = f"{each.name}_difference", each.of(one.rows), each.of(other.rows)
            figures.append(audit.difference(name, each.cases, here, there, level))
        yield Row((*one.labels, other.value), tuple(figures))
