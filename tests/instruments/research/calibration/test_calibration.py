"""Probabilities are held against outcomes, and calibrators are estimators that scikit-learn knows."""

import warnings
from typing import Any

import dcurves
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn import config_context
from sklearn.base import ClassifierMixin, clone
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from instruments.faults import InputError
from instruments.research.calibration import holdouts
from instruments.research.calibration.decision_curves import decision_curve
from instruments.research.calibration.holdouts import HoldOuts, cross_validated, later_held_out, places_held_out
from instruments.research.calibration.measures import calibration, log_odds, reliability_curve
from instruments.research.calibration.report import calibrate
from instruments.research.calibrators import (
    IsotonicCalibrator,
    LogisticCalibrator,
    PlattCalibrator,
    SeparatedClassesWarning,
    TooFewEventsWarning,
)
from instruments.research.datasets.scoring import InstrumentScorer
from instruments.research.estimation.outcomes import OneClassInFoldError, PerfectSeparationError
from instruments.research.estimation.resampling import Resampling
from instruments.research.faults import ConstantOutcomeError, TooFewEventsError
from instruments.research.figures import pictures
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.wording import say
from tests.instruments.research.data import YOUTH
from tests.instruments.research.invented import invent

#: scikit-learn's own checks are on several columns, which are then to be summed.
CALIBRATORS = [
    LogisticCalibrator(sums=True),
    LogisticCalibrator(update="intercept", sums=True),
    PlattCalibrator(sums=True),
    IsotonicCalibrator(sums=True),
]
each_calibrator = pytest.mark.parametrize("calibrator", CALIBRATORS, ids=str)


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray]:
    """Whether it happened, and the probability that it had."""
    random = np.random.default_rng(11)
    chance = random.beta(2, 3, 900)
    return random.random(900) < chance, chance


@pytest.fixture(scope="module")
def scored() -> tuple[np.ndarray, np.ndarray]:
    """Whether it happened, and a total that tells something of it."""
    random = np.random.default_rng(12)
    score = random.integers(0, 49, 800)
    return random.random(800) < 1 / (1 + np.exp(1.5 - 0.05 * score)), score


#: What estimators lack that were pickled when several columns were summed in silence.
NEW_IN_STATE = ("column", "sums", "column_", "_place")


@each_calibrator
def test_a_calibrator_passes_every_check_of_scikit_learn(calibrator: ClassifierMixin) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks fit to a handful of rows
        results = check_estimator(calibrator, on_fail=None)
    assert {str(each["check_name"]) for each in results if each["status"] == "failed"} == set()
    assert sum(each["status"] == "passed" for each in results) > 50


