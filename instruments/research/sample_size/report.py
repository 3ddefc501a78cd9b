"""Whether a sample is large enough to validate a score on it, as a report: a line on every card."""

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import as_numbers, find_outcome, find_score, main_score
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.outcomes import Truths, require_both_classes
from instruments.research.estimation.roc import Floats, area, count_scores
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.sample_size.sizes import VALIDATION, LogOdds, size_for_validation


def sample_size(dataset: Dataset, outcome: str | None = None, *, score: str | None = None) -> Report:
    """Hold the size of a sample against what validating a score on it asks for, with what the sample itself shows.

    Parameters
    ----------
    dataset : Dataset
    outcome, score : str, optional
        As for `fairness.report.fairness`.

    Returns
    -------
    Report
        By criterion: how many persons are needed, and how many there are.

    Raises
    ------
    ConstantOutcomeError, UnknownColumnError, InputError
    """
    dataset = first_ratings(dataset)
    name, score = find_outcome(dataset, outcome), score or main_score(dataset)
    values = find_score(dataset, score)
    known = dataset.outcomes[name].notna() & values.notna()
    happened, n = require_both_classes(dataset.outcomes[name][known].to_numpy()), int(known.sum())
    there = Figure("persons_there", n, n=n)
    needed = _needed(happened, as_numbers(values[known]).astype(np.float64))
    rows = [Row((criterion,), (each, there)) for criterion, each in needed.items()]
    widths = limits().as_data("ratio_width", "slope_width", "area_width")
    return Report(
        "sample_size",
        dataset.about() | {"outcome": name, "score": score, "limits": widths},
        (section("sample_size", ("criterion",), rows, "sample_size"),),
    )


def _needed(happened: Truths, score: Floats) -> dict[str, Outcome]:
    """How many persons each criterion of a validation asks for, by what a sample shows."""
    n, auc = len(happened), area(count_scores(happened, score)).value
    if auc == 0.5:
        return {
            each: InsufficientEvidence("persons_needed", Fault("planning-nothing-told-apart", ""), n)
            for each in VALIDATION
        }
    try:
        log_odds = LogOdds.observed(fit_logistic(happened, score[:, None], ["score"]).linear_predictor)
        # a score that runs backwards is planned for as if it were turned
        needs = size_for_validation(float(happened.mean()), max(auc, 1 - auc), log_odds)
    except InputError as error:
        return {each: InsufficientEvidence("persons_needed", error.faults[0], n) for each in VALIDATION}
    return {each.criterion: Figure("persons_needed", each.persons, n=n) for each in needs}
