"""Small research data for the tests, and the real data where it stands beside the repository."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset, FactShape
from instruments.research.datasets.reading import read_dataset
from instruments.shipped import instrument_registry

ON = date(2026, 11, 21)
YOUTH = instrument_registry().find("youth_spj", on=ON).content
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
REAL = SHARED / "catalonia_savry.csv"
REFERENCE = Path(__file__).parent / "reference"
CATALONIA = Path(__file__).resolve().parents[3] / "screening" / "mappings" / "catalonia_savry.yaml"
needs_real = pytest.mark.skipif(not REAL.is_file(), reason="the real data is not beside the repository")
FACTS = {"age": FactShape(numbers=(0, 120)), "reoffending_risk": FactShape(("low", "moderate", "high"))}

MAPPING = """\
instrument: youth_spj
key: person
missing: [99]
codes:
  risk: {0: low, 1: moderate, 2: high}
  protective: {0: absent, 1: present}
items:
  substance_use: r1
  poor_compliance: {column: r2, codes: {låg: low, mellan: moderate, hög: high}}
  resilient_traits: {column: p1, reversed: true}
facts:
  age: years
  reoffending_risk: {column: judged, codes: {1: low, 2: moderate, 3: high}}
outcomes: {again: {column: reoffended, time: days}}
groups: {sex: gender}
scores: {published: total}
rated_on: day
"""
COLUMNS = ("person", "r1", "r2", "p1", "years", "judged", "reoffended", "days", "gender", "total", "day", "other")
ROWS = (
    ("a", "0", "låg", "1", "16", "1", "0", "730", "f", "3", "2024-02-01", "x"),
    ("b", "2", "hög", "0", "17", "3", "1", "91.5", "m", "4,5", "2024-03-01", "x"),
    ("c", "99", "", "saknas", "99", "", "", "", "", "", "", ""),
)


def write_rows(folder: Path, rows: Sequence[Sequence[object]] = ROWS, columns: Sequence[str] = COLUMNS) -> Path:
    path = folder / "data.csv"
    lines = [columns, *rows]
    path.write_text("\n".join(";".join(map(str, line)) for line in lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, mapping: str = MAPPING, facts: Mapping[str, FactShape] | None = FACTS) -> Dataset:
    place = path.parent / "mapping.yaml"
    place.write_text(mapping, encoding="utf-8")
    return read_dataset(path, place, YOUTH, facts)


def faults_of(path: Path, mapping: str = MAPPING) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        read(path, mapping)
    return list(caught.value.faults)


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name)
