"""Data as they come: whatever cannot be said is said to be so by name, and never as a figure that is none."""

import json
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from instruments.faults import InputError
from instruments.research.calibration.report import calibrate
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.faults import DroppedRowsWarning
from instruments.research.figures.describing import describe
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.generalizability.report import generalizability
from instruments.research.item_response.report import irt
from instruments.research.reliability.report import reliability
from instruments.research.structure.report import structure
from instruments.research.validity.overrides import overrides
from instruments.research.validity.report import validity
from tests.instruments.research.data import YOUTH, read, write_rows
from tests.thoroughness import a_few

RISK = [item.id for item in YOUTH.items if item.kind == "risk"][:6]
COLUMNS = [f"i{place}" for place in range(6)]
FEW = Resampling(100)
MAPPING = f"""\
instrument: youth_spj
key: id
codes: {{risk: {{0: low, 1: moderate, 2: high}}}}
items: {{{", ".join(f"{item}: {column}" for item, column in zip(RISK, COLUMNS, strict=True))}}}
facts: {{reoffending_risk: rating}}
outcomes: {{again: out}}
groups: {{sex: sex}}
scores: {{published: total}}
"""
REPORTS: dict[str, Callable[[Dataset], Report]] = {
    "check": lambda data: describe(data, None, ()),
    "reliability": reliability,
    "validity": lambda data: validity(data, resampling=FEW),
    "calibrate": lambda data: calibrate(data, resampling=FEW),
    "irt": lambda data: irt(data, ["sex"]),
    "structure": lambda data: structure(data, resampling=FEW, factors=2, pairs=True),
    "fairness": lambda data: fairness(data),
    "overrides": overrides,
}


def people(n: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(4)
    trait = random.normal(size=n)
    table = pd.DataFrame({name: np.digitize(trait + random.normal(size=n), [-0.5, 0.7]) for name in COLUMNS})
    table.insert(0, "id", range(n))
    table["out"] = (trait + random.normal(size=n) > 0.4).astype(int)
    table["sex"] = np.where(random.random(n) < 0.3, "f", "m")
    table["total"] = table[COLUMNS].sum(axis=1)
    table["rating"] = np.array(["low", "moderate", "high"])[np.digitize(trait, [-0.5, 0.7])]
    return table


HARD: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it should be": lambda table: table,
    "constant outcome": lambda table: table.assign(out=0),
    "no outcome known": lambda table: table.assign(out=np.nan),
    "one event": lambda table: table.assign(out=[1] + [0] * (len(table) - 1)),
    "an item blank for all": lambda table: table.assign(i3=np.nan),
    "an item alike for all": lambda table: table.assign(i3=1),
    "every row with a blank": lambda table: table.assign(i0=np.where(table["id"] % 2, np.nan, table["i0"]), i1=np.nan),
    "perfect separation": lambda table: table.assign(out=(table["total"] > 6).astype(int)),
    "a group of one": lambda table: table.assign(sex=["x"] + ["m"] * (len(table) - 1)),
    "a group that is parted": lambda table: table.assign(
        total=np.where(table["sex"] == "f", table["out"], table["total"])
    ),
    "everybody parted by a score": lambda table: table.assign(total=table["out"]),
    "raters of one mind": lambda table: table.assign(rating=np.where(table["out"] == 1, "high", "low")),
    "no group known": lambda table: table.assign(sex=None),
    "items that cancel out": lambda table: table.assign(
        **{name: 2 - table["i0"] if place % 2 else table["i0"] for place, name in enumerate(COLUMNS)}
    ),
    "a constant score": lambda table: table.assign(total=4),
    "one person": lambda table: table.head(1),
    "three people": lambda table: table.head(3),
    "twelve people": lambda table: table.head(12),
}


def numbers(part: Any) -> Iterator[float]:
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from numbers(each)
    elif isinstance(part, float):
        yield part


