"""The Merkle tree over the links of the audit. A leaf is the digest of a link, as 32 bytes; link 1 is leaf 0."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.schema import Audit, AuditHead
from api.transparency.merkle import BLOCK, Frontier, Tree, leaf_hash
from instruments.faults import Fault

_BATCH = 10_000


class LogDiffersError(RuntimeError):
    """The log is not the one that a checkpoint was signed for, or has fewer links than it says."""

    def __init__(self) -> None:
        self.fault = Fault("log-differs", "")
        super().__init__(str(self.fault))


def size_of_log(session: Session) -> int:
    """How many links the log says it has."""
    return session.execute(select(AuditHead.number)).scalar_one()


def leaves(session: Session, after: int = 0, until: int | None = None) -> Iterator[bytes]:
    """Yield the hashes of the leaves, in the order of the links.

    Raises
    ------
    ValueError
        If something stands there that is no digest.
    """
    chosen = select(Audit.digest).where(Audit.number > after).order_by(Audit.number)
    if until is not None:
        chosen = chosen.where(Audit.number <= until)
    with session.execute(chosen.execution_options(yield_per=_BATCH)) as rows:
        for (digest,) in rows:
            yield leaf_hash(bytes.fromhex(digest))


class LogTree(Tree):
    """The tree over the first links.

    Parameters
    ----------
    blocks : sequence of bytes
        The hashes of the first complete blocks, as far as they are known. The others are worked out at once, and all
        are in `blocks` afterwards.

    Raises
    ------
    LogDiffersError
    """

    def __init__(self, session: Session, size: int, blocks: Sequence[bytes] = ()) -> None:
        self._session, self._size = session, size
        self._loaded: dict[int, list[bytes]] = {}
        complete = size // BLOCK
        self.blocks = [*blocks[:complete], *self._work_out(min(len(blocks), complete), complete)]
        super().__init__(self._leaves, self.blocks)

    def _work_out(self, known: int, complete: int) -> Iterator[bytes]:
        if known == complete:
            return
        frontier, made = Frontier(), known
        for leaf in leaves(self._session, known * BLOCK, complete * BLOCK):
            frontier.add(leaf)
            if frontier.size == BLOCK:
                yield frontier.root()
                frontier, made = Frontier(), made + 1
        if made != complete:
            raise LogDiffersError

    def _leaves(self, start: int, end: int) -> Sequence[bytes]:
        first = start // BLOCK * BLOCK
        if first not in self._loaded:
            until = min(first + BLOCK, self._size)
            self._loaded = {first: list(leaves(self._session, first, until))}
            if len(self._loaded[first]) != until - first:
                raise LogDiffersError
        return self._loaded[first][start - first : end - first]
