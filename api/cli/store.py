"""Commands on the store: its tables, the audit, replays, receipts, purging, backup and restore.

`COMMANDS` is what ``api.cli`` adds to ``underlag``.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.options import FILE, open_library, require_file
from api.cli.reporting import FAILED, ReportingCommand, in_language

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.records.actors import Actor
    from api.store.database import Database


def say(key: str, language: str, **parameters: object) -> str:
    """A sentence of the records."""
    from instruments.messages import Catalogue, Message

    folder = Path(__file__).parents[1]
    texts = Catalogue.from_folders(folder / "records" / "locale", folder / "locale")
    return texts.render(Message(key, parameters), language)


@contextmanager
def opened(*, language: str, is_checked: bool = True) -> Iterator["Database"]:
    """The database of ``UNDERLAG_DATABASE_URL``; what it or the records refuse is told in words.

    Parameters
    ----------
    is_checked : bool
        Whether tables of another version are refused.
    """
    from api.records.refusals import RecordError
    from api.records.settings import database_url
    from api.store.backup import BackupError
    from api.store.database import Database, StoreUnavailableError
    from api.store.upgrade import OtherSchemaError, refuse_other_schema

    try:
        database = Database(database_url(os.environ))
    except ValueError:
        raise click.ClickException(say("records.bad-database-url", language)) from None
    try:
        if is_checked:
            refuse_other_schema(database)
        yield database
    except (BackupError, OtherSchemaError) as error:
        raise click.ClickException(str(error)) from error
    except (RecordError, StoreUnavailableError) as error:
        parts = (say(f"problem.{error.code}.{part}", language) for part in ("title", "detail"))
        raise click.ClickException(". ".join(parts)) from error
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


def _actor(account: str, ground: str) -> "Actor":
    from api.records.actors import Actor

    return Actor(account, ground=ground, request_id="command line")


@click.group()
def db() -> None:
    """Make, check and upgrade the tables."""


@db.command("upgrade", cls=ReportingCommand)
@in_language
def upgrade_tables(language: str) -> None:
    """Bring the tables up to date; every row is kept."""
    from api.store.upgrade import upgrade

    with opened(language=language, is_checked=False) as database:
        click.echo(say("records.upgraded", language, version=upgrade(database)))


@db.command("check", cls=ReportingCommand)
@in_language
def check_tables(language: str) -> None:
    """Tell whether this Underlag can serve on the tables."""
    from api.store.upgrade import version_of

    with opened(language=language) as database:
        click.echo(say("records.up-to-date", language, version=version_of(database)))


@db.command("rebuild-summaries", cls=ReportingCommand)
@in_language
def rebuild(language: str) -> None:
    """Work out again where every case stands, from its entries."""
    from api.records.summary import rebuild_summaries

    with opened(language=language) as database, database.unit_of_work() as session:
        click.echo(say("records.rebuilt", language, cases=rebuild_summaries(session)))


@click.group()
def audit() -> None:
    """Look into the audit."""


@audit.command(cls=ReportingCommand)
@in_language
def verify(language: str) -> None:
    """Walk the audit from its first link and name the first that does not hold."""
    from api.store.audit_chain import verify_audit

    with opened(language=language) as database, database.looking() as session:
        report = verify_audit(session)
    if report.is_whole:
        click.echo(say("records.audit-whole", language, links=report.links))
        return
    number = "" if report.broken_at is None else f" {report.broken_at}"
    fault = say(f"records.audit.{report.fault}", language)
    click.echo(say("records.audit-broken", language, number=number, fault=fault, record=report.record or "–"))
    raise click.exceptions.Exit(FAILED)


@click.command(cls=ReportingCommand)
@click.argument("screening")
@named_person
@in_language
def replay(screening: str, account: str, ground: str, language: str) -> None:
    """Work the stored SCREENING out again by the definitions that were used then."""
    from api.records import screenings
    from api.records.assessments import read_entry
    from api.records.work import working

    with opened(language=language) as database, working(database) as session:
        entry = read_entry(session, datetime.now(UTC), _actor(account, ground), screening)
        if entry.kind != "screening":
            raise click.ClickException(say("problem.not-found.title", language))
        result = screenings.replay(entry, open_library())
    for name, digest in (
        ("stored", result.stored),
        ("submission", result.from_submission),
        ("codes", result.from_codes),
    ):
        click.echo(f"{say(f'records.replay.{name}', language)}: {digest}")
    click.echo(say("records.replay-agrees" if result.agrees else "records.replay-differs", language))
    if not result.agrees:
        raise click.exceptions.Exit(FAILED)


@click.group()
def receipt() -> None:
    """Receipts that anyone can replay offline."""


@receipt.command("export", cls=ReportingCommand)
@click.argument("screening")
@click.option("-o", "--output", type=FILE, required=True, help="File to write.")
@named_person
@in_language
def export_a_receipt(screening: str, output: Path, account: str, ground: str, language: str) -> None:
    """Write the receipt of the stored SCREENING; it holds no personal data. Needs ``UNDERLAG_SIGNING_KEY``."""
    from api.records.receipts import export_receipt, signing_key
    from api.records.settings import read_signing_key
    from api.records.work import working
    from api.settings import SettingsError
    from api.wsgi import the_environment

    try:
        key = signing_key(read_signing_key(the_environment()))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    with opened(language=language) as database, working(database) as session:
        exported = export_receipt(session, datetime.now(UTC), _actor(account, ground), screening, key)
    with output.open("x", encoding="utf-8") as file:
        json.dump(exported, file, ensure_ascii=False, indent=1)
    click.echo(key.public_key().public_bytes_raw().hex())


@receipt.command("verify", cls=ReportingCommand)
@click.argument("file", type=FILE)
@click.option("--public-key", required=True, help="The public key that the export printed.")
@in_language
def verify_a_receipt(file: Path, public_key: str, language: str) -> None:
    """Hold the receipt FILE against its signature and work its screening out again, without any database."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from api.records.receipts import ReceiptReport, verify_receipt

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise click.ClickException(say("records.bad-public-key", language)) from None
    try:
        read = json.loads(require_file(file).read_text(encoding="utf-8"))
        report = verify_receipt(read if isinstance(read, dict) else {}, key, open_library())
    except (ValueError, RecursionError):
        report = ReceiptReport(("unreadable",))
    if report.holds:
        click.echo(say("records.receipt-holds", language, outcome=report.outcome))
        return
    click.echo("\n".join(say(f"records.receipt.{fault}", language) for fault in report.faults))
    raise click.exceptions.Exit(FAILED)


