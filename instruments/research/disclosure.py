"""Small counts on what is published: a card must not let anybody be recognised in a group of few.

What a researcher computes for themselves is not guarded. Before a card is made, group values that few persons have are
joined; afterwards, intersections with a small part are left out whole, and shares that come of few are left out of
every group of their column, since the last one missing could be worked out from the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from instruments.faults import Fault
from instruments.research.dataset import Dataset
from instruments.research.faults import ResearchWarning, SmallCrossingsWarning, SmallGroupsWarning
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Report, Row, Section
from instruments.research.groupings import BLANK_GROUP, CROSS, groups_of
from instruments.research.limits import limits

#: The group of those whose own value too few have.
JOINED = "…"


def join_small_groups(dataset: Dataset) -> tuple[Dataset, list[ResearchWarning]]:
    """Join the values of each group that few persons have, with so many others that none is told by elimination."""
    least = limits().whole("small_count")
    groups, warned = dataset.groups.copy(), []
    for name in map(str, groups):
        values = groups[name].where(groups[name].notna(), BLANK_GROUP)
        persons = dataset.persons.groupby(values).nunique().sort_values(kind="stable")
        rare = list(persons.index[persons < least])
        while rare and persons[rare].sum() < least and len(rare) < len(persons):
            rare.append(persons.index[len(rare)])
        if rare:
            values = values.where(~values.isin(rare), JOINED)
            groups[name] = values.where(values != BLANK_GROUP)
            warned.append(SmallGroupsWarning(f"column {name}", name=name, joined=len(rare), least=least))
    return replace(dataset, groups=groups), list(warned)


def guarded(reports: Iterable[Report], dataset: Dataset) -> tuple[tuple[Report, ...], list[ResearchWarning]]:
    """Reports without what would tell of few, and warnings of what was left out."""
    least = limits().whole("small_count")
    small = _small_crossings(dataset, least) if len(dataset.groups.columns) else []
    kept = tuple(
        replace(report, sections=tuple(_guarded(each, small, least) for each in report.sections)) for report in reports
    )
    warned: list[ResearchWarning] = []
    if small:
        warned.append(SmallCrossingsWarning("", names=small, least=least))
    return kept, warned


def _small_crossings(dataset: Dataset, least: int) -> list[str]:
    found = (
        group.column
        for group in groups_of(dataset)
        if CROSS in group.column and dataset.persons[pd.Series(group.rows, dataset.persons.index)].nunique() < least
    )
    return list(dict.fromkeys(found))


def _guarded(section: Section, small: list[str], least: int) -> Section:
    if section.columns[0] != "group":
        return section
    rows = tuple(row for row in section.rows if row.labels[0] not in small)
    telling = {(row.labels[0], each.name) for row in rows for each in row.figures if _tells_of_few(each, least)}
    return replace(section, rows=tuple(Row(row.labels, tuple(_figures(row, telling, least))) for row in rows))


def _tells_of_few(each: Outcome, least: int) -> bool:
    """Whether a share lets a number of persons be worked out that is small and not none."""
    if not isinstance(each, Figure) or each.method != "wilson":
        return False
    cases = round(each.value * each.n)
    return 0 < cases < least or 0 < each.n - cases < least


def _figures(row: Row, telling: set[tuple[str, str]], least: int) -> Iterator[Outcome]:
    for each in row.figures:
        if (row.labels[0], each.name) in telling and isinstance(each, Figure):
            yield InsufficientEvidence(each.name, Fault("small-count", "", {"least": least}), each.n)
        else:
            yield each
