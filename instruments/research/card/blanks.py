"""Whoever lacks what an analysis needs, where so few of them had the outcome that it would tell how it went for them.

An analysis of those whose score is known, less from the numbers of everybody on the same card, tells of those whose
score is blank. So few of them leave the whole card, and what remains of it rests on the same people.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import groups_of
from instruments.research.datasets.scores import find_score, scores_of
from instruments.research.datasets.splitting import first_ratings, select
from instruments.research.limits import limits


def leave_out_few_blanks(dataset: Dataset, outcome: str) -> Dataset:
    """Leave out every rating of those who lack a score, or what is known of their follow-up, where they are few.

    Of everybody and of every group: those who lack one thing, and those who lack it but not another, are none or not
    few, with the outcome and without it.

    Parameters
    ----------
    outcome : str
        The outcome that the scores are held against; of whom it is not known, nothing can be told.
    """
    while (persons := next(_few(dataset, outcome), None)) is not None:
        dataset = select(dataset, ~dataset.persons.isin(persons))
    return dataset


def _few(dataset: Dataset, outcome: str) -> Iterator["pd.Series[str]"]:
    """Persons of whom few had the outcome, or had it not, and who lack the same."""
    data = first_ratings(dataset)
    if not len(data):  # everybody has left
        return
    happened, least = data.outcomes[outcome], limits().whole("small_count")
    blanks = list(_lacking(data, outcome))
    lacking = np.array(blanks, dtype=np.bool_).reshape(len(blanks), len(data))
    # of those who lack one thing: all, and those who do not lack another
    parts = np.vstack([np.full(len(data), True), ~lacking]).astype(np.int64)
    among = [happened.notna()]
    if len(data.groups.columns):
        among += [happened.notna() & group.rows for group in groups_of(data, crossed=False)]
    for rows in among:
        had, had_not = ((lacking & (rows & (happened == each)).to_numpy()) @ parts.T for each in (1, 0))
        for one, part in np.argwhere(((had > 0) & (had < least)) | ((had_not > 0) & (had_not < least))):
            yield data.persons[rows.to_numpy() & lacking[one] & (parts[part] == 1)]


def _lacking(data: Dataset, outcome: str) -> Iterator["pd.Series[bool]"]:
    columns = [*scores_of(data).values()]
    columns += [frame[outcome] for frame in (data.verified, data.treated) if frame is not None and outcome in frame]
    for blank in (column.isna() for column in columns):
        if blank.any():
            yield blank


def require_not_few(dataset: Dataset, outcome: str, score: str) -> None:
    """Refuse a card where few who have the score had the outcome, or had it not, or nobody.

    Its words and its tables tell of all of them: where they fared alike, how it went for each.

    Raises
    ------
    InputError
    """
    data, least = first_ratings(dataset), limits().whole("small_count")
    happened = data.outcomes[outcome][find_score(data, score).notna()].dropna()
    if min((happened == 1).sum(), (happened != 1).sum()) < least:
        raise InputError([Fault("card-of-few", "outcome", {"name": outcome, "least": least})])


def is_few(happened: "pd.Series[float]", least: int) -> bool:
    """Whether few had an outcome that is known, or had it not."""
    events = int((happened == 1).sum())
    return 0 < events < least or 0 < int(happened.notna().sum()) - events < least
