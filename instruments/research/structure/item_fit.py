"""Whether the graded response model holds: what two items share beyond the trait, and how levels follow the total.

Both take people who were rated on all items; the model itself may have been fitted to more.

References
----------
Yen, W. M. (1984). Effects of local item dependence on the fit and equating performance of the three-parameter logistic
model. Applied Psychological Measurement 8.
Orlando, M. & Thissen, D. (2000). Likelihood-based item-fit indices for dichotomous item response theory models. Applied
Psychological Measurement 24.
Kang, T. & Chen, T. T. (2008). Performance of the generalized S-X2 item fit index for polytomous IRT models. Journal of
Educational Measurement 45.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from instruments.research.estimation.roc import Floats
from instruments.research.faults import NoVariationError
from instruments.research.item_response.graded_response import POINTS, chances
from instruments.research.item_response.transformer import GradedResponse
from instruments.research.limits import limits

#: The total of a whole row is a sum of expected cells, and is known to rounding only.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ItemFit:
    """How levels of an item follow the total, against what the model expects.

    Parameters
    ----------
    item : str
    statistic : float
        S-X2.
    degrees : int
        0 or less where too few cells are left: nothing can be tested then.
    p : float or None
    n : int
    """

    item: str
    statistic: float
    degrees: int
    p: float | None
    n: int


def residual_correlations(model: GradedResponse, ratings: pd.DataFrame) -> Floats:
    """Yen's Q3: the correlations of what is left of the ratings when the trait of each person is taken away.

    Parameters
    ----------
    model : GradedResponse
        Fitted.
    ratings : DataFrame, shape (people, items)
        Without blanks; the items that the model was fitted to. The trait is the mean of what it can be (EAP).

    Returns
    -------
    array, shape (items, items)

    Raises
    ------
    NoVariationError
        If nothing is left of an item.
    """
    codes = _places(model, ratings)
    trait = model.transform(ratings)[:, 0]
    levels = tuple(map(len, model.levels_))
    table = chances(levels, model.parameters_, trait)
    ends = np.cumsum([0, *levels])
    expected = [np.arange(number) @ table[ends[item] : ends[item + 1]] for item, number in enumerate(levels)]
    left = codes - np.stack(expected, axis=1)
    left -= left.mean(axis=0)
    size = np.sqrt((left**2).sum(axis=0))
    if not size.all():
        raise NoVariationError("", name=model.items_[int(size.argmin())])
    return np.asarray(left.T @ left / np.outer(size, size))


def item_fit(model: GradedResponse, ratings: pd.DataFrame) -> list[ItemFit]:
    """S-X2 of each item: how many with each total have each level, against what the model expects.

    Totals that only one way of rating gives tell nothing. Totals that some level of the item cannot occur with are
    joined to the nearest that all can; cells are then joined to their neighbours until enough people are expected in
    each: levels at each total and, of items of two levels, totals.

    Parameters
    ----------
    model : GradedResponse
        Fitted.
    ratings : DataFrame, shape (people, items)
        Without blanks.
    """
    codes = _places(model, ratings)
    levels = tuple(map(len, model.levels_))
    table, weights = chances(levels, model.parameters_), model.parameters_.prior()[0]
    ends = np.cumsum([0, *levels])
    of_items = [table[ends[item] : ends[item + 1]] for item in range(len(levels))]
    totals = codes.sum(axis=1).astype(np.intp)
    count = int(sum(levels)) - len(levels) + 1
    people = np.bincount(totals, minlength=count)
    fits = []
    for item, number in enumerate(levels):
        rest = _sum_of([each for place, each in enumerate(of_items) if place != item])
        joint = np.zeros((count, number))
        for level in range(number):
            joint[level : level + len(rest), level] = (rest * of_items[item][level]) @ weights
        expected = joint / joint.sum(axis=1, keepdims=True) * people[:, None]
        observed = np.zeros((count, number))
        np.add.at(observed, (totals, codes[:, item].astype(np.intp)), 1)
        fits.append(_held_against(str(model.items_[item]), observed, expected, len(codes)))
    return fits


def _places(model: GradedResponse, ratings: pd.DataFrame) -> Floats:
    """Codes as places among the levels that the model knows."""
    columns = [np.searchsorted(levels, ratings[name]) for name, levels in zip(model.items_, model.levels_, strict=True)]
    return np.stack(columns, axis=1).astype(np.float64)


def _sum_of(items: list[Floats]) -> Floats:
    """The chance of each sum of items at each point of the trait; shape (sums, points) (Lord & Wingersky 1984)."""
    sums = np.ones((1, len(POINTS)))
    for item in items:
        longer = np.zeros((len(sums) + len(item) - 1, len(POINTS)))
        for level, chance in enumerate(item):
            longer[level : level + len(sums)] += sums * chance
        sums = longer
    return sums


def _held_against(item: str, observed: Floats, expected: Floats, n: int) -> ItemFit:
    levels = observed.shape[1]
    tables = [_tails_joined(each) for each in (observed, expected)]
    filled = tables[0].sum(axis=1) > 0
    seen, awaited = (each[filled] for each in tables)
    if levels == 2:
        seen, awaited = _joined(seen, awaited)
    cells = (
        [(seen, awaited)]
        if levels == 2
        else [_joined(a[:, None], b[:, None]) for a, b in zip(seen, awaited, strict=True)]
    )
    statistic = sum(float(((a - b) ** 2 / b).sum()) for a, b in cells)
    free = sum(a.size for a, _ in cells) - (len(seen) if levels == 2 else len(cells))
    degrees = free - levels  # a slope and one location less than there are levels
    return ItemFit(item, statistic, degrees, float(chi2.sf(statistic, degrees)) if degrees > 0 else None, n)


def _tails_joined(table: Floats) -> Floats:
    """The table by total without its ends, those added to the rest that not every level can occur with."""
    levels, inner = table.shape[1], table[1:-1]
    low, high = levels - 2, len(inner) - levels + 1
    if high <= low:
        return np.asarray(inner.sum(axis=0, keepdims=True))
    joined = inner[low : high + 1].copy()
    joined[0] += inner[:low].sum(axis=0)
    joined[-1] += inner[high + 1 :].sum(axis=0)
    return joined


def _joined(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Rows joined, the one that least is expected in to its smaller neighbour, until each cell has enough."""
    least = limits().expected_in_cell.value * (1 - _ROUNDING)
    while len(expected) > 1 and expected.min() < least:
        row = int(expected.min(axis=1).argmin())
        around = [place for place in (row - 1, row + 1) if 0 <= place < len(expected)]
        to = min(around, key=lambda place: float(expected[place].sum()))
        for table in (observed, expected):
            table[to] += table[row]
        observed, expected = np.delete(observed, row, axis=0), np.delete(expected, row, axis=0)
    return observed, expected
