"""A draft of the next version of a definition, and the lock by which a published one is never altered unnoticed."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.reporting import Words

if TYPE_CHECKING:
    from instruments.registry import Versioned


def report_lock(folder: Path, kind: "type[Versioned]", language: str) -> None:
    """Add the published definitions of a folder to its lock and tell which were new.

    Raises
    ------
    InputError
        If there is no such folder, or a file in it cannot be read.
    AlteredDefinitionError
        If a definition in the lock was changed or removed.
    """
    from instruments.faults import Fault, InputError
    from instruments.registry import write_lock

    if not folder.is_dir():
        raise InputError([Fault("missing-folder", folder.name)])
    added = write_lock(folder, kind)
    key = "cli.locked" if added else "cli.nothing_to_lock"
    click.echo(Words(language).say(key, name=folder, references=added))


def print_draft(folder: Path, kind: "type[Versioned]", valid_from: date) -> None:
    """Begin the next version in a folder and print the path of its file, alone on its line for a script to take.

    Raises
    ------
    InputError
        If it cannot be begun; see `instruments.drafting.draft_next`.
    """
    from instruments.drafting import draft_next

    click.echo(draft_next(folder, kind, valid_from))
