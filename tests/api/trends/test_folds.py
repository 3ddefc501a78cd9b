"""Each case is kept as it is counted; what is counted and published from that is what the entries alone come to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from api.store.database import Database
from api.store.schema import Case, CaseUnit, Entry, Monitoring, PurgedCase
from api.store.trend_tables import TrendFold, TrendPeriod, TrendTable
from api.store.upgrade import upgrade
from api.trends import case_events, folds, microaggregates, reading
from api.trends.folds import code_sha256, read_kept_cohort
from api.trends.publication import publish
from api.trends.publishing import keep_before_purge, rebuild, verify
from api.trends.reading import read_cohort
from screening.library import Library
from screening.trends.counting import Cohort
from screening.trends.lattice import lattice_on, the_lattices
from screening.trends.recorded import RowCoder
from tests.api.trends.histories import Histories
from tests.cases.reading import library
from tests.thoroughness import examples

NOW, DAYS = datetime(2023, 2, 3, 12, tzinfo=UTC), 40
LATTICE = lattice_on(NOW.date())
LIBRARY = library()
#: What may happen to the records of a town between two nights, or to what they are counted by.
HAPPENINGS = ("come", "go on", "are corrected", "are purged", "guidance goes", "program changes")


def without_a_guidance() -> Library:
    """A library without a guidance that cases were screened under: its criteria can no longer be counted."""
    library = Library()
    del library.guidances._definitions["stockholm_2012"]
    return library


def require_alike(one: Cohort, other: Cohort) -> None:
    """Hold two cohorts against each other to the last value, its type, and the order of columns and rows."""
    assert one.units == other.units
    assert one.events.keys() == other.events.keys()
    for name, events in one.events.items():
        pd.testing.assert_frame_equal(events, other.events[name], check_exact=True, obj=name)


def everything_published(session: Session) -> list[tuple[Any, ...]]:
    periods = select(TrendPeriod.period, TrendPeriod.revision, TrendPeriod.sha256).order_by(TrendPeriod.sha256)
    tables = select(TrendTable.period, TrendTable.revision, TrendTable.measure, TrendTable.across, TrendTable.content)
    ordered = tables.order_by(TrendTable.period, TrendTable.revision, TrendTable.measure, TrendTable.across)
    return [tuple(row) for chosen in (periods, ordered) for row in session.execute(chosen)]


class Town:
    """Invented cases to which things happen."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.library = session, LIBRARY
        self._seed, self._random = seed, np.random.default_rng(seed)
        self._histories = Histories(seed, days=DAYS)
        self.now = NOW

    def some_cases(self, most: int = 6) -> list[str]:
        cases = list(self.session.scalars(select(Case.id).order_by(Case.id)))
        return [str(case) for case in self._random.permutation(cases)[:most]]

    def happens(self, what: str, patch: pytest.MonkeyPatch) -> None:
        match what:
            case "come":
                self._histories.write(self.session, 25)
            case "go on":
                self._histories.go_on(self.session, self.some_cases())
            case "are corrected":
                self._correct(self.some_cases())
            case "are purged":
                self._purge(self.some_cases(3))
            case "guidance goes":
                self.library = without_a_guidance()
            case "program changes":
                patch.setattr(folds, "code_sha256", lambda: "another program")
                patch.setattr(case_events, "track_of", lambda statuses: "unclear")

    def _correct(self, cases: Sequence[str]) -> None:
        """The registered sex was another: all that can be changed of a case without an entry."""
        changed = update(Monitoring).where(Monitoring.case_id.in_(cases)).values(registered_sex="female")
        self.session.execute(changed.execution_options(synchronize_session=False))

    def _purge(self, cases: Sequence[str]) -> None:
        for case in cases:
            keep_before_purge(self.session, self.now, self.library, case)
            stub = PurgedCase(case_id=case, unit_id="sig", entries=1, rule="r", purged_at=self.now, purged_by="x")
            self.session.add(stub)
            self.session.flush()
            self.session.execute(text("DELETE FROM case_summary WHERE case_id = :case"), {"case": case})
            for table in (CaseUnit, Monitoring, Entry):
                self.session.execute(delete(table).where(table.case_id == case))
            self.session.execute(delete(Case).where(Case.id == case))

    def night_falls(self) -> None:
        """Publish twice from the same state, by the entries alone and by what is kept; both come to the same."""
        self.now += timedelta(days=1)
        full = read_cohort(self.session, LATTICE.content, self.library)
        with self.session.begin_nested() as undone:
            rebuild(self.session, self.now, full)
            expected = everything_published(self.session)
            undone.rollback()
        require_alike(read_kept_cohort(self.session, LATTICE, self.library), full)
        publish(self.session, self.now, self.library)
        assert everything_published(self.session) == expected


