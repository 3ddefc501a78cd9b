"""The next version of a definition, begun as a draft beside the files that there are."""

from datetime import date
from pathlib import Path
from typing import TypeVar

from instruments.faults import Fault, InputError
from instruments.loading import load, name_of
from instruments.registry import LOCK_FILE, Versioned

Content = TypeVar("Content", bound=Versioned)


def draft_next(folder: Path, kind: type[Content], valid_from: date) -> Path:
    """Copy the latest version of a folder to a draft of the next one.

    Parameters
    ----------
    folder : Path
        A folder of versions of one definition, each named by its version.
    kind : type
        The model of the definition.
    valid_from : date
        The first day of the new version; later than that of the latest.

    Returns
    -------
    Path
        The new file: as the latest, comments and all, but for ``version``, ``status`` and ``valid_from``.

    Raises
    ------
    InputError
        If there is no such folder, no version in it, or one that cannot be read; if the latest is itself a draft, or
        does not begin before the day.
    """
    if not folder.is_dir():
        raise InputError([Fault("missing-folder", folder.name)])
    versions = [load(path, kind) for path in sorted(folder.glob("*.yaml")) if path.name != LOCK_FILE]
    if not versions:
        raise InputError([Fault("no-version-in-folder", folder.name)])
    latest, document = max(versions, key=lambda each: each[0].valid_from)
    if latest.status == "draft":
        raise InputError([Fault("draft-begun", name_of(document.path), {"name": f"{latest.id}@{latest.version}"})])
    if valid_from <= latest.valid_from:
        days = {"valid_from": latest.valid_from.isoformat(), "day": valid_from.isoformat()}
        raise InputError([Fault("draft-not-later", name_of(document.path), days)])
    major, _, last = max((each.version for each, _ in versions), key=_parts).rpartition(".")
    version = f"{major}.{int(last) + 1}" if major else f"{int(last) + 1}"
    lines = document.path.read_text(encoding="utf-8").splitlines(keepends=True)
    for key, value in (("version", f'"{version}"'), ("status", "draft"), ("valid_from", valid_from.isoformat())):
        lines[document.lines[(key,)] - 1] = f"{key}: {value}\n"
    path = folder / f"{version}.yaml"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
