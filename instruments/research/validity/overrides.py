"""Where the professional's judgement departs from what was suggested: how often, which way, why, and whether it helps.

What was suggested is either a column of its own (a recommendation), or, for a summary rating, the total of the risk
items in bands. No source sets such bands, so by default they give each level as many persons as the summary rating has:
then an override is a change of order and not of scale.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import BLANK_GROUP, first_group
from instruments.research.datasets.scores import RISK_TOTAL, find_outcome, find_score, left_out
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.roc import compare
from instruments.research.faults import ResearchWarning, UnknownColumnError
from instruments.research.figures.builders import (
    area_figure,
    difference_figure,
    insufficient,
    repeated_persons,
    section,
    share_figure,
)
from instruments.research.figures.figure import Figure, Report, Row


@dataclass(frozen=True)
class Judgement:
    """What was suggested and what was decided, where both are known.

    Parameters
    ----------
    suggested, decided : int64 arrays, shape (m,)
        Places in the order of the levels.
    order : tuple of str
        The levels, rising.
    rows : bool array, shape (n,)
        Of whom both are known.
    bands : tuple of float
        The least total of every level but the first; empty where a column says what was suggested.
    """

    suggested: NDArray[np.int64]
    decided: NDArray[np.int64]
    order: tuple[str, ...]
    rows: NDArray[np.bool_]
    bands: tuple[float, ...] = ()

    @property
    def moved(self) -> NDArray[np.int64]:
        """Levels by which the decision is above the suggestion; negative below."""
        return self.decided - self.suggested


def judgement_of(dataset: Dataset, bands: Sequence[float] = (), score: str = RISK_TOTAL) -> Judgement:
    """The summary rating beside a score in bands.

    Parameters
    ----------
    score : str
        By default the total of the risk items.
    bands : sequence of float
        The least total of every level but the first; by default as many persons a level as the summary rating has.

    Raises
    ------
    InputError
        If there is no summary rating or no one has both.
    """
    rating = dataset.summary_rating
    if rating is None:
        raise InputError([Fault("no-summary-rating", "")])
    total = find_score(dataset, score)
    rows = (rating.notna() & total.notna()).to_numpy()
    if not rows.any():
        raise InputError([Fault("nobody-with-both", "", {"first": score, "second": "summary_rating"})])
    order = dataset.instrument.scales.risk
    decided, totals = rating[rows].to_numpy().astype(np.int64), np.asarray(total[rows], dtype=np.float64)
    chosen = tuple(float(band) for band in bands) or _matched_bands(totals, decided, len(order))
    if len(chosen) != len(order) - 1 or sorted(chosen) != list(chosen):
        raise InputError([Fault("bad-bands", "", {"needed": len(order) - 1})])
    return Judgement(np.searchsorted(chosen, totals, side="right").astype(np.int64), decided, order, rows, chosen)


def _matched_bands(totals: NDArray[np.float64], decided: NDArray[np.int64], levels: int) -> tuple[float, ...]:
    """Bands in which as many as possible of the totals fall as of the ratings: a tie goes to the nearer number."""
    cuts = np.append(np.unique(totals), np.inf)
    below = np.searchsorted(np.sort(totals), cuts)
    return tuple(float(cuts[np.abs(below - (decided < level).sum()).argmin()]) for level in range(1, levels))


def judgement_from_columns(dataset: Dataset, suggested: str, decided: str, order: Sequence[str]) -> Judgement:
    """A suggestion and a decision that stand in columns of groups.

    Parameters
    ----------
    suggested, decided : str
        By the mapping's names.
    order : sequence of str
        Their values, rising.

    Raises
    ------
    UnknownColumnError
    InputError
        If a value is not in the order, or nobody has both.
    """
    codes = {level: float(place) for place, level in enumerate(order)}
    columns = []
    for name in (suggested, decided):
        if name not in dataset.groups:
            raise UnknownColumnError("", name=name, known=[str(each) for each in dataset.groups])
        values = dataset.groups[name]
        if unknown := sorted(set(values.dropna()) - set(codes)):
            raise InputError([Fault("level-not-in-order", f"column {name}", {"values": unknown, "order": list(order)})])
        columns.append(values.map(codes).astype("float64"))
    rows = (columns[0].notna() & columns[1].notna()).to_numpy()
    if not rows.any():
        raise InputError([Fault("nobody-with-both", "", {"first": suggested, "second": decided})])
    coded = [column[rows].to_numpy().astype(np.int64) for column in columns]
    return Judgement(coded[0], coded[1], tuple(order), rows)


def overrides(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    score: str = RISK_TOTAL,
    judgement: Judgement | None = None,
    reason: str | None = None,
    level: float = 0.95,
) -> Report:
    """How often and which way judgement departs from suggestion, by what reason, and with what validity.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        Without outcomes, nothing is said of validity.
    score : str
        What the summary rating stands beside, in bands; by default the total of the risk items.
    judgement : Judgement, optional
        What was suggested and decided, instead of these.
    reason : str, optional
        The column of groups with the reason for an override.
    level : float
        Confidence level.

    Raises
    ------
    UnknownColumnError, InputError
    """
    dataset = dataset if judgement is not None else first_ratings(dataset)
    judged = judgement if judgement is not None else judgement_of(dataset, score=score)
    noticed: list[ResearchWarning] = [*repeated_persons(dataset), *left_out(pd.Series(judged.rows), "")]
    sections = [
        section("override_rates", ("direction",), _rates(judged, level), *([] if judgement else ["matched_bands"])),
        section("override_table", ("suggested",), _table(judged)),
    ]
    if reason is not None:
        sections.append(section("override_reasons", ("reason",), _reasons(dataset, judged, reason, level)))
    name = None
    if len(dataset.outcomes.columns):
        name = find_outcome(dataset, outcome)
        happened = dataset.outcomes[name][judged.rows].to_numpy()
        sections.append(section("override_outcomes", ("direction",), _outcomes(judged, happened, level)))
        beside = _validity(judged, happened, level)
        sections.append(section("override_validity", ("beside",), (beside,), "paired_delong"))
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    about = {
        **dataset.about(),
        "outcome": name,
        "order": list(judged.order),
        "bands": [band if np.isfinite(band) else None for band in judged.bands],
    }
    return Report("overrides", about, tuple(sections), tuple(warning.fault for warning in noticed))


def _directions(judgement: Judgement) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield "any", judgement.moved != 0
    yield "raised", judgement.moved > 0
    yield "lowered", judgement.moved < 0
    yield "kept", judgement.moved == 0


def _rates(judgement: Judgement, level: float) -> Iterator[Row]:
    for direction, moved in _directions(judgement):
        cases = int(moved.sum())
        yield Row((direction,), (Figure("rows", cases, n=len(moved)), share_figure("share", cases, len(moved), level)))


def _table(judgement: Judgement) -> Iterator[Row]:
    for place, suggested in enumerate(judgement.order):
        here = judgement.decided[judgement.suggested == place]
        counts = (
            Figure(f"decided_{code}", int((here == code).sum()), n=len(here)) for code in range(len(judgement.order))
        )
        yield Row((suggested,), tuple(counts))


def _reasons(dataset: Dataset, judgement: Judgement, reason: str, level: float) -> Iterator[Row]:
    moved = judgement.moved
    given = first_group(dataset, reason)[judgement.rows][moved != 0]
    ups = moved[moved != 0] > 0
    for value in sorted(given.unique(), key=lambda each: (each == BLANK_GROUP, each)):
        here = (given == value).to_numpy()
        n = int(here.sum())
        raised = share_figure("raised", int(ups[here].sum()), n, level)
        yield Row((str(value),), (Figure("rows", n, n=len(here)), share_figure("share", n, len(here), level), raised))


def _outcomes(judgement: Judgement, happened: NDArray[np.float64], level: float) -> Iterator[Row]:
    known = ~np.isnan(happened)
    for direction, moved in _directions(judgement):
        here = happened[moved & known]
        events = int(here.sum())
        yield Row(
            (direction,), (Figure("events", events, n=len(here)), share_figure("share", events, len(here), level))
        )


def _validity(judgement: Judgement, happened: NDArray[np.float64], level: float) -> Row:
    """The decision beside the suggestion: validity with the overrides and without them."""
    known = ~np.isnan(happened)
    names = ("auc_with", "auc_without", "auc_difference")
    n = int(known.sum())
    try:
        both = compare(happened[known], judgement.decided[known], judgement.suggested[known])
    except InputError as error:
        return Row(("suggested",), insufficient(names, error, n))
    gap = difference_figure(both, level)
    areas = (area_figure(both.first, level, "auc_with"), area_figure(both.second, level, "auc_without"))
    return Row(("suggested",), (*areas, gap))
