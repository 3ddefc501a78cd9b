"""What an area can be, whatever the blanks are: against every way of filling them in."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.faults import InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import scores_of
from instruments.research.estimation.roc import Floats, area, count_scores
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.limits import limits
from instruments.research.missing.bounds import area_bounds, share_bounds, total_bounds
from instruments.research.missing.prorating import items_of, prorated
from instruments.research.missing.report import missing
from tests.instruments.research.data import YOUTH, write_rows
from tests.instruments.research.invented import invent


def random_blanks(seed: int, *, outcomes: bool, scores: bool) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 9))
    outcome = random.integers(0, 2, n).astype(float)
    outcome[:2] = 0, 1
    low = random.integers(0, 4, n).astype(float)
    high = low + random.integers(1, 3, n) * (random.random(n) < 0.4) * scores
    outcome[2:][random.random(n - 2) < 0.4 * outcomes] = np.nan
    return outcome, low, high


def every_area(outcome: Floats, low: Floats, high: Floats) -> list[float]:
    """The areas of all ways of filling in."""
    ways = product(*([0, 1] if np.isnan(each) else [int(each)] for each in outcome))
    spans = [range(int(one), int(other) + 1) for one, other in zip(low, high, strict=True)]
    return [
        area(count_scores(np.array(way, bool), np.array(scores))).value
        for way in ways
        if 0 < sum(way) < len(way)
        for scores in product(*spans)
    ]


@pytest.mark.parametrize("blank", ["outcomes", "scores"])
@pytest.mark.parametrize("seed", range(40))
def test_bounds_are_the_extremes_of_every_way_of_filling_in(seed: int, blank: str) -> None:
    given = random_blanks(seed, outcomes=blank == "outcomes", scores=blank == "scores")
    bounds, areas = area_bounds(*given), every_area(*given)
    assert bounds.lowest.gap == bounds.highest.gap == 0
    assert bounds.ends == pytest.approx((min(areas), max(areas)), abs=1e-12)


@pytest.mark.parametrize("seed", range(80))
def test_where_both_are_blank_no_way_passes_the_bounds_and_ties_alone_keep_one_from_them(seed: int) -> None:
    given = random_blanks(seed, outcomes=True, scores=True)
    bounds, areas = area_bounds(*given), every_area(*given)
    assert bounds.ends[0] <= min(areas) + 1e-12
    assert bounds.ends[1] >= max(areas) - 1e-12
    if bounds.lowest.gap == 0:
        assert bounds.ends[0] == pytest.approx(min(areas), abs=1e-12)
    if bounds.highest.gap == 0:
        assert bounds.ends[1] == pytest.approx(max(areas), abs=1e-12)
    assert min(areas) - 1e-12 <= bounds.lowest.area.value  # what was found is some way of filling in
    assert bounds.highest.area.value <= max(areas) + 1e-12


def test_without_ties_the_bounds_are_exact_though_both_are_blank() -> None:
    for seed in range(40):
        outcome, low, high = random_blanks(seed, outcomes=True, scores=True)
        apart = np.arange(len(low)) / 100  # nobody shares an end with anybody
        bounds = area_bounds(outcome, low + apart, high + apart)
        ways = product(*([0, 1] if np.isnan(each) else [int(each)] for each in outcome))
        best = max(
            area(count_scores(np.array(way, bool), np.where(np.array(way) == 1, high, low) + apart)).value
            for way in ways
            if 0 < sum(way) < len(way)
        )
        assert bounds.highest.gap == 0
        assert bounds.highest.area.value == pytest.approx(best, abs=1e-12)


def test_without_blanks_both_ends_are_the_area_with_its_own_interval() -> None:
    data = invent(200)
    score = scores_of(data)["risk_total"].to_numpy()
    bounds = area_bounds(data.outcomes["again"], score, score)
    exact = area(count_scores(data.outcomes["again"].to_numpy(), score))
    assert bounds.ends == (pytest.approx(exact.value), pytest.approx(exact.value))
    assert bounds.interval == pytest.approx(exact.interval())


def test_the_bounds_hold_what_was_blanked_and_so_does_their_interval() -> None:
    """Blank a tenth of the ratings and outcomes: the area of the whole lies within."""
    whole = invent(150)
    random = np.random.default_rng(4)
    ratings = whole.ratings.mask(random.random(whole.ratings.shape) < 0.1)
    outcome = whole.outcomes["again"].mask(random.random(len(whole)) < 0.1)
    low, high = total_bounds(ratings, [item for item in YOUTH.items if item.kind == "risk"], YOUTH)
    bounds = area_bounds(outcome, low, high)
    truth = area(count_scores(whole.outcomes["again"].to_numpy(), scores_of(whole)["risk_total"].to_numpy()))
    assert bounds.ends[0] <= truth.value <= bounds.ends[1]
    interval, own = bounds.interval, truth.interval()
    assert interval is not None
    assert own is not None
    assert interval[0] <= own[0]
    assert own[1] <= interval[1]


@pytest.mark.parametrize("seed", range(6))
def test_the_interval_takes_in_that_of_the_extreme_filling_with_each_number_of_outcomes(seed: int) -> None:
    """The lowest area need not have the lowest limit: with few outcomes another filling's interval is wider."""
    random = np.random.default_rng(seed)
    score = random.integers(0, 20, 60).astype(float)
    outcome = (random.random(60) < 0.15).astype(float)
    outcome[random.permutation(60)[:9]] = np.nan
    interval = area_bounds(outcome, score, score).interval
    assert interval is not None
    unknown = np.flatnonzero(np.isnan(outcome))
    for order in (unknown[np.argsort(score[unknown])], unknown[np.argsort(-score[unknown])]):
        for number in range(len(unknown) + 1):
            filled = np.nan_to_num(outcome)
            filled[order[:number]] = 1
            ends = area(count_scores(filled.astype(bool), score)).interval()
            if ends is not None:
                assert interval[0] - 1e-9 <= ends[0]
                assert ends[1] <= interval[1] + 1e-9


