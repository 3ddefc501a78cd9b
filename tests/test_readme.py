"""The README's example is what the program prints."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = re.compile(r"^```sh\n(?P<commands>.*?)^```$.*?^```csv\n(?P<printed>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def example() -> re.Match[str]:
    found = EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "README.md has no ```sh block followed by a ```csv block"
    return found


def test_the_example_prints_what_the_readme_says(example: re.Match[str], tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    run = subprocess.run(["sh", "-e"], input=example["commands"], cwd=tmp_path, capture_output=True, text=True)  # noqa: S607
    assert run.returncode == 0, run.stderr
    assert run.stdout == example["printed"]


def test_the_sentences_under_the_example_tell_what_is_in_it(example: re.Match[str]) -> None:
    first, second, third = csv.DictReader(example["printed"].splitlines())
    assert first["outcome"] == "supports_offer"
    assert (second["outcome"], second["criterion.age"]) == ("not_target_group", "not_met")
    assert (third["outcome"], third["open_questions"]) == ("more_information_needed", "age")
