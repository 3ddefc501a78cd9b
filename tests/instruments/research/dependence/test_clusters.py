"""Figures of rows in clusters: equal to R, wider where rows are alike, and refused where nothing can be told."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from api.cli import main
from instruments.faults import InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.dependence.clustered_areas import (
    bootstrap_clustered_area,
    clustered_area,
    compare_clustered,
)
from instruments.research.dependence.clustered_shares import clustered_share_figure, of_clustered_share
from instruments.research.dependence.clusters import Clusters, clusters_of, joined
from instruments.research.dependence.sandwich import covariance_between_clusters, wald_between_clusters
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import area, count_scores
from instruments.research.faults import DuplicatePersonWarning, UnknownColumnError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.validity.report import validity
from tests.instruments.research.data import reference
from tests.instruments.research.invented import invent

ROWS = reference("clusters_700.csv")
PLACES = Clusters.of("place", ROWS["place"])
FEW = Resampling(draws=200)


def of(report: Report, section: str, row: int, figure: str) -> Figure:
    found = next(each for each in report.section(section).rows[row].figures if each.name == figure)
    assert isinstance(found, Figure)
    return found


def repeated(times: int = 2) -> Dataset:
    """Everybody stands there several times with the same answers."""
    data = invent(200)
    rows = np.tile(np.arange(len(data)), times)
    parts = {
        name: getattr(data, name).iloc[rows].reset_index(drop=True)
        for name in ("keys", "ratings", "facts", "outcomes", "times", "groups", "scores", "persons")
    }
    return replace(data, **parts)


# --- as R has it -----------------------------------------------------------------------------------------------------


def test_a_share_has_the_error_of_sandwich_in_r() -> None:
    happened = ROWS["outcome"].to_numpy()
    assert happened.mean() == pytest.approx(0.372832369942197, abs=1e-12)
    error = PLACES.error((happened - happened.mean()) / len(happened))
    assert error == pytest.approx(0.0270924449110315, abs=1e-12)


def test_coefficients_have_the_errors_of_sandwich_in_r() -> None:
    fit = fit_logistic(ROWS["outcome"], ROWS[["score"]], ("score",))
    covariance = covariance_between_clusters(fit, ROWS["outcome"], ROWS[["score"]], PLACES)
    assert fit.coefficients == pytest.approx([-3.21882797932721, 0.330215045021321], abs=1e-9)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([0.280065040907939, 0.0343046841661023], abs=1e-9)
    statistic, p = wald_between_clusters(fit, ROWS["outcome"], ROWS[["score"]], PLACES, 1)
    assert statistic == pytest.approx((0.330215045021321 / 0.0343046841661023) ** 2, rel=1e-8)
    assert 0 < p < 1e-8


def test_areas_and_their_difference_have_the_variance_of_obuchowski_pair_by_pair() -> None:
    comparison = compare_clustered(ROWS["outcome"], ROWS["score"], ROWS["second"], PLACES)
    assert comparison.first.value == pytest.approx(0.755773764869789, abs=1e-12)
    assert comparison.first.variance == pytest.approx(0.000422486711965868, abs=1e-14)
    assert comparison.second.value == pytest.approx(0.61102329153717, abs=1e-12)
    assert comparison.second.variance == pytest.approx(0.000304475695804533, abs=1e-14)
    assert comparison.variance == pytest.approx(0.000355386175756489, abs=1e-14)
    assert comparison.p is not None
    assert comparison.p < 1e-6


# --- what must hold --------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=6, max_size=30))
def test_clusters_of_one_row_give_delongs_variance(rows: list[tuple[bool, int]]) -> None:
    happened, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    if min(happened.sum(), (~happened).sum()) < 2:
        return
    alone = area(count_scores(happened, score))
    clustered = clustered_area(happened, score, Clusters.of("person", np.arange(len(rows))))
    assert clustered.value == pytest.approx(alone.value)
    assert clustered.variance == pytest.approx(alone.variance, abs=1e-12)


def test_rows_that_repeat_one_another_add_nothing_to_what_is_known() -> None:
    once, twice = (validity(data, "again", resampling=FEW, cluster="person") for data in (repeated(1), repeated()))
    with pytest.warns(DuplicatePersonWarning):
        independent = validity(repeated(), "again", resampling=FEW)
    for section, figure in (("areas", "auc"), ("areas", "auc_bootstrap"), ("levels", "share"), ("time", "harrell_c")):
        narrow, wide, known = (of(report, section, 0, figure) for report in (independent, twice, once))
        assert narrow.value == pytest.approx(wide.value)
        assert wide.high - wide.low == pytest.approx(known.high - known.low, rel=0.05)
        assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert "duplicate-persons" not in {fault.code for fault in twice.warnings}


def test_every_interval_of_validity_says_how_it_deals_with_clusters() -> None:
    report = validity(invent(300), "again", resampling=FEW, cluster="place")
    methods = {row["figure"]: row["method"] for row in report.to_frame().to_dict("records") if row.get("method")}
    assert methods["auc"] == "obuchowski_log_odds"
    assert methods["auc_bootstrap"] == methods["auc_gain"] == "bootstrap_clusters"
    assert methods["auc_difference"] == "obuchowski_paired"
    assert methods["sensitivity"] == methods["share"] == "wilson_clusters"
    assert methods["chi_square"] == "wald_clusters"
    assert methods["harrell_c"] == "clusters_log_odds"
    assert report.about["cluster"] == "place"
    assert report.about["clusters"] == 2
    assert of(report, "levels", 0, "share").note == "few_clusters"


def test_a_share_of_nobody_and_of_everybody_has_a_width() -> None:
    clusters = Clusters.of("place", np.repeat(np.arange(8), 5))
    low, high = of_clustered_share(np.zeros(40, dtype=bool), clusters)
    assert low == 0
    assert 0.2 < high < 0.6
    low, high = of_clustered_share(np.ones(40, dtype=bool), clusters)
    assert high == 1
    assert 0.4 < low < 0.8


def test_a_share_of_one_cluster_or_of_no_one_is_not_told() -> None:
    one = Clusters.of("place", ["a", "a"])
    lacking = clustered_share_figure("share", np.array([True, False]), one)
    assert isinstance(lacking, InsufficientEvidence)
    assert lacking.reason.code == "too-few-clusters"
    nobody = clustered_share_figure("share", np.array([], dtype=bool), one.part([False, False]))
    assert isinstance(nobody, InsufficientEvidence)
    assert nobody.reason.code == "nobody-in-share"


def test_where_nothing_overlaps_the_interval_is_of_as_many_as_there_are_clusters() -> None:
    happened = np.tile([True, False], 20)
    few, many = (clustered_area(happened, happened.astype(int), Clusters.of("person", codes)) for codes in (
        np.repeat(np.arange(5), 8), np.arange(40)))  # fmt: skip
    assert few.separates
    assert few.method == "newcombe_area"
    assert few.interval()[0] < many.interval()[0] < 1


def test_an_outcome_that_one_cluster_holds_alone_has_an_area_without_an_interval() -> None:
    happened = np.array([True, True, False, False, False, False])
    lone = clustered_area(happened, np.array([3, 1, 2, 1, 0, 2]), Clusters.of("place", [0, 0, 0, 1, 1, 2]))
    assert lone.variance is None
    assert lone.interval() is None


@pytest.mark.thorough
def test_draws_are_the_same_for_any_number_of_workers_and_of_both_classes() -> None:
    rare = np.zeros(60, dtype=bool)
    rare[[0, 10]] = True
    clusters = Clusters.of("place", np.repeat(np.arange(6), 10))
    score = np.arange(60) % 7
    one, two = (
        bootstrap_clustered_area(rare, score, clusters, Resampling(600, seed=3, n_jobs=jobs)) for jobs in (1, 2)
    )
    assert one.draws.tolist() == two.draws.tolist()
    assert np.isfinite(one.draws).all()
    assert one.redrawn > 0


def test_what_clusters_may_be_called_is_told_with_what_the_data_name() -> None:
    data = invent(100)
    with pytest.raises(UnknownColumnError) as caught:
        clusters_of(data, "rater")
    assert caught.value.faults[0].parameters["known"] == ["person", "place", "sex", "year"]
    with pytest.raises(InputError) as caught:
        clusters_of(data, "sex")
    assert caught.value.faults[0].code == "cluster-missing"
    data.groups["place"] = "a"
    with pytest.raises(InputError) as caught:
        clusters_of(data, "place")
    assert caught.value.faults[0].code == "too-few-clusters"


def test_persons_and_places_together_make_groups_that_neither_is_divided_by() -> None:
    together = joined(["a", "b", "b", "c", "d"], ["x", "x", "y", "z", "z"])
    assert together[0] == together[1] == together[2]
    assert together[3] == together[4] != together[0]


@pytest.mark.parametrize(
    ("cluster", "code", "said"),
    [("place", 0, "Obuchowski"), ("town", 2, "The mapping has no town. Choose from person and place")],
)
def test_the_command_takes_clusters_and_refuses_those_that_it_does_not_know(
    tmp_path: Path, cluster: str, code: int, said: str
) -> None:
    frame = pd.DataFrame(ROWS)
    frame.insert(0, "case", range(len(frame)))
    frame.to_csv(tmp_path / "data.csv", index=False)
    mapping = "key: case\nlevels: [a, b]\noutcomes: {again: outcome}\nscores: {total: score, other: second}\n"
    (tmp_path / "map.yaml").write_text(mapping + "groups: {place: place}\n", encoding="utf-8")
    command = ["research", "validity", str(tmp_path / "data.csv"), "--mapping", str(tmp_path / "map.yaml")]
    result = CliRunner().invoke(main, [*command, "--cluster", cluster, "--draws", "200", "--language", "en"])
    assert result.exit_code == code, result.output
    if code == 0:
        result = CliRunner().invoke(main, [*command, "--cluster", cluster, "--draws", "200", "--json"])
        assert '"method": "obuchowski_log_odds"' in result.stdout
        assert json.loads(result.stdout)["about"]["clusters"] == 40
    else:
        assert said in result.output
