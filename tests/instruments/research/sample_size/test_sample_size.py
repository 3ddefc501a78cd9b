"""How many persons a study needs: the figures of pmsampsize, pmvalsampsize and presize, and what they promise."""

import json
from collections.abc import Callable
from string import Formatter

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from statsmodels.stats.inter_rater import cohens_kappa

from api.cli import main
from instruments.faults import InputError
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.roc import area, count_scores
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.reliability.agreement import Ratings, weighted_kappa
from instruments.research.sample_size import sizes as planning
from instruments.research.sample_size.report import sample_size
from instruments.research.sample_size.sizes import LogOdds, size_for_development, size_for_validation
from instruments.research.wording import catalogue, say
from tests.instruments.research.invented import invent


def persons(needs: tuple[planning.Need, ...]) -> list[int]:
    return [need.persons for need in needs]


@pytest.mark.parametrize(
    ("r2", "parameters", "prevalence", "expected"),
    [
        (0.288, 24, 0.174, [623, 662, 221]),
        (0.55, 24, 0.174, [255, 532, 221]),
        (0.288, 36, 0.174, [934, 992, 221]),
        (0.288, 24, 0.25, [623, 590, 289]),
    ],
)
def test_developing_a_model_takes_as_many_as_pmsampsize_says(
    r2: float, parameters: int, prevalence: float, expected: list[int]
) -> None:
    """The figures of pmsampsize 1.1.3 for R."""
    assert persons(size_for_development(prevalence, parameters, r2=r2))[:3] == expected


def test_a_small_error_of_the_risks_takes_as_many_as_riley_says_where_the_formula_holds() -> None:
    """The example of Riley et al. (2020), step 2: ten parameters, three in ten with the outcome, an error of 0.05."""
    needs = {need.criterion: need.persons for need in size_for_development(0.3, 10, r2=0.2)}
    assert needs["small_risk_error"] == 461
    mirrored = {need.criterion: need.persons for need in size_for_development(0.7, 10, r2=0.2)}
    assert mirrored["small_risk_error"] == 461
    assert "small_risk_error" not in {need.criterion for need in size_for_development(0.3, 31, r2=0.2)}


def test_validating_a_model_takes_as_many_as_pmvalsampsize_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of pmvalsampsize 0.1.0: 905 (it rounds the error up to four decimals), 4544 (a million draws) and 4252."""
    wide = planning.limits().model_copy(
        update={"ratio_width": planning.limits().ratio_width.model_copy(update={"value": 1.0})}
    )
    monkeypatch.setattr(planning, "limits", lambda: wide)
    ratio, slope, of_area = persons(size_for_validation(0.018, 0.8, LogOdds.normal(-5, 2.5)))
    assert abs(ratio - 905) <= 1
    assert slope == pytest.approx(4544, rel=0.01)
    assert of_area == 4252


def test_raters_take_as_many_persons_as_presize_says() -> None:
    """Bonett's own example, which presize for R has too: four raters, a correlation of 0.85, an interval of 0.2."""
    assert planning.size_for_intraclass(0.85, 4).persons == 20


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_the_variance_of_kappa_is_that_of_statsmodels(weights: str) -> None:
    counts = np.array([[40, 10, 2], [8, 60, 12], [1, 9, 30]])
    theirs = cohens_kappa(counts, wt="linear" if weights == "linear" else "quadratic", return_results=True)
    ours = planning.kappa_variance(counts / counts.sum(), weights) / counts.sum()
    assert ours == pytest.approx(theirs.var_kappa, rel=1e-9)


def test_a_planned_kappa_gets_the_interval_that_was_planned() -> None:
    shares, kappa = [0.3, 0.4, 0.3], 0.6
    n = planning.size_for_kappa(kappa, shares).persons
    random = np.random.default_rng(3)
    alike = random.random(n) < kappa
    one, other = (random.choice(3, n, p=shares) for _ in range(2))
    table = np.column_stack([one, np.where(alike, one, other)]).astype(float)
    import pandas as pd

    found = weighted_kappa(Ratings.of(pd.DataFrame(table), 3), "quadratic")
    assert isinstance(found, Figure)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(planning.limits().agreement_width.value, rel=0.25)


