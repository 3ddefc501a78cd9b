"""Invented files of instruments that Underlag has no definition of, each beside its mapping."""

from pathlib import Path

import numpy as np
import pandas as pd

_RATED_WITH = """\
rated_with:
  instrument: {}
  words: {{sv: dess egna, en: its own}}
  by: {{sv: "ingen: allt är påhittat", en: "nobody: everything is invented"}}
"""
DECILE = (
    _RATED_WITH.format("Tiogradig")
    + """\
key: id
scores: {decile: {column: decile_score, range: [1, 10]}}
outcomes: {again: two_year}
groups: {sex: sex}
"""
)
TWO_RATERS = (
    _RATED_WITH.format("Fyrgradig")
    + """\
levels: [0, 1, 2, 3]
key: person
person: person
rater: rater
items:
  housing: q0
  friends: q1
  school: {column: q2, reversed: true}
  employed: {column: job, levels: ["no", "yes"], kind: protective}
  trusts: {column: trust, levels: ["no", "yes"], kind: protective}
  convictions: {column: convictions, most: 6}
scores: {overall: {column: overall, levels: [green, yellow, orange, red]}}
outcomes: {again: again}
groups: {sex: sex}
"""
)


def write_decile(folder: Path, n: int = 500) -> Path:
    """A file with a score from 1 to 10, an outcome and a group, beside its mapping."""
    random = np.random.default_rng(15)
    trait = random.normal(size=n)
    table = pd.DataFrame(
        {
            "id": range(n),
            "decile_score": 1 + np.digitize(trait, np.linspace(-1.6, 1.6, 9)),
            "two_year": (trait + random.normal(0, 1.2, n) > 0.4).astype(int),
            "sex": np.where(random.random(n) < 0.4, "f", "m"),
        }
    )
    table.to_csv(folder / "decile.csv", index=False)
    (folder / "decile.yaml").write_text(DECILE, encoding="utf-8")
    return folder / "decile.csv"


def write_two_raters(folder: Path, persons: int = 250) -> Path:
    """A file in which two raters rated everybody, in four levels, by yes or no, and in counts, beside its mapping."""
    random = np.random.default_rng(16)
    trait = np.repeat(random.normal(size=persons), 2)
    n = len(trait)

    def rated(cuts: list[float]) -> np.ndarray:
        return np.digitize(trait + random.normal(0, 0.7, n), cuts)

    table = pd.DataFrame({"person": np.repeat(np.arange(persons), 2), "rater": np.tile(["anna", "bo"], persons)})
    table["q0"], table["q1"], table["q2"] = rated([-1, 0, 1]), rated([-0.5, 0.5, 1.5]), 3 - rated([-1, 0, 1])
    table["job"], table["trust"] = (np.array(["yes", "no"])[rated([0.2])] for _ in range(2))
    table["convictions"] = np.minimum(random.poisson(np.exp(trait / 2)), 6)
    table["overall"] = np.array(["green", "yellow", "orange", "red"])[rated([-1, 0, 1])]
    table["again"] = np.repeat((trait[::2] + random.normal(0, 1, persons) > 0.3).astype(int), 2)
    table["sex"] = np.repeat(np.where(random.random(persons) < 0.4, "f", "m"), 2)
    table.to_csv(folder / "raters.csv", index=False)
    (folder / "raters.yaml").write_text(TWO_RATERS, encoding="utf-8")
    return folder / "raters.csv"
