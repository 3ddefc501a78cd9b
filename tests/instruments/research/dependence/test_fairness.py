"""Groups whose persons are in clusters: intervals between clusters, also of what two groups have in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.research.dependence.clustered_areas import clustered_area, difference_between_groups
from instruments.research.dependence.clustered_shares import clustered_difference, clustered_ratio
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.intervals import of_difference
from instruments.research.fairness.report import fairness
from instruments.research.faults import DroppedRowsWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence
from tests.instruments.research.invented import invent

MANY = tuple("abcdefghijklmnop")


def test_every_interval_of_fairness_says_how_it_deals_with_clusters() -> None:
    data = invent(900, groups=MANY)
    report = fairness(data, "again", ["sex"], cluster="place")
    frame = report.to_frame()
    told = frame[frame["low"].notna() & (frame["section"] != "ascertainment")]
    assert set(told["method"]) == {
        "obuchowski_log_odds",
        "wilson_clusters",
        "clusters_squares_and_addition",
        "logistic_clusters",
        "ratio_clusters",
    }
    assert set(told["note"]) >= {"few_clusters"}
    independent = fairness(data, "again", ["sex"]).to_frame()
    same = frame["section"] != "group_calibration"  # whose folds divide no place
    np.testing.assert_allclose(frame.loc[same, "value"], independent.loc[same, "value"], rtol=1e-12)
    assert (report.about["cluster"], report.about["clusters"]) == ("place", 16)


@pytest.mark.thorough
def test_item_blanks_are_not_tested_as_if_rows_were_independent() -> None:
    with pytest.warns(DroppedRowsWarning):
        report = fairness(invent(600, blanks=0.05, groups=MANY), "again", ["sex"], cluster="place")
    test = report.section("item_blanks").rows[0].figures[2]
    assert isinstance(test, InsufficientEvidence)
    assert test.reason.code == "no-test-of-clusters"


def test_what_two_groups_have_in_common_is_no_part_of_their_difference() -> None:
    """In every place both groups have the same level: their difference is surer than each share."""
    random = np.random.default_rng(2)
    place, here = np.repeat(np.arange(50), 20), np.tile([True, False], 500)
    cases = random.random(1000) < np.repeat(random.beta(1, 1, 50), 20)
    common = clustered_difference("flagged_difference", cases, here, ~here, Clusters.of("place", place))
    apart = clustered_difference("flagged_difference", cases, here, ~here, Clusters.of("place", place + 100 * here))
    assert isinstance(common, Figure)
    assert isinstance(apart, Figure)
    assert common.value == apart.value
    assert (common.high or 0) - (common.low or 0) < 0.6 * ((apart.high or 0) - (apart.low or 0))
    area = difference_between_groups(cases, random.integers(0, 9, 1000), here, ~here, Clusters.of("place", place))
    assert area.low is not None
    assert area.low < area.value


@given(st.integers(1, 39), st.integers(1, 39))
def test_a_ratio_lies_in_its_interval_and_is_not_below_zero(first: int, second: int) -> None:
    places = Clusters.of("place", np.arange(80) % 20)
    here = np.arange(80) < 40
    cases = np.r_[np.arange(40) < first, np.arange(40) < second]
    told = clustered_ratio("flagged_ratio", cases, here, ~here, places)
    if isinstance(told, Figure) and told.low is not None and told.high is not None:
        assert 0 <= told.low < told.value < told.high


def test_without_anything_in_common_it_is_squares_and_addition() -> None:
    assert of_difference(0.8, (0.7, 0.9), 0.6, (0.5, 0.7), 0.0) == of_difference(0.8, (0.7, 0.9), 0.6, (0.5, 0.7))
    low, high = of_difference(0.8, (0.7, 0.9), 0.6, (0.5, 0.7), 1.0)
    assert low == pytest.approx(0.2)
    assert high == pytest.approx(0.2)


def test_a_group_of_one_cluster_has_no_figures_and_says_why() -> None:
    data = invent(600, groups=MANY)
    data.groups["sex"] = np.where(data.groups["place"] == "a", "female", "male")
    data.groups.loc[data.groups["place"].isin(["b", "c", "d"]), "place"] = "a"
    data.groups.loc[data.groups["place"] == "a", "sex"] = "female"
    report = fairness(data, "again", ["sex"], cluster="place")
    rate = report.section("base_rates").rows[0].figures[1]
    assert isinstance(rate, InsufficientEvidence)
    assert rate.reason.code == "too-few-clusters"
    with pytest.raises(InputError):
        clustered_area([True, False], [1, 0], Clusters.of("place", ["a", "a"]))
