"""Nobody is to be recognised on a card: few are joined, and what would tell of them by subtraction is left out."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from instruments.card_parts import LevelCount
from instruments.cards import require_fit_for_decisions
from instruments.faults import InputError
from instruments.research.ascertainment.report import SeenUnverifiedWarning
from instruments.research.calibration.report import calibrate
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.card.blanks import leave_out_few_blanks
from instruments.research.card.disclosure import JOINED, coarsened, guarded, join_small_groups
from instruments.research.card.evidence import gather_evidence
from instruments.research.card.page import pictures_of
from instruments.research.card.rounding import coarsest_line
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.splitting import select
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import ScoreCounts, count_scores
from instruments.research.fairness.report import fairness
from instruments.research.faults import DroppedRowsWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Section
from instruments.research.limits import limits
from instruments.research.validity.overrides import overrides
from instruments.research.validity.report import validity
from instruments.research.wording import say
from tests.instruments.research.card.made import YOUTH, card_of, ungathered
from tests.instruments.research.invented import invent

LEAST = limits().whole("small_count")
ALONE = Resampling(draws=0)


def with_groups(**columns: list[str | None]) -> Dataset:
    data = invent(400)
    return replace(data, groups=pd.DataFrame(columns, index=data.keys.index))


def test_values_of_few_are_joined_with_enough_others() -> None:
    data = with_groups(origin=["x"] * 2 + ["y"] * 6 + ["z"] * 392, sex=["f"] * 100 + ["m"] * 300)
    joined, warned = join_small_groups(data)
    assert joined.groups["origin"].value_counts().to_dict() == {"z": 392, JOINED: 8}
    assert joined.groups["sex"].equals(data.groups["sex"])
    assert [each.fault.parameters["name"] for each in warned] == ["origin"]


def test_a_few_blanks_are_joined_as_well() -> None:
    joined, _ = join_small_groups(with_groups(origin=[None] * 3 + ["y"] * 100 + ["z"] * 297))
    assert joined.groups["origin"].value_counts().to_dict() == {"z": 297, JOINED: 103}


def test_an_intersection_with_a_small_part_is_left_out_whole() -> None:
    origin = ["a"] * 200 + ["b"] * 200
    data = with_groups(sex=["f"] * 2 + ["m"] * 198 + ["f"] * 100 + ["m"] * 100, origin=list(origin))
    (kept,), warned = guarded([fairness(data)], data, "again")
    columns = {row.labels[0] for section in kept.sections for row in section.rows if section.columns[:1] == ("group",)}
    assert columns == {"sex", "origin"}
    assert [each.fault.code for each in warned] == ["small-crossings"]


def tells(each: Outcome) -> bool:
    """Whether a figure of calibration tells how many had the outcome."""
    return isinstance(each, Figure) and each.name in ("observed_to_expected", "in_the_large", "slope")


def test_a_share_of_few_is_left_out_of_every_group_of_its_column() -> None:
    data = with_groups(sex=["f"] * 60 + ["m"] * 340)
    happened = np.r_[[1.0] * 2, [0.0] * 58, [1.0] * 100, [0.0] * 240]
    data = replace(data, outcomes=pd.DataFrame({"again": happened}, index=data.keys.index))
    (kept,), _ = guarded([fairness(data)], data, "again")
    calibrated = next(section for section in kept.sections if section.name == "group_calibration")
    assert not [each for row in calibrated.rows for each in row.figures if row.labels[0] == "sex" and tells(each)]
    rates = next(section for section in kept.sections if section.name == "base_rates")
    told = {row.labels[1]: row.figures[1] for row in rates.rows}
    assert all(isinstance(each, InsufficientEvidence) and each.reason.code == "small-count" for each in told.values())


@pytest.mark.parametrize("events", [3, 58])
def test_a_level_in_which_few_had_the_outcome_or_not_supports_no_decision(events: int) -> None:
    enough = [LevelCount(level=name, events=20, n=60, low=0.1, high=0.6) for name in ("low", "moderate")]  # type: ignore[arg-type]
    require_fit_for_decisions(True, [*enough, LevelCount(level="high", events=0, n=60, low=0, high=0.1)])
    with pytest.raises(InputError) as refused:
        require_fit_for_decisions(True, [*enough, LevelCount(level="high", events=events, n=60, low=0, high=1)])
    assert [fault.code for fault in refused.value.faults] == ["level-count-small"]


# --- the attack on a card --------------------------------------------------------------------------------------------


def rebuilt(section: Section, score: str) -> list[tuple[int, int]]:
    """What somebody with the table of cuts makes of it: with and without the outcome, from each cut to the next."""
    above = []
    for row in section.rows:
        figures = {each.name: each for each in row.figures if isinstance(each, Figure)}
        if row.labels[0] == score and {"sensitivity", "specificity"} <= figures.keys():
            sensitivity, specificity = figures["sensitivity"], figures["specificity"]
            missed = round(specificity.value * specificity.n)
            above.append((round(sensitivity.value * sensitivity.n), specificity.n - missed))
    return [(one[0] - other[0], one[1] - other[1]) for one, other in pairwise([*above, (0, 0)])]


@pytest.mark.parametrize("persons", [100, 150, 600])
def test_the_distribution_of_a_score_by_outcome_cannot_be_rebuilt_where_they_are_few(persons: int) -> None:
    data = invent(persons)
    report = validity(data, "again", resampling=ALONE)
    before = next(each for each in report.sections if each.name == "cuts")
    (kept,), _ = guarded([report], data, "again")
    after = next(each for each in kept.sections if each.name == "cuts")
    scores = {row.labels[0] for row in before.rows}
    cells = [cell for score in scores for part in rebuilt(before, score) for cell in part]
    assert any(0 < cell < LEAST for cell in cells), "the attack works on what is not guarded"
    assert after.rows
    for score in scores:
        assert not [part for part in rebuilt(after, score) if any(0 < cell < LEAST for cell in part)], score


def test_no_share_and_no_count_on_a_card_is_of_few() -> None:
    data = invent(80)
    reports = [validity(data, "again", resampling=ALONE), fairness(data, "again", ["sex"]), overrides(data, "again")]
    noticed = [
        DroppedRowsWarning("", rows=LEAST - 2, of=80).fault,
        SeenUnverifiedWarning("", name="again", count=LEAST - 1).fault,
    ]
    reports[0] = replace(reports[0], warnings=(*reports[0].warnings, *noticed))
    kept, _ = guarded(reports, data, "again")
    warned = card_of(ungathered(data, *kept)).warnings
    assert {each.code for each in warned} >= {"rows-left-out", "seen-unverified"}
    assert not [each for each in warned for number in each.parameters.values() if number in range(1, LEAST)]
    assert say("fault.rows-left-out", "en", **kept[0].warnings[-2].parameters).startswith(f"1–{LEAST - 1} of 80 rows")
    figures = [each for report in kept for part in report.sections for row in part.rows for each in row.figures]
    for figure in figures:
        if isinstance(figure, Figure) and figure.method == "wilson":
            cases = round(figure.value * figure.n)
            assert cases in (0, figure.n) or min(cases, figure.n - cases) >= LEAST, figure
        elif isinstance(figure, Figure) and figure.name.startswith(("decided", "events")):
            assert figure.value == 0 or figure.value >= LEAST


def fitting(area: Figure, events: range) -> list[int]:
    """Which numbers of persons with the outcome an area and its n allow: pairs are whole numbers, or halves where tied.

    As it is told, any area counts that gives the decimals that are told.
    """
    decimals = len(f"{area.value!r}".partition(".")[2])
    within = 0.5 * 10.0**-decimals + 1e-9
    pairs = {number: 2 * number * (area.n - number) for number in events}
    return [
        number
        for number, all_of in pairs.items()
        if abs(area.value - round(area.value * all_of) / all_of) < (1e-9 if decimals > 3 else within)
    ]


def lacking(events: int, others: int) -> Dataset:
    """People of whom so many with the outcome, and so many without it, lack the summary rating."""
    data = invent(400)
    data.facts.loc[some_of(data, events, others), "reoffending_risk"] = None
    return data


def some_of(data: Dataset, events: int, others: int) -> list[int]:
    """So many who had the outcome and so many who had it not, the first of the table."""
    happened = data.outcomes["again"] == 1
    return [*data.keys.index[happened][:events], *data.keys.index[~happened][:others]]


def worked_out(data: Dataset) -> set[int]:
    """How many of those who lack the summary rating had the outcome, as whoever has the figures finds.

    Every number is tried against the area and its n; the sums of the levels are taken from the numbers of everybody.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DroppedRowsWarning)
        report = validity(data, "again", resampling=ALONE)
    (row,) = (row for row in report.section("areas").rows if row.labels[0] == "summary_rating")
    area = row.figures[0]
    assert isinstance(area, Figure)
    blank, had = len(data) - area.n, int(data.outcomes["again"].sum())
    levels = [each for row in report.section("levels").rows for each in row.figures if isinstance(each, Figure)]
    by_levels = had - sum(int(each.value) for each in levels if each.name == "events")
    by_area = {had - number for number in fitting(area, range(had - blank, had + 1))}
    return {number for number in by_area | {by_levels} if 0 < number < LEAST or 0 < blank - number < LEAST}


