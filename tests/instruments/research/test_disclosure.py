"""Nobody is to be recognised on a card: few are joined, and what would tell of them by subtraction is left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from instruments.cards import LevelCount, require_fit_for_decisions
from instruments.faults import InputError
from instruments.research.dataset import Dataset
from instruments.research.disclosure import JOINED, guarded, join_small_groups
from instruments.research.fairness import fairness
from instruments.research.figures import InsufficientEvidence
from tests.instruments.research.invented import invent


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
    (kept,), warned = guarded([fairness(data)], data)
    columns = {row.labels[0] for section in kept.sections for row in section.rows if section.columns[0] == "group"}
    assert columns == {"sex", "origin"}
    assert [each.fault.code for each in warned] == ["small-crossings"]


def test_a_share_of_few_is_left_out_of_every_group_of_its_column() -> None:
    data = with_groups(sex=["f"] * 60 + ["m"] * 340)
    happened = np.r_[[1.0] * 2, [0.0] * 58, [1.0] * 100, [0.0] * 240]
    data = replace(data, outcomes=pd.DataFrame({"again": happened}, index=data.keys.index))
    (kept,), _ = guarded([fairness(data)], data)
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
