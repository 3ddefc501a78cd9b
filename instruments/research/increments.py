"""Whether columns tell something of the outcome that others do not: protective items beyond risk items, above all.

The test is the likelihood ratio of nested logistic regressions. The gain in the area under the ROC curve is told with
a bootstrap interval: DeLong's test is not valid between nested models fitted to the same persons (Demler, Pencina &
D'Agostino 2012, Statistics in Medicine 31, 2577-2587).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from instruments.research.faults import NotConvergedError
from instruments.research.logistic import LogisticFit, fit_logistic
from instruments.research.outcomes import require_both_classes, require_events
from instruments.research.resampling import Resampled, in_blocks, require_draws
from instruments.research.roc import Area, Floats, area, count_scores

#: Log odds are rounded to so many decimals, so that persons with the same answers tie.
_DIGITS = 9
_MOST_TRIALS = 50


@dataclass(frozen=True)
class Increment:
    """What columns add to others.

    Parameters
    ----------
    base, full : LogisticFit
        Without and with the added columns.
    chi_square, degrees, p : float, int, float
        The likelihood-ratio test.
    base_area, full_area : Area
        Of the fitted models, on the persons that they were fitted to: somewhat too good for both.
    gain : Resampled
        Full less base, models fitted anew in every resampled cohort.
    """

    base: LogisticFit
    full: LogisticFit
    chi_square: float
    degrees: int
    p: float
    base_area: Area
    full_area: Area
    gain: Resampled


def increment(
    outcome: Any,
    base: Mapping[str, Any],
    added: Mapping[str, Any],
    *,
    events_per_parameter: float,
    draws: int = 2_000,
    seed: int = 0,
    n_jobs: int | None = None,
) -> Increment:
    """Test what some columns add to others.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    base, added : mapping of str to array, shape (n,)
    events_per_parameter : float
        Least number of events for each coefficient.
    draws, seed, n_jobs
        Of the bootstrap, which holds the number with the outcome fixed.

    Raises
    ------
    ConstantOutcomeError, TooFewEventsError, PerfectSeparationError, NotConvergedError, InputError
    """
    require_draws(draws)
    happened = require_both_classes(outcome)
    names = (*base, *added)
    require_events(happened, 1 + len(names), events_per_parameter)
    columns = np.column_stack([np.asarray(each, dtype=np.float64) for each in (*base.values(), *added.values())])
    first = fit_logistic(happened, columns[:, : len(base)], tuple(base))
    second = fit_logistic(happened, columns, names)
    chi_square = max(0.0, 2 * (second.log_likelihood - first.log_likelihood))
    areas = [area(count_scores(happened, np.round(fit.linear_predictor, _DIGITS))) for fit in (first, second)]
    blocks = in_blocks(_draw_gains, draws, seed, n_jobs, happened, columns, len(base))
    gain = Resampled(
        areas[1].value - areas[0].value,
        np.concatenate([gains for gains, _ in blocks]),
        sum(redrawn for _, redrawn in blocks),
        stratified=True,
    )
    p = float(chi2.sf(chi_square, len(added)))
    return Increment(first, second, chi_square, len(added), p, areas[0], areas[1], gain)


def _draw_gains(random: np.random.Generator, size: int, happened: Any, columns: Floats, of_base: int) -> Any:
    places = np.flatnonzero(~happened), np.flatnonzero(happened)
    gains, redrawn = np.empty(size), 0
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    for draw in range(size):
        for _ in range(_MOST_TRIALS):
            rows = np.concatenate([each[random.integers(0, len(each), len(each))] for each in places])
            fitted = [_newton(happened[rows], standard[rows, :k]) for k in (of_base, standard.shape[1])]
            if all(each is not None for each in fitted):
                break
            redrawn += 1
        else:
            raise NotConvergedError("", name="bootstrap", iterations=_MOST_TRIALS)
        areas = [area(count_scores(happened[rows], each)).value for each in fitted]
        gains[draw] = areas[1] - areas[0]
    return gains, redrawn


def _newton(happened: Any, columns: Floats, most: int = 12) -> Floats | None:
    """Log odds of a logistic regression, rounded so that equal persons tie; None where it does not settle."""
    design = np.column_stack([np.ones(len(happened)), columns])
    coefficients = np.zeros(design.shape[1])
    for _ in range(most):
        chance = 1 / (1 + np.exp(-design @ coefficients))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (happened - chance))
        except np.linalg.LinAlgError:
            return None
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-8:
            return np.asarray(np.round(design @ coefficients, _DIGITS))
    return None
