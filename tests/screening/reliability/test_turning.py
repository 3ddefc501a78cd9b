"""How often another rating turns the recommendation: by the definitions, one pair after the other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from instruments.faults import InputError
from instruments.research.wording import catalogue
from screening.criteria import ITEM_PREFIX
from screening.evaluation import decide
from screening.intake import CodedIntake
from screening.reliability.rated_table import RatedTable
from screening.reliability.turning import Chance, DecidedPairs, TruthPairs
from screening.ruleset import RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN
from tests.screening.reliability.rated_twice import GUIDANCES, invented_ratings, read

TABLE = invented_ratings()


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> RatedTable:
    return read(TABLE, tmp_path_factory.mktemp("ratings"))


def decided(rated: RatedTable, guidance: str) -> DecidedPairs:
    return DecidedPairs.of(rated.prepared.bounds[guidance].rules, rated.pairs())


def outcome(rules: RuleSet, intake: CodedIntake) -> int:
    return decide(rules, intake)[rules.outcome]


@pytest.mark.parametrize("guidance", GUIDANCES)
def test_a_pair_turns_where_one_rating_supports_and_the_other_points_away(rated: RatedTable, guidance: str) -> None:
    pairs = decided(rated, guidance)
    rules = pairs.rules
    both = [
        (outcome(rules, pairs.first.intake(row)), outcome(rules, pairs.second.intake(row)))
        for row in range(len(pairs.persons))
    ]
    assert pairs.outcomes.turned.tolist() == [{*each} == {MET, NOT_MET} for each in both]
    assert pairs.outcomes.opened.tolist() == [len({*each}) == 2 and UNKNOWN in each for each in both]
    assert pairs.outcomes.turned.any()
    assert pairs.outcomes.opened.any()
    for one in range(3):
        for other in range(3):
            assert pairs.outcomes.table[one, other] == both.count((one, other))
    for name, truths in pairs.criteria.items():
        position = rules.by_name[name].position
        expected = [decide(rules, pairs.first.intake(row))[position] for row in range(len(both))]
        assert truths.one.tolist() == expected


def agreed(rules: RuleSet, name: str, changed: CodedIntake, by: CodedIntake) -> CodedIntake:
    if not name.startswith(ITEM_PREFIX):
        return changed.with_fact(name, by.fact(name))
    position = rules.instrument.positions[name.removeprefix(ITEM_PREFIX)]
    return changed.with_item(position, by.items[position])


@pytest.mark.parametrize("guidance", GUIDANCES)
def test_an_items_part_is_the_turns_that_vanish_when_it_alone_agrees(rated: RatedTable, guidance: str) -> None:
    pairs = decided(rated, guidance)
    rules, shares = pairs.rules, pairs.shares_of_inputs()
    rows = np.flatnonzero(pairs.outcomes.turned)
    assert any(share.any() for share in shares.values())
    for name, share in shares.items():
        for place, row in enumerate(rows):
            first, second = pairs.first.intake(int(row)), pairs.second.intake(int(row))
            ways = (first, agreed(rules, name, second, first)), (agreed(rules, name, first, second), second)
            vanished = [{outcome(rules, one), outcome(rules, other)} != {MET, NOT_MET} for one, other in ways]
            assert share[place] == sum(vanished) / 2, name


def test_both_ratings_of_a_pair_know_what_either_states_of_the_case(rated: RatedTable) -> None:
    """The second rows of the invented table state no facts, and are not poorer for it."""
    pairs = rated.pairs()
    assert pairs.unequal == 0
    for name, codes in pairs.first.facts.items():
        if name != "reoffending_risk":
            assert np.array_equal(codes, pairs.second.facts[name]), name
    assert (pairs.second.facts["age"] >= 0).mean() > 0.9
    assert not np.array_equal(pairs.first.facts["reoffending_risk"], pairs.second.facts["reoffending_risk"])


def test_a_pair_whose_facts_contradict_each_other_is_left_out_and_counted(tmp_path: Path) -> None:
    second = TABLE["rating"].str.endswith("-2")
    person = TABLE.loc[second, "person"].iloc[0]
    age = TABLE.loc[(TABLE["person"] == person) & ~second, "age"].iloc[0]
    contradicting = TABLE.assign(age=TABLE["age"].mask(second & (TABLE["person"] == person), age + 1))
    pairs, before = read(contradicting, tmp_path).pairs(), read(TABLE, tmp_path).pairs()
    assert pairs.unequal == 1
    assert len(pairs) == len(before) - 1
    assert set(pairs.persons) == set(range(len(before) - 1))


def test_ratings_side_by_side_are_read_as_ratings_below_one_another(tmp_path: Path) -> None:
    both = TABLE[TABLE["person"].isin(TABLE.loc[TABLE["rating"].str.endswith("-2"), "person"])]
    items = [name for name in both if str(name).startswith(ITEM_PREFIX)]
    # One summary rating for both, since a table with ratings side by side holds one.
    first = both[both["rating"].str.endswith("-1")].set_index("person")
    second = both[both["rating"].str.endswith("-2")].set_index("person")
    below = both.assign(reoffending_risk=both["person"].map(first["reoffending_risk"]))
    wide = first.join(second[items].add_suffix(".other")).reset_index()
    lines = [f"  {name.removeprefix(ITEM_PREFIX)}: {{raters: {{a: {name}, b: {name}.other}}}}" for name in items]
    facts = [
        f"  {name}: {name}" for name in ("age", "offence_count", "coordinated_need", "reoffending_risk", "gang_ties")
    ]
    head = ["instrument: youth_spj", "key: person"]
    (tmp_path / "wide.yaml").write_text("\n".join([*head, "items:", *lines, "facts:", *facts]), encoding="utf-8")
    rows = [f"  {name.removeprefix(ITEM_PREFIX)}: {name}" for name in items]
    head = ["instrument: youth_spj", "key: rating", "person: person", "rater: rater"]
    (tmp_path / "long.yaml").write_text("\n".join([*head, "items:", *rows, "facts:", *facts]), encoding="utf-8")
    of_wide = decided(read(wide, tmp_path, mapping=tmp_path / "wide.yaml"), GUIDANCES[0])
    of_long = decided(read(below, tmp_path, mapping=tmp_path / "long.yaml"), GUIDANCES[0])
    assert of_wide.outcomes.table.tolist() == of_long.outcomes.table.tolist()
    assert np.array_equal(of_wide.first.items, of_long.first.items)
    assert np.array_equal(of_wide.second.items, of_long.second.items)


def test_the_same_rater_again_is_held_apart_from_another_rater(tmp_path: Path) -> None:
    """Of two occasions, each is compared within itself; one rater of both is compared over time."""
    rows = [
        ("1", "p1", "anna", "spring"),
        ("2", "p1", "bo", "spring"),
        ("3", "p1", "anna", "autumn"),
        ("4", "p2", "anna", "p2 spring"),
        ("5", "p2", "bo", "p2 autumn"),
    ]
    table = pd.DataFrame(rows, columns=["rating", "person", "rater", "when"]).assign(school="low")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "instrument: youth_spj\nkey: rating\nperson: person\nrater: rater\noccasion: when\n"
        "items: {school_achievement_problems: school}\n",
        encoding="utf-8",
    )
    rated = read(table, tmp_path, mapping=mapping)
    assert len(rated.pairs()) == 1
    assert len(rated.pairs("same_rater_again")) == 1


def test_occasions_that_are_called_alike_are_of_one_person_each(tmp_path: Path) -> None:
    rows = [
        (f"{person}{rater}", person, rater, "1", "low") for person in ("p1", "p2", "p3") for rater in ("anna", "bo")
    ]
    table = pd.DataFrame(rows, columns=["rating", "person", "rater", "when", "school"])
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "instrument: youth_spj\nkey: rating\nperson: person\nrater: rater\noccasion: when\n"
        "items: {school_achievement_problems: school}\n",
        encoding="utf-8",
    )
    pairs = read(table, tmp_path, mapping=mapping).pairs()
    assert len(pairs) == 3
    assert sorted(pairs.persons) == [0, 1, 2]


def test_a_column_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    table = pd.DataFrame({"rating": ["1"], "person": ["p"], "school": ["low"]})
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "instrument: youth_spj\nkey: rating\nperson: person\nrater: nobody_has_it\n"
        "items: {school_achievement_problems: school}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read(table, tmp_path, mapping=mapping)
    (fault,) = caught.value.faults
    assert (fault.code, fault.parameters["name"]) == ("column-missing", "nobody_has_it")


@pytest.mark.parametrize(
    ("line", "code"), [("", "single-rater"), ("rater: rater\n", "reference-missing")], ids=["no rater", "blank rater"]
)
def test_a_table_that_does_not_say_who_rated_is_refused(tmp_path: Path, line: str, code: str) -> None:
    table = pd.DataFrame({"rating": ["1", "2"], "person": ["p", "p"], "rater": ["anna", ""], "school": "low"})
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "instrument: youth_spj\nkey: rating\nperson: person\n"
        + line
        + "items: {school_achievement_problems: school}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read(table, tmp_path, mapping=mapping)
    (fault,) = caught.value.faults
    assert fault.code == code
    assert f"fault.{fault.code}" in catalogue()


# --- against chance --------------------------------------------------------------------------------------------------


def random_truths(seed: int, persons: int) -> TruthPairs:
    random = np.random.default_rng(seed)
    of_person = np.sort(random.integers(0, persons, 3 * persons))
    one, other = (random.choice([NOT_MET, UNKNOWN, MET], len(of_person)).astype(np.int8) for _ in range(2))
    return TruthPairs(one, other, pd.factorize(of_person)[0])


@pytest.mark.parametrize("seed", range(5))
def test_chance_is_what_turns_between_ratings_of_two_different_persons(seed: int) -> None:
    truths = random_truths(seed, 12)
    persons = range(truths.persons.max() + 1)
    ratings = {
        person: [*truths.one[truths.persons == person], *truths.other[truths.persons == person]] for person in persons
    }
    expected = np.mean(
        [
            np.mean([abs(int(one) - int(other)) == MET for one in ratings[first] for other in ratings[second]])
            for first in persons
            for second in persons
            if first != second
        ]
    )
    assert Chance.of(truths).expected == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_jackknife_leaves_each_person_out(seed: int) -> None:
    truths = random_truths(seed, 12)
    without = Chance.of(truths).without_each()
    for person in range(len(without)):
        kept = truths.persons != person
        renumbered = pd.factorize(truths.persons[kept])[0]
        again = Chance.of(replace(truths, one=truths.one[kept], other=truths.other[kept], persons=renumbered))
        assert without[person] == pytest.approx(again.beyond, abs=1e-12)


def test_where_nobody_is_supported_nothing_can_turn_and_chance_says_nothing() -> None:
    truths = TruthPairs(np.zeros(4, np.int8), np.ones(4, np.int8), np.arange(4))
    assert Chance.of(truths).beyond is None
