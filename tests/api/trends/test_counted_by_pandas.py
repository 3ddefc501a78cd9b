"""Every row that any table is counted from equals what pandas makes of the raw records, over random histories."""

from datetime import UTC, date, datetime
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from api.store.database import Database
from api.store.schema import Case, CaseUnit, Entry, Monitoring, PurgedCase
from api.store.upgrade import upgrade
from api.trends.case_events import About, CaseEventCounter, Recorded
from api.trends.reading import read_cohort
from screening.trends.lattice import month_of
from tests.api.trends.by_pandas import true_events
from tests.api.trends.histories import LATEST, Histories
from tests.cases.reading import library
from tests.thoroughness import examples

LIBRARY = library()
ANSWERED = {"criterion": "status", "fact": "knowledge"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def purge(session: Session, cases: list[str]) -> None:
    """What a purge leaves of cases."""
    for case in cases:
        session.add(PurgedCase(case_id=case, unit_id="sig", entries=1, rule="r", purged_at=NOW, purged_by="x"))
    session.flush()
    for case in cases:
        session.execute(text("DELETE FROM case_summary WHERE case_id = :case"), {"case": case})
        for table in (CaseUnit, Monitoring, Entry):
            session.execute(delete(table).where(table.case_id == case))
        session.execute(delete(Case).where(Case.id == case))


def compared(session: Session) -> int:
    """Hold our rows against those of pandas; how many there were."""
    ours, true = read_cohort(session, LATEST, LIBRARY).events, true_events(session)
    number = {case: place for place, case in enumerate(session.scalars(select(Case.id).order_by(Case.id)))}
    rows = 0
    for measure in LATEST.measures:
        names = [name for name in measure.dimensions() if name not in (*ANSWERED, *ANSWERED.values())]
        names += [column for column in ours[measure.id].columns if column.startswith("fact.")]
        columns = ["case", "month", *names]
        theirs = true[measure.id].assign(case=[number[case] for case in true[measure.id]["case_id"]])
        one, other = (
            each[columns].astype("object").where(each[columns].notna(), None).sort_values(["case", "month"])
            for each in (ours[measure.id], theirs)
        )
        pd.testing.assert_frame_equal(
            one.reset_index(drop=True), other.reset_index(drop=True), check_dtype=False, obj=measure.id
        )
        rows += len(one)
    return rows


def test_a_meeting_on_the_last_day_is_kept_and_one_a_day_later_is_not() -> None:
    """Counted from the meeting before, of which the first is the start."""
    starts, held, late = date(2026, 1, 5), date(2026, 2, 2), date(2026, 3, 3)
    journal = [
        Recorded("s", "participation_started", starts, None, {"started_on": starts.isoformat()}),
        Recorded("a", "network_meeting", held, None, {"held_on": held.isoformat()}),
        Recorded("b", "network_meeting", late, None, {"held_on": late.isoformat()}),
    ]
    assert ((held - starts).days, (late - held).days) == (28, 29)
    rows = CaseEventCounter(LATEST, lambda _: (), lambda _: None).fold(About("sig", None, "unknown"), journal)
    kept = {month: row["kept"] for measure, month, row in rows if measure == "meetings"}
    assert kept == {month_of(held): "yes", month_of(late): "no"}


@settings(max_examples=examples(6), deadline=None)
@given(seed=st.integers(0, 10_000), days=st.sampled_from([40, 400, 900]), purged=st.integers(0, 12))
def test_every_row_equals_what_pandas_makes_of_the_raw_records(seed: int, days: int, purged: int) -> None:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/underlag.sqlite")
        try:
            upgrade(database)
            with database.unit_of_work() as session:
                Histories(seed, days=days).write(session, 60)
                purge(session, list(session.scalars(select(Case.id).order_by(Case.id).limit(purged))))
                assert compared(session) > 100
        finally:
            database.close()


def test_the_same_on_either_database(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(77, days=800).write(session, 80)
        assert compared(session) > 150


def test_the_statuses_of_criteria_are_those_that_the_screening_came_to(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(78, days=100).write(session, 50)
        ours = read_cohort(session, LATEST, LIBRARY).events["recommendations"]
        true = true_events(session)["recommendations"]
        number = {case: place for place, case in enumerate(session.scalars(select(Case.id).order_by(Case.id)))}
    criteria = {name.removeprefix("criterion.") for name in ours.columns if name.startswith("criterion.")}
    assert {"age", "few_protective"} & criteria
    statuses = {
        (number[case], month): content["covered"]["statuses"]
        for case, month, content in zip(true["case_id"], true["month"], true["content"], strict=True)
    }
    for _, row in ours.iterrows():
        for name in criteria:
            recorded = statuses[row["case"], row["month"]].get(name)
            assert row[f"criterion.{name}"] in (recorded, None)
