"""Whether the people, or what scores mean, have changed since an earlier time: with a verdict by cited limits.

The population stability index sums (later - earlier) x ln(later / earlier) over the shares of each level. It is never
0 by chance alone: without any change it is about chi-square with one degree of freedom less than there are levels,
times 1/n1 + 1/n2 (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14(4), 89-100), and so each index is told
with what chance would give.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from instruments.faults import Fault, InputError
from instruments.research.calibration.measures import Calibration, Estimate, calibration
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import first_group
from instruments.research.datasets.scores import as_numbers, find_outcome, find_score, left_out, main_score, scores_of
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.outcomes import require_both_classes
from instruments.research.estimation.roc import area, count_scores
from instruments.research.faults import ResearchWarning
from instruments.research.figures.builders import (
    area_figure,
    independent_difference_figure,
    insufficient,
    repeated_persons,
    section,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import Limits, limits

#: A score with more levels than this is cut into as many parts with equally many of the earlier persons.
_MOST_LEVELS = 10
#: Persons are added in all to the levels of either time, in equal parts, so that an empty level has a logarithm.
_ADDED = 0.5
#: What is said of a calibration of which several things are known.
_WORST_FIRST = ("calibration_drifted", "calibration_open", "calibration_holds")


@dataclass(frozen=True)
class Stability:
    """How the shares of some levels have moved.

    Parameters
    ----------
    index : float
        The population stability index.
    by_chance : float
        What it stays below in so large a share of samples without any change.
    levels : int
    n : int
        Persons at both times together.
    """

    index: float
    by_chance: float
    levels: int
    n: int


def stability(earlier: Any, later: Any, level: float = 0.95) -> Stability:
    """The population stability index of two samples of levels.

    Parameters
    ----------
    earlier, later : arrays of labels or numbers, without blanks
        Numbers with more than ten levels are cut at the deciles of the earlier ones.
    level : float
        Share of samples without change that stay below ``by_chance``.

    Raises
    ------
    InputError
        If either is empty.
    """
    first, second = np.asarray(earlier), np.asarray(later)
    if not first.size or not second.size:
        raise InputError([Fault("nobody-at-a-time", "", {"earlier": int(first.size), "later": int(second.size)})])
    if first.dtype.kind in "iuf" and len(np.unique(first)) > _MOST_LEVELS:
        cuts = np.unique(np.quantile(first, np.linspace(0, 1, _MOST_LEVELS + 1)[1:-1]))
        first, second = np.searchsorted(cuts, first, side="right"), np.searchsorted(cuts, second, side="right")
    names, cells = np.unique(np.concatenate([first, second]), return_inverse=True)
    k = len(names)
    counts = [np.bincount(part, minlength=k) for part in np.split(cells, [len(first)])]
    shares = [(each + _ADDED / k) / (each.sum() + _ADDED) for each in counts]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    by_chance = float(chi2.ppf(level, k - 1)) * (1 / len(first) + 1 / len(second)) if k > 1 else 0.0
    return Stability(index, by_chance, k, len(first) + len(second))


def drift(
    earlier: Dataset,
    later: Dataset,
    outcome: str | None = None,
    *,
    score: str | None = None,
    groups: Sequence[str] = (),
    level: float = 0.95,
) -> Report:
    """How people and scores have changed, with a verdict on each.

    Parameters
    ----------
    earlier, later : Dataset
        Of the same instrument.
    outcome : str, optional
        Without outcomes, nothing is said of calibration.
    score : str, optional
        Of `scores_of`: whose calibration is looked at; by default that of `scores.main_score`.
    groups : sequence of str
        Columns whose make-up is looked at; by default all.
    level : float
        Confidence level.

    Raises
    ------
    UnknownColumnError, InputError
    """
    earlier, later = first_ratings(earlier), first_ratings(later)
    known = limits()
    noticed: list[ResearchWarning] = [*repeated_persons(earlier), *repeated_persons(later)]
    sections = [
        section("score_stability", ("score", "verdict"), _scores(earlier, later, level, known), "stability_index"),
        section("item_stability", ("item", "verdict"), _items(earlier, later, level, known)),
        section("group_stability", ("group", "verdict"), _groups(earlier, later, groups, level, known)),
    ]
    name = None
    if len(later.outcomes.columns):
        name, score = find_outcome(later, outcome), score or main_score(later)
        for each, when in ((earlier, "earlier"), (later, "later")):
            noticed += left_out(each.outcomes[name].notna() & find_score(each, score).notna(), when)
        sections.append(
            section(
                "calibration_drift",
                ("score", "verdict"),
                _calibration(earlier, later, name, score, level, known),
                "carried_over",
            )
        )
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    limits_used = known.as_data(
        "stability_moderate",
        "stability_large",
        "calibration_in_the_large",
        "calibration_slope_low",
        "calibration_slope_high",
    )
    about = {**later.about(), "earlier_rows": len(earlier), "outcome": name, "score": score, "limits": limits_used}
    shown = tuple(each for each in sections if each.rows)
    return Report("drift", about, shown, tuple(warning.fault for warning in noticed))


def _stability_row(label: str, earlier: Any, later: Any, level: float, known: Limits) -> Row:
    names = ("stability_index", "by_chance", "levels")
    try:
        change = stability(earlier, later, level)
    except InputError as error:
        return Row((label, "drift_open"), insufficient(names, error, 0))
    verdict = "drift_none"
    if change.index > change.by_chance:
        is_large = change.index >= known.stability_large.value
        is_moderate = change.index >= known.stability_moderate.value
        verdict = "drift_large" if is_large else "drift_moderate" if is_moderate else "drift_small"
    return Row(
        (label, verdict),
        (
            Figure("stability_index", change.index, n=change.n, method="stability_index"),
            Figure("by_chance", change.by_chance, n=change.n),
            Figure("levels", change.levels, n=change.n),
        ),
    )


def _scores(earlier: Dataset, later: Dataset, level: float, known: Limits) -> Iterator[Row]:
    before, after = scores_of(earlier), scores_of(later)
    for name in after:
        if name in before:
            yield _stability_row(name, before[name].dropna(), after[name].dropna(), level, known)


def _items(earlier: Dataset, later: Dataset, level: float, known: Limits) -> Iterator[Row]:
    """By item, a blank as a level of its own: to leave more unknown is a change, too."""
    for item in later.ratings:
        if item in earlier.ratings:
            before, after = (each.ratings[item].fillna(-1) for each in (earlier, later))
            yield _stability_row(str(item), before, after, level, known)


def _groups(earlier: Dataset, later: Dataset, names: Sequence[str], level: float, known: Limits) -> Iterator[Row]:
    for name in list(dict.fromkeys(names)) or [str(each) for each in later.groups]:
        if name not in names and name not in earlier.groups:
            continue
        before, after = (first_group(each, name).astype(str) for each in (earlier, later))
        yield _stability_row(name, before, after, level, known)


def _calibration(
    earlier: Dataset, later: Dataset, outcome: str, score: str, level: float, known: Limits
) -> Iterator[Row]:
    """A calibration of the earlier persons, carried over to the later."""
    names = ("in_the_large", "slope", "auc_earlier", "auc_later", "auc_change")
    (happened, scores), (happened_later, scores_later) = (_known(each, outcome, score) for each in (earlier, later))
    n = len(happened_later)
    try:
        require_both_classes(happened_later)
        least = known.events_per_parameter.value
        carried = LogisticCalibrator(events_per_parameter=least, strict=True).fit(scores[:, None], happened)
        carried_over = calibration(happened_later, carried.predict_proba(scores_later[:, None])[:, 1], level)
        both = ((happened, scores), (happened_later, scores_later))
        areas = [area(count_scores(outcomes, as_numbers(pd.Series(each)))) for outcomes, each in both]
    except InputError as error:
        yield Row((score, "calibration_open"), insufficient(names, error, n))
        return
    tolerated = known.calibration_in_the_large.value
    slopes = known.calibration_slope_low.value, known.calibration_slope_high.value
    judged = (
        _judged("in_the_large", carried_over.in_the_large, carried_over, level),
        _judged("slope", carried_over.slope, carried_over, level),
    )
    verdicts = [_verdict(carried_over.in_the_large, -tolerated, tolerated), _verdict(carried_over.slope, *slopes)]
    verdict = next(each for each in _WORST_FIRST if each in verdicts)
    gap = independent_difference_figure(areas[1], areas[0], level, "auc_change")
    area_figures = (
        area_figure(each, level, name) for each, name in zip(areas, ("auc_earlier", "auc_later"), strict=True)
    )
    yield Row((score, verdict), (*judged, *area_figures, gap))


def _judged(name: str, estimate: Estimate | None, judged: Calibration, level: float) -> Outcome:
    if estimate is None:  # a logistic curve reaches 0 or 1 only by the limits of a number
        return InsufficientEvidence(name, Fault("certain-probabilities", "", {"count": judged.certain}), judged.n)
    return Figure(name, estimate.value, estimate.low, estimate.high, level, judged.n, "logistic")


def _known(dataset: Dataset, outcome: str, score: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    happened, scores = dataset.outcomes[outcome], find_score(dataset, score)
    rows = happened.notna() & scores.notna()
    return np.asarray(happened[rows], dtype=np.float64), np.asarray(scores[rows], dtype=np.float64)


def _verdict(estimate: Estimate | None, low: float, high: float) -> str:
    """Whether an interval lies within what is tolerated, outside it, or across its ends."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "calibration_open"
    if low <= estimate.low and estimate.high <= high:
        return "calibration_holds"
    return "calibration_drifted" if estimate.high < low or estimate.low > high else "calibration_open"
