"""`underlag trends`: publishing, checking, the monthly report; and a purge that publishes first."""

import csv
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import select

from api.accounts.mail import Outbox
from api.cli import main
from api.store.database import Database
from api.store.schema import Case
from api.store.trend_tables import TrendFives, TrendGap, TrendPeriod
from api.store.upgrade import upgrade
from api.trends.publication import publish_what_is_over
from api.trends.publishing import keep_before_purge
from screening.library import Library
from tests.api.trends.histories import LATTICE, Histories


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("trends")
        patch.chdir(folder)
        patch.setenv("UNDERLAG_DATABASE_URL", f"sqlite:///{folder / 'trends.sqlite'}")
        patch.setenv("UNDERLAG_DEMO", "yes")
        database = Database(f"sqlite:///{folder / 'trends.sqlite'}")
        upgrade(database)
        with database.unit_of_work() as session:
            Histories(41, days=12).write(session, 60)
        database.close()
        yield folder


def underlag(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trends", *arguments, "--language", "en"])


@pytest.fixture(scope="module")
def rebuilt(place: Path) -> Result:
    return underlag("rebuild")


@pytest.mark.thorough
def test_rebuilding_tells_what_was_published(rebuilt: Result, place: Path) -> None:
    assert rebuilt.exit_code == 0, rebuilt.output
    database = Database(f"sqlite:///{place / 'trends.sqlite'}")
    with database.looking() as session:
        periods = session.scalars(select(TrendPeriod.period)).all()
        years = session.scalars(select(TrendFives.year).order_by(TrendFives.year)).all()
    database.close()
    assert rebuilt.stdout.startswith(f"Published: {len(periods)}. ")
    assert ", ".join(str(year) for year in years) in rebuilt.stdout
    assert "As little as possible is hidden in" in rebuilt.stdout


@pytest.mark.thorough
def test_rebuilding_again_publishes_nothing_and_all_is_verified(rebuilt: Result) -> None:
    assert underlag("rebuild").stdout.startswith("Published: 0. Corrected by a revision: 0.")
    verified = underlag("verify")
    assert verified.exit_code == 0, verified.output


@pytest.mark.thorough
def test_the_monthly_report_has_every_table_and_the_dashboard_on_paper(rebuilt: Result, place: Path) -> None:
    folder = place / "reports" / "latest"
    for _ in range(2):  # a later run replaces what an earlier one wrote
        told = underlag("report", "-o", str(folder))
        assert told.exit_code == 0, told.output
    tables = {
        f"{measure.id}.{level}.{'-'.join(dims) or 'total'}.csv"
        for measure in LATTICE.measures
        for level in measure.levels()
        for dims in measure.across(level)
    }
    assert {path.name for path in folder.iterdir()} == {*tables, "report.pdf"}
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    with (folder / "intakes.month.unit.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file))[:3] == ["period", "unit", "count"]
    assert f"{len(tables) + 1} files in {folder}" in told.stdout


def deliver(*arguments: str) -> Result:
    return underlag("deliver", "--every", *arguments)


@pytest.mark.thorough
def test_the_report_of_a_period_is_put_into_a_folder_once(rebuilt: Result, place: Path) -> None:
    folder = place / "delivered"
    assert deliver("quarter", "-o", str(folder)).exit_code == 0
    (paper,), (book,) = folder.glob("*.pdf"), folder.glob("*.xlsx")
    assert paper.read_bytes().startswith(b"%PDF")
    sheets = load_workbook(book)
    assert sheets.sheetnames[0] == "About the numbers"
    assert len(sheets.sheetnames) > 10
    texts = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert "hidden" in texts
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = deliver("quarter", "-o", str(folder))
    assert ": 0 new files" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written
    assert ": 2 new files" in deliver("month", "-o", str(folder)).stdout


@pytest.mark.thorough
def test_the_report_of_a_period_is_sent_once_to_all_and_again_only_when_it_was_not_taken(
    rebuilt: Result, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[EmailMessage] = []
    is_taken = False

    def send(self: Outbox, letter: EmailMessage) -> bool:
        sent.append(letter)
        return is_taken

    monkeypatch.setattr(Outbox, "send", send)
    people = ("--to", "mona@kommun.example", "--to", "stina@kommun.example")
    refused = deliver("quarter", *people)
    assert (refused.exit_code, len(sent)) == (1, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "send", lambda *_: 1 / 0)
        assert deliver("quarter", *people).exit_code == 1
    is_taken = True
    assert deliver("quarter", *people).exit_code == 0
    assert deliver("quarter", *people).exit_code == 0
    assert len(sent) == 2
    names = [str(each.get_filename()) for each in sent[-1].iter_attachments()]
    assert sorted(name.rpartition(".")[2] for name in names) == ["pdf", "xlsx"]
    assert sent[-1]["To"] == "mona@kommun.example, stina@kommun.example"


def test_what_was_tampered_with_is_told_and_fails(rebuilt: Result, place: Path) -> None:
    with sqlite3.connect(place / "trends.sqlite") as connection:
        connection.execute("DROP TRIGGER trend_fives_unchanged")
        connection.execute("UPDATE trend_fives SET rows = x'00' WHERE year = 2023")
    told = underlag("verify")
    assert told.exit_code == 1
    assert "2023" in told.stdout


@pytest.mark.parametrize(
    "arguments", [("report",), ("rebuild", "--force"), ("publish",), ("deliver", "--every", "month"), ("deliver",)]
)
def test_a_wrong_command_is_the_callers_fault(place: Path, arguments: tuple[str, ...]) -> None:
    assert underlag(*arguments).exit_code == 2


def test_what_is_over_is_published_before_anything_is_purged(database: Database) -> None:
    now = datetime(2023, 4, 10, tzinfo=UTC)
    with database.unit_of_work() as session:
        Histories(42, days=20).write(session, 60)
        publish_what_is_over(session, now, Library())
        before = set(session.scalars(select(TrendPeriod.period)))
        keep_before_purge(session, now, Library(), session.scalars(select(Case.id)).first() or "")
        publish_what_is_over(session, now, Library())
    with database.looking() as session:
        assert {"2022-12", "2023-01", "2023-Q1", "2022"} <= before
        assert set(session.scalars(select(TrendPeriod.period))) == before
        gaps = {gap.purged_at for gap in session.scalars(select(TrendGap))}
        assert gaps
        assert all(row.published_at <= moment for row in session.scalars(select(TrendPeriod)) for moment in gaps)
