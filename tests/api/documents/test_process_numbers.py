"""The evaluation of a unit's process: right where it shows a number, and hidden where it would tell of one to four."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cases.process.evaluation import (
    REASONS,
    HalfYear,
    Recorded,
    evaluation_of,
    finished_half_years,
    the_functions,
)
from screening.trends.lattice import lattice_on
from tests.thoroughness import examples

LATTICE = lattice_on(date(2026, 11, 21)).content
PERIOD = HalfYear(2026, 1)
FEWEST = LATTICE.limit("smallest_group")


def meeting(case: str, *present: str, followed: bool = True, day: str = "2026-03-01") -> Recorded:
    content = {"held_on": day, "present": list(present), "plan_followed_up": followed}
    return Recorded(case, "network_meeting", content)


def ending(case: str, reason: str) -> Recorded:
    return Recorded(case, "participation_ended", {"ended_on": "2026-04-01", "reason": reason})


def start(case: str, after: int | None) -> list[Recorded]:
    begun = Recorded(case, "participation_started", {"started_on": "2026-02-20"})
    if after is None:
        return [begun]
    consent = {"answered_on": date.fromordinal(date(2026, 2, 20).toordinal() - after).isoformat(), "status": "given"}
    return [Recorded(case, "consent", consent), begun]


def evaluated(*events: Recorded) -> dict[str, Any]:
    return evaluation_of(events, PERIOD, LATTICE)


def present_of(told: dict[str, Any], label: str) -> dict[str, Any]:
    return next(each for each in told["present"] if each["label"]["sv"] == label)


def test_meetings_are_counted_in_their_half_year_with_who_was_there() -> None:
    cases = [str(number) for number in range(10)]
    told = evaluated(
        *(meeting(case, "youth", "police" if int(case) < 5 else "skola") for case in cases),
        *(meeting(case, "police", day="2026-07-01") for case in cases),
    )
    assert told["network_meetings"] == 10
    assert told["plan_followed"] == {"number": 10, "of": 10}
    assert present_of(told, "Den unge")["number"] == 10
    assert present_of(told, "Polisen")["number"] == present_of(told, "Skolan")["number"] == 5
    assert present_of(told, "Vården")["number"] == 0, "zero is shown"


@pytest.mark.parametrize("different", range(1, FEWEST))
def test_a_share_is_hidden_where_either_part_concerns_too_few(different: int) -> None:
    cases = [str(number) for number in range(12)]
    told = evaluated(*(meeting(case, "youth", followed=int(case) >= different) for case in cases))
    assert told["plan_followed"] == {"number": None, "of": 12}
    assert told["network_meetings"] == 12


def test_many_meetings_of_few_cases_are_hidden() -> None:
    told = evaluated(*(meeting("1", "youth") for _ in range(40)))
    assert told["network_meetings"] is None
    assert told["plan_followed"] == {"number": None, "of": None}


def test_a_name_is_never_shown() -> None:
    told = evaluated(*(meeting(str(number), "Anna Andersson") for number in range(8)))
    assert "Andersson" not in str(told)
    assert present_of(told, "Någon annan")["number"] == 8


@pytest.mark.parametrize(
    ("written", "function"),
    [
        ("den unge", "youth"),
        ("Vårdnadshavare 1", "guardian"),
        ("g2", "guardian"),
        (" Polis ", "police"),
        ("lots", "social_services"),
        ("mormor", "other"),
        ("", "other"),
    ],
)
def test_a_function_is_known_by_the_words_that_people_write(written: str, function: str) -> None:
    assert the_functions().of(written) == function


def test_waits_are_counted_from_the_first_consent_and_what_is_not_known_is_no_wait() -> None:
    days = (3, 10, 11, 20, 45)
    known = [event for number, after in enumerate(days) for event in start(str(number), after)]
    told = evaluated(*known)["starts"]
    assert (told["number"], told["known"], told["median"]) == (5, 5, 11)
    unknown = [event for number in range(5, 10) for event in start(str(number), None)]
    told = evaluated(*known, *unknown)["starts"]
    assert (told["number"], told["known"], told["median"]) == (10, 5, 11)
    told = evaluated(*known[:6])["starts"]
    assert (told["median"], told["is_hidden"]) == (None, True)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(REASONS), max_size=60))
def test_an_ending_that_is_hidden_cannot_be_worked_out(reasons: list[str]) -> None:
    told = evaluated(*(ending(str(number), reason) for number, reason in enumerate(reasons)))["endings"]
    counted = Counter(reasons)
    hidden = [reason for reason, number in told["reasons"].items() if number is None]
    for reason, number in told["reasons"].items():
        assert number in (None, counted[reason])
        assert number is not None or counted[reason] or len(hidden) > 1
        assert number == 0 or number is None or number >= FEWEST
    if told["number"] is not None and hidden:
        small = [reason for reason in hidden if 0 < counted[reason] < FEWEST]
        together = sum(counted[reason] for reason in hidden)
        for reason in small:
            assert together - counted[reason] >= FEWEST, "others could hide five more of it"


def test_half_years_do_not_overlap_and_are_over() -> None:
    periods = finished_half_years(date(2026, 11, 29), 6)
    assert [each.name for each in periods] == ["2026-1", "2025-2", "2025-1", "2024-2", "2024-1", "2023-2"]
    assert [each.name for each in finished_half_years(date(2026, 6, 30), 1)] == ["2025-2"]
    for earlier, later in zip(periods[1:], periods, strict=False):
        assert earlier.last.toordinal() + 1 == later.first.toordinal()
