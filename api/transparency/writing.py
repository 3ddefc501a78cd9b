"""Writing checkpoints: at every interval, by one worker only, and never one that the last does not lead to."""

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from api.store.audit_chain import CHECKPOINT, SERVICE, AuditEvent, record_event
from api.store.database import Database
from api.transparency.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from api.transparency.folder import CheckpointFile, Folder
from api.transparency.log_tree import LogDiffersError, LogTree, size_of_log
from api.transparency.merkle import BLOCK
from api.transparency.notes import Note, NoteError, VerifierKey
from api.transparency.settings import CheckpointSettings
from instruments.faults import Fault


class CheckpointRefusedError(RuntimeError):
    """A checkpoint that is not signed, since it would contradict the last one.

    Parameters
    ----------
    fault : Fault
        Its sentence says what was found, and what to do.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def write_checkpoint(
    database: Database, settings: CheckpointSettings, now: datetime, *, only_if_due: bool = False
) -> CheckpointFile | None:
    """Write a checkpoint of the log as it is, and tell the log of it.

    Parameters
    ----------
    only_if_due : bool
        Whether to write none while the last is younger than the interval, as when another worker was faster.

    Raises
    ------
    CheckpointRefusedError
        If the log is not one that the last checkpoint leads to. Nothing is written then.
    StoreUnavailableError
        If the database cannot serve now.
    OSError
        If the folder cannot be written to.
    """
    folder = Folder(settings.folder)
    with folder.lock():
        files = folder.files()
        if only_if_due and files and now - files[-1].at < settings.every:
            return None
        last = _opened(folder, files[-1], settings.key.verifier()) if files else None
        with database.looking() as session:
            size, tree = _tree_after(session, last, folder.blocks())
            note = sign_checkpoint(settings.key, size, tree.root(size), now)
        written = folder.add(note, size, now)
        folder.keep_blocks(tree.blocks)
    with database.unit_of_work() as session:
        record_event(session, checkpoint_event(written, note, settings.key.verifier(), now))
    return written


def checkpoint_event(file: CheckpointFile, note: Note, key: VerifierKey, now: datetime) -> AuditEvent:
    """The audit event of a checkpoint: its number, by which key, and the digest of what it says.

    The next checkpoint covers this; one that is missing from the folder is thus missed.
    """
    named = f"{key.name}+{key.id.hex()}"
    seal = digest_of_text(note)
    return AuditEvent(now, SERVICE, "write", CHECKPOINT, record_id=f"{file.number:06}", ground=named, seal=seal)


def digest_of_text(note: Note) -> str:
    """The digest of what a note says."""
    return hashlib.sha256(note.text.encode()).hexdigest()


def _opened(folder: Folder, file: CheckpointFile, key: VerifierKey) -> Checkpoint:
    try:
        checkpoint = open_checkpoint(folder.published(file).note, key)
    except NoteError:
        raise CheckpointRefusedError(Fault("checkpoint-unreadable", file.path.name)) from None
    if checkpoint is None:
        raise CheckpointRefusedError(Fault("checkpoint-of-another-key", file.path.name))
    return checkpoint


def _tree_after(session: Session, last: Checkpoint | None, known: list[bytes]) -> tuple[int, LogTree]:
    """The tree over the log, once it is found to begin with what the last checkpoint covers.

    The last of the known blocks is read again: whoever digests a log anew changes every link after the first altered
    one, and thereby also that block.
    """
    size = size_of_log(session)
    if last is not None and size < last.size:
        raise CheckpointRefusedError(Fault("checkpoint-log-shorter", "", {"links": size, "size": last.size}))
    for blocks in (known[: (last.size if last else 0) // BLOCK][:-1], []):
        try:
            tree = LogTree(session, size, blocks)
            if last is None or tree.root(last.size) == last.root:
                return size, tree
        except (LogDiffersError, ValueError):
            continue
    covered = last.size if last else size
    raise CheckpointRefusedError(Fault("checkpoint-log-rewritten", "", {"size": covered}))