@pytest.mark.parametrize("blank", [(2, 4), (1, 0), (0, 3), (12, 4)])
def test_how_it_went_for_few_who_lack_a_score_cannot_be_worked_out_from_everybody(blank: tuple[int, int]) -> None:
    data = lacking(*blank)
    assert blank[0] in worked_out(data), "the attack works on what is not guarded"
    remaining = leave_out_few_blanks(data, "again")
    assert not worked_out(remaining)
    assert len(remaining) == 400 - sum(blank)
    assert not set(remaining.persons) & set(data.persons[some_of(data, *blank)])


def test_those_who_lack_a_score_stay_where_they_are_not_few_and_so_do_those_of_whom_no_outcome_is_known() -> None:
    data = lacking(30, 30)
    assert leave_out_few_blanks(replace(data, groups=data.groups[[]]), "again").keys.equals(data.keys)
    unknown = lacking(2, 2)
    unknown.outcomes.loc[some_of(unknown, 2, 2), "again"] = np.nan
    assert len(leave_out_few_blanks(unknown, "again")) == 400


def test_where_everybody_has_left_a_card_is_refused() -> None:
    data = lacking(3, 3)
    with pytest.raises(InputError, match="card-of-few"):
        gather_evidence(select(data, data.summary_rating.isna()), "again", instrument=YOUTH, resampling=ALONE)


