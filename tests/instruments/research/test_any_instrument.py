"""Instruments that Underlag has no definition of: their mapping alone says on what scales they are."""

import contextlib
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.own_items import own_items
from instruments.research.datasets.reading import read_dataset
from instruments.research.datasets.scores import main_score, scores_of
from instruments.research.datasets.scoring import InstrumentScorer
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.faults import LabelOrderWarning, NoCutWarning
from instruments.research.figures.describing import describe
from instruments.research.figures.figure import Figure, Report
from instruments.research.missing.bounds import total_bounds
from instruments.research.missing.report import missing
from instruments.research.reliability.report import reliability
from instruments.research.validity.report import validity
from tests.instruments.research.any_instrument import write_decile, write_two_raters
from tests.instruments.research.test_hard_data import REPORTS, numbers
from tests.thoroughness import a_few


def read(path: Path, mapping: str | None = None) -> Dataset:
    place = path.with_suffix(".yaml")
    if mapping is not None:
        place.write_text(mapping, encoding="utf-8")
    return read_dataset(path, place, own_items(read_mapping(place).content))


def table_of(folder: Path, **columns: list[object]) -> Path:
    pd.DataFrame({"id": range(len(next(iter(columns.values())))), **columns}).to_csv(folder / "data.csv", index=False)
    return folder / "data.csv"


def codes_of(path: Path, mapping: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path, mapping)
    return [fault.code for fault in caught.value.faults]


def test_items_may_each_have_a_scale_of_their_own(tmp_path: Path) -> None:
    path = table_of(tmp_path, a=[0, 3, 1], b=["no", "yes", "no"], c=[0, 6, ""])
    data = read(
        path,
        """\
levels: [0, 1, 2, 3]
key: id
items:
  a: a
  b: {column: b, levels: ["no", "yes"], kind: protective}
  c: {column: c, most: 6}
""",
    )
    np.testing.assert_array_equal(data.ratings, [[0, 0, 0], [3, 1, 6], [1, 0, np.nan]])
    scores = scores_of(data)
    np.testing.assert_array_equal(scores["risk_total"], [0, 9, np.nan])
    assert scores["protective_absent"].tolist() == [1, 0, 1], "what protects is counted where it is absent"
    risk = [item for item in data.items if item.kind == "risk"]
    assert [end.tolist() for end in total_bounds(data.ratings, risk, data.instrument)] == [[0, 9, 1], [0, 9, 7]]
    scored = InstrumentScorer(data.instrument, parts=("total", "bounds", "counts")).set_output(transform="pandas")
    told = scored.fit_transform(data.ratings)
    assert (told["risk_lowest"][2], told["risk_highest"][2]) == (1, 7), "a blank lies within the scale of its own item"
    assert {"protective_no", "protective_yes"} <= set(told)
    assert "risk_0" not in told, "levels that differ from item to item are not counted together"


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ("key: id\nitems: {a: a}\n", "instrument-or-levels"),
        ("key: id\nitems: {a: {column: a, levels: [1]}}\n", "not-a-scale"),
        ("key: id\nitems: {a: {column: a, levels: [1, 1]}}\n", "not-a-scale"),
        ("key: id\nitems: {a: {column: a, levels: [0, 1], most: 4}}\n", "not-a-scale"),
        ("key: id\nscores: {a: {column: a, range: [10, 1]}}\n", "not-a-scale"),
        ("key: id\nscores: {a: {column: a, reversed: true}}\n", "reversed-without-ends"),
        ("instrument: youth_spj\nkey: id\nitems: {substance_use: {column: a, most: 4}}\n", "scale-of-instrument"),
        ("key: id\nitems: {a: {column: a, most: 2}}\n", "cell-off-scale"),
        ("key: id\nscores: {a: {column: a, range: [0, 2]}}\n", "score-off-range"),
        ("key: id\nscores: {a: {column: a, levels: [0, 1, 2]}}\n", "cell-off-scale"),
        (
            "levels: [0, 3]\nkey: id\ncodes: {risk: {0: 0, 3: 5}}\nitems: {a: a, b: {column: a, most: 5}}\n",
            "code-without-value",
        ),
    ],
)
def test_a_scale_that_does_not_hold_is_told(mapping: str, code: str, tmp_path: Path) -> None:
    assert code in codes_of(table_of(tmp_path, a=[0, 3, 1]), mapping)


def test_a_score_in_words_or_turned_runs_upwards_to_more_of_the_outcome(tmp_path: Path) -> None:
    path = table_of(tmp_path, band=["Low", "High", ""], strengths=["2,5", "10", "0"])
    data = read(
        path,
        """\
key: id
scores:
  band: {column: band, levels: [Low, Medium, High]}
  strengths: {column: strengths, range: [0, 10], reversed: true}
""",
    )
    np.testing.assert_array_equal(data.scores["band"], [0, 2, np.nan])
    assert data.scores["strengths"].tolist() == [7.5, 0, 10]
    with pytest.raises(InputError, match="score-not-chosen"):
        main_score(data)
    ends = [(each.name, each.value) for each in describe(data).sections[0].rows[1].figures if isinstance(each, Figure)]
    assert ends == [("known", 3), ("blank", 0), ("min_score", 0), ("max_score", 10)]


def test_a_score_without_items_is_held_against_the_outcome_by_group(tmp_path: Path) -> None:
    data = read(write_decile(tmp_path))
    assert (len(data.items), main_score(data)) == (0, "decile")
    with pytest.warns(NoCutWarning):
        told = fairness(data)
    sections = {section.name: section for section in told.sections}
    assert "group_errors" not in sections
    blanks = {row.labels[1]: row.figures[0] for row in sections["group_blanks"].rows}
    assert {(each.name, getattr(each, "value", None)) for each in blanks.values()} == {("score_blank", 0.0)}
    assert "group_errors" in {section.name for section in fairness(data, cut=8).sections}
    assert told.about["instrument"] == "Tiogradig", "it is called what the mapping calls it"


