"""Internal consistency: Cronbach's alpha, McDonald's omega, and what each item has to do with the rest.

All figures come from the covariances of the items. Where ratings are blank, each covariance rests on the people rated
on both items, as in R's *psych*, and intervals on the smallest number of them. Nothing is imputed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as f_distribution
from scipy.stats import norm

from instruments.faults import Fault
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Row
from instruments.research.limits import limits
from instruments.research.resampling import Resampling, in_blocks
from instruments.research.roc import Floats
from instruments.research.sums import LEVEL, percentile_interval

_ROUNDS = 5000
_SETTLED = 1e-10
#: A draw is not told by itself, and its own error is far larger than this.
_SETTLED_DRAW = 1e-6
#: A variance of the sum below this share of those of the items is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class Covariances:
    """Covariances of items.

    Parameters
    ----------
    names : tuple of str
    matrix : array, shape (items, items)
    n : int
        The smallest number of people that a covariance rests on.
    """

    names: tuple[str, ...]
    matrix: Floats
    n: int

    @classmethod
    def of(cls, ratings: pd.DataFrame) -> "Covariances":
        """The covariances of the items that tell people apart; the others are left out."""
        kept = ratings.loc[:, ratings.nunique() > 1]
        known = kept.notna().to_numpy(np.int64)
        fewest = int((known.T @ known).min()) if kept.shape[1] else 0
        return cls(tuple(kept.columns), kept.cov().to_numpy(), fewest)


def alpha_of(matrix: Floats) -> float:
    """Cronbach's alpha from the covariances of the items; NaN where their sum is the same for everybody."""
    items, of_sum = len(matrix), matrix.sum()
    if not of_sum > _NOTHING * np.trace(matrix):
        return float("nan")
    return float(items / (items - 1) * (1 - np.trace(matrix) / of_sum))


def cronbach_alpha(given: Covariances, level: float = LEVEL) -> Outcome:
    """Cronbach's alpha with Feldt's interval.

    References
    ----------
    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
    Psychometrika 30.
    """
    if (lacking := _lacking("cronbach_alpha", given)) is not None:
        return lacking
    value, items = alpha_of(given.matrix), len(given.names)
    if np.isnan(value):
        return _constant_sum("cronbach_alpha", given)
    people, both = given.n - 1, (given.n - 1) * (items - 1)
    low = 1 - (1 - value) * f_distribution.ppf((1 + level) / 2, people, both)
    high = 1 - (1 - value) * f_distribution.ppf((1 - level) / 2, people, both)
    return Figure("cronbach_alpha", value, low, high, level, given.n, "feldt")


def omega_total(ratings: pd.DataFrame, given: Covariances, resampling: Resampling) -> Outcome:
    """McDonald's omega of a model with one factor, fitted by maximum likelihood to the covariances of the items.

    *psych* reports an omega of several factors as well, which is another quantity. The interval draws people.

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.
    """
    if (lacking := _lacking("omega_total", given)) is not None:
        return lacking
    value = float(_omegas(given.matrix[None])[0])
    if not np.isfinite(value):
        parameters: dict[str, object] = {"name": "omega_total", "iterations": _ROUNDS}
        return InsufficientEvidence("omega_total", Fault("not-converged", "", parameters), given.n)
    values_of_people = ratings[list(given.names)].to_numpy(np.float64)
    blocks = in_blocks(_draw_omegas, resampling.draws, resampling.seed, resampling.n_jobs, values_of_people)
    drawn = np.concatenate(blocks) if blocks else np.empty(0)
    low, high = percentile_interval(drawn) or (None, None)
    note = "" if low is not None else "not_resampled"
    return Figure("omega_total", value, low, high, LEVEL, given.n, "one_factor", note)


def item_rows(given: Covariances, level: float = LEVEL) -> tuple[Row, ...]:
    """For each item: its correlation with the sum of the others, with Fisher's interval, and alpha without it."""
    rows = []
    for place, name in enumerate(given.names):
        others = np.delete(np.arange(len(given.names)), place)
        without = given.matrix[np.ix_(others, others)]
        figures: list[Outcome] = []
        for lacking in (_lacking("item_rest", given), _lacking("alpha_if_dropped", given)):
            figures += [lacking] if lacking is not None else []
        if not figures:
            figures.append(_item_rest(given, place, others, without, level))
            if len(others) > 1:
                alpha = alpha_of(without)
                if np.isnan(alpha):
                    figures.append(_constant_sum("alpha_if_dropped", given))
                else:
                    figures.append(Figure("alpha_if_dropped", alpha, level=level, n=given.n))
            else:
                few = Fault("too-few-items", "", {"items": len(others), "needed": 2})
                figures.append(InsufficientEvidence("alpha_if_dropped", few, given.n))
        rows.append(Row((name,), tuple(figures)))
    return tuple(rows)


