"""`underlag audit`: verifying the log by itself, and against what was signed outside the database."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.checkpoints import COMMANDS, AuditCommand, in_folder, read_public_key
from api.cli.records_command import opened
from api.cli.reporting import FAILED, Words, in_language

if TYPE_CHECKING:
    from api.store.audit_chain import AuditReport
    from api.transparency.notes import VerifierKey
    from api.transparency.verifying import CheckpointReport
    from instruments.messages import Message


@click.group()
def audit() -> None:
    """Look into the audit."""


_key = click.option("--key", help="Public key of the log; without it that of UNDERLAG_CHECKPOINT_KEY.")


@audit.command(cls=AuditCommand)
@in_folder
@_key
@click.option("--witness", "witnesses", multiple=True, help="Public key of a witness that must have cosigned.")
@in_language
def verify(folder: Path | None, key: str | None, witnesses: tuple[str, ...], language: str) -> None:
    """Walk the audit from its first link and name what does not hold.

    With --checkpoints also hold it against what was signed outside the database.
    """
    from api.store.audit_chain import verify_audit
    from api.transparency.folder import Folder
    from api.transparency.verifying import verify_checkpoints
    from instruments.faults import Fault, InputError

    words = AuditCommand.words(language)
    held = None
    if folder is not None and not folder.is_dir():
        raise InputError([Fault("missing-folder", str(folder))])
    log = _key_of_log(key) if folder is not None else None
    cosigners = [read_public_key(each, "--witness") for each in witnesses]
    with opened() as database, database.looking() as session:
        report = verify_audit(session)
        if folder is not None and log is not None:
            held = verify_checkpoints(session, Folder(folder), log, cosigners)
    _tell_chain(report, words)
    if held is not None:
        _tell_checkpoints(held, words)
    if not report.is_whole or (held is not None and held.findings):
        raise click.exceptions.Exit(FAILED)


def _tell_chain(report: "AuditReport", words: Words) -> None:
    if report.is_whole:
        click.echo(words.say("records.audit-whole", links=report.links))
        return
    fault, record = words.say(f"records.audit.{report.fault}"), report.record or "–"
    if report.broken_at is None:
        click.echo(words.say("records.audit-broken-elsewhere", fault=fault, record=record))
    else:
        click.echo(words.say("records.audit-broken", number=report.broken_at, fault=fault, record=record))


def _tell_checkpoints(held: "CheckpointReport", words: Words) -> None:
    for finding in held.findings:
        click.echo(_say(finding, words))
    if held.latest is not None and not held.findings:
        parts = {"number": held.latest.file.number, "at": _moment(held.latest.at), "size": held.latest.checkpoint.size}
        click.echo(words.say("checkpoint.holds", **parts))
    for each in held.witnessed:
        parts = {"number": each.checkpoint.file.number, "size": each.checkpoint.checkpoint.size}
        click.echo(words.say("checkpoint.witnessed", witness=each.witness, at=_moment(each.at), **parts))
    if held.since >= 0:
        click.echo(words.say("checkpoint.since", since=held.since))


def _say(message: "Message", words: Words) -> str:
    given = message.parameters.items()
    return words.say(
        message.key, **{name: _moment(each) if isinstance(each, datetime) else each for name, each in given}
    )


def _moment(at: datetime) -> str:
    from api.settings.clock import ZONE

    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _key_of_log(written: str | None) -> "VerifierKey":
    from api.transparency.settings import KEY, read_key
    from instruments.faults import Fault, InputError

    if written is not None:
        return read_public_key(written, "--key")
    own = read_key(os.environ, KEY)
    if own is None:
        raise InputError([Fault("no-key-of-log", "--key")])
    return own.verifier()


for command in COMMANDS:
    audit.add_command(command)
