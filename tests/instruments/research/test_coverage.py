"""Intervals hold the true value as often as the table says, and a figure whose interval does not says so."""

import json

import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.research.coverage import Coverage, Setting, coverage, is_weak
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, Row
from instruments.research.limits import limits
from instruments.research.wording import catalogue
from tests.instruments.research.simulated import Case, cases
from tests.instruments.research.simulating import SEED, SIMULATIONS, make_samples, simulate
from tests.thoroughness import a_few

EVERY = list(cases())
#: Of some two hundred comparisons none is farther apart than so many standard errors by chance.
_FAR = 4.5
each_case = pytest.mark.parametrize(
    ("place", "case"),
    a_few(enumerate(EVERY)),
    ids=[f"{case.setting}-{case.n}-{place}" for place, case in enumerate(EVERY)],
)


def rows_of(table: Coverage) -> tuple[Setting, ...]:
    return (*table.intervals, *table.tests)


def test_the_table_has_every_case_with_enough_samples_and_words_for_all() -> None:
    rows = rows_of(coverage())
    made = {(each.setting, each.n) for each in rows}
    assert made == {(case.setting, case.n) for case in EVERY}
    for each in rows:
        assert each.simulations >= SIMULATIONS
        for key in (f"figure.{each.figure}", f"method.{each.method}", f"setting.{each.setting}"):
            assert key in catalogue()


@each_case
def test_the_table_has_every_interval_that_a_case_makes(place: int, case: Case) -> None:
    kept = {(each.setting, each.n, each.figure, each.method) for each in rows_of(coverage())}
    for sample in make_samples(case, SEED, place, 0, 2):
        assert {(case.setting, case.n, *name) for name in sample} <= kept


def test_the_intervals_that_were_weak_before_hold() -> None:
    """DeLong with 15 events of 45 at 0.9, kappa and omega of few, raters who differ with ratings missing."""
    reached = {(each.figure, each.method, each.setting, each.n): each.reached for each in coverage().intervals}
    for name in (
        ("auc", "delong_log_odds", "auc_high", 45),
        ("kappa_linear", "cohen", "levels_even", 30),
        ("omega_total", "one_factor", "items_even", 60),
        ("icc_a1", "generalized_interval", "raters_3_missing", 30),
        ("icc_a1", "generalized_interval", "raters_3_missing", 60),
    ):
        assert 0.93 <= reached[name] <= 0.98, name
    assert reached["auc", "delong", "auc_high", 45] < 0.9


def test_tests_reject_what_is_true_as_seldom_as_they_promise() -> None:
    for each in coverage().tests:
        assert each.reached < 0.07, each


def test_a_figure_whose_interval_was_weak_says_so_and_only_then() -> None:
    weak = next(each for each in coverage().intervals if each.reached < limits().coverage.value)
    strong = next(each for each in coverage().intervals if not is_weak(each.figure, each.method, each.n))
    for each, note in ((weak, "weak_interval"), (strong, "")):
        figure = Figure(each.figure, 0.5, 0.4, 0.6, n=each.n, method=each.method)
        told = section("areas", ("score",), [Row(("x",), (figure,))])
        (shown,) = told.rows[0].figures
        assert isinstance(shown, Figure)
        assert shown.note == note
        assert told.notes == ((note,) if note else ())


def test_a_figure_is_judged_by_the_number_of_persons_that_is_nearest() -> None:
    sizes = {each.n for each in coverage().intervals if each.figure == "share"}
    assert not any(is_weak("share", "wilson", n) for n in (1, *sizes, 10**6))
    assert not is_weak("share", "unheard_of", 30)
    assert is_weak("auc", "delong", 50) == is_weak("auc", "delong", 45)


def test_data_in_which_no_interval_is_given_tell_nothing_of_other_data() -> None:
    untold = [each for each in coverage().intervals if each.given == 0]
    assert {(each.setting, each.n) for each in untold} >= {("cut_rare", 60), ("cut_ends", 130)}
    assert not any(is_weak(each.figure, each.method, each.n) for each in untold)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_table_is_told_on_the_command_line(language: str) -> None:
    result = CliRunner().invoke(main, ["research", "coverage", "--language", language])
    assert result.exit_code == 0, result.output
    assert "DeLong" in result.stdout
    document = json.loads(CliRunner().invoke(main, ["research", "coverage", "--json"]).stdout)
    assert len(document["intervals"]) == len(coverage().intervals)


@pytest.mark.soak
@each_case
def test_a_fresh_simulation_reaches_what_the_table_says(place: int, case: Case) -> None:
    kept = {
        (each.figure, each.method): each
        for each in rows_of(coverage())
        if (each.setting, each.n) == (case.setting, case.n)
    }
    for fresh in simulate(case, place, SEED + 1):
        known = kept[fresh.figure, fresh.method]
        both = fresh.reached * fresh.given + known.reached * known.given
        share = (both + 1) / (fresh.given + known.given + 2)
        error = (share * (1 - share) * (1 / max(fresh.given, 1) + 1 / max(known.given, 1))) ** 0.5
        assert abs(fresh.reached - known.reached) < _FAR * error, (fresh, known)
        assert abs(fresh.given - known.given) < _FAR * (SIMULATIONS / 2) ** 0.5