def _item_rest(given: Covariances, place: int, others: NDArray[np.intp], without: Floats, level: float) -> Outcome:
    scale = given.matrix[place, place] * without.sum()
    value = float(given.matrix[place, others].sum() / np.sqrt(scale)) if scale > 0 else np.nan
    if not -1 < value < 1:  # covariances of different people need not fit together
        return InsufficientEvidence("item_rest", Fault("no-variation", "", {"name": given.names[place]}), given.n)
    half = norm.ppf((1 + level) / 2) / np.sqrt(given.n - 3)
    low, high = np.tanh(np.arctanh(value) + np.array([-half, half]))
    return Figure("item_rest", value, low, high, level, given.n, "fisher")


def _constant_sum(name: str, given: Covariances) -> InsufficientEvidence:
    return InsufficientEvidence(name, Fault("constant-sum", ""), given.n)


def _lacking(name: str, given: Covariances) -> InsufficientEvidence | None:
    if len(given.names) < 2:
        fault = Fault("too-few-items", "", {"items": len(given.names), "needed": 2})
    elif given.n < (needed := limits().whole("consistency_persons")):
        fault = Fault("too-few-rows", "", {"n": given.n, "needed": needed})
    else:
        return None
    return InsufficientEvidence(name, fault, given.n)


def _draw_omegas(random: np.random.Generator, size: int, ratings: Floats) -> Floats:
    alike = np.full(len(ratings), 1 / len(ratings))
    weights = random.multinomial(len(ratings), alike, size)
    if np.isnan(ratings).any():
        return _omegas(np.stack([_pairwise(ratings, each) for each in weights]), settled=_SETTLED_DRAW)
    return _omegas(_of_complete(ratings, weights), settled=_SETTLED_DRAW)


def _of_complete(ratings: Floats, weights: NDArray[np.int64]) -> Floats:
    """Covariances of the items in every draw at once, where nobody has a blank."""
    n, items = ratings.shape
    upper = np.triu_indices(items)
    centred = ratings - ratings.mean(axis=0)
    drawn = weights.astype(np.float64)
    means = drawn @ centred / n
    products = drawn @ (centred[:, upper[0]] * centred[:, upper[1]])
    found = (products - n * means[:, upper[0]] * means[:, upper[1]]) / (n - 1)
    covariances: Floats = np.empty((len(weights), items, items))
    covariances[:, upper[0], upper[1]] = covariances[:, upper[1], upper[0]] = found
    return covariances


def _pairwise(ratings: Floats, weights: NDArray[np.int64]) -> Floats:
    """Covariances of each two items over the people rated on both, who count as often as they were drawn."""
    known = (~np.isnan(ratings)).astype(np.float64)
    values = np.where(known > 0, ratings, 0.0)
    weighted = values * weights[:, None]
    present = known * weights[:, None]
    n = present.T @ known
    sums = weighted.T @ known  # of the row's item, over those rated on the column's as well
    with np.errstate(invalid="ignore", divide="ignore"):
        covariances: Floats = (weighted.T @ values - sums * sums.T / n) / (n - 1)
    return covariances


def _omegas(matrices: Floats, settled: float = _SETTLED) -> Floats:
    """Omega of each matrix of covariances; NaN where the model did not settle.

    Expectation and maximisation for one factor: everything needed of the people is in their covariances.
    """
    sizes = np.einsum("dii->di", matrices)
    loadings = np.sqrt(np.maximum(sizes, 0) / 2)
    unique = sizes / 2
    going = np.isfinite(matrices).all(axis=(1, 2)) & (sizes > 0).all(axis=1)
    omegas = np.full(len(matrices), np.nan)
    for _ in range(_ROUNDS):
        if not going.any():
            break
        part, old, rest = matrices[going], loadings[going], unique[going]
        weights = old / rest
        weights /= (1 + (old * weights).sum(axis=1))[:, None]
        moved = np.einsum("dij,dj->di", part, weights)
        new = moved / (1 - (weights * old).sum(axis=1) + (weights * moved).sum(axis=1))[:, None]
        rest = np.maximum(sizes[going] - new * moved, 1e-6 * sizes[going])
        loadings[going], unique[going] = new, rest
        is_settled = np.abs(new - old).max(axis=1) < settled * np.sqrt(sizes[going]).max(axis=1)
        done = np.flatnonzero(going)[is_settled]
        common = loadings[done].sum(axis=1) ** 2
        omegas[done] = common / (common + unique[done].sum(axis=1))
        going[done] = False
    return omegas
