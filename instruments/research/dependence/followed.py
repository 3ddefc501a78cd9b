"""How many had an outcome by a fixed time, and how well a score told who, where some were not followed so long.

Nobody who was not seen to that time counts as without the outcome; whoever was seen to exactly that time does, as all
do in a register that follows everybody equally long. Where another event can come first, after which the
outcome can no longer come, such as death, whoever had it stays among those without the outcome: censoring them would
tell how many would have had the outcome if nobody ever died.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.intervals import Interval, on_log_odds, reach_of
from instruments.research.estimation.outcomes import require_finite, require_same_length
from instruments.research.estimation.resampling import Resampling, areas_of, in_blocks
from instruments.research.estimation.roc import Floats

CENSORED, HAPPENED, OTHER = 0, 1, 2
#: Weights are worked on in parts of so many numbers.
_NUMBERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Followed:
    """People who were followed for a time.

    Parameters
    ----------
    times : float64 array, shape (n,)
        Ascending; at the same time, events stand before those who were seen no longer.
    ends : int array, shape (n,)
        `HAPPENED`, `OTHER` for another event that came first, or `CENSORED`.
    order : int array, shape (n,)
        The places of these people in what was given.

    Examples
    --------
    >>> Followed.of([4, 2, 6, 6], [CENSORED, HAPPENED, OTHER, HAPPENED]).by(6, HAPPENED)
    2
    """

    times: Floats
    ends: NDArray[np.int8]
    order: NDArray[np.intp]

    @classmethod
    def of(cls, time: Any, ends: Any) -> "Followed":
        """Put people in order.

        Parameters
        ----------
        time : array of numbers, shape (n,)
        ends : array of 0, 1 or 2, shape (n,)

        Raises
        ------
        InputError
            If a time is missing or negative.
        """
        times, how = require_finite(time), np.asarray(ends).astype(np.int8)
        require_same_length(times, how)
        if (times < 0).any():
            raise InputError([Fault("negative-time", "time", {"count": int((times < 0).sum())})])
        order = np.lexsort((how == CENSORED, times))
        return cls(times[order], how[order], order)

    @property
    def n(self) -> int:
        """How many people there are."""
        return len(self.times)

    def by(self, horizon: float, end: int) -> int:
        """How many had an event by a time, or were seen no longer before it."""
        ended = self.times < horizon if end == CENSORED else self.times <= horizon
        return int((ended & (self.ends == end)).sum())

    def lasting(self, horizon: float) -> NDArray[np.bool_]:
        """Who was seen to a time with no event by then, those who were seen no longer after that very time too."""
        return np.asarray((self.times > horizon) | ((self.times == horizon) & (self.ends == CENSORED)))

    def require_followed(self, horizon: float) -> None:
        """Refuse a time that nobody was followed to while some could still have had the outcome.

        Raises
        ------
        InputError
        """
        longest = float(self.times[-1]) if self.n else 0.0
        if self.n == 0 or (horizon > longest and (self.ends[self.times == longest] == CENSORED).any()):
            told = {"horizon": f"{horizon:g}", "longest": f"{longest:g}"}
            raise InputError([Fault("not-followed-so-long", "", told)])

    def incidences(self, weights: Floats, horizon: float) -> Floats:
        """The cumulative incidence by a time when people count so often; shape (k,) of weights of shape (k, n)."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.times) > 0])
        within = self.times[starts] <= horizon
        at_risk = weights[:, ::-1].cumsum(axis=1)[:, ::-1][:, starts][:, within]
        ends = [np.add.reduceat(weights * (self.ends == end), starts, axis=1)[:, within] for end in (HAPPENED, OTHER)]
        known = np.maximum(at_risk, np.finfo(np.float64).tiny)
        survived = np.cumprod(1 - (ends[0] + ends[1]) / known, axis=1)
        before = np.concatenate([np.ones((len(weights), 1)), survived[:, :-1]], axis=1)
        return np.asarray((before * ends[0] / known).sum(axis=1))

    def areas(self, weights: Floats, horizon: float, levels: NDArray[np.intp]) -> Floats:
        """The area by a time when people count so often; NaN where all or none then have the outcome.

        Parameters
        ----------
        weights : array, shape (k, n)
        levels : int array, shape (n,)
            Of the score, in the order of these people.
        """
        at_risk = np.maximum(weights[:, ::-1].cumsum(axis=1)[:, ::-1], np.finfo(np.float64).tiny)
        seen = np.cumprod(1 - weights * (self.ends == CENSORED) / at_risk, axis=1)
        before = np.concatenate([np.ones((len(weights), 1)), seen[:, :-1]], axis=1)
        lasting = self.lasting(horizon)
        # known to have had no event by then is whoever was seen until just before those who were lost at that time
        lost_before = self.times < horizon
        last = seen[:, lost_before][:, -1:] if lost_before.any() else np.ones((len(weights), 1))
        counted = np.where(weights > 0, weights / np.maximum(np.where(lasting, last, before), 1e-300), 0.0)
        known = np.eye(int(levels.max()) + 1)[levels]
        cases = (counted * (~lasting & (self.ends == HAPPENED))) @ known
        controls = (counted * (lasting | (self.ends == OTHER))) @ known
        both = (cases.sum(axis=1) > 0) & (controls.sum(axis=1) > 0)
        areas = np.full(len(weights), np.nan)
        areas[both] = areas_of(controls[both], cases[both])
        return areas


