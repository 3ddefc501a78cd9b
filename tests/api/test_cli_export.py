"""`underlag guidance export`: what stands over the query, and the example of the manual."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.manual.rendering import FOLDER
from instruments.messages import LANGUAGES
from tests.screening.batches import CATALONIA, LIBRARY, ON, rows_of, screen, write_csv
from tests.screening.portable.engines import run_polars, run_sql, words_of
from tests.screening.portable.spaces import Space
from tests.screening.shipped import rules_of

ROOT = Path(__file__).resolve().parents[2]
DAY = ON.isoformat()
OVERLAY = "stockholm_2012/farsta"


def export(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["guidance", "export", *arguments])


def heading_of(text: str, mark: str) -> str:
    """The comments that a text begins with, as one line."""
    lines = [line.removeprefix(mark).strip() for line in text.splitlines() if line.startswith(mark)]
    return " ".join(lines)


@pytest.mark.parametrize(("kind", "mark"), [("sql", "--"), ("polars", "#")])
def test_the_heading_says_what_it_is_made_from_and_who_set_the_limits(kind: str, mark: str) -> None:
    result = export(OVERLAY, "--to", kind, "--reference-date", DAY, "--language", "en")
    assert result.exit_code == 0, result.output
    heading, bound = heading_of(result.output, mark), LIBRARY.bind(OVERLAY, on=ON)
    assert "Material for a person to review, never a decision." in heading
    assert f"Reference date of all rows: {DAY}." in heading
    for reference in (f"{OVERLAY}@", "stockholm_2012@", "youth_spj@", "facts@"):
        (pinned,) = (each for each in bound.definitions if each.startswith(reference))
        assert f"{pinned}, SHA-256 {bound.definitions[pinned]}" in heading
    for parameter in bound.rules.guidance.parameters:
        setting = bound.rules.settings[parameter.id]
        assert f"{parameter.id} = {'not set' if setting.value is None else setting.value} (" in heading
        assert f" – {setting.set_by}, {setting.set_on})" in heading.replace(";", ",")
    for column in Space(bound.rules, ON).columns:
        assert f" {column}: " in heading


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_heading_of_sql_alone_tells_how_nan_is_read_as_an_empty_cell(language: str) -> None:
    headings = {
        kind: heading_of(export("skl_2015", "--to", kind, "--reference-date", DAY, "--language", language).output, mark)
        for kind, mark in (("sql", "--"), ("polars", "#"))
    }
    assert {kind for kind, heading in headings.items() if ", 'NaN')" in heading} == {"sql"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["sql", "polars"])
@pytest.mark.parametrize("name", ["stockholm_2012", OVERLAY])
def test_nobody_is_said_to_have_a_right_to_anything(name: str, kind: str, language: str) -> None:
    text = export(name, "--to", kind, "--reference-date", DAY, "--language", language).output.lower()
    for word in ("eligib", "beslutat", "berättigad", "godkän", "approved", "qualif"):
        assert word not in text


def test_the_text_that_is_printed_runs() -> None:
    space = Space(rules_of("skl_2015"), ON)
    table = space.table(space.whole())
    sql = export("skl_2015", "--to", "sql", "--table", "intakes", "--reference-date", DAY)
    polars = export("skl_2015", "--to", "polars", "--reference-date", DAY)
    assert words_of(run_sql("sqlite", sql.output, table)) == words_of(run_polars(polars.output, table))


def test_a_table_is_named_with_its_schema() -> None:
    result = export("skl_2015", "--to", "sql", "--table", 'sig.unga "nu"', "--reference-date", DAY)
    assert 'FROM "sig"."unga ""nu""" AS' in result.output


def test_the_columns_of_a_table_are_refused_as_screening_refuses_them(tmp_path: Path) -> None:
    (tmp_path / "intakes.csv").write_text("key,agee\n1,17\n", encoding="utf-8")
    result = export("skl_2015", "--to", "sql", "--columns-of", str(tmp_path / "intakes.csv"), "--language", "en")
    assert result.exit_code == 2
    assert "agee" in result.output


def test_a_table_without_ratings_is_exported_as_it_is_screened(tmp_path: Path) -> None:
    rows = [{"key": str(number), "age": age, "gang_ties": "confirmed"} for number, age in enumerate(("", "16", "90"))]
    path = write_csv(tmp_path / "in.csv", rows)
    for name in ("stockholm_2012", "socialstyrelsen_2012"):
        result = export(name, "--to", "polars", "--columns-of", str(path), "--reference-date", DAY)
        table = pa.table({column: [row[column] for row in rows] for column in rows[0]})
        said = words_of(run_polars(result.output, table))
        screen(path, tmp_path / f"{name}.csv", name, on=ON)
        expected = rows_of(tmp_path / f"{name}.csv")
        assert said.pop("not_readable") == [None] * len(rows)
        assert said == {column: [row[column] for row in expected] for column in said}


def test_a_mapping_names_the_columns() -> None:
    result = export("stockholm_2012", "--to", "sql", "--mapping", str(CATALONIA), "--reference-date", DAY)
    assert 'intake."case" AS "key"' in result.output
    assert "s19_substance_use_difficulties: 0, 1, 2" in heading_of(result.output, "--")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "age: heltal 0–120. Ingen har frågat: 99. Gick inte att få fram: okänd"),
        ("en", "age: whole number 0–120. Nobody has asked: 99. Could not be learned: okänd"),
    ],
)
def test_the_codes_of_a_mapping_for_what_is_not_known_are_told(language: str, said: str, tmp_path: Path) -> None:
    text = "instrument: youth_spj\nkey: k\nmissing: [99]\nnot_found: [okänd]\nfacts:\n  age: age\n"
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    arguments = ("--mapping", str(tmp_path / "mapping.yaml"), "--reference-date", DAY, "--language", language)
    result = export("stockholm_2012", "--to", "sql", *arguments)
    assert said in heading_of(result.output, "--")


@pytest.mark.parametrize("name", ["stockholm_2012", OVERLAY, "pilot_2011"])
def test_no_comment_holds_a_semicolon_that_would_end_the_statement(name: str) -> None:
    assert ";" not in heading_of(export(name, "--to", "sql", "--reference-date", DAY).output, "--")


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_the_manual_gives_what_the_manual_says(language: str, tmp_path: Path) -> None:
    text = (FOLDER / f"numbers.{language}.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(["sh", "-e"], input=block, cwd=tmp_path, env=environment, capture_output=True, text=True)  # noqa: S607
    assert run.returncode == 0, run.stderr
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in run.stdout.splitlines() if "PAHITT" in line
    ]
    assert rows == [
        ["PAHITT-1", "supports_offer", "NULL"],
        ["PAHITT-2", "not_target_group", "NULL"],
        ["PAHITT-3", "more_information_needed", "NULL"],
        ["PAHITT-4", "NULL", "age"],
    ]