def test_a_score_with_ends_bounds_its_area_whatever_the_blanks_are(tmp_path: Path) -> None:
    path = write_decile(tmp_path)
    table = pd.read_csv(path)
    table["decile_score"] = table["decile_score"].astype("Int64").mask(table["id"] % 20 == 0)
    table.to_csv(path, index=False)
    figures = {each.name: each for each in missing(read(path)).sections[0].rows[0].figures}
    low, known, high = (figures[name].value for name in ("auc_lowest", "auc_complete", "auc_highest"))
    assert low < known < high
    without = read(path, path.with_suffix(".yaml").read_text("utf-8").replace(", range: [1, 10]", ""))
    assert not isinstance(missing(without).sections[0].rows[0].figures[3], Figure), "nobody has said where it ends"


def test_two_raters_agree_on_items_of_every_scale_and_on_a_score_in_words(tmp_path: Path) -> None:
    data = read(write_two_raters(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sections = {section.name: section for section in reliability(data).sections}
    agreed = {row.labels[0]: row.figures for row in sections["agreement"].rows}
    assert set(agreed) == {"housing", "friends", "school", "employed", "trusts", "convictions", "overall"}
    assert all(isinstance(figure, Figure) and figure.value > 0.1 for row in agreed.values() for figure in row)
    totals = [row.labels[0] for row in sections["intraclass"].rows]
    assert totals == ["risk_total", "protective_total", "overall"], "each set of items once"


def write_labelled(path: Path, values: dict[object, str]) -> Path:
    frame = pd.DataFrame({"id": [1.0, 2.0, 3.0], "q": [0.0, 1.0, 2.0]})
    {".sav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}[path.suffix](
        frame, path, variable_value_labels={"q": values}
    )
    return path


@pytest.mark.parametrize("ending", [".sav", ".dta"])
def test_labels_of_a_file_are_levels_where_the_mapping_has_no_codes(ending: str, tmp_path: Path) -> None:
    path = write_labelled(tmp_path / f"data{ending}", {0: "Aldrig", 1: "Ibland", 2: "Ofta"})
    head = "key: id\nitems: {q: {column: q, levels: [aldrig, ibland, ofta]}}\n"
    data = read(path, head)
    assert (data.keys.tolist(), data.ratings["q"].tolist()) == (["1", "2", "3"], [0, 1, 2])
    turned = read(path, "key: id\nscores: {q: {column: q, levels: [Ofta, Ibland, Aldrig]}}\n")
    assert turned.scores["q"].tolist() == [2, 1, 0]


@pytest.mark.parametrize("ending", [".sav", ".dta"])
@pytest.mark.parametrize(
    ("part", "is_told"),
    [
        ("items: {q: {column: q, levels: [0, 1, 2]}}", True),
        ("items: {q: {column: q, levels: [0, 1, 2], reversed: true}}", False),
        ("scores: {q: {column: q, levels: [0, 1, 2]}}", True),
        ("scores: {q: {column: q, levels: [2, 1, 0]}}", False),
    ],
)
def test_a_scale_that_runs_against_the_labels_of_the_file_is_told(
    ending: str, part: str, is_told: bool, tmp_path: Path
) -> None:
    path = write_labelled(tmp_path / f"data{ending}", {0: "Hög", 1: "Måttlig", 2: "Låg"})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read(path, f"key: id\n{part}\n")
    assert [type(each.message) for each in caught] == [LabelOrderWarning] * is_told


def test_a_damaged_stata_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "data.dta"
    path.write_bytes(b"no Stata file")
    assert codes_of(path, "key: id\nscores: {q: q}\n") == ["table-of-kind-unreadable"]


HARD: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it should be": lambda table: table,
    "the same score": lambda table: table.assign(decile_score=5),
    "no score known": lambda table: table.assign(decile_score=None),
    "the same outcome": lambda table: table.assign(two_year=1),
    "perfect separation": lambda table: table.assign(two_year=(table["decile_score"] > 5).astype(int)),
    "a group of one": lambda table: table.assign(sex=["x"] + ["m"] * (len(table) - 1)),
    "one person": lambda table: table.head(1),
}
AT_A_CUT: dict[str, Callable[[Dataset, float], Report]] = {
    "fairness": lambda data, cut: fairness(data, cut=cut),
    "validity": lambda data, cut: validity(data, cut=cut, resampling=Resampling(draws=0)),
}


@pytest.mark.parametrize("name", a_few(HARD))
@pytest.mark.parametrize("command", a_few([*REPORTS, *AT_A_CUT]))
def test_a_score_alone_is_told_in_numbers_or_refused_by_name(command: str, name: str, tmp_path: Path) -> None:
    path = write_decile(tmp_path, 120)
    HARD[name](pd.read_csv(path)).to_csv(path, index=False)
    data = read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        for cut in (8, 99):
            with contextlib.suppress(InputError):
                report = AT_A_CUT[command](data, cut) if command in AT_A_CUT else REPORTS[command](data)
                assert all(math.isfinite(each) for each in numbers(report.as_data()))


def test_a_cut_that_nobody_reaches_is_told(tmp_path: Path) -> None:
    data = read(write_decile(tmp_path))
    data = replace(data, scores=data.scores.clip(upper=8))
    told = {each.name: each for each in validity(data, cut=9).sections}["chosen_cut"]
    assert told.rows[0].labels == ("decile", "9")
    assert not any(isinstance(each, Figure) for each in told.rows[0].figures)
