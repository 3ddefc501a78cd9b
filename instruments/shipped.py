"""The instruments that ship with Underlag, and those that a municipality mounts beside them."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from instruments.messages import Catalogue
from instruments.model import Instrument
from instruments.registry import Registry
from instruments.studied import StudiedInstrument

DEFINITIONS = Path(__file__).parent / "definitions"
LOCALE = Path(__file__).parent / "locale"
#: What is said of tables and mapping files.
TABLE_LOCALE = LOCALE / "tables"


def instrument_registry(extra_folders: Iterable[Path] = (), studied: Iterable[str] = ()) -> Registry[Instrument]:
    """All instruments, read once for each set of folders.

    Parameters
    ----------
    extra_folders : iterable of Path
        Folders of local definitions, such as a licensed instrument that a municipality owns. A local file may
        not take an ``id`` and version that ship with Underlag.
    studied : iterable of str
        The ids of instruments that are only studied (`instruments.studied`): whoever asks for one here is told so.

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
    return _registry(tuple(extra_folders), tuple(studied))


@cache
def _registry(extra_folders: tuple[Path, ...], studied: tuple[str, ...]) -> Registry[Instrument]:
    return Registry(Instrument, (DEFINITIONS, *extra_folders), elsewhere=dict.fromkeys(studied, "studied-only"))


def studied_registry(folders: Iterable[Path] = ()) -> Registry[StudiedInstrument]:
    """All instruments that are studied and by which nobody is rated; none ship with Underlag."""
    return Registry(StudiedInstrument, folders)


@cache
def instrument_catalogue() -> Catalogue:
    """Return the sentences and words of this package, in every language."""
    return Catalogue.from_folders(LOCALE)
