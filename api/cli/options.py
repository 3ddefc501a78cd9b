"""Options that several commands have, and what they stand for."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.policies.policies import Policies
    from screening.batch.preparation import Request
    from screening.library import Library


class Day(click.ParamType[date]):
    """A day, written as 2026-11-21."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-11-21.", param, ctx)


FILE = click.Path(path_type=Path)


def reference_date(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--reference-date``; the default is today."""
    option = click.option(
        "--reference-date",
        "on",
        type=Day(),
        default=date.today,
        help="Day that the assessment is for; today by default.",
    )
    return option(command)


def first_day(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--from``: the first day of a new version."""
    option = click.option("--from", "valid_from", type=Day(), required=True, help="First day that it is to hold.")
    return option(command)


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how a table is read."""
    for option in (
        click.option("--mapping", type=FILE, help="YAML file that says what the columns are."),
        click.option("--instrument", help="Instrument that was used, instead of the one that the mapping names."),
    ):
        command = option(command)
    return reference_date(command)


def definitions_folder() -> Path | None:
    """The folder of local definitions that ``UNDERLAG_DEFINITIONS`` names."""
    from api.settings.service import Settings

    return Settings.from_environment(os.environ).definitions


def open_library() -> "Library":
    """The definitions that ship with Underlag and the local ones."""
    from screening.library import Library

    return Library(definitions_folder())


def open_policies() -> "Policies":
    """The policies that ship with Underlag and the municipality's own."""
    from api.policies.policies import Policies

    return Policies(definitions_folder())


def require_file(path: Path) -> Path:
    """Refuse a path where there is no file.

    Raises
    ------
    InputError
    """
    from instruments.faults import Fault, InputError

    if not path.is_file():
        raise InputError([Fault("no-such-file", str(path))])
    return path


def request_of(guidances: tuple[str, ...], on: date, instrument: str | None, mapping: Path | None) -> "Request":
    """What is asked of a batch."""
    from instruments.mapping import read_mapping
    from screening.batch.preparation import Request

    columns = read_mapping(require_file(mapping)) if mapping is not None else None
    return Request(guidances, on, instrument, columns, definitions_folder())


def progress(label: str, total: int) -> AbstractContextManager[Callable[[float], None]]:
    """A progress bar on stderr, where that is a terminal; gives the function to tell how many rows more are done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)

    @contextmanager
    def bar() -> "Iterator[Callable[[float], None]]":
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
            task = shown.add_task(label, total=total)
            yield lambda rows: shown.advance(task, rows)

    return bar()


class Steps:
    """Tells a bar of one step how far something came whose length is not known before it begins."""

    def __init__(self, advance: "Callable[[float], None]") -> None:
        self._advance = advance
        self._before = 0.0

    def __call__(self, done: int, of: int) -> None:
        share = done / max(of, 1)
        self._advance(share - self._before)
        self._before = share
