"""Commands on published numbers: publishing, checking, and a monthly report."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.keeping import RecordsCommand, opened
from api.cli.options import Steps, open_library, progress
from api.cli.reporting import FAILED, Words, in_language

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from screening.trends.counting import Cohort

_API = Path(__file__).parents[1]


class TrendsCommand(RecordsCommand):
    """A command on published numbers."""

    @staticmethod
    def words(language: str) -> Words:
        return Words(language, _API / "locale", _API / "records" / "locale", _API / "trends" / "locale")


@click.group()
def trends() -> None:
    """Publish numbers about many cases, check them, report them."""


@trends.command(cls=TrendsCommand)
@in_language
def rebuild(language: str) -> None:
    """Publish every period that is over; what was published is only ever corrected by a dated revision."""
    from api.trends import keeping
    from api.trends.fives import keep_fives

    words = TrendsCommand.words(language)
    now = datetime.now(UTC)
    with opened() as database, database.unit_of_work() as session:
        cohort = _read(session, now, words)
        with progress(words.say("trends.publishing"), 1) as advance:
            told = Steps(advance)
            report = keeping.rebuild(session, now, cohort, progress=told)
        years = keep_fives(session, now, open_library())
    click.echo(
        words.say("trends.rebuilt", published=len(report.published), revised=len(report.revised), held=len(report.held))
    )
    if years:
        click.echo(words.say("trends.fives-made", years=", ".join(str(year) for year in years)))


@trends.command(cls=TrendsCommand)
@in_language
def verify(language: str) -> None:
    """Hold what was published against its digests, and against the records that are still there."""
    from api.trends import keeping
    from api.trends.fives import altered_fives

    words = TrendsCommand.words(language)
    now = datetime.now(UTC)
    with opened() as database, database.looking() as session:
        report = keeping.verify(session, now, _read(session, now, words))
        report.altered += [str(year) for year in altered_fives(session)]
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
    """Write every published table as CSV to a folder: for each measure and length of period one file a table."""
    from api.trends.asking import Question, answer, as_csv
    from api.trends.keeping import across_of
    from screening.trends.lattice import lattice_on

    words = TrendsCommand.words(language)
    today = datetime.now(UTC).date()
    lattice = lattice_on(today).content
    output.mkdir(parents=True, exist_ok=True)
    files = 0
    with opened() as database, database.looking() as session:
        for measure in lattice.measures:
            for level in measure.levels():
                for dims in measure.across(level):
                    data = answer(session, lattice, Question(measure.id, level, dims, {}), today)
                    name = f"{measure.id}.{level}.{across_of(dims).replace(',', '-')}.csv"
                    (output / name).write_text(as_csv(data), encoding="utf-8", newline="")
                    files += 1
    click.echo(words.say("trends.reported", files=files, folder=output))


def _read(session: "Session", now: datetime, words: Words) -> "Cohort":
    from api.trends.reading import read_cohort
    from screening.trends.lattice import lattice_on

    with progress(words.say("trends.reading"), 1) as advance:
        return read_cohort(session, lattice_on(now.date()).content, open_library(), Steps(advance))