@pytest.mark.parametrize(("prevalence", "auc"), [(0.174, 0.89), (0.4, 0.65), (0.05, 0.75)])
@pytest.mark.thorough
def test_the_r2_of_an_area_is_that_of_a_large_sample(prevalence: float, auc: float) -> None:
    random, n = np.random.default_rng(1), 200_000
    distribution = LogOdds.of_area(prevalence, auc)
    happened = random.random(n) < prevalence
    spread = 2**0.5 * planning.norm.ppf(auc)
    score = random.normal(happened * spread, 1)
    fitted = fit_logistic(happened, score[:, None], ["score"])
    null = n * (prevalence * np.log(prevalence) + (1 - prevalence) * np.log(1 - prevalence))
    observed = 1 - np.exp(-2 * (fitted.log_likelihood - null) / n)
    assert planning.r2_of_area(prevalence, auc) == pytest.approx(observed, abs=0.01)
    assert area(count_scores(happened, score)).value == pytest.approx(auc, abs=0.01)
    assert float(distribution.weights @ expit(distribution.points)) == pytest.approx(prevalence, abs=1e-6)


def test_a_planned_validation_gets_the_intervals_that_were_planned() -> None:
    """The widths of slope and area that a sample of the planned size has, on the whole."""
    prevalence, auc = 0.3, 0.75
    _, slope, of_area = persons(size_for_validation(prevalence, auc))
    random, widths = np.random.default_rng(2), []
    spread = 2**0.5 * planning.norm.ppf(auc)
    for _ in range(20):
        happened = random.random(slope) < prevalence
        odds = np.log(prevalence / (1 - prevalence)) - spread**2 / 2 + spread * random.normal(happened * spread, 1)
        fitted = fit_logistic(happened, odds[:, None], ["odds"])
        widths.append(2 * 1.96 * fitted.standard_errors[1])
    assert np.mean(widths) == pytest.approx(planning.limits().slope_width.value, rel=0.05)
    happened = random.random(of_area) < prevalence
    low, high = area(count_scores(happened, random.normal(happened * spread, 1))).interval()  # type: ignore[misc]
    assert high - low == pytest.approx(planning.limits().area_width.value, rel=0.25)


NUMBERS = st.floats() | st.sampled_from([0.0, 1.0, 0.5, 1e-320, 1 - 1e-16, 1e300, 0.99999999])


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(-3, 10**25))
@settings(deadline=None)
def test_whatever_is_expected_there_is_a_number_of_persons_or_a_reason(
    prevalence: float, auc: float, mean: float, deviation: float, whole: int
) -> None:
    asked: list[Callable[[], tuple[planning.Need, ...]]] = [
        lambda: size_for_development(prevalence, whole, auc=auc),
        lambda: size_for_development(prevalence, whole, r2=mean),
        lambda: size_for_validation(prevalence, auc),
        lambda: size_for_validation(prevalence, auc, LogOdds.normal(mean, deviation)),
        lambda: (planning.size_for_intraclass(prevalence, whole),),
        lambda: (planning.size_for_kappa(auc, [prevalence, mean]),),
        lambda: (planning.size_for_kappa(auc, [prevalence, 1 - prevalence], "linear"),),
    ]
    for each in asked:
        try:
            needs = each()
        except InputError as error:
            for fault in error.faults:
                for language in ("sv", "en"):
                    assert say(f"fault.{fault.code}", language, **fault.parameters)
        else:
            assert all(2 <= need.persons <= 10**9 for need in needs)


@pytest.mark.parametrize("mean", [-700.0, -40.0, 40.0])
def test_the_slope_is_planned_for_far_out_as_well(mean: float) -> None:
    with pytest.raises(InputError, match=r"planning-(too-many|no-information)"):
        size_for_validation(0.3, 0.75, LogOdds.normal(mean, 0.5))


def test_agreement_is_never_planned_for_fewer_than_it_is_told_for() -> None:
    assert planning.size_for_kappa(0.99999999, [0.5, 0.5]).persons == planning.limits().whole("agreement_persons")
    assert planning.size_for_intraclass(0.999999, 3).persons == planning.limits().whole("intraclass_persons")


def test_a_score_that_tells_nobody_apart_says_so_instead_of_asking_for_another_number() -> None:
    data = invent(100)
    data.outcomes["again"] = np.tile([0.0, 1.0], 50)
    data.scores["idle"] = np.repeat([1.0, 2.0], 50)
    for needed, _ in figures(sample_size(data, score="idle")).values():
        assert isinstance(needed, InsufficientEvidence)
        assert needed.reason.code == "planning-nothing-told-apart"


