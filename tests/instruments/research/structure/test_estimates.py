"""Correlations, factors, omega and item fit are those of lavaan, psych, semTools and mirt; H is that of its definition.

Versions and rows: ``reference/README.md``.
"""

import warnings
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import multivariate_normal

from instruments.research.estimation.resampling import Resampling
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.item_response.graded_response import POINTS, Parameters
from instruments.research.item_response.transformer import GradedResponse
from instruments.research.structure.factors import degrees_of, fit_of, minimum_residuals, rotated, smoothed
from instruments.research.structure.item_fit import item_fit, residual_correlations
from instruments.research.structure.item_rows import polychoric_figure
from instruments.research.structure.mokken import h_figure, monotonicity_violations, scalability
from instruments.research.structure.normal import below_given, both_below
from instruments.research.structure.omega import categorical_omega, one_factor_loadings
from instruments.research.structure.parallel import correlation_matrix, parallel_analysis
from instruments.research.structure.polychoric import Polychoric, polychoric
from tests.instruments.research.data import reference
from tests.thoroughness import examples


@cache
def rows(name: str) -> pd.DataFrame:
    """``items``: 24 of three levels; ``pairwise``: ten of two to five levels with blanks; ``complete`` without them."""
    if name.startswith("items"):
        return reference("items_1000.csv").iloc[:, : 8 if name == "items8" else 24].astype(float)
    table = reference("structure_400.csv").astype(float)
    return table.dropna() if name == "complete" else table


@cache
def correlated(name: str) -> Polychoric:
    return polychoric(rows(name))


# --- polychoric correlations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["items8", "complete", "pairwise"])
def test_polychoric_correlations_and_their_standard_errors_are_those_of_lavaan(name: str) -> None:
    """lavaan divides by one person less."""
    known = reference("structure_polychoric.csv").query("rows == @name")
    correlations = correlated(name)
    places = [[correlations.names.index(each) for each in known[side]] for side in ("one", "other")]
    people = len(rows(name))
    assert len(known) == len(correlations.names) * (len(correlations.names) - 1) // 2
    np.testing.assert_allclose(correlations.matrix[*places], known["estimate"], atol=1e-6)
    np.testing.assert_allclose(correlations.errors[*places] * (people / (people - 1)) ** 0.5, known["error"], rtol=1e-5)


def test_each_correlation_has_the_number_of_people_who_were_rated_on_both() -> None:
    table, correlations = rows("pairwise"), correlated("pairwise")
    assert correlations.n[0, 1] == table[["q1", "q2"]].dropna().shape[0]
    assert correlations.fewest == min(
        table[[one, other]].dropna().shape[0] for one, other in product(table, table) if one != other
    )


