"""Polychoric correlations: how far what lies behind the levels of two items goes together.

Behind each item a normal variable is taken to lie, which is cut into levels. In the first step the cuts of each item
are estimated from everybody who was rated on it, in the second the correlation of each two items from everybody who
was rated on both, by maximum likelihood. Standard errors take in that the cuts are estimated too. Of two items of two
levels where a combination occurs for nobody, half a person is put there and the margins are kept, as lavaan does;
not where both combinations of a diagonal occur for nobody, since one item then follows from the other.

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika 44.
Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and continuous latent
variable indicators. Psychometrika 49.
Savalei, V. (2011). What to do about zero frequency cells when estimating polychoric correlations. Structural Equation
Modeling 18.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from instruments.research.estimation.roc import Floats
from instruments.research.structure.cells import LEAST_CHANCE, cells, edges, without_empty
from instruments.research.structure.normal import below_given, density
from instruments.research.structure.pairs import Whole, as_matrix

_ROUNDS = 60
_SETTLED = 1e-9
#: Fisher's z of the largest correlation that is tried, 0.9999; one that comes so far has no end.
_FARTHEST = float(np.arctanh(0.9999))
_LONGEST_STEP = 0.7
#: How much likelier, in logarithms, a correlation is than one of nearly 1 where the ratings tell the two apart.
_TOLD_APART = 1e-6
_BLANK = -1


@dataclass(frozen=True)
class Levels:
    """Ratings as places among the levels that occur, and everything that is counted of them.

    Parameters
    ----------
    codes : array of int, shape (people, items)
        -1 for a blank.
    numbers : array of int, shape (items,)
        How many levels occur of each item.
    """

    codes: Whole
    numbers: Whole

    @classmethod
    def of(cls, ratings: Floats) -> "Levels":
        """Place ratings, shape (people, items), NaN for a blank, among the levels that occur of each item."""
        codes = np.full(ratings.shape, _BLANK, np.intp)
        numbers = np.zeros(ratings.shape[1], np.intp)
        for item, column in enumerate(ratings.T):
            known = ~np.isnan(column)
            levels, placed = np.unique(column[known], return_inverse=True)
            codes[known, item], numbers[item] = placed, len(levels)
        return cls(codes, numbers)

    @cached_property
    def most(self) -> int:
        """The most levels that an item has."""
        return int(self.numbers.max())

    @cached_property
    def indicators(self) -> Floats:
        """1 where a person has a level of an item, the last standing for a blank; (people, items, most + 1)."""
        places = np.r_[np.arange(self.most), _BLANK]
        return np.asarray(self.codes[:, :, None] == places, dtype=np.float64)

    @cached_property
    def rated(self) -> Floats:
        """How many were rated on each item."""
        return np.asarray(self.indicators[:, :, :-1].sum(axis=(0, 2)))

    @cached_property
    def below(self) -> Floats:
        """The share that has each level or a lower one; shape (items, most - 1), 1 beyond an item's last cut."""
        counts = self.indicators[:, :, :-1].sum(axis=0)
        shares = np.cumsum(counts, axis=1)[:, :-1] / self.rated[:, None]
        return np.where(np.arange(1, self.most) < self.numbers[:, None], shares, 1.0)

    @cached_property
    def cuts(self) -> Floats:
        """Where the variable behind each item is cut; shape (items, most - 1), infinite beyond an item's last."""
        return np.asarray(ndtri(self.below))

    @cached_property
    def pairs(self) -> tuple[Whole, Whole]:
        """The first and the second item of every two."""
        one, other = np.triu_indices(len(self.numbers), 1)
        return one, other

    def tables(self) -> Floats:
        """How many have each two levels of each two items, blanks last; shape (pairs, most + 1, most + 1)."""
        people, items, width = self.indicators.shape
        flat = self.indicators.reshape(people, -1)
        joint = (flat.T @ flat).reshape(items, width, items, width)
        one, other = self.pairs
        return joint[one, :, other, :]

    def cut_influence(self) -> Floats:
        """What each person adds to the error of each cut; shape (people, items, most - 1)."""
        known = 1 - self.indicators[:, :, -1:]
        lower = np.cumsum(self.indicators[:, :, :-1], axis=2)[:, :, :-1]
        return (lower - known * self.below) * self._by_density[None]

    @cached_property
    def _by_density(self) -> Floats:
        height = density(self.cuts) * self.rated[:, None]
        return np.divide(1.0, height, out=np.zeros_like(height), where=height > 0)


