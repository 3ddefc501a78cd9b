"""`underlag research structure` tells what the items have in common, and every fault in words."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from api.cli import main

ITEMS = ("substance_use", "peer_rejection", "anger_management", "stress_coping", "delinquent_peers")
MAPPING = f"""\
instrument: youth_spj
key: k
codes: {{risk: {{0: low, 1: moderate, 2: high}}}}
items: {{{", ".join(f"{name}: {name}" for name in ITEMS)}}}
"""


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    random = np.random.default_rng(5)
    trait = random.normal(size=150)
    table = pd.DataFrame({name: np.digitize(trait + random.normal(size=150), [-0.5, 0.6]) for name in ITEMS})
    path = tmp_path / "data.csv"
    table.rename_axis("k").reset_index().to_csv(path, index=False)
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return path


def run(data: Path, *more: str) -> Result:
    mapping = str(data.parent / "mapping.yaml")
    return CliRunner().invoke(main, ["research", "structure", str(data), "--mapping", mapping, "--draws", "100", *more])


@pytest.mark.parametrize(("language", "words"), [("sv", "H för skalan"), ("en", "H of the scale")])
def test_the_structure_is_told_as_tables(rated: Path, language: str, words: str) -> None:
    told = run(rated, "--language", language)
    assert told.exit_code == 0, told.output
    assert words in told.stdout
    assert "150" in told.stdout


def test_the_structure_is_told_as_one_document_that_a_seed_repeats(rated: Path) -> None:
    first, again, other = (run(rated, "--json", "--pairs", "--seed", seed).stdout for seed in "778")
    assert first == again != other
    document = json.loads(first)
    pairs = next(each for each in document["sections"] if each["section"] == "structure_pairs")
    assert len(pairs["rows"]) == 10
    assert {figure["n"] for row in pairs["rows"] for figure in row["figures"]} == {150}
    assert document["about"]["seed"] == 7


def test_what_cannot_be_told_is_said_with_what_would_help(rated: Path) -> None:
    told = run(rated, "--factors", "3", "--language", "en")
    assert told.exit_code == 0
    assert "cannot tell 3 factors apart. Ask for fewer." in " ".join(told.stdout.split())
    few = run(rated, "--draws", "5", "--language", "en")
    assert few.exit_code != 0
    assert "Traceback" not in few.output
    table = pd.read_csv(rated)
    table[["k", ITEMS[0]]].to_csv(rated, index=False)
    (rated.parent / "mapping.yaml").write_text(
        MAPPING.replace(", ".join(f"{name}: {name}" for name in ITEMS), f"{ITEMS[0]}: {ITEMS[0]}"),
        encoding="utf-8",
    )
    one = run(rated, "--language", "en")
    assert one.exit_code != 0
    assert "At least 2 items are needed, and the number here is 1" in one.output
