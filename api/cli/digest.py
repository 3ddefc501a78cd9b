"""`underlag digest`: what a timer calls, so that whoever has chosen it is told by mail that something waits."""

import click

from api.cli.records_command import RecordsCommand
from api.cli.reporting import FAILED, in_language


@click.command(cls=RecordsCommand)
@in_language
def digest(language: str) -> None:
    """Tell by mail how many cases wait for each who has chosen it; never twice in a day, however often it is called.

    A letter says a number and nothing about anyone. It goes by UNDERLAG_MAIL.
    """
    from api.context.context import current_context
    from api.digest.sending import send_digests
    from api.wsgi import app_of_environment

    with app_of_environment().app_context():
        report = send_digests(current_context().policies)
    words = RecordsCommand.words(language)
    click.echo(words.say("account.cli.digests", sent=report.sent, quiet=report.quiet, failed=report.failed))
    if report.failed:
        raise click.exceptions.Exit(FAILED)