@dataclass(frozen=True)
class Incidence:
    """How many had the outcome by a time.

    Parameters
    ----------
    value, error : float
        The share and its standard error.
    freedom : float or None
        Of Student's t, where the error is one between clusters.
    """

    value: float
    error: float
    freedom: float | None

    def interval(self, level: float = 0.95) -> Interval | None:
        """The interval on the scale of log(-log) of those without the outcome; None at 0 and 1."""
        left = 1 - self.value
        if not (0 < left < 1 and self.error > 0):
            return None
        reach = reach_of(level, self.freedom) * self.error / (left * abs(np.log(left)))
        return float(1 - left ** np.exp(-reach)), float(1 - left ** np.exp(reach))


def cumulative_incidence(
    followed: Followed, horizon: float, clusters: Clusters | None = None, how: Resampling | None = None
) -> Incidence:
    """The share who had the outcome by a time: Kaplan and Meier's or, with other events, Aalen and Johansen's.

    Parameters
    ----------
    followed : Followed
    horizon : float
        In the unit of the times.
    clusters : Clusters, optional
        Of the people as they were given. The error is then that of a bootstrap that draws clusters.
    how : Resampling, optional
        Of that bootstrap.

    Raises
    ------
    InputError
        If nobody was followed so long, or with clusters and no draws.

    References
    ----------
    Aalen, O. O. & Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics 5, 141-150.
    Marubini, E. & Valsecchi, M. G. (1995). Analysing survival data from clinical trials and observational studies.
    Wiley, 10.4: the variance, which is Greenwood's where no other event comes.
    Kalbfleisch, J. D. & Prentice, R. L. (2002). The statistical analysis of failure time data. Wiley: the scale.

    Examples
    --------
    >>> found = cumulative_incidence(Followed.of([1, 2, 3, 4, 5], [1, 0, 1, 2, 0]), 4)
    >>> round(found.value, 3), round(found.error, 3)
    (0.467, 0.248)
    """
    followed.require_followed(horizon)
    value = float(followed.incidences(np.ones((1, followed.n)), horizon)[0])
    if clusters is not None:
        clusters.require_several()
        drawn = _drawn(followed, clusters, how or Resampling(), "incidences", horizon)
        return Incidence(value, float(np.std(drawn, ddof=1)), clusters.count - 1)
    times = np.unique(followed.times[(followed.ends != CENSORED) & (followed.times <= horizon)])
    here = followed.times[:, None] == times
    at_risk = (followed.times[:, None] >= times).sum(axis=0)
    ours = (here & (followed.ends == HAPPENED)[:, None]).sum(axis=0)
    any_end = (here & (followed.ends != CENSORED)[:, None]).sum(axis=0)
    before = np.cumprod(np.r_[1.0, 1 - any_end / at_risk])[:-1]
    yet = value - np.cumsum(before * ours / at_risk)
    left = np.maximum(at_risk - any_end, 1)  # where nobody is left, nothing is yet to come
    variance = (yet**2 * any_end / (at_risk * left)).sum()
    variance += (before**2 * (at_risk - ours) * ours / at_risk**3.0).sum()
    variance -= 2 * (yet * before * ours / at_risk**2.0).sum()
    return Incidence(value, float(max(variance, 0.0) ** 0.5), None)