@each_calibrator
def test_several_columns_are_never_summed_in_silence(
    calibrator: ClassifierMixin, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    happened, score = scored
    frame = pd.DataFrame({"risk_total": score, "risk_lowest": score // 2})
    asked = clone(calibrator).set_params(sums=False)
    for given, code in ((frame, "several-columns"), (frame.to_numpy(), "several-nameless-columns")):
        with pytest.raises(InputError, match=code):
            clone(asked).fit(given, happened)
    with pytest.raises(InputError, match="column-and-sum"):
        clone(asked).set_params(column="risk_total", sums=True).fit(frame, happened)
    named = clone(asked).set_params(column="risk_total").fit(frame, happened)
    alone = clone(asked).fit(frame[["risk_total"]], happened)
    assert named.column_ == alone.column_ == "risk_total"
    assert np.array_equal(named.predict_proba(frame), alone.predict_proba(frame[["risk_total"]]))
    with pytest.raises(InputError, match="unknown-score"):
        clone(asked).set_params(column="other").fit(frame, happened)
    assert clone(calibrator).fit(frame, happened).column_ is None


@each_calibrator
def test_a_weight_is_the_row_so_many_times(calibrator: ClassifierMixin, scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    weights = np.random.default_rng(5).integers(0, 4, len(score))
    asked = clone(calibrator).set_params(sums=False)
    column, new = score[:, None].astype(float), np.arange(-5, 60.0)[:, None]
    weighted = clone(asked).fit(column, happened, sample_weight=weights)
    repeated = clone(asked).fit(np.repeat(column, weights, axis=0), np.repeat(happened, weights))
    assert weighted.predict_proba(new) == pytest.approx(repeated.predict_proba(new), abs=1e-8)
    if hasattr(weighted, "covariance_"):
        assert weighted.covariance_ == pytest.approx(repeated.covariance_, abs=1e-8)
    even = clone(asked).fit(column, happened, sample_weight=np.ones(len(score)))
    assert np.array_equal(even.predict_proba(new), clone(asked).fit(column, happened).predict_proba(new))
    assert not np.allclose(weighted.predict_proba(new), even.predict_proba(new), atol=1e-6)


@each_calibrator
def test_rows_of_no_weight_are_no_rows_and_events_are_counted_by_weight(calibrator: ClassifierMixin) -> None:
    score, happened = np.arange(40.0)[:, None], np.arange(40) % 5 == 0
    asked = clone(calibrator).set_params(sums=False, strict=True)
    with pytest.raises(ValueError, match="only one class"):
        clone(asked).fit(score, happened, sample_weight=np.where(happened, 0, 1))
    with pytest.raises(TooFewEventsError):
        clone(asked).fit(score, happened)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(asked).fit(score, happened, sample_weight=np.full(40, 3.0))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        clone(asked).fit(score, happened, sample_weight=-np.ones(40))


@each_calibrator
def test_weights_are_routed_through_a_pipeline_and_cross_validation(
    calibrator: ClassifierMixin, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    happened, score = scored
    weights = np.random.default_rng(6).integers(1, 5, len(score)).astype(float)
    frame = pd.DataFrame({"risk_total": score.astype(float)})
    asked = clone(calibrator).set_params(sums=False, column="risk_total")
    with config_context(enable_metadata_routing=True, transform_output="pandas"):
        routed = clone(asked).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(FunctionTransformer(), routed)
        fitted = pipeline.fit(frame, happened, sample_weight=weights)
        alone = clone(asked).fit(frame, happened, sample_weight=weights)
        assert np.array_equal(fitted.predict_proba(frame), alone.predict_proba(frame))
        scorer = make_scorer(
            brier_score_loss, response_method="predict_proba", greater_is_better=False
        ).set_score_request(sample_weight=True)
        told = cross_validate(pipeline, frame, happened, scoring=scorer, params={"sample_weight": weights}, cv=4)
        even = cross_validate(clone(asked), frame, happened, scoring="neg_brier_score", cv=4)
        assert np.isfinite(told["test_score"]).all()
        assert not np.allclose(told["test_score"], even["test_score"])
        silent = make_pipeline(FunctionTransformer(), clone(asked).set_fit_request(sample_weight=False))
        with pytest.raises(TypeError, match="sample_weight"):
            silent.fit(frame, happened, sample_weight=weights)


@each_calibrator
def test_a_calibrator_of_before_a_column_could_be_named_works_as_it_did(
    calibrator: ClassifierMixin, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    happened, score = scored
    frame = pd.DataFrame({"first": score, "second": score // 2})
    fitted = clone(calibrator).set_params(sums=True).fit(frame, happened)
    state = {name: value for name, value in fitted.__getstate__().items() if name not in NEW_IN_STATE}
    assert len(state) == len(fitted.__getstate__()) - len(NEW_IN_STATE)
    old = type(fitted).__new__(type(fitted))
    old.__setstate__(state)
    assert np.array_equal(old.predict_proba(frame), fitted.predict_proba(frame))
    assert (old.column_, old.get_params()["column"]) == (None, None)
    assert repr(clone(old))


def test_the_scores_of_an_instrument_are_not_summed_by_a_pipeline() -> None:
    data = invent(300)
    pipeline = make_pipeline(InstrumentScorer(YOUTH), LogisticCalibrator())
    for column in (None, "risk_total"):
        with pytest.raises(InputError, match="several-nameless-columns") as refused:
            pipeline.set_params(logisticcalibrator__column=column).fit(data.ratings, data.outcomes["again"])
        (fault,) = refused.value.faults
        assert 'set_output(transform="pandas")' in say(f"fault.{fault.code}", "sv", **fault.parameters)
    pipeline.set_params(logisticcalibrator__column="risk_total").set_output(transform="pandas")
    chances = pipeline.fit(data.ratings, data.outcomes["again"]).predict_proba(data.ratings)
    total = data.ratings[data.risk_items].sum(axis=1).to_frame("risk_total")
    alone = LogisticCalibrator().fit(total, data.outcomes["again"])
    assert np.allclose(chances, alone.predict_proba(total))


@each_calibrator
def test_a_calibrator_works_in_pipelines_and_searches_and_knows_its_columns(
    calibrator: ClassifierMixin, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    happened, score = scored
    frame = pd.DataFrame({"first": score // 2, "second": score - score // 2})
    search = GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("calibrate", calibrator)]), {"scale__with_std": [True, False]}, cv=3
    )
    chances = cross_val_predict(search, frame, happened, cv=3, method="predict_proba")
    assert np.allclose(chances.sum(axis=1), 1)
    assert calibrator.fit(frame, happened).feature_names_in_.tolist() == ["first", "second"]


def test_an_update_of_the_intercept_keeps_the_published_slope(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    calibrator = LogisticCalibrator(published_intercept=-2, published_slope=0.1, update="intercept").fit(
        score[:, None], happened
    )
    assert calibrator.coef_ == 0.1
    assert calibrator.predict_proba(score[:, None])[:, 1].mean() == pytest.approx(happened.mean(), abs=1e-9)


def test_logistic_calibration_is_unpenalised_maximum_likelihood(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    calibrator = LogisticCalibrator().fit(score[:, None], happened)
    expected = sm.Logit(happened.astype(float), sm.add_constant(score.astype(float))).fit(disp=0, tol=1e-12)
    assert [calibrator.intercept_, calibrator.coef_] == pytest.approx(list(expected.params), abs=1e-9)
    assert np.sqrt(np.diag(calibrator.covariance_)) == pytest.approx(list(expected.bse), rel=1e-5)


def test_platt_scaling_is_that_of_scikit_learn(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    probabilities = PlattCalibrator().fit(score[:, None], happened).predict_proba(score[:, None])[:, 1]
    expected = _SigmoidCalibration().fit(score.astype(float), happened).predict(score.astype(float))
    assert probabilities == pytest.approx(expected, abs=1e-4)


def test_isotonic_calibration_is_that_of_scikit_learn(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    probabilities = IsotonicCalibrator().fit(score[:, None], happened).predict_proba(score[:, None])[:, 1]
    assert probabilities == pytest.approx(IsotonicRegression().fit(score, happened).predict(score), abs=1e-12)


def test_too_few_events_are_warned_of_and_where_asked_refused() -> None:
    score, happened = np.arange(40)[:, None], np.r_[np.zeros(35), 1, 1, 0, 1, 1]
    with pytest.warns(TooFewEventsWarning, match="4 events for 2 parameters: 16 more are needed"):
        LogisticCalibrator().fit(score, happened)
    with pytest.raises(TooFewEventsError):
        LogisticCalibrator(strict=True).fit(score, happened)


def test_separated_classes_are_warned_of_and_where_asked_refused() -> None:
    score, happened = np.arange(60)[:, None], np.arange(60) > 29
    with pytest.warns(SeparatedClassesWarning):
        calibrator = LogisticCalibrator().fit(score, happened)
    assert np.isfinite(calibrator.coef_)
    with pytest.raises(PerfectSeparationError):
        LogisticCalibrator(strict=True).fit(score, happened)


def test_true_probabilities_are_well_calibrated_and_stretched_ones_are_not(
    people: tuple[np.ndarray, np.ndarray],
) -> None:
    happened, chance = people
    right = calibration(happened, chance)
    stretched = calibration(happened, 1 / (1 + np.exp(-3 * log_odds(chance))))
    assert right.slope is not None
    assert stretched.slope is not None
    assert right.slope.low is not None
    assert right.slope.low < 1 < (right.slope.high or 0)
    assert stretched.slope.value == pytest.approx(right.slope.value / 3, abs=1e-9)


def test_the_figures_of_calibration_are_those_of_statsmodels_and_scikit_learn(
    people: tuple[np.ndarray, np.ndarray],
) -> None:
    happened, chance = people
    judged = calibration(happened, chance)
    odds = log_odds(chance)
    line = sm.Logit(happened.astype(float), sm.add_constant(odds)).fit(disp=0, tol=1e-12)
    large = sm.GLM(happened.astype(float), np.ones(len(odds)), sm.families.Binomial(), offset=odds).fit(tol=1e-14)
    assert judged.slope is not None
    assert judged.intercept is not None
    assert judged.in_the_large is not None
    assert [judged.intercept.value, judged.slope.value] == pytest.approx(list(line.params), abs=1e-9)
    assert [judged.slope.low, judged.slope.high] == pytest.approx(list(line.conf_int()[1]), abs=1e-6)
    assert judged.in_the_large.value == pytest.approx(large.params[0], abs=1e-9)
    assert judged.brier.value == pytest.approx(brier_score_loss(happened, chance), abs=1e-12)
    parts = judged.miscalibration - judged.discrimination + judged.uncertainty
    assert parts == pytest.approx(judged.brier.value, abs=1e-12)
    assert judged.miscalibration >= 0
    assert judged.discrimination >= 0


def test_a_probability_of_exactly_0_or_1_leaves_the_slope_open() -> None:
    judged = calibration([0, 1, 0, 1, 1], [0, 0.4, 0.3, 0.8, 1])
    assert (judged.certain, judged.slope, judged.in_the_large) == (2, None, None)


@pytest.mark.parametrize(
    ("chance", "code"), [([0.1, 1.2, 0.3], "not-a-probability"), ([0.3, 0.3, 0.3], "constant-column")]
)
def test_what_is_no_probability_is_refused(chance: list[float], code: str) -> None:
    with pytest.raises(InputError, match=code):
        calibration([0, 1, 0], chance)


def test_the_reliability_curve_never_falls_and_its_band_narrows_with_more_people(
    people: tuple[np.ndarray, np.ndarray],
) -> None:
    happened, chance = people
    curve = reliability_curve(happened, chance, resampling=Resampling(200))
    fewer = reliability_curve(happened[:150], chance[:150], resampling=Resampling(200))
    assert (np.diff(curve.observed) >= 0).all()
    middle = len(curve.grid) // 2
    assert curve.low[middle] <= curve.grid[middle] <= curve.high[middle]
    assert (fewer.high - fewer.low).mean() > (curve.high - curve.low).mean()


def test_decision_curves_are_those_of_dcurves(people: tuple[np.ndarray, np.ndarray]) -> None:
    happened, chance = people
    thresholds = np.linspace(0.05, 0.7, 14)
    curve = decision_curve(happened, chance, thresholds, resampling=Resampling(200))
    frame = pd.DataFrame({"again": happened.astype(int), "chance": chance})
    expected = dcurves.dca(data=frame, outcome="again", modelnames=["chance"], thresholds=thresholds)
    by_model = {model: part["net_benefit"].to_numpy() for model, part in expected.groupby("model")}
    assert curve.net_benefit == pytest.approx(by_model["chance"], abs=1e-12)
    assert curve.act_on_all == pytest.approx(by_model["all"], abs=1e-12)
    assert (curve.low <= curve.net_benefit).all()
    assert (curve.net_benefit <= curve.high).all()


def test_thresholds_must_be_probabilities_in_rising_order() -> None:
    with pytest.raises(InputError, match="bad-thresholds"):
        decision_curve([0, 1], [0.2, 0.4], [0.5, 0.2])


def test_nobody_gets_a_probability_from_a_fit_that_they_were_in(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    held_out = cross_validated(happened, score, methods=("logistic",), events_per_parameter=10)
    whole = LogisticCalibrator().fit(score[:, None], happened).predict_proba(score[:, None])[:, 1]
    gaps = np.abs(held_out.probabilities - whole)
    assert gaps.min() > 0
    assert gaps.max() < 0.05


def test_nested_cross_validation_tells_what_was_chosen(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    held_out = cross_validated(happened, score, folds=4, inner_folds=3, events_per_parameter=10)
    assert sum(held_out.chosen.values()) == 4
    assert held_out.rows.all()


def test_a_fold_without_both_classes_is_refused_beforehand() -> None:
    with pytest.raises(OneClassInFoldError):
        cross_validated([1] * 4 + [0] * 60, range(64), methods=("platt",), folds=5, events_per_parameter=0)


def test_later_years_are_held_out_from_earlier_ones(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored
    year = np.repeat([2020, 2021, 2022, 2023], 200)
    held_out = later_held_out(happened, score, year, after=2022, method="logistic", events_per_parameter=10)
    assert held_out.rows.tolist() == (year > 2022).tolist()
    expected = LogisticCalibrator().fit(score[year <= 2022, None], happened[year <= 2022])
    assert held_out.probabilities[600:] == pytest.approx(expected.predict_proba(score[600:, None])[:, 1])
    with pytest.raises(InputError, match="nothing-held-out"):
        later_held_out(happened, score, year, after=2023, method="logistic", events_per_parameter=10)


def test_a_place_that_cannot_be_held_out_is_told_and_not_dropped(scored: tuple[np.ndarray, np.ndarray]) -> None:
    happened, score = scored[0].copy(), scored[1]
    place = np.repeat(["north", "south", "west", "east"], 200)
    happened[:200] = False
    held_out = places_held_out(happened, score, place, method="logistic", events_per_parameter=10)
    assert set(held_out.refused) == {"north"}
    assert held_out.refused["north"].code == ConstantOutcomeError.code
    assert held_out.rows.tolist() == (place != "north").tolist()
    with pytest.raises(InputError, match="one-place"):
        places_held_out(happened, score, np.repeat("north", 800), method="logistic", events_per_parameter=10)


def test_rows_of_one_person_are_in_the_same_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is fitted to themselves seems well calibrated; a person of two rows is held out with both."""
    random = np.random.default_rng(11)
    persons = np.repeat(np.arange(150), 2)
    score = np.repeat(random.normal(size=150), 2)
    happened = np.repeat(random.random(150) < 0.4, 2)
    trained: list[set[int]] = []
    predict = holdouts._predict

    def noticed(*arguments: Any) -> Any:
        train, test = arguments[2], arguments[3]
        trained.append(set(persons[train]) & set(persons[test]))
        return predict(*arguments)

    monkeypatch.setattr(holdouts, "_predict", noticed)
    held_out = cross_validated(
        happened, score, methods=("logistic", "platt"), folds=5, events_per_parameter=1, persons=persons
    )
    assert trained == [set()] * 5
    assert held_out.rows.all()
    alone = cross_validated(happened, score, methods=("logistic",), folds=5, events_per_parameter=1)
    same = cross_validated(
        happened, score, methods=("logistic",), folds=5, events_per_parameter=1, persons=np.arange(300)
    )
    assert same.probabilities.tolist() == alone.probabilities.tolist(), "who has one row only may be in any fold"


def test_without_draws_there_are_curves_without_bands() -> None:
    report = calibrate(invent(300), "again", methods=("logistic",), folds=3, resampling=Resampling(0))
    assert {"grid", "observed", "probabilities"} == set(report.details["reliability"])  # type: ignore[call-overload]
    decision = next(each for each in report.sections if each.name == "decision")
    assert all(row.figures[0].low is None for row in decision.rows)  # type: ignore[union-attr]
    words = {"title": "t", "locale": "en-GB", "x": "x", "y": "y", "model": "m", "all": "a", "none": "n"}
    for name in ("reliability", "decision"):
        assert "<svg" in str(getattr(pictures, name)(report.details[name], words))


def test_a_place_of_few_is_told_to_be_too_small() -> None:
    data = invent(400)
    data.groups.loc[:17, "place"] = "few"
    report = calibrate(
        data, "again", methods=("logistic",), folds=3, hold_outs=HoldOuts(place="place"), resampling=Resampling(0)
    )
    rows = {row.labels[0]: row.figures for row in report.sections[1].rows}
    (reason,) = {each.reason.code for each in rows["place: few"] if isinstance(each, InsufficientEvidence)}
    assert reason == "group-too-small"
    assert any(isinstance(each, Figure) for each in rows["place: a"])
