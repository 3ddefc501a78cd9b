"""How it went after the ending is told by periods that are over, each of enough, and never otherwise than before."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policies.policies import Policies
from api.policies.research_export import UNDISCLOSED, ExportPolicy
from api.research_export.export import choose_leaving, newly_told
from api.research_export.files import make_rows
from api.research_export.follow_ups import Earlier, tell_follow_ups
from api.research_export.guarding import describe_in_company
from api.research_export.pseudonyms import Pseudonyms
from api.research_export.rows import (
    AFTER_ENDING,
    FIRST_FOLLOW_UP,
    FIRST_FOLLOW_UP_PERIOD,
    FollowUp,
    Person,
    RatingRow,
)

POLICY = Policies().research_export_on(date(2027, 1, 1)).content
BEFORE = Policies().research_export_on(date(2026, 11, 21)).content
FEW = POLICY.smallest_group
PSEUDONYMS = Pseudonyms.of_one_export()
#: The last day of the invented records; by then the last period is over.
END = date(2029, 1, 1)


def followed(key: str, *follow_ups: FollowUp, sex: str = "male") -> Person:
    row = RatingRow(key, key, "anna", "youth_spj@1.0", date(2026, 12, 1), {}, "", {}, follow_ups, key)
    return Person(key, "sig", 16, sex, (row,), (key,))


def on(day: date, new_reports: str = "none", months: int = 6) -> FollowUp:
    return FollowUp(day, months, new_reports)


def many(day: date, number: int, name: str, **more: str) -> list[Person]:
    return [followed(f"{name}{place}", on(day), **more) for place in range(number)]


def told(persons: list[Person], today: date, policy: ExportPolicy = POLICY) -> dict[str, dict[str, str]]:
    """What is told of those of whom anything is."""
    answers = {
        each.key: dict(each.ratings[0].answers) for each in tell_follow_ups(persons, policy, today, Earlier())[0]
    }
    return {key: each for key, each in answers.items() if each}


def test_a_follow_up_is_told_when_its_quarter_is_over() -> None:
    people = many(date(2027, 2, 10), FEW, "a")
    assert told(people, date(2027, 3, 31)) == {}
    assert {each[FIRST_FOLLOW_UP_PERIOD] for each in told(people, date(2027, 4, 1)).values()} == {"2027-Q1"}


def test_too_few_wait_for_those_of_the_next_quarters_and_are_told_with_them() -> None:
    people = [*many(date(2027, 2, 10), FEW - 1, "a"), *many(date(2027, 8, 1), 1, "b")]
    assert told(people, date(2027, 9, 30)) == {}
    assert {each[FIRST_FOLLOW_UP_PERIOD] for each in told(people, date(2027, 10, 1)).values()} == {"2027-Q3"}
    assert tell_follow_ups(people, POLICY, date(2027, 9, 30), Earlier())[1].waiting == FEW


def test_what_a_later_follow_up_says_does_not_change_what_the_first_said() -> None:
    people = many(date(2027, 2, 10), FEW, "a")
    twice = followed("twice", on(date(2027, 2, 12)), on(date(2027, 8, 1), "4-7", 12))
    others = many(date(2027, 8, 2), FEW, "b")
    answers = told([*people, twice, *others], date(2027, 10, 1))["twice"]
    assert (answers["reported_again"], answers["new_reports"]) == ("yes", "4 to 7")
    assert (answers[FIRST_FOLLOW_UP], answers[FIRST_FOLLOW_UP_PERIOD]) == ("no", "2027-Q1")
    assert (answers["months_to_first_follow_up"], answers["months_after_ending"]) == ("6 to 11", "12 to 23")


def test_a_follow_up_that_knew_nothing_is_not_the_first() -> None:
    knew_nothing = followed("a", on(date(2027, 1, 5), "no_information"), on(date(2027, 5, 5), "1-3"))
    people = [knew_nothing, *many(date(2027, 1, 6), FEW, "b"), *many(date(2027, 5, 6), FEW, "c")]
    assert told(people, date(2027, 4, 1))["a"] == {"months_after_ending": "6 to 11"}
    answers = told(people, date(2027, 7, 1))["a"]
    assert (answers[FIRST_FOLLOW_UP], answers[FIRST_FOLLOW_UP_PERIOD]) == ("yes", "2027-Q2")


def test_a_policy_that_names_no_period_tells_each_at_once_and_not_when() -> None:
    answers = told([followed("a", on(date(2026, 11, 20)))], date(2026, 11, 21), BEFORE)["a"]
    assert (answers["reported_again"], answers[FIRST_FOLLOW_UP]) == ("no", "no")
    assert answers[FIRST_FOLLOW_UP_PERIOD] == UNDISCLOSED


RECORDS = st.lists(
    st.lists(
        st.tuples(st.dates(date(2027, 1, 1), date(2028, 12, 31)), st.sampled_from(["none", "1-3", "no_information"])),
        max_size=3,
    ),
    max_size=30,
)


def people_of(records: list[list[tuple[date, str]]]) -> list[Person]:
    return [
        followed(f"p{place}", *(on(day, found) for day, found in sorted(each, key=lambda one: one[0])))
        for place, each in enumerate(records)
    ]


def known_by(people: list[Person], day: date) -> list[Person]:
    """The same young people as the records were on a day."""

    def then(row: RatingRow) -> RatingRow:
        return replace(row, follow_ups=tuple(each for each in row.follow_ups if each.recorded_on <= day))

    return [replace(each, ratings=tuple(then(row) for row in each.ratings)) for each in people]


Rows = dict[str, dict[str, str]]


def exported(
    people: list[Person], today: date, earlier: Earlier | None = None, policy: ExportPolicy = POLICY
) -> tuple[Rows, Earlier]:
    """The rows of an export by person, and what the next one knows of it and of those before."""
    earlier = earlier or Earlier()
    described = choose_leaving(people, earlier, policy, today).described
    tables, _ = make_rows(described, PSEUDONYMS, policy)
    people_by = {PSEUDONYMS.of("person", each.key): each.key for each in people}
    rows = {people_by[row["person"]]: row for table in tables.values() for row in table}
    cases = earlier.cases | {case for each in described for case in each.person.cases}
    periods = {row.entry: row.answers[FIRST_FOLLOW_UP_PERIOD] for row in newly_told(described, earlier)}
    known = {entry: period.replace(UNDISCLOSED, "") for entry, period in periods.items()}
    return rows, replace(earlier, cases=cases, periods={**earlier.periods, **known})


TOWNS = st.lists(
    st.tuples(
        st.sampled_from([("male", "youth_spj@1.0"), ("female", "youth_spj@1.0"), ("male", "other@1.0")]),
        st.sampled_from([date(2026, 12, 1), date(2027, 5, 3), date(2028, 1, 4)]),
        st.dates(date(2027, 1, 1), date(2031, 1, 1)),
        st.lists(
            st.tuples(
                st.dates(date(2027, 1, 1), date(2028, 12, 31)), st.sampled_from(["none", "1-3", "no_information"])
            ),
            max_size=2,
        ),
    ),
    min_size=2 * FEW,
    max_size=40,
)


def outcome_in(row: dict[str, str]) -> str:
    """What a row tells of the time after the ending, also under a policy that tells of no first follow-up."""
    return row.get(FIRST_FOLLOW_UP, row["reported_again"])


@pytest.mark.thorough
@settings(max_examples=100, deadline=None)
@given(TOWNS, st.lists(st.dates(date(2027, 1, 1), END), min_size=2, max_size=4).map(sorted), st.booleans())
def test_no_export_tells_few_first_follow_ups_that_none_has_told_before_and_what_is_told_stays(
    town: list[tuple[tuple[str, str], date, date, list[tuple[date, str]]]],
    days: list[date],
    is_first_told_at_once: bool,
) -> None:
    """Whoever is few of their kind, comes late or leaves the records meanwhile."""
    earlier, told = Earlier(), dict[str, dict[str, str]]()
    for place, day in enumerate(days):
        people = [
            replace(person, sex=sex, ratings=(replace(person.ratings[0], rated_on=rated_on, instrument=instrument),))
            for person, ((sex, instrument), rated_on, leaves_on, _) in zip(
                known_by(people_of([each[-1] for each in town]), day), town, strict=True
            )
            if rated_on <= day < leaves_on
        ]
        at_once = is_first_told_at_once and place == 0
        rows, earlier = exported(people, day, earlier, BEFORE if at_once else POLICY)
        seen = {key: row for key, row in rows.items() if outcome_in(row) not in ("", UNDISCLOSED)}
        assert at_once or not 0 < len(seen.keys() - told.keys()) < FEW
        for key, row in rows.items():
            if key in told:
                assert row[FIRST_FOLLOW_UP] in (told[key].get(FIRST_FOLLOW_UP, row[FIRST_FOLLOW_UP]), UNDISCLOSED)
                periods = {row[FIRST_FOLLOW_UP_PERIOD], told[key].get(FIRST_FOLLOW_UP_PERIOD, UNDISCLOSED)}
                assert len(periods - {UNDISCLOSED}) <= 1
        told |= {
            key: row
            for key, row in seen.items()
            if told.get(key, {}).get(FIRST_FOLLOW_UP_PERIOD) in (None, UNDISCLOSED)
        }


def test_what_was_told_stays_told_when_one_of_those_told_with_it_has_left() -> None:
    boys = [followed(f"boy{place}") for place in range(4 * FEW)]
    boys += many(date(2026, 12, 20), FEW, "before")
    first, later = many(date(2027, 2, 1), FEW, "a"), [followed("later", on(date(2027, 5, 1), "1-3"))]
    _, earlier = exported([*boys, *first, *later], date(2027, 4, 2))
    rows, _ = exported([*boys, *first[1:], *later], date(2027, 7, 2), earlier)
    assert {rows[each.key][FIRST_FOLLOW_UP] for each in first[1:]} == {"no"}
    assert rows["later"][FIRST_FOLLOW_UP] == ""


@pytest.mark.parametrize("is_logged", [True, False])
def test_the_first_export_that_waits_for_enough_knows_what_one_that_did_not_wait_has_told(is_logged: bool) -> None:
    boys, first = [followed(f"boy{place}") for place in range(4 * FEW)], many(date(2026, 11, 1), FEW, "a")
    one = followed("one", on(date(2026, 12, 10), "1-3"))
    day = date(2026, 11, 29)
    rows, earlier = exported(known_by([*boys, *first, one], day), day, policy=BEFORE)
    assert {key for key, row in rows.items() if outcome_in(row)} == {each.key for each in first}
    if not is_logged:
        earlier = Earlier(earlier.cases, told_at_once=dict.fromkeys(earlier.cases, day))
    rows, _ = exported([*boys, *first, one], date(2027, 1, 2), earlier)
    assert {key for key, row in rows.items() if row[FIRST_FOLLOW_UP]} == {each.key for each in first}


@settings(max_examples=50, deadline=None)
@given(RECORDS)
def test_when_it_is_told_does_not_depend_on_what_was_found(records: list[list[tuple[date, str]]]) -> None:
    turned = {"none": "1-3", "1-3": "none", "no_information": "no_information"}
    people, others = people_of(records), people_of([[(day, turned[found]) for day, found in each] for each in records])
    periods, again = (
        {key: each.get(FIRST_FOLLOW_UP_PERIOD) for key, each in told(some, END).items()} for some in (people, others)
    )
    assert periods == again


def test_who_was_followed_up_in_another_period_than_others_keeps_them_company_no_more() -> None:
    people = [*many(date(2027, 2, 10), FEW, "a"), *many(date(2027, 5, 10), FEW, "b")]
    alone = followed("girl", on(date(2027, 2, 11)), sex="female")
    told_by_now, _ = tell_follow_ups([*people, alone], POLICY, date(2027, 7, 1), Earlier())
    described, left = describe_in_company(told_by_now, POLICY)
    assert left == []
    periods = [each.ratings[0].follow_up for each in described]
    assert {period: periods.count(period) for period in periods} == {"2027-Q2": FEW, UNDISCLOSED: FEW + 1}


def by_another_instrument(person: Person) -> Person:
    return replace(person, ratings=tuple(replace(each, instrument="other@1.0") for each in person.ratings))


def new_this_year(person: Person) -> Person:
    return replace(person, ratings=tuple(replace(each, rated_on=date(2027, 1, 5)) for each in person.ratings))


@pytest.mark.parametrize("stays", [by_another_instrument, new_this_year])
def test_who_does_not_leave_does_not_count_among_the_enough(stays: Callable[[Person], Person]) -> None:
    people = [followed(f"boy{place}") for place in range(4 * FEW)] + [followed("one", on(date(2027, 2, 1), "1-3"))]
    earlier = frozenset(each.key for each in people)
    few = [stays(each) for each in many(date(2027, 2, 1), FEW - 1, "few")]
    rows, _ = exported([*people, *few], date(2027, 4, 1), Earlier(earlier))
    assert rows.keys() == earlier
    assert {row[FIRST_FOLLOW_UP] for row in rows.values()} == {""}


def test_whether_there_was_a_first_follow_up_is_part_of_what_nobody_is_alone_with() -> None:
    girls = [followed(f"girl{place}", sex="female") for place in range(FEW - 1)]
    alone = followed("alone", on(date(2027, 2, 1), "1-3"), sex="female")
    rows, _ = exported([*girls, alone, *many(date(2027, 2, 2), 2 * FEW, "boy")], date(2027, 4, 1))
    groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for key, row in rows.items():
        known = ("unit", "sex", "age_band", "period", "guidance", FIRST_FOLLOW_UP_PERIOD)
        groups[*(row[name] for name in known), str(bool(row[FIRST_FOLLOW_UP]))].add(key)
    assert "alone" in rows
    assert all(len(group) >= FEW for group in groups.values())


def test_who_is_alone_with_a_first_follow_up_to_the_last_leaves_without_what_came_after_the_ending() -> None:
    people = [*many(date(2027, 2, 2), FEW, "boy"), *(followed(f"other{place}") for place in range(FEW))]
    odd = [by_another_instrument(each) for each in [followed("odd", on(date(2027, 2, 1), "1-3")), *people[FEW:]]]
    odd = [replace(each, key=f"{each.key}-odd") for each in odd[:FEW]]
    rows, _ = exported([*people, *odd], date(2027, 4, 1))
    told = {row[name] for key, row in rows.items() if key.endswith("-odd") for name in AFTER_ENDING}
    assert (len(rows), told) == (3 * FEW, {UNDISCLOSED})
