"""`underlag research` tells its figures as tables and as one JSON document, and every fault with its place."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from tests.instruments.research.data import MAPPING, ROWS, write_rows

ROOT = Path(__file__).resolve().parents[2]
TWICE = """\
instrument: youth_spj
key: k
person: p
rater: r
codes: {risk: {0: low, 1: moderate, 2: high}}
items: {substance_use: a, peer_rejection: b, anger_management: c}
"""


def run(command: str, data: Path, mapping: str, *more: str) -> Result:
    place = data.parent / "mapping.yaml"
    place.write_text(mapping, encoding="utf-8")
    return CliRunner().invoke(main, ["research", command, str(data), "--mapping", str(place), *more])


def rated_twice(folder: Path) -> Path:
    rows: list[tuple[object, ...]] = []
    for person in range(40):
        own = person * 7 % 3
        rows.append((f"{person}a", person, "anna", own, person % 3, (person + own) % 3))
        rows.append((f"{person}b", person, "bo", min(own + person % 2, 2), person % 3, (person + own) % 3))
    return write_rows(folder, rows, ("k", "p", "r", "a", "b", "c"))


@pytest.mark.parametrize(("language", "told"), [("sv", "3 rader, 3 personer"), ("en", "3 rows, 3 people")])
def test_check_tells_what_the_data_hold(language: str, told: str, tmp_path: Path) -> None:
    result = run("check", write_rows(tmp_path), MAPPING, "--language", language)
    assert result.exit_code == 0, result.output
    assert "substance_use" in result.stdout
    assert told in result.stderr


def test_without_the_libraries_of_research_a_command_tells_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    arguments = ["research", "reliability", str(write_rows(tmp_path)), "--mapping", str(tmp_path / "mapping.yaml")]
    code = (
        "import sys; sys.modules |= dict.fromkeys(['sklearn', 'scipy', 'joblib', 'statsmodels'])\n"
        f"from api.cli import main; main([*{arguments!r}, '--language', 'en'])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert told.returncode == 1
    assert "is not installed" in told.stderr
    assert "pip install 'underlag[research]'" in told.stderr
    assert "Traceback" not in told.stderr


def test_check_tells_every_fault_with_row_and_column_and_exits_with_two(tmp_path: Path) -> None:
    wrong = ["a", "7", *ROWS[2][2:]]
    result = run("check", write_rows(tmp_path, [*ROWS[:2], wrong]), MAPPING, "--language", "en")
    assert result.exit_code == 2
    assert "row 3, column r1" in result.stderr
    assert "row 3, column person" in result.stderr
    assert result.stdout == ""


def test_what_a_statistic_will_stumble_on_is_told_beside_the_figures(tmp_path: Path) -> None:
    rows = [[*row[:6], "0", *row[7:]] for row in ROWS]
    result = run("check", write_rows(tmp_path, rows), MAPPING, "--json")
    warnings = {each["code"] for each in json.loads(result.stdout)["warnings"]}
    assert warnings == {"constant-outcome"}


def test_an_outcome_or_group_that_is_not_mapped_is_refused(tmp_path: Path) -> None:
    for option in ("--outcome", "--group"):
        result = run("check", write_rows(tmp_path), MAPPING, option, "postnummer", "--language", "sv")
        assert result.exit_code == 2
        assert "postnummer" in result.stderr


def test_reliability_prints_tables_and_writes_full_precision(tmp_path: Path) -> None:
    data = rated_twice(tmp_path)
    result = run("reliability", data, TWICE, "-o", str(tmp_path / "found"), "--language", "sv")
    assert result.exit_code == 0, result.output
    assert "Krippendorffs alfa" in result.stdout
    assert "endast i forskning" in result.stdout, "a total is labelled as what it is"
    written = json.loads((tmp_path / "found" / "reliability.json").read_text(encoding="utf-8"))
    printed = json.loads(run("reliability", data, TWICE, "--json").stdout)
    assert written == printed
    table = pd.read_csv(tmp_path / "found" / "reliability.csv")
    kappa = table[(table["figure"] == "kappa_linear") & (table["item"] == "substance_use")]["value"].item()
    (section,) = [each for each in printed["sections"] if each["section"] == "agreement"]
    figures = {row["item"]: {each["figure"]: each for each in row["figures"]} for row in section["rows"]}
    assert figures["substance_use"]["kappa_linear"]["value"] == pytest.approx(kappa, rel=1e-15)
    assert figures["peer_rejection"]["krippendorff_alpha"]["value"] == 1


def test_help_answers_without_what_only_research_needs() -> None:
    code = "import sys; from api.cli import main; main(['research', '--help'], standalone_mode=False); "
    code += "sys.exit(bool({'sklearn', 'scipy', 'pandas', 'joblib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0  # noqa: S603


def test_items_of_ones_own_are_checked_and_their_reliability_told(tmp_path: Path) -> None:
    rows = [(person, person % 6 + 1, (person + person // 6) % 6 + 1, (person // 2) % 6 + 1) for person in range(60)]
    data = write_rows(tmp_path, rows, ("id", "x", "y", "z"))
    mapping = "levels: [1, 2, 3, 4, 5, 6]\nkey: id\nitems: {x: x, y: y, z: z}\n"
    for command in ("check", "reliability"):
        result = run(command, data, mapping, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["about"]["instrument"] == "own_items@0"
    shown = run("check", data, mapping, "--language", "sv")
    assert shown.exit_code == 0, shown.output


def test_a_reason_why_a_figure_is_lacking_is_tied_to_its_cells(tmp_path: Path) -> None:
    rows = [(row, row % 9, row % 2, "few" if row < 20 else "many") for row in range(200)]
    data = write_rows(tmp_path, rows, ("id", "total", "out", "place"))
    mapping = "instrument: youth_spj\nkey: id\nscores: {total: total}\noutcomes: {again: out}\ngroups: {place: place}\n"
    told = run("fairness", data, mapping, "--score", "total", "--cut", "4", "--language", "en")
    assert told.exit_code == 0, told.output
    assert "insufficient evidence (1)" in told.stdout
    assert "(1) Insufficient evidence: 20 people are too few" in told.stdout
    without_cut = run("fairness", data, mapping, "--score", "total", "--language", "sv")
    assert "--cut" in without_cut.stderr
    assert "oväntat" not in without_cut.stderr


def test_without_items_there_is_no_trait_and_the_command_says_what_is_missing(tmp_path: Path) -> None:
    data = write_rows(tmp_path, [(row, row % 9) for row in range(80)], ("id", "total"))
    told = run("irt", data, "instrument: youth_spj\nkey: id\nscores: {total: total}\n", "--language", "en")
    assert told.exit_code == 2
    assert "At least 4 items are needed, and the number here is 0" in told.stderr
