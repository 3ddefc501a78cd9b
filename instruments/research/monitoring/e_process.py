"""Testing a frequency as outcomes come in, at any time and as often as one likes.

An e-process for a null hypothesis is never negative and is at most 1 in expectation whenever one stops, as long as the
hypothesis holds. By Ville's inequality it then ever reaches 1/a with a probability of at most a (Ramdas, Grünwald, Vovk
& Shafer 2023, Statistical Science 38(4), 576-601). Here the likelihood of the outcomes so far, averaged over every
frequency by a beta distribution, is held against the frequency that is tested: the mixture of Robbins (1970, Annals of
Mathematical Statistics 41, 1397-1409), in the form for betting on means of Waudby-Smith & Ramdas (2024, Journal of the
Royal Statistical Society B 86(1), 1-27). An average of e-processes is one, too (Grünwald, de Heide & Koolen 2024,
Journal of the Royal Statistical Society B 86(5), 1091-1128).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, xlog1py, xlogy
from scipy.stats import beta

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Jeffreys' distribution over frequencies: with it the mixture loses least, for whatever frequency, by the logarithm of
#: how many there are (Krichevsky & Trofimov 1981, IEEE Transactions on Information Theory 27, 199-207).
_PRIOR = 0.5
#: After so many halvings a frequency is known to the last digit.
_HALVINGS = 60


def log_likelihood(share: float | Floats, events: Counts, n: Counts) -> Floats:
    """The logarithm of the likelihood of a frequency, 0 x log 0 being 0."""
    return np.asarray(xlogy(events, share) + xlog1py(n - events, -np.asarray(share)), dtype=np.float64)


def log_mixture(events: Counts, n: Counts) -> Floats:
    """The logarithm of the likelihood averaged over every frequency."""
    return np.asarray(betaln(events + _PRIOR, n - events + _PRIOR) - betaln(_PRIOR, _PRIOR), dtype=np.float64)


def log_e_values(events: Counts, n: Counts, low: float, high: float) -> Floats:
    """The logarithm of the evidence against every frequency between two, as outcomes come in.

    Parameters
    ----------
    events, n : int arrays, shape (times,)
        How many had the outcome, of how many, so far.
    low, high : float
        The frequencies that are tested: of each time the one that the outcomes speak for most.

    Returns
    -------
    float64 array, shape (times,)
        An e-process for each frequency between the two, since the least over several is below each of them.

    Examples
    --------
    >>> import numpy as np
    >>> log_e_values(np.array([0, 30]), np.array([0, 40]), 0.2, 0.4).round(1).tolist()
    [0.0, 8.0]
    """
    most_likely = np.clip(np.divide(events, n, out=np.full(len(n), low), where=n > 0), low, high)
    return log_mixture(events, n) - log_likelihood(most_likely, events, n)


def confidence_sequence(events: Counts, n: Counts, error: float) -> tuple[float, float] | None:
    """The frequencies that were never refused at any time so far.

    Parameters
    ----------
    events, n : int arrays, shape (times,)
    error : float
        The probability at most with which the true frequency is ever left out.

    Returns
    -------
    tuple of float, or None
        The ends; None where every frequency was refused at some time: it has not stayed the same.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = confidence_sequence(np.array([3, 30]), np.array([10, 100]), 0.05)
    >>> round(low, 2), round(high, 2)
    (0.17, 0.46)
    """
    least = log_mixture(events, n) + np.log(error)
    middle = np.divide(events, n, out=np.full(len(n), 0.5), where=n > 0)
    lows, highs = (_refused_from(end, middle, events, n, least) for end in (0.0, 1.0))
    low, high = float(lows.max(initial=0.0)), float(highs.min(initial=1.0))
    return (low, high) if low <= high else None


def _refused_from(end: float, middle: Floats, events: Counts, n: Counts, least: Floats) -> Floats:
    """Between an end of the scale and the most likely frequency, where the likelihood reaches the least, by halving."""
    out, inside = np.full(len(n), end), middle.copy()
    for _ in range(_HALVINGS):
        between = (out + inside) / 2
        is_inside = log_likelihood(between, events, n) >= least
        inside, out = np.where(is_inside, between, inside), np.where(is_inside, out, between)
    return np.where(log_likelihood(end, events, n) >= least, end, out)


def exact_interval(events: int, n: int, error: float) -> tuple[float, float]:
    """The interval of Clopper & Pearson (1934, Biometrika 26, 404-413), which holds the truth as often as said or more.

    Parameters
    ----------
    error : float
        The probability at most with which it does not.
    """
    low = float(beta.ppf(error / 2, events, n - events + 1)) if events else 0.0
    high = float(beta.ppf(1 - error / 2, events + 1, n - events)) if events < n else 1.0
    return low, high


@dataclass(frozen=True)
class Stream:
    """What came in of one level, beside what was known of it.

    Parameters
    ----------
    level : str
    earlier_events, earlier_n : int
        How many of how many had the outcome in the earlier sample.
    events, n : int arrays, shape (times,)
        So far, at each time.
    """

    level: str
    earlier_events: int
    earlier_n: int
    events: Counts
    n: Counts


@dataclass(frozen=True)
class Watched:
    """Whether what came in departs from what was known.

    Parameters
    ----------
    bounds : tuple of (float, float)
        By level, where the earlier frequency lies: for all levels together but for ``earlier_error``.
    log_e_by_level : float64 array, shape (levels, times)
    log_e : float64 array, shape (times,)
        The average over the levels.
    log_needed : float
        From when on it is held to have changed.
    """

    bounds: tuple[tuple[float, float], ...]
    log_e_by_level: Floats
    log_e: Floats
    log_needed: float

    @property
    def changed_at(self) -> int | None:
        """The place of the first time at which it is held to have changed; None for never."""
        reached = np.flatnonzero(self.log_e >= self.log_needed)
        return int(reached[0]) if len(reached) else None


def watch(streams: Sequence[Stream], error: float, earlier_error: float) -> Watched:
    """Hold what comes in of several levels against what was known of them.

    The earlier frequency is not known either: it lies in an exact interval, of all levels together with a probability
    of at least 1 - ``earlier_error``, and of each level the frequency in it counts that the outcomes speak for most.
    While it does lie there, and no frequency has changed, the average reaches 1 / (``error`` - ``earlier_error``) with
    a probability of at most ``error`` - ``earlier_error``, whenever and however often one looks.

    Parameters
    ----------
    streams : sequence of Stream
        Of the same times.
    error : float
        The probability at most of ever saying that something has changed where nothing has.
    earlier_error : float
        The part of it that is spent on not knowing the earlier frequencies.
    """
    bounds = tuple(
        exact_interval(each.earlier_events, each.earlier_n, earlier_error / len(streams)) for each in streams
    )
    by_level = np.array([log_e_values(each.events, each.n, *ends) for each, ends in zip(streams, bounds, strict=True)])
    together = np.logaddexp.reduce(by_level, axis=0) - np.log(len(streams))
    return Watched(bounds, by_level, together, float(-np.log(error - earlier_error)))
