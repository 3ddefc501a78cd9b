"""What every route works with: the definitions, the sentences and the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import cast

from flask import current_app

from api.governance.documents import Governance
from instruments.cards import Card
from instruments.faults import UnknownDefinitionError
from instruments.messages import Catalogue, Text
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


@dataclass(frozen=True)
class Service:
    """The definitions and the clock of a running service. It keeps nothing about anyone.

    Parameters
    ----------
    today : callable
        The day for which an intake without a reference date is judged.
    governance : Governance
        The documents of governance.
    cards : tuple of Card
        The published evidence cards.
    signing_key : bytes or None
        By which cards are verified; without it none is.
    """

    library: Library
    today: Callable[[], date]
    governance: Governance
    cards: tuple[Card, ...] = ()
    signing_key: bytes | None = field(default=None, repr=False)

    @cached_property
    def engine(self) -> str:
        """The software and its version, for the reader of an explanation."""
        return f"underlag {version('underlag')}"

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every sentence of the definitions, the engine and the service itself."""
        return self.library.catalogue.with_words(_own_texts())

    def in_words(self, explanation: Explanation) -> rendered.Explanation:
        """An explanation in both languages, ready for JSON."""
        return render(explanation, self.catalogue, engine=self.engine)

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
        found: dict[str, str] = {}
        for name in self.library.names():
            try:
                found.update(self.library.bind(name, on=self.today()).definitions)
            except UnknownDefinitionError:
                continue  # it begins later
        return dict(sorted(found.items()))


def the_service() -> Service:
    """The service of the application that answers the current request."""
    return cast(Service, current_app.extensions[EXTENSION])
