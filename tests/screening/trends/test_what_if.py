"""What-if: the rows of fives, the answers worked out from them, and that nobody is found in them."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.faults import InputError, UnknownDefinitionError
from instruments.ratings import BLANK
from screening.evaluation import decide
from screening.intake import CodedIntake
from screening.invented.cohort import invent_columns
from screening.recommendation import OUTCOMES
from screening.trends.lattice import lattice_on
from screening.trends.microaggregates import FIVE, PLACE, age_bands, in_groups_of_five, microaggregate, outcomes_of
from screening.trends.recorded import RowCoder, as_frame
from screening.trends.what_if import Arm, WhatIf, what_if
from screening.truth import MET
from tests.cases.reading import library
from tests.screening.shipped import invented_intakes
from tests.thoroughness import a_few, examples

ON = date(2026, 11, 21)
LIBRARY = library()
LATTICE = lattice_on(ON).content
UNITS = ("norr", "syd", "vast")
ARMS = [
    Arm("socialstyrelsen_2012", {}),
    Arm("socialstyrelsen_2012/under_15", {}),
    Arm("stockholm_2012", {}),
    *(Arm("stockholm_2012", {"age_max": age}) for age in (17, 18, 19, 20)),
    Arm("stockholm_2012", {"own_behaviour_count": 3}),
    Arm("stockholm_2012/kungsholmen", {}),
    Arm("stockholm_2019", {}),
    Arm("skl_2015", {}),
]


def some_rows(seed: int, number: int) -> pd.DataFrame:
    """Invented young people in codes, rated by either instrument or by none."""
    choose = np.random.default_rng(seed)
    frames = []
    for instrument, guidance in (("youth_spj", "stockholm_2012"), ("young_adult_spj", "stockholm_2012")):
        rules = LIBRARY.bind(guidance, on=ON, instrument=instrument).rules
        columns = invent_columns(number // 2, seed=seed, rules=rules, on=ON)
        frame = pd.DataFrame({f"fact.{name}": codes for name, codes in columns.facts.items()})
        for place, codes in enumerate(columns.items):
            frame[f"item.{place}"] = codes
        frame["instrument"] = f"{rules.instrument.id}@{rules.instrument.version}"
        frames.append(frame)
    rows = pd.concat(frames, ignore_index=True)
    for name in rows.columns:
        if name != "instrument":
            rows[name] = rows[name].fillna(BLANK).astype("int8")
    rows["days.motivation_to_leave"] = choose.integers(-1, 60, len(rows)).astype("int32")
    rows["offence_window"] = np.int16(0)
    rows["unit"] = choose.choice(UNITS, len(rows), p=[0.7, 0.27, 0.03])
    rows["sex"] = choose.choice(["female", "male", "unknown"], len(rows), p=[0.14, 0.84, 0.02])
    return rows


def asked(rows: pd.DataFrame, before: Arm, after: Arm) -> WhatIf:
    return what_if(rows, LIBRARY, LATTICE, ON, before, after, units=UNITS)


def every_answer(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [asked(rows, before, after).as_data() for before, after in combinations(ARMS, 2)]


def numbers_in(data: Any) -> Iterator[int]:
    if isinstance(data, dict):
        for each in data.values():
            yield from numbers_in(each)
    elif isinstance(data, int):
        yield data


def outcome_of(row: pd.Series, arm: Arm) -> int:  # type: ignore[type-arg]
    """The outcome of one row by the engine for single intakes."""
    bound = LIBRARY.bind(arm.guidance, on=ON, instrument=row["instrument"], changed=arm.changed)
    rules = bound.rules
    facts = {name.removeprefix("fact."): int(row[name]) for name in row.index if name.startswith("fact.")}
    for each in rules.guidance.freshness:
        days, limit = int(row[f"days.{each.fact}"]), int(rules.settings[each.days].value or 0)
        value = rules.describe(each.fact).value_of(facts[each.fact])
        if days > limit or (days < 0 and value in each.must_be_dated):
            facts[each.fact] = BLANK
    items = tuple(int(row[f"item.{place}"]) for place in range(len(rules.instrument.items)))
    return decide(rules, CodedIntake(facts, items, ON))[rules.outcome]


def test_the_middle_one_of_every_five_stands_for_them() -> None:
    rows = some_rows(1, 503)
    members = in_groups_of_five(rows, LIBRARY, ON)
    assert len(members) == 500
    assert members.pop(PLACE).tolist() == 100 * [0, 1, 2, 3, 4]
    pd.testing.assert_frame_equal(microaggregate(rows, LIBRARY, ON), members.iloc[2::FIVE].reset_index(drop=True))


def test_a_five_is_alike_in_all_that_an_answer_is_divided_by() -> None:
    members = in_groups_of_five(some_rows(1, 503), LIBRARY, ON)
    shown = members[["unit", "sex"]].assign(band=age_bands(members, LATTICE))
    assert (shown.groupby(np.arange(len(shown)) // FIVE).nunique() == 1).all(axis=None)


def test_people_keep_the_unit_of_whoever_they_stand_with() -> None:
    """Most people of a unit of some size are told as of that unit."""
    rows = some_rows(1, 1_000)
    told = microaggregate(rows, LIBRARY, ON)["unit"].value_counts() * FIVE
    for unit in ("norr", "syd"):
        assert told[unit] > 0.9 * (rows["unit"] == unit).sum()


def test_the_order_in_which_they_were_recorded_does_not_matter() -> None:
    rows = some_rows(2, 300)
    shuffled = rows.sample(frac=1, random_state=4).reset_index(drop=True)
    pd.testing.assert_frame_equal(microaggregate(rows, LIBRARY, ON), microaggregate(shuffled, LIBRARY, ON))


@pytest.mark.parametrize(
    ("before", "after"),
    [(ARMS[0], ARMS[1]), (ARMS[2], ARMS[7]), (ARMS[2], ARMS[3]), (ARMS[8], ARMS[9])],
    ids=lambda arm: arm.name,
)
def test_an_answer_is_five_times_what_the_engine_says_of_each_row(before: Arm, after: Arm) -> None:
    fives = microaggregate(some_rows(3, 1_500), LIBRARY, ON)
    answer = asked(fives, before, after)
    was = [outcome_of(row, before) for _, row in fives.iterrows()]
    becomes = [outcome_of(row, after) for _, row in fives.iterrows()]
    moves = Counter(zip(was, becomes, strict=True))
    for row, outcome in enumerate(OUTCOMES):
        told = dict(zip(OUTCOMES, answer.transitions[row].tolist(), strict=True))
        assert told == {other: FIVE * moves[row, column] for column, other in enumerate(OUTCOMES)}, outcome
    frame = fives.assign(enters=[one != MET and other == MET for one, other in zip(was, becomes, strict=True)])
    for name in ("unit", "sex"):
        true = FIVE * frame.groupby(name)["enters"].sum()
        assert {value: moved.enters for value, moved in answer.divided[name].items() if moved.people} == true.to_dict()
    for values in answer.divided.values():
        assert sum(moved.people for moved in values.values()) == answer.people
        assert sum(moved.leaves for moved in values.values()) == answer.total.leaves


def test_answers_are_near_the_truth() -> None:
    """What the fives cost: over many the difference is small."""
    rows = some_rows(5, 20_000)
    fives = microaggregate(rows, LIBRARY, ON)
    for arm in ARMS:
        true = int((outcomes_of(rows, LIBRARY, ON, arm.guidance) == MET).sum())
        told = FIVE * int((outcomes_of(fives, LIBRARY, ON, arm.guidance) == MET).sum())
        assert abs(told - true) <= 20 * FIVE, arm.name


# --- attacks ---------------------------------------------------------------------------------------------------------


def with_the_middle_everywhere(members: pd.DataFrame) -> pd.DataFrame:
    """The same fives, but in each of them everybody is as the middle one is told to be."""
    return members.iloc[np.arange(len(members)) // FIVE * FIVE + FIVE // 2].reset_index(drop=True)


def small_groups(ordered: pd.DataFrame) -> Iterator[np.ndarray[Any, np.dtype[np.intp]]]:
    """One to four people that a reader may want to single out: by what is asked about, or between two questions."""
    outcomes = {arm.name: outcomes_of(ordered, LIBRARY, ON, arm.guidance) for arm in ARMS if not arm.changed}
    ages = ordered["fact.age"].to_numpy()
    for (_, one), (_, other) in combinations(outcomes.items(), 2):
        moves = (one != MET) & (other == MET)
        for name in ("unit", "sex"):
            for value in ordered[name].unique():
                for age in (None, *np.unique(ages)):
                    group = moves & (ordered[name] == value).to_numpy() & (True if age is None else ages == age)
                    if 0 < group.sum() < FIVE:
                        yield np.flatnonzero(group)


@pytest.mark.thorough
def test_no_small_group_can_be_told_from_none_or_from_one_that_is_not_small() -> None:
    """The attack that knows every answer there is: another cohort gives the very same, without the group or with more.

    That holds for what is asked about, for the difference of any two overlapping questions, and for any sum of them,
    since the rows are the same from which everything is worked out.
    """
    ordered = in_groups_of_five(some_rows(6, 600), LIBRARY, ON).drop(columns=PLACE)
    rows = microaggregate(some_rows(6, 600), LIBRARY, ON)
    other = with_the_middle_everywhere(ordered)
    alike = microaggregate(other, LIBRARY, ON)
    everything = list(rows.columns)
    pd.testing.assert_frame_equal(
        alike.sort_values(everything, ignore_index=True), rows.sort_values(everything, ignore_index=True)
    )
    assert every_answer(alike) == every_answer(rows)
    gone, many = 0, 0
    for group in small_groups(ordered):
        members = {tuple(ordered.iloc[place]) for place in group}
        left = sum(tuple(row) in members for row in other.itertuples(index=False, name=None))
        if any(place % FIVE == FIVE // 2 for place in group):
            assert left >= FIVE
            many += 1
        else:
            assert left == 0
            gone += 1
    assert gone > 20
    assert many > 5


def a_small_unit(seed: int, number: int) -> pd.DataFrame:
    """A year of a municipality, in which one unit has had a single young person, the only one of 13."""
    rows = some_rows(seed, number)
    rows["unit"] = np.where(np.arange(len(rows)) % 2, "norr", "syd")
    rows.loc[rows["fact.age"] == 13, "fact.age"] = np.int8(14)
    rows.loc[0, ["unit", "sex", "fact.age"]] = ["vast", "female", np.int8(13)]
    return rows


@pytest.mark.parametrize("seed", a_few(range(5)))
def test_the_only_one_of_a_unit_is_not_found_by_any_number_of_questions(seed: int) -> None:
    """The attack of somebody who knows that the unit met one young person that year, and how old they were.

    Every guidance and every limit of age is asked about and divided by unit; the answers are compared with one another.
    """
    rows = a_small_unit(seed, 300)
    fives = microaggregate(rows, LIBRARY, ON)
    questions = [*combinations(ARMS, 2)]
    questions += [
        (Arm("stockholm_2012", {"age_max": age}), Arm("stockholm_2012", {"age_max": age + 1})) for age in range(15, 29)
    ]
    for before, after in questions:
        assert asked(fives, before, after).divided["unit"]["vast"].people == 0
    assert not (fives["fact.age"] == 13).any()


@given(st.integers(0, 10_000), st.integers(5, 120))
@settings(max_examples=examples(10))
def test_whatever_is_told_of_somebody_is_true_of_five_at_least(seed: int, number: int) -> None:
    """Of every row, unit, sex and exact age together fit five young people of that year or more."""
    assert_true_of_five(seed, number)


@pytest.mark.soak
@given(st.integers(0, 10_000), st.integers(5, 120))
@settings(max_examples=200)
def test_whatever_is_told_of_anybody_is_true_of_five_at_least(seed: int, number: int) -> None:
    assert_true_of_five(seed, number)


def assert_true_of_five(seed: int, number: int) -> None:
    choose = np.random.default_rng(seed)
    rows = some_rows(seed % 7, 2 * number)
    rows["unit"] = choose.choice([*UNITS, "ost", "ny"], len(rows), p=[0.5, 0.3, 0.1, 0.07, 0.03])
    rows["fact.age"] = choose.choice([BLANK, 12, 13, 15, 16, 17, 24], len(rows)).astype("int8")
    fives = microaggregate(rows, LIBRARY, ON)
    for name, blank in (("unit", ""), ("fact.age", BLANK)):
        told = fives.loc[fives[name] != blank, name]
        assert all((rows[name] == value).sum() >= FIVE for value in told.unique())
        untold = len(rows) - sum((rows[name] == value).sum() for value in told.unique())
        assert untold == 0 or untold >= FIVE or not (fives[name] == blank).any()


def test_no_two_overlapping_questions_differ_by_one_to_four() -> None:
    answers = every_answer(microaggregate(some_rows(7, 3_000), LIBRARY, ON))
    assert all(number % FIVE == 0 for answer in answers for number in numbers_in(answer))
    for one, other in combinations(answers, 2):
        for name in ("unit", "age_band", "sex", "track"):
            for value, moved in one[name].items():
                assert all((moved[key] - other[name][value][key]) % FIVE == 0 for key in moved)


def test_four_or_fewer_are_not_there_at_all() -> None:
    rows = microaggregate(some_rows(8, 4), LIBRARY, ON)
    assert asked(rows, ARMS[2], ARMS[3]).people == 0


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_a_limit_outside_what_is_permitted_or_not_there_is_refused() -> None:
    rows = microaggregate(some_rows(9, 50), LIBRARY, ON)
    for changed, code in (({"age_max": 45}, "value-not-permitted"), ({"height": 180}, "unknown-parameter")):
        with pytest.raises(InputError) as refused:
            asked(rows, ARMS[2], Arm("stockholm_2012", changed))
        assert [fault.code for fault in refused.value.faults] == [code]
    with pytest.raises(UnknownDefinitionError):
        asked(rows.iloc[:0], ARMS[2], Arm("atlantis_2012", {}))


def test_trying_out_a_limit_leaves_the_guidance_as_it_is() -> None:
    tried = LIBRARY.bind("stockholm_2012", on=ON, changed={"age_max": 20})
    assert tried.rules.settings["age_max"].value == 20
    assert LIBRARY.bind("stockholm_2012", on=ON).rules.settings["age_max"].value == 29


# --- from what was recorded to rows ----------------------------------------------------------------------------------


def covered_of(intake: CodedIntake, name: str) -> dict[str, Any]:
    """What a digest covers, of an intake in codes."""
    rules = LIBRARY.bind(name, on=ON).rules
    facts: dict[str, Any] = {}
    for fact, code in intake.facts.items():
        facts[fact] = {"value": rules.describe(fact).value_of(code)}
        if fact == "offence_count":
            facts[fact]["window_months"] = intake.offence_window
        if fact == "motivation_to_leave":
            facts[fact]["observed_on"] = (intake.on - timedelta(days=3)).isoformat()
    items = {
        item.id: "not_asked" if code == BLANK else rules.instrument.levels(item)[code]
        for item, code in zip(rules.instrument.items, intake.items, strict=True)
    }
    definitions = LIBRARY.bind(name, on=ON).definitions
    return {"definitions": definitions, "reference_date": ON.isoformat(), "inputs": {"facts": facts, "items": items}}


@pytest.mark.parametrize("name", ["stockholm_2012", "socialstyrelsen_2012", "young_adults_2013", "stockholm_2019"])
def test_a_row_comes_to_what_the_screening_came_to(name: str) -> None:
    coder, rules = RowCoder(LIBRARY, ON), LIBRARY.bind(name, on=ON).rules
    intakes = list(invented_intakes(name, 300))
    rows = as_frame(coder.row(covered_of(intake, name), unit="norr", sex="male") for intake in intakes)
    assert outcomes_of(rows, LIBRARY, ON, name).tolist() == [decide(rules, each)[rules.outcome] for each in intakes]


def test_a_row_does_not_tell_which_items_were_rated_how() -> None:
    coder = RowCoder(LIBRARY, ON)
    intake = next(intake for intake in invented_intakes("stockholm_2012", 50) if len(set(intake.items)) > 2)
    rules = LIBRARY.bind("stockholm_2012", on=ON).rules
    own = [place for place, item in enumerate(rules.instrument.items) if item.own_behaviour and item.kind == "risk"]
    turned = list(intake.items)
    for place, other in zip(own, reversed(own), strict=True):
        turned[place] = intake.items[other]
    other_way = CodedIntake(intake.facts, tuple(turned), intake.on, intake.offence_window)
    one, other = (
        coder.row(covered_of(each, "stockholm_2012"), unit="norr", sex="male") for each in (intake, other_way)
    )
    assert one == other
    assert "fact.district" not in one
    assert not {"case", "reference_date", "birth_date"} & set(one)
