"""Generalizability: published examples and the figures of R, designs as the data have them, and what is refused."""

import json
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.faults import InputError
from instruments.research import report_generalizability
from instruments.research.datasets.dataset import Dataset
from instruments.research.faults import (
    AllMissingItemWarning,
    DuplicatePersonWarning,
    FacetsConfoundedError,
    NotConvergedError,
    NoVariationError,
    SingleRaterError,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.generalizability import restricted_likelihood
from instruments.research.generalizability.components import estimate_components
from instruments.research.generalizability.dependability import Plan
from instruments.research.generalizability.designs import Design
from instruments.research.reliability.intraclass import intraclass_correlations
from tests.instruments.research.data import read, reference, write_rows

#: Brennan (2001), Generalizability theory, table 3.1: ten persons (rows), four items on each of two occasions.
CROSSED = "26752555 45676757 55465455 59865776 43564564 44476478 26652775 34456664 05455553 68766886"
#: The same, table 3.2: ten persons, four raters for each of three tasks.
NESTED = (
    "565553456733 937775557752 343353356516 755331435335 929777372753 "
    "343533634512 737775575554 585775543211 998866655811 444335655711"
)


def scores(rows: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in rows.split()])


def named(rated: list[float] | np.ndarray | pd.Series, **facets: object) -> dict[str, float]:
    known = estimate_components(Design.of(rated, facets))
    return {known.design.name(effect): value for effect, value in known.unrestricted.items()}


# --- published examples and R ----------------------------------------------------------------------------------------


def test_components_and_coefficients_of_the_crossed_example_are_the_published_ones() -> None:
    table = scores(CROSSED).reshape(10, 2, 4)
    person, occasion, item = np.indices(table.shape).reshape(3, -1)
    known = estimate_components(Design.of(table.ravel(), {"p": person, "i": item, "o": occasion}))
    assert {known.design.name(effect): f"{value:.4f}" for effect, value in known.values.items()} == {
        "p": "0.5528", "i": "0.4417", "o": "0.0074", "pi": "0.5750", "po": "0.1009", "io": "0.1565", "pio,e": "0.9352",
    }  # fmt: skip
    assert known.method == "expected_mean_squares"
    for fixes, published in ((False, ("0.64", "0.55")), (True, ("0.81", "0.79"))):
        parts = Plan(1, 2, 4, fixes).parts(known.design, known.values)
        assert (f"{parts.generalizability:.2f}", f"{parts.dependability:.2f}") == published


def test_components_of_the_example_with_raters_nested_in_tasks_are_the_published_ones() -> None:
    table = scores(NESTED)
    person, rater = np.indices(table.shape).reshape(2, -1)
    known = named(table.ravel(), p=person, r=rater, o=rater // 4)
    assert {name: f"{value:.4f}" for name, value in known.items()} == {
        "p": "0.4731", "o": "0.3252", "po": "0.5596", "r:o": "0.6475", "pr:o,e": "2.3802",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "nested", "lme4"),
    [
        ("whole", False, (0.92251176, 0.02641364, 0.44974482, 0.22515492, 0.26401746, 0.20605363, 0.61914885)),
        ("whole", True, (0.9137070601, 0.5184290055, 0.2515686349, 0.1953329214, 0.8252024885)),
        ("blank", False, (0.98159353, 0.01836486, 0.42285289, 0.21193462, 0.29083553, 0.21319922, 0.59389640)),
        ("blank", True, (0.9726190710, 0.5069538547, 0.2408348015, 0.2275216719, 0.7975191454)),
    ],
)  # fmt: skip
def test_components_are_those_of_lme4(column: str, nested: bool, lme4: tuple[float, ...]) -> None:
    rows = reference("generalizability_40.csv")
    rater = rows["rater"] + 3 * rows["person"] if nested else rows["rater"]
    known = named(rows[column], p=rows["person"], r=rater, i=rows["item"])
    names = ("p", "i", "r:p", "pi", "ri:p,e") if nested else ("p", "r", "i", "pr", "pi", "ri", "pri,e")
    assert tuple(known) == names
    assert list(known.values()) == pytest.approx(lme4, abs=2e-6)


def test_restricted_likelihood_of_balanced_data_gives_the_components_of_mean_squares() -> None:
    rows = reference("generalizability_40.csv")
    design = Design.of(rows["whole"], {"p": rows["person"], "r": rows["rater"], "i": rows["item"]})
    squares, likelihood = estimate_components(design), restricted_likelihood.restricted_estimates(design)
    assert list(likelihood.values()) == pytest.approx(list(squares.unrestricted.values()), abs=1e-7)


