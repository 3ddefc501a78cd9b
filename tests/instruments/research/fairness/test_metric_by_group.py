"""Any metric by group: the figures of fairlearn, intervals that hold, and cells that say why they are empty."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate
from sklearn.metrics import accuracy_score, brier_score_loss, precision_score, r2_score, recall_score, roc_auc_score

from instruments.faults import InputError
from instruments.research import MetricByGroup, Report, Resampling
from instruments.research.figures.figure import Figure

NO_DRAWS = Resampling(0)
METRICS = {"accuracy": accuracy_score, "recall": recall_score, "false_positives": false_positive_rate}


def right(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The share that is predicted rightly, in less time than scikit-learn needs to look at its input."""
    return float((truth == predicted).mean())


def people(n: int = 400, seed: int = 3) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    groups = pd.DataFrame(
        {
            "place": random.choice(["a", "b", "c"], n),
            "sex": np.where(random.random(n) < 0.1, None, random.choice(["f", "m"], n)),
        }
    )
    happened = random.random(n) < 0.4
    chance = np.clip(0.4 + 0.2 * happened + random.normal(0, 0.2, n) + 0.1 * (groups["place"] == "a"), 0, 1).to_numpy()
    return {"y_true": happened.astype(int), "y_pred": (chance > 0.5).astype(int), "chance": chance, "groups": groups}


def told_of(made: dict[str, Any], metrics: Any = METRICS, **options: Any) -> MetricByGroup:
    given = {"groups": made["groups"], "resampling": NO_DRAWS, "group_size": 1} | options
    return MetricByGroup(metrics, made["y_true"], given.pop("y_pred", made["y_pred"]), **given)


@pytest.mark.parametrize("columns", [["place"], ["place", "sex"]])
def test_values_of_groups_and_what_lies_between_them_are_those_of_fairlearn(columns: list[str]) -> None:
    made = people()
    groups = made["groups"][columns].fillna("–")
    told, theirs = (
        told_of(made, groups=made["groups"][columns]),
        MetricFrame(metrics=METRICS, y_true=made["y_true"], y_pred=made["y_pred"], sensitive_features=groups),
    )
    ours = told.by_group["value"].unstack("metric")
    for name in METRICS:
        for key, value in theirs.by_group[name].items():
            assert ours.loc[key, name] == pytest.approx(value)
        assert told.overall.loc[name, "value"] == pytest.approx(theirs.overall[name])
        for against in ("between_groups", "to_overall"):
            assert told.difference(against).loc[name, "value"] == pytest.approx(theirs.difference(against)[name])  # type: ignore[arg-type]
            assert told.ratio(against).loc[name, "value"] == pytest.approx(theirs.ratio(against)[name])  # type: ignore[arg-type]
        assert told.group_min().xs(name, level="metric")["value"].item() == pytest.approx(theirs.group_min()[name])
        assert told.group_max().xs(name, level="metric")["value"].item() == pytest.approx(theirs.group_max()[name])
    assert told.by_group.xs("accuracy", level="metric")["n"].sum() == len(groups)


def test_a_metric_of_probabilities_and_weights_is_that_of_the_rows_of_a_group() -> None:
    made = people()
    weights = np.random.default_rng(1).integers(1, 4, len(made["y_true"])).astype(float)
    metrics = {"auc": roc_auc_score, "brier": brier_score_loss}
    told = told_of(made, metrics, y_pred=made["chance"], groups=made["groups"]["place"], sample_weight=weights)
    here = (made["groups"]["place"] == "b").to_numpy()
    for name, metric in metrics.items():
        expected = metric(made["y_true"][here], made["chance"][here], sample_weight=weights[here])
        assert told.by_group.loc[("b", name), "value"] == pytest.approx(expected)


def test_a_metric_that_takes_no_weights_and_lengths_that_differ_are_refused() -> None:
    made = people(60)
    with pytest.raises(InputError) as caught:
        told_of(made, lambda truth, predicted: 1.0, sample_weight=np.ones(60))
    assert caught.value.faults[0].code == "metric-without-weights"
    with pytest.raises(InputError) as caught:
        told_of(made, groups=["a"] * 59, sample_weight=np.ones(61))
    assert [fault.where for fault in caught.value.faults] == ["groups", "sample_weight"]
    with pytest.raises(InputError):
        told_of(made, {})
    with pytest.raises(InputError):
        told_of(made).difference("sideways")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        told_of(made, resampling=Resampling(10))


