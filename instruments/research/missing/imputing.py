"""Figures over imputed data sets: what the blanks of a data set are filled in from, and estimates pooled over them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.scores import SUMMARY, as_numbers, scores_of
from instruments.research.estimation.intervals import jackknifed_error
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.roc import area, count_scores
from instruments.research.faults import AllMissingItemWarning, NobodyLeftError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.limits import limits
from instruments.research.missing.chained import Imputation, Imputed, impute, scale_reduction
from instruments.research.missing.prorating import items_of
from instruments.research.missing.rubin import Pooled, pool
from instruments.research.reliability.consistency import Covariances, alpha_of, alphas_of

_ITEM, _SCORE, _OUTCOME = "item.", "score.", "outcome"
#: An estimate, its variance, and the degrees of freedom that it has with nothing missing.
Estimate = tuple[float, float, float]


@dataclass(frozen=True)
class Completed:
    """A data set with its blanks filled in, several times.

    Parameters
    ----------
    datasets : tuple of Dataset
    outcome : str
    imputed : Imputed
    blanks : mapping of str to Series
        By column that had blanks, its values as they were.
    """

    datasets: tuple[Dataset, ...]
    outcome: str
    imputed: Imputed
    blanks: dict[str, "pd.Series[float]"]


def complete(dataset: Dataset, outcome: str, how: Imputation) -> tuple[Completed, list[AllMissingItemWarning]]:
    """Fill in the items, the summary rating, the scores and the outcome, each from all of the others.

    Raises
    ------
    InputError
        If nothing is blank, or as `impute`.
    """
    every = pd.DataFrame(dict(_columns(dataset, outcome)))
    nobody = [str(name) for name in every if every[name].isna().all()]
    known = every.drop(columns=nobody)
    blank = [str(name) for name in known if known[name].isna().any()]
    if not blank:
        raise InputError([Fault("nothing-blank", "")])
    imputed = impute(known, how)
    filled = tuple(_filled(dataset, outcome, frame) for frame in imputed.frames)
    warned = [AllMissingItemWarning("", name=name_of(name, outcome)) for name in nobody]
    return Completed(filled, outcome, imputed, {name: known[name] for name in blank}), warned


def name_of(column: str, outcome: str) -> str:
    """The name in the mapping of a column of the imputation model."""
    return outcome if column == _OUTCOME else column.removeprefix(_ITEM).removeprefix(_SCORE)


def pooled_area(given: Completed, score: str, level: float = 0.95) -> tuple[Outcome, Pooled | None]:
    """The area over all imputed data sets, pooled on the scale of log odds."""

    def estimate(data: Dataset) -> Estimate:
        measured = area(count_scores(data.outcomes[given.outcome].to_numpy(), as_numbers(_score(data, score))))
        if not (measured.variance and 0 < measured.value < 1 and measured.freedom):
            raise InputError([Fault("imputed-separated", "", {"name": score})])
        slope = measured.value * (1 - measured.value)
        return float(logit(measured.value)), measured.variance / slope**2, measured.freedom

    return _pooled("auc_imputed", given, estimate, level, lambda value: float(expit(value)))


def pooled_coefficients(
    given: Completed, score: str, published: tuple[float, float], level: float = 0.95
) -> tuple[tuple[Outcome, Pooled | None], ...]:
    """Intercept and slope of the log odds on a score, or on what a published line makes of it.

    Parameters
    ----------
    published : (float, float)
        Intercept and slope of the line; 0 and 1 for the score itself.
    """
    outcomes = []
    for place, name in enumerate(("intercept", "slope")):

        def estimate(data: Dataset, place: int = place) -> Estimate:
            line = published[0] + published[1] * _score(data, score).to_numpy(np.float64)
            fit = fit_logistic(data.outcomes[given.outcome].to_numpy(), line[:, None], (score,))
            return float(fit.coefficients[place]), float(fit.covariance[place, place]), len(line) - 2.0

        outcomes.append(_pooled(name, given, estimate, level, float))
    return tuple(outcomes)


def pooled_alpha(given: Completed, score: str, level: float = 0.95) -> tuple[Outcome, Pooled | None]:
    """Cronbach's alpha of the items of a total, pooled on Fisher's scale with the jackknife's variances."""

    def estimate(data: Dataset) -> Estimate:
        items = items_of(data, score)
        if len(items) < 2:
            raise InputError([Fault("too-few-items", "", {"items": len(items), "needed": 2})])
        covariances = Covariances.of(data.ratings[[item.id for item in items]])
        value = alpha_of(covariances.matrix) if len(covariances.names) > 1 else np.nan
        if not -1 < value < 1:
            raise InputError([Fault("constant-sum", "")])
        without = alphas_of(covariances.without_each)
        error = jackknifed_error(without, np.ones(len(without)))
        if not error > 0:
            raise InputError([Fault("constant-sum", "")])
        return float(np.arctanh(value)), (error / (1 - value**2)) ** 2, min(covariances.n, len(without)) - 1.0

    return _pooled("cronbach_alpha", given, estimate, level, lambda value: float(np.tanh(value)))


