"""What a backup is wrapped in: a statement of what it holds, signed with Ed25519, and age encryption around it all.

A backup is a zip of three parts: ``content``, ``about.json`` with the digest of the content, and ``signature`` over the
bytes of ``about.json``. Where recipients are named, the zip is encrypted to them in the format of age
(``age-encryption.org/v1``), which other tools read too; the identity that opens it is needed for a restore only.
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.store.private_files import make_private_file
from instruments.canonical import canonical_json
from instruments.faults import Fault, InputError

FORMAT = "underlag-backup@1"
_PURPOSE = f"{FORMAT} signature"
_CONTENT, _ABOUT, _SIGNATURE = "content", "about.json", "signature"
_AGE = b"age-encryption.org/v1\n"
_CHUNK = 1 << 20
_LONGEST_ABOUT = 10_000


class BackupError(RuntimeError):
    """A backup that cannot be made or restored.

    Parameters
    ----------
    fault : Fault
        Its sentence says why, and what to do.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def key_of_backups(signing_key: bytes) -> Ed25519PrivateKey:
    """The key that signs backups, derived from ``UNDERLAG_SIGNING_KEY`` so that it signs nothing else."""
    seed = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE.encode()).derive(signing_key)
    return Ed25519PrivateKey.from_private_bytes(seed)


def read_recipients(written: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """The public keys that a backup is encrypted to.

    Raises
    ------
    InputError
    """
    try:
        return [pyrage.x25519.Recipient.from_str(each) for each in written]
    except pyrage.RecipientError:
        raise InputError([Fault("bad-recipient", "--recipient")]) from None


def read_identities(file: Path) -> list[pyrage.x25519.Identity]:
    """The private keys in a file as ``age-keygen`` writes it.

    Raises
    ------
    InputError
    """
    lines = (line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        raise InputError([Fault("bad-identity", "--identity")]) from None


def seal(content: Path, target: Path, about: dict[str, Any], key: Ed25519PrivateKey) -> None:
    """Write a content and a signed statement of it to a file, and read both back."""
    statement = canonical_json({**about, "format": FORMAT, "sha256": digest_of(content)})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.write(content, _CONTENT)
        archive.writestr(_ABOUT, statement)
        archive.writestr(_SIGNATURE, key.sign(statement))
    unseal(target, None, key.public_key())


def unseal(source: Path, content: Path | None, trusted: Ed25519PublicKey) -> dict[str, Any]:
    """Hold a backup against its signature, then its content against the statement.

    Parameters
    ----------
    content : Path or None
        Where the content is written; None to check only.

    Raises
    ------
    BackupError
    """
    damaged = BackupError(Fault("backup-damaged", source.name))
    try:
        with zipfile.ZipFile(source) as archive:
            if archive.getinfo(_ABOUT).file_size > _LONGEST_ABOUT:
                raise damaged
            statement = archive.read(_ABOUT)
            try:
                trusted.verify(archive.read(_SIGNATURE), statement)
            except InvalidSignature:
                raise BackupError(Fault("backup-of-another-key", source.name)) from None
            about = json.loads(statement)
            digest = hashlib.sha256()
            with archive.open(_CONTENT) as part:
                _copy(part, content, digest)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError):
        raise damaged from None
    if digest.hexdigest() != about["sha256"]:
        raise damaged
    return cast("dict[str, Any]", about)


def _copy(part: IO[bytes], content: Path | None, digest: Any) -> None:
    if content is None:
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
        return
    make_private_file(content)
    with content.open("wb") as file:
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)


def is_sealed(source: Path) -> bool:
    """Whether a file is such a zip; earlier backups were the bare content."""
    if not zipfile.is_zipfile(source):
        return False
    with zipfile.ZipFile(source) as archive:
        return {_ABOUT, _SIGNATURE} <= set(archive.namelist())


def is_encrypted(source: Path) -> bool:
    """Whether a file is encrypted in the format of age."""
    with source.open("rb") as file:
        return file.read(len(_AGE)) == _AGE


class _Digesting:
    """A file that remembers the digest of what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def encrypt(source: Path, target: Path, recipients: Sequence[pyrage.x25519.Recipient]) -> None:
    """Encrypt a file to public keys, and read back what was written.

    Raises
    ------
    BackupError
        If what is read is not what was written.
    """
    with source.open("rb") as plain, target.open("wb") as file:
        written = _Digesting(file)
        pyrage.encrypt_io(plain, written, list(recipients))
    if digest_of(target) != written.digest.hexdigest():
        raise BackupError(Fault("backup-not-readable", target.name))


def decrypt(source: Path, target: Path, identities: Sequence[pyrage.x25519.Identity]) -> None:
    """Decrypt a file by a private key.

    Raises
    ------
    BackupError
        If no identity opens it, or it was altered.
    """
    make_private_file(target)
    try:
        with source.open("rb") as encrypted, target.open("wb") as plain:
            pyrage.decrypt_io(encrypted, plain, list(identities))
    except (pyrage.DecryptError, OSError):
        raise BackupError(Fault("backup-not-opened", source.name)) from None


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
