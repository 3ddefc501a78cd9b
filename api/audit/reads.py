"""Who has read a case, each line with the proof that it stands in the log that a checkpoint covers."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.ratings.blind_rating import double_ratings
from api.store.schema import Audit
from api.transparency.checkpoints import Checkpoint, open_checkpoint, read_hash
from api.transparency.folder import Folder, Published
from api.transparency.log_tree import LogDiffersError, LogTree
from api.transparency.merkle import includes, leaf_hash
from api.transparency.notes import Note, NoteError, VerifierKey
from api.transparency.proving import tree_under
from api.transparency.settings import CheckpointSettings
from instruments.canonical import canonical_json

FORMAT = "underlag-reads-1"
#: What counts as having read a case.
READING = ("read", "export")
_COLUMNS = [column for column in Audit.metadata.tables["audit"].columns if column.name != "digest"]


@dataclass(frozen=True)
class ReadsReport:
    """The result of verifying proven reads.

    Parameters
    ----------
    faults : tuple of str
        Any of ``unreadable``, ``signature`` and ``inclusion``; empty where all holds.
    """

    reads: int
    faults: tuple[str, ...] = ()


def reads_with_proofs(session: Session, case_id: str, checkpoint: Published) -> dict[str, Any]:
    """Who has read a case or taken something out of it, as JSON.

    Parameters
    ----------
    checkpoint : Published
        Reads after it are only counted; a later checkpoint proves them.

    Returns
    -------
    dict
        With the checkpoint as it was signed. Each link is what its digest covers, and its proof goes from that
        digest to the root. Whether a link was left out is not shown thereby.

    Raises
    ------
    LogDiffersError
        If the log is not the one that the checkpoint was signed for.
    """
    size = checkpoint.checkpoint.size
    tree = tree_under(session, checkpoint)
    chosen = select(*_COLUMNS).where(Audit.case_id == case_id, Audit.action.in_(READING), Audit.outcome == "done")
    links = [dict(row) for row in session.execute(chosen.order_by(Audit.number)).mappings()]
    proven = [link for link in links if link["number"] <= size]
    return {
        "format": FORMAT,
        "checkpoint": str(checkpoint.note),
        "reads": [
            {"link": {**link, "at": link["at"].isoformat()}, "proof": _encoded(tree, link["number"] - 1, size)}
            for link in proven
        ],
        "since_checkpoint": len(links) - len(proven),
    }


def _encoded(tree: LogTree, place: int, size: int) -> list[str]:
    return [b64encode(each).decode() for each in tree.inclusion_proof(place, size)]


def verify_reads(data: Mapping[str, Any], key: VerifierKey) -> ReadsReport:
    """Hold proven reads against the public key of the log; nothing else is needed.

    Parameters
    ----------
    data : mapping
        What `reads_with_proofs` gave, or an extract that has it under ``reads``.
    """
    reads = data.get("reads")
    if isinstance(reads, dict):
        return verify_reads(reads, key)
    if data.get("format") != FORMAT or not isinstance(reads, list):
        return ReadsReport(0, ("unreadable",))
    try:
        checkpoint = open_checkpoint(Note.parse(str(data.get("checkpoint"))), key)
    except NoteError:
        checkpoint = None
    if checkpoint is None:
        return ReadsReport(0, ("signature",))
    try:
        holds = [_holds(each, checkpoint) for each in reads]
    except (KeyError, TypeError, ValueError):
        return ReadsReport(0, ("unreadable",))
    return ReadsReport(len(holds), () if all(holds) else ("inclusion",))


def _holds(read: Mapping[str, Any], checkpoint: Checkpoint) -> bool:
    digest = hashlib.sha256(canonical_json(read["link"])).digest()
    place = int(read["link"]["number"]) - 1
    proof = [read_hash(each) for each in read["proof"]]
    return includes(leaf_hash(digest), place, checkpoint.size, proof, checkpoint.root)


def proven_reads(session: Session, case_id: str, settings: CheckpointSettings | None) -> dict[str, Any]:
    """What an extract for the young person carries of who has read it, under ``reads``.

    Returns
    -------
    dict
        Empty where no checkpoint was written yet, or none that fits the log; and while a second rating is open, since
        neither rater is to learn from it what the other has opened.
    """
    if settings is None or any(pair.is_open for pair in double_ratings(session, case_id)):
        return {}
    try:
        published = Folder(settings.folder).latest()
        return {"reads": reads_with_proofs(session, case_id, published)} if published is not None else {}
    except (NoteError, LogDiffersError):
        return {}
