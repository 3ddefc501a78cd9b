"""The instruments that ship with Underlag, and those that a municipality mounts beside them."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from instruments.messages import Catalogue
from instruments.model import Instrument
from instruments.registry import Registry

DEFINITIONS = Path(__file__).parent / "definitions"
LOCALE = Path(__file__).parent / "locale"
#: What is said of tables and mapping files.
TABLE_LOCALE = LOCALE / "tables"


def instrument_registry(extra_folders: Iterable[Path] = ()) -> Registry[Instrument]:
    """All instruments, read once for each set of folders.

    Parameters
    ----------
    extra_folders : iterable of Path
        Folders of local definitions, such as a licensed instrument that a municipality owns. A local file may
        not take an ``id`` and version that ship with Underlag.

    Returns
    -------
    Registry of Instrument

    Raises
    ------
    InputError
        With every fault of every file.
    AlteredDefinitionError
        If a published file is not the one that was published.
    """
    return _registry(tuple(extra_folders))


@cache
def _registry(extra_folders: tuple[Path, ...]) -> Registry[Instrument]:
    return Registry(Instrument, (DEFINITIONS, *extra_folders))


@cache
def instrument_catalogue() -> Catalogue:
    """Return the sentences and words of this package, in every language."""
    return Catalogue.from_folders(LOCALE)
