"""Nobody in an export is described more closely than others are who share the description."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policies.policies import FOLDER, Policies
from api.policies.research_export import ExportPolicy
from api.research_export.guarding import band_of, coarse_count, describe_in_company, few_raters, rare_values
from api.research_export.rows import Person, RatingRow
from instruments.faults import InputError
from instruments.loading import load
from tests.thoroughness import examples

POLICY = Policies().research_export_on(date(2026, 11, 21)).content
FEW = POLICY.smallest_group


def rating(key: str, place: int, day: date, guidance: str = "") -> RatingRow:
    return RatingRow(f"{key}-{place}", f"{key}-{place}", "anna", "youth_spj@1.0", day, {}, guidance, {})


def person(key: str, *days: date, age: int | None = 16, sex: str = "male", unit: str = "sig") -> Person:
    return Person(key, unit, age, sex, tuple(rating(key, place, day) for place, day in enumerate(days)))


def alike(number: int, day: date, name: str = "a", **more: object) -> list[Person]:
    return [person(f"{name}{place}", day, **more) for place in range(number)]  # type: ignore[arg-type]


def test_who_has_company_is_told_by_the_month() -> None:
    described, left = describe_in_company(alike(FEW, date(2026, 3, 2)), POLICY)
    assert left == []
    assert {(each.age_band, each.unit, each.sex, each.ratings[0].period) for each in described} == {
        ("15 to 17", "sig", "male", "2026-03")
    }


def test_one_too_few_in_a_month_are_told_by_the_quarter_with_the_others() -> None:
    together = [*alike(FEW - 1, date(2026, 2, 2)), *alike(1, date(2026, 3, 3), "b")]
    described, left = describe_in_company(together, POLICY)
    assert (left, {each.ratings[0].period for each in described}) == ([], {"2026-Q1"})


def test_a_single_one_is_kept_company_by_those_that_their_own_can_spare() -> None:
    many = alike(FEW + 4, date(2026, 3, 2))
    described, left = describe_in_company([*many, person("b", date(2026, 2, 2))], POLICY)
    assert left == []
    assert Counter(each.ratings[0].period for each in described) == {"2026-03": FEW, "2026-Q1": FEW}


def test_where_nobody_can_be_spared_all_are_told_more_coarsely() -> None:
    described, left = describe_in_company([*alike(FEW, date(2026, 3, 2)), person("b", date(2026, 2, 2))], POLICY)
    assert (left, {each.ratings[0].period for each in described}) == ([], {"2026-Q1"})


def test_whoever_is_alone_to_the_last_is_left_out() -> None:
    described, left = describe_in_company(alike(FEW - 1, date(2026, 3, 2)), POLICY)
    assert (described, len(left)) == ([], FEW - 1)


def test_who_was_rated_more_often_than_others_is_told_by_the_first_rating_only() -> None:
    often = person("b", date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1))
    described, left = describe_in_company([*alike(2 * FEW, date(2026, 3, 2)), often], POLICY)
    assert left == []
    assert all(len(each.ratings) == 1 for each in described)


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([None, 11, 14, 15, 17, 18, 22, 40]),
        st.sampled_from(["male", "female", ""]),
        st.sampled_from(["sig", "north"]),
        st.lists(st.dates(date(2025, 1, 1), date(2026, 11, 1)), min_size=1, max_size=3),
    ),
    max_size=40,
)


@settings(max_examples=examples(150), deadline=None)
@given(PEOPLE)
def test_everybody_is_left_out_or_shares_a_whole_description_with_enough(given_people: list[tuple]) -> None:  # type: ignore[type-arg]
    people = [
        person(f"p{place}", *sorted(days), age=age, sex=sex, unit=unit)
        for place, (age, sex, unit, days) in enumerate(given_people)
    ]
    described, left = describe_in_company(people, POLICY)
    assert sorted([each.person.key for each in described] + [each.key for each in left]) == sorted(
        p.key for p in people
    )
    told = [(each.unit, each.sex, each.age_band, tuple(rating.period for rating in each.ratings)) for each in described]
    assert all(number >= FEW for number in Counter(told).values())


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "x", "y", "z"])), max_size=40))
def test_rare_values_are_hidden_together_with_enough_others(values: list[tuple[str, str]]) -> None:
    rare = rare_values(values, 3)
    counts = {value: len({who for who, each in values if each == value}) for value in ("x", "y", "z")}
    assert all(counts[value] >= 3 for value in counts if counts[value] and value not in rare)
    hidden = {who for who, value in values if value in rare}
    assert not rare or len(hidden) >= 3 or rare == {value for value in counts if counts[value]}


def test_a_rater_of_few_has_no_pseudonym() -> None:
    ratings = [("anna", f"p{place}") for place in range(FEW)] + [("bo", f"p{place}") for place in range(FEW - 1)]
    assert few_raters(ratings * 2, FEW) == {"bo"}


@pytest.mark.parametrize(("age", "band"), [(11, "under 12"), (12, "12 to 14"), (17, "15 to 17"), (25, "25 or more")])
def test_bands_are_named_so_that_no_spreadsheet_takes_them_for_dates(age: int, band: str) -> None:
    assert band_of(age, POLICY.age_bands.fine) == band


def test_few_are_never_counted_exactly() -> None:
    assert [coarse_count(number, 5) for number in (0, 1, 4, 5)] == [0, "under 5", "under 5", 5]


@pytest.mark.parametrize(
    ("version", "old", "new", "code"),
    [
        ("1.0", "period: quarter", "period: undisclosed", "finer-step"),
        ("1.0", "coarse: [12, 18]", "coarse: [12, 16]", "bands-across"),
        ("1.0", "smallest_group: 5", "smallest_group: 1", "bad-value"),
        ("1.1", "follow_up_period: quarter", "", "follow-up-without-period"),
        ("1.1", "follow_up: told, later_ratings: kept", "follow_up: undisclosed, later_ratings: kept", "finer-step"),
    ],
)
def test_a_policy_that_would_guard_nothing_or_contradicts_itself_is_refused(
    version: str, old: str, new: str, code: str, tmp_path: Path
) -> None:
    shipped = (FOLDER / "research_export" / f"{version}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load(path, ExportPolicy)
    assert code in {fault.code for fault in refused.value.faults}
