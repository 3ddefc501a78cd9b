"""Variance components: by expected mean squares where the data are balanced, else by restricted maximum likelihood.

An estimate by mean squares can be negative; it is told, and set to 0 in what is worked out from it, as the field does
(Brennan 2001, section 3.4.4). Intervals are generalised confidence intervals (Weerahandi 1993): mean squares are held
against the chi-square distributions that they have in balanced data with normal effects, so that few raters make wide
intervals. In unbalanced data the mean squares are those that the estimates would give with as many observations a
level as the harmonic mean.

References
----------
Brennan, R. L. (2001). Generalizability theory. Springer.
Weerahandi, S. (1993). Generalized confidence intervals. Journal of the American Statistical Association 88, 899-905.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instruments.research.estimation.intervals import chi_squares
from instruments.research.estimation.roc import Floats
from instruments.research.faults import NoVariationError
from instruments.research.generalizability.designs import Design, Effect
from instruments.research.generalizability.restricted_likelihood import restricted_estimates

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Components:
    """The variance of every effect.

    Parameters
    ----------
    design : Design
    unrestricted : dict of frozenset to float
        As they were estimated; negative where a mean square is less than what it holds by chance.
    method : {"expected_mean_squares", "restricted_likelihood"}
    """

    design: Design
    unrestricted: Mapping[Effect, float]
    method: str

    @property
    def values(self) -> dict[Effect, float]:
        """The variance of every effect, 0 where the estimate is negative."""
        return {effect: max(value, 0.0) for effect, value in self.unrestricted.items()}

    @cached_property
    def drawn(self) -> dict[Effect, Floats]:
        """Components as they might as well be: of each effect 20,000 draws of its generalised pivotal quantity."""
        freedom = tuple(self.design.freedom[effect] for effect in self.design.effects)
        squares = {
            effect: _expected_square(self.design, effect, self.unrestricted) * degrees / chi
            for effect, degrees, chi in zip(self.design.effects, freedom, chi_squares(freedom), strict=True)
        }
        drawn: dict[Effect, Floats] = {}
        for effect in reversed(self.design.effects):
            above = sum((self.design.each[more] * drawn[more] for more in drawn if more > effect), np.zeros(1))
            drawn[effect] = (squares[effect] - above) / self.design.each[effect]
        return drawn


def estimate_components(design: Design) -> Components:
    """Estimate the variance of every effect.

    Raises
    ------
    NoVariationError
        If all observations are alike.
    NotConvergedError, NothingLeftToChanceError
        Of restricted likelihood; mean squares of balanced data are told also where nothing is left to chance.

    Examples
    --------
    The example of Shrout and Fleiss (1979): six persons, four raters.

    >>> ratings = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    >>> facets = {"p": [row for row in range(6) for _ in range(4)], "r": list(range(4)) * 6}
    >>> components = estimate_components(Design.of(ratings, facets))
    >>> {components.design.name(effect): round(value, 3) for effect, value in components.values.items()}
    {'p': 2.556, 'r': 5.244, 'pr,e': 1.019}
    """
    if np.ptp(design.values) == 0:
        raise NoVariationError("", name="variance_component")
    if not design.is_balanced:
        return Components(design, restricted_estimates(design), "restricted_likelihood")
    estimates: dict[Effect, float] = {}
    squares = _mean_squares(design)
    for effect in reversed(design.effects):
        above = sum(design.each[more] * estimates[more] for more in estimates if more > effect)
        estimates[effect] = (squares[effect] - above) / design.each[effect]
    return Components(design, {effect: estimates[effect] for effect in design.effects}, "expected_mean_squares")


def _mean_squares(design: Design) -> dict[Effect, float]:
    values = design.values - design.values.mean()
    whole = float((values**2).sum())
    sums: dict[Effect, float] = {}
    for effect in design.effects:
        totals = np.bincount(design.levels[effect], values)
        explained = float((totals**2 / design.counts[effect]).sum())
        own = explained - sum(sums[part] for part in sums if part < effect)
        sums[effect] = own if own > _ROUNDING * whole else 0.0
    return {effect: sums[effect] / design.freedom[effect] for effect in design.effects}


def _expected_square(design: Design, effect: Effect, components: Mapping[Effect, float]) -> float:
    return sum(design.each[more] * components[more] for more in design.effects if more >= effect)
