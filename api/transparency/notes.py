"""Signed notes and their keys, as https://c2sp.org/signed-note and https://c2sp.org/tlog-cosignature say.

A private key is written as Go's ``golang.org/x/mod/sumdb/note`` writes it, so that its tools read ours and ours theirs.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: Types of signatures: over the text itself, and over the text with a time.
SIGNATURE, COSIGNATURE = 0x01, 0x04
MOST_SIGNATURES = 100
LONGEST_NAME = 200
_PRIVATE = "PRIVATE+KEY+"
_DASH = "\u2014 "
_ID, _TIME = 4, 8
_LATEST = 253_402_300_799  # the end of the year 9999


class NoteError(ValueError):
    """A note or a key that is not written as it must be, or a signature by a known key that does not hold."""


@dataclass(frozen=True)
class VerifierKey:
    """Whose signature is believed.

    Parameters
    ----------
    type : int
        `SIGNATURE` or `COSIGNATURE`.
    public : bytes
        32 bytes of Ed25519.
    """

    name: str
    type: int
    public: bytes

    @classmethod
    def parse(cls, written: str) -> "VerifierKey":
        """Read a key that is written NAME+ID+BASE64.

        Raises
        ------
        NoteError
        """
        name, _, rest = written.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _decode(encoded)
        if not is_name(name) or len(raw) != 33 or raw[0] not in (SIGNATURE, COSIGNATURE):
            raise NoteError("no public key")
        key = cls(name, raw[0], raw[1:])
        if key.id.hex() != key_id:
            raise NoteError("the key's number is not that of its name and key")
        return key

    @property
    def id(self) -> bytes:
        """The first four bytes of the SHA-256 of name, type and key."""
        covered = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(covered).digest()[:_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.type]) + self.public).decode()}"


@dataclass(frozen=True)
class SigningKey:
    """A private key and whom it speaks for."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def make(cls, name: str) -> "SigningKey":
        """A new random key.

        Raises
        ------
        NoteError
            If the name is none.
        """
        if not is_name(name):
            raise NoteError("no name of a key")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, written: str) -> "SigningKey":
        """Read a key that is written PRIVATE+KEY+NAME+ID+BASE64; the error does not repeat it.

        Raises
        ------
        NoteError
        """
        if not written.startswith(_PRIVATE):
            raise NoteError("no private key")
        name, _, rest = written.removeprefix(_PRIVATE).partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _decode(encoded)
        if not is_name(name) or len(raw) != 33 or raw[0] != SIGNATURE:
            raise NoteError("no private key")
        key = cls(name, Ed25519PrivateKey.from_private_bytes(raw[1:]))
        if key.verifier().id.hex() != key_id:
            raise NoteError("the key's number is not that of its name and key")
        return key

    def verifier(self, type: int = SIGNATURE) -> VerifierKey:
        """The public key, for one type of signature."""
        return VerifierKey(self.name, type, self.private.public_key().public_bytes_raw())

    def write(self) -> str:
        """The key as `parse` reads it. Not what ``str`` gives, so that it ends up in no log."""
        raw = bytes([SIGNATURE]) + self.private.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self.verifier().id.hex()}+{b64encode(raw).decode()}"

    def sign(self, text: str) -> "Signature":
        """A signature over a text."""
        return Signature(self.name, self.verifier().id, self.private.sign(text.encode()))

    def cosign(self, text: str, seconds: int) -> "Signature":
        """A signature over a text and the time, in seconds since 1970: ``cosignature/v1``."""
        signed = self.private.sign(_with_time(text, seconds))
        return Signature(self.name, self.verifier(COSIGNATURE).id, seconds.to_bytes(_TIME) + signed)


@dataclass(frozen=True)
class Signature:
    """One line beneath a note: whose it is, and the bytes after the number of the key."""

    name: str
    key_id: bytes
    signed: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signed).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text, which ends with a line break, and the signatures beneath it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, written: str) -> "Note":
        """Read a note. That its signatures hold is not said thereby.

        Raises
        ------
        NoteError
        """
        text, gap, lines = written.rpartition("\n\n")
        has_control = any(letter < " " and letter != "\n" for letter in written)
        if not gap or has_control or not lines.endswith("\n") or lines.count("\n") > MOST_SIGNATURES:
            raise NoteError("no signed note")
        return cls(text + "\n", tuple(read_signature(line) for line in lines.splitlines()))

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """The note with further signatures, each once."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether a key has signed the text.

        Raises
        ------
        NoteError
            If there is a signature by that key that does not hold: the whole note is then worth nothing.
        """
        return bool(self._signed_by(key))

    def signed_at(self, key: VerifierKey) -> int | None:
        """When a key has cosigned the text, at the latest, in seconds since 1970; None where it has not.

        Raises
        ------
        NoteError
            As `is_signed_by`.
        """
        times = [int.from_bytes(each.signed[:_TIME]) for each in self._signed_by(key)]
        if max(times, default=0) > _LATEST:
            raise NoteError(f"{key.name} states a time that is none")
        return max(times, default=None)

    def _signed_by(self, key: VerifierKey) -> list[Signature]:
        signatures = [each for each in self.signatures if (each.name, each.key_id) == (key.name, key.id)]
        for each in signatures:
            signed, covered = each.signed, self.text.encode()
            if key.type == COSIGNATURE:
                covered = _with_time(self.text, int.from_bytes(signed[:_TIME]))
                signed = signed[_TIME:]
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signed, covered)
            except InvalidSignature:
                raise NoteError(f"the signature of {key.name} does not hold") from None
        return signatures


def read_signature(line: str) -> Signature:
    """Read a line beneath a note.

    Raises
    ------
    NoteError
    """
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _decode(encoded)
    if not line.startswith(_DASH) or not is_name(name) or len(raw) <= _ID:
        raise NoteError("no signature line")
    return Signature(name, raw[:_ID], raw[_ID:])


def is_name(name: str) -> bool:
    """Whether a key can be called so: not empty, and without spaces, plus signs and control characters."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def _with_time(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _decode(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        raise NoteError("no base64") from None