@click.command(cls=ReportingCommand)
@click.argument("cases", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only tell what would be purged.")
@click.option("--unit", multiple=True, required=True, help="Your secrecy unit; may be given more than once.")
@named_person
@in_language
def purge(
    cases: tuple[str, ...], dry_run: bool, unit: tuple[str, ...], account: str, ground: str, language: str
) -> None:
    """Purge CASES that are due; without any, list what is due. Nothing is purged that was not named."""
    from dataclasses import replace

    from api.records import retention
    from api.records.work import working

    actor = replace(_actor(account, ground), units=frozenset(unit))
    now = datetime.now(UTC)
    with opened(language=language) as database, working(database) as session:
        if not cases:
            _list_due(session, now, actor, language)
            return
        report = retention.purge(session, now, actor, cases, dry_run=dry_run)
    for case, entries in report.cases:
        click.echo(say("records.would-purge" if dry_run else "records.purged", language, case=case, entries=entries))


def _list_due(session: "Session", now: datetime, actor: "Actor", language: str) -> None:
    from api.records.retention import propose_purges

    for each in propose_purges(session, now, actor):
        key = "records.due" if each.held_by is None else "records.due-but-held"
        click.echo(say(key, language, case=each.case_id, since=each.due_from, by=each.finished_by, rule=each.rule))


@click.command(cls=ReportingCommand)
@click.argument("file", type=FILE)
@in_language
def backup(file: Path, language: str) -> None:
    """Write everything in the database to FILE, while the service goes on."""
    from api.store.backup import back_up

    with opened(language=language) as database:
        back_up(database, file)
    click.echo(say("records.backed-up", language, file=file.name))


@click.command(cls=ReportingCommand)
@click.argument("file", type=FILE)
@in_language
def restore(file: Path, language: str) -> None:
    """Bring the backup FILE back into an empty database, and verify the audit."""
    from api.store import backup as backups
    from api.store.audit_chain import verify_audit

    with opened(language=language, is_checked=False) as database:
        backups.restore(require_file(file), database)
        with database.looking() as session:
            report = verify_audit(session)
    if not report.is_whole:
        raise click.ClickException(say("records.restored-broken", language))
    click.echo(say("records.restored", language, links=report.links))


COMMANDS: tuple[click.Command, ...] = (db, audit, replay, receipt, purge, backup, restore)
