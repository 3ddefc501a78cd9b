"""Areas under the ROC curve are those of pROC and scikit-learn, with an interval or a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from instruments.faults import InputError
from instruments.research.estimation.intervals import of_rank_statistic
from instruments.research.estimation.resampling import Resampling, bootstrap_area
from instruments.research.estimation.roc import area, compare, count_scores
from instruments.research.faults import ConstantOutcomeError
from instruments.research.figures.builders import area_figure
from tests.instruments.research.data import reference
from tests.thoroughness import examples

outcomes_and_scores = st.lists(st.tuples(st.booleans(), st.integers(-3, 4)), min_size=4, max_size=60).filter(
    lambda rows: len({happened for happened, _ in rows}) == 2
)


def test_the_area_its_variance_and_its_interval_are_those_of_proc() -> None:
    data = reference("auc_1000.csv")
    measured = area(count_scores(data["y"], data["s1"]))
    assert measured.value == pytest.approx(0.715661337209, abs=5e-13)
    assert measured.variance == pytest.approx(0.000293719150476, abs=5e-16)
    assert measured.interval(method="delong") == pytest.approx((0.682071010902, 0.749251663516), abs=5e-13)


@pytest.mark.parametrize("kind", [np.int64, np.float64], ids=["counted", "sorted"])
def test_the_paired_comparison_is_that_of_proc(kind: type) -> None:
    data = reference("auc_1000.csv")
    comparison = compare(data["y"], data["s1"].astype(kind), data["s2"].astype(kind))
    assert comparison.z == pytest.approx(4.46852442999, abs=5e-12)


@given(rows=outcomes_and_scores)
@settings(max_examples=examples(200), deadline=None)
def test_counting_and_sorting_give_what_scikit_learn_gives(rows: list[tuple[bool, int]]) -> None:
    happened, scores = (np.array(column) for column in zip(*rows, strict=True))
    counted = area(count_scores(happened, scores))
    by_rank = area(count_scores(happened, scores / 7))
    assert counted.value == pytest.approx(roc_auc_score(happened, scores), abs=1e-12)
    assert by_rank.value == pytest.approx(counted.value, abs=1e-12)
    assert (by_rank.variance is None) == (counted.variance is None)
    if counted.variance is not None:
        assert by_rank.variance == pytest.approx(counted.variance, abs=1e-12)


@given(rows=outcomes_and_scores)
@settings(max_examples=examples(100), deadline=None)
def test_the_variance_is_that_of_delongs_placements_pair_by_pair(rows: list[tuple[bool, int]]) -> None:
    happened, scores = (np.array(column) for column in zip(*rows, strict=True))
    measured = area(count_scores(happened, scores))
    pairs = np.array([[(a > b) + (a == b) / 2 for b in scores[~happened]] for a in scores[happened]])
    if min(pairs.shape) < 2:
        assert measured.variance is None
    else:
        expected = pairs.mean(axis=1).var(ddof=1) / len(pairs) + pairs.mean(axis=0).var(ddof=1) / pairs.shape[1]
        assert measured.variance == pytest.approx(expected, abs=1e-12)


def test_scores_that_separate_everyone_get_newcombes_interval() -> None:
    measured = area(count_scores([0, 0, 1, 1], [1, 2, 3, 4]))
    assert (measured.value, measured.method, measured.interval(method="delong")) == (1, "newcombe_area", None)
    low, high = measured.interval() or (None, None)
    assert low is not None
    assert low < 0.6
    assert high == 1
    backwards = area(count_scores([1, 1, 0, 0], [1, 2, 3, 4]))
    assert (backwards.value, backwards.method, backwards.interval(method="delong")) == (0, "newcombe_area", None)
    assert backwards.interval() == pytest.approx((0, 1 - low), abs=1e-6)


def test_newcombes_interval_is_where_the_distance_is_as_large_as_the_level_allows() -> None:
    """Newcombe (2006), Statistics in Medicine 25, 559-573, method 5: the variance is that at the end itself."""
    value, events, others = 0.8, 20, 30
    for end in of_rank_statistic(value, events, others, 0.95):
        half = (events + others) / 2 - 1
        variance = end * (1 - end) / (events * others) * (1 + half * ((1 - end) / (2 - end) + end / (1 + end)))
        assert abs(value - end) == pytest.approx(1.959964 * variance**0.5, abs=1e-5)


def test_a_score_that_orders_nobody_has_no_interval() -> None:
    measured = area(count_scores([0, 1, 0, 1, 1], [3, 3, 3, 3, 3]))
    assert (measured.value, measured.interval()) == (0.5, None)
    figure = area_figure(measured)
    assert (figure.low, figure.note) == (None, "nothing_ordered")


def test_an_area_that_lies_wholly_below_one_half_is_said_to_run_backwards() -> None:
    random = np.random.default_rng(5)
    happened = random.random(300) < 0.4
    figure = area_figure(area(count_scores(happened, random.integers(0, 20, 300) - 5 * happened)))
    assert figure.high is not None
    assert figure.high < 0.5
    assert figure.note == "runs_backwards"


def test_one_person_in_a_class_gives_an_area_without_an_interval() -> None:
    measured = area(count_scores([0, 0, 1], [1, 3, 2]))
    assert measured.value == 0.5
    assert measured.interval() is None


def test_the_paired_comparison_of_four_persons_is_that_worked_out_by_hand() -> None:
    """One score orders all four pairs rightly, the other half of them.

    Among the two with the outcome the placements differ by 0 and 1, which has the variance 1/2; among the two others
    both differ by 1/2, which has none. So the difference of 1/2 has the variance 1/2 over two persons: its z is 1.
    """
    comparison = compare([1, 1, 0, 0], [4, 3, 2, 1], [4, 1, 3, 2])
    assert (comparison.first.value, comparison.second.value, comparison.variance, comparison.z) == (1, 0.5, 0.25, 1)


def test_scores_that_order_everyone_alike_are_not_tested() -> None:
    comparison = compare([0, 1, 0, 1, 1], [1, 2, 2, 3, 1], [10, 20, 20, 30, 10])
    assert (comparison.difference, comparison.z, comparison.p, comparison.interval()) == (0, None, None, None)


def test_a_constant_outcome_is_an_error_with_a_name() -> None:
    with pytest.raises(ConstantOutcomeError):
        count_scores([1, 1, 1], [1, 2, 3])


@pytest.mark.parametrize(
    ("outcome", "score", "code"),
    [
        ([0, 1, 2], [1, 2, 3], "outcome-not-binary"),
        (["no", "yes", "no"], [1, 2, 3], "outcome-not-binary"),
        ([0, 1, 1], [1.0, float("nan"), 3.0], "score-missing"),
        ([0, 1, 1], ["a", "b", "c"], "score-not-a-number"),
        ([0, 1, 1], [1, 2], "lengths-differ"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(outcome: list[object], score: list[object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        count_scores(outcome, score)
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("divisor", [1, 7.3], ids=["few levels", "as many levels as persons"])
def test_a_bootstrap_agrees_with_delong_as_far_as_its_own_error_goes(stratified: bool, divisor: float) -> None:
    random = np.random.default_rng(3)
    happened = random.random(600) < 0.4
    score = random.integers(0, 20, 600) + 4 * happened
    scores = score if divisor == 1 else score / divisor + random.random(600) / 100
    measured = area(count_scores(happened, scores))
    drawn = bootstrap_area(happened, scores, Resampling(4_000, stratified, 1))
    assert drawn.value == measured.value
    assert measured.variance is not None
    assert drawn.standard_error == pytest.approx(measured.variance**0.5, rel=0.1)
    assert drawn.interval() == pytest.approx(measured.interval(method="delong"), abs=0.006)


@pytest.mark.thorough
def test_a_bootstrap_is_the_same_for_any_number_of_workers() -> None:
    random = np.random.default_rng(4)
    happened, score = random.random(200) < 0.3, random.integers(0, 9, 200)
    alone = bootstrap_area(happened, score, Resampling(600, seed=9))
    together = bootstrap_area(happened, score, Resampling(600, seed=9, n_jobs=2))
    assert alone.draws.tolist() == together.draws.tolist()


def test_cohorts_without_both_classes_are_drawn_anew_and_counted() -> None:
    drawn = bootstrap_area([1] + [0] * 19, range(20), Resampling(500, stratified=False))
    assert drawn.redrawn > 100
    assert np.isfinite(drawn.draws).all()


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(InputError, match="too-few-draws"):
        bootstrap_area([0, 1], [1, 2], Resampling(99))
