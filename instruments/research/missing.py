"""How much a conclusion rests on what is done about blanks, as a report: left out, prorated, or any way at all."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.model import Item
from instruments.research.bounds import AreaBounds, Extreme, area_bounds, share_bounds, total_bounds
from instruments.research.dataset import Dataset
from instruments.research.figure_builders import area_figure, insufficient, section, share_figure
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.roc import Floats, area, count_scores
from instruments.research.scores import (
    PROTECTIVE_ABSENT,
    PUBLISHED,
    RISK_TOTAL,
    SUMMARY,
    as_numbers,
    find_outcome,
    scores_of,
)
from instruments.research.splitting import first_ratings

_NAMES = ("auc_complete", "auc_prorated", "auc_lowest", "auc_highest")


def missing(dataset: Dataset, outcome: str | None = None) -> Report:
    """Tell what every area is without those who have blanks, prorated, and at most and least whatever the blanks are.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.

    Returns
    -------
    Report
        By score the four areas; by summary rating the share with the outcome, left out and at least and most.

    Raises
    ------
    UnknownColumnError, InputError
    """
    dataset = first_ratings(dataset)
    name = find_outcome(dataset, outcome)
    known = dataset.outcomes[name]
    areas = (Row((score,), _areas(dataset, known, score)) for score in scores_of(dataset))
    sections = [section("missing_areas", ("score",), areas, "missing_areas", "missing_interval")]
    if dataset.summary_rating is not None:
        levels = _levels(dataset, known, dataset.summary_rating)
        sections.append(section("missing_shares", ("summary_level",), levels, "missing_shares"))
    about = dataset.about() | {
        "outcome": name,
        "outcome_blank": int(known.isna().sum()),
        "limits": limits().as_data("prorated_share"),
    }
    return Report("missing", about, tuple(sections))


def prorated(dataset: Dataset, score: str) -> "pd.Series[float]":
    """A total of items as the mean of those rated times all of them, where few enough are blank; else NaN.

    Parameters
    ----------
    score : str
        The name of a total of items.
    """
    items = items_of(dataset, score)
    counted = pd.DataFrame({item.id: dataset.counted(item) for item in items})
    total = counted.mean(axis=1) * len(items)
    return total.where(counted.isna().mean(axis=1) <= limits().prorated_share.value)


def items_of(dataset: Dataset, score: str) -> list[Item]:
    """The items that a total is summed of; none for a score that is not summed here."""
    if score in (RISK_TOTAL, PROTECTIVE_ABSENT):
        return [item for item in dataset.items if (item.kind == "risk") == (score == RISK_TOTAL)]
    return [item for item in dataset.items if item.domain == score and item.kind == "risk"]


def _areas(dataset: Dataset, outcome: "pd.Series[float]", score: str) -> tuple[Outcome, ...]:
    values = scores_of(dataset)[score]
    items = items_of(dataset, score)
    complete = _area(_NAMES[0], outcome, values)
    if items:
        low, high = total_bounds(dataset.ratings, items, dataset.instrument)
        by_rule = _area(_NAMES[1], outcome, prorated(dataset, score))
    else:
        reason = Fault("score-not-summed", "", {"name": score})
        by_rule = InsufficientEvidence(_NAMES[1], reason, len(values))
        if (ends := _ends(dataset, score)) is None and values.isna().any():  # nobody has said between what it lies
            unbounded = Fault("score-unbounded", "", {"name": score})
            return complete, by_rule, *(InsufficientEvidence(each, unbounded, len(values)) for each in _NAMES[2:])
        low, high = (np.asarray(values.fillna(end), dtype=np.float64) for end in ends or (0, 0))
    try:
        bounds = area_bounds(outcome, low, high)
    except InputError as error:
        return complete, by_rule, *insufficient(_NAMES[2:], error, len(values))
    return complete, by_rule, *_extremes(bounds, len(values))


def _ends(dataset: Dataset, score: str) -> tuple[float, float] | None:
    """Between what a score that is not summed here lies; None where nobody has said."""
    if score == SUMMARY:
        return 0.0, len(dataset.instrument.scales.risk) - 1.0
    scale = dataset.score_scales.get(score.removeprefix(PUBLISHED) if score not in dataset.scores else score)
    return scale.ends if scale is not None else None


def _extremes(bounds: AreaBounds, n: int) -> tuple[Figure, Figure]:
    """Both ends, the outer ends of their intervals being the limits over every number of outcomes."""
    low, high = bounds.ends
    limits_of_both = bounds.interval
    least, most = (None, None) if limits_of_both is None else limits_of_both
    inner = bounds.lowest.area.interval(), bounds.highest.area.interval()
    return (
        _extreme("auc_lowest", low, (least, inner[0] and inner[0][1]), bounds.lowest, n),
        _extreme("auc_highest", high, (inner[1] and inner[1][0], most), bounds.highest, n),
    )


def _extreme(name: str, value: float, ends: tuple[float | None, float | None], extreme: Extreme, n: int) -> Figure:
    # What an area says of its score, such as that it runs backwards, is not said of a score that nobody has.
    note = "bounded_with_gap" if extreme.gap > 0 else ""
    low, high = ends
    if low is None or high is None:
        return Figure(name, value, n=n, method=extreme.area.method, note=note)
    return Figure(name, value, min(low, value), max(high, value), n=n, method=extreme.area.method, note=note)


def _area(name: str, outcome: "pd.Series[float]", values: "pd.Series[float]") -> Outcome:
    known = outcome.notna() & values.notna()
    try:
        return area_figure(area(count_scores(outcome[known].to_numpy(), as_numbers(values[known]))), name=name)
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], int(known.sum()))


def _levels(dataset: Dataset, outcome: "pd.Series[float]", rating: "pd.Series[float]") -> Iterator[Row]:
    for code, level in enumerate(dataset.instrument.scales.risk):
        given: Floats = np.asarray(outcome[rating == code], dtype=np.float64)
        least, most, n = share_bounds(given)
        known = given[~np.isnan(given)]
        shares = ((int(known.sum()), len(known)), (least, n), (most, n))
        names = ("share_complete", "share_lowest", "share_highest")
        yield Row((level,), tuple(share_figure(name, *each) for name, each in zip(names, shares, strict=True)))
