"""Parallel analysis: how many components explain more than they would if no item had to do with another.

The ratings of each item are dealt out to other people, blanks staying where they are, so that each item keeps how
common its levels are. A component counts while its eigenvalue, and that of all before it, lies above a quantile of
those of the dealt ratings.

References
----------
Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika 30.
Glorfeld, L. W. (1995). An improvement on Horn's parallel analysis methodology for selecting the correct number of
factors to retain. Educational and Psychological Measurement 55.
Garrido, L. E., Abad, F. J. & Ponsoda, V. (2013). A new look at Horn's parallel analysis with ordinal variables.
Psychological Methods 18.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from instruments.research.estimation.resampling import Resampling, in_blocks
from instruments.research.estimation.roc import Floats
from instruments.research.limits import limits
from instruments.research.structure.polychoric import polychoric_matrix

Kind = Literal["polychoric", "pearson"]


@dataclass(frozen=True)
class ParallelAnalysis:
    """What a parallel analysis gave.

    Parameters
    ----------
    eigenvalues : array, shape (items,)
        Of the ratings, the largest first.
    by_chance : array, shape (items,)
        The quantile of those of the dealt ratings.
    """

    eigenvalues: Floats
    by_chance: Floats

    @property
    def suggested(self) -> int:
        """How many components come before the first that does not lie above chance."""
        above = self.eigenvalues > self.by_chance
        return len(above) if above.all() else int(above.argmin())


def correlation_matrix(ratings: Floats, kind: Kind) -> Floats:
    """The correlations of items, each of the people who were rated on both; shape (items, items).

    Where those are all alike on one of them, as can happen among ratings that were dealt out, it is 0.
    """
    if kind == "polychoric":
        return polychoric_matrix(ratings)
    if not np.isnan(ratings).any():
        return np.asarray(np.corrcoef(ratings, rowvar=False))
    return pd.DataFrame(ratings).corr().fillna(0).to_numpy()


def parallel_analysis(ratings: pd.DataFrame, kind: Kind, resampling: Resampling) -> ParallelAnalysis:
    """Hold the eigenvalues of the correlations against those of dealt ratings.

    Parameters
    ----------
    ratings : DataFrame, shape (people, items)
        NaN for a blank.
    kind : "polychoric" or "pearson"
    resampling : Resampling

    Raises
    ------
    InputError
        With too few draws.
    """
    values = ratings.to_numpy(np.float64)
    blocks = in_blocks(_dealt, resampling, values, kind)
    by_chance = np.quantile(np.concatenate(blocks), limits().parallel_quantile.value, axis=0)
    return ParallelAnalysis(_eigenvalues(correlation_matrix(values, kind)), by_chance)


def _dealt(random: np.random.Generator, size: int, values: Floats, kind: Kind) -> Floats:
    """The eigenvalues of so many dealings; shape (size, items)."""
    known = [np.flatnonzero(~np.isnan(column)) for column in values.T]
    drawn = np.empty((size, values.shape[1]))
    # the products are small: threads that wait for one another cost more than they give
    with threadpool_limits(1, user_api="blas"):
        for place in range(size):
            dealt = np.full(values.shape, np.nan)
            for item, rated in enumerate(known):
                dealt[rated, item] = random.permutation(values[rated, item])
            drawn[place] = _eigenvalues(correlation_matrix(dealt, kind))
    return drawn


def _eigenvalues(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.eigvalsh(matrix)[::-1])
