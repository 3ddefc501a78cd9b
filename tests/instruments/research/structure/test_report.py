"""What the report on the structure tells, of whom, and what it says where something cannot be told."""

import json
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from instruments.faults import InputError
from instruments.research import report_structure
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.reading import read_dataset
from instruments.research.estimation.resampling import Resampling
from instruments.research.faults import (
    EndlessCorrelationWarning,
    OneLevelWarning,
    SmoothedWarning,
    TooFewItemsError,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report
from instruments.research.structure.item_fit import ItemFit
from instruments.research.structure.item_rows import _item_fit
from instruments.research.structure.parallel import Kind
from tests.instruments.research.data import CATALONIA, REAL, YOUTH, needs_real
from tests.instruments.research.invented import invent

FEW = Resampling(100)


@cache
def whole() -> Report:
    return report_structure(invent(300), resampling=FEW)


def told(report: Report, name: str) -> dict[tuple[str, ...], dict[str, Outcome]]:
    """The figures of all sections of a name, by labels."""
    rows = (row for each in report.sections if each.name == name for row in each.rows)
    return {row.labels: {figure.name: figure for figure in row.figures} for row in rows}


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome, InsufficientEvidence)
    return outcome.reason.code


def on(dataset: Dataset, **columns: object) -> Dataset:
    return replace(dataset, ratings=dataset.ratings.assign(**columns))


def only(dataset: Dataset, items: list[str]) -> Dataset:
    return replace(dataset, ratings=dataset.ratings[items])


RISK = [item.id for item in YOUTH.items if item.kind == "risk"]


def test_ratings_of_one_trait_are_one_scale_with_one_factor() -> None:
    scales = told(whole(), "structure_scales")
    assert set(scales) == {("risk",), ("protective",)}
    for (name,), figures in scales.items():
        suggested, h, omega = (figures[each] for each in ("components_suggested", "scale_h", "omega_categorical"))
        assert isinstance(suggested, Figure)
        assert isinstance(h, Figure)
        assert isinstance(omega, Figure)
        assert suggested.value == 1
        assert 0.25 < h.low < h.value < h.high < 1  # type: ignore[operator]
        assert 0.6 < omega.low < omega.high < 1  # type: ignore[operator]
        assert h.n == omega.n == 300, name
    assert {labels[1] for labels in told(whole(), "structure_factors")} == {"1"}
    assert not told(whole(), "factor_correlations")


def test_every_item_has_its_figures_and_their_number_of_people() -> None:
    items, loadings = told(whole(), "structure_items"), told(whole(), "structure_loadings")
    assert set(items) == set(loadings)
    assert len(items) == len(YOUTH.items)
    for figures in items.values():
        assert list(figures) == [
            "item_h", "monotonicity_violations", "chi_square", "degrees", "adjusted_p"
        ]  # fmt: skip
        assert all(isinstance(each, Figure) and each.n == 300 for each in figures.values())


def test_two_factors_are_told_obliquely_and_upright_with_their_correlation() -> None:
    report = report_structure(invent(300), factors=2, resampling=FEW)
    loadings = told(report, "structure_loadings")["risk", RISK[0]]
    assert list(loadings) == [
        "loading_1", "loading_2", "orthogonal_loading_1", "orthogonal_loading_2", "communality"
    ]  # fmt: skip
    assert ("risk", "1", "2") in told(report, "factor_correlations")
    fits = told(report, "structure_factors")
    first, second = (fits["risk", number]["rmsr"] for number in "12")
    assert isinstance(first, Figure)
    assert isinstance(second, Figure)
    assert second.value < first.value


def test_more_factors_than_the_items_can_tell_apart_are_refused_for_that_set() -> None:
    report = report_structure(invent(300), factors=4, resampling=FEW)
    fits = told(report, "structure_factors")
    assert reason(fits["protective", "4"]["rmsr"]) == "too-many-factors"
    assert isinstance(fits["risk", "4"]["rmsr"], Figure)
    assert {labels[0] for labels in told(report, "structure_loadings")} == {"risk"}


@pytest.mark.thorough
def test_only_pairs_that_stand_out_are_told_unless_all_are_asked_for() -> None:
    dataset = invent(300)
    copied = dataset.ratings[RISK[0]].where(dataset.ratings.index % 3 > 0, dataset.ratings[RISK[1]])
    few = told(report_structure(on(dataset, **{RISK[1]: copied}), resampling=FEW), "structure_pairs")
    q3 = few["risk", RISK[0], RISK[1]]["q3"]
    assert isinstance(q3, Figure)
    assert q3.note == "dependent"
    assert len(few) < 12
    every = told(report_structure(dataset, pairs=True, resampling=FEW), "structure_pairs")
    protective = len(YOUTH.items) - len(RISK)
    assert len(every) == len(RISK) * (len(RISK) - 1) // 2 + protective * (protective - 1) // 2
    for figures in every.values():
        figure = figures["polychoric"]
        assert isinstance(figure, Figure)
        assert figure.low < figure.value < figure.high  # type: ignore[operator]


