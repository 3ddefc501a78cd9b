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

    from api.trends.dashboard import Dashboard
    from screening.trends.counting import Cohort
    from screening.trends.lattice import Level

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
    if made.guidances:
        click.echo(words.say("trends.reliability-made", guidances=", ".join(made.guidances)))


@trends.command(cls=TrendsCommand)
@in_language
def verify(language: str) -> None:
    """Hold what was published against its digests, and against the records that are still there."""
    from api.trends import publishing
    from api.trends.decision_reliability import altered_decision_reliability
    from api.trends.microaggregates import altered_microaggregates

    words = TrendsCommand.words(language)
    now = local_now()
    with opened() as database, database.looking() as session:
        report = publishing.verify(session, now, _read(session, now, words))
        report.altered += [str(year) for year in altered_microaggregates(session)]
        report.altered += altered_decision_reliability(session)
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
    from api.trends.delivery import write_file
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
                    write_file(output / name, as_csv(data).encode())
                    files += 1
    made = _paper(language)
    if made is None:
        click.echo(words.say("trends.no-pdf"), err=True)
    else:
        write_file(output / "report.pdf", made)
        files += 1
    click.echo(words.say("trends.reported", files=files, folder=output))


def _paper(language: str) -> bytes | None:
    """The dashboard as PDF; None on a machine that cannot make one."""
    from api.context.context import current_context
    from api.trends.dashboard import Dashboard
    from api.trends.delivery import report_pdf
    from api.wsgi import app_of_environment

    with app_of_environment().test_request_context():
        try:
            return report_pdf(_in_language(Dashboard({}, language)))
        finally:
            current_context().database.close()


def _in_language(dashboard: "Dashboard") -> "Dashboard":
    """Have the page of a report in the language of its numbers, though nobody has asked for it."""
    from flask import g

    g.language = dashboard.language
    return dashboard


@trends.command(cls=TrendsCommand)
@click.option("--every", type=click.Choice(["month", "quarter"]), required=True, help="The length of the period.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to put the files of a period into.")
@click.option(
    "--to", "recipients", multiple=True, metavar="ADDRESS", help="Who gets a letter with the files; repeatable."
)
@in_language
def deliver(every: "Level", output: Path | None, recipients: tuple[str, ...], language: str) -> None:
    """Give the report of the latest period as PDF and XLSX, once: into a folder, by mail, or both.

    To be called by a timer as often as one likes: a file that is there stays as it is, and the log remembers which
    period was sent. A period is sent once, so name everybody who shall have it in one call: another --to gets the next.
    A letter that the mail server does not take is sent by the next call. It goes by UNDERLAG_MAIL.
    """
    from api.trends.delivery import latest_period, report_pdf, report_workbook, write_files
    from api.wsgi import app_of_environment

    if output is None and not recipients:
        raise click.UsageError("-o or --to is needed")
    words = TrendsCommand.words(language)
    with app_of_environment().test_request_context():
        from api.context.context import current_context
        from api.trends.dashboard import Dashboard

        with current_context().database.looking() as session:
            period = latest_period(session, every)
        if period is None:
            click.echo(words.say("trends.deliver.nothing"))
            return
        dashboard = _in_language(Dashboard({"level": every}, language))
        paper = report_pdf(dashboard)
        if paper is None:
            click.echo(words.say("trends.no-pdf"), err=True)
        files = {**({"pdf": paper} if paper else {}), "xlsx": report_workbook(dashboard)}
        if output is not None:
            written = write_files(output, period, files)
            click.echo(words.say("trends.deliver.written", period=period, files=len(written), folder=output))
        if recipients and not _mail(period, files, recipients, words):
            raise click.exceptions.Exit(FAILED)


def _mail(period: str, files: dict[str, bytes], recipients: tuple[str, ...], words: Words) -> bool:
    """Send the files of a period, unless that was done before; False where the mail server does not take them."""
    from api.accounts.mail import letter, the_outbox
    from api.context.context import current_context
    from api.trends.delivery import attached, give_period_back, take_period

    if not take_period(period):
        click.echo(words.say("trends.deliver.sent_before", period=period))
        return True
    subject, text = (words.say(f"trends.deliver.{part}", period=period) for part in ("subject", "text"))
    sender = current_context().settings.accounts.sender
    is_sent = False
    try:
        is_sent = the_outbox().send(letter(sender, ", ".join(recipients), subject, text, attached(files, period)))
    finally:
        if not is_sent:
            give_period_back(period)
    click.echo(words.say("trends.deliver.sent" if is_sent else "trends.deliver.not_sent", period=period))
    return is_sent


def _read(session: "Session", now: datetime, words: Words) -> "Cohort":
    from api.trends.reading import read_cohort
    from screening.trends.lattice import lattice_on

    with progress(words.say("trends.reading"), 1) as advance:
        return read_cohort(session, lattice_on(now.date()).content, open_library(), Steps(advance))