@dataclass(frozen=True)
class Polychoric:
    """Polychoric correlations of items.

    Parameters
    ----------
    names : tuple of str
    matrix : array, shape (items, items)
    errors : array, shape (items, items)
        Standard errors; 0 for an item with itself, NaN where the correlation has no end.
    n : array, shape (items, items)
        How many were rated on both.
    levels : Levels
    outside : array, shape (items, items)
        Of those rated on both, how many are outside the commonest level of the item on which fewer are.
    tables : array, shape (pairs, levels + 1, levels + 1)
        What a person with each two levels (the last for a blank) adds to the error of the pair's correlation.
    endless : tuple of (str, str)
        Pairs whose correlation went to -1 or 1, or to where the ratings do not tell it from that: their levels occur as
        if one item followed from the other.
    """

    names: tuple[str, ...]
    matrix: Floats
    errors: Floats
    n: Floats
    outside: Floats
    levels: Levels
    tables: Floats
    endless: tuple[tuple[str, str], ...]

    @property
    def fewest(self) -> int:
        """The smallest number of people that a correlation rests on."""
        return int(self.n.min())

    def influence(self) -> Floats:
        """What each person adds to the error of each correlation; shape (people, pairs)."""
        one, other = self.levels.pairs
        codes = self.levels.codes
        return np.asarray(self.tables[np.arange(len(one)), codes[:, one], codes[:, other]])


def polychoric(ratings: pd.DataFrame) -> Polychoric:
    """Estimate the polychoric correlation of each two items.

    Parameters
    ----------
    ratings : DataFrame, shape (people, items)
        Codes of levels; NaN for a blank. Each item has two levels or more, and each two items people rated on both.

    Returns
    -------
    Polychoric

    Examples
    --------
    >>> pairs = pd.DataFrame({"a": [0, 0, 0, 1, 1, 1, 0, 1], "b": [0, 0, 1, 1, 1, 0, 0, 1]})
    >>> polychoric(pairs).matrix.round(4)
    array([[1.    , 0.7071],
           [0.7071, 1.    ]])
    """
    levels = Levels.of(ratings.to_numpy(np.float64))
    names = tuple(map(str, ratings))
    counts = levels.tables()
    correlations = correlations_of(levels, counts)
    tables = _influence_tables(levels, counts, correlations)
    errors = np.sqrt((counts * tables**2).sum(axis=(1, 2)))
    one, other = levels.pairs
    ended = _is_endless(levels.cuts[one], levels.cuts[other], _counted(levels, counts), correlations)
    errors[ended] = np.nan
    rated, both = levels.rated, counts[:, :-1, :-1]
    commonest = np.maximum(both.sum(axis=2).max(axis=1), both.sum(axis=1).max(axis=1))
    return Polychoric(
        names,
        as_matrix(correlations, len(names), 1.0),
        as_matrix(errors, len(names)),
        as_matrix(both.sum(axis=(1, 2)), len(names)) + np.diag(rated),
        as_matrix(both.sum(axis=(1, 2)) - commonest, len(names)),
        levels,
        tables,
        tuple((names[one[place]], names[other[place]]) for place in np.flatnonzero(ended)),
    )


def polychoric_matrix(ratings: Floats) -> Floats:
    """The correlations alone; shape (items, items)."""
    levels = Levels.of(ratings)
    return as_matrix(correlations_of(levels, levels.tables()), len(levels.numbers), 1.0)


