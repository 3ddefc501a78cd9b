"""One estimate from those of several imputed data sets, by Rubin's rules.

References
----------
Rubin, D. B. (1987). Multiple imputation for nonresponse in surveys. Wiley.
Barnard, J. & Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. Biometrika 86, 948-955.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instruments.research.estimation.intervals import LEVEL, Interval, reach_of


@dataclass(frozen=True)
class Pooled:
    """An estimate over several imputed data sets.

    Parameters
    ----------
    value : float
        The mean of the estimates.
    within, between : float
        The mean of their variances, and the variance between them.
    freedom : float
        Barnard and Rubin's degrees of freedom.
    imputations : int
    """

    value: float
    within: float
    between: float
    freedom: float
    imputations: int

    @property
    def variance(self) -> float:
        """That of the estimate: within, between, and that of having drawn so many data sets only."""
        return self.within + (1 + 1 / self.imputations) * self.between

    @property
    def fraction_missing(self) -> float:
        """What share of the information about the estimate is missing."""
        if self.between == 0:
            return 0.0
        increase = (1 + 1 / self.imputations) * self.between / self.within
        return float((increase + 2 / (self.freedom + 3)) / (increase + 1))

    def interval(self, level: float = LEVEL) -> Interval:
        """Its interval by Student's t."""
        reach = reach_of(level, self.freedom) * self.variance**0.5
        return self.value - reach, self.value + reach


def pool(estimates: Sequence[float], variances: Sequence[float], freedom: float) -> Pooled:
    """Pool the estimates of two or more imputed data sets.

    Parameters
    ----------
    estimates, variances : sequence of float
        One of each for a data set; every variance above zero.
    freedom : float
        Degrees of freedom that the estimate would have with nothing missing.

    Examples
    --------
    >>> pooled = pool([0.6, 0.8, 0.7], [0.01, 0.01, 0.01], 98)
    >>> round(pooled.value, 3), round(pooled.variance, 4), round(pooled.freedom, 1)
    (0.7, 0.0233, 5.3)
    """
    m, within, between = len(estimates), float(np.mean(variances)), float(np.var(estimates, ddof=1))
    share = (1 + 1 / m) * between / (within + (1 + 1 / m) * between)
    observed = (freedom + 1) / (freedom + 3) * freedom * (1 - share)
    by_number = (m - 1) / ((m - 1) + share**2 * observed)  # in parts of what is observed, so that nothing divides by 0
    return Pooled(float(np.mean(estimates)), within, between, float(by_number * observed), m)