def test_blanks_leave_each_pair_those_who_were_rated_on_both_and_h_those_rated_on_all() -> None:
    dataset = invent(400, blanks=0.02)
    report = report_structure(dataset, pairs=True, resampling=FEW)
    risk = dataset.ratings[RISK]
    complete = len(risk.dropna())
    scales, pairs = told(report, "structure_scales")["risk",], told(report, "structure_pairs")
    assert [scales["complete_rows"].value, scales["scale_h"].n] == [complete, complete]  # type: ignore[union-attr]
    pair = pairs["risk", RISK[0], RISK[1]]
    assert pair["polychoric"].n == len(risk[RISK[:2]].dropna())
    assert pair["pair_h"].n == pair["q3"].n == complete


def test_so_many_blanks_that_nobody_is_rated_on_all_leave_what_rests_on_pairs() -> None:
    report = report_structure(invent(400, blanks=0.15), resampling=FEW)
    risk = told(report, "structure_scales")["risk",]
    assert reason(risk["scale_h"]) == reason(risk["mean_q3"]) == "too-few-rows"
    assert isinstance(risk["omega_categorical"], Figure)
    assert isinstance(risk["components_suggested"], Figure)
    assert reason(told(report, "structure_items")["risk", RISK[0]]["item_h"]) == "too-few-rows"


def test_an_item_that_is_alike_for_all_is_left_out_and_told() -> None:
    with pytest.warns(OneLevelWarning):
        report = report_structure(on(invent(300), **{RISK[0]: 1.0}), resampling=FEW)
    assert ("risk", RISK[0]) not in told(report, "structure_items")
    assert ("risk", RISK[1]) in told(report, "structure_items")


def test_a_level_that_one_person_has_is_no_obstacle() -> None:
    dataset = invent(300)
    rare = (dataset.ratings[RISK[0]] > 0).astype(float)
    rare.iloc[int(rare.to_numpy().argmax())] = 2.0
    report = report_structure(on(dataset, **{RISK[0]: rare}), resampling=FEW)
    assert isinstance(told(report, "structure_items")["risk", RISK[0]]["item_h"], Figure)


@pytest.mark.parametrize("kind", ["polychoric", "pearson"])
def test_two_items_that_nobody_differs_on_together_are_named(kind: Kind) -> None:
    dataset = invent(300)
    alone = pd.Series(0.0, dataset.ratings.index)
    alone.iloc[5] = 1.0
    other = dataset.ratings[RISK[1]].copy()
    other.iloc[5] = np.nan
    report = report_structure(
        on(dataset, **{RISK[0]: alone, RISK[1]: other}), correlations=kind, pairs=True, resampling=FEW
    )
    risk = told(report, "structure_scales")["risk",]
    assert reason(risk["components_suggested"]) == reason(risk["omega_categorical"]) == "alike-in-pair"
    assert isinstance(told(report, "structure_scales")["protective",]["omega_categorical"], Figure)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["polychoric", "pearson"])
def test_an_item_that_few_have_and_many_were_not_rated_on_gives_figures(kind: Kind) -> None:
    dataset = invent(300)
    seldom = pd.Series(np.arange(300) < 3, dataset.ratings.index).astype(float).where(np.arange(300) % 3 > 0)
    seldom.iloc[0] = 1.0
    other = dataset.ratings[RISK[1]].where(np.arange(300) % 5 > 0)
    report = report_structure(on(dataset, **{RISK[0]: seldom, RISK[1]: other}), correlations=kind, resampling=FEW)
    assert isinstance(told(report, "structure_scales")["risk",]["components_suggested"], Figure)


def test_two_items_have_what_two_can_have_and_the_reasons_for_the_rest() -> None:
    report = report_structure(only(invent(300), RISK[:2]), resampling=FEW, pairs=True)
    scale = told(report, "structure_scales")["risk",]
    assert isinstance(scale["scale_h"], Figure)
    assert isinstance(scale["omega_categorical"], Figure)
    assert reason(scale["mean_q3"]) == "too-few-items"
    assert reason(told(report, "structure_factors")["risk", "1"]["rmsr"]) == "too-many-factors"
    assert reason(told(report, "structure_items")["risk", RISK[0]]["adjusted_p"]) == "too-few-items"