def correlations_of(levels: Levels, tables: Floats) -> Floats:
    """The correlation of each pair that makes its table most likely, by Fisher scoring on the scale of Fisher's z."""
    one, other = levels.pairs
    first, second = levels.cuts[one], levels.cuts[other]
    counts = _counted(levels, tables)
    people = counts.sum(axis=(1, 2))
    scale = np.zeros(len(one))
    going = np.ones(len(one), np.bool_)
    for _ in range(_ROUNDS):
        correlation = np.tanh(scale[going])
        chance, change = cells(first[going], second[going], correlation)
        score = (counts[going] * change / chance).sum(axis=(1, 2))
        information = people[going] * (change**2 / chance).sum(axis=(1, 2))
        step = score / np.maximum(information * (1 - correlation**2), LEAST_CHANCE)
        scale[going] = np.clip(scale[going] + step.clip(-_LONGEST_STEP, _LONGEST_STEP), -_FARTHEST, _FARTHEST)
        moved = np.abs(np.tanh(scale[going]) - correlation)
        going[going] = moved > _SETTLED
        if not going.any():
            break
    return np.tanh(scale)


def _counted(levels: Levels, tables: Floats) -> Floats:
    """The tables of those rated on both items, as they are estimated from."""
    one, other = levels.pairs
    return without_empty(tables[:, :-1, :-1], (levels.numbers[one] == 2) & (levels.numbers[other] == 2))


def _is_endless(first: Floats, second: Floats, counts: Floats, correlations: Floats) -> NDArray[np.bool_]:
    """Whether each correlation went as far as is tried, or the likelihood stopped changing before."""
    farthest = np.where(correlations < 0, -1, 1) * np.tanh(_FARTHEST)

    def likelihood(correlation: Floats) -> Floats:
        return np.asarray((counts * np.log(cells(first, second, correlation)[0])).sum(axis=(1, 2)))

    return likelihood(correlations) - likelihood(farthest) < _TOLD_APART


def _influence_tables(levels: Levels, counts: Floats, correlation: Floats) -> Floats:
    """What a person with each two levels adds to the error of each correlation (Muthén 1984, two steps)."""
    one, other = levels.pairs
    first, second = levels.cuts[one], levels.cuts[other]
    seen = counts[:, :-1, :-1]
    chance, change = cells(first, second, correlation)
    score = change / chance
    information = (seen * score**2).sum(axis=(1, 2))
    weighted = seen * score / chance
    of_first = _by_cuts(weighted, first, second, correlation)
    of_second = _by_cuts(weighted.swapaxes(1, 2), second, first, correlation)
    tables = np.zeros_like(counts)
    tables[:, :-1, :-1] = score
    tables -= _through_cuts(levels, one, of_first)[:, :, None]
    tables -= _through_cuts(levels, other, of_second)[:, None, :]
    return np.asarray(tables / np.maximum(information, LEAST_CHANCE)[:, None, None])


def _by_cuts(weighted: Floats, first: Floats, second: Floats, correlation: Floats) -> Floats:
    """How the score of the correlation goes with that of each cut of the first item; shape (pairs, cuts)."""
    is_cut = np.isfinite(first)
    cut = np.where(is_cut, first, 0.0)[:, :, None]
    given = below_given(edges(second)[:, None, :], cut, correlation[:, None, None])
    slope = np.where(is_cut, density(first), 0.0)[:, :, None] * np.diff(given, axis=2)
    return np.asarray(((weighted[:, :-1] - weighted[:, 1:]) * slope).sum(axis=2))


def _through_cuts(levels: Levels, items: Whole, weights: Floats) -> Floats:
    """What a person at each level, or without one, moves the correlation by through the cuts of one item."""
    lower = np.arange(levels.most)[:, None] <= np.arange(levels.most - 1)[None, :]  # (levels, cuts)
    moved = (lower[None] - levels.below[items][:, None, :]) * levels._by_density[items][:, None, :]
    at_levels = (moved * weights[:, None, :]).sum(axis=2)
    return np.concatenate([at_levels, np.zeros((len(items), 1))], axis=1)