def test_what_each_person_adds_sums_to_nothing_and_its_squares_to_the_error() -> None:
    correlations = correlated("pairwise")
    moved = correlations.influence()
    one, other = correlations.levels.pairs
    np.testing.assert_allclose(moved.sum(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(np.sqrt((moved**2).sum(axis=0)), correlations.errors[one, other])


def test_a_correlation_of_two_levels_with_an_empty_cell_is_that_of_half_a_person_in_it() -> None:
    table = pd.DataFrame({"a": [0] * 20 + [1] * 20, "b": [0] * 20 + [0] * 8 + [1] * 12})
    correlations = polychoric(table)
    counts = np.array([[19.5, 0.5], [8.5, 11.5]])
    edges = np.array([0.0, 0.0]), correlations.levels.cuts[:, 0]
    both = float(both_below(edges[1][0], edges[1][1], correlations.matrix[0, 1]))
    assert both == pytest.approx(counts[0, 0] / counts.sum(), abs=1e-7)
    assert not correlations.endless


def test_a_correlation_without_end_is_told_and_has_no_interval() -> None:
    levels = np.repeat([0.0, 1.0, 2.0], 30)
    correlations = polychoric(pd.DataFrame({"a": levels, "b": levels}))
    assert correlations.endless == (("a", "b"),)
    figure = polychoric_figure(correlations, 0, 1)
    assert (figure.low, figure.note) == (None, "endless")
    omega = categorical_omega(correlations)
    assert isinstance(omega, InsufficientEvidence)
    assert omega.reason.code == "correlation-endless"


def crossed(counts: list[list[int]]) -> pd.DataFrame:
    """Ratings of two items with so many people at each two levels."""
    cells = [(a, b) for a, row in enumerate(counts) for b, people in enumerate(row) for _ in range(people)]
    return pd.DataFrame(cells, columns=["a", "b"], dtype=float)


def test_a_correlation_that_the_ratings_do_not_tell_from_one_is_without_end() -> None:
    """One person has a level of either item that nobody else has: beyond 0.997 no correlation is likelier."""
    correlations = polychoric(crossed([[29, 61, 18, 17, 4], [0, 0, 0, 0, 1]]))
    assert correlations.endless == (("a", "b"),)
    assert polychoric_figure(correlations, 0, 1).note == "endless"


@pytest.mark.parametrize("counts", [[[0, 53], [47, 0]], [[53, 0], [0, 47]]])
def test_two_levels_of_which_one_follows_from_the_other_have_no_end(counts: list[list[int]]) -> None:
    table = crossed(counts)
    correlations = polychoric(table)
    assert correlations.endless == (("a", "b"),)
    assert abs(correlations.matrix[0, 1]) == pytest.approx(0.9999)
    omega = categorical_omega(correlations)
    assert isinstance(omega, InsufficientEvidence)
    assert omega.reason.code == ("sum-constant" if table.sum(axis=1).nunique() == 1 else "correlation-endless")


def test_items_that_hardly_anybody_differs_on_have_no_interval() -> None:
    """Three persons and four are outside the commonest level of either item."""
    few = crossed([[0, 2, 1], [1, 120, 2], [0, 3, 1]])
    figure = polychoric_figure(polychoric(few), 0, 1)
    assert (figure.low, figure.note) == (None, "few_outside")
    one_level = crossed([[300, 200], [1, 2], [40, 60]])
    assert polychoric_figure(polychoric(one_level), 0, 1).low is not None, "a seldom level among others is no harm"
    alone = scalability(crossed([[60, 60, 40], [0, 0, 1]]).assign(c=np.arange(161) % 3))
    assert alone.outside.tolist() == [1, 101, 107]
    told = h_figure("item_h", alone.items[0], alone.item_errors[0], alone.n, outside=alone.outside[0])
    assert (told.low, told.note) == (None, "few_outside")
    assert h_figure("item_h", alone.items[1], alone.item_errors[1], alone.n, outside=alone.outside[1]).low is not None


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-0.95, 0.95))
@settings(max_examples=examples(60), deadline=None)
def test_the_chance_of_two_normal_variables_is_that_of_scipy(first: float, second: float, correlation: float) -> None:
    known = multivariate_normal.cdf([first, second], cov=[[1, correlation], [correlation, 1]])
    values = np.array(first), np.array(second), np.array(correlation)
    assert float(both_below(*values)) == pytest.approx(float(known), abs=1e-6)
    assert 0 <= float(below_given(values[1], values[0], values[2])) <= 1


@given(st.integers(0, 10**6))
@settings(max_examples=examples(20), deadline=None)
def test_turning_an_item_round_turns_its_correlations_round(seed: int) -> None:
    table = rows("complete").sample(120, random_state=seed)
    if (table.nunique() < 2).any():
        return
    turned = polychoric(table.assign(q1=-table["q1"])).matrix
    np.testing.assert_allclose(turned[0, 1:], -polychoric(table).matrix[0, 1:], atol=1e-6)


# --- components and factors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["items", "complete"])
@pytest.mark.parametrize("solution", ["none_1", "oblimin_2", "varimax_2"])
def test_loadings_are_those_of_psych(name: str, solution: str) -> None:
    known = reference("structure_loadings.csv").query("rows == @name and solution == @solution")
    rotation, number = solution.split("_")
    factors = minimum_residuals(correlated(name).matrix, int(number))
    loadings = factors.loadings if rotation == "none" else rotated(factors, rotation).loadings  # type: ignore[arg-type]
    np.testing.assert_allclose(loadings, known[["first", "second"][: int(number)]], atol=2e-4)
    assert factors.settled


