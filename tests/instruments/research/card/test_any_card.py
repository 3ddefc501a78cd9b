"""A card from a mapping alone: a score without items, two raters on scales of their own, and the Catalan file."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli import main
from instruments.card_shelf import publish_card
from instruments.cards import Card, read_card
from instruments.faults import InputError
from instruments.research.datasets.own_items import REFERENCE
from instruments.shipped import instrument_registry
from tests.instruments.research.any_instrument import write_decile, write_two_raters
from tests.instruments.research.data import CATALONIA, REAL, needs_real

KEY = "6b" * 16 + "a1b2c3d4e5f60718" * 2


def card_from(table: Path, mapping: Path, folder: Path, *options: str) -> Result:
    arguments = [
        "research",
        "card",
        str(table),
        "--mapping",
        str(mapping),
        "-o",
        str(folder),
        "--json",
        "--draws",
        "100",
    ]
    more = [*options, *(["--responsible", "Anna Exempel"] if "--about" not in options else []), "--language", "en"]
    return CliRunner().invoke(main, [*arguments, *more], env={"UNDERLAG_SIGNING_KEY": KEY})


def only_card(folder: Path) -> Card:
    (path,) = folder.glob("*@*.yaml")
    return read_card(path)


@pytest.fixture(scope="module")
def decile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the card of a score alone, with a cut."""
    folder = tmp_path_factory.mktemp("decile")
    table = write_decile(folder)
    made = card_from(table, table.with_suffix(".yaml"), folder / "card", "--cut", "7")
    assert made.exit_code == 0, made.output
    return folder / "card"


def test_a_score_alone_has_a_card_from_its_mapping(decile: Path) -> None:
    card = only_card(decile)
    assert card.is_signed_with(bytes.fromhex(KEY))
    assert (card.id, card.instrument, card.score) == ("tiogradig_again", REFERENCE, "decile")
    assert card.instrument_sha256 == card.sample.mapping_sha256, "there is no other file that says what it is"
    assert card.computed_with["cut"] == 7
    assert "Tiogradig (its own; nobody: everything is invented)" in card.plain.en
    sections = {each.section: each for each in card.sections}
    assert sections["chosen_cut"].rows[0].labels == ("decile", "7")
    assert {"areas", "cuts", "calibration", "sample_size", "group_errors", "group_blanks"} <= set(sections)
    page = (decile / "tiogradig_again@1.sv.html").read_text("utf-8")
    assert "Evidens för Tiogradig" in page
    assert REFERENCE not in page, "no raw name of ours"


def test_what_has_no_definition_is_never_published_and_decides_nothing(decile: Path, tmp_path: Path) -> None:
    (path,) = decile.glob("*@*.yaml")
    with pytest.raises(InputError, match="card-research-only"):
        publish_card(path, tmp_path / "cards", instrument_registry(), bytes.fromhex(KEY))
    assert not (tmp_path / "cards").exists()
    table = write_decile(tmp_path)
    about = tmp_path / "about.yaml"
    stated = {"id": "x", "version": "1", "responsible": "Anna Exempel", "local": True, "decision_support": True}
    about.write_text(yaml.safe_dump(stated), encoding="utf-8")
    for name in ("Tiogradig", REFERENCE):  # not even one that takes its name
        mapping = tmp_path / "named.yaml"
        mapping.write_text(table.with_suffix(".yaml").read_text("utf-8").replace("Tiogradig", name), encoding="utf-8")
        refused = card_from(table, mapping, tmp_path / "out", "--about", str(about))
        assert refused.exit_code == 2
        assert f"Nobody is rated with {name} in Underlag" in refused.stderr


def test_two_raters_on_scales_of_their_own_have_a_card_from_their_mapping(tmp_path: Path) -> None:
    table = write_two_raters(tmp_path)
    made = card_from(table, table.with_suffix(".yaml"), tmp_path / "card")
    assert made.exit_code == 0, made.output
    card = only_card(tmp_path / "card")
    sections = {each.section: each for each in card.sections}
    assert {row.labels[0] for row in sections["intraclass"].rows} == {"risk_total", "protective_total", "overall"}
    assert {row.labels[0] for row in sections["areas"].rows} == {"risk_total", "protective_absent", "overall"}
    assert "no-cut" in {warning.code for warning in card.warnings}, "that tables of errors are lacking is told"
    for each in json.loads(made.stdout)["sections"]:
        assert each["rows"], each["section"]
    page = next((tmp_path / "card").glob("*.en.html")).read_text("utf-8")
    cells = set(re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page))
    assert {"housing", "convictions", "sum of risk items"} <= cells
    assert "–" not in cells, "what nobody has given a title is called by its id"


