"""Calibrating a score, and telling how that does on persons that it was not calibrated on, as a report."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from scipy.special import expit

from instruments.faults import Fault, InputError
from instruments.research.ascertainment.report import ascertainment, unverified_seen
from instruments.research.auditing import too_few
from instruments.research.calibration import (
    INTERVALS,
    Calibration,
    Estimate,
    ReliabilityCurve,
    calibration,
    reliability_curve,
)
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.dataset import Dataset
from instruments.research.decision_curves import DecisionCurve, decision_curve
from instruments.research.faults import ConstantOutcomeError, ResearchWarning, TooFewEventsError
from instruments.research.figure_builders import insufficient, repeated_persons, section
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.groupings import first_group
from instruments.research.holdouts import METHODS, HeldOut, HoldOuts, cross_validated, later_held_out, places_held_out
from instruments.research.limits import limits
from instruments.research.outcomes import Truths, require_events
from instruments.research.resampling import Resampling
from instruments.research.roc import Floats
from instruments.research.scores import find_outcome, find_score, left_out, main_score
from instruments.research.splitting import first_ratings, time_of

#: The thresholds of the decision curve, and those of them that the table has.
THRESHOLDS = np.arange(1, 100) / 100
_IN_THE_TABLE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
#: Folds of the cross-validation, where nobody says how many.
FOLDS = 10
Judged = tuple[str, Calibration | InputError]
_NAMES = ("in_the_large", "slope", "intercept", "observed_to_expected", "brier", "scaled_brier")


def calibrate(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    score: str | None = None,
    methods: tuple[str, ...] = (),
    published: tuple[float, float] | None = None,
    hold_outs: HoldOuts | None = None,
    folds: int = FOLDS,
    level: float = 0.95,
    resampling: Resampling | None = None,
) -> Report:
    """Calibrate a score and tell how well that holds elsewhere.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    score : str, optional
        Of `scores_of`; by default that of `scores.main_score`.
    methods : tuple of str
        Of `holdouts.METHODS`. By default all, but isotonic only from as many persons as ``limits.yaml`` asks for.
    published : (float, float), optional
        Intercept and slope of published log odds, which are told as they are and updated.
    hold_outs : HoldOuts, optional
    folds : int
        Of the cross-validation.
    level : float
        Confidence level.
    resampling : Resampling, optional
        Of the bands.

    Returns
    -------
    Report
        Its details hold the reliability curve and the decision curve of the cross-validated probabilities.

    Raises
    ------
    ConstantOutcomeError, TooFewEventsError, OneClassInFoldError, UnknownColumnError, InputError
    """
    dataset = first_ratings(dataset)
    name, how, known = find_outcome(dataset, outcome), resampling or Resampling(), limits()
    score = score or main_score(dataset)
    values = find_score(dataset, score)
    is_known = dataset.outcomes[name].notna() & values.notna()
    noticed: list[ResearchWarning] = [*repeated_persons(dataset), *left_out(is_known, score)]
    noticed += unverified_seen(dataset, name)
    task = _Task(
        dataset,
        is_known.to_numpy(),
        np.asarray(dataset.outcomes[name][is_known] == 1),
        np.asarray(values[is_known], dtype=np.float64),
        methods,
        folds,
        level,
        how,
    )
    require_events(task.happened, 2, task.least)
    best, judged = task.judged(hold_outs or HoldOuts(), published)
    held = [*(_calibration_row(label, judgement, level) for label, judgement in judged)]
    left_out_note = ["isotonic_left_out"] if not methods and len(task.methods) < len(METHODS) else []
    decision = task.decision(best.probabilities)
    sections = (
        section("coefficients", ("update",), _coefficients(task, published)),
        section("calibration", ("probabilities",), held, "out_of_fold", *left_out_note),
        section("brier_parts", ("probabilities",), _brier_rows(judged), "brier_along_curve"),
        section("chosen", ("method",), _chosen_rows(best)),
        section("decision", ("threshold",), _decision_rows(decision, best, level), "net_benefit"),
        ascertainment(dataset, name, values, level),
    )
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    about = {**dataset.about(), "outcome": name, "score": score, "methods": list(task.methods), "folds": folds}
    about |= {"seed": how.seed, "draws": how.draws}
    about |= {"limits": known.as_data("events_per_parameter", "isotonic_persons", "calibration_events")}
    details: dict[str, object] = {
        "reliability": _points(task.reliability(best.probabilities)),
        "decision": _points(decision),
    }
    shown = tuple(each for each in sections if each.rows)
    return Report("calibrate", about, shown, tuple(warning.fault for warning in noticed), details)


def _points(curve: ReliabilityCurve | DecisionCurve) -> dict[str, list[float]]:
    return {name: points.tolist() for name, points in vars(curve).items() if points is not None}


@dataclass(frozen=True)
class _Task:
    """The persons of whom outcome and score are known, and how they are to be calibrated."""

    dataset: Dataset
    rows: Truths
    happened: Truths
    scores: Floats
    asked: tuple[str, ...]
    folds: int
    level: float
    how: Resampling

    @property
    def least(self) -> float:
        """Events for each parameter."""
        return limits().events_per_parameter.value

    @property
    def methods(self) -> tuple[str, ...]:
        """Those asked for, or all that so many persons allow."""
        is_thin = len(self.scores) < limits().isotonic_persons.value
        return self.asked or tuple(name for name in METHODS if name != "isotonic" or not is_thin)

    def judged(self, hold_outs: HoldOuts, published: tuple[float, float] | None) -> "tuple[HeldOut, list[Judged]]":
        """The probabilities of cross-validation, and the calibration of all that were held out in some way."""
        held = {name: self._in_folds((name,)) for name in self.methods}
        if len(held) > 1:
            held = {"nested": self._in_folds(self.methods), **held}
        best = next(iter(held.values()))
        judged = [(label, self._judge(each.rows, each.probabilities)) for label, each in held.items()]
        judged += self._elsewhere(hold_outs)
        if published is not None:
            odds = published[0] + published[1] * self.scores
            judged.append(("published", self._judge(np.full(odds.shape, True), expit(odds))))
        return best, judged

    def _in_folds(self, methods: tuple[str, ...]) -> HeldOut:
        return cross_validated(
            self.happened,
            self.scores,
            methods=methods,
            folds=self.folds,
            events_per_parameter=self.least,
            persons=self.dataset.persons[self.rows],
            seed=self.how.seed,
            n_jobs=self.how.n_jobs,
        )

    def _elsewhere(self, asked: HoldOuts) -> "Iterator[Judged]":
        """Later persons and other places, or why they could not be held out."""
        method, least = self.methods[0], self.least
        try:
            if asked.later is not None and asked.after is not None:
                when = time_of(self.dataset, asked.later)[self.rows]
                later = later_held_out(
                    self.happened, self.scores, when, after=asked.after, method=method, events_per_parameter=least
                )
                yield "later", self._judge_elsewhere(later.rows, later.probabilities)
        except (ConstantOutcomeError, TooFewEventsError) as error:
            yield "later", error
        if asked.place is None:
            return
        place = np.asarray(first_group(self.dataset, asked.place)[self.rows].astype(str))
        places = places_held_out(self.happened, self.scores, place, method=method, events_per_parameter=least)
        yield "places", self._judge(places.rows, places.probabilities)
        for name in np.unique(place):
            why = places.refused.get(str(name))
            judgement = InputError([why]) if why else self._judge_elsewhere(place == name, places.probabilities)
            yield f"{asked.place}: {name}", judgement

    def _judge_elsewhere(self, rows: Truths, chance: Floats) -> Calibration | InputError:
        """The calibration of some who were held out; of too few nothing is told, as of small groups."""
        known = limits()
        few = too_few(self.happened[rows], known.group_size.value, known.group_events.value)
        if few is not None:
            return InputError([few])
        return self._judge(rows, chance)

    def _judge(self, rows: Truths, chance: Floats) -> Calibration | InputError:
        try:
            return calibration(self.happened[rows], chance[rows], self.level)
        except InputError as error:
            return error

    def reliability(self, chance: Floats) -> ReliabilityCurve:
        """The reliability curve of some probabilities."""
        how = self.how
        return reliability_curve(
            self.happened, chance, level=self.level, draws=how.draws, seed=how.seed, n_jobs=how.n_jobs
        )

    def decision(self, chance: Floats) -> DecisionCurve:
        """The decision curve of some probabilities."""
        how = self.how
        return decision_curve(
            self.happened, chance, THRESHOLDS, level=self.level, draws=how.draws, seed=how.seed, n_jobs=how.n_jobs
        )


def _calibration_row(label: str, judgement: Calibration | InputError, level: float) -> Row:
    if isinstance(judgement, InputError):
        return Row((label,), insufficient(_NAMES, judgement, 0))
    is_thin = min(judgement.events, judgement.n - judgement.events) < limits().calibration_events.value
    note = "few_for_calibration" if is_thin else ""
    estimates: Mapping[str, Estimate | None] = {
        "in_the_large": judgement.in_the_large,
        "slope": judgement.slope,
        "intercept": judgement.intercept,
        "observed_to_expected": judgement.observed_to_expected,
        "brier": judgement.brier,
    }
    certain = Fault("certain-probabilities", "", {"count": judgement.certain})
    figures: list[Outcome] = [
        Figure(name, each.value, each.low, each.high, level, judgement.n, INTERVALS[name], note)
        if each is not None
        else InsufficientEvidence(name, certain, judgement.n)
        for name, each in estimates.items()
    ]
    return Row((label,), (*figures, Figure("scaled_brier", judgement.scaled_brier, n=judgement.n)))


def _brier_rows(judged: list[Judged]) -> Iterator[Row]:
    for label, judgement in judged:
        if isinstance(judgement, Calibration):
            parts = {"brier": judgement.brier.value, "miscalibration": judgement.miscalibration,
                     "discrimination": judgement.discrimination, "uncertainty": judgement.uncertainty}  # fmt: skip
            ends = (judgement.brier.low, judgement.brier.high)
            whole, *others = (Figure(name, part, n=judgement.n) for name, part in parts.items())
            yield Row((label,), (replace(whole, low=ends[0], high=ends[1], method=INTERVALS["brier"]), *others))


def _chosen_rows(best: HeldOut) -> Iterator[Row]:
    fits = sum(best.chosen.values())
    for name, times in sorted(best.chosen.items(), key=lambda each: -each[1]):
        yield Row((name,), (Figure("folds", times, n=fits),))


def _coefficients(task: _Task, published: tuple[float, float] | None) -> Iterator[Row]:
    """The log odds on everyone: those published, and what updates make of them."""
    n, names = len(task.scores), ("intercept", "slope")
    if published is not None:
        figures = (Figure(name, each) for name, each in zip(names, published, strict=True))
        yield Row(("published",), tuple(figures))
        raised = LogisticCalibrator(
            published_intercept=published[0],
            published_slope=published[1],
            update="intercept",
            events_per_parameter=task.least,
            strict=True,
        ).fit(task.scores[:, None], task.happened)
        (moved,) = _with_intervals(names[:1], [raised.intercept_], raised.covariance_, n, task.level)
        yield Row(("intercept",), (moved, Figure("slope", published[1], n=n, note="kept_as_published")))
    both = LogisticCalibrator(events_per_parameter=task.least, strict=True)
    try:
        both.fit(task.scores[:, None], task.happened)
    except InputError as error:
        yield Row(("intercept_and_slope",), insufficient(names, error, n))
        return
    fitted = _with_intervals(names, [both.intercept_, both.coef_], both.covariance_, n, task.level)
    yield Row(("intercept_and_slope",), tuple(fitted))


def _with_intervals(
    names: Sequence[str], values: Sequence[float], covariance: Floats, n: int, level: float
) -> Iterator[Figure]:
    reach = NormalDist().inv_cdf((1 + level) / 2)
    for name, value, error in zip(names, values, np.sqrt(np.diag(covariance)), strict=True):
        yield Figure(name, value, value - reach * error, value + reach * error, level, n, "logistic")


def _decision_rows(curve: DecisionCurve, best: HeldOut, level: float) -> Iterator[Row]:
    n = int(best.rows.sum())
    for threshold in _IN_THE_TABLE:
        place = int(np.abs(curve.thresholds - threshold).argmin())
        low, high = (None if end is None else float(end[place]) for end in (curve.low, curve.high))
        method = "" if low is None else "bootstrap"
        benefit = Figure("net_benefit", curve.net_benefit[place], low, high, level, n, method)
        yield Row((f"{threshold:g}",), (benefit, Figure("act_on_all", curve.act_on_all[place], n=n)))
