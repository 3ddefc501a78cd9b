"""What every figure about an outcome needs of its arrays, and what is said where they lack it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.faults import ConstantOutcomeError, NobodyLeftError, ResearchError, TooFewEventsError

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class PerfectSeparationError(ResearchError):
    """A combination of the columns tells the outcome without error, so that coefficients grow without end."""

    code = "perfect-separation"


class OneClassInFoldError(ResearchError):
    """More folds than persons with (or without) the outcome, so that some fold would lack them."""

    code = "one-class-in-fold"


def read_outcome(outcome: Any) -> Truths:
    """An outcome as truths.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)

    Raises
    ------
    InputError
        If it holds anything else than 0 and 1; a missing outcome is left out by the caller, who tells how many.
    """
    given = np.asarray(outcome)
    if given.dtype == np.bool_:
        return given
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError([Fault("outcome-not-binary", "outcome")]) from None
    truths = numbers == 1
    if not (truths | (numbers == 0)).all():
        raise InputError([Fault("outcome-not-binary", "outcome")])
    return np.asarray(truths)


def require_both_classes(outcome: Any) -> Truths:
    """An outcome as truths, with at least one person on either side.

    Raises
    ------
    ConstantOutcomeError
    """
    truths = read_outcome(outcome)
    events = int(np.count_nonzero(truths))
    if not truths.size:
        raise NobodyLeftError("outcome")
    if events in (0, truths.size):
        raise ConstantOutcomeError("outcome", name="outcome", n=int(truths.size))
    return truths


def require_finite(score: Any) -> Floats:
    """A score as numbers without gaps; float64, in the shape that it comes in.

    Raises
    ------
    InputError
        With how many are missing. What is missing is never a zero; the caller leaves it out and says how many.
    """
    try:
        numbers = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError([Fault("score-not-a-number", "score")]) from None
    missing = int(np.count_nonzero(~np.isfinite(numbers)))
    if missing:
        raise InputError([Fault("score-missing", "score", {"count": missing})])
    return numbers


def require_same_length(first: NDArray[Any], second: NDArray[Any]) -> None:
    """Refuse arrays that cannot be about the same persons: each must have the shape (n,).

    Raises
    ------
    InputError
        With both lengths.
    """
    if first.shape != second.shape or first.ndim != 1:
        raise InputError([Fault("lengths-differ", "", {"first": first.shape[0], "second": second.shape[0]})])


def require_events(outcome: Any, parameters: int, least: float, weights: Any = None) -> None:
    """Refuse to fit so many parameters on so few events.

    Parameters
    ----------
    outcome : array of bool or 0/1
        The rarer of its classes is what counts.
    parameters : int
        Number of coefficients that are fitted, the intercept among them.
    least : float
        Events for each parameter.
    weights : array of numbers, shape (n,), optional
        For how many persons each stands.

    Raises
    ------
    TooFewEventsError
        Telling how many are missing.
    """
    truths = require_both_classes(outcome)
    count = np.ones(len(truths)) if weights is None else np.asarray(weights, dtype=np.float64)
    events = int(min(count[truths].sum(), count[~truths].sum()) + 1e-9)  # ten weights of a tenth are one
    needed = int(np.ceil(parameters * least))
    if events < needed:
        raise TooFewEventsError("outcome", events=events, needed=needed, missing=needed - events, parameters=parameters)
