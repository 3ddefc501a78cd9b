"""The folder of checkpoints: files that are only ever added, each written whole or not at all.

Beside them lie what witnesses have cosigned (``*.cosigned``) and ``blocks``, the hashes of the complete blocks of the
tree. The latter only saves hashing the log anew: it is worth what the root of a signed checkpoint says of it.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.transparency.checkpoints import Checkpoint, read_checkpoint
from api.transparency.notes import Note, NoteError, Signature

_NAME = re.compile(r"([0-9]{6,12})-([0-9]{1,18})-([0-9]{8}T[0-9]{6}Z)\.checkpoint")
_TIME = "%Y%m%dT%H%M%SZ"
_COSIGNED = "*.cosigned"
_BLOCKS, _LOCK = "blocks", ".lock"
_HASH = 32
_LARGEST = 100_000


@dataclass(frozen=True, order=True)
class CheckpointFile:
    """A file of the folder, by its name alone.

    Parameters
    ----------
    number : int
        From 1, without gaps.
    """

    number: int
    size: int
    at: datetime
    path: Path


@dataclass(frozen=True)
class Published:
    """A checkpoint as it is given to others, with what its proofs are worked out from.

    Parameters
    ----------
    note : Note
        With the cosignatures that the folder has.
    blocks : tuple of bytes
        The hashes of the complete blocks, as far as they are known.
    """

    note: Note
    checkpoint: Checkpoint
    blocks: tuple[bytes, ...] = ()


class Folder:
    """A folder of checkpoints."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let nobody else write to the folder, in this process or another."""
        self.path.mkdir(mode=0o750, parents=True, exist_ok=True)
        with (self.path / _LOCK).open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def files(self) -> list[CheckpointFile]:
        """The checkpoints by their numbers; other files are passed over."""
        if not self.path.is_dir():
            return []
        matched = ((path, _NAME.fullmatch(path.name)) for path in self.path.iterdir())
        return sorted(_file(path, name) for path, name in matched if name is not None)

    def latest(self) -> Published | None:
        """The checkpoint with the highest number.

        Raises
        ------
        NoteError
            If it cannot be read.
        """
        files = self.files()
        return self.published(files[-1]) if files else None

    def of_size(self, size: int) -> Published | None:
        """The latest checkpoint that covers so many links.

        Raises
        ------
        NoteError
            If it cannot be read.
        """
        files = [each for each in self.files() if each.size == size]
        return self.published(files[-1]) if files else None

    def published(self, file: CheckpointFile) -> Published:
        """A checkpoint with everything that the folder has on it.

        Raises
        ------
        NoteError
            If it cannot be read.
        """
        note = read_note(file.path)
        return Published(note.with_signatures(self.cosignatures(note)), read_checkpoint(note), tuple(self.blocks()))

    def cosignatures(self, note: Note) -> list[Signature]:
        """Find the signatures under the same text. Whose they are, and whether they hold, is not said."""
        signatures: list[Signature] = []
        for path in sorted(self.path.glob(_COSIGNED)):
            try:
                other = read_note(path)
            except NoteError:
                continue  # it is no checkpoint of ours, and a witness that is asked for will be missed
            if other.text == note.text:
                signatures += other.signatures
        return signatures

    def add(self, note: Note, size: int, now: datetime) -> CheckpointFile:
        """Add a checkpoint; to be called with the folder locked."""
        files = self.files()
        number = files[-1].number + 1 if files else 1
        moment = now.astimezone(UTC)
        path = self.path / f"{number:06}-{size}-{moment.strftime(_TIME)}.checkpoint"
        write_whole(path, str(note).encode())
        return CheckpointFile(number, size, moment.replace(microsecond=0), path)

    def blocks(self) -> list[bytes]:
        """The hashes of the complete blocks that are known."""
        try:
            raw = (self.path / _BLOCKS).read_bytes()
        except FileNotFoundError:
            return []
        return [raw[at : at + _HASH] for at in range(0, len(raw) - _HASH + 1, _HASH)]

    def keep_blocks(self, blocks: Sequence[bytes]) -> None:
        """Keep the hashes of complete blocks; to be called with the folder locked."""
        write_whole(self.path / _BLOCKS, b"".join(blocks))


def read_note(path: Path) -> Note:
    """Read a note from a file.

    Raises
    ------
    NoteError
        If there is none in it.
    """
    with path.open("rb") as file:
        raw = file.read(_LARGEST)
    try:
        return Note.parse(raw.decode())
    except UnicodeDecodeError:
        raise NoteError("no text") from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner and group may read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _file(path: Path, name: re.Match[str]) -> CheckpointFile:
    at = datetime.strptime(name[3], _TIME).replace(tzinfo=UTC)
    return CheckpointFile(int(name[1]), int(name[2]), at, path)
