"""Groups are told one by one, and no one is left out."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, count, false_negative_rate, false_positive_rate, selection_rate
from statsmodels.stats.proportion import confint_proportions_2indep

from instruments.faults import InputError
from instruments.research.card.disclosure import guarded
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import RISK_TOTAL, scores_of
from instruments.research.estimation.intervals import of_ratio
from instruments.research.fairness.error_rates import ratio_figure
from instruments.research.fairness.report import fairness
from instruments.research.faults import ConstantOutcomeError, NoCutWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report, to_json
from instruments.research.validity.overrides import judgement_from_columns, judgement_of, overrides
from tests.instruments.research.invented import invent
from tests.instruments.research.validity.test_validity import figures_of, value


@pytest.fixture(scope="module")
def data() -> Dataset:
    return invent(900)


@pytest.fixture(scope="module")
def report(data: Dataset) -> Report:
    return fairness(data, "again", ["sex", "place"], cut=24)


def rows_of(report: Report, section: str) -> list[tuple[str, ...]]:
    return [row.labels for row in next(each for each in report.sections if each.name == section).rows]


def test_every_group_and_intersection_is_told_and_a_blank_is_one_of_them(report: Report) -> None:
    labels = rows_of(report, "base_rates")
    assert [label for label in labels if label[0] == "sex"] == [("sex", "female"), ("sex", "male"), ("sex", "–")]
    assert len([label for label in labels if label[0] == "sex × place"]) == 6
    for column in ("sex", "place", "sex × place"):
        told = [value(report, "base_rates", "rows", *label) for label in labels if label[0] == column]
        assert sum(told) == 900
    for section in ("group_areas", "group_errors", "group_calibration", "group_blanks", "group_overrides"):
        assert rows_of(report, section) == labels


def test_the_error_rates_are_those_of_fairlearn(data: Dataset, report: Report) -> None:
    flagged = (scores_of(data)[RISK_TOTAL] >= 24).astype(int)
    metrics = {"n": count, "flagged": selection_rate, "false_positive_rate": false_positive_rate,
               "false_negative_rate": false_negative_rate}  # fmt: skip
    expected = MetricFrame(
        metrics=metrics,
        y_true=data.outcomes["again"].astype(int),
        y_pred=flagged,
        sensitive_features=data.groups["sex"].fillna("–"),
    ).by_group
    for group in ("female", "male"):
        for name in ("flagged", "false_positive_rate", "false_negative_rate"):
            assert value(report, "group_errors", name, "sex", group) == pytest.approx(expected.loc[group, name])


def test_the_whole_stands_beside_the_groups_with_both_predictive_values(data: Dataset, report: Report) -> None:
    (overall,) = report.section("overall_errors").rows
    told = {each.name: each.value for each in overall.figures if isinstance(each, Figure)}
    flagged, happened = scores_of(data)[RISK_TOTAL] >= 24, data.outcomes["again"] == 1
    assert told["negative_predictive_value"] == pytest.approx((~happened)[~flagged].mean())
    assert told["positive_predictive_value"] == pytest.approx(happened[flagged].mean())
    assert told["flagged"] == pytest.approx(flagged.mean())
    assert {each.name for each in report.section("overall").rows[0].figures} == {"base_rate", "auc"}


def test_a_ratio_is_the_groups_share_by_that_of_everyone_else(report: Report) -> None:
    for labels in rows_of(report, "group_error_ratios"):
        shares, differences = (
            figures_of(report, "group_errors", *labels),
            figures_of(report, "group_error_differences", *labels),
        )
        for name, ratio in figures_of(report, "group_error_ratios", *labels).items():
            kind = name.removesuffix("_ratio")
            here, gap = shares[kind], differences[f"{kind}_difference"]
            if isinstance(ratio, Figure) and isinstance(here, Figure) and isinstance(gap, Figure):
                assert ratio.value == pytest.approx(here.value / (here.value - gap.value))
                assert ratio.low is not None
                assert ratio.high is not None
                assert ratio.low <= ratio.value <= ratio.high


def test_where_nobody_of_the_others_errs_there_is_a_reason_and_no_ratio() -> None:
    for here in (np.zeros(50, bool), np.ones(50, bool)):
        told = ratio_figure("flagged_ratio", here, np.zeros(50, bool), 0.95)
        assert isinstance(told, InsufficientEvidence)
        assert told.reason.code == "no-ratio"


def test_where_nobody_of_the_group_errs_the_ratio_is_none_with_an_upper_end() -> None:
    told = ratio_figure("flagged_ratio", np.zeros(50, bool), np.arange(50) < 20, 0.95)
    assert isinstance(told, Figure)
    assert (told.value, told.low) == (0, 0)
    assert told.high is not None
    assert 0 < told.high < 0.5


@pytest.mark.parametrize(("n", "other"), [(1, 1), (2, 5), (30, 30), (35, 40), (200, 30), (30, 1000), (50, 100_000)])
def test_an_interval_of_a_ratio_holds_it_and_is_that_of_statsmodels_where_that_is_right(n: int, other: int) -> None:
    for cases, other_cases in product({0, 1, n // 2, n - 1, n}, {1, other // 2, other - 1, other}):
        if other_cases < 1:
            continue
        ratio = cases * other / (n * other_cases)
        low, high = of_ratio(cases, n, other_cases, other, 0.95)
        assert 0 <= low <= ratio <= high < np.inf, (cases, other_cases)
        assert low < high
        if 0 < cases < n and other_cases < 0.9 * other:
            theirs = confint_proportions_2indep(
                cases, n, other_cases, other, compare="ratio", method="score", alpha=0.05
            )
            assert (low, high) == pytest.approx(theirs, rel=1e-4), (cases, other_cases)


@pytest.mark.thorough
def test_a_score_that_only_people_without_the_outcome_have_takes_the_area_and_nothing_else() -> None:
    data = invent(400)
    blank = data.ratings.where(data.outcomes["again"] != 1, np.nan)
    with pytest.warns(UserWarning, match="rows-left-out"):
        audited = fairness(replace(data, ratings=blank), "again", ["sex"])
    told = figures_of(audited, "overall")
    assert isinstance(told["auc"], InsufficientEvidence)
    assert told["auc"].reason.code == "constant-outcome"
    assert isinstance(told["base_rate"], Figure)


def test_two_groups_are_compared_once_with_intervals_that_are_wider_for_it(report: Report) -> None:
    pairs = rows_of(report, "group_pairs")
    assert len({(column, frozenset((one, other))) for column, one, other in pairs}) == len(pairs)
    assert {column for column, *_ in pairs} == {"sex", "place"}
    for labels in pairs:
        for each in figures_of(report, "group_pairs", *labels).values():
            if isinstance(each, Figure):
                assert each.level > 0.95


def test_what_would_give_two_shares_away_is_on_no_card(data: Dataset, report: Report) -> None:
    kept, _ = guarded([report], data, "again")
    names = {section.name for each in kept for section in each.sections}
    assert "group_errors" in names
    assert names.isdisjoint({"overall_errors", "group_error_ratios", "group_pairs"})


def test_a_group_below_the_set_size_is_insufficient_evidence_that_says_how_many_are_needed(data: Dataset) -> None:
    small = fairness(data, "again", ["sex"], group_size=200)
    auc = figures_of(small, "group_areas", "sex", "–")["auc"]
    assert isinstance(auc, InsufficientEvidence)
    assert auc.reason.code == "group-too-small"
    assert auc.reason.parameters["needed"] == 200
    assert small.about["group_size"] == 200


def test_a_group_of_one_neither_stops_the_report_nor_disappears() -> None:
    data = invent(300)
    data.groups.loc[0, "place"] = "alone"
    audited = fairness(data, "again", ["place"])
    assert "NaN" not in to_json(audited)
    assert ("place", "alone") in rows_of(audited, "group_errors")
    auc = figures_of(audited, "group_areas", "place", "alone")["auc"]
    assert isinstance(auc, InsufficientEvidence)
    assert auc.n == 1


@pytest.mark.thorough
def test_items_that_are_unknown_more_often_for_some_are_found() -> None:
    data = invent(600, blanks=0.05)
    is_a = data.groups["place"] == "a"
    item = data.risk_items[0]
    random = np.random.default_rng(1)
    data.ratings.loc[is_a & (random.random(600) < 0.3), item] = np.nan
    with pytest.warns(UserWarning, match="rows-left-out"):
        audited = fairness(data, "again", ["place"])
    adjusted = {row.labels[1]: {each.name: each for each in row.figures}["p_adjusted"]
                for row in next(each for each in audited.sections if each.name == "item_blanks").rows}  # fmt: skip
    told = {name: figure.value for name, figure in adjusted.items() if isinstance(figure, Figure)}
    assert told[item] < 1e-6
    assert min(value for name, value in told.items() if name != item) > 0.01
    assert value(audited, "group_blanks", "any_item_blank", "place", "a") > value(
        audited, "group_blanks", "any_item_blank", "place", "b"
    )


def test_without_groups_there_is_nothing_to_compare() -> None:
    data = invent(100)
    for name in list(data.groups):
        del data.groups[name]
    with pytest.raises(InputError, match="no-groups"):
        fairness(data, "again")


def test_scores_and_groups_without_items_are_told_by_group_and_what_lacks_is_named() -> None:
    data = invent(300)
    bare = replace(
        data, ratings=data.ratings[[]], facts=data.facts[[]], scores=pd.DataFrame({"total": data.ratings.sum(axis=1)})
    )
    with pytest.warns(NoCutWarning):
        audited = fairness(bare, "again", ["sex"], score="total")
    assert "no-cut" in {warning.code for warning in audited.warnings}
    assert isinstance(figures_of(audited, "group_areas", "sex", "female")["auc"], Figure)
    blank = figures_of(audited, "group_blanks", "sex", "female")["score_blank"]
    assert isinstance(blank, Figure)
    assert blank.value == 0


def test_an_outcome_that_is_the_same_for_everybody_is_refused() -> None:
    data = invent(300)
    data.outcomes["again"] = 1.0
    with pytest.raises(ConstantOutcomeError):
        fairness(data, "again", ["sex"], cut=20)


def test_no_blank_at_all_leaves_an_interval_of_the_share_that_is_blank(report: Report) -> None:
    none = figures_of(report, "group_blanks", "sex", "female")["items_blank"]
    assert isinstance(none, Figure)
    assert (none.value, none.low) == (0, 0)
    assert 0 < (none.high or 0) < 0.02


def test_groups_that_are_both_parted_without_exception_differ_within_an_interval() -> None:
    data = invent(300)
    data.scores["oracle"] = data.outcomes["again"]
    gap = figures_of(fairness(data, "again", ["place"], score="oracle"), "group_areas", "place", "a")["auc_difference"]
    assert isinstance(gap, Figure)
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < gap.value == 0 < gap.high


def test_overrides_are_counted_by_direction_and_reason() -> None:
    data = invent(6)
    data.groups["suggested"] = ["no", "no", "yes", "yes", "no", None]
    data.groups["decided"] = ["no", "yes", "yes", "no", "yes", "yes"]
    data.groups["why"] = [None, "new facts", None, "own wish", None, None]
    judgement = judgement_from_columns(data, "suggested", "decided", ["no", "yes"])
    assert judgement.moved.tolist() == [0, 1, 0, -1, 1]
    with pytest.warns(UserWarning, match="rows-left-out"):
        audited = overrides(data, "again", judgement=judgement, reason="why")
    rates = {label: value(audited, "override_rates", "rows", label) for label in ("any", "raised", "lowered", "kept")}
    assert rates == {"any": 3, "raised": 2, "lowered": 1, "kept": 2}
    reasons = {label: value(audited, "override_reasons", "rows", label) for label in ("new facts", "own wish", "–")}
    assert reasons == {"new facts": 1, "own wish": 1, "–": 1}


def test_the_bands_of_the_total_hold_as_many_people_a_level_as_the_summary_rating(data: Dataset) -> None:
    judgement = judgement_of(data)
    suggested, decided = (np.bincount(each, minlength=3) for each in (judgement.suggested, judgement.decided))
    assert np.abs(np.cumsum(suggested) - np.cumsum(decided)).max() <= 15
    assert len(judgement.bands) == 2


def test_a_judgement_with_information_of_its_own_is_valid_beyond_the_suggestion() -> None:
    data = invent(900)
    happened = data.outcomes["again"].to_numpy()
    random = np.random.default_rng(2)
    data.groups["suggested"] = random.choice(["low", "moderate", "high"], 900)
    data.groups["decided"] = np.where(happened == 1, "high", data.groups["suggested"])
    judgement = judgement_from_columns(data, "suggested", "decided", ["low", "moderate", "high"])
    figures = figures_of(overrides(data, "again", judgement=judgement), "override_validity", "suggested")
    gain = figures["auc_difference"]
    assert isinstance(gain, Figure)
    assert gain.low is not None
    assert gain.low > 0.2


@pytest.mark.parametrize(
    ("bands", "code"), [((10.0,), "bad-bands"), ((20.0, 10.0), "bad-bands")], ids=["too few", "falling"]
)
def test_bands_must_be_one_fewer_than_the_levels_and_rise(bands: tuple[float, ...], code: str, data: Dataset) -> None:
    with pytest.raises(InputError, match=code):
        judgement_of(data, bands)


def test_a_level_that_is_not_in_the_order_is_told() -> None:
    data = invent(10)
    data.groups["decided"] = pd.Series(["yes"] * 9 + ["perhaps"])
    with pytest.raises(InputError, match="level-not-in-order"):
        judgement_from_columns(data, "decided", "decided", ["no", "yes"])
