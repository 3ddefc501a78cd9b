"""From numbers to the parts of a report: figures with their intervals, sections with their notes."""

from collections.abc import Iterable, Iterator

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.cuts import share
from instruments.research.dataset import Dataset
from instruments.research.faults import DuplicatePersonWarning, ResearchWarning
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Row, Section
from instruments.research.roc import Area, Comparison


def section(name: str, columns: tuple[str, ...], rows: Iterable[Row], *notes: str) -> Section:
    """A section that tells the notes of its figures below it, each once."""
    found = tuple(rows)
    told = (each.note for row in found for each in row.figures if isinstance(each, Figure) and each.note)
    return Section(name, columns, found, tuple(dict.fromkeys((*notes, *told))))


def area_figure(found: Area, level: float = 0.95, name: str = "auc") -> Figure:
    """An area as a figure, saying why where it has no interval."""
    interval = found.interval(level)
    n = found.events + found.non_events
    if interval is None:
        note = "separated" if found.separates else "one_person_in_class"
        return Figure(name, found.value, level=level, n=n, method="delong", note=note)
    return Figure(name, found.value, *interval, level=level, n=n, method="delong")


def difference_figure(found: Comparison, level: float = 0.95) -> Figure:
    """The first area less the second, on the same persons."""
    low, high = found.interval(level) or (None, None)
    n = found.first.events + found.first.non_events
    return Figure("auc_difference", found.difference, low, high, level, n, "delong_paired")


def share_figure(name: str, cases: int, n: int, level: float = 0.95) -> Outcome:
    """A share with Wilson's interval; of no one there is none."""
    if n == 0:
        return InsufficientEvidence(name, Fault("nobody-in-share", ""), 0)
    found = share(np.array([cases]), np.array([n]), level)
    return Figure(name, cases / n, found.low[0], found.high[0], level, n, "wilson")


def insufficient(names: Iterable[str], error: InputError, n: int) -> tuple[Outcome, ...]:
    """The same reason in the place of several figures."""
    return tuple(InsufficientEvidence(name, error.faults[0], n) for name in names)


def repeated_persons(dataset: Dataset) -> Iterator[ResearchWarning]:
    """A warning where a person stands in several rows: intervals then promise too much."""
    repeated = dataset.persons.duplicated()
    if repeated.any():
        yield DuplicatePersonWarning("", rows=int(repeated.sum()), persons=int(dataset.persons[repeated].nunique()))
