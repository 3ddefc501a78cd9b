"""What a data set holds: levels, blanks, outcomes and groups, and what stands in the way of using it."""

import warnings
from collections.abc import Iterator, Sequence

import pandas as pd

from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.own_items import OwnItems
from instruments.research.faults import (
    AllMissingItemWarning,
    ConstantOutcomeWarning,
    DuplicatePersonWarning,
    OneLevelWarning,
    ResearchWarning,
)
from instruments.research.figures.figure import Figure, Report, Row, Section
from instruments.research.limits import limits

BLANK_GROUP = "–"


def describe(dataset: Dataset, outcome: str | None = None, groups: Sequence[str] = ()) -> Report:
    """Describe a data set.

    Parameters
    ----------
    outcome : str, optional
        Only this outcome; by default all.
    groups : sequence of str
        Only these groups; by default all.

    Returns
    -------
    Report
        With a warning for each thing that a statistic will stumble on.

    Warns
    -----
    ResearchWarning
    """
    for warning in _stumbling_blocks(dataset):
        warnings.warn(warning, stacklevel=2)
    outcomes = [outcome] if outcome is not None else list(dataset.outcomes.columns)
    own = isinstance(dataset.instrument, OwnItems)
    sections = (
        Section("own_levels", ("item", "level"), tuple(_own_levels(dataset)))
        if own
        else Section("items", ("item",), tuple(_items(dataset))),
        Section("scores", ("score",), tuple(_scores(dataset))),
        Section("outcomes", ("outcome",), tuple(_outcomes(dataset, outcomes))),
        Section("groups", ("group", "group_value"), tuple(_groups(dataset, groups or list(dataset.groups.columns)))),
    )
    return Report("check", dataset.about(), tuple(section for section in sections if section.rows))


def _stumbling_blocks(dataset: Dataset) -> Iterator[ResearchWarning]:
    yield from item_warnings(dataset.ratings)
    for name in dataset.outcomes:
        known = dataset.outcomes[name].dropna()
        if known.nunique() < 2:
            yield ConstantOutcomeWarning(f"column {name}", name=name, n=len(known))
    together = [dataset.rated, *([dataset.raters] if dataset.raters is not None else [])]
    repeated = pd.concat(together, axis=1).duplicated()
    if repeated.any():
        yield DuplicatePersonWarning("", rows=int(repeated.sum()), persons=int(dataset.persons[repeated].nunique()))


def item_warnings(ratings: pd.DataFrame) -> Iterator[ResearchWarning]:
    """Yield what is wrong with items as such: nobody was rated on one, or everybody alike.

    Parameters
    ----------
    ratings : DataFrame, shape (rows, items)
        Codes; NaN for a blank.

    Yields
    ------
    AllMissingItemWarning or OneLevelWarning
    """
    for name in ratings:
        known = ratings[name].dropna()
        if known.empty:
            yield AllMissingItemWarning(f"column {name}", name=name)
        elif known.nunique() == 1:
            yield OneLevelWarning(f"column {name}", name=name, n=len(known))


def _items(dataset: Dataset) -> Iterator[Row]:
    most = max((len(dataset.instrument.levels(item)) for item in dataset.items), default=0)
    for item in dataset.items:
        codes = dataset.ratings[item.id]
        rated = int(codes.notna().sum())
        counts = [int((codes == code).sum()) for code in range(most)]
        figures = [Figure(f"code_{code}", count, n=len(dataset)) for code, count in enumerate(counts)]
        blank = Figure("blank", len(dataset) - rated, n=len(dataset))
        yield Row((item.id,), (Figure("rated", rated, n=len(dataset)), *figures, blank))


def _own_levels(dataset: Dataset) -> Iterator[Row]:
    """How often each level was given; of a long scale its range and the levels that occur."""
    for item in dataset.items:
        codes = dataset.ratings[item.id]
        levels, occurring = dataset.instrument.levels(item), set(codes.dropna().astype(int))
        is_long = len(levels) > limits().polychoric_levels.value
        if is_long:
            rated = Figure("rated", int(codes.notna().sum()), n=len(dataset))
            yield Row((item.id, f"{levels[0]}–{levels[-1]}"), (rated,))
        for code, level in enumerate(levels):
            if is_long and code not in occurring:
                continue
            yield Row((item.id, level), (Figure("rated", int((codes == code).sum()), n=len(dataset)),))
        yield Row((item.id, BLANK_GROUP), (Figure("rated", int(codes.isna().sum()), n=len(dataset)),))


def _scores(dataset: Dataset) -> Iterator[Row]:
    """What the columns of scores hold; those in words by the place of their level."""
    for name in map(str, dataset.scores):
        values, n = dataset.scores[name].dropna(), len(dataset)
        known = Figure("known", len(values), n=n), Figure("blank", n - len(values), n=n)
        ends = {"min_score": values.min(), "max_score": values.max()} if len(values) else {}
        yield Row((name,), (*known, *(Figure(end, float(value), n=len(values)) for end, value in ends.items())))


def _outcomes(dataset: Dataset, names: Sequence[str]) -> Iterator[Row]:
    for name in names:
        values = dataset.outcomes[name]
        n = int(values.notna().sum())
        events = Figure("events", int(values.sum()), n=n)
        yield Row((name,), (events, Figure("known", n, n=len(values)), Figure("blank", len(values) - n, n=len(values))))


def _groups(dataset: Dataset, names: Sequence[str]) -> Iterator[Row]:
    for name in names:
        counts = dataset.groups[name].fillna(BLANK_GROUP).value_counts().sort_index()
        for value, count in counts.items():
            yield Row((name, str(value)), (Figure("rows", int(count), n=len(dataset)),))
