"""Definitions of instruments that are studied: read, locked and listed like others, and never rated by."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from instruments.cards import read_card
from instruments.faults import InputError, UnknownDefinitionError
from instruments.loading import load
from instruments.studied import StudiedInstrument
from screening.library import Library
from tests.instruments.research.any_instrument import DECILE, TWO_RATERS, write_decile, write_two_raters

ON = date(2026, 11, 21)
KEY = "6b" * 16 + "a1b2c3d4e5f60718" * 2
HEAD = """\
id: four_levels
version: "1.0"
status: published
valid_from: 2026-01-01
valid_to: null
title: {sv: Fyrgradig, en: Four levels}
"""
FOUR_LEVELS = (
    HEAD
    + """\
levels: [0, 1, 2, 3]
items:
  housing: {}
  friends: {}
  school: {}
  employed: {levels: ["no", "yes"], kind: protective}
  trusts: {levels: ["no", "yes"], kind: protective}
  convictions: {most: 6}
scores:
  overall: {levels: [green, yellow, orange, red]}
  decile: {range: [1, 10]}
"""
)
#: The mapping of two raters, with every scale where it belongs: in the definition.
BARE = (
    TWO_RATERS.replace("levels: [0, 1, 2, 3]\n", "instrument: four_levels@1.0\n")
    .replace(', levels: ["no", "yes"], kind: protective', "")
    .replace(", most: 6", "")
    .replace(", levels: [green, yellow, orange, red]", "")
)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A folder of local definitions with one instrument that is studied."""
    folder = tmp_path / "definitions" / "studied" / "four_levels"
    folder.mkdir(parents=True)
    (folder / "1.0.yaml").write_text(FOUR_LEVELS, encoding="utf-8")
    return tmp_path / "definitions"


def run(local: Path, *arguments: str) -> Result:
    environment = {"UNDERLAG_DEFINITIONS": str(local), "UNDERLAG_SIGNING_KEY": KEY}
    return CliRunner().invoke(main, [*arguments, "--language", "en"], env=environment)


def test_it_is_checked_locked_and_listed_as_research_only(local: Path) -> None:
    file = local / "studied" / "four_levels" / "1.0.yaml"
    assert "four_levels@1.0, SHA-256" in run(local, "instruments", "check", str(file)).output
    assert run(local, "instruments", "lock", str(local / "studied")).exit_code == 0
    assert "Four levels (research only)" in " ".join(run(local, "instruments", "list").output.split())
    file.write_text(FOUR_LEVELS.replace("most: 6", "most: 60"), encoding="utf-8")
    assert run(local, "instruments", "list").exit_code != 0, "what is locked is never edited"


def test_nobody_is_rated_or_screened_by_it_and_that_is_said(local: Path) -> None:
    library = Library(local)
    assert "four_levels" not in library.instruments.ids()
    with pytest.raises(UnknownDefinitionError, match="studied-only"):
        library.bind("skl_2015", on=ON, instrument="four_levels@1.0")
    table, result = str(write_two_raters(local.parent)), str(local.parent / "result.csv")
    screened = ("screen", table, "--instrument", "four_levels", "--guidance", "skl_2015", "-o", result)
    shown, exported = ("instruments", "show", "four_levels"), ("instruments", "export", "four_levels", "--fhir")
    for arguments in (screened, shown, exported):
        told = run(local, *arguments)
        assert told.exit_code != 0
        assert "four_levels is only studied here" in told.stderr


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (HEAD, "empty-list"),
        (HEAD + "items: {a: {}}\n", "not-a-scale"),
        (HEAD + "scores: {a: {reversed: true}}\n", "reversed-without-ends"),
        (HEAD + "scores: {a: {range: [2, 1]}}\n", "not-a-scale"),
        (HEAD + "items: {a: {most: 3, weight: 2}}\n", "unknown-key"),
    ],
)
def test_what_is_wrong_with_one_is_told(file: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "1.0.yaml"
    path.write_text(file, encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        load(path, StudiedInstrument)


def test_a_mapping_of_it_gives_the_figures_of_a_mapping_with_the_scales_in_it(local: Path, tmp_path: Path) -> None:
    table = write_two_raters(tmp_path)
    command = ("research", "reliability", str(table), "--json", "--mapping")
    alone = run(local, *command, str(table.with_suffix(".yaml"))).stdout
    named = tmp_path / "named.yaml"
    named.write_text(BARE, encoding="utf-8")
    assert run(local, *command, str(named)).stdout.partition('"sections"')[2] == alone.partition('"sections"')[2] != ""


def test_a_scale_that_both_a_mapping_and_the_definition_give_is_refused(local: Path, tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    table.with_suffix(".yaml").write_text("instrument: four_levels@1.0\n" + DECILE, encoding="utf-8")
    told = run(local, "research", "check", str(table), "--mapping", str(table.with_suffix(".yaml")))
    assert (told.exit_code, "its items and scores have the scales of that one" in told.stderr) == (2, True)


@pytest.mark.thorough
def test_a_card_on_it_is_bound_to_its_file_and_for_research_only(local: Path, tmp_path: Path) -> None:
    table = write_decile(tmp_path)
    bare = "instrument: four_levels@1.0\n" + DECILE.replace(", range: [1, 10]", "")
    table.with_suffix(".yaml").write_text(bare, encoding="utf-8")
    options = ("--responsible", "Anna Exempel", "--draws", "100", "-o", str(tmp_path / "card"))
    made = run(local, "research", "card", str(table), "--mapping", str(table.with_suffix(".yaml")), *options)
    assert made.exit_code == 0, made.output
    (path,) = (tmp_path / "card").glob("*@*.yaml")
    card, (definition,) = read_card(path), Library(local).studied
    assert (card.instrument, card.instrument_sha256) == ("own_items/four_levels@1.0", definition.sha256)
    assert not card.has_definition
    refused = run(local, "research", "publish", str(path))
    assert (refused.exit_code, "Nobody is rated with Tiogradig in Underlag" in refused.stderr) == (2, True)