def _pooled(
    name: str,
    given: Completed,
    estimate: Callable[[Dataset], Estimate],
    level: float,
    back: Callable[[float], float],
) -> tuple[Outcome, Pooled | None]:
    n = len(given.datasets[0])
    try:
        with threadpool_limits(1, user_api="blas"):  # the matrices are small, and threads would only wait
            found = [estimate(each) for each in given.datasets]
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], n), None
    values, variances, freedoms = zip(*found, strict=True)
    pooled = pool(values, variances, min(freedoms))
    is_few = pooled.imputations < 100 * pooled.fraction_missing
    low, high = map(back, pooled.interval(level))
    note = "few_imputations" if is_few else ""
    return Figure(name, back(pooled.value), low, high, level, n, "rubin", note), pooled


def settled(given: Completed) -> Iterator[tuple[str, Sequence[Figure]]]:
    """For every column that was filled in: its blanks, the means of known and filled in, and whether chains met."""
    most = limits().scale_reduction.value
    for column, values in given.blanks.items():
        blank = values.isna()
        n = len(values)
        means = [float(frame.loc[blank, column].mean()) for frame in given.imputed.frames]
        figures = [
            Figure("blank_cells", int(blank.sum()), n=n),
            Figure("mean_known", float(values.mean()), n=int((~blank).sum())),
            Figure("mean_imputed", float(np.mean(means)), n=int(blank.sum())),
        ]
        if column in given.imputed.traces:
            reduction = scale_reduction(given.imputed.traces[column])
            figures.append(Figure("scale_reduction", reduction, n=n, note="not_met" if reduction > most else ""))
        else:
            figures.append(Figure("scale_reduction", 1.0, n=n, note="constant_filled"))
        yield name_of(column, given.outcome), figures


def _score(data: Dataset, name: str) -> "pd.Series[float]":
    """A score of everybody; one that rests on what is blank for everybody cannot be filled in."""
    score = scores_of(data)[name]
    if score.isna().any():
        raise NobodyLeftError(name)
    return score


def _columns(dataset: Dataset, outcome: str) -> Iterator[tuple[str, "pd.Series[float]"]]:
    for name in dataset.ratings:
        yield f"{_ITEM}{name}", dataset.ratings[name]
    for name in dataset.scores:
        yield f"{_SCORE}{name}", dataset.scores[name]
    if dataset.summary_rating is not None:
        yield SUMMARY, dataset.summary_rating
    yield _OUTCOME, dataset.outcomes[outcome]


def _filled(dataset: Dataset, outcome: str, frame: pd.DataFrame) -> Dataset:
    """The data set with its columns as they were filled in."""
    parts = {
        "ratings": dataset.ratings.assign(**_with_prefix(frame, _ITEM)),
        "scores": dataset.scores.assign(**_with_prefix(frame, _SCORE)),
        "outcomes": dataset.outcomes.assign(**{outcome: frame[_OUTCOME]}),
    }
    if SUMMARY in frame:
        words = pd.Series(dataset.instrument.scales.risk)[frame[SUMMARY].astype(int)].set_axis(frame.index)
        parts["facts"] = dataset.facts.assign(**{SUMMARY_RATING: words})
    return replace(dataset, **parts)  # type: ignore[arg-type]


def _with_prefix(frame: pd.DataFrame, prefix: str) -> dict[str, "pd.Series[float]"]:
    return {str(name).removeprefix(prefix): frame[name] for name in frame if str(name).startswith(prefix)}
