"""Decision curves: what acting on a probability is worth, beside acting on everyone or on no one.

Net benefit = true positives / n - false positives / n x odds of the threshold. Vickers & Elkin (2006), Medical Decision
Making 26, 565-574. The figures are those of the package dcurves; what is added is an interval.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.calibration.measures import read_judged
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.resampling import Resampling, draw_counts, in_blocks
from instruments.research.estimation.roc import Floats


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit by threshold.

    Parameters
    ----------
    thresholds : float64 array, shape (k,)
        The probability from which one would act: at 0.2, one false alarm is held to cost a quarter of a missed case.
    net_benefit, low, high : float64 arrays, shape (k,)
    act_on_all : float64 array, shape (k,)
        Acting on no one is 0 everywhere.
    """

    thresholds: Floats
    net_benefit: Floats
    low: Floats | None
    high: Floats | None
    act_on_all: Floats


def decision_curve(
    outcome: Any,
    probability: Any,
    thresholds: Any,
    *,
    level: float = 0.95,
    resampling: Resampling | None = None,
    clusters: Clusters | None = None,
) -> DecisionCurve:
    """Net benefit at some thresholds, with a pointwise bootstrap interval.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    probability : array of numbers from 0 to 1, shape (n,)
    thresholds : array of numbers above 0 and below 1, shape (k,)
    level : float
        Confidence level.
    resampling : Resampling, optional
        Of persons, who are not stratified; without draws there are no intervals.
    clusters : Clusters, optional
        Of the persons; whole clusters are then drawn.

    Raises
    ------
    ConstantOutcomeError, InputError
    """
    how = resampling or Resampling()
    happened, chance = read_judged(outcome, probability)
    cuts = np.asarray(thresholds, dtype=np.float64)
    if cuts.ndim != 1 or not cuts.size or not ((cuts > 0) & (cuts < 1)).all() or (np.diff(cuts) <= 0).any():
        raise InputError([Fault("bad-thresholds", "thresholds")])
    # between two thresholds everyone counts alike, so that a few counts stand for all persons
    cells = np.searchsorted(cuts, chance, side="right")
    cells, number = cells + (len(cuts) + 1) * happened, 2 * (len(cuts) + 1)
    counts = np.bincount(cells, minlength=number)
    net_benefit = _net_benefits(counts[None], cuts)[0]
    base = happened.mean()
    act_on_all = base - (1 - base) * cuts / (1 - cuts)
    if not how.draws:
        return DecisionCurve(cuts, net_benefit, None, None, act_on_all)
    counts = counts if clusters is None else clusters.counts(cells, number)
    drawn = np.concatenate(in_blocks(_draw_benefits, how, counts, cuts))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return DecisionCurve(cuts, net_benefit, low, high, act_on_all)


def _net_benefits(counts: Any, cuts: Floats) -> Floats:
    without, with_outcome = counts.reshape(len(counts), 2, -1).transpose(1, 0, 2)
    n = counts.sum(axis=1)[:, None]
    alarms, hits = (each[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:] for each in (without, with_outcome))
    return np.asarray(hits / n - alarms / n * cuts / (1 - cuts))


def _draw_benefits(random: np.random.Generator, size: int, counts: Any, cuts: Floats) -> Floats:
    return _net_benefits(draw_counts(random, size, counts), cuts)
