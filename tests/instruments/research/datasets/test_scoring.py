"""Ratings become counts, totals and bounds without anything being made up, within scikit-learn's conventions."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from instruments.faults import InputError
from instruments.profile import research_total_bounds
from instruments.ratings import BLANK, Ratings
from instruments.research.datasets.reading import read_dataset
from instruments.research.datasets.scoring import EXPECTED_FAILURES, InstrumentScorer, totals
from instruments.research.faults import ConstantOutcomeError
from instruments.research.scorecards import PointsScorecard, UnitWeightScorecard
from tests.instruments.research.data import CATALONIA, REAL, YOUTH, needs_real

ITEMS = [item.id for item in YOUTH.items]
RISK = [item.id for item in YOUTH.risk_items]


def cohort(n: int = 200, *, blanks: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(5)
    highest = np.array([2] * 24 + [1] * 6)
    codes = random.integers(0, highest + 1, (n, 30)).astype(float)
    if blanks:
        codes[random.random(codes.shape) < 0.02] = np.nan
    return pd.DataFrame(codes, columns=ITEMS)


RATED = cohort()
OUTCOME = (RATED[RISK].sum(axis=1) + np.random.default_rng(6).normal(0, 4, len(RATED)) > 24).astype(int)


def test_scores_are_those_of_the_profile_of_one_person() -> None:
    ratings = cohort(50, blanks=True)
    scored = InstrumentScorer(YOUTH).set_output(transform="pandas").fit_transform(ratings)
    for row in range(50):
        codes = tuple(BLANK if pd.isna(code) else int(code) for code in ratings.loc[row])
        bounds = research_total_bounds(YOUTH, Ratings(codes))
        assert (scored["risk_lowest"][row], scored["risk_highest"][row]) == (bounds.low, bounds.high)
        assert scored["risk_rated"][row] == sum(code != BLANK for code in codes[:24])
        if bounds.low == bounds.high:
            assert scored["risk_total"][row] == bounds.low
        else:
            assert pd.isna(scored["risk_total"][row]), "nothing is imputed"


def test_domains_and_levels_are_counted_under_their_names() -> None:
    ratings = pd.DataFrame([[2.0] * 24 + [1.0] * 6], columns=ITEMS)
    ratings["violent_behaviour_history"] = np.nan
    scored = InstrumentScorer(YOUTH, parts=("total", "counts")).set_output(transform="pandas").fit_transform(ratings)
    assert scored.loc[0, "historical_high"] == 9
    assert scored.loc[0, "risk_high"] == 23
    assert scored.loc[0, "protective_present"] == 6
    assert list(scored.columns[:4]) == ["risk_total", "risk_low", "risk_moderate", "risk_high"]


def test_a_code_off_its_scale_is_refused_with_its_row_and_column() -> None:
    ratings = cohort(3).astype(float)
    ratings.loc[1, "substance_use"] = 3
    ratings.loc[2, "resilient_traits"] = 2
    ratings.loc[2, "peer_rejection"] = 0.5
    with pytest.raises(InputError) as caught:
        InstrumentScorer(YOUTH).fit(ratings)
    places = [fault.where for fault in caught.value.faults]
    assert places == ["row 2, column substance_use", "row 3, column peer_rejection", "row 3, column resilient_traits"]


def test_a_column_that_is_no_item_is_refused() -> None:
    with pytest.raises(InputError, match="unknown-item"):
        InstrumentScorer(YOUTH).fit(cohort(3).assign(postcode=1.0))
    with pytest.raises(InputError, match="not-as-many-items"):
        InstrumentScorer(YOUTH).fit(np.zeros((3, 29)))
    with pytest.raises(ValueError, match="total, bounds and counts"):
        InstrumentScorer(YOUTH, parts=("mean",)).fit(cohort(3))


def test_totals_are_over_the_items_that_the_table_has_and_the_others_are_named() -> None:
    scorer = InstrumentScorer(YOUTH).fit(cohort(3)[RISK[:-1]])
    assert scorer.absent_items_ == sorted([RISK[-1], *ITEMS[24:]])


def test_a_scorer_keeps_the_contract_of_scikit_learn_but_for_what_is_named() -> None:
    results = check_estimator(
        InstrumentScorer(highest=100), expected_failed_checks=dict(EXPECTED_FAILURES), on_skip=None
    )
    failed = {result["check_name"] for result in results if result["status"] == "xfail"}
    assert failed == set(EXPECTED_FAILURES), "a check that passes after all is no longer expected to fail"


@pytest.mark.parametrize("scorecard", [UnitWeightScorecard(), PointsScorecard()], ids=["unit_weight", "points"])
@pytest.mark.thorough
def test_a_scorecard_keeps_the_contract_of_scikit_learn(scorecard: UnitWeightScorecard | PointsScorecard) -> None:
    results = check_estimator(scorecard, on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@pytest.mark.parametrize("scorecard", [UnitWeightScorecard(), PointsScorecard()], ids=["unit_weight", "points"])
def test_a_weight_is_the_row_so_many_times(scorecard: UnitWeightScorecard | PointsScorecard) -> None:
    weights = np.random.default_rng(3).integers(0, 4, len(RATED))
    weighted = clone(scorecard).fit(RATED, OUTCOME, sample_weight=weights)
    repeated = clone(scorecard).fit(RATED.loc[RATED.index.repeat(weights)], np.repeat(np.asarray(OUTCOME), weights))
    np.testing.assert_array_equal(weighted.weights_, repeated.weights_)
    assert weighted.threshold_ == repeated.threshold_


@pytest.mark.parametrize("scorecard", [UnitWeightScorecard(), PointsScorecard()], ids=["unit_weight", "points"])
def test_a_scorecard_in_a_pipeline_is_handed_the_weights_that_it_asks_for_and_no_others(
    scorecard: UnitWeightScorecard | PointsScorecard,
) -> None:
    weights = np.random.default_rng(3).integers(0, 4, len(RATED)).astype(float)
    with config_context(enable_metadata_routing=True):
        asking, silent = (clone(scorecard).set_fit_request(sample_weight=asks) for asks in (True, False))
        asking.set_score_request(sample_weight=True)
        routed = make_pipeline(FunctionTransformer(), asking).fit(RATED, OUTCOME, sample_weight=weights)
        alone = clone(scorecard).fit(RATED, OUTCOME, sample_weight=weights)
        np.testing.assert_array_equal(routed.decision_function(RATED), alone.decision_function(RATED))
        unweighted = clone(scorecard).fit(RATED, OUTCOME)
        assert not np.array_equal(routed.decision_function(RATED), unweighted.decision_function(RATED))
        told = cross_validate(
            make_pipeline(FunctionTransformer(), asking), RATED, OUTCOME, params={"sample_weight": weights}, cv=3
        )
        assert np.isfinite(told["test_score"]).all()
        with pytest.raises(TypeError, match="sample_weight"):
            make_pipeline(FunctionTransformer(), silent).fit(RATED, OUTCOME, sample_weight=weights)


@pytest.mark.thorough
def test_scorers_and_scorecards_work_in_a_pipeline_a_grid_search_and_cross_validation() -> None:
    pipeline = make_pipeline(InstrumentScorer(YOUTH, parts=("total",)), LogisticRegression())
    probabilities = cross_val_predict(pipeline, RATED, OUTCOME, method="predict_proba", n_jobs=1)
    assert probabilities.shape == (len(RATED), 2)
    pipeline.fit(RATED, OUTCOME)
    assert list(pipeline[:-1].get_feature_names_out()) == list(totals(RATED, YOUTH).columns)
    search = GridSearchCV(PointsScorecard(), {"most_points": [1, 3], "C": [0.1, 1]}, scoring="roc_auc", cv=3)
    search.fit(RATED, OUTCOME)
    assert list(search.best_estimator_.feature_names_in_) == ITEMS
    assert search.best_score_ > 0.6
    assert make_pipeline(SimpleImputer(), clone(pipeline[0])).fit(RATED) is not None


def test_unit_weights_are_the_signs_that_were_given_or_learned() -> None:
    card = UnitWeightScorecard(dict.fromkeys(RISK, 1), cut=24).fit(RATED[RISK], OUTCOME)
    np.testing.assert_array_equal(card.predict(RATED[RISK]), (RATED[RISK].sum(axis=1) >= 24).astype(int))
    risky = pd.DataFrame({"up": [0.0, 1, 2, 2], "down": [1.0, 1, 0, 0]})
    learned = UnitWeightScorecard().fit(risky, [0, 0, 1, 1])
    assert learned.weights_.tolist() == [1, -1]
    assert learned.predict(risky).tolist() == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="every column"):
        UnitWeightScorecard({"up": 1}).fit(risky, [0, 0, 1, 1])


def test_points_are_whole_and_the_largest_is_the_one_that_was_asked_for() -> None:
    card = PointsScorecard(most_points=4).fit(RATED, OUTCOME)
    assert np.abs(card.weights_).max() == 4
    np.testing.assert_array_equal(card.weights_, np.rint(card.weights_))


def test_a_blank_and_a_constant_outcome_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        UnitWeightScorecard().fit(cohort(50, blanks=True), OUTCOME[:50])
    with pytest.raises(ConstantOutcomeError):
        PointsScorecard().fit(RATED, np.ones(len(RATED)))


@needs_real
def test_the_published_scores_of_the_catalan_file_are_sums_of_its_items() -> None:
    published = pd.read_csv(REAL)
    scored = totals(read_dataset(REAL, CATALONIA, YOUTH).ratings, YOUTH)
    assert (scored["risk_total"] == published["total_score"]).all()
    assert (6 - scored["protective_total"] == published["protective_score"]).all()
    domains = {"historical": "historical_score", "social_contextual": "social_score", "individual": "individual_score"}
    for domain, column in domains.items():
        assert (scored[f"{domain}_total"] == published[column]).all()
