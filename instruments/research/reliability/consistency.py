"""Internal consistency: Cronbach's alpha, McDonald's omega, and what each item has to do with the rest.

All figures come from the covariances of the items. Where ratings are blank, each covariance rests on the people rated
on both items, as in R's *psych*, and intervals on the smallest number of them. Nothing is imputed.

Standard errors are the jackknife's over people (of many people, over parts of them), and intervals stand on Fisher's
scale with Student's t: they ask for no normal distribution, which ratings on three levels do not have.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from instruments.faults import Fault
from instruments.research.estimation.intervals import LEVEL, jackknifed_error, on_fisher_scale
from instruments.research.estimation.roc import Floats
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row
from instruments.research.limits import limits

_ROUNDS = 5000
_SETTLED = 1e-10
#: Values without some of the people are compared with one another, and differ by far more than this.
_SETTLED_WITHOUT = 1e-6
#: A unique variance is at least this share of an item's, and two passes are followed no farther than so many times.
_LEAST_UNIQUE, _FARTHEST = 1e-6, 64.0
#: So many parts at most are left out one by one; with fewer people, each of them.
_PARTS = 400
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
    ratings : array, shape (people, items)
        What they come from.
    """

    names: tuple[str, ...]
    matrix: Floats
    n: int
    ratings: Floats

    @classmethod
    def of(cls, ratings: pd.DataFrame) -> "Covariances":
        """The covariances of the items that tell people apart; the others are left out."""
        kept = ratings.loc[:, ratings.nunique() > 1]
        known = kept.notna().to_numpy(np.int64)
        fewest = int((known.T @ known).min()) if kept.shape[1] else 0
        return cls(tuple(kept.columns), kept.cov().to_numpy(), fewest, kept.to_numpy(np.float64))

    @cached_property
    def without_each(self) -> Floats:
        """The covariances without each of the people, or each of many parts; shape (parts, items, items)."""
        known = (~np.isnan(self.ratings)).astype(np.float64)
        values = np.where(known > 0, self.ratings - np.nanmean(self.ratings, axis=0), 0.0)
        parts = np.arange(len(values)) % min(len(values), _PARTS)
        order = np.argsort(parts, kind="stable")
        starts = np.searchsorted(parts[order], np.arange(parts.max() + 1))
        groups = list(zip(starts, [*starts[1:], len(values)], strict=True))
        counts, sums, products = (
            np.stack([one[order[start:stop]].T @ other[order[start:stop]] for start, stop in groups])
            for one, other in ((known, known), (values, known), (values, values))
        )
        n, total, squares = (each.sum(axis=0) - each for each in (counts, sums, products))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((squares - total * total.swapaxes(1, 2) / n) / (n - 1))


def alpha_of(matrix: Floats) -> float:
    """Cronbach's alpha from the covariances of the items; NaN where their sum is the same for everybody.

    Parameters
    ----------
    matrix : array, shape (items, items)

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16.

    Examples
    --------
    >>> round(alpha_of(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    return float(alphas_of(matrix[None])[0])


def cronbach_alpha(
    given: Covariances, level: float = LEVEL, method: Literal["jackknife", "feldt"] = "jackknife"
) -> Outcome:
    """Cronbach's alpha with a jackknife interval, or on request with Feldt's, for items that are normally distributed.

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
    if method == "jackknife":
        return _jackknifed("cronbach_alpha", value, given, alphas_of, level)
    people, both = given.n - 1, (given.n - 1) * (items - 1)
    low = 1 - (1 - value) * f_distribution.ppf((1 + level) / 2, people, both)
    high = 1 - (1 - value) * f_distribution.ppf((1 - level) / 2, people, both)
    return Figure("cronbach_alpha", value, low, high, level, given.n, "feldt")


