"""Any metric for each group: the one that a study chose, not the ones that a report happens to have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.groupings import BLANK_GROUP, CROSS
from instruments.research.dependence.auditing import too_small
from instruments.research.estimation.intervals import LEVEL
from instruments.research.estimation.resampling import Resampling, in_blocks, require_draws
from instruments.research.estimation.roc import Floats
from instruments.research.fairness.frames import figures_frame, groups_frame, name_of
from instruments.research.fairness.redrawing import Measured, Metric, Rows, draw_measured
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits

#: What the extremes are held against: the other extreme, or everybody.
Against = Literal["between_groups", "to_overall"]


@dataclass(frozen=True)
class _Drawn:
    """The metrics of one group, or of everybody.

    Parameters
    ----------
    n : int
    values : float64 array, shape (metrics,)
        NaN where a metric is not defined.
    draws : float64 array, shape (draws, metrics)
    """

    n: int
    values: Floats
    draws: Floats


class MetricByGroup:
    """One metric or several for each group, with its n, its interval and, where there are too few, the reason.

    The form is that of fairlearn's ``MetricFrame``. Intervals are percentiles of a bootstrap within groups; those of
    differences and ratios hold for every two groups together (Bonferroni), since the extremes are picked out
    afterwards. Rows are taken as independent.

    Parameters
    ----------
    metrics : callable or dict of str to callable
        ``metric(y_true, y_pred)``, or with ``sample_weight``: any metric of scikit-learn.
    y_true, y_pred : arrays, shape (n,) or, of the second, (n, columns)
    groups : array, Series, dict or DataFrame, shape (n,) or (n, columns)
        Of several columns the groups are the intersections that occur; a blank is a group of its own.
    sample_weight : array, shape (n,), optional
        Handed to every metric.
    resampling : Resampling, optional
        0 draws leave out the intervals; stratified holds how many of each group have which of two outcomes.
    group_size : float, optional
        Below which a group is insufficient evidence; by default that in ``limits.yaml``.
    level : float
        Confidence level.

    Raises
    ------
    InputError
        If lengths differ, there are no groups, truth, predictions or weights have blanks, weights are negative or
        endless, the level is not between 0 and 1, or a metric is none or does not take these data or weights.

    References
    ----------
    Weerts, H., Dudík, M., Edgar, R., Jalali, A., Lutz, R. & Madaio, M. (2023). Fairlearn: assessing and improving
    fairness of AI systems. Journal of Machine Learning Research 24(257), 1-8.
    Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap. Chapman & Hall, ch. 13.

    Examples
    --------
    >>> from sklearn.metrics import accuracy_score
    >>> happened, flagged, place = [0, 1] * 40, [0, 1, 1, 1] * 20, ["north"] * 36 + ["south"] * 36 + ["island"] * 8
    >>> told = MetricByGroup(accuracy_score, happened, flagged, groups=place)
    >>> told.by_group.xs("accuracy_score", level="metric")["n"].to_dict()
    {'island': 8, 'north': 36, 'south': 36}
    >>> told.by_group.loc[("island", "accuracy_score"), "insufficient_evidence"]
    'group-too-small'
    >>> float(told.difference().loc["accuracy_score", "value"])
    0.0
    """

    def __init__(
        self,
        metrics: Metric | Mapping[str, Metric],
        y_true: Any,
        y_pred: Any,
        *,
        groups: Any,
        sample_weight: Any = None,
        resampling: Resampling | None = None,
        group_size: float | None = None,
        level: float = LEVEL,
    ) -> None:
        named = dict(metrics) if isinstance(metrics, Mapping) else {name_of(metrics): metrics}
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self.group_size = limits().group_size.value if group_size is None else group_size
        self._measured = Measured(named, np.asarray(y_true), np.asarray(y_pred), weights, self.group_size)
        self._groups = groups_frame(groups)
        self.level = level
        self.resampling = Resampling() if resampling is None else resampling
        self._check()

    @property
    def overall(self) -> pd.DataFrame:
        """Everybody together: a row for each metric."""
        return figures_frame(("metric",), self._overall)

    @property
    def by_group(self) -> pd.DataFrame:
        """A row for each group and metric, indexed by both."""
        return figures_frame(self._levels, self._by_group)

    def group_min(self) -> pd.DataFrame:
        """The group that has the least of each metric: a row for each metric."""
        return figures_frame(self._levels, self._extremes(0, "metric_least"))

    def group_max(self) -> pd.DataFrame:
        """The group that has the most of each metric: a row for each metric."""
        return figures_frame(self._levels, self._extremes(-1, "metric_most"))

    def difference(self, against: Against = "between_groups") -> pd.DataFrame:
        """The largest difference of each metric: a row for each metric.

        Parameters
        ----------
        against : {"between_groups", "to_overall"}
            The most less the least, or the largest distance from everybody together.
        """
        return figures_frame(("metric",), self._compared("metric_difference", against, np.subtract))

    def ratio(self, against: Against = "between_groups") -> pd.DataFrame:
        """The smallest ratio of each metric: a row for each metric.

        Parameters
        ----------
        against : {"between_groups", "to_overall"}
            The least in parts of the most, or the ratio to everybody together that is farthest from 1.
        """
        return figures_frame(("metric",), self._compared("metric_ratio", against, np.divide))

    def report(self) -> Report:
        """All of it as a report, which a notebook shows in words."""
        about = {"rows": len(self._groups), "group_size": self.group_size, "limits": limits().as_data("group_size")}
        difference = self._compared("metric_difference", "between_groups", np.subtract)
        ratio = self._compared("metric_ratio", "between_groups", np.divide)
        column = CROSS.join(self._levels[:-1])
        groups = (Row((column, CROSS.join(row.labels[:-1]), row.labels[-1]), row.figures) for row in self._by_group)
        sections = (
            section("metric_overall", ("metric",), self._overall),
            section("metric_by_group", ("group", "members", "metric"), groups),
            section("metric_difference", ("metric",), difference, "simultaneous_groups"),
            section("metric_ratio", ("metric",), ratio, "simultaneous_groups"),
        )
        return Report("metric_by_group", about, sections)

    @property
    def _levels(self) -> tuple[str, ...]:
        return (*map(str, self._groups), "metric")

    def _check(self) -> None:
        n = len(self._measured.truth)
        lengths = {"y_pred": len(self._measured.predicted), "groups": len(self._groups)}
        if self._measured.weights is not None:
            lengths["sample_weight"] = len(self._measured.weights)
        wrong = [
            Fault("length-differs", name, {"n": length, "needed": n}) for name, length in lengths.items() if length != n
        ]
        wrong += self._measured.refuse_values()
        if not 0 < self.level < 1:
            wrong.append(Fault("level-off-range", "level", {"value": self.level}))
        if wrong:
            raise InputError(wrong)
        if not n or not self._groups.columns.size or not self._measured.metrics:
            raise InputError([Fault("no-groups", "groups")])
        if wrong := [*self._measured.refuse_weights()] or [*self._measured.refuse_metrics()]:
            raise InputError(wrong)
        if self.resampling.draws:
            require_draws(self.resampling.draws)

    @cached_property
    def _cells(self) -> dict[tuple[str, ...], Rows]:
        """The rows of every group, in the order of their names, blanks last."""
        found = self._groups.groupby(list(self._groups), sort=False).indices
        cells = {key if isinstance(key, tuple) else (key,): np.asarray(rows) for key, rows in found.items()}
        return {key: cells[key] for key in sorted(cells, key=lambda each: (BLANK_GROUP in each, each))}

    @cached_property
    def _drawn(self) -> dict[tuple[str, ...], _Drawn]:
        """By group what was measured and drawn; everybody together under the empty name."""
        names, rows = list(self._measured.metrics), list(self._cells.values())
        parts = [list(range(len(rows))), *([place] for place in range(len(rows)))]
        if self.resampling.draws:
            cells = [self._strata(each) for each in rows]
            blocks = in_blocks(draw_measured, self.resampling, self._measured, cells, parts)
            draws = np.concatenate(blocks)
        else:
            draws = np.empty((0, len(parts), len(names)))
        of_part = [np.concatenate([rows[cell] for cell in part]) for part in parts]
        return {
            key: _Drawn(len(each), np.array([self._measured.of(name, each) for name in names]), draws[:, place])
            for place, (key, each) in enumerate(zip(((), *self._cells), of_part, strict=True))
        }

    def _strata(self, rows: Rows) -> list[Rows]:
        truth = self._measured.truth[rows]
        levels = np.unique(truth) if truth.ndim == 1 else ()
        if not self.resampling.stratified or len(np.unique(self._measured.truth)) != 2:
            return [rows]
        return [rows[truth == each] for each in levels]

    @cached_property
    def _overall(self) -> list[Row]:
        return [Row((name,), (self._figure(self._drawn[()], place),)) for place, name in self._places]

    @cached_property
    def _by_group(self) -> list[Row]:
        return [
            Row((*key, name), (self._figure(self._drawn[key], place),))
            for key in self._cells
            for place, name in self._places
        ]

    @property
    def _places(self) -> list[tuple[int, str]]:
        return list(enumerate(self._measured.metrics))

    def _figure(self, drawn: _Drawn, place: int, name: str = "metric_value") -> Outcome:
        if small := too_small(drawn.n, self.group_size):
            return InsufficientEvidence(name, small, drawn.n)
        if not np.isfinite(drawn.values[place]):
            return InsufficientEvidence(name, Fault("metric-undefined", ""), drawn.n)
        return self._with_interval(name, float(drawn.values[place]), drawn.draws[:, place], drawn.n, 1)

    def _with_interval(self, name: str, value: float, draws: Floats, n: int, together: int) -> Figure:
        """A figure whose interval holds together with so many others."""
        known, level = draws[np.isfinite(draws)], self.level
        if not self.resampling.draws:
            return Figure(name, value, level=level, n=n)
        if len(known) < limits().bootstrap_draws.value:
            return Figure(name, value, level=level, n=n, method=self.resampling.method, note="not_resampled")
        tail = (1 - level) / together / 2
        low, high = (float(end) for end in np.quantile(known, [tail, 1 - tail]))
        return Figure(name, value, min(low, value), max(high, value), level, n, self.resampling.method)

    def _known(self, place: int) -> list[tuple[str, ...]]:
        """The groups of which a metric can be told, the least first."""
        told = [key for key in self._cells if isinstance(self._figure(self._drawn[key], place), Figure)]
        return sorted(told, key=lambda key: float(self._drawn[key].values[place]))

    def _extremes(self, end: Literal[0, -1], name: str) -> list[Row]:
        rows = []
        for place, metric in self._places:
            known = self._known(place)
            if known:
                key = known[end]
                rows.append(Row((*key, metric), (self._figure(self._drawn[key], place, name),)))
            else:
                none = InsufficientEvidence(name, Fault("too-few-groups", "", {"groups": 0, "needed": 1}), 0)
                rows.append(Row((*[""] * self._groups.columns.size, metric), (none,)))
        return rows

    def _compared(self, name: str, against: Against, how: Callable[[Any, Any], Any]) -> list[Row]:
        if against not in ("between_groups", "to_overall"):
            raise InputError([Fault("unknown-comparison", "against", {"value": str(against)})])
        return [Row((metric,), (self._comparison(name, place, against, how),)) for place, metric in self._places]

    def _comparison(self, name: str, place: int, against: Against, how: Callable[[Any, Any], Any]) -> Outcome:
        known = self._known(place)
        needed = 2 if against == "between_groups" else 1
        everybody = self._drawn[()]
        if len(known) < needed or not np.isfinite(everybody.values[place]):
            few = Fault("too-few-groups", "", {"groups": len(known), "needed": needed})
            return InsufficientEvidence(name, few, everybody.n)
        keys = combinations(known, 2) if against == "between_groups" else (((), key) for key in known)
        pairs = [(self._drawn[one], self._drawn[other]) for one, other in keys]
        n = sum(self._drawn[key].n for key in known)
        compared: list[tuple[float, Floats]] = []
        for one, other in pairs:
            small, large = sorted((one, other), key=lambda each: float(each.values[place]))
            first, second = (large, small) if how is np.subtract else (small, large)
            with np.errstate(divide="ignore", invalid="ignore"):
                value = float(how(first.values[place], second.values[place]))
                compared.append((value, how(first.draws[:, place], second.draws[:, place])))
        chosen = (max if how is np.subtract else min)(compared, key=lambda each: each[0])
        if not np.isfinite(chosen[0]) or (
            how is np.divide and min(drawn.values[place] for pair in pairs for drawn in pair) < 0
        ):
            return InsufficientEvidence(name, Fault("ratio-undefined", ""), n)
        return self._with_interval(name, chosen[0], chosen[1], n, len(pairs))
