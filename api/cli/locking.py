"""A draft of the next version of a definition, and the lock by which a published one is never altered unnoticed."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.reporting import Words

if TYPE_CHECKING:
    from instruments.registry import Definition, Versioned


def report_lock(
    folder: Path,
    kind: "type[Versioned]",
    language: str,
    require: "Callable[[Iterable[Definition[Versioned]]], None]" = lambda added: None,
) -> None:
    """Add the published definitions of a folder to its lock and tell which were new.

    Parameters
    ----------
    require : callable
        Raises where something that was added must not be published; the lock is then left as it was.

    Raises
    ------
    InputError
        If there is no such folder, a file in it cannot be read, or something must not be published.
    AlteredDefinitionError
        If a definition in the lock was changed or removed.
    """
    from instruments.faults import Fault, InputError
    from instruments.registry import LOCK_FILE, Registry, write_lock

    if not folder.is_dir():
        raise InputError([Fault("missing-folder", folder.name)])
    path = folder / LOCK_FILE
    before = path.read_bytes() if path.exists() else None
    added = write_lock(folder, kind)
    try:
        require([each for each in Registry(kind, [folder]) if each.reference in added])
    except BaseException:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        raise
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
