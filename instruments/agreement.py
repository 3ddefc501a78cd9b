"""How well several people agree who rated the same items, for people who practise: percent and weighted kappa.

For research, with intervals and more measures, see `instruments.research`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

Levels = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement over every pair of raters.

    Parameters
    ----------
    raters, pairs : int
        ``pairs`` counts pairs of ratings of the same item by two raters who both gave a level.
    same : float
        Share of the pairs with the same level.
    kappa : float or None
        The mean of Cohen's kappa over the pairs of raters, with linear weights (Light 1971). None where it is not
        defined for any pair, as when two raters gave one and the same level throughout.
    """

    raters: int
    pairs: int
    same: float
    kappa: float | None


def agreement(raters: Sequence[Levels]) -> Agreement | None:
    """The agreement of some raters.

    Parameters
    ----------
    raters : sequence of Mapping
        For each rater the level of every rated item, as a whole number from 0; blanks are left out.

    Returns
    -------
    Agreement or None
        None where no two raters have rated the same item.
    """
    same = pairs = 0
    kappas = []
    for one, other in combinations(raters, 2):
        shared = sorted(one.keys() & other.keys())
        first, second = np.array([one[item] for item in shared]), np.array([other[item] for item in shared])
        same += int((first == second).sum())
        pairs += len(shared)
        kappa = weighted_kappa(first, second)
        if kappa is not None:
            kappas.append(kappa)
    if not pairs:
        return None
    return Agreement(len(raters), pairs, same / pairs, float(np.mean(kappas)) if kappas else None)


def weighted_kappa(first: np.ndarray, second: np.ndarray) -> float | None:
    """Cohen's kappa of two raters with linear weights; None where chance alone leaves nothing to disagree about."""
    if not len(first):
        return None
    observed = np.abs(first - second).mean()
    expected = np.abs(first[:, None] - second[None, :]).mean()
    return None if expected == 0 else float(1 - observed / expected)