def test_few_who_lack_one_score_and_not_another_leave_as_well() -> None:
    data = lacking(10, 10)
    data = replace(data, groups=data.groups[[]])
    data.ratings.loc[some_of(data, 12, 10), data.risk_items[0]] = np.nan
    assert len(leave_out_few_blanks(data, "again")) == 398


def test_few_of_a_group_who_lack_a_score_leave_for_the_errors_of_the_group_rest_on_the_others() -> None:
    data = lacking(30, 30)
    place = np.full(400, "a", dtype=object)
    place[[*some_of(data, 2, 9), *range(250, 400)]] = "b"
    data = replace(data, groups=pd.DataFrame({"place": place}))
    remaining = leave_out_few_blanks(data, "again")
    assert set(data.persons) - set(remaining.persons) == set(data.persons[some_of(data, 2, 9)])


@pytest.mark.parametrize(("seen", "told"), [((0, 0), True), ((0, 40), True), ((3, 40), False), ((40, 2), False)])
def test_nothing_is_told_of_who_was_treated_where_few_of_them_had_the_outcome(
    seen: tuple[int, int], told: bool
) -> None:
    data = invent(400)
    treated = pd.DataFrame({"again": np.zeros(400)}, index=data.keys.index)
    treated.loc[some_of(data, *seen), "again"] = 1
    data = replace(data, treated=treated)
    (kept,), _ = guarded([calibrate(data, "again", resampling=ALONE)], data, "again")
    figures = {each.name: each for each in kept.section("ascertainment").rows[0].figures}
    assert isinstance(figures["treated"], Figure) == told
    assert told or not any(isinstance(each, Figure) for each in figures.values())


