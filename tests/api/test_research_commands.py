"""`underlag research`: a table and a mapping in, figures, cards or a clear refusal out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from instruments.card_shelf import cards_about, read_shelf
from instruments.shipped import instrument_registry
from tests.api.conftest import TODAY
from tests.instruments.research.invented import invent

KEY = "6b" * 16 + "a1b2c3d4e5f60718" * 2


RATED_WITH = "rated_with: {{instrument: {}, words: {{sv: dess egna, en: its own}}, by: {{sv: ingen, en: nobody}}}}\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented table beside its mapping, ``mapping.yaml``."""
    folder, data = tmp_path_factory.mktemp("research"), invent(240)
    frame = data.ratings.astype(int).assign(
        key=data.keys, judged=data.facts["reoffending_risk"], again=data.outcomes["again"], **data.groups
    )
    frame.to_csv(folder / "table.csv", index=False)
    items = "".join(f"  {name}: {name}\n" for name in data.ratings)
    codes = "codes: {risk: {0: low, 1: moderate, 2: high}, protective: {0: absent, 1: present}}\n"
    rest = "facts: {reoffending_risk: judged}\noutcomes: {again: again}\ngroups: {sex: sex, year: year}\n"
    mapping = f"instrument: youth_spj\nkey: key\n{codes}items:\n{items}{rest}"
    (folder / "mapping.yaml").write_text(mapping + RATED_WITH.format("youth_spj@1.0"), encoding="utf-8")
    (folder / "savry.yaml").write_text(mapping + RATED_WITH.format("SAVRY"), encoding="utf-8")
    (folder / "silent.yaml").write_text(mapping, encoding="utf-8")
    return folder / "table.csv"


def run(table: Path, command: str, *options: str, **environment: str) -> Result:
    arguments = ["research", command, str(table), "--mapping", str(table.with_name("mapping.yaml")), *options]
    return CliRunner().invoke(main, [*arguments, "--language", "en"], env=environment)


@pytest.mark.parametrize(
    ("command", "options", "section"),
    [
        ("validity", ("--draws", "100"), "areas"),
        ("calibrate", ("--draws", "100", "--folds", "3", "--method", "logistic"), "calibration"),
        ("calibrate", ("--draws", "0", "--folds", "3", "--method", "logistic"), "decision"),
        ("fairness", ("--group", "sex"), "group_errors"),
        ("overrides", (), "override_rates"),
        ("drift", ("--later", "year", "--after", "2021"), "score_stability"),
    ],
)
def test_a_command_prints_a_table_and_with_json_the_same_in_full_precision(
    command: str, options: tuple[str, ...], section: str, table: Path
) -> None:
    told = run(table, command, *options, "--json")
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout)
    assert section in [each["section"] for each in document["sections"]]


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("validity", ("--score", "made_up"), "no score made_up"),
        ("drift", (), "either --earlier, or both --later and --after"),
        ("calibrate", ("--later", "year"), "both --later and --after"),
        ("overrides", ("--suggested", "sex"), "all three"),
        ("calibrate", ("--later", "year", "--after", "soon"), "soon is no limit"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    command: str, options: tuple[str, ...], said: str, table: Path
) -> None:
    told = run(table, command, *options)
    assert told.exit_code == 2
    assert said in told.stderr


@pytest.mark.thorough
def test_a_card_is_written_and_published_once(table: Path, tmp_path: Path) -> None:
    keys = {"UNDERLAG_SIGNING_KEY": KEY, "UNDERLAG_DEFINITIONS": str(tmp_path / "definitions")}
    (tmp_path / "definitions").mkdir()
    options = ("--draws", "100", "--responsible", "Anna Exempel", "-o", str(tmp_path / "card"), "--json")
    told = run(table, "card", *options, **keys)
    assert told.exit_code == 0, told.output
    written = {path.name for path in (tmp_path / "card").glob("youth_spj_again@1.*")}
    assert written == {f"youth_spj_again@1.{ending}" for ending in ("yaml", "sv.html", "en.html", "bundle")}
    publish = ["research", "publish", str(tmp_path / "card" / "youth_spj_again@1.yaml"), "--language", "en"]
    assert CliRunner().invoke(main, publish, env=keys).exit_code == 0
    again = CliRunner().invoke(main, publish, env=keys)
    assert (again.exit_code, "already published" in again.stderr) == (2, True)
    instrument = instrument_registry().find("youth_spj", on=TODAY)
    shelf = read_shelf(tmp_path / "definitions" / "cards")
    (listed,) = cards_about(shelf, instrument.reference, instrument.sha256, bytes.fromhex(KEY))
    assert listed.is_verified


