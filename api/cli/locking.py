"""Writing the lock of a folder of definitions: from then on a published file is never altered unnoticed."""

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
