"""What commands on records share: the database, the named person, their sentences, and how refusals are told."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.options import open_library, open_policies
from api.cli.reporting import INPUT_AT_FAULT, ReportingCommand, Words, report
from api.settings.clock import local_now

if TYPE_CHECKING:
    from api.context.unit import Unit
    from api.store.actors import Actor
    from api.store.database import Database

_API = Path(__file__).parents[1]


class RecordsCommand(ReportingCommand):
    """A command on records, accounts or their database."""

    @staticmethod
    def words(language: str) -> Words:
        return Words(language, _API / "locale", _API / "cases" / "locale", _API / "accounts" / "locale")

    @classmethod
    def report_error(cls, error: Exception, words: Words) -> int:
        """Tell what the records or the accounts refuse; what was asked for is then at fault."""
        from api.accounts.names_and_addresses import AdministrationError
        from api.store.refusals import RecordError

        if isinstance(error, RecordError):
            parts = (words.say(f"problem.{error.code}.{part}") for part in ("title", "detail"))
            problem = ". ".join(parts)
        elif isinstance(error, AdministrationError):
            problem = words.say(f"account.admin.{error.code}", **error.parameters)
        else:
            return report(error, words)
        click.echo(words.say("cli.failed", problem=problem), err=True)
        return INPUT_AT_FAULT


@contextmanager
def opened(*, is_checked: bool = True) -> Iterator["Database"]:
    """The database of ``UNDERLAG_DATABASE_URL``.

    Parameters
    ----------
    is_checked : bool
        Whether tables of another version are refused.

    Raises
    ------
    DatabaseAddressError, OtherSchemaError, StoreUnavailableError
    """
    from api.context.settings import database_url
    from api.store.database import Database
    from api.store.upgrade import refuse_other_schema

    database = Database(database_url(os.environ))
    try:
        if is_checked:
            refuse_other_schema(database)
        yield database
    finally:
        database.close()


#: Who runs a command; `named_actor` finds the account.
as_account = click.option(
    "--as", "account", required=True, help="Your account, by its e-mail address; the log names it."
)


def named_person(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that the audit asks for: who, and on what ground."""
    for option in (
        as_account,
        click.option("--ground", required=True, help="Why. It stays in the log: no names."),
    ):
        command = option(command)
    return command


def named_actor(
    database: "Database", email: str, ground: str, action: str | None, units: Sequence[str] = ()
) -> "Actor":
    """Who runs a command, as the log names them: an account that is open and may do it.

    Parameters
    ----------
    action : str or None
        The action of the table of permissions that a role of the account has to allow. None for what only somebody
        with access to the machine can do.
    units : Sequence of str
        Units whose cases are reached; the account belongs to each of them.

    Raises
    ------
    AdministrationError
        ``no-account``, ``closed-account``, ``not-allowed`` or ``other-unit``.
    InputError
        For a ground that looks as if it held a personal number.
    """
    from api.access.permission_table import the_permissions
    from api.accounts.administration import account_called
    from api.accounts.names_and_addresses import AdministrationError
    from api.store.actors import Actor
    from api.store.identity import holds_personal_number
    from instruments.faults import Fault, InputError

    if holds_personal_number(ground):
        raise InputError([Fault("personal-number-in-ground", "--ground")])
    with database.looking() as session:
        account = account_called(session, email)
        roles = [role.name for role in account.held_roles]
        belonging = {unit.unit_id for unit in account.held_units}
    if not account.active:
        raise AdministrationError("closed-account", name=email)
    if action is not None and action not in the_permissions().actions_of(roles):
        raise AdministrationError("not-allowed", name=email, action=action)
    for unit in units:
        if unit not in belonging:
            raise AdministrationError("other-unit", name=email, unit=unit)
    return Actor(account.id, frozenset(units), ground, "command line")


@contextmanager
def opened_unit(email: str, ground: str, action: str, units: Sequence[str] = ()) -> "Iterator[Unit]":
    """Open a unit of work of whoever runs a command, on the database that the environment names; see `named_actor`."""
    from api.context.unit import open_unit

    with opened() as database:
        actor = named_actor(database, email, ground, action, units)
        with open_unit(database, local_now, actor, open_library(), open_policies()) as unit:
            yield unit
