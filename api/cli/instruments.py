"""`underlag instruments`: what can be rated."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, first_day, open_library, reference_date
from api.cli.reporting import ReportingCommand, Words, in_language

if TYPE_CHECKING:
    from instruments.model import Instrument
    from instruments.registry import Versioned


@click.group()
def instruments() -> None:
    """List, show, draft, check, lock and export instruments."""


@instruments.command("list", cls=ReportingCommand)
@in_language
def list_instruments(language: str) -> None:
    """List every version of every instrument."""
    from api.cli.printing import console, in_force, new_table

    words = Words(language)
    columns = [words.say(f"cli.{key}") for key in ("id", "version", "title", "in_force")]
    table = new_table(None, columns, [words.say("cli.items")])
    library = open_library()
    for definition in library.instruments:
        content = definition.content
        title = content.title.in_language(language)
        table.add_row(content.id, content.version, title, in_force(content, words), str(len(content.items)))
    for studied in library.studied:
        about, title = studied.content, words.say("cli.studied_only", title=studied.content.title.in_language(language))
        table.add_row(about.id, about.version, title, in_force(about, words), str(len(about.items)))
    console().print(table)


def _kind_of(path: Path) -> "type[Versioned]":
    """The kind of definition that a file is: nobody is rated by those in a folder of what is studied."""
    from instruments.model import Instrument
    from instruments.studied import FOLDER, StudiedInstrument

    return StudiedInstrument if FOLDER in path.resolve().parts else Instrument


@instruments.command(cls=ReportingCommand)
@click.argument("id")
@reference_date
@in_language
def show(id: str, on: date, language: str) -> None:
    """Show the instrument ID (or ID@VERSION): its domains, items and limits."""
    content = open_library().instruments.find(id, on=on).content
    _print(content, Words(language))


def _print(content: "Instrument", words: Words) -> None:
    from api.cli.printing import console, in_force, new_table

    language, out = words.language, console()
    out.print(f"{content.title.in_language(language)} ({content.id}@{content.version}, {in_force(content, words)})")
    out.print(content.description.in_language(language))
    out.print(words.say("cli.ages", low=content.design_age.min, high=content.design_age.max))
    for domain in content.domains:
        table = new_table(domain.title.in_language(language), [words.say("cli.id"), words.say("cli.title"), ""])
        for item in content.items_of(domain.id):
            marks = ["cli.dynamic" if item.dynamic else "cli.static"] + ["cli.own_behaviour"] * item.own_behaviour
            table.add_row(item.id, item.title.in_language(language), ", ".join(words.say(mark) for mark in marks))
        out.print()
        out.print(table)
    out.print(content.credits.validation.in_language(language))


@instruments.command(cls=ReportingCommand)
@click.argument("file", type=FILE)
@in_language
def check(file: Path, language: str) -> None:
    """Check an instrument FILE of your own; tells every fault with its line."""
    from api.cli.options import require_file
    from instruments.loading import load

    content, document = load(require_file(file), _kind_of(file))
    reference = f"{content.id}@{content.version}, SHA-256 {document.sha256}"
    click.echo(Words(language).say("cli.file_is_sound", name=file, reference=reference))


@instruments.command(cls=ReportingCommand)
@click.argument("folder", type=FILE)
@first_day
@in_language
def draft(folder: Path, valid_from: date, language: str) -> None:
    """Copy the latest version of the instrument in FOLDER to a draft of the next, and print its path."""
    from api.cli.locking import print_draft

    print_draft(folder, _kind_of(folder), valid_from)


@instruments.command(cls=ReportingCommand)
@click.argument("folder", type=FILE)
@in_language
def lock(folder: Path, language: str) -> None:
    """Add the published instruments of a FOLDER to its lock, so that no one alters them unnoticed."""
    from api.cli.locking import report_lock

    report_lock(folder, _kind_of(folder), language)


@instruments.command(cls=ReportingCommand)
@click.argument("id")
@click.option("--fhir", is_flag=True, help="As a FHIR R4 Questionnaire.")
@reference_date
@in_language
def export(id: str, fhir: bool, on: date, language: str) -> None:
    """Export the instrument ID for other systems."""
    from instruments.faults import Fault, InputError
    from instruments.fhir import questionnaire

    if not fhir:
        raise InputError([Fault("fhir-only", "")])
    content = open_library().instruments.find(id, on=on).content
    click.echo(json.dumps(questionnaire(content, language), ensure_ascii=False, indent=2))
