"""What is kept of many cases: equal to pandas over the raw records, never changed, corrected by revisions."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api.store.database import Database
from api.store.schema import Case, CaseUnit, Entry, Monitoring, PurgedCase
from api.store.trend_tables import TrendGap, TrendOpenMonth, TrendPeriod, TrendTable
from api.trends import queries
from api.trends.publishing import cells_of, dims_of, keep_before_purge, rebuild, shown_now, shown_over_time, verify
from api.trends.queries import answer, read_question
from api.trends.reading import read_cohort
from screening.trends.counting import Cohort
from screening.trends.lattice import Period, lattice_on
from tests.api.trends.by_pandas import STOCKHOLM, true_events
from tests.api.trends.histories import LATEST, LATTICE, Histories
from tests.cases.reading import library
from tests.screening.trends.cohorts import some_cohort

#: Four months, two quarters and a year are over.
NOW = datetime(2023, 4, 10, 12, tzinfo=UTC)
LIBRARY = library()


def publish(database: Database, now: datetime = NOW) -> Any:
    with database.unit_of_work() as session:
        return rebuild(session, now, read_cohort(session, lattice_on(now.date()).content, LIBRARY))


@pytest.fixture
def filled(database: Database) -> Database:
    with database.unit_of_work() as session:
        Histories(11, days=100).write(session, 250)
    return database


@pytest.mark.parametrize("seed", [21])
@pytest.mark.thorough
def test_every_number_that_is_shown_is_what_pandas_counts_from_the_raw_records(database: Database, seed: int) -> None:
    with database.unit_of_work() as session:
        Histories(seed, days=300, first=datetime(2026, 12, 20, tzinfo=UTC)).write(session, 500)
    publish(database, datetime(2028, 1, 1, 0, 30, tzinfo=STOCKHOLM))
    compared = dict.fromkeys((measure.id for measure in LATEST.measures), 0)
    with database.looking() as session:
        shown, true = shown_now(session), true_events(session)
    for measure, tables in shown.items():
        rows = true[measure]
        for (period, dims), cells in tables.items():
            if LATEST.family_in(dims) is not None:
                continue  # see test_counted_by_pandas
            inside = rows[rows["month"].between(period.first, period.last)]
            counted = inside.groupby(list(dims)).size() if dims else {(): len(inside)}
            for key, count in cells.items():
                if count is not None:
                    assert count == counted.get(key[0] if len(key) == 1 else key, 0), (measure, period.name, key)
                    compared[measure] += count > 0
    assert all(number > 5 for number in compared.values()), compared


def test_only_periods_that_are_over_are_published(filled: Database) -> None:
    report = publish(filled)
    assert report.published == ["2022-12", "2022-Q4", "2022", "2023-01", "2023-02", "2023-03", "2023-Q1"]


def test_a_month_ends_at_swedish_midnight(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(1, days=1).write(session, 1)
        moment = datetime(2023, 6, 30, 22, 30, tzinfo=UTC)  # half past midnight on the first of July in Sweden
        template = session.scalars(select(Entry).where(Entry.kind == "intake")).first()
        assert template is not None
        row = {name: getattr(template, name) for name in ("case_id", "content", "made_by", "hidden_from_guardians")}
        session.execute(
            insert(Entry), [{**row, "id": "a" * 32, "salt": "a", "number": 99, "kind": "intake", "made_at": moment}]
        )
        events = read_cohort(session, LATTICE, LIBRARY).events["intakes"]
    assert Period(int(events["month"].max()), 1).name == "2023-07"


def test_the_open_month_shows_rounded_totals_of_units_only_and_none_that_is_small(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(5, days=40).write(session, 300)
    publish(database, datetime(2023, 1, 15, tzinfo=UTC))
    with database.looking() as session:
        rows = session.scalars(select(TrendOpenMonth)).all()
    assert {row.measure for row in rows} == {"intakes", "recommendations"}
    numbers = [number for row in rows for number in row.content.values()]
    assert numbers
    assert all(number >= 20 and number % 5 == 0 for number in numbers)


def test_the_open_month_shows_a_unit_from_the_smallest_number_on_and_not_below(database: Database) -> None:
    least, month = LATTICE.limit("open_month_least"), 2023 * 12
    units = ["norr"] * least + ["syd"] * (least - 1)
    intakes = pd.DataFrame({"case": range(len(units)), "month": month, "unit": units})
    cohort = some_cohort(1, 5)
    empty = {measure: events.iloc[:0] for measure, events in cohort.events.items()}
    rows = intakes.reindex(columns=empty["intakes"].columns)
    with database.unit_of_work() as session:
        rebuild(session, datetime(2023, 1, 15, tzinfo=UTC), Cohort({**empty, "intakes": rows}, ("norr", "syd")))
    with database.looking() as session:
        shown = {row.measure: row.content for row in session.scalars(select(TrendOpenMonth))}
    assert shown == {"intakes": {"norr": least}, "recommendations": {}}


def test_the_certificate_of_a_month_is_the_one_of_the_longest_period_that_was_published_over_it(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        Histories(12, days=90).write(session, 70)
    publish(database, datetime(2023, 4, 10, 12, tzinfo=UTC))
    question = read_question(LATTICE, {"measure": "recommendations", "level": "month", "across": "unit"})
    with database.looking() as session:
        told = answer(session, LATTICE, question, date(2023, 4, 10))["periods"]
        contents = {
            row.period: row.content
            for row in session.scalars(select(TrendTable).where(TrendTable.measure == "recommendations"))
            if row.across == "unit"
        }
    kept = contents["2023-Q1"]["certificate"]["within"]
    assert [each["certificate"] for each in told if each["period"] in kept] == list(kept.values())
    own = {name: contents[name]["certificate"] for name in kept}
    assert all(own[name]["hidden"] == kept[name]["hidden"] for name in kept)
    assert any((kept[name]["narrowest"] or 0) != (own[name]["narrowest"] or 0) for name in kept)


def test_what_was_published_before_there_were_certificates_is_read_without(filled: Database) -> None:
    publish(filled)
    question = read_question(LATTICE, {"measure": "intakes", "level": "quarter"})
    with filled.looking() as session, pytest.MonkeyPatch.context() as patch:
        chosen = queries._tables

        def of_old(session: Session, question: queries.Question) -> Any:
            rows = chosen(session, question)
            for _, table in rows:
                table.content = {name: part for name, part in table.content.items() if name != "certificate"}
                session.expunge(table)
            return rows

        patch.setattr(queries, "_tables", of_old)
        told = answer(session, LATTICE, question, date(2023, 4, 10))
    assert told["numbers"]
    assert [each["certificate"] for each in told["periods"]] == [None] * len(told["periods"])


@pytest.mark.thorough
def test_a_correction_is_held_against_everything_that_was_published_before_it(filled: Database) -> None:
    publish(filled)
    with filled.unit_of_work() as session:
        Histories(99, days=100).write(session, 250)
    publish(filled, datetime(2023, 4, 11, tzinfo=UTC))
    with filled.looking() as session:
        first, now = shown_over_time(session)
        assert now == shown_now(session)
    month = Period(2023 * 12, 1)
    assert first["intakes"][month, ()] != now["intakes"][month, ()]
    assert set(first["intakes"]) == set(now["intakes"])


def test_publishing_again_changes_nothing(filled: Database) -> None:
    publish(filled)
    again = publish(filled)
    assert (again.published, again.revised, again.held) == ([], [], [])
    with filled.looking() as session:
        report = verify(session, NOW, read_cohort(session, LATTICE, LIBRARY))
    assert report.holds
    assert report.checked == 7


@pytest.mark.thorough
def test_a_late_import_becomes_a_dated_revision_and_the_first_publication_stays(filled: Database) -> None:
    publish(filled)
    with filled.looking() as session:
        first = {row.period: row.sha256 for row in session.scalars(select(TrendPeriod))}
    with filled.unit_of_work() as session:
        Histories(99, days=100).write(session, 250)
    with filled.looking() as session:
        assert not verify(session, NOW, read_cohort(session, LATTICE, LIBRARY)).holds
    report = publish(filled, datetime(2023, 4, 11, tzinfo=UTC))
    assert report.revised
    with filled.looking() as session:
        kept = {row.period: row.sha256 for row in session.scalars(select(TrendPeriod)) if row.revision == 1}
    assert {period: kept[period] for period in first} == first


@pytest.mark.parametrize("table", [TrendTable, TrendPeriod])
def test_the_database_refuses_to_change_or_remove_what_was_published(filled: Database, table: Any) -> None:
    publish(filled)
    for statement in (update(table).values(revision=7), delete(table)):
        with pytest.raises(DatabaseError, match="append-only"), filled.unit_of_work() as session:
            session.execute(statement.execution_options(synchronize_session=False))


def test_a_number_that_was_tampered_with_is_found(filled: Database) -> None:
    publish(filled)
    with filled.unit_of_work() as session:
        if filled.is_sqlite:
            session.execute(text("DROP TRIGGER trend_table_unchanged"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        chosen = select(TrendTable).where(TrendTable.period == "2023-Q1", TrendTable.across == "total")
        table = session.scalars(chosen.where(TrendTable.measure == "intakes")).one()
        content = {**table.content, "cells": [[(table.content["cells"][0][0] or 0) + 1]]}
        session.execute(
            update(TrendTable)
            .where(TrendTable.period == "2023-Q1", TrendTable.measure == "intakes", TrendTable.across == "total")
            .values(content=content)
        )
    with filled.looking() as session:
        report = verify(session, NOW, read_cohort(session, LATTICE, LIBRARY))
    assert report.altered == ["2023-Q1"]


def purge(session: Session, case: str, now: datetime) -> None:
    """What `api.retention.rules` leaves of a case."""
    keep_before_purge(session, now, LIBRARY, case)
    session.add(PurgedCase(case_id=case, unit_id="sig", entries=1, rule="r", purged_at=now, purged_by="x"))
    session.flush()
    session.execute(text("DELETE FROM case_summary WHERE case_id = :case"), {"case": case})
    for table in (CaseUnit, Monitoring, Entry):
        session.execute(delete(table).where(table.case_id == case))
    session.execute(delete(Case).where(Case.id == case))


def test_a_purge_leaves_the_numbers_as_they_were_published(filled: Database) -> None:
    publish(filled)
    with filled.looking() as session:
        before = shown_now(session)
        cases = session.scalars(select(Case.id).order_by(Case.id).limit(40)).all()
    later = datetime(2023, 4, 12, tzinfo=UTC)
    with filled.unit_of_work() as session:
        for case in cases:
            purge(session, case, later)
    report = publish(filled, later)
    assert report.revised == report.held == []
    with filled.looking() as session:
        assert shown_now(session) == before
        checked = verify(session, later, read_cohort(session, LATTICE, LIBRARY))
        assert session.scalars(select(TrendGap)).first() is not None
    assert checked.holds
    assert checked.uncountable


def test_a_kept_table_reads_as_it_was_written(filled: Database) -> None:
    publish(filled)
    with filled.looking() as session:
        table = session.scalars(select(TrendTable).where(TrendTable.across == "unit,outcome")).first()
        assert table is not None
        assert dims_of(table.across) == ("unit", "outcome")
        assert all(len(key) == 2 for key in cells_of(table.content))
