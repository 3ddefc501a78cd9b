"""Checkpoints: how many links the log has and the root over them, signed; as https://c2sp.org/tlog-checkpoint says."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from api.transparency.notes import COSIGNATURE, Note, NoteError, SigningKey, VerifierKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_HASH = 32


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself.

    Parameters
    ----------
    origin : str
        Which log it is; the name of the key that signs.
    size : int
        How many links it has.
    root : bytes
        Of the tree over them.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def read_checkpoint(note: Note) -> Checkpoint:
    """What a note says; lines after the third are passed over.

    Raises
    ------
    NoteError
        If it is no checkpoint.
    """
    lines = note.text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise NoteError("no checkpoint")
    return Checkpoint(lines[0], int(lines[1]), read_hash(lines[2]))


def read_hash(encoded: str) -> bytes:
    """A hash that is written in base64.

    Raises
    ------
    NoteError
    """
    try:
        decoded = b64decode(encoded, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != _HASH:
        raise NoteError("no hash")
    return decoded


def sign_checkpoint(key: SigningKey, size: int, root: bytes, now: datetime) -> Note:
    """A signed checkpoint.

    The format has no time of its own; the key therefore also signs as a cosigner, whose signature states one.
    """
    text = Checkpoint(key.name, size, root).text
    return Note(text, (key.sign(text), key.cosign(text, int(now.timestamp()))))


def open_checkpoint(note: Note, key: VerifierKey) -> Checkpoint | None:
    """What a note says if the log's key signed it; None if another did.

    Raises
    ------
    NoteError
        If it is no checkpoint, of another log, or the signature does not hold.
    """
    checkpoint = read_checkpoint(note)
    if not note.is_signed_by(key):
        return None
    if checkpoint.origin != key.name:
        raise NoteError("the checkpoint is of another log")
    return checkpoint


def time_of(note: Note, key: VerifierKey) -> datetime | None:
    """When a log or a witness has signed, if it said so.

    Raises
    ------
    NoteError
        If that signature does not hold.
    """
    seconds = note.signed_at(VerifierKey(key.name, COSIGNATURE, key.public))
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