def test_one_item_is_refused() -> None:
    with pytest.raises(TooFewItemsError):
        report_structure(only(invent(300), RISK[:1]), resampling=FEW)


def test_a_matrix_that_cannot_be_is_smoothed_and_said_to_be() -> None:
    """Each two of three items go together among others than the third."""
    random = np.random.default_rng(2)
    ratings = pd.DataFrame(index=range(600), columns=RISK[:3], dtype=float)
    ratings[RISK[3]] = random.integers(0, 3, 600)
    for place, (one, other, sign) in enumerate(((0, 1, 1), (1, 2, 1), (0, 2, -1))):
        trait = random.normal(size=200)
        for item, turn in ((one, 1), (other, sign)):
            codes = np.digitize(turn * trait + 0.2 * random.normal(size=200), [-0.4, 0.5])
            ratings.iloc[200 * place : 200 * place + 200, item] = codes
    dataset = invent(600)
    with pytest.warns(SmoothedWarning):
        report = report_structure(replace(dataset, ratings=ratings), resampling=FEW)
    scale = told(report, "structure_scales")["risk",]
    assert reason(scale["scale_h"]) == "too-few-rows"
    fit = told(report, "structure_factors")["risk", "1"]
    assert {reason(fit[name]) for name in ("rmsea", "tli", "chi_square")} == {"fit-of-smoothed"}
    assert isinstance(fit["rmsr"], Figure)
    assert isinstance(fit["degrees"], Figure)


def test_an_item_with_no_degrees_left_has_no_figures_of_its_fit() -> None:
    told_of = _item_fit(ItemFit("a", 3.0, -1, None, 60), None)
    assert [reason(each) for each in told_of] == ["no-degrees"] * 3


def test_a_correlation_without_end_is_told_with_both_items() -> None:
    dataset = invent(300)
    with pytest.warns(EndlessCorrelationWarning) as caught:
        report = report_structure(on(dataset, **{RISK[1]: dataset.ratings[RISK[0]]}), resampling=FEW)
    assert any(RISK[0] in str(each.message) and RISK[1] in str(each.message) for each in caught)
    pair = told(report, "structure_pairs")["risk", RISK[0], RISK[1]]["polychoric"]
    assert isinstance(pair, Figure)
    assert pair.note == "endless"
    assert reason(told(report, "structure_scales")["risk",]["omega_categorical"]) == "correlation-endless"


def test_items_of_many_levels_are_told_to_take_pearson_and_do_with_it() -> None:
    counts = pd.Series(np.random.default_rng(1).integers(0, 12, 300).astype(float))
    dataset = on(invent(300), **{RISK[0]: counts})
    scale = told(report_structure(dataset, resampling=FEW), "structure_scales")["risk",]
    assert reason(scale["components_suggested"]) == reason(scale["omega_categorical"]) == "too-many-levels"
    by_pearson = told(report_structure(dataset, correlations="pearson", resampling=FEW), "structure_scales")["risk",]
    assert isinstance(by_pearson["components_suggested"], Figure)


def test_without_draws_there_is_no_parallel_analysis_and_too_few_are_refused() -> None:
    report = report_structure(invent(300), resampling=Resampling(0))
    assert reason(told(report, "structure_scales")["risk",]["components_suggested"]) == "no-draws"
    assert not told(report, "structure_components")
    with pytest.raises(InputError):
        report_structure(invent(300), resampling=Resampling(10))


def test_the_report_is_json_and_holds_what_there_is_of_each_two_items() -> None:
    document = json.loads(json.dumps(whole().as_data(), allow_nan=False))
    matrices = document["details"]["matrices"]["risk"]
    assert matrices["items"] == RISK
    for name in ("polychoric", "standard_errors", "n", "pair_h", "pair_h_errors", "q3"):
        assert np.shape(matrices[name]) == (len(RISK), len(RISK))
    assert document["about"]["seed"] == 0
    assert document["details"]["limits"]["local_dependence"]["source"]


@pytest.mark.thorough
@needs_real
def test_the_real_ratings_have_four_dimensions_and_the_family_is_one_of_them() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dataset = read_dataset(REAL, CATALONIA, YOUTH)
        report = report_structure(dataset, resampling=FEW)
    suggested = told(report, "structure_scales")["risk",]["components_suggested"]
    assert isinstance(suggested, Figure)
    assert suggested.value == 4
    loadings = report.to_frame("structure_loadings")
    family = ["family_violence_exposure", "childhood_maltreatment", "caregiver_disruption", "parental_criminality"]
    oblique = loadings[loadings["item"].isin(family) & loadings["figure"].str.startswith("loading")]
    largest = oblique.loc[oblique.groupby("item")["value"].idxmax()]
    assert set(largest["figure"]) == {"loading_2"}
