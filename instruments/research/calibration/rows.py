"""Rows of the report on calibration: what is told of probabilities once they have been judged."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from scipy.special import expit

from instruments.faults import Fault, InputError
from instruments.research.calibration.decision_curves import DecisionCurve
from instruments.research.calibration.holdouts import HeldOut
from instruments.research.calibration.measures import Calibration, Estimate, ReliabilityCurve
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.sandwich import sandwich
from instruments.research.estimation.intervals import reach_of
from instruments.research.estimation.outcomes import Truths
from instruments.research.estimation.roc import Floats
from instruments.research.figures.builders import insufficient
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row
from instruments.research.limits import limits

#: The thresholds of the decision curve that the table has.
_IN_THE_TABLE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
Judged = tuple[str, Calibration | InputError]
_NAMES = ("in_the_large", "slope", "intercept", "observed_to_expected", "brier", "scaled_brier")


def calibration_row(label: str, judgement: Calibration | InputError, level: float) -> Row:
    """Every figure of the calibration of some probabilities."""
    if isinstance(judgement, InputError):
        return Row((label,), insufficient(_NAMES, judgement, 0))
    is_thin = min(judgement.events, judgement.n - judgement.events) < limits().calibration_events.value
    note = "few_for_calibration" if is_thin else judgement.clusters.note if judgement.clusters is not None else ""
    estimates: Mapping[str, Estimate | None] = {
        "in_the_large": judgement.in_the_large,
        "slope": judgement.slope,
        "intercept": judgement.intercept,
        "observed_to_expected": judgement.observed_to_expected,
        "brier": judgement.brier,
    }
    certain = Fault("certain-probabilities", "", {"count": judgement.certain})
    figures: list[Outcome] = [
        Figure(name, each.value, each.low, each.high, level, judgement.n, judgement.intervals[name], note)
        if each is not None
        else InsufficientEvidence(name, certain, judgement.n)
        for name, each in estimates.items()
    ]
    return Row((label,), (*figures, Figure("scaled_brier", judgement.scaled_brier, n=judgement.n)))


def brier_rows(judged: list[Judged]) -> Iterator[Row]:
    """The parts of each Brier score."""
    for label, judgement in judged:
        if isinstance(judgement, Calibration):
            parts = {"brier": judgement.brier.value, "miscalibration": judgement.miscalibration,
                     "discrimination": judgement.discrimination, "uncertainty": judgement.uncertainty}  # fmt: skip
            ends = (judgement.brier.low, judgement.brier.high)
            whole, *others = (Figure(name, part, n=judgement.n) for name, part in parts.items())
            yield Row(
                (label,), (replace(whole, low=ends[0], high=ends[1], method=judgement.intervals["brier"]), *others)
            )


def chosen_rows(best: HeldOut) -> Iterator[Row]:
    """In how many folds each calibrator was chosen."""
    fits = sum(best.chosen.values())
    for name, times in sorted(best.chosen.items(), key=lambda each: -each[1]):
        yield Row((name,), (Figure("folds", times, n=fits),))


def decision_rows(curve: DecisionCurve, best: HeldOut, level: float, method: str) -> Iterator[Row]:
    """Net benefit at some thresholds, with an interval by ``method``."""
    n = int(best.rows.sum())
    for threshold in _IN_THE_TABLE:
        place = int(np.abs(curve.thresholds - threshold).argmin())
        low, high = (None if end is None else float(end[place]) for end in (curve.low, curve.high))
        benefit = Figure("net_benefit", curve.net_benefit[place], low, high, level, n, "" if low is None else method)
        yield Row((f"{threshold:g}",), (benefit, Figure("act_on_all", curve.act_on_all[place], n=n)))


def points_of(curve: ReliabilityCurve | DecisionCurve) -> dict[str, list[float]]:
    """The points of a curve, for the details of a report."""
    return {name: points.tolist() for name, points in vars(curve).items() if points is not None}


def coefficient_figures(
    line: tuple[float, float],
    covariance: Floats,
    happened: Truths,
    scores: Floats,
    clusters: Clusters | None,
    level: float,
) -> Iterator[Figure]:
    """The intercept of log odds and, if it was fitted, their slope, with intervals from a covariance or of clusters.

    Parameters
    ----------
    line : (float, float)
        Intercept and slope.
    covariance : array, shape (1, 1) or (2, 2)
        Of the intercept alone, or of both.
    """
    reach, method, note = reach_of(level), "logistic", ""
    if clusters is not None:
        errors = happened - expit(line[0] + line[1] * scores)
        covariance = sandwich(covariance, scores[:, None][:, : len(covariance) - 1], errors, clusters)
        reach, method, note = reach_of(level, clusters.count - 1), "logistic_clusters", clusters.note
    for name, value, error in zip(("intercept", "slope"), line, np.sqrt(np.diag(covariance)), strict=False):
        yield Figure(name, value, value - reach * error, value + reach * error, level, len(scores), method, note)
