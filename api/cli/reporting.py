"""What every command shares: the language, and one way of saying what went wrong."""

import gc
import os
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

if TYPE_CHECKING:
    from instruments.faults import Fault
    from instruments.messages import Message

DONE, FAILED, INPUT_AT_FAULT = 0, 1, 2
_OBJECTS_BEFORE_COLLECTING = 100_000
_PLACES = {
    re.compile(r"row (\d+), column (.*)", re.DOTALL): {"sv": r"rad \1, kolumn \2", "en": r"row \1, column \2"},
    re.compile(r"row (\d+)"): {"sv": r"rad \1", "en": r"row \1"},
    re.compile(r"column (.*)", re.DOTALL): {"sv": r"kolumn \1", "en": r"column \1"},
    re.compile(r"(.*), line (\d+)"): {"sv": r"\1, rad \2", "en": r"\1, line \2"},
}


def default_language() -> str:
    """Swedish, unless the environment asks for English."""
    environment = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((value for value in environment if value), "")
    return "en" if chosen.lower().startswith("en") else "sv"


def in_language(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--language``."""
    choice = click.Choice(["sv", "en"])
    option = click.option(
        "--language",
        type=choice,
        default=default_language,
        help="Language of what is printed; by default that of LANG.",
    )
    return option(command)


class ReportingCommand(click.Command):
    """A command whose errors are told in one place and in one form: what, where, what to do.

    ``IS_SHORT`` says whether it is soon over, and its process with it.
    """

    IS_SHORT: ClassVar[bool] = True

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _seldom_collecting() if self.IS_SHORT else nullcontext():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            raise click.exceptions.Exit(
                self.report_error(error, self.words(ctx.params.get("language", "sv")))
            ) from error

    @staticmethod
    def words(language: str) -> "Words":
        """The sentences that the command speaks with."""
        return Words(language)

    @classmethod
    def report_error(cls, error: Exception, words: "Words") -> int:
        """Tell an error on stderr and give the exit code."""
        return report(error, words)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Search for cycles of dead objects seldom: a command makes few, and spends a tenth of its seconds on that."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def report(error: Exception, words: "Words") -> int:
    """Tell an error on stderr and give the exit code: 2 where the input is at fault, 1 for anything else."""
    from instruments.faults import Fault, InputError, UnknownDefinitionError

    if isinstance(error, InputError):
        return _report_faults(error.faults, words)
    if isinstance(error, UnknownDefinitionError):
        return _report_faults([error.fault], words)
    fault = getattr(error, "fault", None)
    if isinstance(fault, Fault):
        click.echo(words.say("cli.failed", problem=words.fault(fault)), err=True)
    elif isinstance(error, OSError):
        problem = error.strerror or str(error)
        click.echo(words.say("cli.cannot_write", path=error.filename or "", problem=problem), err=True)
    else:
        traceback.print_exception(error)
        click.echo(words.say("cli.unexpected"), err=True)
    return FAILED


def _report_faults(faults: "Iterable[Fault]", words: "Words") -> int:
    from instruments.faults import MORE_FAULTS, Fault, first_faults

    listed, more = first_faults(faults)
    click.echo(words.say("cli.faults", count=len(listed) + more), err=True)
    for fault in [*listed, *([Fault(MORE_FAULTS, "", {"count": more})] if more else [])]:
        click.echo(f"  {words.fault(fault)}", err=True)
    if any(fault.where.startswith("row ") for fault in listed):
        click.echo(words.say("cli.rows_count"), err=True)
    return INPUT_AT_FAULT


def place_in(where: str, language: str) -> str:
    """A fault's place in a language."""
    for pattern, replacements in _PLACES.items():
        if pattern.fullmatch(where):
            return pattern.sub(replacements[language], where)
    return where


class Words:
    """The sentences of the command line in one language.

    Parameters
    ----------
    more : Path
        Folders with the sentences of one kind of command.
    """

    def __init__(self, language: str, *more: Path) -> None:
        from instruments.messages import Catalogue
        from instruments.shipped import TABLE_LOCALE
        from screening.library import INSTRUMENT_LOCALE, LOCALE

        self.language = language
        folders = (INSTRUMENT_LOCALE, TABLE_LOCALE, LOCALE, LOCALE / "batch", *more)
        self._catalogue: Catalogue = Catalogue.from_folders(*folders)

    def say(self, key: str, **parameters: object) -> str:
        """The sentence of a key."""
        from instruments.messages import Message

        return self._catalogue.render(Message(key, parameters), self.language)

    def rows(self, number: int) -> str:
        """A number of rows in words."""
        return self.say("cli.rows.one" if number == 1 else "cli.rows.many", number=number)

    def knows(self, key: str) -> bool:
        """Whether a key has words."""
        return key in self._catalogue

    def fault(self, fault: "Fault") -> str:
        """Where a fault is, what it is, and what to do."""
        from instruments.messages import Message

        message = Message(f"fault.{fault.code}", fault.parameters)
        try:
            sentence = self._catalogue.render(message, self.language)
        except KeyError:
            sentence = _with_definitions(message, self.language) or str(fault)
        where = place_in(fault.where, self.language)
        return f"{where}: {sentence}" if where else sentence


def _with_definitions(message: "Message", language: str) -> str | None:
    """The sentence with the names of facts and items, which stand in the definitions."""
    from screening.library import Library

    try:
        return Library().catalogue.render(message, language)
    except (KeyError, ValueError, RuntimeError):
        return None