def figures(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from figures(each)
        if isinstance(part, dict) and "figure" in part:
            yield part


#: Figures that have no interval by their nature: counts, tests, parts of a sum, what is compared with.
WITHOUT = {
    "rows", "rated", "events", "non_events", "known", "blank", "code_0", "code_1", "code_2", "decided_0", "decided_1",
    "decided_2", "at_or_above", "items", "folds", "pairs", "levels", "degrees", "p", "z", "chi_square", "p_adjusted",
    "adjusted_p", "scaled_brier", "miscalibration", "discrimination", "uncertainty", "act_on_all", "by_chance",
    "stability_index", "log_likelihood", "trait_reliability", "information_at_mean", "information", "trait_error",
    "alpha_if_dropped", "blank_least", "blank_most", "distance_in_levels",
    "complete_rows", "components_suggested", "mean_q3", "largest_q3", "q3", "eigenvalue", "eigenvalue_by_chance",
    "rmsr", "rmsea", "tli", "communality", "factor_correlation", "monotonicity_violations",
    *(f"{kind}loading_{number}" for kind in ("", "orthogonal_") for number in (1, 2)),
    "min_score", "max_score",
}  # fmt: skip


@pytest.mark.parametrize("command", a_few(REPORTS))
@pytest.mark.parametrize("name", a_few(HARD))
def test_every_report_is_told_in_numbers_or_refused_by_name(name: str, command: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    HARD[name](people()).to_csv(path, index=False)
    data = read(path, MAPPING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # research warnings are told by name in the report
        warnings.simplefilter("error", RuntimeWarning)
        try:
            report = REPORTS[command](data).as_data()
        except InputError as error:
            report = {"refused": [fault.code for fault in error.faults]}
    assert all(math.isfinite(each) for each in numbers(report))
    for each in figures(report):
        if "value" in each and each["figure"] not in WITHOUT and (command, each["figure"]) != ("irt", "discrimination"):
            has_interval = each.get("low", 0) < each.get("high", 0) and each["low"] <= each["value"] <= each["high"]
            assert has_interval or each.get("note"), "an interval of some width, or a word on why there is none"
    assert report.get("refused") != []
    assert name != "as it should be" or "refused" not in report
    json.dumps(report, allow_nan=False)


def test_blank_items_leave_the_published_total_and_the_rating_their_validity(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    people().assign(i3=np.nan).to_csv(path, index=False)
    with pytest.warns(DroppedRowsWarning):
        report = validity(read(path, MAPPING), resampling=FEW).as_data()
    areas = {row["score"]: row["figures"][0] for row in report["sections"][0]["rows"]}  # type: ignore[index]
    assert areas["published"]["n"] == areas["summary_rating"]["n"] == 120
    assert areas["risk_total"]["insufficient_evidence"]["code"] == "nobody-left"
    cuts = next(each for each in report["sections"] if each["section"] == "cuts")  # type: ignore[attr-defined]
    assert {row["score"] for row in cuts["rows"]} == {"summary_rating"}


def test_few_events_leave_a_fairness_report_everything_but_its_calibration(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    people().assign(out=[1] * 4 + [0] * 116).to_csv(path, index=False)
    report = fairness(read(path, MAPPING)).as_data()
    sections = {each["section"]: each["rows"] for each in report["sections"]}  # type: ignore[attr-defined]
    assert {"base_rates", "group_errors", "group_blanks"} <= set(sections)
    told = [figure for row in sections["group_calibration"] for figure in row["figures"]]
    assert {figure["insufficient_evidence"]["code"] for figure in told} == {"one-class-in-fold"}


def test_a_figure_keeps_no_interval_of_no_width() -> None:
    figure = Figure("auc", 1.0, 1.0, 1.0, n=40)
    assert (figure.low, figure.high, figure.note) == (None, None, "no_width")


@pytest.mark.parametrize("apart", [0, 1])
def test_raters_who_agree_exactly_leave_no_variances_where_ratings_are_missing(apart: int, tmp_path: Path) -> None:
    """Alike, or always as far apart: the likelihood has no summit, and whatever it was climbed to is no variance."""
    rows = [
        (f"{person}{rater}", person, rater, 3 * person % 7 + apart * "abc".index(rater))
        for person in range(60)
        for rater in ("ab", "bc", "ac")[person % 3]
    ]
    mapping = "instrument: youth_spj\nkey: k\nperson: p\nrater: r\nscores: {total: t}\n"
    report = generalizability(read(write_rows(tmp_path, rows, ("k", "p", "r", "t")), mapping))
    for part in report.sections:
        told = [figure for row in part.rows for figure in row.figures]
        assert told
        assert {each.reason.code if isinstance(each, InsufficientEvidence) else each.name for each in told} == {
            "nothing-left-to-chance"
        }
