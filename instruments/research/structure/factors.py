"""Exploratory factor analysis by minimum residuals, with an oblique and an orthogonal rotation and its fit.

All figures are as R's *psych* gives them: the residuals of the correlations are made as small as they can be (of a
matrix that is not positive definite, those of the nearest one that is, by `smoothed`), and chi-square, RMSEA and TLI
come from the discrepancy of maximum likelihood at that solution. They take correlations for those of continuous
variables; of polychoric correlations chi-square is too large, and RMSEA and TLI compare solutions and test nothing.

References
----------
Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika 31.
Bernaards, C. A. & Jennrich, R. I. (2005). Gradient projection algorithms and software for arbitrary rotation criteria
in factor analysis. Educational and Psychological Measurement 65.
Revelle, W. (2023). psych: Procedures for Psychological, Psychometric, and Personality Research. R package.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize
from statsmodels.multivariate.factor_rotation import rotate_factors

from instruments.research.estimation.roc import Floats

Rotation = Literal["oblimin", "varimax"]

_LEAST_UNIQUE = 0.005
_LEAST_EIGENVALUE = 1e-12
MOST_ROUNDS = 5000
#: How much the squares that are left may still change with a uniqueness.
_SETTLED = 1e-5
#: How far a rotation is followed, and what pull may be left in one that came to rest.
_TURN_SETTLED, _STILL = 1e-6, 1e-4


@dataclass(frozen=True)
class Factors:
    """A solution before rotation.

    Parameters
    ----------
    loadings : array, shape (items, factors)
    uniquenesses : array, shape (items,)
        The part of each item's variance that no factor explains.
    settled : bool
        Whether the search came to rest.
    improper : tuple of int
        Items with next to no variance of their own left (Heywood cases).
    """

    loadings: Floats
    uniquenesses: Floats
    settled: bool
    improper: tuple[int, ...]


@dataclass(frozen=True)
class Rotated:
    """A solution after rotation.

    Parameters
    ----------
    loadings : array, shape (items, factors)
        The pattern; factors in the order of the variance that they explain.
    correlations : array, shape (factors, factors)
        Of the factors.
    settled : bool
    """

    loadings: Floats
    correlations: Floats
    settled: bool


@dataclass(frozen=True)
class Fit:
    """How well factors give the correlations back.

    Parameters
    ----------
    rmsr : float
        Root mean square of the residuals off the diagonal.
    degrees : int
        Degrees of freedom.
    chi_square : float
    rmsea, tli : float or None
        None without degrees of freedom.
    """

    rmsr: float
    degrees: int
    chi_square: float
    rmsea: float | None
    tli: float | None


def degrees_of(items: int, factors: int) -> int:
    """The degrees of freedom; below 0 there are more factors than the correlations can tell apart.

    Examples
    --------
    >>> degrees_of(24, 2), degrees_of(3, 1), degrees_of(2, 1)
    (229, 0, -1)
    """
    return (items - factors) * (items - factors - 1) // 2 - factors


def smoothed(matrix: Floats) -> tuple[Floats, bool]:
    """The nearest correlations that can occur together, and whether those given could not.

    Eigenvalues that are not positive are set to next to nothing, and the diagonal to 1 again, as `cor.smooth` of
    *psych* does.

    Parameters
    ----------
    matrix : array, shape (items, items)

    Examples
    --------
    >>> smoothed(np.array([[1, 0.9, 0.1], [0.9, 1, 0.9], [0.1, 0.9, 1]]))[0][0].round(4)
    array([1.    , 0.7569, 0.1459])
    """
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= _LEAST_EIGENVALUE:
        return matrix, False
    values = np.where(values < _LEAST_EIGENVALUE, 100 * _LEAST_EIGENVALUE, values)
    product = (vectors * (values * len(values) / values.sum())) @ vectors.T
    sizes = np.sqrt(np.diag(product))
    return product / np.outer(sizes, sizes), True


def minimum_residuals(matrix: Floats, factors: int) -> Factors:
    """Fit factors to correlations.

    Parameters
    ----------
    matrix : array, shape (items, items)
        Positive definite.
    factors : int
        At least 1, with degrees of freedom that are not below 0.
    """

    def left(unique: Floats) -> tuple[float, Floats]:
        values, vectors = np.linalg.eigh(matrix - np.diag(unique))
        rest, directions = values[:-factors], vectors[:, :-factors]
        positive = np.minimum(values[-factors:], 0)  # a factor explains no negative variance
        gradient = -(directions**2 @ rest) - vectors[:, -factors:] ** 2 @ positive
        return float((rest @ rest + positive @ positive) / 2), gradient

    start = np.clip(1 / np.diag(np.linalg.inv(matrix)), _LEAST_UNIQUE, 1)
    options = {"maxiter": MOST_ROUNDS, "ftol": 1e-15, "gtol": 1e-9}
    found = minimize(
        left, start, jac=True, method="L-BFGS-B", bounds=[(_LEAST_UNIQUE, 1)] * len(matrix), options=options
    )
    unique = np.asarray(found.x)
    values, vectors = np.linalg.eigh(matrix - np.diag(unique))
    loadings = (vectors[:, -factors:] * np.sqrt(np.maximum(values[-factors:], 0)))[:, ::-1]
    return Factors(
        _turned(loadings)[0],
        1 - (loadings**2).sum(axis=1),
        _is_settled(unique, left(unique)[1]),
        tuple(map(int, np.flatnonzero(unique <= _LEAST_UNIQUE + _LEAST_EIGENVALUE))),
    )


def _is_settled(unique: Floats, gradient: Floats) -> bool:
    """Whether nothing is gained any more by moving a uniqueness, but out of its bounds."""
    at_least, at_most = unique <= _LEAST_UNIQUE, unique >= 1
    free = np.where(at_least, np.minimum(gradient, 0), np.where(at_most, np.maximum(gradient, 0), gradient))
    return bool(np.abs(free).max() < _SETTLED)


def rotated(factors: Factors, rotation: Rotation) -> Rotated:
    """Rotate a solution: obliquely by direct quartimin (oblimin with gamma 0), or orthogonally by varimax.

    Varimax weighs all items alike (Kaiser's normalisation), oblimin does not, as in *psych*.
    """
    loadings = factors.loadings
    if loadings.shape[1] == 1:
        return Rotated(loadings, np.eye(1), True)
    sizes = np.ones((len(loadings), 1))
    if rotation == "varimax":
        sizes = np.maximum(np.sqrt((loadings**2).sum(axis=1, keepdims=True)), _LEAST_EIGENVALUE)
    arguments = (0, "oblique") if rotation == "oblimin" else ()
    with np.errstate(divide="ignore"):  # statsmodels takes the logarithm of a pull that is none
        turned, turn = rotate_factors(loadings / sizes, rotation, *arguments, tol=_TURN_SETTLED, max_tries=MOST_ROUNDS)
    settled = _is_still(turned, turn, rotation)
    correlations = np.eye(loadings.shape[1]) if rotation == "varimax" else turn.T @ turn
    turned = turned * sizes
    order = np.argsort(-np.diag(correlations @ turned.T @ turned), kind="stable")
    signed, signs = _turned(turned[:, order])
    return Rotated(signed, correlations[np.ix_(order, order)] * np.outer(signs, signs), settled)


def _is_still(turned: Floats, turn: Floats, rotation: Rotation) -> bool:
    """Whether turning further gains next to nothing; statsmodels does not say whether it came to rest."""
    squares = turned**2
    if rotation == "varimax":
        pull = turned.T @ (turned * (squares - squares.mean(axis=0)))
        return bool(np.abs(pull - pull.T).max() < _STILL)
    others = squares.sum(axis=1, keepdims=True) - squares
    slope = -(turned.T @ (turned * others) @ np.linalg.inv(turn)).T
    pull = slope - turn * (turn * slope).sum(axis=0)
    return bool(np.abs(pull).max() < _STILL)


def _turned(loadings: Floats) -> tuple[Floats, Floats]:
    """Loadings whose sum is positive for each factor, and the signs that made them so."""
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return loadings * signs, signs


def fit_of(matrix: Floats, factors: Factors, n: int) -> Fit:
    """Fit indices, as *psych* gives them.

    Parameters
    ----------
    matrix : array, shape (items, items)
    factors : Factors
    n : int
        How many people the correlations rest on.
    """
    items, number = factors.loadings.shape
    degrees = degrees_of(items, number)
    model = factors.loadings @ factors.loadings.T
    residuals = matrix - model
    rmsr = np.sqrt((np.sum(residuals**2) - np.sum(np.diag(residuals) ** 2)) / (items * (items - 1)))
    np.fill_diagonal(model, 1.0)
    ratio = np.linalg.solve(smoothed(model)[0], matrix)
    discrepancy = max(float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - items), 0.0)
    steps = n - 1 - (2 * items + 5) / 6 - 2 * number / 3
    chi_square = max(discrepancy * steps, 0.0)
    if degrees <= 0 or steps <= 0:
        return Fit(float(rmsr), degrees, chi_square, None, None)
    rmsea = np.sqrt(max(chi_square / (degrees * n) - 1 / (n - 1), 0))
    of_none = -np.linalg.slogdet(matrix)[1] * 2 / (items * (items - 1))
    tli = (of_none - discrepancy / degrees) / (of_none - 1 / steps) if of_none > 1 / steps else None
    return Fit(float(rmsr), degrees, chi_square, float(rmsea), None if tli is None else float(tli))
