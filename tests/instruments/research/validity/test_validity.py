"""A report of validity: every figure with its interval, the published ones to the last digit."""

import numpy as np
import pandas as pd
import pytest
from lifelines.utils import concordance_index
from statsmodels.stats.proportion import proportion_confint

from instruments.faults import InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.reading import read_dataset
from instruments.research.estimation.cuts import shares_at_cuts
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.outcomes import PerfectSeparationError
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import count_scores
from instruments.research.faults import DroppedRowsWarning, TooFewEventsError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report, to_json
from instruments.research.validity.increments import increment
from instruments.research.validity.report import validity
from instruments.research.validity.survival import harrell_c
from tests.instruments.research.data import CATALONIA, REAL, YOUTH, needs_real
from tests.instruments.research.invented import invent

FEW = Resampling(draws=200)


def figures_of(report: Report, section: str, *labels: str) -> dict[str, Figure | InsufficientEvidence]:
    rows = next(each for each in report.sections if each.name == section).rows
    row = next(row for row in rows if row.labels == labels)
    return {each.name: each for each in row.figures}


def value(report: Report, section: str, name: str, *labels: str) -> float:
    figure = figures_of(report, section, *labels)[name]
    assert isinstance(figure, Figure)
    return figure.value


@pytest.fixture(scope="module")
def catalonia() -> Dataset:
    return read_dataset(REAL, CATALONIA, YOUTH)


@needs_real
@pytest.mark.parametrize(
    ("outcome", "score", "auc"),
    [
        ("reoffended_by_2015", "risk_total", 0.6383),
        ("reoffended_by_2013", "risk_total", 0.6431),
        ("reoffended_by_2015", "historical", 0.6052),
        ("reoffended_by_2015", "social_contextual", 0.6318),
        ("reoffended_by_2015", "individual", 0.6223),
        ("reoffended_by_2015", "protective_absent", 0.6219),
        ("reoffended_by_2015", "summary_rating", 0.6583),
        ("reoffended_by_2013", "summary_rating", 0.6538),
    ],
)
def test_the_areas_are_those_published_for_the_real_data(
    outcome: str, score: str, auc: float, catalonia: Dataset
) -> None:
    report = validity(catalonia, outcome, scores=[score], resampling=Resampling(draws=0))
    assert round(value(report, "areas", "auc", score), 4) == auc


@needs_real
def test_the_levels_of_the_summary_rating_are_told_in_counts(catalonia: Dataset) -> None:
    report = validity(catalonia, "reoffended_by_2015", scores=["summary_rating"], resampling=Resampling(draws=0))
    told = {
        level: (value(report, "levels", "events", level), value(report, "levels", "rows", level))
        for level in ("low", "moderate", "high")
    }
    raw = pd.read_csv(REAL).groupby("summary_risk_rating")["reoffended_by_2015"].agg(["sum", "count"])
    assert told == {level: (raw.loc[level, "sum"], raw.loc[level, "count"]) for level in told}


def test_a_report_of_validity_has_every_part_and_no_number_that_is_not_finite() -> None:
    report = validity(invent(), "again", resampling=FEW)
    assert [each.name for each in report.sections] == [
        "areas",
        "comparisons",
        "cuts",
        "levels",
        "increments",
        "time",
        "ascertainment",
    ]
    assert "NaN" not in to_json(report)
    auc = figures_of(report, "areas", "risk_total")["auc"]
    assert isinstance(auc, Figure)
    assert auc.low is not None
    assert auc.low < auc.value < (auc.high or 0)
    assert auc.n == 400


def test_people_with_a_blank_item_are_left_out_of_a_total_and_counted() -> None:
    data = invent(blanks=0.01)
    with pytest.warns(DroppedRowsWarning) as caught:
        report = validity(data, "again", scores=["risk_total"], resampling=Resampling(draws=0))
    whole = int(data.ratings[data.risk_items].notna().all(axis=1).sum())
    assert figures_of(report, "areas", "risk_total")["auc"].n == whole
    assert caught[0].message.fault.parameters == {"rows": 400 - whole, "of": 400}  # type: ignore[union-attr]


def test_an_unknown_score_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="unknown-score"):
        validity(invent(), "again", scores=["made_up"])


