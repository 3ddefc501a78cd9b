"""`underlag research plan` writes a plan, and the commands hold themselves to it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from tests.instruments.research.data import MAPPING, write_rows


@pytest.fixture
def study(tmp_path: Path) -> Path:
    people = [
        (f"p{place}", place % 3, ("låg", "mellan", "hög")[place * 7 % 3], place % 2, 16, 1 + place % 3,
         int((place * 5) % 7 < 2 + place % 3), 100, "fm"[place % 2], place % 9, "2024-02-01", "x")
        for place in range(120)
    ]  # fmt: skip
    write_rows(tmp_path, people)
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["research", *map(str, arguments), "--language", "en"])


def planned(study: Path, *more: str) -> Result:
    told = ("--title", "Exempelby", "--responsible", "Ada Berg", "--hypothesis", "The area exceeds 0.6.")
    day = ("--reference-date", "2026-11-01")
    return run("plan", "-o", study / "plan.yaml", *told, "--outcome", "again", *day, *more)


def analysed(study: Path, command: str, *more: str) -> Result:
    files = (study / "data.csv", "--mapping", study / "map.yaml", "--plan", study / "plan.yaml")
    return run(command, *files, "--reference-date", "2026-11-21", "--json", *more)


def document(result: Result) -> dict[str, object]:
    return dict(json.loads(result.stdout))


def codes(result: Result) -> list[str]:
    return [each["code"] for each in document(result)["warnings"]]  # type: ignore[attr-defined]


def test_a_plan_is_written_with_its_digest_and_never_over_another(study: Path) -> None:
    result = planned(study, "--seed", "4", "--score", "published")
    assert result.exit_code == 0, result.output
    written = (study / "plan.yaml").read_text(encoding="utf-8")
    assert "fixed_on: '2026-11-01'" in written
    assert len(result.stdout.strip().rpartition(" ")[2]) == 64
    again = planned(study, "--seed", "5")
    assert again.exit_code != 0
    assert "not written over" in again.output
    assert (study / "plan.yaml").read_text(encoding="utf-8") == written


def test_what_is_planned_is_done_where_nothing_else_is_asked_for(study: Path) -> None:
    planned(study, "--seed", "4", "--score", "published", "--draws", "200")
    result = analysed(study, "validity")
    assert result.exit_code == 0, result.output
    about = document(result)["about"]
    assert isinstance(about, dict)
    assert (about["seed"], about["draws"], about["scores"]) == (4, 200, ["published"])
    assert len(about["plan"]["sha256"]) == 64
    assert "plan-departed" not in codes(result)
    assert "Plan “Exempelby”" in result.stderr


def test_what_departs_is_told(study: Path) -> None:
    planned(study, "--seed", "4", "--score", "published", "--draws", "0", "--cut", "5", "--group", "sex")
    result = analysed(study, "validity", "--seed", "5")
    assert codes(result).count("plan-departed") == 1
    assert "Departs from the plan: the start of the random numbers was to be 4, and is 5." in result.stderr
    fair = analysed(study, "fairness", "--score", "risk_total")
    assert fair.exit_code == 0, fair.output
    assert "the score or scores was to be published, and is risk_total" in fair.stderr


def test_a_plan_that_is_no_plan_is_told_with_its_line(study: Path) -> None:
    (study / "plan.yaml").write_text("title: x\nseed: many\n", encoding="utf-8")
    result = analysed(study, "validity")
    assert result.exit_code != 0
    assert "plan.yaml" in result.output
    assert "Traceback" not in result.output
