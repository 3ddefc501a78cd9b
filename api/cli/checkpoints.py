"""Commands on checkpoints: their keys, writing and proving them, and cosigning those of others.

`COMMANDS` is what ``api.cli.audit`` adds to ``underlag audit``.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, require_file
from api.cli.records_command import RecordsCommand, named_person, opened, opened_unit
from api.cli.reporting import FAILED, INPUT_AT_FAULT, Words, in_language

if TYPE_CHECKING:
    from api.transparency.folder import Published
    from api.transparency.notes import VerifierKey
    from api.transparency.settings import CheckpointSettings

_API = Path(__file__).parents[1]
_LOCALES = tuple(_API.joinpath(*parts, "locale") for parts in ((), ("cases",), ("accounts",), ("transparency",)))
_LARGEST, _PATIENCE = 100_000, 30
in_folder = click.option("--checkpoints", "folder", type=FILE, help="Folder of checkpoints; or UNDERLAG_CHECKPOINTS.")


class AuditCommand(RecordsCommand):
    """A command on the log."""

    @staticmethod
    def words(language: str) -> Words:
        return Words(language, *_LOCALES)


@click.command("make-key", cls=AuditCommand)
@click.argument("name")
@click.option("--witness", is_flag=True, help="A key to cosign the checkpoints of others with.")
@in_language
def make_key(name: str, witness: bool, language: str) -> None:
    """Make a key that signs checkpoints, and print it; the public key is told on standard error.

    NAME says whose it is, such as kommun.example/underlag.
    """
    from api.transparency.notes import COSIGNATURE, SIGNATURE, NoteError, SigningKey
    from instruments.faults import Fault, InputError

    words = AuditCommand.words(language)
    try:
        key = SigningKey.make(name)
    except NoteError:
        raise InputError([Fault("bad-key-name", "NAME")]) from None
    public = key.verifier(COSIGNATURE if witness else SIGNATURE)
    click.echo(words.say("checkpoint.public-key", public=str(public)), err=True)
    click.echo(key.write())


@click.command("public-key", cls=AuditCommand)
@click.option("--witness", is_flag=True, help="That of UNDERLAG_WITNESS_KEY.")
@in_language
def public_key(witness: bool, language: str) -> None:
    """Print the public key, by which others verify."""
    from api.settings.service import SettingsError
    from api.transparency.notes import COSIGNATURE, SIGNATURE
    from api.transparency.settings import KEY, WITNESS_KEY, read_key

    name = WITNESS_KEY if witness else KEY
    key = read_key(os.environ, name)
    if key is None:
        raise SettingsError("no-checkpoint-key", name)
    click.echo(key.verifier(COSIGNATURE if witness else SIGNATURE))


@click.command(cls=AuditCommand)
@in_language
def checkpoint(language: str) -> None:
    """Write a checkpoint now, as the service does at every interval."""
    from api.transparency.writing import write_checkpoint

    words, settings = AuditCommand.words(language), _settings()
    with opened() as database:
        written = write_checkpoint(database, settings, datetime.now(UTC))
    if written is not None:
        click.echo(words.say("checkpoint.written", number=written.number, size=written.size, file=written.path.name))


@click.command(cls=AuditCommand)
@click.argument("old", type=click.IntRange(0))
@in_folder
@in_language
def consistency(old: int, folder: Path | None, language: str) -> None:
    """Print the latest checkpoint with the proof that it extends one of OLD links, for a witness."""
    from api.transparency.proving import extension_of
    from instruments.faults import Fault, InputError

    published = _latest(folder)
    if old > published.checkpoint.size:
        raise InputError([Fault("checkpoint-is-smaller", "OLD", {"size": published.checkpoint.size})])
    with opened() as database, database.looking() as session:
        click.echo(extension_of(session, old, published), nl=False)


@click.command(cls=AuditCommand)
@click.argument("source")
@click.option("--log", required=True, help="Public key of the log whose checkpoint it must be.")
@click.option("--state", type=FILE, required=True, help="Your own file: the last checkpoint that you cosigned.")
@click.option("-o", "--output", type=FILE, required=True, help="File to write the cosigned checkpoint to.")
@in_language
def witness(source: str, log: str, state: Path, output: Path, language: str) -> None:
    """Cosign another's checkpoint, once it is proven to extend the last one that you saw.

    SOURCE is the address of their service, or a file that they made by `underlag audit consistency`. Needs
    ``UNDERLAG_WITNESS_KEY``, and no database.
    """
    from api.settings.service import SettingsError
    from api.transparency.checkpoints import read_checkpoint
    from api.transparency.notes import NoteError
    from api.transparency.settings import WITNESS_KEY, read_key
    from api.transparency.witnessing import WitnessError, WitnessRequest, cosign, last_size

    words = AuditCommand.words(language)
    own, theirs = read_key(os.environ, WITNESS_KEY), read_public_key(log, "--log")
    if own is None:
        raise SettingsError("no-checkpoint-key", WITNESS_KEY)
    if "://" in source:
        text = _fetch(f"{source.rstrip('/')}/api/v1/audit/consistency?old={last_size(state, theirs)}")
    else:
        text = require_file(Path(source)).read_text(encoding="utf-8")
    try:
        request = WitnessRequest.parse(text)
    except NoteError:
        raise WitnessError("witness-unreadable") from None
    note = cosign(request, theirs, own, state, datetime.now(UTC))
    output.write_text(str(note), encoding="utf-8")
    click.echo(words.say("checkpoint.cosigned", size=read_checkpoint(note).size, file=output.name))


def _fetch(address: str) -> str:
    """What another service answers; over TLS, or on this machine."""
    from urllib.parse import urlsplit
    from urllib.request import urlopen

    from api.transparency.witnessing import WitnessError

    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not is_here:
        raise WitnessError("witness-address")
    try:
        with urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 -- the scheme was looked at
            raw: bytes = answer.read(_LARGEST)
    except OSError:
        raise WitnessError("witness-no-answer") from None
    return raw.decode(errors="replace")


@click.command(cls=AuditCommand)
@click.argument("case")
@click.option("-o", "--output", type=FILE, required=True, help="File to write.")
@in_folder
@named_person
@in_language
def prove(case: str, output: Path, folder: Path | None, account: str, ground: str, language: str) -> None:
    """Write who has read CASE, each with the proof that it stands in the log of the latest checkpoint."""
    from api.audit.reads import reads_with_proofs
    from api.cases.journal import open_case

    words, published = AuditCommand.words(language), _latest(folder)
    with opened_unit(account, ground, "extract:make") as unit:
        open_case(unit, case, action="export")
        proof = reads_with_proofs(unit.session, case, published)
    with output.open("x", encoding="utf-8") as file:
        json.dump(proof, file, ensure_ascii=False, indent=1)
    click.echo(words.say("checkpoint.proven", reads=len(proof["reads"]), since=proof["since_checkpoint"]))


@click.command("verify-reads", cls=AuditCommand)
@click.argument("file", type=FILE)
@click.option("--key", required=True, help="Public key of the log.")
@in_language
def verify_reads_of(file: Path, key: str, language: str) -> None:
    """Hold the proven reads in FILE, or in an extract, against the public key; no database is needed."""
    from api.audit.reads import ReadsReport, verify_reads

    words, log = AuditCommand.words(language), read_public_key(key, "--key")
    try:
        read = json.loads(require_file(file).read_text(encoding="utf-8"))
        report = verify_reads(read if isinstance(read, dict) else {}, log)
    except (ValueError, RecursionError):
        report = ReadsReport(0, ("unreadable",))
    if not report.faults:
        click.echo(words.say("checkpoint.reads-hold", reads=report.reads))
        return
    click.echo("\n".join(words.say(f"checkpoint.reads.{fault}") for fault in report.faults), err=True)
    raise click.exceptions.Exit(INPUT_AT_FAULT if "unreadable" in report.faults else FAILED)


def _settings() -> "CheckpointSettings":
    from api.settings.service import SettingsError
    from api.transparency.settings import KEY, CheckpointSettings

    settings = CheckpointSettings.from_environment(os.environ)
    if settings is None:
        raise SettingsError("no-checkpoint-key", KEY)
    return settings


def _latest(folder: Path | None) -> "Published":
    """The latest checkpoint of a folder, or of that of the settings."""
    from api.transparency.folder import Folder
    from api.transparency.notes import NoteError
    from api.transparency.settings import FOLDER
    from instruments.faults import Fault, InputError

    chosen = folder or Path(os.environ.get(FOLDER, "").strip() or ".")
    try:
        published = Folder(chosen).latest()
    except NoteError:
        raise InputError([Fault("checkpoint-unreadable", str(chosen))]) from None
    if published is None:
        raise InputError([Fault("no-checkpoints", str(chosen))])
    return published


def read_public_key(written: str, place: str) -> "VerifierKey":
    """A public key that was given to a command.

    Raises
    ------
    InputError
    """
    from api.transparency.notes import NoteError, VerifierKey
    from instruments.faults import Fault, InputError

    try:
        return VerifierKey.parse(written)
    except NoteError:
        raise InputError([Fault("bad-checkpoint-key", place)]) from None


COMMANDS = (make_key, public_key, checkpoint, consistency, witness, prove, verify_reads_of)