def test_a_rotation_that_did_not_come_to_rest_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    factors = minimum_residuals(correlated("complete").matrix, 2)
    assert rotated(factors, "oblimin").settled
    assert rotated(factors, "varimax").settled
    monkeypatch.setattr("instruments.research.structure.factors.MOST_ROUNDS", 1)
    assert not rotated(factors, "oblimin").settled
    assert not rotated(factors, "varimax").settled


def test_factors_correlate_as_in_psych() -> None:
    for name, known in (("items", 0.18300434924), ("complete", 0.364344176316)):
        turned = rotated(minimum_residuals(correlated(name).matrix, 2), "oblimin")
        assert turned.correlations[0, 1] == pytest.approx(known, abs=2e-4)


@pytest.mark.parametrize(
    ("name", "number", "rmsr", "rmsea", "tli", "degrees", "chi_square"),
    [
        ("items", 1, 0.0281764788534, 0.0392128114157, 0.959144251669, 252, 639.738686191),
        ("items", 2, 0.0248926312139, 0.0370563824484, 0.963486155413, 229, 543.686414187),
        ("complete", 1, 0.129932069784, 0.192369273665, 0.556277374187, 35, 374.478546035),
        ("complete", 2, 0.0462266993408, 0.119061591667, 0.829453311212, 26, 122.664230559),
    ],
)
def test_fit_is_that_of_psych(
    name: str, number: int, rmsr: float, rmsea: float, tli: float, degrees: int, chi_square: float
) -> None:
    matrix = correlated(name).matrix
    fit = fit_of(matrix, minimum_residuals(matrix, number), len(rows(name)))
    assert fit.degrees == degrees
    assert (fit.rmsr, fit.rmsea, fit.tli) == pytest.approx((rmsr, rmsea, tli), abs=5e-5)
    assert fit.chi_square == pytest.approx(chi_square, rel=3e-4)


def test_factors_of_pearson_correlations_fit_as_in_psych() -> None:
    matrix = correlation_matrix(rows("items").to_numpy(), "pearson")
    fit = fit_of(matrix, minimum_residuals(matrix, 2), 1000)
    assert (fit.rmsr, fit.rmsea, fit.tli) == pytest.approx((0.0193108555, 0.0039378900, 0.9993181602), abs=1e-5)


def test_eigenvalues_are_those_of_psych_and_chance_explains_less_than_what_is_common() -> None:
    analysis = parallel_analysis(rows("complete"), "polychoric", Resampling(100))
    assert analysis.eigenvalues[:3] == pytest.approx([4.03159, 1.75176, 0.89539], abs=2e-4)
    assert analysis.suggested == 2, "as psych finds in the same rows"
    alone = rows("complete").apply(lambda column: column.sample(frac=1, random_state=int(column.name[1:])).to_numpy())
    assert parallel_analysis(alone, "pearson", Resampling(100)).suggested == 0


@pytest.mark.thorough
def test_dealing_is_the_same_for_any_number_of_processes() -> None:
    alone, together = (
        parallel_analysis(rows("pairwise"), "pearson", Resampling(300, seed=4, n_jobs=jobs)) for jobs in (1, 2)
    )
    assert alone.by_chance.tolist() == together.by_chance.tolist()


def test_a_matrix_that_is_possible_is_not_smoothed_and_one_that_is_not_becomes_so() -> None:
    impossible = np.array([[1, 0.9, 0.1], [0.9, 1, 0.9], [0.1, 0.9, 1]])
    near, was_smoothed = smoothed(impossible)
    assert was_smoothed
    assert near[0, 1:] == pytest.approx([0.756936408158, 0.145905452188], abs=1e-9), "cor.smooth of psych"
    assert np.linalg.eigvalsh(near)[0] > 0
    matrix = correlated("items").matrix
    assert smoothed(matrix) == (matrix, False)


def test_an_item_that_a_factor_explains_wholly_is_told() -> None:
    loadings = np.array([0.99, 0.5, 0.5, 0.5])
    matrix = np.outer(loadings, loadings)
    matrix[0, 1] = matrix[1, 0] = 0.7
    np.fill_diagonal(matrix, 1)
    factors = minimum_residuals(smoothed(matrix)[0], 1)
    assert factors.improper == (0,)


