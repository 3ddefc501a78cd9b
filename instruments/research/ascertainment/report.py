"""What every report on an outcome tells of who could have had it, and what it does not know.

A register holds only what somebody saw, and whoever received what was to prevent the outcome may be whom it was
prevented for. Where the mapping is silent on either, the report says so in words.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.mapped_columns import OutcomeColumn
from instruments.messages import Text
from instruments.research.ascertainment.corrected import CorrectedRates, corrected_rates
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import as_numbers
from instruments.research.dependence.auditing import too_few
from instruments.research.estimation.roc import area, count_scores
from instruments.research.faults import ResearchWarning
from instruments.research.figures.builders import area_figure, section, share_figure
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row, Section
from instruments.research.limits import limits

#: What is asked of the mapping in words, by its place there, and the note where it is silent.
_QUESTIONS = {
    "verification_read": "verification_read_not_stated",
    "verification_period": "verification_period_not_stated",
    "verification_left": "verification_left_not_stated",
    "treatment_measure": "treatment_measure_not_stated",
}
_RATES = ("corrected_sensitivity", "corrected_specificity")


class SeenUnverifiedWarning(ResearchWarning):
    """Some had the outcome of whom the data say that it could not be seen."""

    code = "seen-unverified"


def ascertainment(dataset: Dataset, outcome: str, score: "pd.Series[float]", level: float = 0.95) -> Section:
    """Who could have been seen to have an outcome, and who received what was to prevent it.

    Parameters
    ----------
    outcome : str
        A name of `Dataset.outcomes`.
    score : Series
        What is held against it; its area is told among those who could be seen, and with and without the measure.
    level : float
        Confidence level.
    """
    stated = dict(_stated(dataset.outcome_columns.get(outcome)))
    silent = (note for key, note in _QUESTIONS.items() if key not in stated)
    happened = dataset.outcomes[outcome]
    verified, treated = _column(dataset.verified, outcome), _column(dataset.treated, outcome)
    figures: list[Outcome] = [_share("verified", verified, "verified-not-stated")]
    if verified is not None:
        figures.append(_area("auc_verified", happened, score, verified == 1, level))
    figures.append(_share("treated", treated, "treated-not-stated"))
    if treated is not None:
        figures.append(_area("auc_treated", happened, score, treated == 1, level))
        figures.append(_area("auc_untreated", happened, score, treated == 0, level))
    notes = [*silent, *(["treatment_prevents"] if treated is not None else [])]
    return Section("ascertainment", (), (Row((), tuple(figures)),), tuple(notes), stated)


def unverified_seen(dataset: Dataset, outcome: str) -> Iterator[ResearchWarning]:
    """A warning where somebody has an outcome that could not have been seen."""
    verified = _column(dataset.verified, outcome)
    if verified is not None and (count := int(((verified == 0) & (dataset.outcomes[outcome] == 1)).sum())):
        yield SeenUnverifiedWarning("", name=outcome, count=count)


def corrected_cuts(
    dataset: Dataset, outcome: str, score: "pd.Series[float]", name: str, level: float = 0.95
) -> Iterator[Section]:
    """Sensitivity and specificity at every cut, corrected for whose outcome could be seen, where not everybody's could.

    Parameters
    ----------
    score : Series
    name : str
        Its name.
    """
    verified = _column(dataset.verified, outcome)
    if verified is None or not (verified == 0).any():
        return
    rows = score.notna() & verified.notna()
    seen = (verified[rows] == 1) & dataset.outcomes.loc[rows, outcome].notna()
    happened = dataset.outcomes.loc[rows, outcome] == 1
    values = score[rows].to_numpy(np.float64)
    found = []
    for cut in np.unique(values)[1:]:
        rates = corrected_rates(values >= cut, seen.to_numpy(), happened.to_numpy(), level)
        found.append(Row((name, f"{cut:g}"), tuple(_rates(rates, len(values), level))))
    yield section("corrected_cuts", ("score", "cut"), found, "at_or_above", "corrected_cuts")


def _rates(rates: CorrectedRates | None, n: int, level: float) -> Iterator[Outcome]:
    if rates is None:
        yield from (InsufficientEvidence(name, Fault("verified-one-sided", ""), n) for name in _RATES)
        return
    for name, rate in zip(_RATES, (rates.sensitivity, rates.specificity), strict=True):
        yield Figure(name, rate.value, *rate.interval, level, n, "begg_greenes")


def _stated(column: OutcomeColumn | None) -> Iterator[tuple[str, Text]]:
    if column is None:
        return
    for key in _QUESTIONS:
        part, _, name = key.partition("_")
        words: Text | None = getattr(getattr(column, part), name)
        if words is not None:
            yield key, words


def _column(frame: pd.DataFrame | None, outcome: str) -> "pd.Series[float] | None":
    return frame[outcome] if frame is not None and outcome in frame else None


def _share(name: str, truths: "pd.Series[float] | None", silence: str) -> Outcome:
    if truths is None:
        return InsufficientEvidence(name, Fault(silence, ""), 0)
    known = truths.dropna()
    return share_figure(name, int(known.sum()), len(known))


def _area(
    name: str, happened: "pd.Series[float]", score: "pd.Series[float]", among: "pd.Series[bool]", level: float
) -> Outcome:
    rows = happened.notna() & score.notna() & among
    values, known = happened[rows].to_numpy() == 1, limits()
    if few := too_few(values, known.group_size.value, known.group_events.value):
        return InsufficientEvidence(name, few, len(values))
    try:
        return area_figure(area(count_scores(values, as_numbers(score[rows]))), level, name)
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], len(values))
