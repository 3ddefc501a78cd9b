"""The graded response model gives what mirt gives, says how sure it is, and tells items that work differently."""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from instruments.research.faults import (
    AllMissingItemWarning,
    NotConvergedError,
    NotConvergedWarning,
    OffScaleError,
    OneLevelWarning,
    SingleRaterError,
    TooFewItemsError,
    TooFewRowsError,
    UnknownColumnError,
    UnratedWarning,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.item_response.graded_response import Parameters, Patterns, fit, posterior
from instruments.research.item_response.item_functioning import differential_functioning, functioning_of
from instruments.research.item_response.report import irt
from instruments.research.item_response.transformer import GradedResponse, standard_errors
from tests.instruments.research.data import YOUTH, read, reference, write_rows

ITEMS = [item.id for item in YOUTH.risk_items[:6]]
SLOPES = np.array([0.8, 1.2, 1.6, 2.0, 1.4, 1.0])
LOCATIONS = np.array([[-1.0, 0.5], [-0.5, 1.0], [0.0, 1.5], [-0.8, 0.8], [0.3, 1.2], [-0.2, 2.0]])


@cache
def drawn(n: int = 2000, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Ratings by the model with known parameters, and everybody's trait."""
    random = np.random.default_rng(seed)
    trait = random.normal(size=n)
    return rated(trait, LOCATIONS, random), trait


def rated(trait: np.ndarray, locations: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    higher = expit(SLOPES[:, None] * (trait[:, None, None] - locations.T[None])[:, :, :, None].swapaxes(1, 2)[..., 0])
    codes = (random.random((len(trait), len(SLOPES), 1)) < higher).sum(axis=2)
    return pd.DataFrame(codes.astype(float), columns=ITEMS)


# --- the figures of mirt ---------------------------------------------------------------------------------------------


def test_log_likelihood_and_parameters_are_those_of_mirt() -> None:
    model = GradedResponse().fit(reference("items_1000.csv"))
    assert model.log_likelihood_ == pytest.approx(-20933.3966793, abs=0.01)
    assert model.discriminations_[:3] == pytest.approx([0.605252, 0.687207, 0.759859], abs=0.05)
    assert model.locations_[0] == pytest.approx([-1.636238, -0.831693], abs=0.05)
    assert model.locations_[1] == pytest.approx([-1.506457, -0.645199], abs=0.05)


def test_known_parameters_are_found_again_within_their_standard_errors() -> None:
    ratings, _ = drawn()
    model = GradedResponse().fit(ratings)
    assert model.errors_ is not None
    for place in range(len(ITEMS)):
        of_slope, of_locations = standard_errors(model.errors_, model.parameters_, place)
        assert abs(model.discriminations_[place] - SLOPES[place]) < 4 * of_slope
        assert (np.abs(model.locations_[place] - LOCATIONS[place]) < 4 * of_locations).all()
        assert 0.02 < of_slope < 0.2


def test_the_information_is_the_curvature_of_the_log_likelihood() -> None:
    model = GradedResponse(settled=1e-7).fit(drawn()[0])
    patterns = model._patterns(drawn()[0].to_numpy())
    fitted = model.parameters_
    assert model.errors_ is not None

    def likelihood(moved: np.ndarray) -> float:
        slopes = fitted.slopes.copy()
        slopes[2] += moved[0]
        intercepts = tuple(each + moved[1:] * (place == 2) for place, each in enumerate(fitted.intercepts))
        return posterior(patterns, Parameters(slopes, intercepts))[1]

    step = 2e-3 * np.eye(3)
    curvature = [
        [(likelihood(a + b) - likelihood(a - b) - likelihood(b - a) + likelihood(-a - b)) / (4 * 2e-3**2) for b in step]
        for a in step
    ]
    information = np.linalg.inv(model.errors_.covariance)[6:9, 6:9]
    np.testing.assert_allclose(-np.array(curvature), information, rtol=2e-3, atol=0.5)


def test_a_pass_of_the_estimation_never_lowers_the_log_likelihood() -> None:
    patterns = Patterns.of(drawn()[0].to_numpy(), [3] * 6)
    reached = [fit(patterns, most_rounds=rounds).log_likelihood for rounds in (4, 8, 16, 200)]
    assert reached == sorted(reached)


# --- persons and items -----------------------------------------------------------------------------------------------


def test_the_trait_of_a_person_is_estimated_also_where_ratings_are_blank() -> None:
    ratings, trait = drawn()
    model = GradedResponse().fit(ratings)
    whole = model.person_scores(ratings)
    assert np.corrcoef(whole[:, 0], trait)[0, 1] > 0.8
    blank = ratings.mask(np.random.default_rng(2).random(ratings.shape) < 0.4)
    blank.iloc[:, 0] = ratings.iloc[:, 0]
    lacking = model.person_scores(blank)
    assert (lacking[:, 1] >= whole[:, 1] - 0.1).all()
    assert lacking[:, 1].mean() > whole[:, 1].mean(), "less is known"


def test_blanks_at_random_leave_the_parameters_where_they_were() -> None:
    ratings, _ = drawn(6000)
    blank = ratings.mask(np.random.default_rng(3).random(ratings.shape) < 0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnratedWarning)
        assert GradedResponse().fit(blank).discriminations_ == pytest.approx(SLOPES, abs=0.25)


def test_an_item_tells_most_where_it_parts_people() -> None:
    table = GradedResponse().fit(drawn()[0]).information(np.linspace(-3, 3, 61))
    assert table["test"].to_numpy() == pytest.approx(table[ITEMS].sum(axis=1).to_numpy())
    best = table[ITEMS[3]].idxmax()
    assert -1.2 < float(best) < 1.2  # type: ignore[arg-type]
    assert table[ITEMS[3]].max() > table[ITEMS[0]].max()


def test_items_that_part_nobody_and_people_without_ratings_are_named() -> None:
    ratings = drawn()[0].assign(blank=np.nan, alike=1.0)
    ratings.loc[0, ITEMS] = np.nan
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = GradedResponse().fit(ratings)
    assert [type(each.message) for each in caught] == [AllMissingItemWarning, OneLevelWarning, UnratedWarning]
    assert model.items_ == ITEMS
    with pytest.warns(UnratedWarning):
        assert np.isnan(model.transform(ratings)[0, 0])
    with pytest.raises(OffScaleError):
        model.transform(ratings.iloc[1:].replace(2.0, 3.0))
    with pytest.warns(OneLevelWarning), pytest.raises(TooFewItemsError):
        GradedResponse().fit(ratings[["alike", ITEMS[0]]].iloc[1:])


def test_an_estimation_that_does_not_settle_says_so() -> None:
    with pytest.warns(NotConvergedWarning):
        model = GradedResponse(most_rounds=3).fit(drawn()[0])
    assert not model.converged_
    assert model.errors_ is None


@pytest.mark.thorough
def test_the_model_keeps_the_contract_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        warnings.simplefilter("ignore", OneLevelWarning)
        # the interface is checked, on columns without a trait behind them, which would take hundreds of rounds
        results = check_estimator(GradedResponse(most_rounds=20), on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}
    ratings, trait = drawn()
    pipeline = make_pipeline(GradedResponse(), LogisticRegression()).fit(ratings, trait > 0)
    assert pipeline.score(ratings, trait > 0) > 0.75
    assert list(pipeline[:-1].get_feature_names_out()) == ["trait"]


# --- groups ----------------------------------------------------------------------------------------------------------


def test_an_item_that_works_differently_in_a_group_is_told_apart_from_a_group_that_differs() -> None:
    random = np.random.default_rng(17)
    inside = np.arange(1600) < 600
    trait = random.normal(size=1600) + 0.6 * inside
    ratings = rated(trait, LOCATIONS, random)
    harsher = LOCATIONS.copy()
    harsher[1] -= 0.9
    ratings[inside] = rated(trait[inside], harsher, random).to_numpy()
    items = {each.item: each for each in differential_functioning(ratings, inside)}
    assert [name for name, each in items.items() if each.is_flagged] == [ITEMS[1]]
    flagged = items[ITEMS[1]]
    assert flagged.low is not None
    assert flagged.high is not None
    assert 0 < flagged.low < flagged.difference < flagged.high < 0.8
    assert flagged.freedom == 3
    assert differential_functioning(ratings, inside, n_jobs=2) == tuple(items.values())


@pytest.mark.thorough
def test_an_item_whose_curves_cross_is_flagged_though_its_signed_difference_is_small() -> None:
    flagged = []
    for seed in range(6):
        random = np.random.default_rng(seed)
        inside = np.arange(800) < 400
        trait = random.normal(size=800)
        ratings = rated(trait, LOCATIONS, random)
        for group, slope in ((inside, 2.5), (~inside, 0.5)):
            higher = expit(slope * (trait[group, None] - np.array([-0.6, 0.6])))
            ratings.loc[group, ITEMS[1]] = (random.random((400, 2))[:, :1] < higher).sum(axis=1).astype(float)
        items = {each.item: each for each in differential_functioning(ratings, inside)}
        crossing = items[ITEMS[1]]
        assert crossing.adjusted_p < 1e-4
        assert abs(crossing.difference) < 0.1
        assert crossing.distance >= abs(crossing.difference)
        flagged.append(crossing.is_flagged)
    assert all(flagged)


def test_an_item_that_was_chosen_beforehand_is_compared_as_among_all() -> None:
    ratings = drawn()[0].iloc[:500]
    inside = np.arange(500) % 2 == 0
    alone = functioning_of(ratings, inside, ITEMS[2])
    among = next(each for each in differential_functioning(ratings, inside) if each.item == ITEMS[2])
    assert (alone.p, alone.distance) == (among.p, among.distance)
    assert alone.adjusted_p == alone.p


def test_where_items_work_alike_few_are_below_the_threshold() -> None:
    ratings, _ = drawn()
    inside = np.random.default_rng(4).random(len(ratings)) < 0.5
    items = differential_functioning(ratings, inside)
    assert not any(each.is_flagged for each in items)
    assert np.median([each.p for each in items]) > 0.1


def test_small_groups_are_refused() -> None:
    ratings, _ = drawn()
    with pytest.raises(TooFewRowsError):
        differential_functioning(ratings, np.arange(len(ratings)) < 99)


# --- the report ------------------------------------------------------------------------------------------------------


def file_of(folder: Path, ratings: pd.DataFrame, groups: np.ndarray, raters: np.ndarray | None = None) -> Path:
    columns = ("k", "g", *(["r"] if raters is not None else []), *ITEMS)
    names = [[] if raters is None else [rater] for rater in (raters if raters is not None else groups)]
    whole = ratings.astype(int).to_numpy().tolist()
    people = zip(range(len(whole)), groups, names, whole, strict=True)
    rows = [(key, group, *name, *codes) for key, group, name, codes in people]
    return write_rows(folder, rows, columns)


def mapping(more: str = "") -> str:
    items = "".join(f"  {name}: {name}\n" for name in ITEMS)
    codes = "codes: {risk: {0: low, 1: moderate, 2: high}}\n"
    return f"instrument: youth_spj\nkey: k\n{codes}groups: {{half: g}}\n{more}items:\n{items}"


def test_the_report_has_every_item_its_information_and_the_comparison_of_groups(tmp_path: Path) -> None:
    ratings = drawn()[0].iloc[:600]
    halves = np.where(np.arange(600) < 50, "c", np.where(np.arange(600) % 2, "a", "b"))
    report = irt(read(file_of(tmp_path, ratings, halves), mapping()), ["half"], persons=True)
    sections = {section.name: section for section in report.sections}
    assert [row.labels[0] for row in sections["irt_items"].rows] == ITEMS
    names = [each.name for each in sections["irt_items"].rows[0].figures]
    assert names == ["discrimination", "location_1", "location_2", "information_at_mean"]
    seen = {each.n for name in ("irt_items", "irt_information") for row in sections[name].rows for each in row.figures}
    assert seen == {600}
    compared = {row.labels[1] for row in sections["item_functioning"].rows}
    assert compared == {"a", "b", "c"}
    (small,) = [row for row in sections["item_functioning"].rows if row.labels[1] == "c"]
    assert all(isinstance(each, InsufficientEvidence) for each in small.figures)
    people = report.details["persons"]
    assert isinstance(people, list)
    assert len(people) == 600
    assert set(people[0]) == {"key", "risk"}


def test_raters_are_compared_like_groups_and_unknown_ones_refused(tmp_path: Path) -> None:
    ratings = drawn()[0].iloc[:400]
    raters = np.where(np.arange(400) % 2, "anna", "bo")
    data = read(file_of(tmp_path, ratings, raters, raters), mapping("rater: r\n"))
    rows = {section.name: section for section in irt(data, by_rater=True).sections}["item_functioning"].rows
    assert {row.labels[:2] for row in rows} in ({("rater", "anna")}, {("rater", "bo")}), (
        "the other way round is the same"
    )
    assert all(isinstance(each, Figure) for row in rows for each in row.figures)
    alone = read(file_of(tmp_path, ratings, raters), mapping())
    with pytest.raises(SingleRaterError):
        irt(alone, by_rater=True)
    with pytest.raises(UnknownColumnError):
        irt(alone, ["postcode"])


def test_a_model_that_does_not_settle_gives_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instruments.research.item_response.transformer.MOST_ROUNDS", 3)
    monkeypatch.setattr(GradedResponse.__init__, "__kwdefaults__", {"most_rounds": 3, "settled": 1e-4})
    data = read(file_of(tmp_path, drawn()[0], np.full(2000, "a")), mapping())
    with pytest.warns(NotConvergedWarning), pytest.raises(NotConvergedError):
        irt(data)


def test_a_set_that_is_too_small_for_a_trait_is_told_and_without_any_there_is_no_report(tmp_path: Path) -> None:
    data = read(file_of(tmp_path, drawn()[0].iloc[:300], np.full(300, "a")), mapping())
    rows = {row.labels[0]: row.figures for row in irt(data).sections[0].rows}
    assert {type(each) for each in rows["risk"]} == {Figure}
    lacking = rows["protective"][0]
    assert isinstance(lacking, InsufficientEvidence)
    assert lacking.reason.parameters == {"items": 0, "needed": 4}
    few = "".join(f"  {name}: {name}\n" for name in ITEMS[:3])
    codes = "codes: {risk: {0: low, 1: moderate, 2: high}}\n"
    table = file_of(tmp_path, drawn()[0].iloc[:300], np.full(300, "a"))
    for items in (f"items:\n{few}", "scores: {total: k}\n"):
        with pytest.raises(TooFewItemsError):
            irt(read(table, f"instrument: youth_spj\nkey: k\n{codes}{items}"))
