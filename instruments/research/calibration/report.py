"""Calibrating a score, and telling how that does on persons that it was not calibrated on, as a report."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from instruments.faults import InputError
from instruments.research.ascertainment.report import ascertainment, unverified_seen
from instruments.research.calibration import rows as rows_of
from instruments.research.calibration.decision_curves import DecisionCurve, decision_curve
from instruments.research.calibration.holdouts import (
    METHODS,
    HeldOut,
    HoldOuts,
    cross_validated,
    later_held_out,
    places_held_out,
)
from instruments.research.calibration.internal_external import PlaceJudged, place_sections
from instruments.research.calibration.measures import Calibration, ReliabilityCurve, calibration, reliability_curve
from instruments.research.calibration.rows import Judged, coefficient_figures, points_of
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import first_group
from instruments.research.datasets.scores import find_outcome, find_score, left_out, main_score
from instruments.research.datasets.splitting import time_of
from instruments.research.dependence.auditing import too_few
from instruments.research.dependence.clustered_areas import area_of
from instruments.research.dependence.clusters import PERSON, Clusters, clusters_of, rows_for, undivided
from instruments.research.estimation.outcomes import Truths, require_events
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import Floats
from instruments.research.faults import ConstantOutcomeError, ResearchWarning, TooFewEventsError
from instruments.research.figures.builders import insufficient, repeated_persons, section
from instruments.research.figures.figure import Figure, Report, Row, Section
from instruments.research.limits import limits

#: The thresholds of the decision curve.
THRESHOLDS = np.arange(1, 100) / 100
#: Folds of the cross-validation, where nobody says how many.
FOLDS = 10


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
    cluster: str | None = None,
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
    cluster : str, optional
        As in `validity`. No cluster, and no person, is then in two folds.

    Returns
    -------
    Report
        Its details hold the reliability curve and the decision curve of the cross-validated probabilities.

    Raises
    ------
    ConstantOutcomeError, TooFewEventsError, OneClassInFoldError, UnknownColumnError, InputError
    """
    dataset = rows_for(dataset, cluster)
    name, how, known = find_outcome(dataset, outcome), resampling or Resampling(), limits()
    score = score or main_score(dataset)
    values = find_score(dataset, score)
    is_known = dataset.outcomes[name].notna() & values.notna()
    noticed: list[ResearchWarning] = [*left_out(is_known, score)]
    noticed += [*(repeated_persons(dataset) if cluster != PERSON else ()), *unverified_seen(dataset, name)]
    rows = is_known.to_numpy()
    task = _Task(
        dataset,
        rows,
        np.asarray(dataset.outcomes[name][is_known] == 1),
        np.asarray(values[is_known], dtype=np.float64),
        methods,
        folds,
        level,
        how,
        None if cluster is None else clusters_of(dataset, cluster).part(rows),
    )
    require_events(task.happened, 2, task.least)
    best, judged = task.judged(hold_outs or HoldOuts(), published)
    places = task.between_places((hold_outs or HoldOuts()).place)
    held = [*(rows_of.calibration_row(label, judgement, level) for label, judgement in judged)]
    left_out_note = ["isotonic_left_out"] if not methods and len(task.methods) < len(METHODS) else []
    decision = task.decision(best.probabilities)
    sections = (
        section("coefficients", ("update",), _coefficients(task, published)),
        section("calibration", ("probabilities",), held, "out_of_fold", *left_out_note),
        section("brier_parts", ("probabilities",), rows_of.brier_rows(judged), "brier_along_curve"),
        section("chosen", ("method",), rows_of.chosen_rows(best)),
        section("decision", ("threshold",), rows_of.decision_rows(decision, best, level, task.drawn), "net_benefit"),
        *places,
        ascertainment(dataset, name, values, level),
    )
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    about = {**dataset.about(), "outcome": name, "score": score, "methods": list(task.methods), "folds": folds}
    about |= {"seed": how.seed, "draws": how.draws}
    if task.clusters is not None:
        about |= {"cluster": cluster, "clusters": task.clusters.count}
    about |= {"limits": known.as_data("events_per_parameter", "isotonic_persons", "calibration_events")}
    details: dict[str, object] = {
        "reliability": points_of(task.reliability(best.probabilities)),
        "decision": points_of(decision),
    }
    shown = tuple(each for each in sections if each.rows)
    return Report("calibrate", about, shown, tuple(warning.fault for warning in noticed), details)


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
    clusters: Clusters | None = None

    @property
    def drawn(self) -> str:
        """The key of how bands come to be."""
        return "bootstrap" if self.clusters is None else "bootstrap_clusters"

    def part(self, rows: Truths) -> Clusters | None:
        """The clusters of some persons; None where they are independent, or all of one cluster."""
        part = None if self.clusters is None else self.clusters.part(rows)
        return part if part is not None and part.count > 1 else None

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
            persons=self._undivided(),
            seed=self.how.seed,
            n_jobs=self.how.n_jobs,
        )

    def _undivided(self) -> Any:
        """Who may not be in two folds: a person, and a cluster with everybody who is in it."""
        return undivided(self.dataset.persons[self.rows], self.clusters)

    def between_places(self, column: str | None) -> tuple[Section, ...]:
        """Internal-external validation: each place by a curve fitted to all others, and how far places differ."""
        if column is None:
            return ()
        held, by_place = self._places(column)
        return place_sections(
            {
                name: each
                if isinstance(each, InputError)
                else PlaceJudged(each, area_of(self.happened[here], held.probabilities[here], self.part(here)))
                for name, (here, each) in by_place.items()
            },
            self.level,
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
        held, by_place = self._places(asked.place)
        yield "places", self._judge(held.rows, held.probabilities)
        yield from ((f"{asked.place}: {name}", each) for name, (_, each) in by_place.items())

    def _places(self, column: str) -> tuple[HeldOut, "dict[str, tuple[Truths, Calibration | InputError]]"]:
        """Each place by a curve fitted to all others: who is there, and how that holds."""
        place = np.asarray(first_group(self.dataset, column)[self.rows].astype(str))
        method, least = self.methods[0], self.least
        held = places_held_out(self.happened, self.scores, place, method=method, events_per_parameter=least)
        judged: dict[str, tuple[Truths, Calibration | InputError]] = {}
        for name in map(str, np.unique(place)):
            here, why = place == name, held.refused.get(name)
            judged[name] = here, InputError([why]) if why else self._judge_elsewhere(here, held.probabilities)
        return held, judged

    def _judge_elsewhere(self, rows: Truths, chance: Floats) -> Calibration | InputError:
        """The calibration of some who were held out; of too few nothing is told, as of small groups."""
        known = limits()
        few = too_few(self.happened[rows], known.group_size.value, known.group_events.value)
        if few is not None:
            return InputError([few])
        return self._judge(rows, chance)

    def _judge(self, rows: Truths, chance: Floats) -> Calibration | InputError:
        try:
            return calibration(self.happened[rows], chance[rows], self.level, self.part(rows))
        except InputError as error:
            return error

    def coefficients(self, line: tuple[float, float], covariance: Floats) -> Iterator[Figure]:
        """Those of the intercept and slope of log odds that the covariance is of."""
        return coefficient_figures(line, covariance, self.happened, self.scores, self.clusters, self.level)

    def reliability(self, chance: Floats) -> ReliabilityCurve:
        """The reliability curve of some probabilities."""
        return reliability_curve(self.happened, chance, level=self.level, resampling=self.how, clusters=self.clusters)

    def decision(self, chance: Floats) -> DecisionCurve:
        """The decision curve of some probabilities."""
        return decision_curve(
            self.happened, chance, THRESHOLDS, level=self.level, resampling=self.how, clusters=self.clusters
        )


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
        (moved,) = task.coefficients((raised.intercept_, published[1]), raised.covariance_)
        yield Row(("intercept",), (moved, Figure("slope", published[1], n=n, note="kept_as_published")))
    both = LogisticCalibrator(events_per_parameter=task.least, strict=True)
    try:
        both.fit(task.scores[:, None], task.happened)
    except InputError as error:
        yield Row(("intercept_and_slope",), insufficient(names, error, n))
        return
    fitted = task.coefficients((both.intercept_, both.coef_), both.covariance_)
    yield Row(("intercept_and_slope",), tuple(fitted))
