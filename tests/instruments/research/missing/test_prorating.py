"""Totals are prorated by the rule of the instrument, that of the mapping, or ours, and it is said whose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.model import Prorating
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.own_items import own_items
from instruments.research.datasets.reading import read_dataset
from instruments.research.figures.figure import InsufficientEvidence
from instruments.research.missing.chained import Imputation
from instruments.research.missing.prorating import prorated, rule_of
from instruments.research.missing.report import missing
from tests.instruments.research.data import MAPPING, faults_of, read, write_rows
from tests.instruments.research.invented import invent

RULE = Prorating(most_blank=2, source="Manual, p. 21")


def blanked() -> Dataset:
    data, random = invent(150), np.random.default_rng(5)
    return replace(data, ratings=data.ratings.mask(random.random(data.ratings.shape) < 0.1))


@pytest.mark.parametrize("by", ["mapping", "instrument"])
def test_a_stated_rule_decides_how_many_may_be_blank(by: str) -> None:
    data = blanked()
    if by == "mapping":
        data = replace(data, prorating=RULE)
    else:
        data = replace(data, instrument=data.instrument.model_copy(update={"prorating": RULE}))
    assert rule_of(data).by == by
    blank = data.ratings[data.risk_items].isna().sum(axis=1)
    assert (prorated(data, "risk_total").notna() == (blank <= 2)).all()
    report = missing(data, imputation=Imputation(imputations=0))
    assert f"prorated_by_{by}" in report.section("missing_areas").notes
    assert report.about["prorating"] == {"by": by, "most_blank": 2, "source": "Manual, p. 21"}


def test_the_mapping_goes_before_the_instrument_and_without_either_the_limit_is_said_to_be_ours() -> None:
    data = blanked()
    assert rule_of(data).by == "ours"
    assert "prorated_by_ours" in missing(data, imputation=Imputation(imputations=0)).section("missing_areas").notes
    own = data.instrument.model_copy(update={"prorating": RULE})
    assert rule_of(replace(data, instrument=own, prorating=RULE)).by == "mapping"


def test_a_rule_that_says_nothing_of_domains_prorates_none() -> None:
    data = replace(blanked(), prorating=RULE)
    with pytest.raises(InputError, match="no-rule-for-domain"):
        prorated(data, "individual")
    rows = {
        row.labels[0]: row.figures[1]
        for row in missing(data, imputation=Imputation(imputations=0)).section("missing_areas").rows
    }
    assert isinstance(rows["individual"], InsufficientEvidence)
    of_domain = replace(data, prorating=RULE.model_copy(update={"most_blank_in_domain": 0}))
    assert prorated(of_domain, "individual").notna().sum() < len(data)


def test_a_mapping_states_the_rule_with_its_source(tmp_path: Path) -> None:
    stated = MAPPING + 'prorating: {most_blank: 1, source: "Manual, p. 21"}\n'
    assert read(write_rows(tmp_path), stated).prorating == Prorating(most_blank=1, source="Manual, p. 21")
    (fault,) = faults_of(write_rows(tmp_path), MAPPING + "prorating: {most_blank: 1}\n")
    assert "mapping.yaml" in fault.where


def test_items_of_different_ranges_are_not_prorated(tmp_path: Path) -> None:
    mapping = "key: id\nitems:\n  a: {column: a, most: 1}\n  b: {column: b, most: 20}\noutcomes: {again: y}\n"
    rows = "".join(f"{n},{n % 2},{n % 17 if n % 5 else ''},{int(n % 3 == 0)}\n" for n in range(60))
    (tmp_path / "rows.csv").write_text("id,a,b,y\n" + rows, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    content = read_mapping(tmp_path / "mapping.yaml").content
    data = read_dataset(tmp_path / "rows.csv", tmp_path / "mapping.yaml", own_items(content))
    with pytest.raises(InputError, match="prorating-unequal-items"):
        prorated(data, "risk_total")
    figure = missing(data, imputation=Imputation(imputations=0)).section("missing_areas").rows[0].figures[1]
    assert isinstance(figure, InsufficientEvidence)
    assert figure.reason.code == "prorating-unequal-items"


def reasons_of(data: Dataset) -> dict[str, str]:
    """By figure, why it is not told of the total."""
    report = missing(data, imputation=Imputation(imputations=0))
    rows = [each.rows[0].figures for each in report.sections[:2]]
    return {each.name: each.reason.code for row in rows for each in row if isinstance(each, InsufficientEvidence)}


def test_a_rule_that_prorates_nobody_is_no_way_of_its_own() -> None:
    rule = Prorating(most_blank=0, source="Manual, p. 21")
    assert reasons_of(replace(blanked(), prorating=rule))["auc_prorated"] == "nobody-prorated"


def test_where_nothing_is_blank_there_are_no_ways_to_count() -> None:
    reasons = reasons_of(invent(150))
    assert reasons["ways_told"] == reasons["ways_above_chance"] == "no-choice-of-blanks"


def test_where_no_way_has_an_interval_none_is_counted() -> None:
    data = blanked()
    constant = replace(data, outcomes=data.outcomes * 0)
    assert reasons_of(constant)["ways_told"] == "no-interval-by-any-way"