def test_the_shares_at_a_cut_are_those_counted_by_hand_with_wilsons_interval() -> None:
    happened = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    score = np.array([0, 1, 1, 2, 1, 2, 3, 3, 2, 3])
    at_cuts = shares_at_cuts(count_scores(happened, score))
    assert at_cuts.cuts.tolist() == [0, 1, 2, 3]
    expected = {
        "sensitivity": [(5, 5), (5, 5), (4, 5), (2, 5)],
        "specificity": [(0, 5), (1, 5), (3, 5), (4, 5)],
        "positive_predictive_value": [(5, 10), (5, 9), (4, 6), (2, 3)],
        "negative_predictive_value": [(0, 0), (1, 1), (3, 4), (4, 7)],
    }
    for name, pairs in expected.items():
        share = at_cuts.shares[name]
        assert list(zip(share.cases.tolist(), share.n.tolist(), strict=True)) == pairs
        for place, (cases, n) in enumerate(pairs):
            if n:
                bounds = proportion_confint(cases, n, method="wilson")
                assert (share.low[place], share.high[place]) == pytest.approx(bounds, abs=1e-12)


def test_harrells_c_is_that_of_lifelines_and_its_error_that_of_resampling() -> None:
    random = np.random.default_rng(5)
    n = 300
    score = random.integers(0, 12, n).astype(float)
    time = np.ceil(random.exponential(30, n) / np.exp(score / 8))
    happened = random.random(n) < 0.7
    concordance = harrell_c(time, happened, score)
    assert concordance.value == pytest.approx(concordance_index(time, -score, happened), abs=1e-12)
    draws = []
    for _ in range(400):
        rows = random.integers(0, n, n)
        draws.append(concordance_index(time[rows], -score[rows], happened[rows]))
    assert concordance.standard_error == pytest.approx(np.std(draws), rel=0.15)


@pytest.mark.parametrize(
    ("time", "code"),
    [([-1.0, 2.0, 3.0], "negative-time"), ([1.0, 2.0, float("nan")], "score-missing")],
)
def test_times_that_cannot_be_are_refused(time: list[float], code: str) -> None:
    with pytest.raises(InputError, match=code):
        harrell_c(time, [1, 0, 1], [1, 2, 3])


def test_without_events_there_are_no_pairs_to_compare() -> None:
    with pytest.raises(InputError, match="no-comparable-pairs"):
        harrell_c([1, 2, 3], [0, 0, 0], [1, 2, 3])


def test_a_column_that_tells_nothing_new_adds_nothing() -> None:
    random = np.random.default_rng(6)
    base = random.normal(size=500)
    happened = random.random(500) < 1 / (1 + np.exp(-base))
    idle = increment(
        happened,
        {"base": base},
        {"noise": random.normal(size=500)},
        events_per_parameter=10,
        resampling=Resampling(200),
    )
    telling = increment(happened, {"noise": idle.base.linear_predictor * 0 + random.normal(size=500)}, {"base": base},
                        events_per_parameter=10, resampling=Resampling(200))  # fmt: skip
    assert idle.p > 0.05
    assert telling.p < 1e-6
    low, high = telling.gain.interval() or (1, 0)
    assert 0 < low < telling.gain.value < high


def test_too_few_events_are_refused_with_how_many_are_missing() -> None:
    with pytest.raises(TooFewEventsError) as caught:
        increment(
            [1] * 12 + [0] * 100,
            {"a": range(112)},
            {"b": range(112)},
            events_per_parameter=10,
            resampling=Resampling(200),
        )
    assert caught.value.fault.parameters == {"events": 12, "needed": 30, "missing": 18, "parameters": 3}


@pytest.mark.parametrize("column", [np.arange(80.0), np.r_[np.zeros(50), np.ones(30)]], ids=["ranks", "a copy"])
def test_perfect_separation_is_an_error_with_a_name(column: np.ndarray) -> None:
    happened = np.r_[np.zeros(50), np.ones(30)]
    with pytest.raises(PerfectSeparationError):
        fit_logistic(happened, column[:, None], ("column",))


def test_columns_that_follow_from_one_another_are_refused() -> None:
    random = np.random.default_rng(7)
    column = random.normal(size=100)
    with pytest.raises(InputError, match="columns-dependent"):
        fit_logistic(random.random(100) < 0.5, np.column_stack([column, 2 * column + 1]), ("a", "b"))


def test_a_data_set_with_two_outcomes_must_be_told_which() -> None:
    data = invent(60)
    data.outcomes["other"] = 1 - data.outcomes["again"]
    with pytest.raises(InputError, match="outcome-not-chosen"):
        validity(data)


def test_of_people_rated_by_several_the_first_rating_counts() -> None:
    data = invent(300)
    twice = Dataset(
        **{
            name: pd.concat([part, part.iloc[:100]], ignore_index=True) if part is not None else None
            for name, part in vars(data).items()
            if isinstance(part, pd.DataFrame | pd.Series)
        },
        instrument=data.instrument,
        raters=pd.Series(["first"] * 300 + ["second"] * 100),
    )
    alone, both = (validity(each, "again", resampling=Resampling(draws=0)) for each in (data, twice))
    assert both.sections == alone.sections
