"""Recommendations that run out: counted in the month in which time ended them, and never otherwise afterwards."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.cases.screenings.best_before import RESTED_ON, best_before_in
from api.demo.history import make_demo_history
from api.store.database import Database
from api.store.schema import Case
from api.store.trend_tables import TrendGap, TrendPeriod
from api.trends.case_events import About, CaseEventCounter, Recorded
from api.trends.publishing import keep_before_purge, rebuild, verify
from api.trends.reading import read_cohort
from api.trends.run_outs import RunOut, run_outs_in
from screening.explanation import explain
from screening.library import Library
from screening.replay import bind_again, read_recorded_submission
from screening.trends.lattice import Lattice, month_of
from tests.api.accounts.people import House
from tests.api.trends.histories import LATEST, LATTICE, Histories
from tests.api.trends.test_folds import everything_published
from tests.cases.reading import library
from tests.thoroughness import a_few

LIBRARY = library()
ON, DAY = date(2026, 11, 10), timedelta(days=1)
#: Of `screened`: the day after the consent's last.
RUNS_OUT = date(2026, 12, 20)
CONSENT = {"person": "youth", "recipient": "school", "status": "given", "valid_from": "2026-11-01"}


def screened(on: date = ON, name: str = "s", **parts: Any) -> Recorded:
    """A recommendation that rests on a consent which ends, unless something else is given."""
    submission = {"reference_date": ON.isoformat(), "facts": {}, "ratings": None, "guardians": []}
    submission |= {"consents": [{**CONSENT, "valid_to": (RUNS_OUT - DAY).isoformat()}], **parts}
    bound = LIBRARY.bind("stockholm_2012@1.0", on=ON, is_rated=False)
    explanation = explain(bound, read_recorded_submission(bound, submission))
    content = {"guidance": "stockholm_2012", "outcome": explanation.outcome, "covered": explanation.covered}
    return Recorded(name, "screening", on, None, {**content, "submission": submission})


def recorded(kind: str, on: date, subject: str | None = None, **content: Any) -> Recorded:
    return Recorded(f"{kind} {on}", kind, on, subject, content)


def run_outs(*journal: Recorded, lattice: Lattice = LATEST, library: Library = LIBRARY) -> dict[int, Mapping[str, Any]]:
    folder = CaseEventCounter(lattice, lambda _: (), run_outs_in(library))
    rows = folder.fold(About("sig", None, "unknown"), journal)
    return {month: row for measure, month, row in rows if measure == "run_out"}


def test_a_recommendation_that_is_left_counts_in_the_month_in_which_it_ran_out() -> None:
    row = {"unit": "sig", "outcome": "more_information_needed", "ran_out_by": "consent"}
    assert run_outs(screened()) == {month_of(RUNS_OUT): row}


@pytest.mark.parametrize("kind", [*RESTED_ON, "participation_started", "case_closed"])
def test_what_is_recorded_on_the_last_day_that_it_stood_is_in_time_and_a_day_later_is_not(kind: str) -> None:
    content = {"status": "given", "started_on": ON.isoformat()}
    assert run_outs(screened(), recorded(kind, RUNS_OUT - DAY, **content)) == {}
    assert list(run_outs(screened(), recorded(kind, RUNS_OUT, **content))) == [month_of(RUNS_OUT)]


def test_one_that_is_made_anew_in_time_runs_out_by_itself_and_one_that_is_not_counts_too() -> None:
    never = {"consents": []}
    assert run_outs(screened(), screened(RUNS_OUT - DAY, "t", **never)) == {}
    assert list(run_outs(screened(), screened(RUNS_OUT, "t", **never))) == [month_of(RUNS_OUT)]
    later = date(2027, 2, 3)
    ends = {"consents": [{**CONSENT, "valid_to": (later - DAY).isoformat()}]}
    assert list(run_outs(screened(), screened(RUNS_OUT, "t", **ends))) == [month_of(RUNS_OUT), month_of(later)]


def test_one_that_a_review_has_replaced_does_not_run_out_and_one_that_it_has_not_does() -> None:
    deviates = {"verdict": "deviate", "deviation": "safety", "applies": "supports_offer", "needs_second_person": False}
    agrees = {"verdict": "agree", "deviation": None, "applies": None, "needs_second_person": False}
    assert run_outs(screened(), recorded("review", RUNS_OUT - DAY, "s", **deviates)) == {}
    for content, on in ((agrees, RUNS_OUT - DAY), (deviates, RUNS_OUT)):
        assert list(run_outs(screened(), recorded("review", on, "s", **content))) == [month_of(RUNS_OUT)]
    waits = {**deviates, "needs_second_person": True}
    assert list(run_outs(screened(), recorded("review", ON, "s", **waits))) == [month_of(RUNS_OUT)]


def test_one_that_had_run_out_when_it_was_recorded_is_not_counted() -> None:
    assert list(run_outs(screened(RUNS_OUT - DAY))) == [month_of(RUNS_OUT)]
    for late in (RUNS_OUT, date(2027, 3, 4)):
        assert run_outs(screened(late)) == {}


def test_where_the_age_alone_is_known_it_counts_when_it_surely_has_run_out_and_by_what() -> None:
    aged = {"facts": {"age": {"value": 17, "observed_on": ON.isoformat()}}}
    assert list(run_outs(screened(**aged, consents=[]))) == [month_of(date(2027, 11, 10))]
    row = {"unit": "sig", "outcome": "more_information_needed", "ran_out_by": "consent"}
    assert run_outs(screened(**aged)) == {month_of(RUNS_OUT): row}


@pytest.mark.parametrize(
    ("parts", "on", "by"),
    [
        ({"facts": {"birth_date": "2008-12-24"}}, RUNS_OUT, "consent"),
        ({"facts": {"birth_date": "2008-12-20"}}, RUNS_OUT, "several"),
        ({"facts": {"birth_date": "2008-12-19"}}, RUNS_OUT - DAY, "age"),
        ({"facts": {"age": {"value": 17, "observed_on": "2026-06-01"}}, "consents": []}, date(2027, 6, 1), "age"),
        ({"facts": {"age": {"value": 17, "observed_on": "2026-06-01"}}}, RUNS_OUT, "consent"),
        (
            {"facts": {"motivation_to_leave": {"value": "stated", "observed_on": "2026-11-09"}}},
            date(2026, 12, 10),
            "stale",
        ),
    ],
)
def test_it_is_told_by_what_it_ran_out(parts: dict[str, Any], on: date, by: str) -> None:
    assert run_outs_in(LIBRARY)(screened(**parts).content) == RunOut(on, by)


def test_what_nothing_of_time_concerns_or_what_no_definition_is_left_of_is_not_counted() -> None:
    assert run_outs(screened(consents=[])) == {}
    without = Library()
    del without.guidances._definitions["stockholm_2012"]
    assert run_outs(screened(), library=without) == {}


def test_a_lattice_from_before_counts_none() -> None:
    assert run_outs(screened(), lattice=LATTICE) == {}


def test_what_is_published_later_changes_the_day_that_lists_say_and_not_what_is_counted() -> None:
    """Version 1.1 of the flags is in force from 28 November, and ends what was made by 1.0."""
    content = screened().content
    before = Library()
    for registry in (before.guidances, before.overlays, before._facts, before._flags, before._consent):
        for name, versions in registry._definitions.items():
            registry._definitions[name] = [each for each in versions if each.content.valid_from < ON] or versions
    bound = bind_again(LIBRARY, content["covered"])
    intake = read_recorded_submission(bound, content["submission"])
    listed = [best_before_in(content["submission"], bound, intake, known).earliest for known in (before, LIBRARY)]
    assert [turn and turn.on for turn in listed] == [RUNS_OUT, date(2026, 11, 28)]
    assert run_outs_in(before)(content) == run_outs_in(LIBRARY)(content) == RunOut(RUNS_OUT, "consent")


def in_order(entries: list[Any]) -> list[Recorded]:
    made = sorted(entries, key=lambda each: each["number"])
    return [Recorded(e["id"], e["kind"], e["made_at"].date(), e["subject_id"], e["content"]) for e in made]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_month_that_is_over_stays_as_it_was_whatever_is_recorded_after_it(seed: int) -> None:
    entries: list[Any] = []
    Histories(seed)._journal(entries, "case", datetime(2023, 1, 1, tzinfo=UTC))
    journal = in_order(entries)
    whole = run_outs(*journal)
    for month in {month_of(each.on) for each in journal} | set(whole):
        until_then = run_outs(*(each for each in journal if month_of(each.on) <= month))
        assert until_then.get(month) == whole.get(month)


def test_what_was_published_before_there_was_such_a_number_stays_byte_for_byte(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(11, days=100, first=datetime(2026, 9, 1, tzinfo=UTC)).write(session, 120)
        rebuild(session, datetime(2026, 12, 3, tzinfo=UTC), read_cohort(session, LATTICE, LIBRARY))
        before, now = everything_published(session), datetime(2027, 4, 3, tzinfo=UTC)
        cohort = read_cohort(session, LATEST, LIBRARY)
        assert rebuild(session, now, cohort).revised == []
        after = everything_published(session)
        assert all(row in after for row in before)
        assert {row[0] for row in after if "run_out" in row} == {"2026-Q4", "2026", "2027-Q1"}
        assert set(session.scalars(select(TrendPeriod.lattice))) == {"trends@1.1", "trends@1.2"}
        assert verify(session, now, cohort).holds


@pytest.mark.parametrize("language", a_few(["sv", "en"]))
def test_they_are_shown_with_why_from_the_day_on_which_they_are_published(house: House, language: str) -> None:
    house.add("stina@example.se", "statistics")
    for moment, is_shown in ((datetime(2026, 12, 31, 12, tzinfo=UTC), False), (datetime(2027, 1, 2, tzinfo=UTC), True)):
        house.clock.moment = moment
        if is_shown:
            with house.database.unit_of_work() as session:
                make_demo_history(session, moment, LIBRARY, people=900, years=1)
        visitor = house.logged_in("stina@example.se")
        page = visitor.get(f"/trends/themes/time?language={language}").text
        title = "Varför rekommendationer löpte ut" if language == "sv" else "Why recommendations ran out"
        assert (title in page) == is_shown
        assert visitor.get("/trends/run_out.csv").status_code == (200 if is_shown else 404)
    told = visitor.get("/api/v1/trends?measure=run_out&level=year&across=ran_out_by").get_json()
    assert any(row["count"] for row in told["numbers"] if row["ran_out_by"] == "stale")


def test_a_purge_marks_the_month_in_which_a_recommendation_ran_out(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(12, days=30).write(session, 40)
        events = read_cohort(session, LATEST, LIBRARY).events
        ran_out = zip(events["run_out"]["case"], events["run_out"]["month"], strict=True)
        elsewhere = {
            each
            for name, rows in events.items()
            if name != "run_out"
            for each in zip(rows["case"], rows["month"], strict=True)
        }
        place, month = next(each for each in ran_out if each not in elsewhere)
        case = sorted(session.scalars(select(Case.id)))[place]
        keep_before_purge(session, datetime(2027, 1, 1, tzinfo=UTC), LIBRARY, case)
        assert month in set(session.scalars(select(TrendGap.month)))


def test_a_purge_marks_no_month_that_is_still_to_come(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(12, days=30, first=datetime(2027, 1, 1, tzinfo=UTC)).write(session, 40)
        ran_out = read_cohort(session, LATEST, LIBRARY).events["run_out"].sort_values("month").iloc[-1]
        case = sorted(session.scalars(select(Case.id)))[ran_out["case"]]
        year, month = divmod(ran_out["month"] - 1, 12)
        keep_before_purge(session, datetime(year, month + 1, 15, tzinfo=UTC), LIBRARY, case)
        assert ran_out["month"] not in set(session.scalars(select(TrendGap.month)))
