"""Nobody is to be recognised on a card: few are joined, and what would tell of them by subtraction is left out."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.cards import LevelCount, require_fit_for_decisions
from instruments.faults import InputError
from instruments.research.dataset import Dataset
from instruments.research.disclosure import JOINED, coarsened, guarded, join_small_groups
from instruments.research.fairness import fairness
from instruments.research.figures import Figure, InsufficientEvidence, Section
from instruments.research.limits import limits
from instruments.research.overrides import overrides
from instruments.research.resampling import Resampling
from instruments.research.roc import ScoreCounts, count_scores
from instruments.research.validity import validity
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


def test_a_share_of_few_is_left_out_of_every_group_of_its_column() -> None:
    data = with_groups(sex=["f"] * 60 + ["m"] * 340)
    happened = np.r_[[1.0] * 2, [0.0] * 58, [1.0] * 100, [0.0] * 240]
    data = replace(data, outcomes=pd.DataFrame({"again": happened}, index=data.keys.index))
    (kept,), _ = guarded([fairness(data)], data, "again")
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
    kept, _ = guarded(reports, data, "again")
    figures = [each for report in kept for part in report.sections for row in part.rows for each in row.figures]
    for figure in figures:
        if isinstance(figure, Figure) and figure.method == "wilson":
            cases = round(figure.value * figure.n)
            assert cases in (0, figure.n) or min(cases, figure.n - cases) >= LEAST, figure
        elif isinstance(figure, Figure) and figure.name.startswith(("decided", "events")):
            assert figure.value == 0 or figure.value >= LEAST


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
