"""The tree under a checkpoint, and the proof that it extends an earlier one, as a witness asks for it."""

from sqlalchemy.orm import Session

from api.transparency.folder import Published
from api.transparency.log_tree import LogDiffersError, LogTree
from api.transparency.witnessing import WitnessRequest


def tree_under(session: Session, published: Published) -> LogTree:
    """The tree that a checkpoint was signed for; hashes that are kept are not believed where they do not lead to it.

    Raises
    ------
    LogDiffersError
        If the log is another one.
    """
    checkpoint = published.checkpoint
    for blocks in (published.blocks, ()):
        tree = LogTree(session, checkpoint.size, blocks)
        if tree.root(checkpoint.size) == checkpoint.root:
            return tree
    raise LogDiffersError


def extension_of(session: Session, old: int, published: Published) -> WitnessRequest:
    """A checkpoint with the proof that a smaller tree of this log is its beginning.

    Raises
    ------
    LogDiffersError
    """
    proof = tree_under(session, published).consistency_proof(old, published.checkpoint.size)
    return WitnessRequest(old, tuple(proof), published.note)
