"""Totals are prorated by the rule of the instrument, that of the mapping, or ours, and it is said whose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instruments.faults import InputError
from instruments.model import Prorating
from instruments.research.dataset import Dataset
from instruments.research.figures import InsufficientEvidence
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
