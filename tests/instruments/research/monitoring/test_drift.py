"""Change is told with a verdict, and chance is not taken for change."""

from dataclasses import replace

import numpy as np
import pytest

from instruments.faults import InputError
from instruments.research.calibration.holdouts import HoldOuts
from instruments.research.calibration.report import calibrate
from instruments.research.datasets.splitting import limit_of, select, split
from instruments.research.estimation.resampling import Resampling
from instruments.research.faults import TooFewEventsError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report, to_json
from instruments.research.monitoring.drift import drift, stability
from tests.instruments.research.invented import invent
from tests.instruments.research.validity.test_validity import figures_of

FEW = Resampling(draws=200)


def verdicts(report: Report, section: str) -> dict[str, str]:
    rows = next(each for each in report.sections if each.name == section).rows
    return {row.labels[0]: row.labels[1] for row in rows}


def test_the_index_is_that_worked_out_by_hand() -> None:
    first, second = np.repeat([0, 1], [5_000, 5_000]), np.repeat([0, 1], [7_500, 2_500])
    expected = 0.25 * np.log(0.75 / 0.5) + (-0.25) * np.log(0.25 / 0.5)
    assert stability(first, second).index == pytest.approx(expected, rel=1e-3)


def test_without_change_nineteen_of_twenty_indices_lie_below_what_chance_gives() -> None:
    random = np.random.default_rng(21)
    changes = [stability(random.integers(0, 5, 300), random.integers(0, 5, 200)) for _ in range(400)]
    assert 0.92 < np.mean([each.index < each.by_chance for each in changes]) < 0.98


def test_a_level_that_only_one_time_has_gives_a_large_but_finite_index() -> None:
    change = stability(["a"] * 200, ["b"] * 200)
    assert 1 < change.index < 50
    with pytest.raises(InputError, match="nobody-at-a-time"):
        stability(["a"], [])


def test_halves_of_the_same_people_have_not_drifted_and_shifted_ones_have() -> None:
    data = invent(1_000)
    halves = select(data, np.arange(1_000) % 2 == 0), select(data, np.arange(1_000) % 2 == 1)
    alike = drift(*halves, "again")
    assert verdicts(alike, "score_stability")["risk_total"] == "drift_none"
    assert "NaN" not in to_json(alike)
    worse = replace(halves[1], ratings=np.minimum(halves[1].ratings + 1, 2), outcomes=1 - 0 * halves[1].outcomes)
    worse.outcomes.iloc[:40] = 0
    shifted = drift(halves[0], worse, "again")
    assert verdicts(shifted, "score_stability")["risk_total"] == "drift_large"
    assert verdicts(shifted, "calibration_drift") == {"risk_total": "calibration_drifted"}


def test_more_left_unknown_is_a_change_of_the_item() -> None:
    data = invent(800)
    first, second = select(data, np.arange(800) < 400), select(data, np.arange(800) >= 400)
    item = data.risk_items[3]
    second.ratings.loc[:199, item] = np.nan
    with pytest.warns(UserWarning, match="rows-left-out"):
        report = drift(first, second, "again")
    assert verdicts(report, "item_stability")[item] == "drift_large"
    assert list(verdicts(report, "item_stability").values()).count("drift_large") == 1


def test_later_people_without_the_outcome_are_insufficient_evidence() -> None:
    data = invent(600)
    first, second = select(data, np.arange(600) < 400), select(data, np.arange(600) >= 400)
    second.outcomes["again"] = 0.0
    report = drift(first, second, "again")
    slope = {each.name: each for each in report.sections[-1].rows[0].figures}["slope"]
    assert isinstance(slope, InsufficientEvidence)
    assert slope.reason.code == "constant-outcome"


def test_a_data_set_is_split_by_a_column_that_then_is_no_group() -> None:
    data = invent(300)
    first, second = split(data, "year", limit_of("year", "2022"))
    assert len(first) + len(second) == 300
    assert "year" not in second.groups
    assert first.keys.index.tolist() == list(range(len(first)))


@pytest.mark.parametrize(
    ("column", "limit", "code"),
    [
        ("year", "2050", "nothing-held-out"),
        ("place", "1", "time-not-a-number"),
        ("age", "1", "unknown-research-column"),
        ("year", "soon", "bad-limit"),
    ],
)
def test_a_split_that_cannot_be_is_refused_by_name(column: str, limit: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        split(invent(50), column, limit_of(column, limit))


def test_a_calibration_report_tells_folds_later_people_and_other_places() -> None:
    report = calibrate(
        invent(700),
        "again",
        published=(-1.0, 0.02),
        hold_outs=HoldOuts(later="year", after=2023, place="place"),
        folds=5,
        resampling=FEW,
    )
    rows = [row.labels[0] for row in next(each for each in report.sections if each.name == "calibration").rows]
    assert rows == ["nested", "logistic", "platt", "later", "places", "place: a", "place: b", "published"]
    slope = figures_of(report, "calibration", "logistic")["slope"]
    assert isinstance(slope, Figure)
    assert slope.low is not None
    assert slope.low < 1 < (slope.high or 0)
    kept = figures_of(report, "coefficients", "intercept")["slope"]
    assert isinstance(kept, Figure)
    assert kept.value == 0.02
    assert set(report.details) == {"reliability", "decision"}
    assert "isotonic_left_out" in next(each for each in report.sections if each.name == "calibration").notes


def test_a_calibration_on_too_few_events_says_how_many_are_missing() -> None:
    data = invent(200)
    data.outcomes["again"] = [1.0] * 8 + [0.0] * 192
    with pytest.raises(TooFewEventsError) as caught:
        calibrate(data, "again", resampling=FEW)
    assert caught.value.fault.parameters == {"events": 8, "needed": 20, "missing": 12, "parameters": 2}
