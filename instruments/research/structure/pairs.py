"""Every two items: in the order of the rows of a matrix above its diagonal."""

import numpy as np
from numpy.typing import NDArray

from instruments.research.estimation.roc import Floats

Whole = NDArray[np.intp]


def as_matrix(values: Floats, items: int, diagonal: float = 0.0) -> Floats:
    """Values of pairs as a symmetric matrix.

    Parameters
    ----------
    values : array, shape (pairs,)
    items : int
    diagonal : float

    Examples
    --------
    >>> as_matrix(np.array([1.0, 2.0, 3.0]), 3)
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]])
    """
    matrix = np.zeros((items, items))
    matrix[np.triu_indices(items, 1)] = values
    return matrix + matrix.T + diagonal * np.eye(items)


def above_diagonal(matrix: Floats) -> Floats:
    """The values of the pairs of a symmetric matrix."""
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)])
