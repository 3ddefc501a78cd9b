"""Logistic regression by maximum likelihood, without a penalty, that refuses to answer where there is no answer.

statsmodels fits; what it says of separation and convergence is turned into named errors.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError, PerfectSeparationWarning

from instruments.faults import Fault, InputError
from instruments.research.estimation import outcomes
from instruments.research.estimation.roc import Floats
from instruments.research.faults import NotConvergedError

#: A coefficient of a column in standard units beyond which one column settles the outcome on its own: odds of a
#: million to one between persons one standard deviation apart.
_ENDLESS = float(np.log(1e6))
_MOST_ROUNDS = 100
_SETTLED = 1e-10


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic regression.

    Parameters
    ----------
    names : tuple of str
        ``intercept`` first.
    coefficients : float64 array, shape (k,)
        In log odds, by the columns' own units.
    covariance : float64 array, shape (k, k)
    log_likelihood : float
    linear_predictor : float64 array, shape (n,)
        Log odds by person.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    linear_predictor: Floats

    @property
    def standard_errors(self) -> Floats:
        """By coefficient."""
        return np.sqrt(np.diag(self.covariance))


def fit_logistic(
    outcome: Any, columns: Any, names: Sequence[str], offset: Any = None, weights: Any = None
) -> LogisticFit:
    """Fit the log odds of an outcome to an intercept and some columns.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    columns : array of numbers, shape (n, k)
        There may be none of them: then only the intercept is fitted.
    names : sequence of str, length k
    offset : array of numbers, shape (n,), optional
        Log odds that are taken as they are.
    weights : array of numbers above 0, shape (n,), optional
        For how many persons each stands.

    Raises
    ------
    ConstantOutcomeError
    PerfectSeparationError
        If some combination of the columns tells the outcome without error.
    NotConvergedError
    InputError
        If a column never varies or follows from the others.
    """
    happened = outcomes.require_both_classes(outcome)
    given = outcomes.require_finite(columns).reshape(len(happened), len(names))
    counts = np.ones(len(happened)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not names:
        return _fit_intercept(happened, np.zeros(len(happened)) if offset is None else np.asarray(offset), counts)
    center, scale = np.average(given, axis=0, weights=counts), given.std(axis=0)
    if still := [name for name, spread in zip(names, scale, strict=True) if spread == 0]:
        raise InputError([Fault("constant-column", name) for name in still])
    design = np.column_stack([np.ones(len(happened)), (given - center) / scale])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError([Fault("columns-dependent", "", {"names": list(names)})])
    fitted = _fit(happened, design, names, offset, counts)
    # back to the columns' own units
    change = np.diag(np.concatenate([[1.0], 1 / scale]))
    change[0, 1:] = -center / scale
    return LogisticFit(
        ("intercept", *names),
        change @ np.asarray(fitted.params),
        change @ np.asarray(fitted.normalized_cov_params) @ change.T,
        float(fitted.llf),
        np.asarray(fitted.predict(design, offset=offset, which="linear")),
    )


def _fit_intercept(happened: Any, offset: Floats, counts: Floats) -> LogisticFit:
    """The only intercept with which as many are expected as happened; it exists whatever the offset."""
    # beyond these, everyone's log odds would all be on one side of those of the base rate
    base = logit(np.average(happened, weights=counts))
    low, high = base - offset.max() - 1, base - offset.min() + 1
    events = counts @ happened
    intercept = float(brentq(lambda value: counts @ expit(value + offset) - events, low, high, xtol=1e-13))
    odds = intercept + offset
    chance = expit(odds)
    likelihood = float(-(counts @ np.logaddexp(0, np.where(happened, -odds, odds))))
    variance = np.array([[1 / (counts @ (chance * (1 - chance)))]])
    return LogisticFit(("intercept",), np.array([intercept]), variance, likelihood, odds)


def _fit(happened: Any, design: Floats, names: Sequence[str], offset: Any, counts: Floats) -> Any:
    separated = outcomes.PerfectSeparationError("", names=list(names))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning)  # exp of large log odds: told below by name
        try:
            fitted = GLM(happened.astype(float), design, family=Binomial(), offset=offset, freq_weights=counts).fit(
                tol=_SETTLED, tol_criterion="params", maxiter=_MOST_ROUNDS
            )
        except (PerfectSeparationWarning, PerfectSeparationError):
            raise separated from None
        except ConvergenceWarning:
            raise NotConvergedError("", name=", ".join(names), iterations=_MOST_ROUNDS) from None
    if (np.abs(fitted.params[1:]) > _ENDLESS).any():
        raise separated
    if not fitted.converged or not np.isfinite(fitted.normalized_cov_params).all():
        raise NotConvergedError("", name=", ".join(names), iterations=_MOST_ROUNDS)
    return fitted
