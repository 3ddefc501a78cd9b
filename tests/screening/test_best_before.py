"""The best-before date of a result, held against an evaluation of every single day."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from instruments.ratings import BLANK
from instruments.table_files import open_table
from screening.batch.pipeline import screen_part, screen_table
from screening.batch.preparation import Request, prepare
from screening.batch.row_best_before import COLUMNS
from screening.best_before import BestBefore, _Record, find_best_before
from screening.best_before_rendering import render_best_before
from screening.birthdays import birth_dates_of, birthday
from screening.explanation import explain
from screening.fact_reading import completed_years
from screening.library import BoundGuidance, Library
from screening.replay import bind_again, read_recorded_submission
from screening.turns import Cause, Turn
from tests.cases.reading import library
from tests.screening.batches import rows_of, write_csv

LIBRARY = library()
STORED = Path(__file__).parent / "frozen" / "semantics_1.jsonl"
ON = date(2026, 12, 1)
DAY = timedelta(days=1)
TEN_YEARS, THREE_YEARS = 3653, 1096


def day(text: str) -> date:
    return date.fromisoformat(text)


def some(random: Random, days: int) -> str:
    return (ON + timedelta(days=random.randrange(days))).isoformat()


def submissions(per_stored: int, every: int) -> Iterator[dict[str, Any]]:
    """Stored screenings with other dates: of answers, of consents and of birth, and sometimes only an age or none."""
    for number, line in enumerate(STORED.read_text(encoding="utf-8").splitlines()):
        for round_ in range(per_stored if number % every == 0 else 0):
            random = Random(1000 * number + round_)  # noqa: S311
            stored = json.loads(line)
            submission = stored["submission"]
            facts = {name: given for name, given in submission["facts"].items() if name not in ("age", "birth_date")}
            for given in facts.values():
                if isinstance(given, dict) and given.get("observed_on"):
                    given["observed_on"] = (ON - timedelta(days=random.randrange(200))).isoformat()
            how = random.choice(["birth_date", "birth_date", "age", "nothing"])
            if how == "birth_date":
                facts["birth_date"] = (ON - timedelta(days=random.randrange(12 * 365, 30 * 365))).isoformat()
            elif how == "age":
                observed = ON - timedelta(days=random.choice([0, 0, 40, 300]))
                facts["age"] = {"value": random.randrange(12, 31), "observed_on": observed.isoformat()}
            kept = [each for each in submission["consents"] if random.random() < random.choice([0, 0.2, 1])]
            submission["consents"] = kept
            for consent in kept:
                consent["valid_from"] = random.choice([None, (ON - timedelta(days=100)).isoformat(), some(random, 900)])
                consent["valid_to"] = random.choice([None, some(random, 2_000)])
                if consent["valid_from"] and consent["valid_to"] and consent["valid_to"] < consent["valid_from"]:
                    consent["valid_to"] = None
                if consent["status"] == "given":
                    consent["withdrawn_on"] = random.choice([None, None, some(random, 1_500)])
            on = ON.isoformat()
            yield {"covered": stored["covered"], "submission": {**submission, "facts": facts, "reference_date": on}}


def bound_today(stored: dict[str, Any]) -> BoundGuidance:
    """The rules in force on the reference date, with the instrument that was used."""
    covered = stored["covered"]
    instrument = next(name for name in covered["definitions"] if name.partition("@")[0] in LIBRARY.instruments.ids())
    rated = stored["submission"]["ratings"] is not None
    return LIBRARY.bind(covered["guidance"], on=ON, instrument=instrument, is_rated=rated)


def result_on(
    submission: dict[str, Any],
    bound: BoundGuidance,
    on: date,
    age: int | None = None,
    *,
    is_by_its_own_rules: bool = False,
) -> tuple[Any, ...]:
    """What the record gives on a day when it is read and explained anew, with every question and reason."""
    if on == ON or is_by_its_own_rules:
        rules = bound
    else:
        instrument = f"{bound.rules.instrument.id}@{bound.rules.instrument.version}"
        rated = submission["ratings"] is not None
        rules = LIBRARY.bind(bound.name, on=on, instrument=instrument, is_rated=rated)
    facts = submission["facts"]
    if age is not None:
        facts = {**facts, "age": {**facts["age"], "value": age}}
    intake = read_recorded_submission(rules, {**submission, "facts": facts, "reference_date": on.isoformat()})
    explanation = explain(rules, intake)
    covered = explanation.covered
    parties = [(each.person, each.recipient, each.status, each.is_mandatory) for each in explanation.gate.parties]
    gate = (parties, explanation.gate.overall, explanation.gate.guardians_open)
    statuses = {node.name: covered["statuses"][node.name] for node in rules.rules.decision[:-1]}
    return statuses, covered["outcome"], covered["flags"], covered["flags_open"], gate


def first_by_trying_every_day(submission: dict[str, Any], bound: BoundGuidance, days: int) -> date | None:
    before = result_on(submission, bound, ON)
    tried = (ON + timedelta(days=number) for number in range(1, days))
    return next((each for each in tried if result_on(submission, bound, each) != before), None)


def range_by_trying_every_birth_date(
    submission: dict[str, Any], bound: BoundGuidance, days: int
) -> tuple[date | None, date | None]:
    """The first and the last day over all birth dates; None where there is none within so many days."""
    age = submission["facts"]["age"]
    observed = day(age["observed_on"])
    born = [
        each
        for each in (observed - timedelta(days=number) for number in range(366 * (age["value"] + 2)))
        if completed_years(each, observed) == age["value"]
    ]
    before = result_on(submission, bound, ON)
    same: dict[tuple[date, int], bool] = {}
    firsts: list[date | None] = []
    for birth_date in born:
        first = None
        for number in range(1, days):
            on = ON + timedelta(days=number)
            key = (on, completed_years(birth_date, on))
            if key not in same:
                same[key] = result_on(submission, bound, on, key[1]) == before
            if not same[key]:
                first = on
                break
        firsts.append(first)
    dated = [each for each in firsts if each is not None]
    return min(dated, default=None), max(dated) if len(dated) == len(firsts) else None


def hold_against_every_day(stored: dict[str, Any], days: int, days_of_age: int) -> BestBefore:
    submission = stored["submission"]
    bound = bound_today(stored)
    intake = read_recorded_submission(bound, submission)
    born = submission["facts"].get("birth_date")
    best_before = find_best_before(LIBRARY, bound, intake, day(born) if born else None)
    told = tuple(turn.on if turn else None for turn in (best_before.earliest, best_before.latest))
    if "age" in submission["facts"]:
        ends = ON + timedelta(days=days_of_age)
        expected = range_by_trying_every_birth_date(submission, bound, days_of_age)
        assert tuple(each if each is None or each < ends else None for each in told) == expected
    else:
        ends = ON + timedelta(days=days)
        first = first_by_trying_every_day(submission, bound, days)
        assert told[0] == told[1]
        assert (told[0] if told[0] is None or told[0] < ends else None) == first
    worded = render_best_before(best_before, bound, LIBRARY.catalogue)
    assert (worded["stands_through"] is None) == (best_before.earliest is None)
    return best_before


@pytest.mark.thorough
def test_no_day_before_it_gives_another_result_and_that_day_does() -> None:
    found = [hold_against_every_day(stored, TEN_YEARS // 5, THREE_YEARS // 2) for stored in submissions(1, every=10)]
    told = {cause.kind for each in found if each.earliest is not None for cause in each.earliest.causes}
    assert told >= {"birthday", "consent"}


@pytest.mark.soak
@pytest.mark.parametrize("stored", list(submissions(3, every=1)))
def test_no_day_of_ten_years_before_it_gives_another_result(stored: dict[str, Any]) -> None:
    hold_against_every_day(stored, TEN_YEARS, THREE_YEARS)


def test_a_version_that_follows_changes_what_is_not_pinned() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8").splitlines()[2])
    bound = bind_again(LIBRARY, stored["covered"])  # a week before the next versions
    intake = read_recorded_submission(bound, {**stored["submission"], "consents": []})
    turn = find_best_before(LIBRARY, bound, intake).earliest
    assert turn is not None
    assert turn.after is not None
    assert turn.on == date(2026, 11, 28)
    assert Cause("definition", "flags@1.1") in turn.causes
    assert set(turn.after.flags) - set(turn.before.flags) == {"stated_no"}


@pytest.mark.thorough
def test_by_its_own_rules_it_is_the_first_day_on_which_these_give_another_result() -> None:
    days, found = 400, set()
    for stored in submissions(1, every=4):
        submission, bound = stored["submission"], bound_today(stored)
        if "age" in submission["facts"]:
            continue
        born = submission["facts"].get("birth_date")
        intake = read_recorded_submission(bound, submission)
        turn = find_best_before(None, bound, intake, day(born) if born else None).earliest
        before = result_on(submission, bound, ON)
        tried = (ON + timedelta(days=number) for number in range(1, days))
        first = next(
            (each for each in tried if result_on(submission, bound, each, is_by_its_own_rules=True) != before), None
        )
        assert (turn.on if turn and turn.on < ON + timedelta(days=days) else None) == first
        assert turn is None or turn.causes
        found.add(first)
    assert len(found) > 3


def test_by_its_own_rules_a_result_ends_with_its_guidance() -> None:
    on = date(2015, 12, 1)
    bound = LIBRARY.bind("young_adults_2013", on=on, is_rated=False)
    record = {"reference_date": on.isoformat(), "facts": {}, "ratings": None, "guardians": [], "consents": []}
    turn = find_best_before(None, bound, read_recorded_submission(bound, record)).earliest
    assert turn is not None
    assert (turn.on, turn.causes) == (date(2016, 1, 1), (Cause("definition", "young_adults_2013@1.0"),))


def test_a_text_that_ends_on_a_day_to_come_ends_its_results_though_its_file_has_no_end() -> None:
    library = Library()
    [known] = [each for each in library.guidances if each.reference == "stockholm_2019@1.1"]
    ends = replace(known, content=known.content.model_copy(update={"ended_on": date(2027, 3, 31)}))
    library.guidances._definitions["stockholm_2019"] = [ends]
    bound = library.bind("stockholm_2019", on=ON, is_rated=False)
    record = {"reference_date": ON.isoformat(), "facts": {}, "ratings": None, "guardians": [], "consents": []}
    for rules_of_later_days in (library, None):
        turn = find_best_before(rules_of_later_days, bound, read_recorded_submission(bound, record)).earliest
        assert turn is not None
        assert (turn.on, turn.causes) == (date(2027, 4, 1), (Cause("definition", "stockholm_2019@1.1"),))


# Cases to read.


def turn_of(facts: dict[str, Any], consents: list[dict[str, Any]] | None = None) -> Turn | None:
    bound = LIBRARY.bind("stockholm_2019", on=date(2026, 12, 1), is_rated=False)
    submission = {
        "reference_date": "2026-12-01",
        "facts": facts,
        "ratings": None,
        "guardians": [],
        "consents": consents or [],
    }
    intake = read_recorded_submission(bound, submission)
    born = facts.get("birth_date")
    best_before = find_best_before(LIBRARY, bound, intake, day(born) if born else None)
    assert best_before.is_exact
    return best_before.earliest


def test_somebody_who_reaches_an_age_of_the_guidance_has_another_result_on_that_birthday() -> None:
    turn = turn_of({"birth_date": "2009-05-02"})
    assert turn is not None
    assert (turn.on, turn.causes) == (date(2027, 5, 2), (Cause("birthday", "18"),))
    assert turn.last_day == date(2027, 5, 1)


def test_a_consent_that_ends_is_the_day_after_its_last() -> None:
    given = {"person": "youth", "recipient": "police", "status": "given", "valid_from": "2026-11-01"}
    turn = turn_of({"birth_date": "2005-05-02"}, [{**given, "valid_to": "2027-01-31"}])
    assert turn is not None
    assert (turn.on, turn.causes) == (date(2027, 2, 1), (Cause("consent", "youth:police"),))
    assert turn.after is not None
    assert ("youth", "police", "expired", True) in turn.after.consents


@pytest.mark.parametrize("born", ["2008-05-02", "2009-01-30", "2008-12-02"], ids=["before", "two days before", "early"])
def test_a_birthday_that_has_passed_is_no_cause_of_what_a_consent_changes(born: str) -> None:
    """All are 18, the age from which others are asked, when the consent ends; some have become so since."""
    given = {"person": "youth", "recipient": "police", "status": "given", "valid_from": "2026-11-01"}
    bound = LIBRARY.bind("stockholm_2019", on=ON, is_rated=False)
    record = {"reference_date": ON.isoformat(), "facts": {"birth_date": born}, "ratings": None, "guardians": []}
    consents = [{**given, "valid_to": "2027-01-31"}]
    intake = read_recorded_submission(bound, {**record, "consents": consents})
    causes = _Record(LIBRARY, bound, intake)._causes(date(2027, 2, 1), day(born))
    assert list(causes) == [Cause("consent", "youth:police")]


def test_who_may_have_become_older_since_the_age_was_recorded_has_the_birthday_as_cause_of_the_next_day() -> None:
    bound = LIBRARY.bind("stockholm_2019", on=ON, is_rated=False)
    facts = {"age": {"value": 17, "observed_on": "2026-06-01"}}
    record = {"reference_date": ON.isoformat(), "facts": facts, "ratings": None, "guardians": [], "consents": []}
    earliest = find_best_before(LIBRARY, bound, read_recorded_submission(bound, record)).earliest
    assert earliest is not None
    assert (earliest.on, earliest.causes) == (ON + DAY, (Cause("birthday", "18"),))


def test_an_answer_stands_through_its_last_fresh_day() -> None:
    bound = LIBRARY.bind("skl_2015", on=date(2026, 12, 1), is_rated=False)
    limit = int(bound.rules.settings["motivation_days"].value or 0)
    asked = date(2026, 11, 20)
    facts = {"age": None, "motivation_to_leave": {"value": "stated", "observed_on": asked.isoformat()}}
    submission = {
        "reference_date": "2026-12-01",
        "facts": {**facts, "leave_support_need": "yes"},
        "ratings": None,
        "guardians": [],
        "consents": [],
    }
    best = find_best_before(LIBRARY, bound, read_recorded_submission(bound, submission))
    assert best.earliest is not None
    assert best.earliest.causes == (Cause("stale", "motivation_to_leave"),)
    assert best.earliest.last_day == asked + timedelta(days=limit)
    worded = render_best_before(best, bound, LIBRARY.catalogue)
    assert worded["stands_through"] == best.earliest.last_day.isoformat()
    assert "Egen vilja att lämna kriminaliteten" in worded["causes"][0]["sv"]


def test_whom_nothing_of_time_concerns_has_no_such_day() -> None:
    assert turn_of({"age": None}) is None


def test_a_count_of_offences_within_a_window_is_named_and_never_dated() -> None:
    bound = LIBRARY.bind("stockholm_2012", on=date(2026, 12, 1), is_rated=False)
    submission = {"reference_date": "2026-12-01", "ratings": None, "guardians": [], "consents": []}
    told = [(3, 12, ("offence_count", "age")), (3, "ever", ("age",)), (0, 12, ("age",))]  # none: none that grows old
    for count, window, undated in told:
        given = {"value": count, "window_months": window}
        intake = read_recorded_submission(bound, {**submission, "facts": {"offence_count": given}})
        assert find_best_before(LIBRARY, bound, intake).undated == undated


@pytest.mark.parametrize(
    ("age", "undated"), [({"age": None}, ("age",)), ({"age": 16}, ()), ({"birth_date": "2010-03-04"}, ())]
)
def test_time_changes_an_age_on_a_day_that_nobody_can_tell_only_where_nothing_is_known_of_it(
    age: dict[str, Any], undated: tuple[str, ...]
) -> None:
    bound = LIBRARY.bind("stockholm_2012", on=ON, is_rated=False)
    submission = {"reference_date": ON.isoformat(), "ratings": None, "guardians": [], "consents": []}
    intake = read_recorded_submission(bound, {**submission, "facts": age})
    born = age.get("birth_date")
    assert find_best_before(LIBRARY, bound, intake, day(born) if born else None).undated == undated


@pytest.mark.parametrize("on", ["2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01"])
@pytest.mark.parametrize("age", [0, 1, 4, 17])
def test_the_birth_dates_of_an_age_are_all_and_only_those_that_agree(on: str, age: int) -> None:
    first, last = birth_dates_of(age, day(on))
    assert [completed_years(each, day(on)) for each in (first - DAY, first, last, last + DAY)] == [
        age + 1,
        age,
        age,
        age - 1,
    ]


@pytest.mark.parametrize("born", ["2008-02-28", "2008-02-29", "2008-03-01", "2007-12-31"])
def test_a_birthday_is_the_first_day_of_the_new_age(born: str) -> None:
    for age in (1, 4, 18):
        on = birthday(day(born), age)
        assert (completed_years(day(born), on - DAY), completed_years(day(born), on)) == (age - 1, age)


def test_a_blank_age_stays_blank() -> None:
    bound = LIBRARY.bind("stockholm_2019", on=date(2026, 12, 1), is_rated=False)
    submission = {"reference_date": "2026-12-01", "facts": {}, "ratings": None, "guardians": [], "consents": []}
    intake = read_recorded_submission(bound, submission)
    assert intake.facts["age"].code == BLANK
    assert find_best_before(LIBRARY, bound, intake).undated == ("age",)


def best_of_age(value: int, observed_on: str) -> tuple[BestBefore, Any]:
    bound = LIBRARY.bind("stockholm_2012", on=ON, is_rated=False)
    facts = {"age": {"value": value, "observed_on": observed_on}}
    submission = {"reference_date": ON.isoformat(), "facts": facts, "ratings": None, "guardians": [], "consents": []}
    best = find_best_before(LIBRARY, bound, read_recorded_submission(bound, submission))
    return best, render_best_before(best, bound, LIBRARY.catalogue)


def test_of_an_age_recorded_years_ago_nothing_is_told_that_some_birth_date_does_not_bear_out() -> None:
    best, worded = best_of_age(15, "2020-12-03")  # 20 or 21 years old by now
    turns = [first_turn_of(15, "2020-12-03", born) for born in ("2004-12-04", "2005-12-03")]
    assert best.is_exact
    assert best.earliest is not None
    assert {turn.on for turn in turns} == {best.earliest.on} == {ON + DAY}
    assert len({turn.causes for turn in turns}) == 2
    assert best.earliest.causes == (Cause("age", "outdated"),)
    assert "fyllt" not in str(worded["causes"])
    assert "för mer än ett år sedan" in worded["causes"][0]["sv"]


@pytest.mark.parametrize("value", range(10, 32))
@pytest.mark.parametrize("observed_on", ["2016-06-01", "2020-12-03", "2024-11-30", "2025-12-01", "2026-12-01"])
def test_what_is_told_of_the_day_holds_for_every_birth_date_that_turns_on_it(value: int, observed_on: str) -> None:
    best, worded = best_of_age(value, observed_on)
    if best.earliest is None:
        return
    first, last = birth_dates_of(value, day(observed_on))
    for born in (first + timedelta(days=number) for number in range(0, (last - first).days + 1, 13)):
        turn = first_turn_of(value, observed_on, born.isoformat())
        if turn is not None and turn.on == best.earliest.on:
            assert {cause for cause in best.earliest.causes if cause.kind != "age"} <= set(turn.causes)
            outcome = turn.after.outcome if turn.after else None
            assert worded["outcome_then"] in (None, outcome)
            assert turn.after == best.earliest.after or not worded["changes"]


def first_turn_of(value: int, observed_on: str, born: str) -> Turn | None:
    bound = LIBRARY.bind("stockholm_2012", on=ON, is_rated=False)
    facts = {"age": {"value": value, "observed_on": observed_on}}
    submission = {"reference_date": ON.isoformat(), "facts": facts, "ratings": None, "guardians": [], "consents": []}
    return find_best_before(LIBRARY, bound, read_recorded_submission(bound, submission), day(born)).earliest


# In a table.


ROW = dict.fromkeys(
    ("key", "birth_date", "age", "leave_support_need", "motivation_to_leave", "motivation_to_leave.observed_on"), ""
)


def screened(rows: list[dict[str, Any]], tmp_path: Path) -> list[dict[str, str]]:
    path = write_csv(tmp_path / "in.csv", [{**ROW, **row} for row in rows])
    table = open_table(path)
    prepared = prepare(LIBRARY, table, Request(("skl_2015",), ON))
    screen_table(prepared, table, tmp_path / "out.csv", screen_part(prepared, table, dated_by=LIBRARY))
    return rows_of(tmp_path / "out.csv")


def test_a_table_is_told_until_when_each_row_stands_and_what_ends_it(tmp_path: Path) -> None:
    asked = {"leave_support_need": "yes"}
    stated = {"motivation_to_leave": "stated", "motivation_to_leave.observed_on": "2026-11-20"}
    rows = screened(
        [
            {"key": "born", "birth_date": "2010-05-02", **asked},
            {"key": "aged", "age": 17, **asked},
            {"key": "told", **asked, **stated},
            {"key": "open", **asked},
        ],
        tmp_path,
    )
    told = {row["key"]: tuple(row[name] for name in COLUMNS) for row in rows}
    assert told == {
        "born": ("2028-05-01", "2028-05-01", "birthday:18", ""),
        "aged": ("2026-12-01", "2027-11-30", "birthday:18", ""),
        "told": ("2026-12-20", "2026-12-20", "stale:motivation_to_leave", ""),
        "open": ("", "", "", ""),  # this guidance does not ask for the age
    }
    assert list(rows[0])[-len(COLUMNS) :] == list(COLUMNS)


@pytest.mark.parametrize("age", [12, 17, 29])
def test_a_row_of_a_table_stands_as_long_as_the_same_intake_sent_alone(age: int, tmp_path: Path) -> None:
    facts = {"age": age, "leave_support_need": "yes"}
    [row] = screened([{"key": "a", **facts}], tmp_path)
    bound = LIBRARY.bind("skl_2015", on=ON, is_rated=False)
    submission = {"reference_date": ON.isoformat(), "ratings": None, "guardians": None, "consents": []}
    best = find_best_before(LIBRARY, bound, read_recorded_submission(bound, {**submission, "facts": facts}))
    days = [turn.last_day.isoformat() if turn else "" for turn in (best.earliest, best.latest)]
    assert [row["stands_through"], row["stands_through_latest"]] == days
