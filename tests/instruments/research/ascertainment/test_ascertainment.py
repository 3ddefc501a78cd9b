"""Who could have had an outcome: of whom it could be seen, and who received what was to prevent it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.mapped_columns import OutcomeColumn
from instruments.research.ascertainment.corrected import corrected_rates
from instruments.research.ascertainment.report import SeenUnverifiedWarning
from instruments.research.calibration.report import calibrate
from instruments.research.card.disclosure import guarded
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.validity.report import validity
from tests.instruments.research.data import COLUMNS, MAPPING, ROWS, faults_of, read, write_rows
from tests.instruments.research.invented import invent

WORDS = {"sv": "belastningsregistret", "en": "the criminal records"}
SILENT = (
    "verification_read_not_stated",
    "verification_period_not_stated",
    "verification_left_not_stated",
    "treatment_measure_not_stated",
)
QUICK = Resampling(draws=0)
pytestmark = pytest.mark.filterwarnings("ignore::instruments.research.faults.ResearchWarning")


def followed(n: int = 400, **columns: "np.ndarray") -> Dataset:
    data = invent(n)
    return replace(data, **{name: pd.DataFrame({"again": values.astype(float)}) for name, values in columns.items()})


def figures_of(report: Report) -> dict[str, Figure | InsufficientEvidence]:
    return {each.name: each for each in report.section("ascertainment").rows[0].figures}


def test_every_report_on_an_outcome_says_what_is_not_stated() -> None:
    data = invent()
    for report in (validity(data, resampling=QUICK), calibrate(data, resampling=QUICK), fairness(data)):
        assert report.section("ascertainment").notes == SILENT
        told = figures_of(report)
        assert set(told) == {"verified", "treated"}
        assert all(isinstance(each, InsufficientEvidence) for each in told.values())


def test_what_the_mapping_states_is_told_and_nothing_else_is_called_unstated() -> None:
    column = OutcomeColumn.model_validate({"column": "o", "verification": {"read": WORDS, "left": WORDS}})
    report = validity(replace(invent(), outcome_columns={"again": column}), resampling=QUICK)
    section = report.section("ascertainment")
    assert list(section.stated) == ["verification_read", "verification_left"]
    assert section.notes == (SILENT[1], SILENT[3])
    stated = section.as_data()["stated"]
    assert stated["verification_read"] == WORDS
    assert WORDS["en"] in report._repr_html_()


def test_the_share_of_whom_it_could_be_seen_and_their_area_are_counted() -> None:
    verified = np.arange(400) % 4 > 0
    told = figures_of(validity(followed(verified=verified, treated=~verified), scores=["risk_total"], resampling=QUICK))
    share, area = told["verified"], told["auc_verified"]
    assert isinstance(share, Figure)
    assert isinstance(area, Figure)
    assert (share.value, share.n, area.n) == (0.75, 400, 300)
    assert isinstance(told["auc_treated"], Figure)
    assert told["auc_treated"].n == 100
    assert isinstance(told["auc_untreated"], Figure)
    assert told["auc_untreated"].value == area.value


def test_few_who_could_be_seen_give_no_area() -> None:
    few = figures_of(validity(followed(verified=np.arange(400) < 12), resampling=QUICK))["auc_verified"]
    assert isinstance(few, InsufficientEvidence)


def test_an_outcome_that_could_not_be_seen_is_told() -> None:
    with pytest.warns(SeenUnverifiedWarning) as warned:
        report = calibrate(followed(verified=np.arange(400) >= 200), resampling=QUICK)
    assert isinstance(warned[0].message, SeenUnverifiedWarning)
    assert "seen-unverified" in [fault.code for fault in report.warnings]


def test_where_one_number_on_a_card_tells_of_few_none_of_its_company_is_published() -> None:
    data = followed(treated=np.arange(400) < 3)
    report = validity(data, resampling=QUICK)
    (kept,), _ = guarded([report], data, "again")
    assert all(isinstance(each, InsufficientEvidence) for each in figures_of(kept).values())
    assert all(each.n is None for each in figures_of(kept).values())


def test_a_card_says_it_once_and_never_at_every_cut() -> None:
    data = followed(verified=np.arange(400) % 2 > 0)
    data = replace(data, outcomes=data.outcomes.where(data.verified == 1))
    kept, _ = guarded([validity(data, resampling=QUICK), calibrate(data, resampling=QUICK)], data, "again")
    names = [section.name for report in kept for section in report.sections]
    assert names.count("ascertainment") == 1
    assert "corrected_cuts" not in names


def selected(random: np.random.Generator, n: int) -> tuple["np.ndarray", "np.ndarray", "np.ndarray"]:
    """Nine in ten of those above the cut are followed, and three in ten below."""
    flagged = random.random(n) < 0.4
    happened = random.random(n) < np.where(flagged, 0.5, 0.2)
    return flagged, random.random(n) < np.where(flagged, 0.9, 0.3), happened


def test_the_corrected_rates_are_those_of_everybody_whoever_was_followed() -> None:
    flagged, verified, happened = selected(np.random.default_rng(7), 200_000)
    rates = corrected_rates(flagged, verified, happened)
    assert rates is not None
    among = flagged[happened].mean(), (~flagged[~happened]).mean()
    assert (rates.sensitivity.value, rates.specificity.value) == pytest.approx(among, abs=0.01)
    assert abs(flagged[happened & verified].mean() - among[0]) > 0.1  # which those who were followed would have hidden


def test_where_everybody_is_followed_there_is_nothing_to_correct() -> None:
    flagged, _, happened = selected(np.random.default_rng(8), 300)
    rates = corrected_rates(flagged, np.full(300, True), happened)
    assert rates is not None
    assert rates.sensitivity.value == pytest.approx(flagged[happened].mean())
    assert rates.specificity.value == pytest.approx((~flagged[~happened]).mean())


def test_a_side_without_both_outcomes_cannot_correct() -> None:
    flagged, happened = np.repeat([True, False], 20), np.tile([True, False], 20)
    assert corrected_rates(flagged, flagged, happened) is None


def test_cuts_are_corrected_only_where_some_could_not_be_seen() -> None:
    verified = np.arange(400) % 3 > 0
    data = followed(verified=verified)
    data = replace(data, outcomes=data.outcomes.where(data.verified == 1))
    rows = validity(data, scores=["summary_rating"], resampling=QUICK).section("corrected_cuts").rows
    assert [row.labels for row in rows] == [("summary_rating", "1"), ("summary_rating", "2")]
    with pytest.raises(KeyError):
        validity(followed(verified=verified | True), resampling=QUICK).section("corrected_cuts")


def test_columns_are_read_by_their_codes(tmp_path: Path) -> None:
    mapping = MAPPING.replace("time: days", "time: days, verification: {column: other, codes: {x: 1, y: 0}}")
    rows = [*(row for row in ROWS[:2]), (*ROWS[2][:-1], "")]
    data = read(write_rows(tmp_path, rows), mapping)
    assert data.verified is not None
    assert data.treated is not None
    assert data.verified["again"].tolist()[:2] == [1, 1]
    assert np.isnan(data.verified["again"][2])
    assert "again" not in data.treated


def test_a_column_that_is_not_there_or_holds_other_codes_is_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path)
    (missing,) = faults_of(path, MAPPING.replace("time: days", "time: days, treatment: helped"))
    assert missing.code == "column-missing"
    codes = {fault.code for fault in faults_of(path, MAPPING.replace("time: days", "time: days, treatment: other"))}
    assert codes == {"outcome-off-scale"}


def test_the_command_says_in_words_what_is_stated_and_what_is_not(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    n = 120
    happened = random.random(n) < 0.4
    rows = [
        (f"p{place}", *(random.integers(0, 3, 1)), "låg", 1, 16, 1 + 2 * int(yes), int(yes), 100, "f", place % 9,
         "2024-02-01", int(place % 3 > 0))
        for place, yes in enumerate(happened)
    ]  # fmt: skip
    path = write_rows(tmp_path, rows, COLUMNS)
    place = tmp_path / "map.yaml"
    said = "time: days, verification: {column: other, read: {sv: registret, en: the register}}"
    place.write_text(MAPPING.replace("time: days", said), encoding="utf-8")
    run = CliRunner().invoke(
        main, ["research", "validity", str(path), "--mapping", str(place), "--draws", "0", "--language", "en"]
    )
    assert run.exit_code == 0, run.output
    assert "What was read: the register" in run.output
    assert "Not stated: over which period" in run.output
    assert "0.6667" in run.output