def card_by(table: Path, mapping: str, folder: Path) -> Result:
    arguments = ["research", "card", str(table), "--mapping", str(table.with_name(mapping)), "--draws", "100"]
    keys = {"UNDERLAG_SIGNING_KEY": KEY}
    more = ["--responsible", "Anna Exempel", "-o", str(folder), "--json", "--language", "en"]
    return CliRunner().invoke(main, [*arguments, *more], env=keys)


@pytest.mark.thorough
def test_evidence_on_another_instrument_can_be_verified_and_not_published(table: Path, tmp_path: Path) -> None:
    assert card_by(table, "savry.yaml", tmp_path).exit_code == 0
    card = str(tmp_path / "youth_spj_again@1.yaml")
    (tmp_path / "definitions").mkdir()
    keys = {"UNDERLAG_SIGNING_KEY": KEY, "UNDERLAG_DEFINITIONS": str(tmp_path / "definitions")}
    refused = CliRunner().invoke(main, ["research", "publish", card, "--language", "en"], env=keys)
    assert refused.exit_code == 2
    assert "rated with SAVRY, not with youth_spj@1.0" in refused.output
    held = CliRunner().invoke(main, ["research", "verify", card, "--language", "en"])
    assert (held.exit_code, "The signature holds" in held.output) == (0, True)
    other = CliRunner().invoke(main, ["research", "verify", card, "--public-key", "0" * 64, "--language", "en"])
    assert other.exit_code != 0
    Path(card).write_text(Path(card).read_text("utf-8").replace("Anna Exempel", "Bo Exempel"), "utf-8")
    assert CliRunner().invoke(main, ["research", "verify", card]).exit_code != 0


def test_no_card_is_made_of_people_of_whom_nobody_says_what_they_were_rated_with(table: Path, tmp_path: Path) -> None:
    silent = card_by(table, "silent.yaml", tmp_path)
    assert silent.exit_code == 2
    assert "Write rated_with in the mapping" in silent.output
    assert not list(tmp_path.iterdir())


def test_a_card_needs_a_key_and_someone_who_answers_for_it(table: Path) -> None:
    without_key = run(table, "card", "--responsible", "Anna Exempel", UNDERLAG_SIGNING_KEY="")
    assert without_key.exit_code == 1
    assert "UNDERLAG_SIGNING_KEY: The key is not set. Make one with: python3" in without_key.stderr


@pytest.mark.thorough
def test_few_of_whom_no_outcome_is_known_are_told_as_few_wherever_a_card_goes(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    frame.loc[:1, "again"] = np.nan
    frame.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "mapping.yaml").write_text(table.with_name("mapping.yaml").read_text("utf-8"), "utf-8")
    told = card_by(tmp_path / "table.csv", "mapping.yaml", tmp_path / "card")
    assert told.exit_code == 0, told.output
    rows = [each["parameters"]["rows"] for each in json.loads(told.stdout)["warnings"] if "rows" in each["parameters"]]
    assert rows
    assert set(rows) == {"1–4"}
    assert "2 of 240" not in told.stderr


@pytest.mark.thorough
def test_a_card_on_scores_and_groups_alone_is_written(table: Path, tmp_path: Path) -> None:
    keys = {"UNDERLAG_SIGNING_KEY": KEY}
    bare = tmp_path / "table.csv"
    bare.write_bytes(table.read_bytes())
    item = invent(1).risk_items[0]
    mapping = f"instrument: youth_spj\nkey: key\nscores: {{published: {item}}}\n"
    mapping += "outcomes: {again: again}\ngroups: {sex: sex}\n" + RATED_WITH.format("youth_spj@1.0")
    bare.with_name("mapping.yaml").write_text(mapping, encoding="utf-8")
    options = ("--score", "published", "--draws", "100", "--responsible", "Anna Exempel", "-o", str(tmp_path / "card"))
    told = run(bare, "card", *options, **keys)
    assert told.exit_code == 0, told.output
    assert "tables of errors are left out" in told.stderr
    assert (tmp_path / "card" / "youth_spj_again@1.en.html").is_file()
