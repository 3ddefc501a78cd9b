"""Whatever a report holds has words and an n, and is written as each language writes it."""

import re

import pytest

from instruments.loading import read_yaml
from instruments.research.calibration.holdouts import HoldOuts
from instruments.research.calibration.report import calibrate
from instruments.research.datasets.splitting import split
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.monitoring.drift import drift
from instruments.research.structure.report import structure
from instruments.research.validity.overrides import overrides
from instruments.research.validity.report import validity
from instruments.research.wording import LOCALE, catalogue, number, say
from tests.instruments.research.invented import invent

OWN = LOCALE / "outcomes"
FEW = Resampling(draws=200)


@pytest.fixture(scope="module")
def words() -> dict[str, dict[str, str]]:
    return {language: read_yaml(OWN / f"{language}.yaml").data for language in ("sv", "en")}


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    data = invent(500, groups=("a", "b", "c"))
    data.groups.loc[:3, "place"] = "few"
    earlier, later = split(data, "year", 2022)
    return [
        validity(data, "again", resampling=FEW),
        validity(data, "again", resampling=Resampling(200, stratified=False)),
        validity(data, "again", resampling=FEW, cluster="place", horizons=(180,)),
        calibrate(
            data,
            "again",
            methods=("logistic", "platt", "isotonic"),
            published=(0.0, 0.1),
            hold_outs=HoldOuts("year", 2022, "place"),
            folds=3,
            resampling=FEW,
        ),
        calibrate(data, "again", hold_outs=HoldOuts(place="place"), folds=3, resampling=FEW, cluster="year"),
        fairness(data, "again"),
        fairness(data, "again", ["sex"], cluster="year"),
        overrides(data, "again", reason="place"),
        drift(earlier, later, "again"),
        structure(data, factors=2, pairs=True, resampling=FEW),
    ]


def test_every_name_in_a_report_has_words(reports: list[Report]) -> None:
    needed = set()
    for report in reports:
        needed |= {f"fault.{fault.code}" for fault in report.warnings}
        for section in report.sections:
            needed |= {f"section.{section.name}", *(f"column.{name}" for name in section.columns)}
            needed |= {f"note.{note}" for note in section.notes}
            for each in (each for row in section.rows for each in row.figures):
                needed.add(f"figure.{re.sub(r'(?<=loading)_[0-9]+$', '', each.name)}")  # one of several, by its kind
                if isinstance(each, InsufficientEvidence):
                    needed.add(f"fault.{each.reason.code}")
                    assert say(f"fault.{each.reason.code}", "sv", **each.reason.parameters)
                elif each.method:
                    needed.add(f"method.{each.method}")
    assert sorted(key for key in needed if key not in catalogue()) == []


def test_every_picture_has_a_title_a_text_and_its_axes(words: dict[str, dict[str, str]]) -> None:
    names = {key.split(".")[2] for key in words["sv"] if key.startswith("card.picture.") and key.endswith(".title")}
    assert names == {"roc", "distribution", "levels", "calibration", "decision", "groups"}
    for name in names:
        assert {f"card.picture.{name}.text", f"card.picture.{name}.x"} <= set(words["sv"])


def test_numbers_are_written_as_each_language_writes_them() -> None:
    assert (number(-0.12345, "sv"), number(-0.12345, "en"), number(7, "sv")) == ("−0,1235", "-0.1235", "7")


def test_no_figure_is_told_without_its_n(reports: list[Report]) -> None:
    without = {
        (section.name, each.name)
        for report in reports
        for section in report.sections
        for row in section.rows
        for each in row.figures
        if isinstance(each, Figure) and each.n == 0
    }
    assert without <= {("coefficients", "intercept"), ("coefficients", "slope")}, "only what was published elsewhere"