def test_nothing_is_told_of_a_score_that_is_known_of_few_who_had_the_outcome_nor_of_two_that_are_known_together() -> (
    None
):
    data = invent(400)
    few = some_of(data, 1, 5)
    data.facts.loc[~data.keys.index.isin(few), "reoffending_risk"] = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DroppedRowsWarning)
        reports = [validity(data, "again", resampling=ALONE), overrides(data, "again")]
    before, after = (
        pd.concat([each.to_frame() for each in told]) for told in (reports, guarded(reports, data, "again")[0])
    )
    assert (before["n"] == len(few)).any(), "the attack works on what is not guarded"
    assert not (after["n"] == len(few)).any()
    assert after.loc[(after["score"] == "risk_total") & (after["figure"] == "events"), "value"].notna().all()
    evidence = ungathered(data, *guarded(reports, data, "again")[0])
    curves = next(iter(pictures_of(evidence, "en"))).svg
    assert evidence.score_name("risk_total", "en") in curves
    assert evidence.score_name("summary_rating", "en") not in curves


def test_no_digits_of_an_area_tell_how_many_had_the_outcome() -> None:
    data = invent(400)
    data.ratings.iloc[:9, 0] = np.nan
    had = int(data.outcomes["again"][9:].sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DroppedRowsWarning)
        report = validity(data, "again", resampling=ALONE)
    (kept,), _ = guarded([report], data, "again")
    asked = range(had - 9, had + 10)
    for told, known in ((report, [had]), (kept, list(asked))):
        (row,) = (row for row in told.section("areas").rows if row.labels[0] == "risk_total")
        (area,) = (each for each in row.figures if isinstance(each, Figure) and each.name == "auc")
        assert fitting(area, asked) == known


def test_every_figure_that_is_no_count_and_no_share_of_one_is_told_in_few_decimals_and_its_interval_outwards() -> None:
    data = invent(400)
    reports = [
        validity(data, "again", resampling=ALONE),
        calibrate(data, "again", resampling=ALONE),
        fairness(data, "again", ["sex"]),
        overrides(data, "again"),
    ]
    kept, _ = guarded(reports, data, "again")
    table = pd.concat([report.to_frame() for report in kept])
    told = table[(table["method"] != "wilson") & table["value"].notna()]
    for part in ("value", "low", "high"):
        numbers = told[part].dropna().to_numpy(dtype=float)
        assert np.array_equal(numbers, numbers.round(limits().whole("told_decimals"))), part
    assert (told["section"].isin(["increments", "override_validity", "coefficients", "group_areas"])).any()
    before = pd.concat([report.to_frame("areas") for report in reports[:1]])
    after = pd.concat([report.to_frame("areas") for report in kept[:1]])
    assert (after["low"].dropna() <= before["low"].dropna() + 1e-9).all()
    assert (after["high"].dropna() >= before["high"].dropna() - 1e-9).all()
    curve = np.asarray(kept[1].details["reliability"]["observed"], dtype=float)
    assert np.array_equal(curve, curve.round(2))


