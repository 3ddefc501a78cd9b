"""Categorical omega: how much of the variance of the sum of levels one common factor explains.

The formula is Green and Yang's: the factor is fitted to the polychoric correlations, and what it explains is taken over
to the levels as they are summed. The fit is by unweighted least squares (lavaan's ULSMV; the factor is that of minimum
residuals), and the variance of the sum is that of the polychoric correlations themselves, as `compRelSEM` of R's
*semTools* gives it. Weights that are estimated from the same people would make the interval too narrow where one factor
does not fit. The omega of *psych* (total and hierarchical, after Schmid and Leiman) is another quantity.

The standard error is the delta method's, over what each person adds to the errors of cuts and correlations.

References
----------
Green, S. B. & Yang, Y. (2009). Reliability of summed item scores using structural equation modeling: an alternative to
coefficient alpha. Psychometrika 74.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr

from instruments.faults import Fault
from instruments.research.estimation.intervals import LEVEL, on_fisher_scale
from instruments.research.estimation.roc import Floats
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.structure.normal import below_given, both_below, density, joint_density
from instruments.research.structure.polychoric import Polychoric

NAME = "omega_categorical"
_LARGEST_LOADING = 0.9999
#: Of the items' own variances; where correlations leave the sum less, it is alike for everybody but for rounding.
_LEAST_SHARE = 1e-6
#: Where the search begins, in parts of the first component, which explains items' own variance too.
_FIRST_SHARE = 0.9


@dataclass(frozen=True)
class Covered:
    """The covariances of the levels of items, summed, and how the sum changes.

    Parameters
    ----------
    value : float
    by_correlation : array, shape (items, items)
        For the correlation behind each two items, in either order.
    by_cut : array, shape (items, cuts)
    """

    value: float
    by_correlation: Floats
    by_cut: Floats


def one_factor_loadings(given: Polychoric) -> Floats:
    """The loadings of one factor by unweighted least squares; shape (items,).

    Of two items only the product is known, and both are given a loading of the same size.
    """
    matrix = given.matrix
    if len(matrix) == 2:
        size = float(np.sqrt(abs(matrix[0, 1])))
        return np.array([size, size * np.sign(matrix[0, 1])])
    one, other = given.levels.pairs
    rows = np.arange(len(one))

    def residuals(loadings: Floats) -> Floats:
        return np.asarray(matrix[one, other] - loadings[one] * loadings[other])

    def slopes(loadings: Floats) -> Floats:
        table = np.zeros((len(one), len(loadings)))
        table[rows, one], table[rows, other] = -loadings[other], -loadings[one]
        return table

    values, vectors = np.linalg.eigh(matrix)
    start = vectors[:, -1] * np.sqrt(values[-1]) * _FIRST_SHARE
    found = least_squares(residuals, start * (1 if start.sum() >= 0 else -1), slopes, method="lm", xtol=1e-12)
    return np.asarray(found.x)


def categorical_omega(given: Polychoric, level: float = LEVEL) -> Outcome:
    """Categorical omega with its interval.

    Parameters
    ----------
    given : Polychoric
    level : float

    Returns
    -------
    Figure or InsufficientEvidence
        The latter where the sum of the items is alike for everybody, a correlation has no end, or an item has no
        variance of its own left beside the factor.
    """
    codes = given.levels.codes
    sums = codes[(codes >= 0).all(axis=1)].sum(axis=1)
    if sums.size and np.ptp(sums) == 0:
        return InsufficientEvidence(NAME, Fault("sum-constant", ""), given.fewest)
    if given.endless:
        pair = given.endless[0]
        return InsufficientEvidence(
            NAME, Fault("correlation-endless", "", {"one": pair[0], "other": pair[1]}), given.fewest
        )
    loadings = one_factor_loadings(given)
    improper = np.flatnonzero(np.abs(loadings) >= _LARGEST_LOADING)
    if improper.size:
        fault = Fault("heywood-case", "", {"name": given.names[int(improper[0])]})
        return InsufficientEvidence(NAME, fault, given.fewest)
    cuts = given.levels.cuts
    explained = covered(cuts, np.outer(loadings, loadings))
    inside = np.eye(len(loadings), dtype=np.bool_)
    whole, own = covered(cuts, np.where(inside, 0.0, given.matrix)), variances(given.levels.below, cuts)
    total = whole.value + own.value
    if total <= _LEAST_SHARE * own.value:
        return InsufficientEvidence(NAME, Fault("sum-constant", ""), given.fewest)
    value = explained.value / total
    by_loading = 2 * (explained.by_correlation @ loadings)
    through = _through_loadings(given, loadings, by_loading)
    by_correlation = through - value * 2 * np.where(inside, 0.0, whole.by_correlation)
    by_cut = explained.by_cut - value * (whole.by_cut + own.by_cut)
    one, other = given.levels.pairs
    moved = given.influence() @ by_correlation[one, other]
    moved = moved + np.einsum("pic,ic->p", given.levels.cut_influence(), by_cut)
    error = float(np.sqrt(moved @ moved)) / total
    ends = on_fisher_scale(value, error, level, given.fewest - 1)
    if ends is None:
        return Figure(NAME, value, level=level, n=given.fewest, method="green_yang", note="not_resampled")
    return Figure(NAME, value, *ends, level, given.fewest, "green_yang")


def covered(cuts: Floats, correlation: Floats) -> Covered:
    """The covariances of levels behind which variables with these correlations lie, below 1 in size."""
    is_cut = np.isfinite(cuts)
    at = np.where(is_cut, cuts, 0.0)
    one, other, bound = at[:, :, None, None], at[None, None], correlation[:, None, :, None]
    shape = np.broadcast_shapes(one.shape, other.shape, bound.shape)
    counts = is_cut[:, :, None, None] & is_cut[None, None]
    one, other, bound = (np.broadcast_to(each, shape) for each in (one, other, bound))
    together = np.where(counts, both_below(one, other, bound) - ndtr(one) * ndtr(other), 0.0)
    slope = np.where(counts, joint_density(one, other, bound), 0.0)
    by_cut = np.where(counts, density(one) * (below_given(other, one, bound) - ndtr(other)), 0.0)
    return Covered(float(together.sum()), slope.sum(axis=(1, 3)), 2 * by_cut.sum(axis=(2, 3)))


def variances(below: Floats, cuts: Floats) -> Covered:
    """The variances of the levels of each item."""
    share = np.where(np.isfinite(cuts), below, 0.0)
    higher = np.cumsum(np.isfinite(cuts)[:, ::-1], axis=1)[:, ::-1] - 1  # cuts above each
    sums = share.sum(axis=1, keepdims=True)
    value = float((share * (2 * higher + 1)).sum() - (sums**2).sum())
    by_cut = np.where(np.isfinite(cuts), density(cuts) * (2 * higher + 1 - 2 * sums), 0.0)
    return Covered(value, np.zeros((len(cuts), len(cuts))), by_cut)


def _through_loadings(given: Polychoric, loadings: Floats, by_loading: Floats) -> Floats:
    """How something that changes with the loadings changes with each correlation that they are fitted to.

    By the theorem on implicit functions, at loadings that leave the squares as small as they can be.
    """
    others = 1 - np.eye(len(loadings))
    bend = others * (2 * np.outer(loadings, loadings) - given.matrix)
    np.fill_diagonal(bend, others @ loadings**2)
    solved = np.linalg.lstsq(bend, by_loading, rcond=None)[0]  # of two items only the product is known
    once = others * np.outer(solved, loadings)
    return np.asarray(once + once.T)