def omega_total(given: Covariances, level: float = LEVEL) -> Outcome:
    """McDonald's omega of a model with one factor, fitted by maximum likelihood to the covariances of the items.

    *psych* reports an omega of several factors as well, which is another quantity.

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
    return _jackknifed("omega_total", value, given, _omegas_without, level, "one_factor")


def _jackknifed(
    name: str,
    value: float,
    given: Covariances,
    statistic: Callable[[Floats], Floats],
    level: float,
    method: str = "jackknife",
) -> Figure:
    without = statistic(given.without_each)
    error = jackknifed_error(without, np.ones(len(without)))
    ends = on_fisher_scale(value, error, level, min(given.n, len(without)) - 1)
    if ends is None:
        return Figure(name, value, level=level, n=given.n, method=method, note="not_resampled")
    return Figure(name, value, *ends, level, given.n, method)


def item_rows(given: Covariances, level: float = LEVEL) -> tuple[Row, ...]:
    """For each item: its correlation with the sum of the others, and alpha without it."""
    rows = []
    for place, name in enumerate(given.names):
        others = np.delete(np.arange(len(given.names)), place)
        figures: list[Outcome] = []
        for lacking in (_lacking("item_rest", given), _lacking("alpha_if_dropped", given)):
            figures += [lacking] if lacking is not None else []
        if not figures:
            figures.append(_item_rest(given, place, level))
            if len(others) > 1:
                alpha = alpha_of(given.matrix[np.ix_(others, others)])
                if np.isnan(alpha):
                    figures.append(_constant_sum("alpha_if_dropped", given))
                else:
                    figures.append(Figure("alpha_if_dropped", alpha, level=level, n=given.n))
            else:
                few = Fault("too-few-items", "", {"items": len(others), "needed": 2})
                figures.append(InsufficientEvidence("alpha_if_dropped", few, given.n))
        rows.append(Row((name,), tuple(figures)))
    return tuple(rows)


def _item_rest(given: Covariances, place: int, level: float) -> Outcome:
    statistic = partial(_correlations_with_rest, place=place)
    value = float(statistic(given.matrix[None])[0])
    if not -1 < value < 1:  # covariances of different people need not fit together
        return InsufficientEvidence("item_rest", Fault("no-variation", "", {"name": given.names[place]}), given.n)
    return _jackknifed("item_rest", value, given, statistic, level)


def _correlations_with_rest(matrices: Floats, place: int) -> Floats:
    own, with_others = matrices[:, place, place], matrices[:, place].sum(axis=1) - matrices[:, place, place]
    rest = matrices.sum(axis=(1, 2)) - own - 2 * with_others
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(own * rest > 0, with_others / np.sqrt(own * rest), np.nan)


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


def alphas_of(matrices: Floats) -> Floats:
    """Cronbach's alpha of each of several matrices, shape (matrices, items, items); NaN as in `alpha_of`."""
    items, of_sum, parts = matrices.shape[1], matrices.sum(axis=(1, 2)), np.einsum("dii->d", matrices)
    with np.errstate(invalid="ignore", divide="ignore"):
        alphas = items / (items - 1) * (1 - parts / of_sum)
    return np.where(of_sum > _NOTHING * parts, alphas, np.nan)


def _omegas_without(matrices: Floats) -> Floats:
    return _omegas(matrices, settled=_SETTLED_WITHOUT)


def _omegas(matrices: Floats, settled: float = _SETTLED) -> Floats:
    """Omega of each matrix of covariances; NaN where the model did not settle.

    Expectation and maximisation for one factor, as everything needed of the people is in their covariances; two passes
    tell how far to carry on in their direction (Varadhan & Roland 2008, Scandinavian Journal of Statistics 35).
    """
    sizes = np.einsum("dii->di", matrices)
    now = np.stack([np.sqrt(np.maximum(sizes, 0) / 2), sizes / 2], axis=1)
    going = np.isfinite(matrices).all(axis=(1, 2)) & (sizes > 0).all(axis=1)
    omegas = np.full(len(matrices), np.nan)
    for _ in range(_ROUNDS // 3):
        if not going.any():
            break
        part, start, size = matrices[going], now[going], sizes[going]
        first = _improved(part, start)
        second = _improved(part, first)
        moved = np.abs(second[:, 0] - first[:, 0]).max(axis=1)
        is_settled = moved < settled * np.sqrt(size).max(axis=1)
        now[going] = _improved(part, _carried_on(start, first, second, size))
        done = np.flatnonzero(going)[is_settled]
        common = second[is_settled, 0].sum(axis=1) ** 2
        omegas[done] = common / (common + second[is_settled, 1].sum(axis=1))
        going[done] = False
    return omegas


def _improved(matrices: Floats, given: Floats) -> Floats:
    """Loadings and unique variances, shape (matrices, 2, items), after a pass."""
    old, rest = given[:, 0], given[:, 1]
    sizes = np.einsum("dii->di", matrices)
    weights = old / rest
    weights = weights / (1 + (old * weights).sum(axis=1))[:, None]
    moved = np.einsum("dij,dj->di", matrices, weights)
    new = moved / (1 - (weights * old).sum(axis=1) + (weights * moved).sum(axis=1))[:, None]
    return np.stack([new, np.maximum(sizes - new * moved, _LEAST_UNIQUE * sizes)], axis=1)


def _carried_on(start: Floats, first: Floats, second: Floats, sizes: Floats) -> Floats:
    """Where two passes lead if their direction is followed."""
    step, bend = first - start, second - 2 * first + start
    with np.errstate(invalid="ignore", divide="ignore"):
        length = np.sqrt((step**2).sum(axis=(1, 2)) / (bend**2).sum(axis=(1, 2)))
    length = np.where(np.isfinite(length), length.clip(1, _FARTHEST), 1)[:, None, None]
    carried = start + 2 * length * step + length**2 * bend
    carried[:, 1] = carried[:, 1].clip(_LEAST_UNIQUE * sizes, sizes)
    return np.asarray(carried)
