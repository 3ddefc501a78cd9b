"""Files and folders that nobody but their owner reads, whatever the umask of the process."""

import os
from pathlib import Path

_FOLDER, _FILE, _OTHERS = 0o700, 0o600, 0o077


def make_private_folder(path: Path) -> None:
    """Make a folder for its owner only, where there is none yet; one that is there stays as it is."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(_FOLDER, exist_ok=True)
        each.chmod(_FOLDER)


def make_private_file(path: Path) -> None:
    """Make an empty file for its owner only, or close one that is there and is ours to others."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))
    except FileExistsError:
        status = path.stat()
        if not path.is_file() or status.st_uid != os.geteuid() or not status.st_mode & _OTHERS:
            return
    path.chmod(_FILE)