def test_coefficients_of_raters_alone_are_intraclass_correlations_with_the_same_intervals(tmp_path: Path) -> None:
    table = reference("raters_1000.csv")[["t1", "t2", "t3"]].iloc[:50]
    rows = [(f"{person}{rater}", person, rater, value) for (person, rater), value in table.stack().items()]
    data = read(write_rows(tmp_path, rows, ("k", "p", "r", "t")), SCORE_ONLY)
    report = report_generalizability(data, raters=(1, 3))
    single, mean = (row.figures for row in report.section("decision_study").rows)
    forms = {form.name: form for form in intraclass_correlations(table)}
    for figure, form in (
        *zip(single, ("icc_c1", "icc_a1"), strict=True),
        *zip(mean, ("icc_ck", "icc_ak"), strict=True),
    ):
        other = forms[form]
        assert isinstance(figure, Figure)
        assert isinstance(other, Figure)
        assert figure.value == pytest.approx(other.value, abs=1e-9)
        assert (figure.low, figure.high) == pytest.approx((other.low, other.high), abs=0.005)


# --- designs ---------------------------------------------------------------------------------------------------------


def test_facets_are_nested_or_crossed_as_the_data_have_them() -> None:
    random, (person, rater, occasion) = np.random.default_rng(1), np.indices((5, 2, 3)).reshape(3, -1)
    rated = random.normal(size=len(person))

    def effects(**facets: object) -> list[str]:
        design = Design.of(rated, facets)
        assert design.is_balanced
        assert sum(design.freedom.values()) == len(rated) - 1
        return [design.name(effect) for effect in design.effects]

    assert effects(p=person, r=rater, o=occasion) == ["p", "r", "o", "pr", "po", "ro", "pro,e"]
    assert effects(p=person, r=rater + 2 * person, o=occasion) == ["p", "o", "r:p", "po", "ro:p,e"]
    assert effects(p=person, r=rater, o=occasion + 3 * person) == ["p", "r", "pr", "o:p", "ro:p,e"]
    alone = rater + 2 * (person + 5 * occasion)
    assert effects(p=person, r=alone, o=occasion) == ["p", "o", "po", "r:po,e"]


def test_a_blank_or_a_pair_of_many_raters_is_not_balanced() -> None:
    person, rater = np.indices((6, 4)).reshape(2, -1)
    rated = np.arange(24.0) % 5
    assert Design.of(rated, {"p": person, "r": rater}).is_balanced
    assert not Design.of(np.where(np.arange(24) == 3, np.nan, rated), {"p": person, "r": rater}).is_balanced
    pairs = np.array([(0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2)])  # everybody is rated as often as everybody else
    known = np.array([each in pairs[one] for one, each in zip(person, rater, strict=True)])
    assert not Design.of(np.where(known, rated, np.nan), {"p": person, "r": rater}).is_balanced


def test_what_always_changes_together_is_refused_by_name() -> None:
    person, rater = np.indices((6, 2)).reshape(2, -1)
    with pytest.raises(FacetsConfoundedError) as caught:
        Design.of(np.arange(12.0), {"p": person, "r": rater, "o": rater})
    assert caught.value.fault.parameters["effect"] == "ro"


def test_ratings_that_are_all_alike_have_no_components() -> None:
    person, rater = np.indices((6, 2)).reshape(2, -1)
    with pytest.raises(NoVariationError):
        estimate_components(Design.of(np.ones(12), {"p": person, "r": rater}))


def test_a_search_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = reference("generalizability_40.csv")
    monkeypatch.setattr(restricted_likelihood, "_STEPS", 1)
    with pytest.raises(NotConvergedError):
        named(rows["blank"], p=rows["person"], r=rows["rater"], i=rows["item"])


# --- the decision study ----------------------------------------------------------------------------------------------


def test_more_raters_never_make_a_mean_less_dependable_and_so_many_as_are_told_reach_what_is_wanted() -> None:
    rows = reference("generalizability_40.csv")
    known = estimate_components(Design.of(rows["blank"], {"p": rows["person"], "r": rows["rater"], "i": rows["item"]}))
    for fixes in (True, False):
        told = [Plan(raters, 1, 6, fixes).parts(known.design, known.values) for raters in range(1, 60)]
        assert all(one.dependability < more.dependability for one, more in pairwise(told))
        assert all(one.dependability <= one.generalizability for one in told)
        between = (told[3].dependability + told[4].dependability) / 2
        assert 4 < told[0].raters_for(float(between)) < 5
    assert np.isinf(told[0].raters_for(0.99))


def test_items_that_are_fixed_make_a_mean_more_dependable() -> None:
    rows = reference("generalizability_40.csv")
    known = estimate_components(Design.of(rows["whole"], {"p": rows["person"], "r": rows["rater"], "i": rows["item"]}))
    fixed, sampled = (Plan(2, 1, 6, fixes).parts(known.design, known.values) for fixes in (True, False))
    assert fixed.dependability > sampled.dependability
    assert fixed.universe + fixed.absolute < sampled.universe + sampled.absolute  # the items' own levels are no error


