"""Agreement on persons who are alike: rows that repeat one another add nothing, and what clusters may be is told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from instruments.faults import InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.dependence.clusters import Clusters
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.reliability.agreement import agreement
from instruments.research.reliability.report import reliability
from tests.instruments.research.invented import invent

CODES = pd.DataFrame(
    np.digitize(
        np.random.default_rng(4).normal(size=(60, 1)) + 0.6 * np.random.default_rng(5).normal(size=(60, 3)), [-0.4, 0.6]
    ).astype(float)
)


@pytest.mark.parametrize("raters", [2, 3])
def test_persons_who_stand_there_twice_add_nothing_to_what_is_known(raters: int) -> None:
    once = CODES.iloc[:, :raters]
    twice, persons = pd.concat([once, once], ignore_index=True), np.tile(np.arange(60), 2)
    known, clustered = agreement(once, 3), agreement(twice, 3, Clusters.of("person", persons))
    for one, other in zip(known, clustered, strict=True):
        assert isinstance(one, Figure)
        assert isinstance(other, Figure)
        assert other.value == pytest.approx(one.value, abs=0.01)
        assert (other.high or 0) - (other.low or 0) == pytest.approx((one.high or 0) - (one.low or 0), rel=0.1)
        assert other.method.endswith("_clusters")


def test_agreement_within_one_cluster_is_not_told() -> None:
    for each in agreement(CODES, 3, Clusters.of("place", ["a"] * 60)):
        assert isinstance(each, InsufficientEvidence)
        assert each.reason.code == "too-few-clusters"


def rated_by_two() -> Dataset:
    data = invent(120, groups=tuple("abcdefghijkl"))
    rows = np.repeat(np.arange(120), 2)
    parts = {
        name: getattr(data, name).iloc[rows].reset_index(drop=True)
        for name in ("keys", "ratings", "facts", "outcomes", "times", "groups", "scores", "persons")
    }
    noise = np.random.default_rng(6).random(parts["ratings"].shape) < 0.15
    parts["ratings"] = parts["ratings"].mask(noise, 1.0)
    return replace(data, **parts, raters=pd.Series(np.tile(["anna", "bo"], 120)))


def test_a_report_by_place_has_agreement_alone_with_the_same_values() -> None:
    data = rated_by_two()
    clustered, independent = reliability(data, "place"), reliability(data)
    assert [each.name for each in clustered.sections] == ["agreement"]
    assert clustered.about["clusters"] == 12
    values = [report.to_frame("agreement")["value"] for report in (clustered, independent)]
    np.testing.assert_allclose(*values, rtol=1e-12)
    methods = set(clustered.to_frame("agreement")["method"].dropna())
    assert methods == {"wilson_clusters", "cohen_clusters", "jackknife_clusters"}


def test_raters_are_no_clusters_of_their_own_agreement() -> None:
    with pytest.raises(InputError) as caught:
        reliability(rated_by_two(), "rater")
    assert caught.value.faults[0].code == "raters-as-clusters"
