"""Backup and restore of either database: one file, checked before and after, signed, and whole or not there at all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from api.store.audit_chain import verify_audit
from api.store.backup_content import (
    has_other_objects,
    is_of_sqlite,
    read_postgresql,
    read_sqlite,
    write_postgresql,
    write_sqlite,
)
from api.store.backup_seal import BackupError, decrypt, encrypt, is_encrypted, is_sealed, seal, unseal
from api.store.database import Database
from api.store.private_files import make_private_file
from api.store.upgrade import differences, known_versions, latest_version, refuse_newer_schema, upgrade, version_of
from instruments.faults import Fault

__all__ = ["BackupError", "BackupReport", "back_up", "restore"]


@dataclass(frozen=True)
class BackupReport:
    """What a backup is of.

    Parameters
    ----------
    version : str
        The version of the tables.
    doubts : tuple of str
        ``audit-broken`` where the audit does not hold, and ``tables-differ`` where somebody has changed the tables.
        Tables of an earlier version are looked at after they were upgraded.
    """

    version: str
    doubts: tuple[str, ...] = ()


def back_up(
    database: Database,
    target: Path,
    key: Ed25519PrivateKey,
    recipients: Sequence[pyrage.x25519.Recipient] = (),
) -> BackupReport:
    """Write everything in a database to a file, while the service goes on.

    Parameters
    ----------
    target : Path
        Readable by its owner only. It is there whole, or not at all.
    key : Ed25519PrivateKey
        Signs it; see `api.store.backup_seal.key_of_backups`.
    recipients : sequence of Recipient
        Whom it is encrypted to; without any it is readable by whoever has the file.

    Raises
    ------
    BackupError
        If the file exists, or the database is damaged.
    OtherSchemaError
        If there are no tables, or they are newer than this Underlag. Earlier ones are backed up as they are.
    """
    if target.exists():
        raise BackupError(Fault("backup-exists", str(target)))
    refuse_newer_schema(database)
    version = str(version_of(database))
    with _unfinished(target, "content") as content, _unfinished(target, "sealed") as sealed:
        try:
            (write_sqlite if database.is_sqlite else write_postgresql)(database, content)
            doubts = tuple(_doubts(database)) if version == latest_version() else ()
        except DBAPIError:
            raise BackupError(Fault("database-damaged", "")) from None
        kind = "sqlite" if database.is_sqlite else "postgresql"
        seal(content, sealed, {"database": kind, "version": version}, key)
        if recipients:
            with _unfinished(target, "encrypted") as encrypted:
                encrypt(sealed, encrypted, recipients)
                _finish(encrypted, target)
        else:
            _finish(sealed, target)
    return BackupReport(version, doubts)


def _doubts(database: Database) -> Iterator[str]:
    """What is whole and yet not as it should be: worth a backup, and a look."""
    with database.looking() as session:
        if not verify_audit(session).is_whole:
            yield "audit-broken"
    if differences(database) or (database.is_sqlite and has_other_objects(Path(str(database.url.database)))):
        yield "tables-differ"


@contextmanager
def _unfinished(target: Path, part: str) -> Iterator[Path]:
    """A file beside the target, so that it can become it in one step; it is not left behind."""
    path = target.with_name(f"{target.name}.{part}.unfinished")
    try:
        make_private_file(path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _finish(written: Path, target: Path) -> None:
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(target)


def restore(
    source: Path,
    database: Database,
    trusted: Ed25519PublicKey | None,
    identities: Sequence[pyrage.x25519.Identity] = (),
) -> None:
    """Bring a backup back into a database that has nothing in it.

    The backup is of the same kind of database. Its tables may be older; they are upgraded afterwards.

    Parameters
    ----------
    trusted : Ed25519PublicKey or None
        Whose signature it must bear. None for a backup that was made before they were signed: whoever restores it
        answers for where it comes from.
    identities : sequence of Identity
        The private keys that open it, where it is encrypted.

    Raises
    ------
    BackupError
        If the database holds anything, or the file is no backup of this kind, damaged, or not signed by the key.
    OtherSchemaError
        If the backup is newer than this Underlag.
    """
    if inspect(database.engine).get_table_names():
        raise BackupError(Fault("database-not-empty", ""))
    with ExitStack() as parts:
        folder = Path(parts.enter_context(TemporaryDirectory(prefix="underlag-restore-")))
        content = _content_of(source, folder, trusted, identities)
        if is_of_sqlite(content) != database.is_sqlite:
            raise BackupError(Fault("backup-of-another-kind", str(source)))
        if database.is_sqlite:
            read_sqlite(content, database, is_signed=trusted is not None)
        else:
            read_postgresql(content, database)
    upgrade(database)


def _content_of(
    source: Path, folder: Path, trusted: Ed25519PublicKey | None, identities: Sequence[pyrage.x25519.Identity]
) -> Path:
    """The content of a backup, after everything around it was checked."""
    if is_encrypted(source):
        if not identities:
            raise BackupError(Fault("backup-encrypted", str(source)))
        decrypt(source, folder / "sealed", identities)
        source = folder / "sealed"
    if not is_sealed(source):
        if trusted is not None:
            raise BackupError(Fault("backup-unsigned", str(source)))
        return source
    if trusted is None:
        raise BackupError(Fault("backup-is-signed", str(source)))
    about = unseal(source, folder / "content", trusted)
    if about["version"] not in known_versions():
        raise BackupError(Fault("backup-of-newer-tables", str(source), {"found": str(about["version"])}))
    return folder / "content"
