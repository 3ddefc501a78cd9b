"""Sensitivity and specificity of everybody, from those whose outcome could be seen, where that depends on the score.

Whoever has a high score may be followed more closely. Among those who could be seen, a cut then looks more sensitive
and less specific than it is. The share with the outcome on either side of the cut is taken from those who could be
seen, and weighted by how many of all lie there: right where, on each side of the cut, those who could be seen are like
the others.

References
----------
Begg, C. B. & Greenes, R. A. (1983). Assessment of diagnostic tests when disease verification is subject to selection
bias. Biometrics 39, 207-215. The intervals are theirs, on the scale of log odds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from instruments.research.estimation.intervals import LEVEL, Interval, reach_of

Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Corrected:
    """A share with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class CorrectedRates:
    """Sensitivity and specificity at a cut, corrected for whose outcome could be seen."""

    sensitivity: Corrected
    specificity: Corrected


def corrected_rates(flagged: Truths, verified: Truths, happened: Truths, level: float = LEVEL) -> CorrectedRates | None:
    """The rates of a cut; None where on some side of it everybody who could be seen has the same outcome.

    Parameters
    ----------
    flagged : array of bool, shape (n,)
        Who lies at or above the cut.
    verified : array of bool, shape (n,)
        Of whom the outcome could be seen.
    happened : array of bool, shape (n,)
        Who had the outcome; read of those who could be seen.

    Examples
    --------
    >>> flagged = np.repeat([True, True, False, False], [40, 10, 10, 40])
    >>> verified = np.repeat([True, False, True, False], [40, 10, 10, 40])
    >>> happened = flagged & (np.arange(100) < 20) | (np.arange(100) >= 58) & ~flagged
    >>> found = corrected_rates(flagged, verified, happened)
    >>> round(found.sensitivity.value, 3), round(found.specificity.value, 3)
    (0.714, 0.615)
    """
    n, above = len(flagged), int(flagged.sum())
    counts = [(int((side & verified & happened).sum()), int((side & verified).sum())) for side in (flagged, ~flagged)]
    if any(cases in (0, seen) for cases, seen in counts):
        return None
    (high, low) = (cases / seen for cases, seen in counts)
    spread_of_side = 1 / above + 1 / (n - above)
    odds_of_side = np.log(above / (n - above))
    (cases_high, seen_high), (cases_low, seen_low) = counts
    # the variance of the logarithm of a share is (1 - share) / cases, and of that of its counterpart share / others
    of_cases = (1 - high) / cases_high + (1 - low) / cases_low
    of_others = high / (seen_high - cases_high) + low / (seen_low - cases_low)
    return CorrectedRates(
        _share(odds_of_side + np.log(high / low), spread_of_side + of_cases, level),
        _share(-odds_of_side + np.log((1 - low) / (1 - high)), spread_of_side + of_others, level),
    )


def _share(log_odds: float, variance: float, level: float) -> Corrected:
    reach = reach_of(level) * variance**0.5
    value = float(expit(log_odds))
    return Corrected(value, (float(expit(log_odds - reach)), float(expit(log_odds + reach))))
