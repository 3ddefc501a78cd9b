"""`underlag users`: setting up accounts and units. Everything is recorded in the audit log."""

from typing import TYPE_CHECKING

import click

from api.cli.records_command import RecordsCommand
from api.cli.reporting import in_language

if TYPE_CHECKING:
    from flask import Flask

#: Whom the audit names: the command is run by somebody with access to the machine itself.
ACTOR = "command line"


@click.group()
def users() -> None:
    """Set up, list and close accounts."""


def _make_app() -> "Flask":
    """The application with accounts, once a command needs it."""
    from api.wsgi import app_of_environment

    return app_of_environment()


@users.command(cls=RecordsCommand)
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--role", "roles", multiple=True, help="A role; can be given several times.")
@click.option("--unit", "units", multiple=True, help="A secrecy unit; can be given several times.")
@click.option("--issuer", help="The identity provider that logs the person in.")
@click.option("--subject", help="Who the person is at that provider.")
@click.option("--no-password", is_flag=True, help="Let only the provider log the person in.")
@in_language
def add(
    email: str,
    name: str,
    roles: tuple[str, ...],
    units: tuple[str, ...],
    issuer: str | None,
    subject: str | None,
    no_password: bool,
    language: str,
) -> None:
    """Set up an account and print the random password that it is given."""
    from api.accounts.administration import NewAccount, add_account

    if (issuer is None) is not (subject is None):
        raise click.UsageError("--issuer and --subject are given together.")
    if no_password and issuer is None:
        raise click.UsageError("--no-password needs --issuer and --subject.")
    identity = (issuer.rstrip("/"), subject) if issuer and subject else None
    with _make_app().app_context():
        _, password = add_account(NewAccount(email, name, roles, units, identity, not no_password), ACTOR)
    if password is None:
        click.echo(_sentence("added_without_password", language, email=email))
        return
    click.echo(_sentence("added", language, email=email))
    click.echo(password)


@users.command(cls=RecordsCommand, name="list")
@in_language
def list_all(language: str) -> None:
    """List accounts: address, name, roles, units, and whether they are open; with tabs between."""
    from api.accounts.administration import all_accounts
    from api.context.context import current_context

    with _make_app().app_context(), current_context().database.looking() as session:
        for account in all_accounts(session):
            held = ",".join(role.name for role in account.held_roles) or "-"
            units = ",".join(unit.unit_id for unit in account.held_units) or "-"
            state = _sentence("open" if account.active else "closed", language)
            click.echo("\t".join((account.email, account.name, held, units, state)))


@users.command(cls=RecordsCommand)
@click.argument("email")
@in_language
def disable(email: str, language: str) -> None:
    """Close an account: its sessions end and its keys are revoked."""
    from api.accounts.administration import close_account

    with _make_app().app_context():
        close_account(email, ACTOR)
    click.echo(_sentence("disabled", language, email=email))


@users.command(cls=RecordsCommand)
@click.argument("email")
@in_language
def enable(email: str, language: str) -> None:
    """Open a closed account again, with the roles, units and password that it had."""
    from api.accounts.administration import reopen_account

    with _make_app().app_context():
        reopen_account(email, ACTOR)
    click.echo(_sentence("enabled", language, email=email))


@users.command(cls=RecordsCommand)
@click.argument("email")
@click.argument("roles", nargs=-1)
@click.option("--unit", "units", multiple=True, help="The secrecy units; without it they stay as they are.")
@in_language
def roles(email: str, roles: tuple[str, ...], units: tuple[str, ...], language: str) -> None:
    """Give an account exactly these roles, in place of those it had."""
    from api.accounts.administration import set_roles

    with _make_app().app_context():
        set_roles(email, roles, units or None, ACTOR)
    click.echo(_sentence("roles_set", language, email=email, roles=", ".join(roles) or "-"))


@users.command(cls=RecordsCommand, name="reset-password")
@click.argument("email")
@click.option("--second-step", is_flag=True, help="Also turn the second step off, for a phone that was lost.")
@in_language
def reset_password(email: str, second_step: bool, language: str) -> None:
    """Give an account a random password and print it; every session of the account ends."""
    from api.accounts.administration import new_password_for

    with _make_app().app_context():
        password = new_password_for(email, ACTOR, without_second_step=second_step)
    click.echo(_sentence("password_set", language, email=email))
    click.echo(password)


@users.command(cls=RecordsCommand, name="add-unit")
@click.argument("unit")
@click.argument("name")
@in_language
def add_unit(unit: str, name: str, language: str) -> None:
    """Set up a secrecy unit, by a short id and its name."""
    from api.accounts.unit_administration import add_unit as set_up

    with _make_app().app_context():
        set_up(unit, name, ACTOR)
    click.echo(_sentence("unit_added", language, name=name))


def _sentence(key: str, language: str, **parameters: object) -> str:
    return RecordsCommand.words(language).say(f"account.cli.{key}", **parameters)
