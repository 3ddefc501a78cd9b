"""`underlag keys`: what rests on each key, and when an earlier one can go."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from api.cli.records_command import RecordsCommand, named_actor, named_person, opened
from api.cli.reporting import FAILED, Words, in_language

if TYPE_CHECKING:
    from api.context.settings import RecordSettings
    from api.operation.keys import KeyState


@click.group()
def keys() -> None:
    """Tell when a key that was replaced can go, and encrypt anew what rests on it."""


@keys.command(cls=RecordsCommand)
@in_language
def status(language: str) -> None:
    """List every key that is set: since when it is in use, what rests on it, and when it can go."""
    from api.cli.printing import console, new_table
    from api.operation.keys import key_states

    words, now = RecordsCommand.words(language), datetime.now(UTC)
    with opened() as database, database.looking() as session:
        states = list(key_states(session, _settings()))
    columns = [words.say(f"keys.{name}") for name in ("kind", "check", "state", "resting")]
    table = new_table(words.say("keys.title"), columns)
    for each in states:
        table.add_row(_name(each, words), each.check, _state(each, words, now), _resting(each, words))
    console().print(table)


@keys.command(cls=RecordsCommand)
@named_person
@in_language
def reencrypt(account: str, ground: str, language: str) -> None:
    """Encrypt every second step by the key in use, so that an earlier one is not needed for them."""
    from api.accounts.sealing import UnreadableSecretError
    from api.operation.keys import reseal_second_steps
    from api.store.audit_chain import record_event

    words, now = RecordsCommand.words(language), datetime.now(UTC)
    try:
        with opened() as database, database.unit_of_work() as session:
            actor = named_actor(database, account, ground, None)
            changed = reseal_second_steps(session, _settings())
            for each in changed:
                record_event(session, actor.event(now, "reencrypt", "second_step", record=each))
    except UnreadableSecretError:
        click.echo(words.say("keys.unreadable"), err=True)
        raise click.exceptions.Exit(FAILED) from None
    click.echo(words.say("keys.reencrypted", count=len(changed)))


def _settings() -> "RecordSettings":
    from api.context.settings import RecordSettings
    from api.wsgi import the_environment

    return RecordSettings.from_environment(the_environment())


def _name(state: "KeyState", words: Words) -> str:
    kind, _, version = state.kind.partition(":")
    return words.say(f"keys.{kind}", version=version) if version else words.say(f"keys.{kind}")


def _state(state: "KeyState", words: Words, now: datetime) -> str:
    if state.is_current:
        if state.since is None:
            return words.say("keys.new")
        return words.say("keys.in-use", since=_moment(state.since))
    if state.can_go(now):
        return words.say("keys.can-go")
    if state.free_at is not None:
        return words.say("keys.can-go-from", moment=_moment(state.free_at))
    return words.say("keys.stays-until-purge" if state.kind.startswith("identity") else "keys.stays")


def _resting(state: "KeyState", words: Words) -> str:
    if not state.resting:
        return words.say("keys.nothing")
    what = "identities" if state.kind.startswith("identity") else "second-steps"
    return words.say(f"keys.{what}", count=state.resting)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
