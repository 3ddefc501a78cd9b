"""Restricted maximum likelihood of variance components, with any pattern of what was observed.

The model has a common mean, normal effects, and the residual. Effects that hold the persons make the covariances of
one person's observations; all others (of raters, items and occasions, few levels) couple persons. So the likelihood is
a sum over persons, those with the same pattern together, and one matrix as large as the other effects have levels. It
is climbed by Newton's method with the average information, and no variance is let below 0. The estimates are those of
R's *lme4*.

References
----------
Gilmour, A. R., Thompson, R. & Cullis, B. R. (1995). Average information REML: an efficient algorithm for variance
parameter estimation in linear mixed models. Biometrics 51, 1440-1450.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky
from threadpoolctl import threadpool_limits

from instruments.research.estimation.roc import Floats
from instruments.research.faults import NotConvergedError, NothingLeftToChanceError
from instruments.research.generalizability.designs import PERSON, Design, Effect
from instruments.research.limits import limits

_STEPS, _HALVINGS = 100, 30
_SETTLED = 1e-8


@dataclass(frozen=True)
class _Pattern:
    """Persons whose observations lie alike.

    Parameters
    ----------
    alike : bool array, shape (effects of persons, m, m)
        Which two of a person's m observations share a level.
    places : int64 array, shape (columns,)
        The levels of the other effects that occur, and the common mean last.
    incidence : float64 array, shape (m, columns)
    values : float64 array, shape (m, persons)
    """

    alike: NDArray[np.bool_]
    places: NDArray[np.int64]
    incidence: Floats
    values: Floats


@dataclass(frozen=True)
class _Place:
    """A point on the surface of the likelihood.

    Parameters
    ----------
    height : float
        Twice the logarithm of the restricted likelihood, but for a constant.
    slope : float64 array, shape (effects,)
    information : float64 array, shape (effects, effects)
        The average information.
    """

    height: float
    slope: Floats
    information: Floats


def restricted_estimates(design: Design) -> dict[Effect, float]:
    """The variance of every effect, none of them negative.

    Raises
    ------
    NotConvergedError
    NothingLeftToChanceError
        If ratings follow from the levels of what makes them differ: the likelihood then grows without end as the
        residual goes to 0, and says nothing of the other variances.
    """
    with threadpool_limits(limits=1):  # many small matrices: threads would wait for one another
        return _estimates(design)


def _estimates(design: Design) -> dict[Effect, float]:
    own = [effect for effect in design.effects if PERSON in effect and effect != design.residual]
    shared = [effect for effect in design.effects if PERSON not in effect]
    sizes = [len(design.counts[effect]) for effect in shared]
    patterns = _patterns(design, own, shared, sizes)
    variances = np.full(len(design.effects), float(design.values.var()) / len(design.effects))
    floor = np.append(np.zeros(len(variances) - 1), 1e-9 * variances[-1])  # what is left is never nothing
    here = _climb(variances, patterns, sizes)
    for _ in range(_STEPS):
        free = (variances > floor) | (here.slope > 0)
        step = np.zeros_like(variances)
        step[free] = np.linalg.lstsq(here.information[np.ix_(free, free)], here.slope[free], rcond=None)[0]
        for halving in range(_HALVINGS):
            tried = np.maximum(variances + step / 2**halving, floor)
            there = _climb(tried, patterns, sizes)
            if there.height >= here.height:
                break
        else:  # no step is any better
            tried, there = variances, here
        moved, variances, here = float(np.abs(tried - variances).max()), tried, there
        if moved <= _SETTLED * variances.sum():
            if variances[-1] < limits().residual_share.value * design.values.var():
                raise NothingLeftToChanceError()
            found = dict(zip([*own, *shared, design.residual], map(float, variances), strict=True))
            return {effect: found[effect] for effect in design.effects}
    raise NotConvergedError("", name="variance_component", iterations=_STEPS)


def _patterns(design: Design, own: list[Effect], shared: list[Effect], sizes: list[int]) -> list[_Pattern]:
    persons = design.facets[PERSON]
    order = np.lexsort([design.levels[effect] for effect in [*own, *shared]] + [persons])
    starts = np.cumsum([0, *sizes])
    values = design.values - design.values.mean()
    found: dict[bytes, tuple[NDArray[np.int64], list[Floats]]] = {}
    for rows in np.split(order, np.flatnonzero(np.diff(persons[order])) + 1):
        within = [np.unique(design.levels[effect][rows], return_inverse=True)[1] for effect in own]
        between = [design.levels[effect][rows] + start for effect, start in zip(shared, starts, strict=False)]
        key = np.array([*within, *between], dtype=np.int64).reshape(-1, len(rows))
        found.setdefault(key.tobytes(), (key, []))[1].append(values[rows])
    return [_pattern(key, len(own), int(starts[-1]), each) for key, each in found.values()]


def _pattern(key: NDArray[np.int64], own: int, last: int, values: list[Floats]) -> _Pattern:
    within, between = key[:own], key[own:]
    places = np.append(np.unique(between), last)
    incidence = (between[:, :, None] == places).sum(axis=0).astype(np.float64)
    incidence[:, -1] = 1
    return _Pattern(within[:, :, None] == within[:, None, :], places, incidence, np.column_stack(values))


def _climb(variances: Floats, patterns: list[_Pattern], sizes: list[int]) -> _Place:
    """The likelihood at some variances: those of the effects of persons, of the other effects, and of what is left."""
    own = len(variances) - len(sizes) - 1
    scale = np.append(np.repeat(variances[own:-1] ** 0.5, sizes), 1.0)
    crossed, sums, height = np.zeros((len(scale), len(scale))), np.zeros(len(scale)), 0.0
    solved: list[tuple[Floats, Floats, Floats]] = []  # each by the covariances of a person
    for pattern in patterns:
        m, n = pattern.values.shape
        factor = cholesky(variances[-1] * np.eye(m) + np.tensordot(variances[:own], pattern.alike, 1), lower=True)
        inverse = cho_solve((factor, True), np.eye(m))
        columns, values = inverse @ pattern.incidence, inverse @ pattern.values
        crossed[np.ix_(pattern.places, pattern.places)] += n * (pattern.incidence.T @ columns)
        sums[pattern.places] += columns.T @ pattern.values.sum(axis=1)
        height -= float((pattern.values * values).sum()) + 2 * n * float(np.log(np.diag(factor)).sum())
        solved.append((inverse, columns, values))
    matrix = np.diag(np.append(np.ones(len(scale) - 1), 0.0)) + scale[:, None] * crossed * scale
    factored = cho_factor(matrix, lower=True)
    known = scale[:, None] * cho_solve(factored, np.diag(scale))
    height += float(sums @ known @ sums) - 2 * float(np.log(np.diag(factored[0])).sum())

    traces, levels, left = np.zeros(len(variances)), np.zeros(len(scale)), []
    for pattern, (inverse, columns, values) in zip(patterns, solved, strict=True):
        projected = inverse - columns @ known[np.ix_(pattern.places, pattern.places)] @ columns.T
        n = pattern.values.shape[1]
        traces[:own] += n * np.einsum("bij,ij->b", pattern.alike, projected)
        traces[-1] += n * float(np.trace(projected))
        left.append(values - (columns @ (known @ sums)[pattern.places])[:, None])
        levels[pattern.places] += pattern.incidence.T @ left[-1].sum(axis=1)
    of_levels = np.diag(crossed - crossed @ known @ crossed)
    starts = np.cumsum([0, *sizes])
    blocks = [slice(start, end) for start, end in pairwise(starts)]
    traces[own:-1] = [of_levels[block].sum() for block in blocks]

    information, moved = np.zeros((len(variances),) * 2), np.zeros((len(scale), len(variances)))
    squares = np.zeros(len(variances))
    for pattern, (inverse, columns, _), each in zip(patterns, solved, left, strict=True):
        n = each.shape[1]
        inside = [
            pattern.incidence @ np.where(_within(pattern.places, block), levels[pattern.places], 0.0)
            for block in blocks
        ]
        work = np.stack(
            [*(alike @ each for alike in pattern.alike), *(np.tile(one[:, None], n) for one in inside), each]
        )
        squares += np.einsum("bmn,mn->b", work, each)
        information += np.einsum("bmn,cmn->bc", work, np.einsum("ij,bjn->bin", inverse, work))
        moved[pattern.places] += columns.T @ work.sum(axis=2).T
    information -= moved.T @ known @ moved
    return _Place(height, squares - traces, information)


def _within(places: NDArray[np.int64], block: slice) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (places >= block.start) & (places < block.stop)
    return inside
