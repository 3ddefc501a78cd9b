"""`underlag demo`: invented accounts and cases, to try the service with."""

import os

import click

from api.cli.options import Steps, progress
from api.cli.records_command import RecordsCommand
from api.cli.reporting import in_language


@click.command(cls=RecordsCommand)
@in_language
def demo(language: str) -> None:
    """Make the demo: an account for each role, with new passwords that are shown once, and invented cases.

    Needs UNDERLAG_DEMO=yes, here and for `underlag serve`. What is there already is not made twice.
    """
    from api.accounts.demo import make_demo_accounts
    from api.cli.printing import console, new_table
    from api.context.context import current_context
    from api.context.settings import database_url, in_demo
    from api.demo.history import make_demo_history
    from api.demo.making import NotOfTheDemoError, make_demo_cases, make_earlier_cases, refuse_other_accounts
    from api.store.database import Database
    from api.store.upgrade import upgrade
    from api.wsgi import app_of_environment

    words = RecordsCommand.words(language)
    if not in_demo(os.environ):
        raise NotOfTheDemoError("not-in-demo")
    database = Database(database_url(os.environ))
    try:
        upgrade(database)
        with database.looking() as session:
            refuse_other_accounts(session)
    finally:
        database.close()
    with app_of_environment().app_context():
        accounts = make_demo_accounts()
        context = current_context()
        made = make_demo_cases(context, accounts)
        earlier = make_earlier_cases(context, accounts)
        unit_of_work = context.database.unit_of_work
        with unit_of_work() as session, progress(words.say("records.demo-years"), 1) as advance:
            steps = Steps(advance)
            periods = make_demo_history(session, context.now(), context.library, progress=steps)
        context.database.close()
    click.echo(words.say("records.demo-cases", count=len(made)))
    for case in made:
        click.echo(f"  {case.reference}  {case.title.in_language(language)}")
    if earlier:
        click.echo(words.say("records.demo-earlier", count=earlier))
    if periods:
        click.echo(words.say("records.demo-history", periods=periods))
    table = new_table(words.say("records.demo-accounts"), [words.say(f"records.demo.{name}") for name in _COLUMNS])
    for each in accounts:
        table.add_row(each.email, each.password, ", ".join(_titles(each.roles, language)), each.unit)
    console().print(table)


_COLUMNS = ("email", "password", "role", "unit")


def _titles(roles: tuple[str, ...], language: str) -> list[str]:
    from api.access.permission_table import the_permissions

    return [role.title.in_language(language) for role in the_permissions().roles if role.id in roles]