@given(st.floats(-5, 5), st.floats(-2, 2), st.integers(1, 60))
def test_a_calibrator_of_few_digits_gives_every_risk_to_the_decimals_of_a_card(
    intercept: float, slope: float, most: int
) -> None:
    scores = np.arange(most + 1.0)
    told = coarsest_line(intercept, slope, scores)
    assert np.abs(expit(told[0] + told[1] * scores) - expit(intercept + slope * scores)).max() <= 0.005


def test_the_digits_of_a_calibrator_do_not_tell_how_few_it_went_for() -> None:
    """With all of them, only one way of dividing the highest two of four levels gives this line."""
    low, high = ((60, 120), (50, 70)), (40, 60)

    def line(events: int, others: int) -> tuple[float, float]:
        cells = (*low, (high[0] - events, high[1] - others), (events, others))
        scores = np.repeat(np.arange(4.0), [sum(cell) for cell in cells])
        happened = np.concatenate([np.repeat([1, 0], cell) for cell in cells])
        fitted = LogisticCalibrator().fit(scores[:, None], happened)
        return fitted.intercept_, fitted.coef_

    lines = {(events, others): line(events, others) for events in range(6) for others in range(6)}
    told = {cells: coarsest_line(*each, np.arange(4.0)) for cells, each in lines.items()}
    assert len(set(lines.values())) == len(lines), "the attack works on what is not guarded"
    assert len([cells for cells, each in told.items() if each == told[2, 1]]) > 3


def test_a_picture_shows_no_level_of_few() -> None:
    data = invent(150)
    total = data.ratings[data.risk_items].sum(axis=1).to_numpy()
    counts = coarsened(count_scores(data.outcomes["again"].to_numpy(), total), LEAST)
    assert all(number == 0 or number >= LEAST for number in (*counts.with_outcome, *counts.without))


CELLS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30)


@given(CELLS.filter(lambda cells: all(sum(part) >= LEAST for part in zip(*cells, strict=True))))
def test_levels_that_are_taken_together_are_never_few_and_lose_nobody(cells: list[tuple[int, int]]) -> None:
    events, others = np.array(cells, dtype=np.int64).T
    together = coarsened(ScoreCounts(np.arange(len(cells), dtype=float), others, events), LEAST)
    assert (together.events, together.non_events) == (events.sum(), others.sum())
    assert all(number == 0 or number >= LEAST for number in (*together.with_outcome, *together.without))
    assert sorted(together.levels) == list(together.levels)


# --- the attack on groups --------------------------------------------------------------------------------------------

#: What each share is told of, and what it counts, in cells: with the outcome or not, rated high or not.
CELLS_OF = {
    "base_rate": ("++ +- -+ --", "++ +-"),
    "flagged": ("++ +- -+ --", "++ -+"),
    "false_positive_rate": ("-+ --", "-+"),
    "false_negative_rate": ("++ +-", "+-"),
    "positive_predictive_value": ("++ -+", "++"),
    "negative_predictive_value": ("+- --", "--"),
}
CELL_NAMES = ("++", "+-", "-+", "--")


