"""Groups and their intersections, with nobody left out: a blank is a group of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.research.datasets.dataset import Dataset
from instruments.research.faults import UnknownColumnError

BLANK_GROUP = "–"
CROSS = " × "
#: With more columns than this, only pairs of them are crossed.
_MOST_CROSSED = 4


@dataclass(frozen=True)
class Group:
    """Some of the rows.

    Parameters
    ----------
    column : str
        The column, or several joined by a multiplication sign.
    value : str
        Its value; a dash where it is blank.
    rows : bool array, shape (n,)
    """

    column: str
    value: str
    rows: NDArray[np.bool_]

    @property
    def labels(self) -> tuple[str, str]:
        """Column and value."""
        return self.column, self.value


def groups_of(dataset: Dataset, columns: Sequence[str] = (), *, crossed: bool = True) -> Iterator[Group]:
    """Every group of some columns, then every intersection that occurs.

    Parameters
    ----------
    dataset : Dataset
    columns : sequence of str
        By the mapping's names; by default all.
    crossed : bool
        Whether to give intersections.

    Raises
    ------
    UnknownColumnError
    """
    known = [str(each) for each in dataset.groups]
    chosen = list(dict.fromkeys(columns)) or known
    for name in chosen:
        if name not in known:
            raise UnknownColumnError("", name=name, known=known)
    sizes = [1]
    if crossed:
        sizes += range(2, 3 if len(chosen) > _MOST_CROSSED else len(chosen) + 1)
    values = dataset.groups[chosen].astype("object").where(dataset.groups[chosen].notna(), BLANK_GROUP)
    for size in sizes:
        for names in combinations(chosen, size):
            joined = reduce(lambda before, column: before + CROSS + column, (values[name] for name in names))
            for value in sorted(joined.unique(), key=lambda each: (BLANK_GROUP in each, each)):
                yield Group(CROSS.join(names), str(value), (joined == value).to_numpy())


def first_group(dataset: Dataset, column: str) -> "pd.Series[str]":
    """The values of one column, a blank as a dash.

    Raises
    ------
    UnknownColumnError
    """
    if column not in dataset.groups:
        raise UnknownColumnError("", name=column, known=[str(each) for each in dataset.groups])
    return dataset.groups[column].where(dataset.groups[column].notna(), BLANK_GROUP)
