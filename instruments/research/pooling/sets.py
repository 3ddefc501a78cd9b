"""What sums of several sets of items tell of two items, or of one and the others."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations

import numpy as np

_NOTHING = 1e-9


def products_that_follow(sets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of items whose sum of products follows from the sums of squares of items and totals.

    The squares of a set's total, less those of its items, are twice the sum of the products of all its pairs. The
    product of one pair follows where it is a linear combination of such sums, as in a set of two.

    Examples
    --------
    >>> list(products_that_follow({"two": ("a", "b")}))
    [('a', 'b')]
    >>> list(products_that_follow({"three": ("a", "b", "c"), "first": ("a", "b"), "last": ("b", "c")}))
    [('a', 'b'), ('a', 'c'), ('b', 'c')]
    >>> list(products_that_follow({"three": ("a", "b", "c")}))
    []
    """
    items = sorted({item for each in sets.values() for item in each})
    pairs = list(combinations(items, 2))
    told = np.array([[one in each and other in each for one, other in pairs] for each in sets.values()], dtype=float)
    alone = np.einsum("ij,ji->i", np.linalg.pinv(told), told)  # the diagonal of the projection on what is told
    yield from (pair for pair, share in zip(pairs, alone.tolist(), strict=True) if share > 1 - _NOTHING)


def sets_but_one_item_apart(sets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Names of a set and of another that has one item more: both tell how that item goes with the total.

    Examples
    --------
    >>> list(sets_but_one_item_apart({"all": ("a", "b", "c"), "most": ("a", "b")}))
    [('most', 'all')]
    """
    for one, other in permutations(sets, 2):
        if set(sets[one]) < set(sets[other]) and len(set(sets[other]) - set(sets[one])) == 1:
            yield one, other
