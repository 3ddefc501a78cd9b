"""How much a conclusion rests on what is done about blanks, as a report: by every way that there is."""

import warnings
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import as_numbers, ends_of, find_outcome, scores_of
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.roc import Floats, area, count_scores
from instruments.research.figures.builders import area_figure, insufficient, section, share_figure
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.missing.bounds import AreaBounds, Extreme, area_bounds, share_bounds, total_bounds
from instruments.research.missing.chained import Imputation, require_enough
from instruments.research.missing.choices import coefficient_rows, conclusion
from instruments.research.missing.imputing import Completed, complete, name_of, pooled_area, settled
from instruments.research.missing.prorating import items_of, prorated, rule_of
from instruments.research.missing.rubin import Pooled

_NAMES = ("auc_complete", "auc_prorated", "auc_lowest", "auc_highest")
_NOTES = {"mapping": "prorated_by_mapping", "instrument": "prorated_by_instrument", "ours": "prorated_by_ours"}


def missing(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    imputation: Imputation | None = None,
    published: Mapping[str, tuple[float, float]] | None = None,
) -> Report:
    """Tell what each conclusion is by what is done about blanks, and how much it rests on that.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    imputation : Imputation, optional
        How blanks are imputed.
    published : Mapping of str to (float, float), optional
        By score, intercept and slope of published log odds, which are then held against what happened.

    Returns
    -------
    Report
        By score the area without those who have blanks, prorated, imputed, and at least and most whatever the blanks
        are; how far these lie apart, and in how many of them the lower limit lies above chance; calibration and alpha,
        left out and imputed; how the chains settled; by summary rating the share with the outcome. Its details hold
        the traces of the chains.

    Raises
    ------
    UnknownColumnError, InputError
    """
    dataset, how = first_ratings(dataset), imputation or Imputation()
    name = find_outcome(dataset, outcome)
    known, rule = dataset.outcomes[name], rule_of(dataset)
    scores = list(scores_of(dataset))
    about = dataset.about() | {
        "outcome": name,
        "outcome_blank": int(known.isna().sum()),
        "prorating": rule.as_data(),
        "imputations": how.imputations,
        "iterations": how.iterations,
        "seed": how.seed,
        "limits": limits().as_data("imputation_freedom", "scale_reduction", "chance_area"),
    }
    filled = _completed(dataset, name, how)
    areas, conclusions = [], []
    for score in scores:
        imputed, pooled = _imputed_area(filled, score, len(known))
        complete, by_rule, *ends = _areas(dataset, known, score)
        areas.append(Row((score,), (complete, by_rule, imputed, *ends)))
        is_complete = bool(scores_of(dataset)[score].notna().all() and known.notna().all())
        conclusions.append(conclusion(areas[-1], pooled, is_complete=is_complete))
    sections = [
        section("missing_areas", ("score",), areas, "missing_areas", _NOTES[rule.by], "missing_interval"),
        section("missing_choices", ("score",), conclusions, "missing_choices"),
    ]
    if dataset.summary_rating is not None:
        levels = _levels(dataset, known, dataset.summary_rating)
        sections.append(section("missing_shares", ("summary_level",), levels, "missing_shares"))
    if isinstance(filled, InputError):
        return Report("missing", about, tuple(sections))
    lines = published or {}
    rows = [row for score in scores for row in coefficient_rows(dataset, filled, score, lines.get(score))]
    sections.append(section("missing_coefficients", ("score", "blanks"), rows, "imputed_at_random"))
    met = [Row((column,), tuple(figures)) for column, figures in settled(filled)]
    sections.append(section("missing_settled", ("variable",), met, "missing_settled"))
    traces = {name_of(column, name): trace.tolist() for column, trace in filled.imputed.traces.items()}
    return Report("missing", about, tuple(sections), details={"traces": traces})


def _completed(dataset: Dataset, outcome: str, how: Imputation) -> Completed | InputError:
    """The data sets without blanks, or why there are none."""
    if not how.imputations:
        return InputError([Fault("imputation-left-out", "")])
    require_enough(how)
    try:
        filled, warned = complete(dataset, outcome, how)
    except InputError as error:
        return error
    for warning in warned:
        warnings.warn(warning, stacklevel=3)
    return filled


