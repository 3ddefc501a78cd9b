"""The report on decision reliability: every figure with its interval, on the command line and in full."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.faults import InputError
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report, to_json
from instruments.research.wording import catalogue
from screening.invented.research_cohort import MAPPING
from screening.reliability.report import Simulation, decision_reliability
from tests.screening.batches import LIBRARY
from tests.screening.reliability.rated_twice import GUIDANCES, invented_ratings, read
from tests.thoroughness import a_few

TABLE = invented_ratings()
QUICK = Simulation(draws=100, seed=3)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return decision_reliability(LIBRARY, read(TABLE, tmp_path_factory.mktemp("ratings")), QUICK)


def test_every_section_figure_and_note_has_words_in_both_languages(report: Report) -> None:
    words = catalogue()
    for section in report.sections:
        keys = [f"section.{section.name}", *(f"column.{name}" for name in section.columns)]
        keys += [f"note.{note}" for note in section.notes]
        for row in section.rows:
            keys += [f"figure.{each.name}" for each in row.figures]
            keys += [f"method.{each.method}" for each in row.figures if isinstance(each, Figure) and each.method]
        assert not [key for key in keys if key not in words]


def test_a_share_and_its_interval_lie_between_nothing_and_all(report: Report) -> None:
    shares = [
        each
        for section in report.sections
        for row in section.rows
        for each in row.figures
        if isinstance(each, Figure) and each.name in ("turned", "opened", "part_of_turns", "turned_in_model")
    ]
    assert len(shares) > 20
    for each in shares:
        assert 0 <= each.value <= 1
        if each.low is not None and each.high is not None:
            assert 0 <= each.low <= each.value <= each.high <= 1


def test_a_limit_is_tried_where_it_changes_an_outcome_and_only_there(report: Report) -> None:
    (tried,) = (section for section in report.sections if section.name == "other_limits")
    limits = {row.labels[1] for row in tried.rows}
    assert "protective_at_most" in limits
    assert "observed_age_max" not in limits


def test_ratings_that_are_alike_turn_nothing(tmp_path: Path) -> None:
    """Where nothing was seen to turn, the interval still says how much might."""
    first = TABLE[TABLE["rating"].str.endswith("-1")].head(60)
    alike = pd.concat([first, first.assign(rating=first["person"] + "-9", rater="bedömare 99")])
    report = decision_reliability(LIBRARY, read(alike, tmp_path, GUIDANCES[0]), QUICK)
    (row,) = next(section for section in report.sections if section.name == "decisions").rows
    turned = row.figures[0]
    assert isinstance(turned, Figure)
    assert turned.value == 0
    assert turned.low == 0
    assert turned.high is not None
    assert turned.high > 0.03
    to_json(report)  # refuses what is not finite


def test_of_few_persons_nothing_is_said_beyond_chance(tmp_path: Path) -> None:
    persons = TABLE.loc[TABLE["rating"].str.endswith("-2"), "person"].head(3)
    report = decision_reliability(LIBRARY, read(TABLE[TABLE["person"].isin(persons)], tmp_path), QUICK)
    rows = next(section for section in report.sections if section.name == "decisions").rows
    assert all(isinstance(row.figures[3], InsufficientEvidence) for row in rows)


def test_where_nobody_is_rated_by_two_the_report_says_so(tmp_path: Path) -> None:
    once = TABLE[TABLE["rating"].str.endswith("-1")]
    report = decision_reliability(LIBRARY, read(once, tmp_path), QUICK)
    assert not report.sections
    assert [fault.code for fault in report.warnings] == ["single-rater"]


def test_of_few_persons_the_model_says_nothing_and_of_one_person_chance_says_nothing(tmp_path: Path) -> None:
    persons = TABLE.loc[TABLE["rating"].str.endswith("-2"), "person"]
    for number in (1, 20):
        few = TABLE[TABLE["person"].isin(persons.head(number))]
        report = decision_reliability(LIBRARY, read(few, tmp_path, GUIDANCES[0]), QUICK)
        (model,) = report.section("rater_model").rows
        assert all(isinstance(each, InsufficientEvidence) for each in model.figures)
        chance = report.section("decisions").rows[0].figures[2]
        assert isinstance(chance, InsufficientEvidence) == (number == 1)


def test_ratings_that_are_blank_throughout_have_a_reason_and_no_figure(tmp_path: Path) -> None:
    items = [name for name in TABLE if str(name).startswith("item.")]
    report = decision_reliability(LIBRARY, read(TABLE.assign(**dict.fromkeys(items, "")), tmp_path), QUICK)
    reasons = {
        each.reason.code
        for row in report.section("rater_model").rows
        for each in row.figures
        if isinstance(each, InsufficientEvidence)
    }
    assert reasons == {"nothing-rated-twice"}
    to_json(report)


def test_pairs_that_all_contradict_each_other_are_said_to_and_not_that_nobody_was_rated_twice(tmp_path: Path) -> None:
    ages = TABLE["rating"].str.endswith("-2").map({True: 17, False: 16})
    report = decision_reliability(LIBRARY, read(TABLE.assign(age=ages), tmp_path), QUICK)
    assert {fault.code for fault in report.warnings} == {"every-pair-unequal", "facts-unequal"}


@pytest.mark.thorough
def test_a_rating_that_the_same_rater_repeats_is_told_of(tmp_path: Path) -> None:
    again = TABLE.head(2).assign(rating=["PAHITT-a", "PAHITT-b"])
    report = decision_reliability(LIBRARY, read(pd.concat([TABLE, again]), tmp_path), QUICK)
    assert [fault.parameters for fault in report.warnings] == [{"ratings": 2}]


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(InputError, match="too-few-draws"):
        Simulation(draws=1)


@pytest.mark.parametrize("language", a_few(["sv", "en"]))
def test_the_command_prints_and_writes_it(tmp_path: Path, language: str) -> None:
    path = tmp_path / "ratings.csv"
    TABLE.to_csv(path, index=False)
    wanted = [str(path), "--mapping", str(MAPPING), "--guidance", GUIDANCES[0], "--draws", "100"]
    command = ["research", "decisions", *wanted, "--language", language, "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "reoffending_risk" in result.stdout
    written = json.loads((tmp_path / "out" / "decisions.json").read_text(encoding="utf-8"))
    assert written["about"]["draws"] == 100
    assert {section["section"] for section in written["sections"]} >= {"decisions", "turning_items", "other_limits"}
