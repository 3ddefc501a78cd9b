"""One metric on some of the rows, and on rows drawn again within each group."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.exceptions import UndefinedMetricWarning

from instruments.faults import Fault
from instruments.research.estimation.roc import Floats

Metric = Callable[..., float]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """What metrics are of.

    Parameters
    ----------
    metrics : dict of str to callable
    truth, predicted : arrays, shape (n,) or (n, columns)
    weights : float64 array, shape (n,), or None
    least : float
        Of fewer rows no metric is told.
    """

    metrics: Mapping[str, Metric]
    truth: NDArray[Any]
    predicted: NDArray[Any]
    weights: Floats | None
    least: float

    def refuse_weights(self) -> Iterator[Fault]:
        """A fault for each metric that is to be given weights and does not take them."""
        for name, metric in self.metrics.items() if self.weights is not None else ():
            try:
                known = signature(metric).parameters.values()
            except (TypeError, ValueError):  # compiled, and silent about what it takes
                continue
            if not any(each.name == "sample_weight" or each.kind is each.VAR_KEYWORD for each in known):
                yield Fault("metric-without-weights", "metrics", {"name": name})

    def refuse_values(self) -> Iterator[Fault]:
        """A fault for each part with values that no metric is of: blanks, and weights that are none."""
        if self.truth.ndim != 1:
            yield Fault("not-one-column", "y_true", {"shape": str(self.truth.shape)})
        for where, values in (("y_true", self.truth), ("y_pred", self.predicted), ("sample_weight", self.weights)):
            if values is not None and (blanks := int(np.sum(pd.isna(values)))):
                yield Fault("metric-blanks", where, {"count": blanks})
        if self.weights is not None and (np.isinf(self.weights) | (self.weights < 0)).any():
            yield Fault("weights-off-range", "sample_weight")

    def refuse_metrics(self) -> Iterator[Fault]:
        """A fault for each metric that is none, or that does not take these data, whatever the group."""
        everybody = np.arange(len(self.truth))
        metrics: Mapping[str, object] = self.metrics  # anything may have been given
        for name, metric in metrics.items():
            if not callable(metric):
                yield Fault("metric-not-callable", "metrics", {"name": name, "value": repr(metric)})
                continue
            try:
                self.of(name, everybody)
            except (TypeError, ValueError) as error:
                yield Fault("metric-failed", "metrics", {"name": name, "reason": str(error).strip().rstrip(".")})

    def of(self, name: str, rows: Rows) -> float:
        """A metric on some rows; NaN where it is not defined on them.

        Raises
        ------
        ValueError
            Whatever the metric refuses though the rows have every outcome and predictions that differ.
        """
        if len(rows) < self.least:
            return float("nan")
        given = {} if self.weights is None else {"sample_weight": self.weights[rows]}
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("error", UndefinedMetricWarning)
            try:
                return float(self.metrics[name](self.truth[rows], self.predicted[rows], **given))
            except (ZeroDivisionError, UndefinedMetricWarning):  # nothing to divide by
                return float("nan")
            except ValueError:
                if self._are_too_alike(rows):
                    return float("nan")
                raise

    def _are_too_alike(self, rows: Rows) -> bool:
        """Whether some rows have one outcome or one prediction alone, or lack an outcome that others have."""
        outcomes = len(np.unique(self.truth[rows]))
        return outcomes < max(2, len(np.unique(self.truth))) or len(np.unique(self.predicted[rows], axis=0)) < 2

    def on_draws(
        self, random: np.random.Generator, size: int, cells: list[list[Rows]], parts: list[list[int]]
    ) -> Floats:
        """Metrics on cohorts that are drawn again, cell by cell.

        Parameters
        ----------
        cells : list of list of arrays
            For each group the rows of its strata; as many are drawn of each as it has.
        parts : list of list of int
            Of which groups each figure is: one, or all.

        Returns
        -------
        float64 array, shape (size, parts, metrics)
        """
        values = np.empty((size, len(parts), len(self.metrics)))
        for draw in range(size):  # of rows that the metrics have taken before
            drawn = [np.concatenate([random.choice(rows, len(rows)) for rows in strata]) for strata in cells]
            for place, part in enumerate(parts):
                rows = np.concatenate([drawn[cell] for cell in part])
                with config_context(assume_finite=True, skip_parameter_validation=True):
                    values[draw, place] = [self.of(name, rows) for name in self.metrics]
        return values


def draw_measured(
    random: np.random.Generator, size: int, measured: Measured, cells: list[list[Rows]], parts: list[list[int]]
) -> Floats:
    """Draw with a generator of its own, as `resampling.in_blocks` asks for it."""
    return measured.on_draws(random, size, cells, parts)
