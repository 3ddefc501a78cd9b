"""From numbers to the parts of a report: figures with their intervals, sections with their notes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.proportion import confint_proportions_2indep

from instruments.faults import Fault, InputError
from instruments.research.coverage import is_weak
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.cuts import share
from instruments.research.estimation.intervals import of_difference
from instruments.research.estimation.roc import Area, Comparison
from instruments.research.faults import DuplicatePersonWarning, ResearchWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row, Section


def section(name: str, columns: tuple[str, ...], rows: Iterable[Row], *notes: str) -> Section:
    """A section that tells the notes of its figures below it, each once, and marks intervals that promise too much."""
    with_notes = tuple(replace(row, figures=tuple(map(_with_word_on_coverage, row.figures))) for row in rows)
    notes_of_figures = (
        each.note for row in with_notes for each in row.figures if isinstance(each, Figure) and each.note
    )
    return Section(name, columns, with_notes, tuple(dict.fromkeys((*notes, *notes_of_figures))))


def _with_word_on_coverage(each: Outcome) -> Outcome:
    """A figure with a note where intervals like its own held the true value too seldom in simulations."""
    if not isinstance(each, Figure) or each.low is None or each.note or not is_weak(each.name, each.method, each.n):
        return each
    return replace(each, note="weak_interval")


def area_figure(area: Area, level: float = 0.95, name: str = "auc") -> Figure:
    """An area as a figure, saying why where it has no interval, and where the score runs against the outcome."""
    interval = area.interval(level)
    n = area.events + area.non_events
    if interval is None:
        note = "one_person_in_class" if area.variance is None else "nothing_ordered"
        return Figure(name, area.value, level=level, n=n, method=area.method, note=note)
    note = "runs_backwards" if interval[1] < 0.5 else area.note
    return Figure(name, area.value, *interval, level=level, n=n, method=area.method, note=note)


def difference_figure(comparison: Comparison, level: float = 0.95) -> Figure:
    """The first area less the second, on the same persons."""
    low, high = comparison.interval(level) or (None, None)
    n = comparison.first.events + comparison.first.non_events
    note = "ordered_alike" if low is None else ""
    return Figure("auc_difference", comparison.difference, low, high, level, n, comparison.method, note)


def independent_difference_figure(
    first: Area, second: Area, level: float = 0.95, name: str = "auc_difference"
) -> Figure:
    """An area less one on other persons, by squares and addition of their intervals."""
    gap, ends, n = first.value - second.value, (first.interval(level), second.interval(level)), first.n
    if ends[0] is None or ends[1] is None:
        return Figure(name, gap, level=level, n=n, method="squares_and_addition", note="nothing_ordered")
    low, high = of_difference(first.value, ends[0], second.value, ends[1])
    return Figure(name, gap, low, high, level, n, "squares_and_addition")


def difference_of_shares(name: str, here: NDArray[np.bool_], rest: NDArray[np.bool_], level: float = 0.95) -> Figure:
    """A share less that of others, with Newcombe's interval.

    Parameters
    ----------
    name : str
        Of the figure.
    here, rest : arrays of bool
        What holds for each person of either side; nobody is in both.
    level : float
        Confidence level.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.
    """
    low, high = confint_proportions_2indep(
        here.sum(), len(here), rest.sum(), len(rest), method="newcomb", compare="diff", alpha=1 - level
    )
    return Figure(name, here.mean() - rest.mean(), float(low), float(high), level, len(here), "newcombe")


def share_figure(name: str, cases: int, n: int, level: float = 0.95) -> Outcome:
    """A share with Wilson's interval; of no one there is none."""
    if n == 0:
        return InsufficientEvidence(name, Fault("nobody-in-share", ""), 0)
    shares = share(np.array([cases]), np.array([n]), level)
    return Figure(name, cases / n, shares.low[0], shares.high[0], level, n, "wilson")


def insufficient(names: Iterable[str], error: InputError, n: int) -> tuple[Outcome, ...]:
    """The same reason in the place of several figures."""
    return tuple(InsufficientEvidence(name, error.faults[0], n) for name in names)


def repeated_persons(dataset: Dataset) -> Iterator[ResearchWarning]:
    """A warning where a person stands in several rows: intervals then promise too much."""
    repeated = dataset.persons.duplicated()
    if repeated.any():
        yield DuplicatePersonWarning("", rows=int(repeated.sum()), persons=int(dataset.persons[repeated].nunique()))
