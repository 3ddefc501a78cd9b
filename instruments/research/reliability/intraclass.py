"""Intraclass correlations in all six forms, with any pattern of missing ratings.

The forms and their names are those of McGraw and Wong (1996): one-way, two-way for absolute agreement and two-way for
consistency, each of a single rating and of the mean of ``k``. In the names of R's *psych* they are ICC1, ICC2, ICC3,
ICC1k, ICC2k and ICC3k.

Variance components are those of the analysis of variance; where ratings are missing, of Henderson's third method (the
fitting of constants), which gives the same values where nothing is missing. ``k`` of a mean is then the harmonic mean
of how often a person was rated. Raters are random throughout: an interval is about raters like these.

The intervals of absolute agreement are generalised confidence intervals: the sums of squares are held against the
chi-square distributions that they have where nothing is missing. The usual ones (Satterthwaite's degrees of freedom, in
*irr* and *psych*) promise too much with few raters who differ, and are given on request. The other forms have the
intervals of the distribution of F, which are exact where nothing is missing; those of one-way forms only where raters
differ from person to person, and a note says where they do not.

References
----------
McGraw, K. O. & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological
Methods 1, 30-46.
Ionan, A. C., Polley, M.-Y. C., McShane, L. M. & Dobbin, K. K. (2014). Comparison of confidence interval methods for an
intra-class correlation coefficient (ICC). BMC Medical Research Methodology 14, 121.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from instruments.faults import Fault
from instruments.research.estimation.intervals import LEVEL, Interval, chi_squares
from instruments.research.estimation.roc import Floats
from instruments.research.faults import SingleRaterError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits

ONE_WAY = ("icc_1", "icc_k")
FORMS = ("icc_1", "icc_a1", "icc_c1", "icc_k", "icc_ak", "icc_ck")
#: How the intervals of absolute agreement come to be.
AgreementMethod = Literal["generalized", "satterthwaite"]
_METHODS = {"generalized": "generalized_interval", "satterthwaite": "satterthwaite_interval"}
_ROUNDING = 1e-20


@dataclass(frozen=True)
class OneWay:
    """Mean squares between and within persons; ``each`` is how often a person was rated, as the variance has it."""

    between: float
    within: float
    freedom: tuple[int, int]
    each: float

    @property
    def value(self) -> float:
        """The correlation of two ratings of the same person."""
        return _ratio(self.between - self.within, self.between + (self.each - 1) * self.within)


@dataclass(frozen=True)
class TwoWay:
    """Mean squares of persons, of raters and of what is left, and how many ratings a person and a rater have."""

    persons: float
    raters: float
    error: float
    freedom: tuple[int, int, int]
    of_person: float
    of_rater: float

    @property
    def components(self) -> tuple[float, float, float]:
        """The variance of persons, of raters and of what is left."""
        return (self.persons - self.error) / self.of_person, (self.raters - self.error) / self.of_rater, self.error


def intraclass_correlations(
    table: pd.DataFrame, *, agreement: AgreementMethod = "generalized", level: float = LEVEL
) -> tuple[Outcome, ...]:
    """All six forms, in the order of `FORMS`.

    Parameters
    ----------
    table : DataFrame
        A row a person, a column a rater; NaN where a rater did not rate. Persons who were rated once do not count.
    agreement : {"generalized", "satterthwaite"}
        The intervals of absolute agreement.
    level : float
        Confidence level.

    Returns
    -------
    tuple of Figure or InsufficientEvidence

    Raises
    ------
    SingleRaterError
        If nobody was rated by two.
    """
    ratings = table.to_numpy(np.float64)
    ratings = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    if not len(ratings):
        raise SingleRaterError()
    ratings = ratings[:, ~np.isnan(ratings).all(axis=0)]
    n, raters = ratings.shape
    needed, most = limits().whole("intraclass_persons"), limits().whole("intraclass_raters")
    if n < needed:
        few = Fault("too-few-rows", "", {"n": n, "needed": needed})
        return tuple(InsufficientEvidence(name, few, n) for name in FORMS)
    if (np.nanmax(ratings, axis=1) == np.nanmin(ratings, axis=1)).all():
        return tuple(Figure(name, 1.0, level=level, n=n, note="perfect_agreement") for name in FORMS)
    k = n / float((1 / (~np.isnan(ratings)).sum(axis=1)).sum())
    two_way: TwoWay | Fault | None
    if raters > most and np.isnan(ratings).any():
        two_way = Fault("many-raters", "", {"raters": raters, "most": most})
    else:
        two_way = _two_way(ratings)
    return forms(_one_way(ratings), two_way, n, k, agreement=agreement, level=level)


def forms(
    one_way: OneWay,
    two_way: TwoWay | Fault | None,
    n: int,
    k: float | Fault,
    *,
    agreement: AgreementMethod = "generalized",
    level: float = LEVEL,
) -> tuple[Outcome, ...]:
    """All six forms from mean squares, in the order of `FORMS`.

    Parameters
    ----------
    one_way : OneWay
    two_way : TwoWay or Fault or None
        Or why there are no two-way forms; None where the raters share too few persons.
    n : int
        How many persons there are.
    k : float or Fault
        How many ratings a mean is of; or why that is not known.
    agreement, level
        See `intraclass_correlations`.
    """
    correlations: list[Outcome] = []
    of_agreement = _generalized if agreement == "generalized" else _satterthwaite
    for name in FORMS:
        is_mean = name in ("icc_k", "icc_ak", "icc_ck")
        if isinstance(k, Fault) and is_mean:
            correlations.append(InsufficientEvidence(name, k, n))
            continue
        if name in ONE_WAY:
            value, ends = one_way.value, _of_f(one_way.between, one_way.within, one_way.freedom, one_way.each, level)
            method = "f_interval"
        elif not isinstance(two_way, TwoWay):
            why = two_way or Fault("raters-not-crossed", "", {"name": name})
            correlations.append(InsufficientEvidence(name, why, n))
            continue
        elif name in ("icc_a1", "icc_ak"):
            value, method = _agreement(*two_way.components), _METHODS[agreement]
            ends = of_agreement(two_way, level)
        else:
            value, method = _ratio(two_way.components[0], two_way.components[0] + two_way.error), "f_interval"
            freedom = two_way.freedom[0], two_way.freedom[2]
            ends = _of_f(two_way.persons, two_way.error, freedom, two_way.of_person, level)
        if is_mean and not isinstance(k, Fault):
            value, ends = _of_mean(value, k), (_of_mean(ends[0], k), _of_mean(ends[1], k))
        note = "raters_crossed" if name in ONE_WAY and isinstance(two_way, TwoWay) else ""
        correlations.append(_figure(name, value, ends, level, n, method, note))
    return tuple(correlations)


def _figure(name: str, value: float, ends: Interval, level: float, n: int, method: str, note: str) -> Outcome:
    if not np.isfinite(value):
        return InsufficientEvidence(name, Fault("no-variation", "", {"name": name}), n)
    if not np.isfinite(ends).all() or not ends[0] < ends[1]:  # the raters differ by a constant, and F is infinite
        return Figure(name, value, level=level, n=n, method=method, note="no_interval")
    return Figure(name, value, *ends, level, n, method, note)


def _one_way(ratings: Floats) -> OneWay:
    known = ~np.isnan(ratings)
    rated = known.sum(axis=1)
    n, total = len(ratings), int(rated.sum())
    values = np.where(known, ratings - np.nanmean(ratings), 0.0)
    own = values.sum(axis=1) / rated
    within = float((np.where(known, values - own[:, None], 0.0) ** 2).sum()) / (total - n)
    between = float((rated * own**2).sum() - (rated * own).sum() ** 2 / total) / (n - 1)
    each = (total - float((rated**2).sum()) / total) / (n - 1)
    return OneWay(between, within, (n - 1, total - n), each)


def _two_way(ratings: Floats) -> TwoWay | None:
    """None where the raters share no persons, however far around, or nothing is left to tell chance by."""
    known = ~np.isnan(ratings)
    present = known.astype(np.float64)
    rated, of_raters = present.sum(axis=1), present.sum(axis=0)
    (n, raters), total = ratings.shape, int(known.sum())
    values = np.where(known, ratings - np.nanmean(ratings), 0.0)
    own = values.sum(axis=1) / rated
    apart = np.where(known, values - own[:, None], 0.0)
    normal = np.diag(of_raters) - present.T @ (present / rated[:, None])
    freedom = total - n - (raters - 1)
    if np.linalg.matrix_rank(normal, hermitian=True) < raters - 1 or freedom <= 0:
        return None
    sums = apart.sum(axis=0)[:-1]  # the last rater follows from the others
    explained = float(sums @ np.linalg.solve(normal[:-1, :-1], sums))
    left = float((apart**2).sum()) - explained
    whole = float((values**2).sum())
    if left < _ROUNDING**0.5 * whole:
        left = 0.0
    of_persons = whole - float((values.sum(axis=0) ** 2 / of_raters).sum()) - left
    return TwoWay(
        persons=of_persons / (n - 1),
        raters=explained / (raters - 1),
        error=left / freedom,
        freedom=(n - 1, raters - 1, freedom),
        of_person=(total - raters) / (n - 1),
        of_rater=(total - n) / (raters - 1),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _agreement(of_persons: float, of_raters: float, error: float) -> float:
    return _ratio(of_persons, of_persons + of_raters + error)


def _of_f(between: float, error: float, freedom: tuple[int, int], each: float, level: float) -> Interval:
    """The interval from the distribution of F (McGraw and Wong 1996, table 7)."""
    if error == 0:
        return np.nan, np.nan
    tail = (1 + level) / 2
    low = between / error / f_distribution.ppf(tail, *freedom)
    high = between / error * f_distribution.ppf(tail, *reversed(freedom))
    return float((low - 1) / (low + each - 1)), float((high - 1) / (high + each - 1))


def _generalized(anova: TwoWay, level: float) -> Interval:
    """The generalised confidence interval: components drawn as the chi-square distributions of the squares allow."""
    drawn_squares = chi_squares(anova.freedom)
    persons, raters, error = (
        squares * freedom / each
        for squares, freedom, each in zip(
            (anova.persons, anova.raters, anova.error), anova.freedom, drawn_squares, strict=True
        )
    )
    of_persons, of_raters = (persons - error) / anova.of_person, (raters - error) / anova.of_rater
    drawn = of_persons / (of_persons + of_raters + error)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _satterthwaite(anova: TwoWay, level: float) -> Interval:
    """The interval by Satterthwaite's degrees of freedom (McGraw and Wong 1996, table 7)."""
    n, k, tail = anova.of_rater, anova.of_person, (1 + level) / 2
    value = _agreement(*anova.components)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = k * value / (n * (1 - value))
        b = 1 + k * value * (n - 1) / (n * (1 - value))
        freedom = (a * anova.raters + b * anova.error) ** 2 / (
            (a * anova.raters) ** 2 / anova.freedom[1] + (b * anova.error) ** 2 / anova.freedom[2]
        )
    upper = f_distribution.ppf(tail, anova.freedom[0], freedom)
    lower = f_distribution.ppf(tail, freedom, anova.freedom[0])
    others = k * anova.raters + (k * n - k - n) * anova.error
    low = n * (anova.persons - upper * anova.error) / (upper * others + n * anova.persons)
    high = n * (lower * anova.persons - anova.error) / (others + n * lower * anova.persons)
    return float(low), float(high)


def _of_mean(single: float, k: float) -> float:
    """The Spearman-Brown formula: from one rating to the mean of k."""
    return _ratio(k * single, 1 + (k - 1) * single)
