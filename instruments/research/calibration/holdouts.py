"""Probabilities for persons that a calibrator has not seen: other folds, later years, other places.

In nested cross-validation the inner folds choose the calibrator by its log loss, and the outer folds tell how the
choice does: the figures then hold for the whole procedure, the choosing included.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from instruments.faults import Fault, InputError
from instruments.research.calibrators import IsotonicCalibrator, LogisticCalibrator, PlattCalibrator
from instruments.research.estimation.outcomes import (
    OneClassInFoldError,
    read_outcome,
    require_both_classes,
    require_events,
    require_finite,
    require_same_length,
)
from instruments.research.estimation.roc import Floats
from instruments.research.faults import ConstantOutcomeError, TooFewEventsError

#: The calibrators by name.
METHODS = ("logistic", "platt", "isotonic")
#: So many groups leave two for the inner folds when one of them is held out.
_FEWEST_GROUPS = 3
#: The log loss of a certain error is not without end, as in scikit-learn.
_LEAST_CHANCE = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class HoldOuts:
    """Who is held out besides the folds of cross-validation.

    Parameters
    ----------
    later : str or None
        A column that tells when; see `splitting.time_of`.
    after : float or None
        Those later than this are held out.
    place : str or None
        A column of groups; each place is held out in turn.
    """

    later: str | None = None
    after: float | None = None
    place: str | None = None


@dataclass(frozen=True)
class HeldOut:
    """Probabilities for persons that were not fitted to.

    Parameters
    ----------
    probabilities : float64 array, shape (n,)
        NaN for those whom nothing was fitted for.
    rows : bool array, shape (n,)
        Who has a probability.
    chosen : mapping of str to int
        In how many fits each calibrator was chosen.
    refused : mapping of str to Fault
        Parts that could not be fitted or left out, by name, and why.
    """

    probabilities: Floats
    rows: NDArray[np.bool_]
    chosen: Mapping[str, int]
    refused: Mapping[str, Fault]


def calibrator(method: str, events_per_parameter: float) -> ClassifierMixin:
    """A calibrator by name, strict about the number of events.

    Raises
    ------
    InputError
    """
    made = {"logistic": LogisticCalibrator, "platt": PlattCalibrator, "isotonic": IsotonicCalibrator}
    if method not in made:
        raise InputError([Fault("unknown-method", "method", {"value": method, "known": list(METHODS)})])
    return made[method](events_per_parameter=events_per_parameter, strict=True)


def cross_validated(
    outcome: Any,
    score: Any,
    *,
    methods: tuple[str, ...] = METHODS,
    folds: int = 10,
    inner_folds: int = 5,
    events_per_parameter: float,
    persons: Any = None,
    seed: int = 0,
    n_jobs: int | None = None,
) -> HeldOut:
    """Out-of-fold probabilities; with several methods, by nested cross-validation.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    methods : tuple of str
        Of `METHODS`. With one of them there is nothing to choose, and no inner folds.
    folds, inner_folds : int
        Stratified by the outcome.
    events_per_parameter : float
        Asked of every training part.
    persons : array of labels, shape (n,), optional
        Who each row is about: rows of one person are in the same fold, and nobody is fitted to themselves. Likewise of
        any other groups that are not to be divided, see `dependence.clusters.joined`.
    seed, n_jobs

    Raises
    ------
    OneClassInFoldError
        If a fold would lack a class (``one-class-in-fold``).
    TooFewEventsError
    """
    happened, scores = require_both_classes(outcome), require_finite(score)
    require_same_length(happened, scores)
    rarer = int(min(happened.sum(), (~happened).sum()))
    if rarer < folds:
        raise OneClassInFoldError("outcome", events=rarer, folds=folds)
    if len(methods) > 1 and rarer - -(-rarer // folds) < inner_folds:
        raise OneClassInFoldError("outcome", events=rarer, folds=inner_folds)
    who = _repeated(persons)
    if who is not None and (groups := len(np.unique(who))) < max(folds, _FEWEST_GROUPS):
        raise InputError(
            [Fault("too-few-groups-for-folds", "", {"groups": groups, "folds": max(folds, _FEWEST_GROUPS)})]
        )
    splits = list(_folds(folds, who, seed).split(scores, happened, who))
    for _, test in splits:
        if not 0 < happened[test].sum() < len(test):
            raise OneClassInFoldError("outcome", events=rarer, folds=folds)
    columns = scores[:, None]
    fits = Parallel(n_jobs=n_jobs)(
        delayed(_predict)(happened, columns, train, test, methods, inner_folds, events_per_parameter, seed, who)
        for train, test in splits
    )
    probabilities = np.full(len(scores), np.nan)
    for test, chances, _ in fits:
        probabilities[test] = chances
    return HeldOut(probabilities, np.full(len(scores), True), Counter(name for _, _, name in fits), {})


def _repeated(persons: Any) -> NDArray[Any] | None:
    """Who each row is about, as numbers; None where everybody has one row, and any folds do."""
    if persons is None:
        return None
    names, numbers = np.unique(np.asarray(persons, dtype=str), return_inverse=True)
    return numbers if len(names) < len(numbers) else None


def _folds(folds: int, persons: NDArray[Any] | None, seed: int) -> StratifiedKFold | StratifiedGroupKFold:
    """Folds with the same share of outcomes, as far as whole persons allow."""
    kind = StratifiedKFold if persons is None else StratifiedGroupKFold
    return kind(folds, shuffle=True, random_state=seed)


def _predict(
    happened: NDArray[np.bool_],
    columns: Floats,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    methods: tuple[str, ...],
    inner_folds: int,
    events_per_parameter: float,
    seed: int,
    persons: NDArray[Any] | None = None,
) -> tuple[NDArray[np.intp], Floats, str]:
    """Probabilities of some persons from a calibrator fitted to others, and which calibrator that was."""
    require_events(happened[train], 2, events_per_parameter)
    who = None if persons is None else persons[train]
    name = methods[0]
    if len(methods) > 1:
        inner = inner_folds if who is None else min(inner_folds, len(np.unique(who)))
        name = _least_loss(methods, columns[train], happened[train], _folds(inner, who, seed), who)
    # of several methods the number of events was asked for once, above
    fitted = calibrator(name, events_per_parameter if len(methods) == 1 else 0).fit(columns[train], happened[train])
    return test, fitted.predict_proba(columns[test])[:, 1], name


def _least_loss(
    methods: tuple[str, ...],
    columns: Floats,
    happened: NDArray[np.bool_],
    folds: StratifiedKFold | StratifiedGroupKFold,
    persons: NDArray[Any] | None,
) -> str:
    """The calibrator with the least mean log loss in some folds; of equal ones the first.

    That is what `GridSearchCV` finds; without its copies and checks it takes half the time, for the same choice. In the
    folds the number of events is not asked for: they are part of a fit that has enough.
    """
    losses: dict[str, list[float]] = {name: [] for name in methods}
    for train, test in folds.split(columns, happened, persons):
        if not 0 < happened[train].sum() < len(train):
            raise OneClassInFoldError("outcome", events=int(happened.sum()), folds=folds.n_splits)
        for name, each in losses.items():
            chance = calibrator(name, 0).fit(columns[train], happened[train]).predict_proba(columns[test])
            of_what_happened = np.where(happened[test], chance[:, 1], chance[:, 0])
            each.append(float(-np.log(np.clip(of_what_happened, _LEAST_CHANCE, 1 - _LEAST_CHANCE)).mean()))
    return min(losses, key=lambda name: float(np.mean(losses[name])))


def later_held_out(
    outcome: Any, score: Any, when: Any, *, after: float, method: str, events_per_parameter: float
) -> HeldOut:
    """Probabilities for later persons from a calibrator fitted to earlier ones.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    when : array of numbers, shape (n,)
        Such as the year.
    after : float
        Those with a greater ``when`` are held out.
    method : str
        Of `METHODS`.
    events_per_parameter : float

    Raises
    ------
    ConstantOutcomeError
        If the earlier, or the later, have one class only.
    TooFewEventsError
    InputError
        If no one is earlier or no one later.
    """
    happened, scores, times = read_outcome(outcome), require_finite(score), require_finite(when)
    require_same_length(happened, scores)
    require_same_length(scores, times)
    later = times > after
    if later.all() or not later.any():
        parameters = {"after": after, "first": float(times.min()), "last": float(times.max())}
        raise InputError([Fault("nothing-held-out", "when", parameters)])
    for part in (later, ~later):
        require_both_classes(happened[part])
    columns = scores[:, None]
    train, test = np.flatnonzero(~later), np.flatnonzero(later)
    _, chances, name = _predict(happened, columns, train, test, (method,), 0, events_per_parameter, 0)
    probabilities = np.full(len(scores), np.nan)
    probabilities[test] = chances
    return HeldOut(probabilities, later, {name: 1}, {})


def places_held_out(outcome: Any, score: Any, place: Any, *, method: str, events_per_parameter: float) -> HeldOut:
    """Probabilities for the persons of each place from a calibrator fitted to all other places.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    place : array of labels, shape (n,)
    method : str
        Of `METHODS`.
    events_per_parameter : float

    Raises
    ------
    InputError
        If there is one place only.

    Notes
    -----
    A place without which there are too few events, or that has one class only, is told among ``refused``.
    """
    happened, scores, places = read_outcome(outcome), require_finite(score), np.asarray(place)
    require_same_length(happened, scores)
    require_same_length(scores, places)
    names = np.unique(places)
    if len(names) < 2:
        raise InputError([Fault("one-place", "place", {"places": [str(name) for name in names]})])
    probabilities, rows = np.full(len(scores), np.nan), np.full(len(scores), False)
    refused: dict[str, Fault] = {}
    fits = 0
    for name in names:
        here = places == name
        train, test = np.flatnonzero(~here), np.flatnonzero(here)
        try:
            require_both_classes(happened[here])
            _, chances, _ = _predict(happened, scores[:, None], train, test, (method,), 0, events_per_parameter, 0)
        except (ConstantOutcomeError, TooFewEventsError) as error:
            refused[str(name)] = error.faults[0]
            continue
        fits += 1
        probabilities[test], rows[test] = chances, True
    return HeldOut(probabilities, rows, {method: fits}, refused)