def test_one_factor_for_three_items_leaves_no_degrees_and_no_rmsea() -> None:
    matrix = correlated("items").matrix[:3, :3]
    fit = fit_of(matrix, minimum_residuals(matrix, 1), 1000)
    assert (fit.degrees, fit.rmsea, fit.tli) == (0, None, None)
    assert degrees_of(10, 7) < 0 <= degrees_of(10, 6)


# --- omega -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "known"), [("items", 0.9055130829), ("complete", 0.7489015061)])
def test_categorical_omega_is_that_of_semtools(name: str, known: float) -> None:
    omega = categorical_omega(correlated(name))
    assert isinstance(omega, Figure)
    assert omega.value == pytest.approx(known, abs=5e-6)
    assert omega.low < known < omega.high  # type: ignore[operator]
    assert omega.n == len(rows(name))


@pytest.mark.thorough
def test_the_error_of_omega_is_near_that_of_the_jackknife() -> None:
    table = rows("complete").head(150)
    omega = categorical_omega(polychoric(table))
    assert isinstance(omega, Figure)
    without = [categorical_omega(polychoric(table.drop(index=each))).value for each in table.index]  # type: ignore[union-attr]
    jackknife = ((len(without) - 1) * np.var(without)) ** 0.5
    half = (np.arctanh(omega.high) - np.arctanh(omega.low)) / 2 * (1 - omega.value**2)  # type: ignore[arg-type]
    assert half / 1.976 == pytest.approx(jackknife, rel=0.08)


def test_two_items_share_a_loading_whichever_way_they_go() -> None:
    table = rows("items").iloc[:, :2]
    first, second = one_factor_loadings(polychoric(table))
    assert first == pytest.approx(second)
    first, second = one_factor_loadings(polychoric(table.assign(i2=-table["i2"])))
    assert first == pytest.approx(-second)
    assert isinstance(categorical_omega(polychoric(table)), Figure)


# --- Mokken ----------------------------------------------------------------------------------------------------------


def by_definition(table: pd.DataFrame) -> tuple[float, list[float]]:
    """H of the scale and of the items: covariances by those of each item's ratings put in order."""
    codes = table.to_numpy()
    size = codes.shape[1]
    seen = np.cov(codes, rowvar=False, bias=True)
    most = np.cov(np.sort(codes, axis=0), rowvar=False, bias=True)
    for matrix in (seen, most):
        np.fill_diagonal(matrix, 0)
    return float(seen.sum() / most.sum()), [float(seen[item].sum() / most[item].sum()) for item in range(size)]


def guttman_errors(first: np.ndarray, second: np.ndarray) -> float:
    """H of a pair by Guttman errors, weighted as Molenaar does: one less what was seen by what chance gives."""
    steps = sorted(
        [(-(first >= step).mean(), 0, step) for step in range(1, int(first.max()) + 1)]
        + [(-(second >= step).mean(), 1, step) for step in range(1, int(second.max()) + 1)]
    )

    def weight(one: float, other: float) -> int:
        taken = [(one, other)[item] >= step for _, item, step in steps]
        return sum(not earlier and later for place, later in enumerate(taken) for earlier in taken[:place])

    seen = sum(weight(one, other) for one, other in zip(first, second, strict=True)) / len(first)
    chance = sum(
        weight(one, other) * (first == one).mean() * (second == other).mean()
        for one, other in product(np.unique(first), np.unique(second))
    )
    return 1 - seen / chance


def test_h_is_that_of_its_definition_by_covariances_and_by_guttman_errors() -> None:
    table = rows("complete")
    found = scalability(table)
    scale, items = by_definition(table)
    assert found.scale == pytest.approx(scale)
    assert found.items == pytest.approx(items)
    for one, other in ((0, 1), (2, 8), (3, 4)):
        first, second = (table.iloc[:, place].to_numpy() for place in (one, other))
        assert found.pairs[one, other] == pytest.approx(guttman_errors(first, second))


def test_the_errors_of_h_are_near_those_of_the_jackknife() -> None:
    table = rows("complete").head(200)
    mokken = scalability(table)
    without = [scalability(table.drop(index=each)) for each in table.index]
    for name, own, near in (
        ("scale", mokken.scale_error, 0.03),
        ("items", mokken.item_errors, 0.05),
        (
            "pairs",
            mokken.pair_errors,
            0.2,
        ),  # steps that are nearly as seldom change places
    ):
        drawn = np.array([getattr(each, name) for each in without])
        jackknife = np.sqrt((len(without) - 1) * drawn.var(axis=0))
        np.testing.assert_allclose(own, jackknife, rtol=near)


