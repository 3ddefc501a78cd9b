"""Commands on published numbers: publishing, checking, and a monthly report."""

from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import Steps, open_library, progress
from api.cli.records_command import RecordsCommand, opened
from api.cli.reporting import FAILED, Words, in_language
from api.settings.clock import local_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from screening.trends.counting import Cohort

_API = Path(__file__).parents[1]


class TrendsCommand(RecordsCommand):
    """A command on published numbers."""

    @staticmethod
    def words(language: str) -> Words:
        return Words(language, _API / "locale", _API / "cases" / "locale", _API / "trends" / "locale")


@click.group()
def trends() -> None:
    """Publish numbers about many cases, check them, report them."""


@trends.command(cls=TrendsCommand)
@in_language
def rebuild(language: str) -> None:
    """Publish every period that is over; what was published is only ever corrected by a dated revision."""
    from api.trends.publication import publish

    words = TrendsCommand.words(language)
    now = local_now()
    with (
        opened() as database,
        database.unit_of_work() as session,
        progress(words.say("trends.publishing"), 2) as advance,
    ):
        made = publish(session, now, open_library(), reading=Steps(advance), publishing=Steps(advance))
    report = made.report
    click.echo(
        words.say("trends.rebuilt", published=len(report.published), revised=len(report.revised), held=len(report.held))
    )
    if report.excess:
        exact, farthest = report.excess.count(0.0), ceil(100 * max(report.excess))
        click.echo(words.say("trends.optimum", exact=exact, all=len(report.excess), farthest=farthest))
    if report.withheld:
        click.echo(words.say("trends.withheld", periods=", ".join(report.withheld)))
    if made.years:
        click.echo(words.say("trends.fives-made", years=", ".join(str(year) for year in made.years)))


@trends.command(cls=TrendsCommand)
@in_language
def verify(language: str) -> None:
    """Hold what was published against its digests, and against the records that are still there."""
    from api.trends import publishing
    from api.trends.microaggregates import altered_microaggregates

    words = TrendsCommand.words(language)
    now = local_now()
    with opened() as database, database.looking() as session:
        report = publishing.verify(session, now, _read(session, now, words))
        report.altered += [str(year) for year in altered_microaggregates(session)]
    if report.holds:
        click.echo(words.say("trends.verified", checked=report.checked, uncountable=len(report.uncountable)))
        return
    for key, periods in (("altered", report.altered), ("differing", report.differing)):
        if periods:
            click.echo(words.say(f"trends.{key}", periods=", ".join(periods)))
    raise click.exceptions.Exit(FAILED)


@trends.command(cls=TrendsCommand)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@in_language
def report(output: Path, language: str) -> None:
    """Write every published table as CSV to a folder, and the dashboard as PDF. To be run once a month.

    For each measure and length of period there is one file a table. A file is there whole or not at all, and what an
    earlier run wrote is replaced.
    """
    from api.trends.publishing import across_of
    from api.trends.queries import Question, answer, as_csv
    from screening.trends.lattice import lattice_on

    words = TrendsCommand.words(language)
    today = local_now().date()
    lattice = lattice_on(today).content
    output.mkdir(parents=True, exist_ok=True)
    files = 0
    with opened() as database, database.looking() as session:
        for measure in lattice.measures:
            for level in measure.levels():
                for dims in measure.across(level):
                    data = answer(session, lattice, Question(measure.id, level, dims, {}), today)
                    name = f"{measure.id}.{level}.{across_of(dims).replace(',', '-')}.csv"
                    _write(output / name, as_csv(data).encode())
                    files += 1
    made = _paper(language)
    if made is None:
        click.echo(words.say("trends.no-pdf"), err=True)
    else:
        _write(output / "report.pdf", made)
        files += 1
    click.echo(words.say("trends.reported", files=files, folder=output))


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _paper(language: str) -> bytes | None:
    """The dashboard as PDF; None on a machine that cannot make one."""
    from api.context.context import current_context
    from api.trends.pages import report_page
    from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
    from api.wsgi import app_of_environment

    with app_of_environment().test_request_context():
        try:
            return as_pdf(report_page(language), stylesheet_of_documents())
        except PdfUnavailableError:
            return None
        finally:
            current_context().database.close()


def _read(session: "Session", now: datetime, words: Words) -> "Cohort":
    from api.trends.reading import read_cohort
    from screening.trends.lattice import lattice_on

    with progress(words.say("trends.reading"), 1) as advance:
        return read_cohort(session, lattice_on(now.date()).content, open_library(), Steps(advance))