def test_a_cell_without_a_figure_has_the_number_of_its_reason(decile: Path) -> None:
    page = next(decile.glob("*.en.html")).read_text("utf-8")
    parts = page.split("<table>")
    lacking = [part for part in parts if "insufficient evidence" in part]
    assert lacking
    for part in lacking:
        numbers = set(re.findall(r"insufficient evidence \((\d+)\)", part))
        assert numbers == set(re.findall(r"\((\d+)\) Insufficient evidence: ", part))


@needs_real
def test_the_catalan_file_has_a_card_from_its_mapping(tmp_path: Path) -> None:
    made = card_from(REAL, CATALONIA, tmp_path / "card", "--outcome", "reoffended_by_2015")
    assert made.exit_code == 0, made.output
    card = only_card(tmp_path / "card")
    assert (card.rated_with.instrument, card.is_on_own_instrument) == ("SAVRY", False)
    areas = {
        row.labels[0]: row.figures[0].value for each in card.sections if each.section == "areas" for row in each.rows
    }
    assert areas["risk_total"] == 0.64  # 0.6383 and 0.6583, as a card tells them
    assert areas["summary_rating"] == 0.66


@pytest.mark.parametrize("happened", [0, 3, 57, 60])
def test_an_outcome_that_few_or_nobody_had_or_had_not_has_no_card(happened: int, tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    frame = pd.read_csv(table).head(60)
    outcome = next(name for name in frame if set(frame[name].unique()) <= {0, 1})
    frame[outcome] = [1] * happened + [0] * (60 - happened)
    frame.to_csv(table, index=False)
    refused = card_from(table, table.with_suffix(".yaml"), tmp_path / "card")
    assert refused.exit_code == 2
    assert "fewer than 5 had the outcome" in refused.stderr + refused.output
    assert not list((tmp_path / "card").glob("*.yaml"))


def test_several_scores_are_asked_about(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    mapping = table.with_suffix(".yaml")
    two = mapping.read_text("utf-8").replace("scores: {", "scores: {other: {column: id}, ")
    mapping.write_text(two, encoding="utf-8")
    asked = card_from(table, mapping, tmp_path / "card")
    assert (asked.exit_code, "--score: other or decile" in asked.stderr) == (2, True)
    assert card_from(table, mapping, tmp_path / "card", "--score", "decile").exit_code == 0


def test_a_summary_rating_stands_beside_the_score_that_there_is(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    frame = pd.read_csv(table)
    frame["rating"] = np.array(["low", "moderate", "high"])[np.digitize(frame["decile_score"], [4, 8])]
    frame.to_csv(table, index=False)
    mapping = table.with_suffix(".yaml")
    mapping.write_text(mapping.read_text("utf-8") + "facts: {reoffending_risk: rating}\n", encoding="utf-8")
    made = card_from(table, mapping, tmp_path / "card", "--score", "decile")
    assert made.exit_code == 0, made.output
    assert "override_rates" in {each.section for each in only_card(tmp_path / "card").sections}
    rated = card_from(table, mapping, tmp_path / "rated", "--score", "summary_rating")
    assert rated.exit_code == 0, rated.output
    assert "override_rates" not in {each.section for each in only_card(tmp_path / "rated").sections}


def test_a_cut_that_nobody_reaches_stands_on_the_card_with_the_reason(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    mapping = table.with_suffix(".yaml")
    mapping.write_text(mapping.read_text("utf-8").replace("[1, 10]", "[1, 20]"), encoding="utf-8")
    made = card_from(table, mapping, tmp_path / "card", "--cut", "15")
    assert made.exit_code == 0, made.output
    (row,) = next(each.rows for each in only_card(tmp_path / "card").sections if each.section == "chosen_cut")
    assert row.labels == ("decile", "15")
    assert {each.insufficient_evidence.code for each in row.figures if each.insufficient_evidence} == {
        "nobody-in-share"
    }
    for command in ("validity", "fairness", "card"):
        arguments = ["research", command, str(table), "--mapping", str(mapping), "--cut", "21", "--language", "en"]
        more = ["--responsible", "Ada", "-o", str(tmp_path / "no")] if command == "card" else []
        refused = CliRunner().invoke(main, [*arguments, *more], env={"UNDERLAG_SIGNING_KEY": KEY})
        assert (refused.exit_code, "decile lies between 1 and 20" in refused.stderr) == (2, True), command


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ("few", "events are too few"),
        ("constant score", "so the column tells nothing"),
        ("separated", "decile"),
    ],
)
def test_a_sample_that_allows_no_calibration_has_a_card_that_says_so(odd: str, reason: str, tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    frame = pd.read_csv(table)
    if odd == "few":
        events = frame[frame["two_year"] == 1].head(8)
        frame = pd.concat([events, frame[frame["two_year"] == 0].head(22)])
    if odd == "constant score":
        frame["decile_score"] = 5
    if odd == "separated":
        frame["two_year"] = (frame["decile_score"] > 5).astype(int)
    frame.to_csv(table, index=False)
    made = card_from(table, table.with_suffix(".yaml"), tmp_path / "card")
    assert made.exit_code == 0, made.output
    card = only_card(tmp_path / "card")
    assert card.bundle is None
    assert not list((tmp_path / "card").glob("*.bundle"))
    (row,) = next(each.rows for each in card.sections if each.section == "calibration")
    assert all(each.value is None and each.insufficient_evidence for each in row.figures)
    page = next((tmp_path / "card").glob("*.en.html")).read_text("utf-8")
    assert reason in page


def test_joined_levels_have_a_bar_each_that_is_called_by_all_of_them(decile: Path) -> None:
    page = next(decile.glob("*.sv.html")).read_text("utf-8")
    (picture,) = re.findall(r"<h3>Hur många som har varje poäng</h3>(.*?)</figure>", page, re.S)
    names = re.findall(r">(\d+(?:–\d+)?)</text>", picture)
    blocks = [each for each in names if "–" in each]
    assert blocks == ["2–4", "9–10"], names
    assert "Intilliggande poäng är hopslagna" in picture


def test_the_page_calls_what_is_of_the_data_as_the_data_do_and_the_rest_in_words(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    mapping = table.with_suffix(".yaml")
    named = mapping.read_text("utf-8").replace("scores: {decile:", "scores: {any:").replace("{sex: sex}", "{high: sex}")
    mapping.write_text(named, encoding="utf-8")
    frame = pd.read_csv(table)
    frame.assign(sex=frame["sex"].replace({"f": "low"})).to_csv(table, index=False)
    made = card_from(table, mapping, tmp_path / "card")
    assert made.exit_code == 0, made.output
    page = next((tmp_path / "card").glob("*.sv.html")).read_text("utf-8")
    cells = set(re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page))
    assert {"any", "high", "low", "0,1"} <= cells
    assert not {"alla avsteg", "hög", "låg", "0.1"} & cells
    assert "alla avsteg" not in page
    assert "personer i en grupp, minst" in cells
    assert "events_per_parameter" not in page
    assert "Begär den" not in page
    assert "Utfall efter samlad bedömning, i antal" not in page, "there is no summary rating"


def test_whoever_has_not_said_what_people_were_rated_with_is_not_told_to_name_us(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    mapping = table.with_suffix(".yaml")
    mapping.write_text(
        mapping.read_text("utf-8").partition("key:")[1] + mapping.read_text("utf-8").partition("key:")[2]
    )
    refused = card_from(table, mapping, tmp_path / "card")
    assert (refused.exit_code, "own_items" in refused.stderr, "what it is called" in refused.stderr) == (2, False, True)


def test_a_long_count_is_told_by_its_range_and_what_occurs(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("key: id\nitems: {convictions: {column: c, most: 1000}}\noutcomes: {again: y}\n", "utf-8")
    table = tmp_path / "t.csv"
    table.write_text("id,c,y\n" + "".join(f"{n},{n % 3},{n % 2}\n" for n in range(40)), "utf-8")
    arguments = ["research", "check", str(table), "--mapping", str(mapping), "--language", "en"]
    checked = CliRunner().invoke(main, arguments)
    assert checked.exit_code == 0, checked.output
    assert "0–1000" in checked.stdout
    assert len(checked.stdout.splitlines()) < 40
    assert "own_items" not in checked.stderr
    table.write_text("id,c,y\n1,1001,0\n2,3,1\n", "utf-8")
    refused = CliRunner().invoke(main, arguments)
    assert "Write a whole number from 0 to 1000" in refused.stderr
    assert len(refused.stderr) < 400


def test_errors_at_a_cut_beside_which_few_lie_are_left_out_and_that_is_told(tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    frame = pd.read_csv(table)
    frame.loc[frame["decile_score"] == 7, "decile_score"] = 8
    frame.loc[np.flatnonzero(frame["decile_score"] == 8)[:3], "decile_score"] = 7
    frame.to_csv(table, index=False)
    made = card_from(table, table.with_suffix(".yaml"), tmp_path / "card", "--cut", "8")
    card = only_card(tmp_path / "card")
    assert made.exit_code == 0, made.output
    sections = {each.section: each for each in card.sections if each.rows}
    assert not {"group_errors", "group_error_differences", "chosen_cut"} & set(sections)
    (told,) = [warning for warning in card.warnings if warning.code == "cut-untold"]
    told_at = {row.labels[1] for row in sections["cuts"].rows}
    assert "8" not in told_at, "with 7 told as well, the three who have it would be"
    assert set(told.parameters["known"]) == told_at, "what may be chosen is what the card tells of everybody"
