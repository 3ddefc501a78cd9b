"""Files of definitions that a command is given: what they are, and a library that holds them."""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from api.cli.options import definitions_folder, open_library, require_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from instruments.registry import Versioned
    from screening.library import BoundGuidance, Library


def kind_of(data: object, file: Path) -> "type[Versioned]":
    """The kind of a file by a key that only this kind has."""
    from instruments.faults import Fault, InputError
    from screening.definition_folders import KINDS

    keys = {
        **{"base": "overlays", "criteria": "guidance", "facts": "facts", "flags": "flags"},
        **{"recipients": "consent", "questions": "experience"},
    }
    kinds = [kind for key, kind in keys.items() if isinstance(data, Mapping) and key in data]
    if not kinds:
        raise InputError([Fault("other-definition-kind", file.name)])
    return KINDS[kinds[0]]


def is_found_anyway(path: Path, local: Path | None) -> bool:
    """Whether a path lies among the definitions that ship or the local ones."""
    from screening.library import DEFINITIONS

    known = [DEFINITIONS, *([local] if local else [])]
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in known)


@contextmanager
def mounted(file: Path, kind: "type[Versioned]") -> "Iterator[Path | None]":
    """A folder of local definitions with the file in it; None where the file is one that is found anyway."""
    from instruments.faults import Fault, InputError
    from screening.definition_folders import KINDS, MOUNTABLE

    local = definitions_folder()
    if is_found_anyway(file, local):
        yield local
        return
    name = next(each for each, model in KINDS.items() if model is kind)
    if name not in MOUNTABLE:
        raise InputError([Fault("not-mountable", file.name, {"name": name})])
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "definitions"
        if local is not None:
            copytree(local, folder)
        (folder / name).mkdir(parents=True, exist_ok=True)
        copyfile(file, folder / name / file.name)
        yield folder


@contextmanager
def mounted_with(folder: Path, kind: "type[Versioned]") -> "Iterator[Path | None]":
    """A folder of local definitions with all that lies in a folder, and beside it by the layout, in it.

    It is the local one itself where the folder is one of those that are found anyway. What ships is not there twice.
    """
    from instruments.registry import LOCK_FILE
    from screening.definition_folders import KINDS

    local = definitions_folder()
    if is_found_anyway(folder, local):
        yield local
        return
    name = next(each for each, model in KINDS.items() if model is kind)
    place = next((each for each in (folder.resolve(), *folder.resolve().parents) if each.name == name), None)
    beside = {each: place.parent / each for each in ("instruments", "guidance", "overlays")} if place else {}
    library = open_library()
    known = {each.sha256 for kind in (library.instruments, library.guidances, library.overlays) for each in kind}
    with TemporaryDirectory() as temporary:
        definitions = Path(temporary) / "definitions"
        if local is not None:
            copytree(local, definitions)
        for each, root in {**beside, name: place or folder}.items():
            for path in root.rglob("*.yaml"):
                if path.name != LOCK_FILE and sha256(path.read_bytes()).hexdigest() not in known:
                    copied = definitions / each / path.relative_to(root)
                    copied.parent.mkdir(parents=True, exist_ok=True)
                    copyfile(path, copied)
        yield definitions


@contextmanager
def opened(name: str, on: date) -> "Iterator[tuple[Library, BoundGuidance]]":
    """A guidance by its file or by its name, bound on a day or, where it begins later, on its first day.

    Parameters
    ----------
    name : str
        A path of a guidance or an overlay, or an id (``id@version``, ``id/overlay``).

    Raises
    ------
    InputError
        If the file is not there, cannot be read, or is of another kind.
    """
    from instruments.faults import Fault, InputError
    from instruments.loading import load, read_yaml
    from screening.guidance import Guidance, Overlay
    from screening.library import Library

    path = Path(name)
    if not path.is_file() and path.suffix not in (".yaml", ".yml"):
        library = open_library()
        yield library, library.bind(name, on=on)
        return
    kind = kind_of(read_yaml(require_file(path)).data, path)
    if kind not in (Guidance, Overlay):
        raise InputError([Fault("no-guidance-in-file", path.name)])
    content, _ = load(path, kind)
    with mounted(path, kind) as folder:
        library = Library(folder)
        yield library, library.bind(f"{content.id}@{content.version}", on=max(on, content.valid_from))
