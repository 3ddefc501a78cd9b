"""Commands on the store: its tables, replays, receipts and purging."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, open_library, require_file
from api.cli.records_command import RecordsCommand, named_person, opened, opened_unit
from api.cli.reporting import FAILED, INPUT_AT_FAULT, Words, in_language

if TYPE_CHECKING:
    from api.retention.rules import PurgeProposal


@click.group()
def db() -> None:
    """Make, check and upgrade the tables."""


@db.command("upgrade", cls=RecordsCommand)
@in_language
def upgrade_tables(language: str) -> None:
    """Bring the tables up to date; every row is kept."""
    from api.store.upgrade import upgrade

    words = RecordsCommand.words(language)
    with opened(is_checked=False) as database:
        click.echo(words.say("records.upgraded", version=upgrade(database)))


@db.command("check", cls=RecordsCommand)
@in_language
def check_tables(language: str) -> None:
    """Tell whether this Underlag can serve on the tables."""
    from api.store.upgrade import version_of

    words = RecordsCommand.words(language)
    with opened() as database:
        click.echo(words.say("records.up-to-date", version=version_of(database)))


@db.command("rebuild-summaries", cls=RecordsCommand)
@in_language
def rebuild(language: str) -> None:
    """Work out again where every case stands, from its entries."""
    from api.cases.summary import rebuild_summaries

    words = RecordsCommand.words(language)
    with opened() as database, database.unit_of_work() as session:
        click.echo(words.say("records.rebuilt", cases=rebuild_summaries(session)))


@click.command(cls=RecordsCommand)
@click.argument("screening")
@named_person
@in_language
def replay(screening: str, account: str, ground: str, language: str) -> None:
    """Work the stored SCREENING out again by the definitions that were used then."""
    from api.cases.ratings.assessments import read_entry
    from api.cases.screenings import rules as screenings
    from api.store.refusals import NotFoundError

    words = RecordsCommand.words(language)
    with opened_unit(account, ground, "screening:replay") as unit:
        entry = read_entry(unit, screening)
        if entry.kind != "screening":
            raise NotFoundError
        result = screenings.replay(entry, unit.library)
    for name, digest in (
        ("stored", result.stored),
        ("submission", result.from_submission),
        ("codes", result.from_codes),
    ):
        click.echo(f"{words.say(f'records.replay.{name}')}: {digest}")
    click.echo(words.say("records.replay-agrees" if result.agrees else "records.replay-differs"))
    if not result.agrees:
        raise click.exceptions.Exit(FAILED)


@click.group()
def receipt() -> None:
    """Receipts that anyone can replay offline."""


@receipt.command("export", cls=RecordsCommand)
@click.argument("screening")
@click.option("-o", "--output", type=FILE, required=True, help="File to write.")
@named_person
@in_language
def export_a_receipt(screening: str, output: Path, account: str, ground: str, language: str) -> None:
    """Write the receipt of the stored SCREENING; it holds no personal data. Needs ``UNDERLAG_SIGNING_KEY``."""
    from api.cases.screenings.receipts import export_receipt, signing_key
    from api.context.settings import read_signing_key
    from api.wsgi import the_environment

    key = signing_key(read_signing_key(the_environment()))
    with opened_unit(account, ground, "receipt:export") as unit:
        exported = export_receipt(unit, screening, key)
    with output.open("x", encoding="utf-8") as file:
        json.dump(exported, file, ensure_ascii=False, indent=1)
    click.echo(key.public_key().public_bytes_raw().hex())


@receipt.command("verify", cls=RecordsCommand)
@click.argument("file", type=FILE)
@click.option("--public-key", required=True, help="The public key that the export printed.")
@in_language
def verify_a_receipt(file: Path, public_key: str, language: str) -> None:
    """Hold the receipt FILE against its signature and work its screening out again, without any database."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    words = RecordsCommand.words(language)
    from api.cases.screenings.receipts import ReceiptReport, verify_receipt
    from instruments.faults import Fault, InputError

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise InputError([Fault("bad-public-key", "--public-key")]) from None
    try:
        read = json.loads(require_file(file).read_text(encoding="utf-8"))
        report = verify_receipt(read if isinstance(read, dict) else {}, key, open_library())
    except (ValueError, RecursionError):
        report = ReceiptReport(("unreadable",))
    if report.holds:
        click.echo(words.say("records.receipt-holds", outcome=report.outcome))
        return
    click.echo("\n".join(words.say(f"records.receipt.{fault}") for fault in report.faults), err=True)
    raise click.exceptions.Exit(INPUT_AT_FAULT if "unreadable" in report.faults else FAILED)


@click.command(cls=RecordsCommand)
@click.argument("cases", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only tell what would be purged.")
@click.option("--clock-is-right", is_flag=True, help="Confirm today's date, where the clock seems to have jumped.")
@click.option("--unit", "units", multiple=True, required=True, help="Your secrecy unit; may be given more than once.")
@named_person
@in_language
def purge(
    cases: tuple[str, ...],
    dry_run: bool,
    clock_is_right: bool,
    units: tuple[str, ...],
    account: str,
    ground: str,
    language: str,
) -> None:
    """Purge CASES that are due; without any, list what is due. Nothing is purged that was not named."""
    words = RecordsCommand.words(language)
    from api.retention import rules as retention

    with opened_unit(account, ground, "purge:confirm", units) as unit:
        if not cases:
            _list_due(retention.propose_purges(unit), words)
            return
        report = retention.purge(unit, cases, dry_run=dry_run, clock_is_right=clock_is_right)
    for case, entries in report.cases:
        click.echo(words.say("records.would-purge" if dry_run else "records.purged", case=case, entries=entries))
    if dry_run and report.silent_days:
        click.echo(words.say("records.clock-jumped", days=report.silent_days, today=unit.now.date().isoformat()))
    if not dry_run:
        click.echo(words.say("records.purged-elsewhere"))


def _list_due(proposals: "list[PurgeProposal]", words: Words) -> None:
    for each in proposals:
        key = "records.due" if each.held_by is None else "records.due-but-held"
        click.echo(words.say(key, case=each.case_id, since=each.due_from, by=each.finished_by, rule=each.rule))
