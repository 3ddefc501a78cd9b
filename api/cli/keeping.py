"""What commands on records share: the database, the named person, their sentences, and how refusals are told."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.reporting import INPUT_AT_FAULT, ReportingCommand, Words, report

if TYPE_CHECKING:
    from api.records.actors import Actor
    from api.store.database import Database

_API = Path(__file__).parents[1]


class RecordsCommand(ReportingCommand):
    """A command on records, accounts or their database."""

    @staticmethod
    def words(language: str) -> Words:
        return Words(language, _API / "locale", _API / "records" / "locale", _API / "accounts" / "locale")

    @classmethod
    def tell(cls, error: Exception, words: Words) -> int:
        """Tell what the records or the accounts refuse; what was asked for is then at fault."""
        from api.accounts.administration import AdministrationError
        from api.records.refusals import RecordError

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
    from api.records.settings import database_url
    from api.store.database import Database
    from api.store.upgrade import refuse_other_schema

    database = Database(database_url(os.environ))
    try:
        if is_checked:
            refuse_other_schema(database)
        yield database
    finally:
        database.close()


def named_person(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that the audit asks for: who, and on what ground."""
    for option in (
        click.option("--as", "account", required=True, help="Your account, for the audit."),
        click.option("--ground", required=True, help="Why you do this, for the audit."),
    ):
        command = option(command)
    return command


def actor_of(account: str, ground: str) -> "Actor":
    """Who runs a command, as the audit names them."""
    from api.records.actors import Actor

    return Actor(account, ground=ground, request_id="command line")