# --- the report ------------------------------------------------------------------------------------------------------

SCORE_ONLY = "instrument: youth_spj\nkey: k\nperson: p\nrater: r\nscores: {total: t}\n"
ITEMS = """\
instrument: youth_spj
key: k
person: p
rater: r
codes: {risk: {0: low, 1: moderate, 2: high}}
items: {substance_use: a, peer_rejection: b, anger_management: c}
scores: {total: t}
"""
COLUMNS = ("k", "p", "r", "a", "b", "c", "t")


def rated(n: int = 30, raters: int = 2) -> list[tuple[object, ...]]:
    random = np.random.default_rng(5)
    rows: list[tuple[object, ...]] = []
    for person in range(n):
        seen = random.normal()
        for rater in "abcdef"[:raters]:
            codes = np.digitize(seen + random.normal(0, 0.7, 3), (-0.5, 0.7))
            rows.append((f"{person}{rater}", person, rater, *codes.tolist(), round(10 + 3 * seen + random.normal(), 2)))
    return rows


def report_of(folder: Path, rows: list[tuple[object, ...]], mapping: str = ITEMS, **options: object) -> Report:
    return report_generalizability(read(write_rows(folder, rows, COLUMNS), mapping), **options)  # type: ignore[arg-type]


def test_the_report_tells_of_items_and_scores_for_every_number_of_raters(tmp_path: Path) -> None:
    report = report_of(tmp_path, rated(), raters=(3, 1, 3))
    shown = {row.labels for row in report.section("decision_study").rows}
    assert shown == {
        (name, universe, raters, "1")
        for name, universe in (("risk", "items_fixed"), ("risk", "items_random"), ("total", "items_fixed"))
        for raters in ("1", "3")
    }
    parts = report.section("variance_components")
    assert {row.labels[1] for row in parts.rows if row.labels[0] == "total"} == {"p", "r", "pr,e"}
    shares = [row.figures[1].value for row in parts.rows if row.labels[0] == "risk"]  # type: ignore[union-attr]
    assert sum(shares) == pytest.approx(1)
    assert [row.labels for row in report.section("raters_needed").rows] == [
        ("risk", "items_fixed"), ("risk", "items_random"), ("total", "items_fixed"),
    ]  # fmt: skip
    assert report.to_frame().notna()["section"].all()


def test_a_negative_estimate_is_told_and_set_to_zero(tmp_path: Path) -> None:
    random, rows = np.random.default_rng(2), []
    for person in range(20):  # the raters' means are the same
        one, other = random.normal(size=2)
        rows += [
            (f"{person}a", person, "a", 0, 0, 0, one + other),
            (f"{person}b", person, "b", 0, 0, 0, one - other + 0.05),
        ]
        rows += [
            (f"{person}c", f"x{person}", "a", 0, 0, 0, one - other),
            (f"{person}d", f"x{person}", "b", 0, 0, 0, one + other),
        ]
    report = report_of(tmp_path, rows)
    raters = next(row for row in report.section("variance_components").rows if row.labels == ("total", "r"))
    figure = raters.figures[0]
    assert isinstance(figure, Figure)
    assert figure.value == 0
    assert figure.note == "set_to_zero"
    assert report.details["unrestricted"]["total"]["r"] < 0  # type: ignore[index]
    constant = [row for row in report.section("variance_components").rows if row.labels[0] == "risk"]
    assert [each.reason.code for row in constant for each in row.figures if isinstance(each, InsufficientEvidence)] == [
        "no-variation"
    ] * 3


def test_who_was_rated_once_is_left_out_and_a_rating_given_twice_counts_once(tmp_path: Path) -> None:
    rows = rated()
    whole = report_of(tmp_path, rows)
    more = [*rows, ("once", "z", "a", 0, 1, 2, 9.5)]
    assert report_of(tmp_path, more).sections == whole.sections
    with pytest.warns(DuplicatePersonWarning):
        again = report_of(tmp_path, [*rows, ("again", 0, "a", 2, 2, 2, 99)])
    assert again.sections == whole.sections


def test_an_item_that_nobody_has_is_left_out_and_told(tmp_path: Path) -> None:
    rows = [(*row[:5], "", row[6]) for row in rated()]
    with pytest.warns(AllMissingItemWarning):
        report = report_of(tmp_path, rows)
    items = next(row for row in report.section("variance_components").rows if row.labels == ("risk", "i"))
    assert items.figures[2].value == 2  # type: ignore[union-attr]


