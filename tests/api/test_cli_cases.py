"""`underlag guidance test`: a municipality holds its own guidance against cases of its own."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from screening.library import DEFINITIONS

OVERLAY = """id: stockholm_2012/exempelby
version: "1.0"
status: draft
valid_from: 2027-01-01
valid_to: null
title: {sv: Exempelby, en: Exempelby}
summary: {sv: Från femton år., en: From fifteen years.}
issuer: Exempelby
base:
  guidance: stockholm_2012
  version: "1.1"
  sha256: "05cde8af26d94a8d3367e46779bfc2db839d275c19488924c9cb8b6fdbc8d854"
settings:
  - parameter: age_min
    value: 15
    set_by: Exempelby
    set_on: 2026-12-01
    reason: {sv: Yngre får annat stöd., en: Younger ones get other support.}
"""
CASES = """guidance: stockholm_2012/exempelby
bases:
  sixteen:
    why: Sexton år.
    on: 2027-01-10
    facts: {age: 16, recruitment_risk: yes}
    expect: {outcome: more_information_needed, criteria: {age: met}}
cases:
  - name: Fjorton år
    why: Under gränsen.
    from: sixteen
    facts: {age: 14}
    expect: {outcome: not_target_group, criteria: {age: not_met}}
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "exempelby.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    return path


def written(folder: Path, text: str = CASES) -> Path:
    path = folder / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: object, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["guidance", "test", *map(str, arguments), "--language", language])


def test_cases_that_come_out_as_expected_end_well(overlay: Path, tmp_path: Path) -> None:
    result = run(overlay, written(tmp_path))
    assert result.exit_code == 0, result.output
    assert "stockholm_2012/exempelby@1.0: 2 cases, 2 as expected, 0 otherwise, 0 to be filled in." in result.output


def test_a_case_that_comes_out_otherwise_is_told_with_its_line_and_the_reason(overlay: Path, tmp_path: Path) -> None:
    result = run(overlay, written(tmp_path, CASES.replace("not_met}", "met}")), language="sv")
    assert result.exit_code == 1
    assert "cases.yaml, rad 9: Fjorton år\n  age: väntat met, blev not_met\n    Ålder: 14. Det ligger" in result.output


def test_what_an_overlay_leaves_as_it_is_is_covered_by_the_cases_that_ship(overlay: Path, tmp_path: Path) -> None:
    output = run(overlay, written(tmp_path)).output
    missing = output.partition("No case tests this")[2]
    assert "Age within the target group – Age: 15" in missing
    assert "Needs support to leave crime" not in missing


def test_the_cases_that_are_missing_are_written_and_count_as_not_filled_in(overlay: Path, tmp_path: Path) -> None:
    missing, cases = tmp_path / "missing.yaml", written(tmp_path)
    assert run(overlay, cases, "--missing", missing).exit_code == 0
    number = missing.read_text(encoding="utf-8").count("- name:")
    result = run(overlay, cases, missing)
    assert result.exit_code == 0, result.output
    assert f"{number + 2} cases, 2 as expected, 0 otherwise, {number} to be filled in." in result.output


def test_a_file_with_what_somebody_filled_in_is_never_overwritten(overlay: Path, tmp_path: Path) -> None:
    cases = written(tmp_path)
    result = run(overlay, cases, "--missing", cases)
    assert result.exit_code == 2
    assert "cases.yaml: The file is there already." in result.output
    assert cases.read_text(encoding="utf-8") == CASES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CASES.replace("from: sixteen", "from: sixten"), "cases.yaml, line 11: There is no base case called sixten."),
        (CASES.replace("age: 14", "agee: 14"), "cases.yaml, line 12: There is no fact called agee"),
        (CASES.replace("stockholm_2012/exempelby", "skl_2015"), "None of the cases is about stockholm_2012/exempelby"),
        (CASES.replace("on: 2027-01-10", "on: 2026-12-31"), "cases.yaml, line 5: "),
    ],
)
def test_what_is_wrong_in_the_cases_is_told_with_its_line(overlay: Path, tmp_path: Path, text: str, told: str) -> None:
    result = run(overlay, written(tmp_path, text))
    assert result.exit_code == 2
    assert told in result.output


def test_what_is_wrong_in_the_definition_is_told_first(overlay: Path, tmp_path: Path) -> None:
    overlay.write_text(OVERLAY.replace("value: 15", "value: 11"), encoding="utf-8")
    result = run(overlay, written(tmp_path))
    assert result.exit_code == 2
    assert "age_min: The value 11 is not permitted" in result.output


def test_another_kind_of_file_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    assert "neither a guidance nor a local version" in run(DEFINITIONS / "facts" / "1.1.yaml").output
    gone = run(tmp_path / "gone.yaml")
    assert (gone.exit_code, "gone.yaml" in gone.output) == (2, True)


def test_a_guidance_is_tested_with_the_cases_that_ship_and_with_those_in_the_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run("assignment_2011")
    assert alone.exit_code == 0
    assert "assignment_2011@1.0: 13 cases, 13 as expected" in alone.output
    (tmp_path / "cases").mkdir()
    own = CASES.replace("stockholm_2012/exempelby", "assignment_2011").replace("criteria: {age", "criteria: {at_risk")
    written(tmp_path / "cases", own)
    monkeypatch.setenv("UNDERLAG_DEFINITIONS", str(tmp_path))
    both = run("assignment_2011")
    assert both.exit_code == 1
    assert "15 cases, 13 as expected, 2 otherwise" in both.output


def test_cases_about_other_guidances_are_counted_and_left_alone(overlay: Path, tmp_path: Path) -> None:
    other = CASES + "  - {name: Annan, why: Annan., from: sixteen, guidance: skl_2015, expect: {}}\n"
    result = run(overlay, written(tmp_path, other))
    assert result.exit_code == 0
    assert "1 cases are not tested here, they are about skl_2015." in result.output


def diff(*arguments: object, language: str = "en") -> Result:
    return CliRunner().invoke(
        main, ["guidance", "diff", *map(str, arguments), "--rows", "2000", "--language", language]
    )


def test_what_an_overlay_changes_is_told_in_words_and_on_a_cohort(overlay: Path) -> None:
    result = diff("stockholm_2012", overlay)
    assert result.exit_code == 0, result.output
    assert "stockholm_2012@1.1 → stockholm_2012/exempelby@1.0" in result.output
    assert "Lowest age (age_min): 12 → 15. Set by Exempelby, 2026-12-01." in result.output
    assert "Among 2000 invented young people (seed 1)" in result.output
    assert "Age within the target group (age): met → not met" in result.output
    assert "for example: Age: 14\n" in result.output


def test_the_same_is_told_in_swedish(overlay: Path) -> None:
    assert "till exempel: Ålder: 14\n" in diff("stockholm_2012", overlay, language="sv").output


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("first", "second"),
    [("skl_2015", "stockholm_2019"), ("stockholm_2012@1.0", "stockholm_2012"), ("skl_2015", "skl_2015")],
)
def test_every_difference_between_guidances_that_ship_has_words(first: str, second: str, language: str) -> None:
    assert diff(first, second, language=language).exit_code == 0


def test_a_guidance_that_is_not_there_is_told() -> None:
    assert diff("skl_2015", "skl_2016").exit_code == 2