def numbers_of_few(kept: Sequence[Report], everybody: Report, column: str) -> set[tuple[str, str]]:
    """What somebody finds who solves the equations of a card, and knows every rate of everybody: groups and cells.

    Cells, and sums of cells, that follow from what is told and are of few.
    """
    groups = [row.labels[1] for row in everybody.section("base_rates").rows if row.labels[0] == column]
    known: list[tuple[NDArray[np.float64], float]] = []

    def of(group: str, cells: str) -> NDArray[np.float64]:
        row = np.zeros((len(groups), 4))
        row[groups.index(group), [CELL_NAMES.index(cell) for cell in cells.split()]] = 1
        return row.ravel()

    def learn(name: str, each: Outcome, over: Sequence[str]) -> None:
        if name in CELLS_OF and isinstance(each, Figure):
            whole, cases = (sum(of(group, cells) for group in over) for cells in CELLS_OF[name])
            known.extend([(np.asarray(whole), each.n), (np.asarray(cases), round(each.value * each.n))])
        elif name in CELLS_OF and each.n is not None:
            known.append((np.asarray(sum(of(group, CELLS_OF[name][0]) for group in over)), each.n))

    for name in ("overall", "overall_errors"):
        for each in everybody.section(name).rows[0].figures:
            learn(each.name, each, groups)
    for section in (section for report in kept for section in report.sections):
        for row in section.rows:
            if section.columns == ("group", "members") and row.labels[0] == column:
                for each in row.figures:
                    learn(each.name, each, [row.labels[1]])
                    if each.name == "rows" and isinstance(each, Figure):
                        known.append((of(row.labels[1], "++ +- -+ --"), each.value))
    equations, right = np.array([row for row, _ in known]), np.array([value for _, value in known])
    found = set()
    for group in groups:
        for cells in {part for both in CELLS_OF.values() for part in both} | set(CELL_NAMES):
            weights, *_ = np.linalg.lstsq(equations.T, of(group, cells), rcond=None)
            if np.allclose(equations.T @ weights, of(group, cells), atol=1e-8) and 0 < round(weights @ right) < LEAST:
                found.add((group, cells))
    return found


def placed(events_high: int, events_low: int, others_high: int, others_low: int) -> Dataset:
    """People of whom so many are in a group, by outcome and summary rating; the others are in two large groups."""
    data = invent(500)
    assert data.summary_rating is not None
    happened, is_high = (data.outcomes["again"] == 1).to_numpy(), (data.summary_rating == 2).to_numpy()
    place = np.where(np.arange(500) % 2, "b", "c").astype(object)
    for number, rows in (
        (events_high, happened & is_high),
        (events_low, happened & ~is_high),
        (others_high, ~happened & is_high),
        (others_low, ~happened & ~is_high),
    ):
        place[np.flatnonzero(rows)[:number]] = "a"
    return replace(data, groups=pd.DataFrame({"place": place}, index=data.keys.index))


@pytest.mark.parametrize(
    "cells", [(1, 1, 2, 6), (1, 1, 1, 57), (1, 29, 1, 29), (2, 0, 30, 30), (20, 3, 20, 20), (8, 8, 8, 3), (6, 2, 6, 9)]
)
def test_no_number_of_few_of_a_group_follows_from_what_a_card_tells_of_all_groups(
    cells: tuple[int, int, int, int],
) -> None:
    data = placed(*cells)
    report = fairness(data, score="summary_rating")
    kept, _ = guarded([report], data, "again")
    assert numbers_of_few([report], report, "place"), "the attack works on what is not guarded"
    assert not numbers_of_few(kept, report, "place")
    assert "overall" not in {section.name for each in kept for section in each.sections}


def test_a_reason_on_a_card_has_no_number_of_persons() -> None:
    data = placed(1, 1, 2, 6)
    kept, _ = guarded([fairness(data, score="summary_rating")], data, "again")
    lacking = [
        each
        for report in kept
        for part in report.sections
        for row in part.rows
        for each in row.figures
        if isinstance(each, InsufficientEvidence)
    ]
    assert {each.n for each in lacking} == {None}
    assert {name for each in lacking for name in each.reason.parameters} <= {"needed", "least"}
    assert all("n" not in each.as_data() for each in lacking)


def test_large_groups_keep_their_rates_though_a_group_that_is_not_few_is_too_small_for_them() -> None:
    data = placed(6, 7, 6, 7)
    kept, _ = guarded([fairness(data, score="summary_rating")], data, "again")
    shown = {row.labels[1]: row.figures for each in kept for row in each.section("group_errors").rows}
    assert all(isinstance(each, Figure) for group in ("b", "c") for each in shown[group])
    assert not any(isinstance(each, Figure) for each in shown["a"])