def test_blanks_are_estimated_by_restricted_likelihood_and_narrow_no_interval(tmp_path: Path) -> None:
    rows = rated(raters=3)
    whole = report_of(tmp_path, rows)
    blank = report_of(tmp_path, [(*row[:6], "") if place == 4 else row for place, row in enumerate(rows)])
    for before, after in zip(*(each.section("decision_study").rows for each in (whole, blank)), strict=True):
        for one, other in zip(before.figures, after.figures, strict=True):
            assert isinstance(one, Figure)
            assert isinstance(other, Figure)
            if before.labels[0] == "total":
                assert other.method == "generalized_reml"
                assert other.high - other.low > 0.95 * (one.high - one.low)  # type: ignore[operator]


def test_occasions_are_a_facet_where_people_were_rated_on_several(tmp_path: Path) -> None:
    random, rows = np.random.default_rng(4), []
    for person in range(12):
        seen = random.normal()
        for occasion in ("spring", "autumn"):
            moved = 0.4 * random.normal()
            for rater in "ab":
                value = round(10 + 3 * (seen + moved) + random.normal(), 2)
                rows.append((f"{person}{occasion}{rater}", person, rater, occasion, value))
    mapping = SCORE_ONLY + "occasion: o\n"
    data = read(write_rows(tmp_path, rows, ("k", "p", "r", "o", "t")), mapping)
    report = report_generalizability(data, raters=(2,), occasions=(1, 3))
    names = [row.labels[1] for row in report.section("variance_components").rows]
    assert names == ["p", "r", "o", "pr", "po", "ro", "pro,e"]
    once, often = (row.figures[1].value for row in report.section("decision_study").rows)  # type: ignore[union-attr]
    assert often > once


def test_data_without_double_ratings_and_impossible_plans_are_refused(tmp_path: Path) -> None:
    data: Dataset = read(write_rows(tmp_path, rated(), COLUMNS), ITEMS)
    with pytest.raises(SingleRaterError):
        report_generalizability(replace(data, raters=None))
    with pytest.raises(SingleRaterError):
        report_of(tmp_path, rated(raters=1))
    for options, code in (({"wanted": 1.0}, "dependability-off-range"), ({"raters": (0,)}, "plan-without-raters")):
        with pytest.raises(InputError) as caught:
            report_generalizability(data, **options)  # type: ignore[arg-type]
        assert caught.value.faults[0].code == code
    few = report_of(tmp_path, rated(n=2))
    for section in few.sections:
        for row in section.rows:
            assert {each.reason.code for each in row.figures if isinstance(each, InsufficientEvidence)} == {
                "too-few-rows"
            }


def test_too_many_raters_for_items_are_told_and_scores_are_studied_all_the_same(tmp_path: Path) -> None:
    random, rows = np.random.default_rng(8), []
    for person in range(60):
        seen = random.normal()
        for rater in random.choice(45, 2, replace=False):
            codes = random.integers(0, 3, 3).tolist()
            rows.append((f"{person}-{rater}", person, f"r{rater}", *codes, round(10 + 3 * seen + random.normal(), 2)))
    report = report_of(tmp_path, rows)
    told = {row.labels: row.figures[0] for row in report.section("variance_components").rows}
    items = told["risk", ""]
    assert isinstance(items, InsufficientEvidence)
    assert items.reason.code == "many-raters"
    assert isinstance(told["total", "p"], Figure)


def test_what_no_number_of_raters_reaches_is_said(tmp_path: Path) -> None:
    report = report_of(tmp_path, rated(), wanted=0.99)
    random = next(row for row in report.section("raters_needed").rows if row.labels == ("risk", "items_random"))
    (needed,) = random.figures
    assert isinstance(needed, InsufficientEvidence)
    assert needed.reason.code == "never-dependable"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_command_prints_tables_and_json_and_refuses_single_raters(tmp_path: Path, language: str) -> None:
    write_rows(tmp_path, rated(), COLUMNS)
    (tmp_path / "mapping.yaml").write_text(ITEMS, encoding="utf-8")
    command = ["research", "generalizability", str(tmp_path / "data.csv"), "--mapping", str(tmp_path / "mapping.yaml")]
    told = CliRunner().invoke(main, [*command, "--raters", "2", "--language", language])
    assert told.exit_code == 0, told.output
    assert "Φ" in told.stdout
    document = json.loads(CliRunner().invoke(main, [*command, "--wanted", "0.9", "--json"]).stdout)
    assert [each["section"] for each in document["sections"]] == [
        "variance_components",
        "decision_study",
        "raters_needed",
    ]
    write_rows(tmp_path, rated(raters=1), COLUMNS)
    refused = CliRunner().invoke(main, [*command, "--language", "en"])
    assert refused.exit_code == 2
    assert "Nobody was rated by two" in refused.stderr


def test_nothing_of_it_warns_with_numbers(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        report_of(tmp_path, rated(n=4))