def test_a_perfect_scale_has_an_h_of_one_and_no_interval() -> None:
    table = pd.DataFrame({"a": [0, 1, 1, 1] * 20, "b": [0, 0, 1, 1] * 20, "c": [0, 0, 0, 1] * 20})
    mokken = scalability(table)
    assert mokken.scale == pytest.approx(1)
    figure = h_figure("scale_h", mokken.scale, mokken.scale_error, mokken.n)
    assert (figure.low, figure.note) == (None, "no_guttman_errors")


def test_an_item_that_falls_with_the_rest_is_seen() -> None:
    random = np.random.default_rng(3)
    trait = random.normal(size=600)
    table = pd.DataFrame({f"i{each}": np.digitize(trait + random.normal(size=600), [-0.4, 0.6]) for each in range(6)})
    assert sum(monotonicity_violations(table)) <= 1
    turned = monotonicity_violations(table.assign(i0=2 - table["i0"]))
    assert turned[0] > 20


# --- the graded model ------------------------------------------------------------------------------------------------


@cache
def given_model() -> tuple[GradedResponse, pd.DataFrame]:
    """The model with the parameters that the reference was computed with."""
    known = reference("structure_item_fit.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GradedResponse(most_rounds=4).fit(rows("items"))
    slopes = known["slope"].to_numpy()
    locations = known[["location_1", "location_2"]].to_numpy()
    model.parameters_ = Parameters(slopes, tuple(-slope * each for slope, each in zip(slopes, locations, strict=True)))
    return model, known


def test_item_fit_is_that_of_mirt_for_python() -> None:
    model, known = given_model()
    fits = item_fit(model, rows("items"))
    assert [each.statistic for each in fits] == pytest.approx(known["s_x2"].tolist(), abs=1e-6)
    assert [each.degrees for each in fits] == known["degrees"].tolist()
    assert [each.p for each in fits] == pytest.approx(known["p"].tolist(), abs=1e-7)
    assert {each.n for each in fits} == {1000}


def test_items_of_two_levels_have_a_fit_by_totals() -> None:
    table = (rows("items") > 0).astype(float).iloc[:, :10]
    fits = item_fit(GradedResponse().fit(table), table)
    assert all(each.degrees == 7 - 1 or each.degrees <= 7 for each in fits)
    assert all(each.p is not None and each.p > 1e-4 for each in fits)


def test_q3_is_the_correlation_of_what_the_trait_leaves() -> None:
    """By a second way: each person and item by itself, the trait by the same points."""
    model, known = given_model()
    table = rows("items").head(80)
    left = np.empty(table.shape)
    weights = np.exp(-(POINTS**2) / 2)
    for person, codes in enumerate(table.to_numpy()):
        likely = weights.copy()
        chances = []
        for slope, first, second in known[["slope", "location_1", "location_2"]].to_numpy():
            steps = [np.ones_like(POINTS), *(expit(slope * (POINTS - each)) for each in (first, second)), 0 * POINTS]
            chances.append([steps[level] - steps[level + 1] for level in range(3)])
        for item, code in enumerate(codes):
            likely = likely * chances[item][int(code)]
        trait = float(likely @ POINTS / likely.sum())
        for item, (slope, *locations) in enumerate(known[["slope", "location_1", "location_2"]].to_numpy()):
            left[person, item] = codes[item] - sum(expit(slope * (trait - each)) for each in locations)
    np.testing.assert_allclose(residual_correlations(model, table), np.corrcoef(left, rowvar=False), atol=1e-9)


def test_two_items_that_ask_the_same_twice_stand_out_by_q3() -> None:
    table = rows("items").copy()
    table["i20"] = table["i19"].where(np.arange(len(table)) % 2 > 0, table["i20"])
    left = residual_correlations(GradedResponse().fit(table), table)
    above = left[np.triu_indices(24, 1)]
    assert left[18, 19] == above.max()
    assert left[18, 19] - above.mean() > 0.2
