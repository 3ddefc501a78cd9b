"""The scores that a data set holds: totals of its items, the professional's summary rating, and published scores.

Every score runs so that a higher one should mean more of the outcome: protective items are counted where absent. A
total is known only of those rated on all of its items; nothing is imputed. Totals are for research: the service never
shows one.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.roc import Floats
from instruments.research.faults import DroppedRowsWarning, UnknownColumnError

RISK_TOTAL, PROTECTIVE_ABSENT, SUMMARY = "risk_total", "protective_absent", "summary_rating"
#: Before the name of a published score that is called like one of ours.
PUBLISHED = "published_"


def scores_of(dataset: Dataset) -> dict[str, "pd.Series[float]"]:
    """Every score by name, NaN where it is not known.

    Returns
    -------
    dict
        ``risk_total``, ``protective_absent``, the total of each domain by its id, ``summary_rating`` (0 low, 1
        moderate, 2 high), and published scores by the mapping's names (``published_…`` where that name is
        taken).
    """
    scores: dict[str, pd.Series[float]] = {}
    if dataset.risk_items:
        scores[RISK_TOTAL] = _sum(dataset.ratings[dataset.risk_items])
    if dataset.protective_items:
        protective = [item for item in dataset.items if item.kind == "protective"]
        scores[PROTECTIVE_ABSENT] = _sum(pd.DataFrame({item.id: dataset.counted(item) for item in protective}))
    for domain in dataset.instrument.domains:
        items = [item.id for item in dataset.items if item.domain == domain.id and item.kind == "risk"]
        if items and items != dataset.risk_items:
            scores[domain.id] = _sum(dataset.ratings[items])
    if dataset.summary_rating is not None:
        scores[SUMMARY] = dataset.summary_rating
    for name in map(str, dataset.scores):
        scores[PUBLISHED + name if name in scores else name] = dataset.scores[name]
    return scores


def find_score(dataset: Dataset, name: str) -> "pd.Series[float]":
    """A score by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = scores_of(dataset)
    if name not in known:
        raise InputError([Fault("unknown-score", "", {"name": name, "known": sorted(known)})])
    return known[name]


def main_score(dataset: Dataset) -> str:
    """The score that is meant where none was asked for: the total of the risk items, or the only one that there is.

    Raises
    ------
    InputError
        If there is no such total, and no score or several.
    """
    known = list(scores_of(dataset))
    if RISK_TOTAL in known or len(known) == 1:
        return RISK_TOTAL if RISK_TOTAL in known else known[0]
    raise InputError([Fault("score-not-chosen", "", {"known": known}) if known else Fault("nothing-to-hold", "")])


def ends_of(dataset: Dataset, score: str) -> tuple[float, float] | None:
    """Between what a score that is not summed here lies; None where nobody has said."""
    if score == SUMMARY:
        return 0.0, len(dataset.instrument.scales.risk) - 1.0
    scale = dataset.score_scales.get(score.removeprefix(PUBLISHED) if score not in dataset.scores else score)
    return scale.ends if scale is not None else None


def require_cut(dataset: Dataset, score: str, cut: float | None) -> None:
    """Refuse a cut that a score cannot have.

    Raises
    ------
    InputError
        ``cut-off-range``, with the ends of the score.
    """
    ends = ends_of(dataset, score)
    if cut is not None and ends is not None and not ends[0] <= cut <= ends[1]:
        told = {"name": score, "cut": f"{cut:g}", "low": f"{ends[0]:g}", "high": f"{ends[1]:g}"}
        raise InputError([Fault("cut-off-range", "", told)])


def find_outcome(dataset: Dataset, name: str | None) -> str:
    """The name of an outcome; without one asked for, the only one that there is.

    Raises
    ------
    InputError
        If there is none, or several and none was asked for.
    UnknownColumnError
    """
    known = [str(each) for each in dataset.outcomes]
    if not known:
        raise InputError([Fault("no-outcomes", "")])
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        raise InputError([Fault("outcome-not-chosen", "", {"known": known})])
    if name not in known:
        raise UnknownColumnError("", name=name, known=known)
    return name


def known_rows(*columns: "pd.Series[Any]") -> "pd.Series[bool]":
    """The rows on which every column is known."""
    return pd.concat(columns, axis=1).notna().all(axis=1)


def left_out(known: "pd.Series[bool]", where: str) -> list[DroppedRowsWarning]:
    """A warning where some rows are not known.

    Parameters
    ----------
    known : Series of bool
        A value a row.
    where : str
        The column that they are left out for; empty for several.
    """
    rows = int((~known).sum())
    return [DroppedRowsWarning(where, rows=rows, of=len(known))] if rows else []


def as_numbers(score: "pd.Series[float]") -> NDArray[np.float64] | NDArray[np.int64]:
    """A score without gaps as an array of shape (n,); whole numbers as such, which are counted faster."""
    values = np.asarray(score, dtype=np.float64)
    whole: NDArray[np.int64] = values.astype(np.int64)
    return whole if (whole == values).all() else values


def _sum(items: pd.DataFrame) -> "pd.Series[float]":
    return items.sum(axis=1, skipna=False)


def as_columns(scores: Mapping[str, "pd.Series[float]"], rows: "pd.Series[bool]") -> dict[str, Floats]:
    """Some scores on some rows, as float64 arrays of shape (rows that are taken,)."""
    return {name: np.asarray(score[rows], dtype=np.float64) for name, score in scores.items()}
