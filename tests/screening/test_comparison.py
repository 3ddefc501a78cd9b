"""Who enters, may still enter and leaves under another guidance, and by which criterion."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instruments.mapping import read_mapping
from instruments.table_files import open_table
from screening.batch.comparison import Compared, compare_table
from screening.comparison import Comparison, compare
from tests.screening.batches import (
    CATALONIA,
    LIBRARY,
    ON,
    REAL,
    codes,
    faults_of,
    needs_real,
    prepared_for,
    rows_of,
    write_csv,
)
from tests.screening.test_batch import SUPPORTED

FROM_15, FROM_12 = "socialstyrelsen_2012", "socialstyrelsen_2012/under_15"


def compared(path: Path, *guidances: str, output: Path | None = None, **more: Any) -> Compared:
    return compare_table(prepared_for(path, *guidances, **more), open_table(path), output)


def people(folder: Path, *changes: dict[str, Any]) -> Path:
    supported = {**SUPPORTED, "coordinated_need": "yes"}
    return write_csv(folder / "in.csv", [{**supported, "key": place, **change} for place, change in enumerate(changes)])


def only(pairs: Compared) -> Comparison:
    [comparison] = pairs.comparisons.values()
    return comparison


def test_those_under_15_enter_where_the_age_is_lowered(tmp_path: Path) -> None:
    path = people(tmp_path, {"age": 14}, {"age": 14, "offence_count": ""}, {"age": 11}, {"age": 15}, {"age": ""})
    comparison = only(compared(path, FROM_15, FROM_12))
    assert (comparison.enters, comparison.may_still_enter, comparison.leaves) == (1, 1, 0)
    assert comparison.transitions.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1]]
    age = comparison.criteria["age"]
    assert (age.differs, age.enters, age.may_still_enter, age.leaves) == (2, 1, 1, 0)
    assert [name for name, change in comparison.criteria.items() if change.differs] == ["age"]


def test_the_other_way_round_they_leave(tmp_path: Path) -> None:
    path = people(tmp_path, {"age": 14}, {"age": 14, "offence_count": ""}, {"age": 11}, {"age": 15}, {"age": ""})
    comparison = only(compared(path, FROM_12, FROM_15))
    assert (comparison.enters, comparison.may_still_enter, comparison.leaves) == (0, 0, 2)
    assert comparison.criteria["age"].leaves == 2


def test_a_criterion_that_only_one_guidance_requires_moves_people(tmp_path: Path) -> None:
    """Stockholm requires a high risk of reoffending, Socialstyrelsen a need of joined-up support."""
    path = people(tmp_path, {"reoffending_risk": "low"}, {"coordinated_need": "no"}, {"reoffending_risk": ""}, {})
    comparison = only(compared(path, FROM_15, "stockholm_2012"))
    assert (comparison.enters, comparison.may_still_enter, comparison.leaves) == (1, 0, 1)
    assert comparison.criteria["reoffending_risk"].as_data() == {
        "differs": 2,
        "enters": 0,
        "may_still_enter": 0,
        "leaves": 1,
    }
    assert comparison.criteria["coordinated_need"].as_data() == {
        "differs": 1,
        "enters": 1,
        "may_still_enter": 0,
        "leaves": 0,
    }


def test_one_row_can_move_by_several_criteria(tmp_path: Path) -> None:
    path = people(tmp_path, {"reoffending_risk": "low", "age": 29})
    comparison = only(compared(path, "skl_2015", FROM_15))
    assert comparison.leaves == 1
    assert [name for name, change in comparison.criteria.items() if change.leaves] == ["age"]


def test_a_comparison_of_two_halves_is_that_of_the_whole() -> None:
    first, second = (LIBRARY.bind(name, on=ON).rules for name in (FROM_15, "stockholm_2012"))
    random = np.random.default_rng(1)
    before = random.integers(0, 3, (len(first.nodes), 200)).astype(np.int8)
    after = random.integers(0, 3, (len(second.nodes), 200)).astype(np.int8)
    whole = compare(first, second, before, after)
    halves = compare(first, second, before[:, :90], after[:, :90]) + compare(
        first, second, before[:, 90:], after[:, 90:]
    )
    assert halves.as_data() == whole.as_data()
    assert whole.transitions.sum() == 200
    assert whole.enters + whole.leaves + whole.may_still_enter <= 200


def test_a_guidance_against_itself_moves_nobody(tmp_path: Path) -> None:
    path = people(tmp_path, {}, {"age": 40}, {"age": ""})
    comparison = only(compared(path, "stockholm_2012", "stockholm_2012@1.0"))
    assert (comparison.enters, comparison.may_still_enter, comparison.leaves) == (0, 0, 0)
    assert comparison.as_data()["criteria"] == {}


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_the_outcome_of_every_row_under_every_guidance_can_be_written(ending: str, tmp_path: Path) -> None:
    path = people(tmp_path, {"age": 14}, {"age": 30}, {"age": ""})
    output = tmp_path / f"out.{ending}"
    every = compared(path, FROM_15, FROM_12, output=output)
    rows = rows_of(output)
    assert [row["key"] for row in rows] == ["0", "1", "2"]
    assert [row[f"outcome.{FROM_12}"] for row in rows] == [
        "supports_offer",
        "not_target_group",
        "more_information_needed",
    ]
    assert every.outcomes == {FROM_15: (2, 1, 0), FROM_12: (1, 1, 1)}


def test_nothing_is_written_when_a_row_is_at_fault(tmp_path: Path) -> None:
    path = people(tmp_path, {"age": 14}, {"age": "x"}, {"key": "0"})
    assert codes(faults_of(path, tmp_path / "screened.csv")) == [("cell-off-range", "row 2, column age")]
    with pytest.raises(ValueError, match="cell-off-range"):
        compared(path, FROM_15, FROM_12, output=tmp_path / "out.json")
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


@needs_real
def test_in_the_real_file_those_under_15_may_enter(tmp_path: Path) -> None:
    """The sources say that every pilot area wanted those under 15 in. Age alone keeps these 31 out."""
    mapping = read_mapping(CATALONIA)
    comparison = only(compared(REAL, FROM_15, FROM_12, output=tmp_path / "out.csv", mapping=mapping))
    assert comparison.transitions.tolist() == [[629, 31, 0], [0, 195, 0], [0, 0, 0]]
    assert {name for name, change in comparison.criteria.items() if change.differs} == {"age"}
    moved = [
        row["key"]
        for row in rows_of(tmp_path / "out.csv")
        if row[f"outcome.{FROM_15}"] == "not_target_group" != row[f"outcome.{FROM_12}"]
    ]
    ages = {line.split(",")[0]: line.split(",")[3] for line in REAL.read_text(encoding="utf-8").splitlines()}
    assert len(moved) == 31
    assert {ages[key] for key in moved} == {"14"}


@needs_real
def test_in_the_real_file_the_target_group_differs_by_district() -> None:
    districts = [name for name in LIBRARY.names() if name.startswith("stockholm_2012/")]
    every = compared(REAL, "stockholm_2012", *districts, mapping=read_mapping(CATALONIA))
    leaves = {name: comparison.leaves for name, comparison in every.comparisons.items() if comparison.leaves}
    # Kungsholmen and Norrmalm want participants from 15; Östermalm's 12-17 takes in all of this file.
    assert leaves == {"stockholm_2012/kungsholmen": 11, "stockholm_2012/norrmalm": 11}
    assert every.comparisons["stockholm_2012/kungsholmen"].criteria["age"].leaves == 11