def test_what_no_metric_is_of_is_refused_by_name_and_never_laid_on_a_group() -> None:
    made, at = people(90), np.arange(90)
    y, place = made["y_true"], made["groups"]["place"]
    refused: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("metric-blanks", "y_true", right, {"y_true": np.where(at == 3, np.nan, y)}),
        ("metric-blanks", "y_pred", right, {"y_pred": np.where(at == 3, None, y)}),
        ("metric-blanks", "sample_weight", accuracy_score, {"sample_weight": np.where(at == 3, np.nan, 1.0)}),
        ("weights-off-range", "sample_weight", accuracy_score, {"sample_weight": np.where(at == 3, -1.0, 1.0)}),
        ("weights-off-range", "sample_weight", accuracy_score, {"sample_weight": np.where(at == 3, np.inf, 1.0)}),
        ("level-off-range", "level", right, {"level": 2}),
        ("level-off-range", "level", right, {"level": 0}),
        ("not-one-column", "y_true", right, {"y_true": y[:, None]}),
        ("metric-not-callable", "metrics", {"accuracy": "accuracy"}, {}),
        ("metric-failed", "metrics", lambda truth, predicted: truth + "x", {}),
        ("metric-failed", "metrics", roc_auc_score, {"y_true": np.array(["a", "b", "c"] * 30)}),
        ("metric-failed", "metrics", recall_score, {"y_true": np.array(["no", "yes"] * 45)}),
    ]
    for code, where, metric, changed in refused:
        given = {"y_true": y, "y_pred": y, "groups": place, "resampling": NO_DRAWS} | changed
        with pytest.raises(InputError) as caught:
            MetricByGroup(metric, **given)
        assert [(fault.code, fault.where) for fault in caught.value.faults] == [(code, where)]


def test_a_metric_that_fails_in_a_group_though_everything_occurs_in_it_is_no_undefined_one() -> None:
    made = people(120)
    few = lambda truth, predicted: right(truth, predicted) if len(truth) > 60 else int("none")  # noqa: E731
    with pytest.raises(ValueError, match="none"):
        _ = told_of(made, {"few": few}, groups=made["groups"]["place"]).by_group


def test_a_small_group_keeps_its_cell_and_says_why_and_stands_in_no_difference() -> None:
    made = people(200)
    place = made["groups"]["place"].to_numpy(dtype=object)
    place[:4] = "tiny"
    made["y_pred"][:4] = 1 - made["y_true"][:4]  # the worst of all, if it were told
    told = told_of(made, accuracy_score, groups=place, group_size=30)
    tiny = told.by_group.loc[("tiny", "accuracy_score")]
    assert tiny["insufficient_evidence"] == "group-too-small"
    assert tiny["n"] == 4
    assert np.isnan(tiny["value"])
    assert told.group_min().index[0][0] != "tiny"
    assert told.difference().loc["accuracy_score", "value"] < 0.3
    alone = told_of(made, accuracy_score, groups=["x"] * 200)
    assert alone.difference().loc["accuracy_score", "insufficient_evidence"] == "too-few-groups"
    none = told_of(made, accuracy_score, group_size=1e6)
    assert set(none.group_max()["insufficient_evidence"]) == {"too-few-groups"}


def test_a_metric_without_a_value_is_told_and_nothing_warns() -> None:
    made = people(120)
    place = np.where(np.arange(120) < 40, "one_class", "both")
    made["y_true"][:40], made["y_pred"][:40] = 0, 0
    metrics = {"auc": roc_auc_score, "precision": precision_score, "r2": r2_score}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = told_of(made, metrics, groups=place, resampling=Resampling(100))
        cells = told.by_group["insufficient_evidence"]
        assert cells["one_class", "auc"] == "metric-undefined"
        assert cells["one_class", "precision"] == "metric-undefined"
        assert told.ratio().loc["r2", "insufficient_evidence"] in ("ratio-undefined", "too-few-groups")
        assert not told.by_group.loc["both"].isna()["value"].any()


def test_intervals_are_the_same_for_any_number_of_workers_and_hold_the_value() -> None:
    made = people(240)
    one, two = (
        told_of(
            made, {"accuracy": right}, groups=made["groups"]["place"], resampling=Resampling(400, seed=4, n_jobs=jobs)
        )
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one.by_group, two.by_group)
    cells = one.by_group
    assert (cells["low"] <= cells["value"]).all()
    assert (cells["value"] <= cells["high"]).all()
    assert set(cells["method"]) == {"bootstrap_stratified"}
    share = cells.loc[("a", "accuracy")]
    n = share["n"]
    assert share["high"] - share["low"] == pytest.approx(
        2 * 1.96 * (share["value"] * (1 - share["value"]) / n) ** 0.5, rel=0.25
    )


def test_the_interval_of_a_difference_is_wider_among_many_groups_than_between_two() -> None:
    random = np.random.default_rng(9)
    truth, predicted = random.integers(0, 2, 400), random.integers(0, 2, 400)
    few, many = np.repeat(["a", "b"], 200), np.repeat(list("abcdefgh"), 50)
    widths = []
    for groups in (few, many):
        told = MetricByGroup(right, truth, predicted, groups=groups, resampling=Resampling(600))
        row = told.difference().loc["right"]
        widths.append(row["high"] - row["low"])
        assert row["low"] < 0.0, "there is no difference, and the interval must not say that there is"
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.thorough
def test_all_of_it_is_a_report_that_a_notebook_shows() -> None:
    report = told_of(people(150), resampling=Resampling(100)).report()
    assert isinstance(report, Report)
    assert [each.name for each in report.sections] == [
        "metric_overall", "metric_by_group", "metric_difference", "metric_ratio",
    ]  # fmt: skip
    assert isinstance(report.section("metric_overall").rows[0].figures[0], Figure)
    assert "Metrics by group" in report._repr_html_()
