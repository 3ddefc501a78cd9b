"""Holding a log against its checkpoints, for somebody who trusts their key and their folder but not the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.audit_chain import CHECKPOINT
from api.store.schema import Audit
from api.transparency.checkpoints import Checkpoint, open_checkpoint, time_of
from api.transparency.folder import CheckpointFile, Folder, read_note
from api.transparency.log_tree import leaves
from api.transparency.merkle import Frontier
from api.transparency.notes import Note, NoteError, VerifierKey
from api.transparency.writing import digest_of_text
from instruments.messages import Message


@dataclass(frozen=True)
class Opened:
    """A checkpoint whose signature holds. ``at``: when it was signed, by its own signature; else by its name."""

    file: CheckpointFile
    note: Note
    checkpoint: Checkpoint
    at: datetime


@dataclass(frozen=True)
class Witnessed:
    """The latest checkpoint that a witness has cosigned, and when."""

    witness: str
    checkpoint: Opened
    at: datetime


@dataclass
class CheckpointReport:
    """The result of holding a log against its checkpoints.

    Parameters
    ----------
    findings : list of Message
        What is wrong; each has its sentence.
    latest : Opened or None
        The checkpoint that covers most of the log.
    links : int
        How many links the log has.
    """

    findings: list[Message] = field(default_factory=list)
    latest: Opened | None = None
    links: int = 0
    witnessed: list[Witnessed] = field(default_factory=list)

    @property
    def since(self) -> int:
        """How many links no checkpoint covers: they can be changed or vanish without a trace."""
        return self.links - (self.latest.checkpoint.size if self.latest else 0)


def verify_checkpoints(
    session: Session, folder: Folder, key: VerifierKey, witnesses: Sequence[VerifierKey] = ()
) -> CheckpointReport:
    """Hold the log against every checkpoint of a folder.

    Parameters
    ----------
    key : VerifierKey
        The log's; nothing is believed that another has signed.
    witnesses : sequence of VerifierKey
        Those who must have cosigned.
    """
    report = CheckpointReport()
    files = folder.files()
    if not files:
        report.findings.append(_finding("none"))
    report.findings += _missing_numbers(files)
    opened = []
    for file in files:
        checkpoint = _open(file, key)
        if isinstance(checkpoint, Message):
            report.findings.append(checkpoint)
        else:
            opened.append(checkpoint)
    report.findings += _out_of_order(opened)
    _hold_tree_against(session, report, opened)
    report.findings += _missing_among_told(session, opened, key)
    for witness in witnesses:
        _look_for_witness(folder, report, opened, witness)
    return report


def _finding(code: str, **parameters: object) -> Message:
    return Message(f"checkpoint.found.{code}", parameters)


def _open(file: CheckpointFile, key: VerifierKey) -> Opened | Message:
    try:
        note = read_note(file.path)
        checkpoint = open_checkpoint(note, key)
        at = time_of(note, key) if checkpoint else None
    except NoteError:
        return _finding("unreadable", file=file.path.name)
    if checkpoint is None:
        return _finding("another-key", file=file.path.name)
    if checkpoint.size != file.size:
        return _finding("renamed", file=file.path.name)
    return Opened(file, note, checkpoint, at or file.at)


def _missing_numbers(files: Sequence[CheckpointFile]) -> Iterator[Message]:
    expected = 1
    for file in files:
        if file.number > expected:
            yield _finding("gap", first=expected, last=file.number - 1)
        expected = file.number + 1


def _out_of_order(opened: Sequence[Opened]) -> Iterator[Message]:
    for one, other in pairwise(opened):
        if other.checkpoint.size < one.checkpoint.size or other.at < one.at:
            yield _finding("order", number=other.file.number, before=one.file.number)


def _hold_tree_against(session: Session, report: CheckpointReport, opened: Sequence[Opened]) -> None:
    """Work the tree out once, from the first link, and compare its root wherever a checkpoint stands."""
    waiting = sorted(opened, key=lambda each: each.checkpoint.size)
    report.latest = waiting[-1] if waiting else None
    frontier, agreed, is_rewritten = Frontier(), 0, False
    for leaf in _leaves_as_they_are(session):
        frontier.add(leaf)
        while waiting and waiting[0].checkpoint.size <= frontier.size:
            each = waiting.pop(0)
            if each.checkpoint.size == 0 or each.checkpoint.root == frontier.root():
                agreed = each.checkpoint.size
            elif not is_rewritten:  # every later one differs too
                is_rewritten = True
                where = {"first": agreed + 1, "last": each.checkpoint.size}
                report.findings.append(_finding("rewritten", number=each.file.number, at=each.at, **where))
    report.links = frontier.size
    beyond = [each for each in waiting if each.checkpoint.size > frontier.size]
    if beyond:
        each = beyond[-1]
        sizes = {"links": frontier.size, "size": each.checkpoint.size}
        report.findings.append(_finding("shorter", number=each.file.number, at=each.at, **sizes))


def _leaves_as_they_are(session: Session) -> Iterator[bytes]:
    """The leaves until the first that is none; walking the chain tells of that one."""
    try:
        yield from leaves(session)
    except ValueError:
        return


def _missing_among_told(session: Session, opened: Sequence[Opened], key: VerifierKey) -> Iterator[Message]:
    """Checkpoints by this key that the log tells of and the folder does not have."""
    known = {(f"{each.file.number:06}", digest_of_text(each.note)) for each in opened}
    named = f"{key.name}+{key.id.hex()}"
    logged = select(Audit.record_id, Audit.seal).where(Audit.kind == CHECKPOINT, Audit.ground == named)
    for number, seal in session.execute(logged.order_by(Audit.number)).all():
        if (number, seal) not in known:
            yield _finding("told-of", number=str(number).lstrip("0"))


def _look_for_witness(folder: Folder, report: CheckpointReport, opened: Sequence[Opened], witness: VerifierKey) -> None:
    for each in sorted(opened, key=lambda one: one.file.number, reverse=True):
        try:
            at = time_of(each.note.with_signatures(folder.cosignatures(each.note)), witness)
        except NoteError:
            report.findings.append(_finding("false-witness", number=each.file.number, witness=witness.name))
            continue
        if at is not None:
            report.witnessed.append(Witnessed(witness.name, each, at))
            return
    report.findings.append(_finding("no-witness", witness=witness.name))
