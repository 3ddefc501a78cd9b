"""Logistic regression on rows in clusters: coefficients as ever, errors between clusters.

Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73, 13-22.
The correction is G/(G - 1), as in R ``sandwich::vcovCL(fit, cluster, type = "HC0")``.
"""

from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import f

from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.logistic import LogisticFit
from instruments.research.estimation.roc import Floats


def covariance_between_clusters(fit: LogisticFit, outcome: Any, columns: Any, clusters: Clusters) -> Floats:
    """The covariance of the coefficients, whole clusters being what varies.

    Parameters
    ----------
    fit : LogisticFit
        Of the same rows.
    outcome : array of bool or 0/1, shape (n,)
    columns : array, shape (n, k)
        As they were fitted; there may be none.
    clusters : Clusters

    Returns
    -------
    float64 array, shape (1 + k, 1 + k)

    Raises
    ------
    InputError
        With one cluster only.
    """
    return sandwich(fit.covariance, columns, np.asarray(outcome) - expit(fit.linear_predictor), clusters)


def sandwich(covariance: Floats, columns: Any, errors: Any, clusters: Clusters) -> Floats:
    """The covariance between clusters of an intercept and the coefficients of some columns.

    Parameters
    ----------
    covariance : array, shape (1 + k, 1 + k)
        As independent rows have it.
    columns : array, shape (n, k)
        There may be none.
    errors : array, shape (n,)
        Outcome less probability.
    clusters : Clusters
    """
    missed = np.asarray(errors, dtype=np.float64)
    design = np.column_stack([np.ones(len(missed)), np.asarray(columns, dtype=np.float64).reshape(len(missed), -1)])
    return clusters.covariance(missed[:, None] * design @ covariance)


def wald_between_clusters(
    fit: LogisticFit, outcome: Any, columns: Any, clusters: Clusters, added: int
) -> tuple[float, float]:
    """Wald's test of the last columns: its statistic, and p by F with clusters - 1 degrees of freedom.

    Raises
    ------
    InputError
        With no more clusters than columns that are tested.
    """
    clusters.require_several(added + 1)
    covariance = covariance_between_clusters(fit, outcome, columns, clusters)[-added:, -added:]
    tested = fit.coefficients[-added:]
    statistic = float(tested @ np.linalg.solve(covariance, tested))
    return statistic, float(f.sf(statistic / added, added, clusters.count - 1))
