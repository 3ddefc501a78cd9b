"""Figures from the sums of joined rows, by the estimators that take rows: from mean squares, or rows made of counts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from instruments.faults import Fault
from instruments.research.estimation.roc import Counts, ScoreCounts
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits
from instruments.research.pooling.sums import ItemSums, LevelCounts, RatingSums, SeveralRaters
from instruments.research.reliability.agreement import Ratings, agreement, krippendorff_alpha, ordinal_alpha
from instruments.research.reliability.consistency import Covariances, cronbach_alpha
from instruments.research.reliability.intraclass import FORMS, OneWay, TwoWay, forms

_NOTHING = 1e-10


def score_counts(counts: LevelCounts) -> ScoreCounts:
    """Persons by level, a level being its place."""
    sides = (np.array(each, dtype=np.int64) for each in (counts.without, counts.happened))
    return ScoreCounts(np.arange(len(counts.without), dtype=np.float64), *sides)


def rows_of(counts: LevelCounts) -> tuple[Counts, Counts]:
    """Outcome and level of every person, which a table of counts tells whole."""
    levels = np.arange(len(counts.without))
    without, happened = (np.array(each, dtype=np.int64) for each in (counts.without, counts.happened))
    outcome = np.repeat([0, 1], [without.sum(), happened.sum()])
    return outcome, np.concatenate([np.repeat(levels, without), np.repeat(levels, happened)])


def agreement_of_pairs(table: Sequence[Sequence[int]]) -> tuple[Outcome, ...]:
    """Every figure of agreement of two raters, from the table of what both gave."""
    return tuple(agreement(_pairs(np.array(table, dtype=np.int64)), len(table)))


def agreement_of_several(given: SeveralRaters) -> tuple[Outcome, ...]:
    """Percent agreement, Fleiss' kappa and Krippendorff's alpha.

    Where everybody was rated by two, the coincidences tell every person's pair, and alpha has its interval.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382.
    """
    n, each = given.persons, given.ratings_each
    names = ("percent_agreement", "fleiss_kappa", "krippendorff_alpha")
    if n < (needed := limits().whole("agreement_persons")):
        return tuple(
            InsufficientEvidence(name, Fault("too-few-rows", "", {"n": n, "needed": needed}), n) for name in names
        )
    matrix = np.array(given.coincidences, dtype=np.float64)
    alpha = _alpha(matrix, n, each, float(np.trace(matrix)) >= sum(given.category_totals) - _NOTHING)
    if each is None:
        unequal = Fault("ratings-each-differ", "", {})
        return (*(InsufficientEvidence(name, unequal, n) for name in names[:2]), alpha)
    alike = (given.squares - n * each) / (n * each * (each - 1))
    chance = float((np.array(given.category_totals, dtype=np.float64) ** 2).sum()) / (n * each) ** 2
    told: list[Outcome] = [Figure("percent_agreement", alike, n=n, note="no_interval_from_sums")]
    if alike == 1:
        told.append(Figure("fleiss_kappa", 1.0, n=n, note="perfect_agreement"))
    else:
        told.append(Figure("fleiss_kappa", (alike - chance) / (1 - chance), n=n, note="no_interval_from_sums"))
    return (*told, alpha)


def _alpha(
    matrix: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", n: int, each: int | None, perfect: bool
) -> Outcome:
    if each == 2:
        unordered = np.triu(np.rint(matrix).astype(np.int64), 1) + np.diag(
            np.rint(np.diag(matrix) / 2).astype(np.int64)
        )
        return krippendorff_alpha(Ratings.of(_pairs(unordered), len(matrix)))
    if perfect:
        return Figure("krippendorff_alpha", 1.0, n=n, note="perfect_agreement")
    value = float(ordinal_alpha(matrix.reshape(1, -1))[0])
    return Figure("krippendorff_alpha", value, n=n, note="no_interval_from_sums")


def _pairs(table: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> pd.DataFrame:
    """A row a person, two columns of codes."""
    first, second = np.indices(table.shape).reshape(2, -1).repeat(table.ravel(), axis=1)
    return pd.DataFrame({"first": first, "second": second}, dtype=np.float64)


def alpha_of_sums(given: ItemSums, names: Sequence[str]) -> Outcome:
    """Cronbach's alpha, which variances of items and of their sum tell whole, with Feldt's interval."""
    n = given.persons
    if n < 2:
        few = Fault("too-few-rows", "", {"n": n, "needed": limits().whole("consistency_persons")})
        return InsufficientEvidence("cronbach_alpha", few, n)
    each = np.array([squares - total**2 / n for total, squares in zip(given.sums, given.squares, strict=True)]) / (
        n - 1
    )
    kept = each > _NOTHING  # an item that everybody has alike tells nobody apart
    of_sum = (given.total_squares - given.total**2 / n) / (n - 1)
    items = int(kept.sum())
    # covariances that are all alike have the same sum as those of the rows, and alpha needs no more
    others = (of_sum - each[kept].sum()) / max(items * (items - 1), 1)
    matrix = np.full((items, items), others)
    np.fill_diagonal(matrix, each[kept])
    told = tuple(name for name, is_kept in zip(names, kept, strict=True) if is_kept)
    return cronbach_alpha(Covariances(told, matrix, n, np.empty((0, items))), method="feldt")


def intraclass_of_sums(given: RatingSums) -> tuple[Outcome, ...]:
    """The intraclass correlations; those of two-way forms where the same raters rated everybody."""
    n, ratings = given.persons, given.ratings
    if n < (needed := limits().whole("intraclass_persons")):
        return tuple(
            InsufficientEvidence(name, Fault("too-few-rows", "", {"n": n, "needed": needed}), n) for name in FORMS
        )
    middle = given.total**2 / ratings
    whole, left = given.squares - middle, given.squares - given.between
    if left <= _NOTHING * max(whole, 1):
        return tuple(Figure(name, 1.0, n=n, note="perfect_agreement") for name in FORMS)
    one_way = OneWay(
        (given.between - middle) / (n - 1),
        left / (ratings - n),
        (n - 1, ratings - n),
        (ratings - given.squared_ratings / ratings) / (n - 1),
    )
    is_even = given.squared_ratings * n == ratings**2
    k: float | Fault = ratings / n if is_even else Fault("ratings-each-differ", "", {})
    if given.by_rater is None:
        return forms(one_way, Fault("not-pooled-two-way", "", {}), n, k)
    raters = len(given.by_rater)
    of_raters = sum(float(each) ** 2 for each in given.by_rater) / n - middle
    error = left - of_raters
    freedom = (n - 1, raters - 1, (n - 1) * (raters - 1))
    two_way = TwoWay(
        persons=(given.between - middle) / freedom[0],
        raters=of_raters / freedom[1],
        error=0.0 if error < _NOTHING * whole else error / freedom[2],
        freedom=freedom,
        of_person=raters,
        of_rater=n,
    )
    return forms(one_way, two_way, n, k)