def test_what_is_off_its_range_is_named_in_words_with_a_decimal_comma_in_swedish() -> None:
    with pytest.raises(InputError) as refused:
        size_for_validation(0.3, 0.4)
    (fault,) = refused.value.faults
    told = say(f"fault.{fault.code}", "sv", **fault.parameters)
    assert told == "Arean under ROC-kurvan (--auc) ska ligga mellan 0,5 och 1. Ändra talet."


# --- a line on every card --------------------------------------------------------------------------------------------


def figures(report: Report) -> dict[str, list[object]]:
    (told,) = report.sections
    return {row.labels[0]: list(row.figures) for row in told.rows}


def test_a_sample_is_held_against_what_it_shows() -> None:
    told = figures(sample_size(invent(300)))
    assert list(told) == list(planning.VALIDATION)
    for needed, there in told.values():
        assert isinstance(needed, Figure)
        assert isinstance(there, Figure)
        assert there.value == 300
    assert told["precise_slope"][0].value > 300  # type: ignore[attr-defined]


def test_a_score_that_settles_everything_has_its_reason_and_no_number() -> None:
    data = invent(120)
    data.outcomes["again"] = (data.ratings[data.risk_items].sum(axis=1) > 12).astype(float)
    told = figures(sample_size(data))
    assert all(isinstance(needed, InsufficientEvidence) for needed, _ in told.values())


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    "asked",
    [
        "develop --prevalence 0.174 --parameters 24 --r2 0.288",
        "develop --prevalence 0.174 --parameters 24 --auc 0.89",
        "validate --prevalence 0.3 --auc 0.75",
        "validate --prevalence 0.3 --auc 0.75 --mean -1 --deviation 1",
        "reliability --icc 0.8 --raters 2 --kappa 0.6 --share 0.5 --share 0.5 --linear",
    ],
)
def test_the_command_tells_every_criterion(asked: str, language: str) -> None:
    command = ["research", "sample-size", *asked.split(), "--language", language]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    needs = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
    for criterion, number in needs.items():
        assert catalogue().text(f"label.{criterion}", language) in result.stdout
        assert str(number) in result.stdout


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("develop --prevalence 1.4 --parameters 24 --r2 0.288", "planning-off-range"),
        ("develop --prevalence 0.1 --parameters 0 --r2 0.1", "planning-too-few"),
        ("develop --prevalence 0.1 --parameters 4 --r2 0.1 --auc 0.8", "planning-both"),
        ("validate --prevalence 0.3 --auc 0.75 --mean 5000 --deviation 1", "planning-no-information"),
        ("validate --prevalence 0.3 --auc 0.75 --mean 0 --deviation inf", "planning-off-range"),
        ("validate --prevalence nan --auc 0.75 --mean 0 --deviation 1", "planning-off-range"),
        ("validate --prevalence 0.3 --auc 0.75 --mean -21 --deviation 0.01", "planning-too-many"),
        ("develop --prevalence 0.1 --parameters 4 --r2 0.6", "planning-off-range"),
        ("develop --prevalence 0.1 --parameters 4", "planning-incomplete"),
        ("validate --prevalence 0.3 --auc 0.5", "planning-off-range"),
        ("validate --prevalence 0.3 --auc 0.75 --mean 1", "planning-half-a-distribution"),
        ("validate --prevalence 0.3 --auc 0.75 --mean 1 --deviation 0", "planning-off-range"),
        ("reliability", "planning-incomplete"),
        ("reliability --icc 0.8 --raters 1", "planning-too-few"),
        ("reliability --kappa 0.6 --share 0.5", "planning-shares"),
        ("reliability --kappa 1.2 --share 0.5 --share 0.5", "planning-off-range"),
    ],
)
def test_a_number_that_cannot_be_is_refused(asked: str, code: str) -> None:
    result = CliRunner().invoke(main, ["research", "sample-size", *asked.split(), "--language", "en"])
    assert result.exit_code == 2, result.output
    literal = max((part for part, *_ in Formatter().parse(catalogue().text(f"fault.{code}", "en"))), key=len)
    assert literal.strip() in " ".join(result.stderr.split())


def test_log_odds_that_are_all_alike_have_no_slope() -> None:
    with pytest.raises(InputError):
        size_for_validation(0.3, 0.75, LogOdds.observed(np.zeros(5)))
