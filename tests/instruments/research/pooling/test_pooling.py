"""Four municipalities whose rows never meet have the figures of their joined rows."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa

from instruments.faults import InputError
from instruments.research.calibration.measures import calibration
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.scores import find_score
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.cuts import SHARES, shares_at_cuts
from instruments.research.estimation.roc import area, count_scores
from instruments.research.figures.builders import area_figure
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report
from instruments.research.pooling.forest import forest_plots
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.pooled import pool
from instruments.research.pooling.sums import Sums, read_sums
from instruments.research.reliability.agreement import agreement
from instruments.research.reliability.consistency import Covariances, cronbach_alpha
from instruments.research.reliability.intraclass import FORMS, intraclass_correlations
from instruments.research.reliability.report import by_rater
from tests.instruments.research.data import YOUTH
from tests.instruments.research.pooling.municipalities import (
    ITEMS,
    KEYS,
    PLACES,
    PLAN,
    TRUSTED,
    files,
    joined,
    municipalities,
    rated,
    sent,
)


def pooled(given: Sequence[Sums]) -> Report:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pool(given, TRUSTED)


def told(report: Report, section: str, *labels: str) -> dict[str, Outcome]:
    row = next(row for row in report.section(section).rows if row.labels[: len(labels)] == labels)
    return {each.name: each for each in row.figures}


def assert_same(ours: Outcome, theirs: Outcome) -> None:
    assert isinstance(ours, Figure)
    assert isinstance(theirs, Figure)
    assert ours.value == pytest.approx(theirs.value, abs=1e-9)
    assert (ours.low is None) == (theirs.low is None)
    if theirs.low is not None:
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (ours.n, ours.method) == (theirs.n, theirs.method)


@pytest.fixture(scope="module")
def report() -> Report:
    return pooled(files())


@pytest.fixture(scope="module")
def rows() -> Dataset:
    return joined(*municipalities().values())


def outcome_and_level(rows: Dataset) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    first = first_ratings(rows)
    level = np.searchsorted(PLAN.levels, find_score(first, "risk_total"), side="right") - 1
    return first.outcomes["again"].to_numpy(), level, first.groups


def test_areas_and_their_intervals_are_those_of_the_joined_rows(report: Report, rows: Dataset) -> None:
    outcome, level, groups = outcome_and_level(rows)
    assert_same(told(report, "pooled")["auc"], area_figure(area(count_scores(outcome, level))))
    for value, here in (("female", groups["sex"] == "female"), ("…", groups["sex"] != "female")):
        own = area_figure(area(count_scores(outcome[here], level[here])))
        assert_same(told(report, "pooled_groups", "sex", value)["auc"], own)


def test_calibration_and_brier_are_those_of_the_joined_rows(report: Report, rows: Dataset) -> None:
    outcome, level, _ = outcome_and_level(rows)
    judged, ours = calibration(outcome, np.array(PLAN.probabilities)[level]), told(report, "pooled")
    for name in ("in_the_large", "slope", "intercept", "observed_to_expected", "brier"):
        figure, theirs = ours[name], getattr(judged, name)
        assert isinstance(figure, Figure)
        assert (figure.value, figure.low, figure.high) == pytest.approx(
            (theirs.value, theirs.low, theirs.high), abs=1e-9
        )


def test_errors_where_each_level_begins_are_those_of_the_joined_rows(report: Report, rows: Dataset) -> None:
    outcome, level, _ = outcome_and_level(rows)
    cuts = shares_at_cuts(count_scores(outcome, level))
    for place, start in enumerate(PLAN.levels[1:], 1):
        ours = told(report, "pooled_cuts", str(start))
        for name in SHARES:
            figure, theirs = ours[name], cuts.shares[name]
            assert isinstance(figure, Figure)
            ends = (theirs.value[place], theirs.low[place], theirs.high[place])
            assert (figure.value, figure.low, figure.high) == pytest.approx(ends, abs=1e-9)


def coarse(rows: Dataset, item: str, plan: PoolingPlan = PLAN) -> pd.DataFrame:
    table = by_rater(rows.ratings[item], rows)
    starts = plan.agreement[item]
    return table.map(lambda code: code if np.isnan(code) else float(np.searchsorted(starts, code, side="right") - 1))


@pytest.mark.parametrize("item", list(PLAN.agreement))
def test_agreement_of_two_raters_is_that_of_the_joined_rows(item: str, report: Report, rows: Dataset) -> None:
    ours = told(report, "agreement", item)
    for theirs in agreement(coarse(rows, item).dropna(), len(PLAN.agreement[item])):
        assert_same(ours[theirs.name], theirs)


@pytest.mark.parametrize("name", list(PLAN.consistency))
def test_alpha_is_that_of_the_joined_rows(name: str, report: Report, rows: Dataset) -> None:
    first = rows.ratings[~rows.persons.duplicated()][ITEMS].dropna()
    theirs = cronbach_alpha(Covariances.of(first[list(PLAN.consistency[name])]), method="feldt")
    assert_same(told(report, "consistency", name)["cronbach_alpha"], theirs)


def test_intraclass_correlations_are_those_of_the_joined_rows(report: Report, rows: Dataset) -> None:
    table = by_rater(find_score(rows, "risk_total"), rows).dropna()
    ours = told(report, "intraclass", "risk_total")
    for theirs in intraclass_correlations(table):
        assert_same(ours[theirs.name], theirs)


def other_raters(raters: tuple[str, ...], twice: float, named: bool) -> tuple[list[Sums], Dataset, PoolingPlan]:
    plan = PLAN.model_copy(
        update={"raters": raters if named else (), "agreement": {ITEMS[0]: (0, 1), ITEMS[1]: (0, 2)}, "groups": {}}
    )
    data = {place: rated(number + 40, 300, raters=raters, twice=twice) for number, place in enumerate(PLACES)}
    return [sent(each, place, plan) for place, each in data.items()], joined(*data.values()), plan


@pytest.mark.thorough
@pytest.mark.parametrize("named", [True, False])
def test_three_raters_are_told_as_on_the_joined_rows(named: bool) -> None:
    sums, rows, plan = other_raters(("a", "b", "c"), 1.0, named)
    pool_report = pooled(sums)
    for item in plan.agreement:
        table = coarse(rows, item, plan)
        ours = told(pool_report, "agreement", item)
        theirs = {each.name: each for each in agreement(table, 2)}
        counts = np.stack([(table == code).sum(axis=1) for code in (0, 1)], axis=1)
        for name, value in (
            ("percent_agreement", theirs["percent_agreement"]),
            ("krippendorff_alpha", theirs["krippendorff_alpha"]),
        ):
            assert isinstance(value, Figure)
            figure = ours[name]
            assert isinstance(figure, Figure)
            assert figure.value == pytest.approx(value.value, abs=1e-9)
            assert figure.note == "no_interval_from_sums"
        fleiss = ours["fleiss_kappa"]
        assert isinstance(fleiss, Figure)
        assert fleiss.value == pytest.approx(fleiss_kappa(counts), abs=1e-9)
    two_way = {each.name: each for each in intraclass_correlations(by_rater(find_score(rows, "risk_total"), rows))}
    for name in FORMS:
        figure = told(pool_report, "intraclass", "risk_total")[name]
        if named or name in ("icc_1", "icc_k"):
            assert isinstance(figure, Figure)
            assert figure.value == pytest.approx(two_way[name].value, abs=1e-9)  # type: ignore[union-attr]
            theirs_low = two_way[name].low  # type: ignore[union-attr]
            assert figure.low == pytest.approx(theirs_low, abs=1e-9)
        else:
            assert isinstance(figure, InsufficientEvidence)
            assert figure.reason.code == "not-pooled-two-way"


def test_raters_who_differ_in_number_have_what_sums_tell_and_a_reason_for_the_rest() -> None:
    data = {}
    for number, place in enumerate(PLACES):  # some are rated by two, some by three
        pairs, threes = rated(number + 60, 200, twice=1.0), rated(number + 80, 150, raters=("a", "b", "c"), twice=1.0)
        data[place] = joined(pairs, threes)
    plan = PLAN.model_copy(update={"raters": (), "groups": {}, "agreement": {ITEMS[0]: (0, 1)}})
    pool_report = pooled([sent(each, place, plan) for place, each in data.items()])
    rows = joined(*data.values())
    ours = told(pool_report, "agreement", ITEMS[0])
    theirs = {each.name: each for each in agreement(coarse(rows, ITEMS[0], plan), 2)}["krippendorff_alpha"]
    assert isinstance(theirs, Figure)
    assert ours["krippendorff_alpha"].value == pytest.approx(theirs.value, abs=1e-9)  # type: ignore[union-attr]
    assert ours["fleiss_kappa"].reason.code == "ratings-each-differ"  # type: ignore[union-attr]
    one_way = intraclass_correlations(by_rater(find_score(rows, "risk_total"), rows))[0]
    figure = told(pool_report, "intraclass", "risk_total")["icc_1"]
    assert isinstance(figure, Figure)
    assert isinstance(one_way, Figure)
    assert (figure.value, figure.low, figure.high) == pytest.approx(
        (one_way.value, one_way.low, one_way.high), abs=1e-9
    )
    assert told(pool_report, "intraclass", "risk_total")["icc_k"].reason.code == "ratings-each-differ"  # type: ignore[union-attr]


def test_two_unnamed_raters_each_keep_the_interval_of_krippendorffs_alpha() -> None:
    sums, rows, plan = other_raters(("a", "b"), 1.0, False)
    pool_report = pooled(sums)
    for item in plan.agreement:
        theirs = {each.name: each for each in agreement(coarse(rows, item, plan), 2)}["krippendorff_alpha"]
        assert_same(told(pool_report, "agreement", item)["krippendorff_alpha"], theirs)


def test_places_are_held_against_each_other(report: Report) -> None:
    areas = [row.figures[1] for row in report.section("by_place").rows]
    assert [row.labels[0] for row in report.section("by_place").rows] == list(PLACES)
    ours = told(report, "between_places", "auc")
    for name in ("fixed_effect", "random_effects", "prediction"):
        figure = ours[name]
        assert isinstance(figure, Figure)
        assert figure.low is not None
        assert figure.n == len(PLACES)
        assert min(each.value for each in areas) < figure.value < max(each.value for each in areas)  # type: ignore[union-attr]
    measures = [row.labels for row in report.section("between_places").rows]
    assert ("kappa_quadratic", ITEMS[0]) in measures
    assert ("cronbach_alpha", "half") in measures


def test_that_persons_are_taken_as_disjoint_is_said(report: Report) -> None:
    assert [fault.code for fault in report.warnings] == ["persons-taken-as-disjoint"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_forest_plot_shows_every_place_and_what_they_say_together(language: str, report: Report) -> None:
    plots = forest_plots(report, language)
    assert list(plots) == ["base_rate", "auc", "observed_to_expected", "slope"]
    for place in PLACES:
        assert place in plots["auc"]
    assert {"sv": "en annan plats som dessa", "en": "another place like these"}[language] in plots["auc"]
    assert 'role="img"' in plots["auc"]


def test_one_place_alone_has_its_figures_and_nothing_between_places() -> None:
    alone = pooled(files()[:1])
    assert "between_places" not in {section.name for section in alone.sections}
    assert forest_plots(alone, "sv") == {}


def test_a_part_that_a_place_leaves_out_is_told_of_the_others(rows: Dataset) -> None:
    data = municipalities()
    part = f"agreement.{ITEMS[0]}"
    given = [sent(data["Påhittby"], "Påhittby", left_out=[part, "groups.sex"]), *files()[1:]]
    pool_report = pooled(given)
    others = joined(*(each for place, each in data.items() if place != "Påhittby"))
    for theirs in agreement(coarse(others, ITEMS[0]).dropna(), 2):
        assert_same(told(pool_report, "agreement", ITEMS[0])[theirs.name], theirs)
    assert [fault.where for fault in pool_report.warnings] == ["", "groups.sex", part]
    outcome, level, _ = outcome_and_level(rows)
    assert_same(told(pool_report, "pooled")["auc"], area_figure(area(count_scores(outcome, level))))


def test_a_file_is_read_back_as_it_was_written(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "a.yaml"
    for each in files():
        path.write_text(each.to_yaml(), encoding="utf-8")
        assert read_sums(path) == each
        assert read_sums(path).is_as_signed


def test_a_plan_is_the_same_however_it_is_written() -> None:
    turned = PLAN.model_copy(update={"consistency": dict(reversed(list(PLAN.consistency.items())))})
    assert turned.sha256 == PLAN.sha256
    assert PLAN.model_copy(update={"levels": (0, 4, 9)}).sha256 != PLAN.sha256


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instrument": "youth_spj@0.9"}, "plan-other-instrument"),
        ({"levels": (3, 4, 8)}, "score-below-levels"),
        ({"groups": {"town": ("x",)}}, "unknown-research-column"),
        ({"agreement": {"unheard_of": (0, 1)}}, "unknown-research-column"),
        ({"raters": ("first", "third")}, "unknown-research-column"),
        ({"outcome": "unheard_of"}, "unknown-research-column"),
    ],
)
def test_data_that_the_plan_does_not_fit_are_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        sent(municipalities()["Påhittby"], plan=PLAN.model_copy(update=change))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_every_key_is_another() -> None:
    assert len(set(TRUSTED.values())) == len(KEYS)


def test_the_professionals_own_summary_rating_is_pooled_like_an_item() -> None:
    words = np.array(YOUTH.scales.risk)
    plan = PLAN.without(PLAN.part_names[1:]).model_copy(
        update={"agreement": {SUMMARY_RATING: (0, 1, 2)}, "outcome": None}
    )
    plan = plan.model_copy(update={"score": None, "levels": (), "probabilities": ()})
    judged = {
        place: replace(data, facts=pd.DataFrame({SUMMARY_RATING: words[data.ratings[ITEMS[0]].astype(int)]}))
        for place, data in municipalities().items()
    }
    pool_report = pooled([sent(data, place, plan) for place, data in judged.items()])
    tables = [by_rater(data.summary_rating, data).dropna() for data in judged.values()]  # type: ignore[arg-type]
    for theirs in agreement(pd.concat(tables), 3):
        assert_same(told(pool_report, "agreement", SUMMARY_RATING)[theirs.name], theirs)