def _imputed_area(filled: Completed | InputError, score: str, n: int) -> tuple[Outcome, Pooled | None]:
    if isinstance(filled, InputError):
        return InsufficientEvidence("auc_imputed", filled.faults[0], n), None
    return pooled_area(filled, score)


def _areas(dataset: Dataset, outcome: "pd.Series[float]", score: str) -> tuple[Outcome, ...]:
    values = scores_of(dataset)[score]
    items = items_of(dataset, score)
    complete = _area(_NAMES[0], outcome, values)
    if items:
        low, high = total_bounds(dataset.ratings, items, dataset.instrument)
        by_rule = _prorated(dataset, outcome, score)
    else:
        reason = Fault("score-not-summed", "", {"name": score})
        by_rule = InsufficientEvidence(_NAMES[1], reason, len(values))
        if (ends := ends_of(dataset, score)) is None and values.isna().any():  # nobody has said between what it lies
            unbounded = Fault("score-unbounded", "", {"name": score})
            return complete, by_rule, *(InsufficientEvidence(each, unbounded, len(values)) for each in _NAMES[2:])
        low, high = (np.asarray(values.fillna(end), dtype=np.float64) for end in ends or (0, 0))
    try:
        bounds = area_bounds(outcome, low, high)
    except InputError as error:
        return complete, by_rule, *insufficient(_NAMES[2:], error, len(values))
    return complete, by_rule, *_extremes(bounds, len(values))


def _prorated(dataset: Dataset, outcome: "pd.Series[float]", score: str) -> Outcome:
    try:
        values = prorated(dataset, score)
        if values.notna().equals(scores_of(dataset)[score].notna()):
            raise InputError([Fault("nobody-prorated", "", {"name": score})])
        return _area(_NAMES[1], outcome, values)
    except InputError as error:
        return InsufficientEvidence(_NAMES[1], error.faults[0], len(outcome))


def _extremes(bounds: AreaBounds, n: int) -> tuple[Figure, Figure]:
    """Both ends, the outer ends of their intervals being the limits over every number of outcomes."""
    low, high = bounds.ends
    limits_of_both = bounds.interval
    least, most = (None, None) if limits_of_both is None else limits_of_both
    inner = bounds.lowest.area.interval(), bounds.highest.area.interval()
    return (
        _extreme("auc_lowest", low, (least, inner[0] and inner[0][1]), bounds.lowest, n),
        _extreme("auc_highest", high, (inner[1] and inner[1][0], most), bounds.highest, n),
    )


def _extreme(name: str, value: float, ends: tuple[float | None, float | None], extreme: Extreme, n: int) -> Figure:
    # What an area says of its score, such as that it runs backwards, is not said of a score that nobody has.
    note = "bounded_with_gap" if extreme.gap > 0 else ""
    low, high = ends
    if low is None or high is None:
        return Figure(name, value, n=n, method=extreme.area.method, note=note)
    return Figure(name, value, min(low, value), max(high, value), n=n, method=extreme.area.method, note=note)


def _area(name: str, outcome: "pd.Series[float]", values: "pd.Series[float]") -> Outcome:
    known = outcome.notna() & values.notna()
    try:
        return area_figure(area(count_scores(outcome[known].to_numpy(), as_numbers(values[known]))), name=name)
    except InputError as error:
        return InsufficientEvidence(name, error.faults[0], int(known.sum()))


def _levels(dataset: Dataset, outcome: "pd.Series[float]", rating: "pd.Series[float]") -> Iterator[Row]:
    for code, level in enumerate(dataset.instrument.scales.risk):
        given: Floats = np.asarray(outcome[rating == code], dtype=np.float64)
        least, most, n = share_bounds(given)
        known = given[~np.isnan(given)]
        shares = ((int(known.sum()), len(known)), (least, n), (most, n))
        names = ("share_complete", "share_lowest", "share_highest")
        yield Row((level,), tuple(share_figure(name, *each) for name, each in zip(names, shares, strict=True)))
