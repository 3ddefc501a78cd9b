"""Calibration of rows in clusters, folds that divide no cluster, and each place foretold from all others."""

import numpy as np
import pytest
from scipy.special import expit, logit

from instruments.faults import InputError
from instruments.research.calibration.holdouts import HoldOuts, cross_validated
from instruments.research.calibration.measures import calibration
from instruments.research.calibration.report import calibrate
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.datasets.scores import find_score
from instruments.research.dependence.clusters import Clusters, joined
from instruments.research.estimation.effects import combine
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import area, count_scores
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from tests.instruments.research.invented import invent

FEW, PLACES = Resampling(draws=200), tuple("abcdef")


@pytest.fixture(scope="module")
def report() -> Report:
    return calibrate(invent(1_200, groups=PLACES), "again", hold_outs=HoldOuts(place="place"), folds=5, resampling=FEW)


def test_each_place_is_judged_by_a_curve_fitted_to_all_others(report: Report) -> None:
    data = invent(1_200, groups=PLACES)
    score, happened = find_score(data, "risk_total"), data.outcomes["again"]
    here = data.groups["place"] == "c"
    fitted = LogisticCalibrator().fit(score[~here].to_frame(), happened[~here])
    chance = fitted.predict_proba(score[here].to_frame())[:, 1]
    judged, told = calibration(happened[here], chance), report.section("places").rows[2]
    assert told.labels == ("c",)
    values = [each.value for each in told.figures if isinstance(each, Figure)]
    assert judged.slope is not None
    assert judged.in_the_large is not None
    area_here = area(count_scores(happened[here], score[here]))
    assert values == pytest.approx([area_here.value, judged.slope.value, judged.in_the_large.value])


def test_places_are_put_together_as_random_effects_areas_as_log_odds(report: Report) -> None:
    data = invent(1_200, groups=PLACES)
    score, happened = find_score(data, "risk_total"), data.outcomes["again"]
    areas = [
        area(count_scores(happened[here], score[here])) for here in (data.groups["place"] == place for place in PLACES)
    ]
    together = combine(
        [logit(each.value) for each in areas],
        [(each.variance or 0) / (each.value * (1 - each.value)) ** 2 for each in areas],
    )
    mean, another, between, _ = report.section("between_places").rows[0].figures
    assert isinstance(mean, Figure)
    assert isinstance(another, Figure)
    assert isinstance(between, Figure)
    assert together.prediction is not None
    told = [mean.value, mean.low, mean.high, another.low, another.high, between.value]
    ends = (together.mean, *together.interval, *together.prediction)
    assert told == pytest.approx([*(float(expit(each)) for each in ends), together.between**0.5])
    assert report.to_frame("between_places")["measure"].unique().tolist() == ["auc", "slope", "in_the_large"]


def test_two_places_foretell_no_third_and_a_place_too_small_is_left_out() -> None:
    data = invent(600)
    data.groups.loc[:9, "place"] = "few"
    report = calibrate(data, "again", hold_outs=HoldOuts(place="place"), folds=3, resampling=FEW)
    assert isinstance(report.section("places").rows[2].figures[0], InsufficientEvidence)
    another = report.section("between_places").rows[1].figures[1]
    assert isinstance(another, Figure)
    assert (another.low, another.note) == (None, "two_places")
    data = invent(300)
    data.groups["place"] = np.where(np.arange(300) < 280, "a", "few")
    report = calibrate(data, "again", hold_outs=HoldOuts(place="place"), folds=3, resampling=FEW)
    lacking = report.section("between_places").rows[0].figures[0]
    assert isinstance(lacking, InsufficientEvidence)
    assert lacking.reason.code == "too-few-places"


def test_rows_that_repeat_one_another_leave_the_intervals_of_calibration_as_they_are() -> None:
    random = np.random.default_rng(3)
    chance = expit(random.normal(size=300))
    happened, persons = random.random(300) < chance, np.arange(300)
    once = calibration(happened, chance, clusters=Clusters.of("person", persons))
    thrice = calibration(*(np.tile(each, 3) for each in (happened, chance)), clusters=Clusters.of(
        "person", np.tile(persons, 3)))  # fmt: skip
    independent = calibration(happened, chance)
    for name in ("in_the_large", "slope", "intercept", "observed_to_expected", "brier"):
        of_one, of_three, alone = (getattr(each, name) for each in (once, thrice, independent))
        assert (of_three.low, of_three.high) == pytest.approx((of_one.low, of_one.high))
        assert alone.high - alone.low == pytest.approx(of_one.high - of_one.low, rel=0.25)


def test_every_interval_of_calibration_says_how_it_deals_with_clusters() -> None:
    data = invent(600, groups=PLACES)
    report = calibrate(data, "again", published=(-2.0, 0.1), folds=3, resampling=FEW, cluster="place")
    frame = report.to_frame()
    methods = set(frame.loc[frame["low"].notna(), "method"])
    assert methods == {"logistic_clusters", "ratio_clusters", "mean_clusters", "bootstrap_clusters"}
    assert (report.about["cluster"], report.about["clusters"]) == ("place", 6)


def test_no_person_and_no_place_is_in_two_folds() -> None:
    random = np.random.default_rng(5)
    persons, places = random.integers(0, 150, 400), np.repeat(np.arange(40), 10)
    happened, score = random.random(400) < 0.4, random.integers(0, 20, 400)
    undivided = joined(persons[:200] + 1000 * places[:200], places[:200])
    held = cross_validated(
        happened[:200], score[:200], methods=("isotonic",), folds=4, events_per_parameter=0, persons=undivided
    )
    # a fold has one curve: the same score has the same probability in the whole of each place
    for place in np.unique(undivided):
        for each in np.unique(score[:200]):
            here = (undivided == place) & (score[:200] == each)
            assert len(set(held.probabilities[here])) <= 1


def test_more_folds_than_clusters_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        calibrate(invent(400, groups=PLACES), "again", folds=10, resampling=FEW, cluster="place")
    (fault,) = caught.value.faults
    assert (fault.code, fault.parameters) == ("too-few-groups-for-folds", {"groups": 6, "folds": 10})
