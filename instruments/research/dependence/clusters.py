"""Clusters of rows that may be alike: of one person, one rater or one place."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.roc import Counts, Floats
from instruments.research.faults import UnknownColumnError
from instruments.research.limits import limits

PERSON, RATER = "person", "rater"


@dataclass(frozen=True)
class Clusters:
    """Which cluster each row is of.

    Parameters
    ----------
    by : str
        What a cluster is: ``person``, ``rater``, or a group such as ``place``.
    codes : int array, shape (n,)
        From 0 to ``count`` - 1; every cluster has a row.

    Examples
    --------
    >>> clusters = Clusters.of("place", ["north", "north", "south"])
    >>> clusters.count
    2
    >>> clusters.sums([0.5, -0.2, -0.3]).round(1).tolist()
    [0.3, -0.3]
    """

    by: str
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, by: str, labels: Any) -> "Clusters":
        """Number the clusters of rows that are labelled."""
        return cls(by, np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.intp))

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.codes.max()) + 1 if self.codes.size else 0

    @property
    def note(self) -> str:
        """What should be known of intervals that rest on so many clusters: the key of a note, or nothing."""
        return "few_clusters" if self.count < limits().clusters.value else ""

    def part(self, rows: Any) -> "Clusters":
        """The clusters of some rows.

        Parameters
        ----------
        rows : array of bool, shape (n,)
        """
        return Clusters.of(self.by, self.codes[np.asarray(rows)])

    def sums(self, values: Any) -> Floats:
        """The sum of the values of each cluster; shape (count,)."""
        return np.bincount(self.codes, np.asarray(values, dtype=np.float64), self.count).astype(np.float64)

    def counts(self, cells: Any, number: int) -> Counts:
        """How many rows of each cluster are in each of some cells; shape (count, number)."""
        places = self.codes * number + np.asarray(cells)
        return np.bincount(places, minlength=self.count * number).reshape(-1, number)

    def covariance(self, influences: Any) -> Floats:
        """Sandwich covariance of estimates, whole clusters being what varies.

        Parameters
        ----------
        influences : array, shape (n, k)
            What each row adds to the error of each estimate.

        Returns
        -------
        float64 array, shape (k, k)
            With the correction of small samples G/(G - 1), which R's ``sandwich::vcovCL`` calls ``cadjust``.

        Raises
        ------
        InputError
            With a single cluster, which tells nothing of how clusters vary.

        References
        ----------
        Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73,
        13-22.
        Zeileis, A., Köll, S. & Graham, N. (2020). Various versatile variances. Journal of Statistical Software 95(1).
        """
        self.require_several()
        given = np.asarray(influences, dtype=np.float64)
        sums = np.column_stack([self.sums(column) for column in given.T])
        return np.asarray(self.count / (self.count - 1) * (sums.T @ sums))

    def error(self, influence: Any) -> float:
        """The standard error of one estimate; see `covariance`."""
        return float(self.covariance(np.asarray(influence)[:, None])[0, 0] ** 0.5)

    def require_several(self, least: int = 2) -> None:
        """Refuse too few clusters: a single one tells nothing of how clusters vary.

        Raises
        ------
        InputError
        """
        if self.count < least:
            raise InputError([Fault("too-few-clusters", "", {"by": self.by, "count": self.count, "needed": least})])


def correlation_of(influences: Any, clusters: Clusters) -> float:
    """The correlation between clusters of two estimates; 0 where one of them does not vary.

    Parameters
    ----------
    influences : array, shape (n, 2)
        As in `Clusters.covariance`.
    """
    covariance = clusters.covariance(influences)
    spread = float(covariance[0, 0] * covariance[1, 1])
    return float(covariance[0, 1]) / spread**0.5 if spread > 0 else 0.0


def clusters_of(dataset: Dataset, by: str) -> Clusters:
    """The clusters of a data set.

    Parameters
    ----------
    dataset : Dataset
    by : str
        ``person``, ``rater``, or a group by the mapping's name.

    Raises
    ------
    UnknownColumnError
        If the mapping names no such thing.
    InputError
        If a row does not tell which cluster it is of, or there is one cluster only.
    """
    named = {str(group): dataset.groups[group] for group in dataset.groups}
    named |= {RATER: dataset.raters} if dataset.raters is not None else {}
    named |= {PERSON: dataset.persons}
    if by not in named:
        raise UnknownColumnError("", name=by, known=[PERSON, *(each for each in named if each != PERSON)])
    if missing := int(named[by].isna().sum()):
        raise InputError([Fault("cluster-missing", by, {"by": by, "count": missing})])
    clusters = Clusters.of(by, named[by].astype(str))
    clusters.require_several()
    return clusters


def rows_for(dataset: Dataset, by: str | None) -> Dataset:
    """The rows that figures rest on: all where they are in clusters by person, else the first rating of each person."""
    return dataset if by == PERSON else first_ratings(dataset)


def joined(first: Any, second: Any) -> NDArray[np.intp]:
    """Groups that neither a label of the first kind nor one of the second is divided by; shape (n,).

    Examples
    --------
    >>> joined(["a", "a", "b", "c"], ["x", "y", "y", "z"]).tolist()
    [0, 0, 0, 1]
    """
    one, other = (np.unique(np.asarray(each, dtype=str), return_inverse=True)[1] for each in (first, second))
    size = int(one.max()) + 1
    nodes = size + int(other.max()) + 1
    links = coo_matrix((np.ones(len(one)), (one, size + other)), shape=(nodes, nodes))
    return np.asarray(connected_components(links, directed=False)[1][one], dtype=np.intp)


def undivided(persons: Any, clusters: Clusters | None) -> Any:
    """Who may not be in two folds: a person, and a cluster with everybody who is in it."""
    return persons if clusters is None else joined(persons, clusters.codes)