def lives_on(database: Database, seed: int, happenings: Sequence[str]) -> None:
    with database.unit_of_work() as session, pytest.MonkeyPatch.context() as patch:
        town = Town(session, seed)
        town.happens("come", patch)
        town.night_falls()
        for what in happenings:
            town.happens(what, patch)
            town.night_falls()
        # and by other versions of what is counted
        for lattice in (the_lattices().find("trends@1.0", on=date.max), lattice_on(date(2027, 1, 1)), LATTICE):
            full = read_cohort(session, lattice.content, town.library)
            require_alike(read_kept_cohort(session, lattice, town.library), full)


@pytest.mark.thorough
@settings(max_examples=examples(5), deadline=None)
@given(seed=st.integers(0, 10_000), happenings=st.lists(st.sampled_from(HAPPENINGS), min_size=2, max_size=4))
def test_what_is_kept_comes_to_what_the_entries_come_to_whatever_happens(seed: int, happenings: list[str]) -> None:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/underlag.sqlite")
        try:
            upgrade(database)
            lives_on(database, seed, happenings)
        finally:
            database.close()


@pytest.mark.thorough
def test_so_it_does_on_either_database_when_everything_happens(database: Database) -> None:
    lives_on(database, 7, HAPPENINGS)


def read_anew(session: Session, patch: pytest.MonkeyPatch) -> set[str]:
    """The cases whose entries were read by a night."""
    read: set[str] = set()
    fold = folds.fold_cases

    def watched(session: Session, lattice: Any, library: Any, cases: Any, progress: Any) -> Any:
        read.update(cases)
        return fold(session, lattice, library, cases, progress)

    patch.setattr(folds, "fold_cases", watched)
    read_kept_cohort(session, LATTICE, LIBRARY)
    patch.setattr(folds, "fold_cases", fold)
    return read


def test_a_night_reads_the_entries_of_those_cases_only_that_have_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.unit_of_work() as session:
        histories = Histories(3, days=DAYS)
        histories.write(session, 30)
        everybody = set(session.scalars(select(Case.id)))
        assert read_anew(session, monkeypatch) == everybody
        assert read_anew(session, monkeypatch) == set()
        one, other = session.scalars(select(Monitoring.case_id).where(Monitoring.registered_sex == "male").limit(2))
        histories.go_on(session, [one])
        session.execute(update(Monitoring).where(Monitoring.case_id == other).values(registered_sex="female"))
        assert read_anew(session, monkeypatch) == {one, other}


def test_a_case_that_goes_takes_along_what_is_kept_of_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.unit_of_work() as session:
        town = Town(session, 5)
        town.happens("come", monkeypatch)
        read_kept_cohort(session, LATTICE, LIBRARY)
        before = session.scalar(select(func.count()).select_from(TrendFold))
        town.happens("are purged", monkeypatch)
        left = set(session.scalars(select(TrendFold.case_id)))
        assert before == 25
        assert left == set(session.scalars(select(Case.id)))
        assert len(left) == 22


@pytest.mark.parametrize("at_a_time", [1, 7])
def test_it_is_all_the_same_how_many_are_read_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    with database.unit_of_work() as session:
        Histories(6, days=500).write(session, 40)
        whole, years = read_cohort(session, LATTICE.content, LIBRARY), rows_of_years(session)
        monkeypatch.setattr(reading, "_ROWS_AT_A_TIME", at_a_time)
        monkeypatch.setattr(reading, "_CASES_AT_A_TIME", at_a_time)
        monkeypatch.setattr(microaggregates, "_ROWS_AT_A_TIME", at_a_time)
        require_alike(read_cohort(session, LATTICE.content, LIBRARY), whole)
        for year, rows in rows_of_years(session).items():
            pd.testing.assert_frame_equal(rows, years[year], check_exact=True)
    assert len(years) == 3


def rows_of_years(session: Session) -> dict[int, pd.DataFrame]:
    coder = RowCoder(LIBRARY, NOW.date())
    return dict(microaggregates._recorded_in(session, [2022, 2023, 2024], coder))


def test_what_is_kept_wrongly_is_found_by_checking_against_the_entries(database: Database) -> None:
    with database.unit_of_work() as session:
        Histories(8, days=DAYS).write(session, 80)
        read_kept_cohort(session, LATTICE, LIBRARY)
        session.execute(update(TrendFold).where(TrendFold.case_id < "8").values(rows="[]"))  # half of them
        publish(session, NOW, LIBRARY)
        assert verify(session, NOW, read_cohort(session, LATTICE.content, LIBRARY)).differing


def test_another_line_of_the_program_is_another_program(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "api" / "counting.py"
    file.parent.mkdir()
    monkeypatch.setattr(folds, "_SOURCES", tmp_path)
    digests = []
    for line in ("counted = 1", "counted = 2"):
        file.write_text(line)
        code_sha256.cache_clear()
        digests.append(code_sha256())
    code_sha256.cache_clear()
    assert digests[0] != digests[1]


def test_another_definition_makes_another_library() -> None:
    assert without_a_guidance().sha256 != LIBRARY.sha256 == Library().sha256