@dataclass(frozen=True)
class AreaByTime:
    """How well a score told who had the outcome by a time.

    Parameters
    ----------
    value, error : float
    cases, others : int
        Who are known to have had it by then, and not to have had it.
    freedom : float
    """

    value: float
    error: float
    cases: int
    others: int
    freedom: float

    def interval(self, level: float = 0.95) -> Interval | None:
        """The interval on the scale of log odds, with Student's t; None at 0 and 1."""
        return on_log_odds(self.value, self.error, level, self.freedom)


def area_by_time(
    followed: Followed, score: Any, horizon: float, clusters: Clusters | None = None, how: Resampling | None = None
) -> AreaByTime:
    """The area of who had the outcome by a time against who did not, weighted for those who were seen no longer.

    Everybody counts for as many as were lost like them: by the inverse of the probability of still being seen (Kaplan
    and Meier's, everybody alike), for whoever was seen to that time that of being seen until just before it. The error
    is that of a bootstrap in which the weights are found anew.

    Parameters
    ----------
    followed : Followed
    score : array of numbers, shape (n,)
        Of the people as they were given.
    horizon : float
    clusters : Clusters, optional
    how : Resampling, optional

    Raises
    ------
    InputError
        If nobody was followed so long, all or none had the outcome by then, or without draws.

    References
    ----------
    Uno, H., Cai, T., Tian, L. & Wei, L. J. (2007). Evaluating prediction rules for t-year survivors with censored
    regression models. Journal of the American Statistical Association 102, 527-537.
    Blanche, P., Dartigues, J.-F. & Jacqmin-Gadda, H. (2013). Estimating and comparing time-dependent areas under
    receiver operating characteristic curves for censored event times with competing risks. Statistics in Medicine 32,
    5381-5397: those whom another event came first for are among the others.

    Examples
    --------
    >>> people = Followed.of([1, 2, 3, 4, 4, 4], [1, 0, 1, 0, 1, 0])
    >>> found = area_by_time(people, [3, 1, 1, 2, 3, 0], 4, how=Resampling(200))
    >>> found.cases, found.others, round(found.value, 3)
    (3, 2, 0.821)
    """
    followed.require_followed(horizon)
    scores = require_finite(score)
    require_same_length(scores, followed.times)
    levels = np.unique(scores, return_inverse=True)[1][followed.order]
    value = float(followed.areas(np.ones((1, followed.n)), horizon, levels)[0])
    cases, others = followed.by(horizon, HAPPENED), int(followed.lasting(horizon).sum()) + followed.by(horizon, OTHER)
    if np.isnan(value):
        told = {"horizon": f"{horizon:g}", "events": cases, "others": others}
        raise InputError([Fault("one-side-by-then", "", told)])
    drawn = _drawn(followed, clusters, how or Resampling(), "areas", horizon, levels)
    units = min(cases, others, clusters.count if clusters is not None else followed.n)
    return AreaByTime(value, float(np.std(drawn, ddof=1)), cases, others, max(units - 1, 1))


def _drawn(followed: Followed, clusters: Clusters | None, how: Resampling, statistic: str, *arguments: Any) -> Floats:
    """A statistic of `Followed`, of resampled people or of whole clusters that were drawn."""
    codes = np.arange(followed.n) if clusters is None else clusters.codes[followed.order]
    return np.concatenate(in_blocks(_draw, how, followed, codes, statistic, arguments))


def _draw(
    random: np.random.Generator,
    size: int,
    followed: Followed,
    codes: NDArray[np.intp],
    statistic: str,
    arguments: tuple[Any, ...],
) -> Floats:
    """The statistic of some draws; those in which there is none are drawn anew."""
    count, at_once = int(codes.max()) + 1, max(1, _NUMBERS_AT_ONCE // len(codes))
    found = np.full(size, np.nan)
    while (lacking := np.flatnonzero(np.isnan(found))).size:
        some = lacking[:at_once]
        times = random.multinomial(count, np.full(count, 1 / count), len(some))
        found[some] = getattr(followed, statistic)(times[:, codes].astype(np.float64), *arguments)
    return found
