"""What the application holds and every route works with: definitions, sentences, clock, and records if it keeps any."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import cast

from flask import Flask, current_app

from api.context.settings import RecordSettings
from api.context.unit import Unit, open_unit
from api.governance.documents import Governance
from api.policies.policies import Policies
from api.store.actors import Actor
from api.store.database import Database
from instruments.cards import Card
from instruments.faults import UnknownDefinitionError
from instruments.messages import LANGUAGES, Catalogue, Text
from screening import rendered
from screening.explanation import Explanation
from screening.library import Library
from screening.rendering import render

_API = Path(__file__).parents[1]
LOCALE = _API / "locale"
LOCALE_OF_CASES = _API / "cases" / "locale"
LOCALE_OF_DOCUMENTS = _API / "documents" / "locale"
LOCALE_OF_TRENDS = _API / "trends" / "locale"
LOCALE_OF_TRAINING = _API / "training" / "locale"
EXTENSION = "underlag"


@cache
def _own_texts() -> Mapping[str, Text]:
    """Every sentence of the service itself, by key."""
    folders = (LOCALE, LOCALE_OF_CASES, LOCALE_OF_DOCUMENTS, LOCALE_OF_TRENDS, LOCALE_OF_TRAINING)
    return Catalogue.from_folders(*folders).words()


def every_sentence(library: Library) -> Catalogue:
    """The sentences of the definitions, the engine and the service itself."""
    return library.catalogue.with_words(_own_texts())


class NoRecordsError(LookupError):
    """Something asked for records in an application that keeps none: a route that needs them was registered there."""

    def __init__(self) -> None:
        super().__init__("this application keeps no records: create_app was given no RecordSettings")


@dataclass(frozen=True)
class Records:
    """Where records are kept, with which keys, and by which policies of the municipality."""

    database: Database
    settings: RecordSettings
    policies: Policies


@dataclass(frozen=True)
class Context:
    """What the application holds. It is made once, at start, and never changes.

    Parameters
    ----------
    now : callable
        The clock. Its day is the one for which an intake without a reference date is judged.
    governance : Governance
        The documents of governance.
    cards : tuple of Card
        The published evidence cards.
    records : Records or None
        None where the application answers and keeps nothing about anyone.
    """

    library: Library
    now: Callable[[], datetime]
    governance: Governance
    cards: tuple[Card, ...] = ()
    records: Records | None = field(default=None, repr=False)

    def today(self) -> date:
        """The day, by the clock of the application."""
        return self.now().date()

    @property
    def database(self) -> Database:
        """The database that records and accounts are kept in; raises `NoRecordsError`."""
        return self._kept().database

    @property
    def settings(self) -> RecordSettings:
        """The settings of records and accounts; raises `NoRecordsError`."""
        return self._kept().settings

    @property
    def policies(self) -> Policies:
        """The policies of the municipality; raises `NoRecordsError`."""
        return self._kept().policies

    @property
    def signing_key(self) -> bytes | None:
        """By which evidence cards are verified; None where no records are kept, and then no card is verified."""
        return self.records.settings.signing_key if self.records is not None else None

    def open_unit(self, actor: Actor) -> AbstractContextManager[Unit]:
        """Open a unit of work in which somebody acts; see `api.context.unit.open_unit`."""
        return open_unit(self.database, self.now, actor, self.library, self.policies)

    def require_store(self) -> None:
        """Make sure that the database answers; an application that keeps no records needs none.

        Raises
        ------
        StoreUnavailableError
        """
        if self.records is not None:
            self.records.database.require_answer()

    def _kept(self) -> Records:
        if self.records is None:
            raise NoRecordsError
        return self.records

    @cached_property
    def engine(self) -> str:
        """The software and its version, for the reader of an explanation."""
        return f"underlag {version('underlag')}"

    @cached_property
    def catalogue(self) -> Catalogue:
        """What everything is said with; see `every_sentence`."""
        return every_sentence(self.library)

    def in_words(self, explanation: Explanation, *languages: str) -> rendered.Explanation:
        """An explanation in some languages, or in all in which everything is said, ready for JSON."""
        return render(explanation, self.catalogue, engine=self.engine, languages=languages or LANGUAGES)

    def check(self) -> Mapping[str, str]:
        """Bind every guidance that is in force, as the first request for it would.

        Returns
        -------
        Mapping of str to str
            ``id@version`` of every file that they rest on, with its SHA-256.

        Raises
        ------
        InputError
            If definitions do not fit together.
        AlteredDefinitionError
            If an overlay's base is not the file that it was written for.
        """
        bound: dict[str, str] = {}
        for name in self.library.names():
            try:
                bound.update(self.library.bind(name, on=self.today()).definitions)
            except UnknownDefinitionError:
                continue  # it begins later
        return dict(sorted(bound.items()))


def current_context() -> Context:
    """What the application holds that answers the current request or command."""
    return context_of(current_app)


def context_of(app: Flask) -> Context:
    """What an application holds; for what runs beside its requests."""
    return cast(Context, app.extensions[EXTENSION])
