"""`underlag backup` and `underlag restore`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, require_file
from api.cli.records_command import RecordsCommand, opened
from api.cli.reporting import FAILED, in_language

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_RECIPIENTS = "UNDERLAG_BACKUP_RECIPIENTS"


@click.command(cls=RecordsCommand)
@click.argument("file", type=FILE)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    help=f"Public key (age1…) to encrypt to; may be given more than once. Otherwise those in {_RECIPIENTS}.",
)
@in_language
def backup(file: Path, recipients: tuple[str, ...], language: str) -> None:
    """Write everything in the database to FILE, while the service goes on.

    The database is checked first and the file afterwards. It is signed by a key that is made out of
    UNDERLAG_SIGNING_KEY.
    """
    from api.store.backup import back_up
    from api.store.backup_seal import read_recipients

    words, key = RecordsCommand.words(language), _key()
    named = read_recipients(recipients or os.environ.get(_RECIPIENTS, "").split())
    with opened(is_checked=False) as database:
        report = back_up(database, file, key, named)
    click.echo(words.say("records.backed-up", file=file.name))
    click.echo(words.say("records.backup-public-key", public=key.public_key().public_bytes_raw().hex()))
    if not named:
        click.echo(words.say("records.backup-plain"), err=True)
    for doubt in report.doubts:
        click.echo(words.say(f"records.backup.{doubt}"), err=True)
    if report.doubts:
        raise click.exceptions.Exit(FAILED)


@click.command(cls=RecordsCommand)
@click.argument("file", type=FILE)
@click.option("--identity", type=FILE, help="File with the private key that opens the backup, as age-keygen writes it.")
@click.option("--public-key", help="Public key that the backup printed, where it was signed by another key than ours.")
@click.option("--unsigned", is_flag=True, help="Restore a backup that an earlier Underlag made without signing it.")
@in_language
def restore(file: Path, identity: Path | None, public_key: str | None, unsigned: bool, language: str) -> None:
    """Bring the backup FILE back into an empty database, and verify the audit."""
    from api.store import backup as backups
    from api.store.audit_chain import verify_audit
    from api.store.backup_seal import read_identities

    words = RecordsCommand.words(language)
    trusted = None if unsigned else _trusted(public_key)
    identities = read_identities(require_file(identity)) if identity is not None else []
    with opened(is_checked=False) as database:
        backups.restore(require_file(file), database, trusted, identities)
        with database.looking() as session:
            report = verify_audit(session)
    if not report.is_whole:
        click.echo(words.say("records.restored-broken"), err=True)
        raise click.exceptions.Exit(FAILED)
    click.echo(words.say("records.restored", links=report.links))


def _key() -> "Ed25519PrivateKey":
    from api.context.settings import read_signing_key
    from api.store.backup_seal import key_of_backups
    from api.wsgi import the_environment

    return key_of_backups(read_signing_key(the_environment()))


def _trusted(public_key: str | None) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from instruments.faults import Fault, InputError

    if public_key is None:
        return _key().public_key()
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise InputError([Fault("bad-public-key", "--public-key")]) from None
