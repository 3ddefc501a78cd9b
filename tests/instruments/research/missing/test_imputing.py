"""Multiple imputation by chained equations: held to mice, and bad data told."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from instruments.faults import InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.roc import area, count_scores
from instruments.research.faults import AllMissingItemWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.missing.chained import Imputation, TooFewToImputeError, impute, scale_reduction
from instruments.research.missing.report import missing
from instruments.research.missing.rubin import pool
from tests.instruments.research.data import reference
from tests.instruments.research.invented import invent

BLANKS = reference("blanks_500.csv")
FEW = Imputation(imputations=4, iterations=4, seed=3)


def with_blanks(n: int = 200, share: float = 0.08) -> Dataset:
    data, random = invent(n), np.random.default_rng(5)
    return replace(
        data,
        ratings=data.ratings.mask(random.random(data.ratings.shape) < share),
        outcomes=data.outcomes.mask(random.random(data.outcomes.shape) < share),
    )


def told(report: Report, section: str, *labels: str) -> dict[str, Figure | InsufficientEvidence]:
    (row,) = [row for row in report.section(section).rows if row.labels == labels]
    return {each.name: each for each in row.figures}


def test_what_was_known_stays_and_what_is_filled_in_is_what_somebody_has() -> None:
    for frame in impute(BLANKS, FEW).frames:
        assert frame.notna().all(axis=None)
        assert (frame.where(BLANKS.notna()).fillna(-1) == BLANKS.fillna(-1)).all(axis=None)
        for name in BLANKS:
            assert set(frame[name]) <= set(BLANKS[name].dropna())


@pytest.mark.thorough
def test_the_same_seed_gives_the_same_for_any_number_of_workers() -> None:
    one, two = impute(BLANKS, FEW), impute(BLANKS, replace(FEW, n_jobs=2))
    for first, second in zip(one.frames, two.frames, strict=True):
        pd.testing.assert_frame_equal(first, second)
    other = impute(BLANKS, replace(FEW, seed=4)).frames[0]
    assert not one.frames[0].equals(other)


@pytest.mark.thorough
def test_the_estimates_are_those_of_mice_within_the_error_of_drawing() -> None:
    """Both draw 800 or 200 data sets; four standard errors of the difference of two means."""
    theirs = reference("mice.csv").set_index("estimate")
    frames = impute(BLANKS, Imputation(imputations=200, iterations=8, seed=1)).frames
    estimates, variances = [], []
    for frame in frames:
        estimate = area(count_scores(frame["outcome"].to_numpy(), frame.drop(columns="outcome").sum(axis=1).to_numpy()))
        assert estimate.variance is not None
        estimates.append(float(logit(estimate.value)))
        variances.append(estimate.variance / (estimate.value * (1 - estimate.value)) ** 2)
    pooled = pool(estimates, variances, len(BLANKS) - 1.0)
    row = theirs.loc["log_odds_of_area"]
    error = (pooled.between / 200 + row["between"] / 800) ** 0.5
    assert pooled.value == pytest.approx(row["value"], abs=4 * error)
    assert pooled.within == pytest.approx(row["within"], rel=0.01)
    assert pooled.between == pytest.approx(row["between"], rel=0.45)  # four standard errors of a variance of 200
    for name in ("i2", "i3", "i4", "i5", "outcome"):
        means = [float(frame.loc[BLANKS[name].isna(), name].mean()) for frame in frames]
        other = theirs.loc[f"mean_{name}"]
        assert np.mean(means) == pytest.approx(
            other["value"], abs=4 * (np.var(means) / 200 + other["between"] / 800) ** 0.5
        )


def test_chains_that_have_met_are_told_from_those_that_have_not() -> None:
    random = np.random.default_rng(1)
    together = random.normal(size=(20, 40))
    assert scale_reduction(together) < 1.1
    assert scale_reduction(together + np.arange(20)[:, None]) > 1.2
    assert scale_reduction(np.ones((5, 10))) == 1
    assert scale_reduction(np.ones((5, 2))) == 1


def test_too_few_are_not_regressed_on_everything_else() -> None:
    with pytest.raises(TooFewToImputeError) as caught:
        impute(BLANKS.head(14), FEW)
    assert caught.value.fault.parameters["needed"] == 17


@pytest.mark.parametrize("change", [{"imputations": 1}, {"iterations": 0}, {"donors": 0}], ids=str)
def test_too_little_imputation_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(InputError, match="imputation-too-little"):
        impute(BLANKS, replace(FEW, **change))


def test_a_constant_column_is_filled_with_itself_and_columns_that_follow_from_each_other_break_nothing() -> None:
    given = BLANKS.assign(same=1.0, twice=2 * BLANKS["i1"])
    given.loc[3, "same"] = np.nan
    filled = impute(given, FEW)
    assert filled.constant == ("same",)
    assert all((frame["same"] == 1).all() for frame in filled.frames)


# --- the report ------------------------------------------------------------------------------------------------------


def test_all_ways_stand_side_by_side_with_what_changes_between_them() -> None:
    report = missing(with_blanks(), imputation=FEW)
    ways = told(report, "missing_areas", "risk_total")
    assert list(ways) == ["auc_complete", "auc_prorated", "auc_imputed", "auc_lowest", "auc_highest"]
    found = {name: each.value for name, each in ways.items() if isinstance(each, Figure)}
    assert found["auc_lowest"] <= found["auc_imputed"] <= found["auc_highest"]
    choice = told(report, "missing_choices", "risk_total")
    compared = [found[name] for name in ("auc_complete", "auc_prorated", "auc_imputed") if name in found]
    difference = choice["largest_difference"]
    assert isinstance(difference, Figure)
    assert difference.value == pytest.approx(max(compared) - min(compared))
    lower = [each.low for name, each in ways.items() if isinstance(each, Figure) and name != "auc_highest" and each.low]
    above, of = choice["ways_above_chance"], choice["ways_told"]
    assert isinstance(above, Figure)
    assert isinstance(of, Figure)
    assert (above.value, of.value) == (sum(low > 0.5 for low in lower), len(lower))
    assert (above.note == "conclusion_turns") is (0 < above.value < of.value)


@pytest.mark.thorough
def test_a_conclusion_that_turns_is_marked_and_one_that_does_not_is_not() -> None:
    turns = told(missing(with_blanks(share=0.2), imputation=FEW), "missing_choices", "protective_absent")
    stays = told(missing(with_blanks(400, 0.01), imputation=FEW), "missing_choices", "protective_absent")
    assert [getattr(each["ways_above_chance"], "note", None) for each in (turns, stays)] == ["conclusion_turns", ""]


@pytest.mark.thorough
def test_calibration_and_alpha_are_told_both_ways_and_a_published_line_is_held_against_what_happened() -> None:
    data = with_blanks()
    plain = missing(data, imputation=FEW)
    line = missing(data, imputation=FEW, published={"risk_total": (-1.0, 0.05)})
    for way in ("blanks_left_out", "blanks_imputed"):
        slope = told(plain, "missing_coefficients", "risk_total", way)["slope"]
        held = told(line, "missing_coefficients", "risk_total", way)["slope"]
        if isinstance(slope, Figure) and isinstance(held, Figure):
            assert held.value == pytest.approx(slope.value / 0.05, rel=1e-4)
    imputed = told(plain, "missing_coefficients", "risk_total", "blanks_imputed")
    assert all(isinstance(each, Figure) and each.low is not None for each in imputed.values())


@pytest.mark.thorough
def test_the_rounds_of_every_chain_are_kept_and_how_they_met_is_told() -> None:
    report = missing(with_blanks(), imputation=FEW)
    traces = report.details["traces"]
    assert isinstance(traces, dict)
    assert np.shape(traces["again"]) == (4, 4)
    settled = told(report, "missing_settled", "again")
    assert isinstance(settled["scale_reduction"], Figure)


def test_without_blanks_there_is_nothing_to_impute() -> None:
    each = told(missing(invent(100), imputation=FEW), "missing_areas", "risk_total")["auc_imputed"]
    assert isinstance(each, InsufficientEvidence)
    assert each.reason.code == "nothing-blank"


def test_imputation_can_be_left_out() -> None:
    report = missing(with_blanks(), imputation=Imputation(imputations=0))
    each = told(report, "missing_areas", "risk_total")["auc_imputed"]
    assert isinstance(each, InsufficientEvidence)
    assert each.reason.code == "imputation-left-out"
    assert "missing_settled" not in [section.name for section in report.sections]


@pytest.mark.thorough
def test_a_score_that_tells_the_outcome_without_error_is_not_pooled() -> None:
    data = with_blanks(share=0.02)
    random = np.random.default_rng(2)
    score = data.outcomes["again"] * 10 + random.integers(0, 5, len(data))
    data = replace(data, scores=pd.DataFrame({"published": score}))
    report = missing(data, imputation=FEW)
    each = told(report, "missing_areas", "published")["auc_imputed"]
    slope = told(report, "missing_coefficients", "published", "blanks_imputed")["slope"]
    assert isinstance(each, InsufficientEvidence)
    assert each.reason.code == "imputed-separated"
    assert isinstance(slope, InsufficientEvidence)


@pytest.mark.thorough
def test_an_item_that_nobody_was_rated_on_is_left_out_and_told() -> None:
    data = with_blanks()
    data = replace(data, ratings=data.ratings.assign(substance_use=np.nan))
    with pytest.warns(AllMissingItemWarning):
        report = missing(data, imputation=FEW)
    assert "substance_use" not in [row.labels[0] for row in report.section("missing_settled").rows]
    # the total is unknown of everybody, and says so
    assert isinstance(told(report, "missing_areas", "risk_total")["auc_imputed"], InsufficientEvidence)


def test_everybody_with_the_same_outcome_and_few_people_give_reasons_and_no_number() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = with_blanks()
        same = missing(replace(data, outcomes=data.outcomes * 0), imputation=FEW)
        few = missing(with_blanks(20), imputation=FEW)
    for report in (same, few):
        assert isinstance(told(report, "missing_areas", "risk_total")["auc_imputed"], InsufficientEvidence)
        assert "nan" not in str(report.as_data()).lower().replace("finance", "")