@pytest.mark.thorough
def test_a_filling_that_nobody_has_does_not_say_that_the_score_runs_backwards() -> None:
    for row in missing(with_blanks(invent(150), 0.2)).section("missing_areas").rows:
        for each in row.figures[3:]:
            if isinstance(each, Figure):
                assert each.note in ("", "bounded_with_gap", "weak_interval")


def test_shares_lie_between_nobody_and_everybody_whose_outcome_is_blank() -> None:
    assert share_bounds([1, 0, np.nan, np.nan, 1]) == (2, 4, 5)


def test_crossed_ends_and_an_outcome_that_cannot_differ_are_refused() -> None:
    with pytest.raises(InputError, match="bounds-crossed"):
        area_bounds([0, 1], [2, 2], [1, 2])
    with pytest.raises(InputError, match="one-sided-outcome"):
        area_bounds([1, 1], [1, 2], [1, 2])


# --- the report ------------------------------------------------------------------------------------------------------


def with_blanks(data: Dataset, share: float) -> Dataset:
    from dataclasses import replace

    random = np.random.default_rng(5)
    return replace(
        data,
        ratings=data.ratings.mask(random.random(data.ratings.shape) < share),
        outcomes=data.outcomes.mask(random.random(data.outcomes.shape) < share),
    )


def test_a_total_is_prorated_where_few_enough_items_are_blank() -> None:
    data = with_blanks(invent(100), 0.15)
    total, items = prorated(data, "risk_total"), items_of(data, "risk_total")
    ratings = data.ratings[[item.id for item in items]]
    blank = ratings.isna().mean(axis=1)
    assert (total.notna() == (blank <= limits().prorated_share.value)).all()
    assert total.notna().sum() > scores_of(data)["risk_total"].notna().sum()
    kept = total[total.notna()]
    assert np.allclose(kept, ratings.mean(axis=1)[kept.index] * len(items))


@pytest.mark.parametrize("share", [0.0, 0.1])
@pytest.mark.thorough
def test_what_is_possible_lies_around_what_is_found(share: float) -> None:
    report = missing(with_blanks(invent(150), share))
    areas = next(each for each in report.sections if each.name == "missing_areas")
    told = 0
    for row in areas.rows:
        by_name = {each.name: each for each in row.figures}
        lowest, highest = by_name["auc_lowest"], by_name["auc_highest"]
        if isinstance(lowest, InsufficientEvidence) or isinstance(highest, InsufficientEvidence):
            continue
        told += 1
        for name in ("auc_complete", "auc_prorated"):
            if isinstance(found := by_name[name], Figure) and share == 0:
                assert lowest.value == pytest.approx(found.value) == pytest.approx(highest.value)
        assert lowest.value <= highest.value + 1e-12
    assert told > 3
    for row in next(each for each in report.sections if each.name == "missing_shares").rows:
        complete, least, most = (each.value for each in row.figures if isinstance(each, Figure))
        assert least <= complete <= most


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_command_tells_it(tmp_path: Path, language: str) -> None:
    rows = [(f"p{place}", place % 3 if place % 5 else "", (place // 3) % 2 if place % 7 else "") for place in range(60)]
    path = write_rows(tmp_path, rows, ("key", "risk", "again"))
    mapping = tmp_path / "mapping.yaml"
    lines = [
        "instrument: youth_spj",
        "key: key",
        "items: {substance_use: {column: risk, codes: {0: low, 1: moderate, 2: high}}}",
        "outcomes: {again: again}",
    ]
    mapping.write_text("\n".join(lines), encoding="utf-8")
    asked = ["research", "missing", str(path), "--mapping", str(mapping), "--language", language]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    assert ("lägsta möjliga" if language == "sv" else "lowest possible") in result.stdout
