"""The Merkle tree of RFC 6962, section 2.1; its proofs are checked as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

#: How many leaves stand under one hash that is kept, so that a large tree need not be hashed anew. A power of two.
BLOCK = 256
EMPTY = hashlib.sha256(b"").digest()
#: Gives the hashes of some leaves, from and before a place; they never lie in two blocks.
ReadLeaves = Callable[[int, int], Sequence[bytes]]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees that stand beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two that is less than a size of at least two."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """A tree that is only added to: it keeps one hash for each complete subtree, at most one of each height."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        for _ in range((~self.size & (self.size + 1)).bit_length() - 1):
            leaf = node_hash(self._peaks.pop(), leaf)
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added until now."""
        if not self._peaks:
            return EMPTY
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


class Tree:
    """A tree whose leaves are read where they are needed.

    Parameters
    ----------
    read_leaves : callable
        Gives the hashes of leaves.
    blocks : sequence of bytes
        The hashes of the first complete blocks, as far as they are known; the others are worked out.
    """

    def __init__(self, read_leaves: ReadLeaves, blocks: Sequence[bytes] = ()) -> None:
        self._read = read_leaves
        self._blocks = blocks
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """The root of the first leaves."""
        return self._hash(0, size) if size else EMPTY

    def inclusion_proof(self, place: int, size: int) -> list[bytes]:
        """What proves that a leaf, by its place from 0, is among the first leaves: RFC 6962, section 2.1.1.

        Raises
        ------
        ValueError
            If the place is not among them.
        """
        if not 0 <= place < size:
            raise ValueError("the leaf is not in the tree")
        return list(self._path(place, 0, size))

    def consistency_proof(self, old: int, size: int) -> list[bytes]:
        """What proves that a tree of one size is the beginning of another: RFC 6962, section 2.1.2.

        Raises
        ------
        ValueError
            If the old size is the larger one.
        """
        if not 0 <= old <= size:
            raise ValueError("the tree was never larger than it is")
        return list(self._subproof(old, 0, size, is_whole=True)) if old else []

    def _hash(self, start: int, end: int) -> bytes:
        size = end - start
        if size == BLOCK and start // BLOCK < len(
            self._blocks
        ):  # only subtrees that begin at whole blocks are so large
            return self._blocks[start // BLOCK]
        known = self._known.get((start, end))
        if known is None:
            if size <= BLOCK:
                frontier = Frontier()
                for leaf in self._read(start, end):
                    frontier.add(leaf)
                known = frontier.root()
            else:
                middle = start + _split(size)
                known = node_hash(self._hash(start, middle), self._hash(middle, end))
            self._known[start, end] = known
        return known

    def _path(self, place: int, start: int, end: int) -> Iterator[bytes]:
        if end - start == 1:
            return
        middle = start + _split(end - start)
        if place < middle:
            yield from self._path(place, start, middle)
            yield self._hash(middle, end)
        else:
            yield from self._path(place, middle, end)
            yield self._hash(start, middle)

    def _subproof(self, old: int, start: int, end: int, *, is_whole: bool) -> Iterator[bytes]:
        if old == end:
            if not is_whole:
                yield self._hash(start, end)
            return
        middle = start + _split(end - start)
        if old <= middle:
            yield from self._subproof(old, start, middle, is_whole=is_whole)
            yield self._hash(middle, end)
        else:
            yield from self._subproof(old, middle, end, is_whole=False)
            yield self._hash(start, middle)


def includes(leaf: bytes, place: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that the hash of a leaf stands at a place of the tree with a root."""
    if not 0 <= place < size:
        return False
    node, last, computed = place, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(each, computed)
            node, last = _up_to_right(node, last)
        else:
            computed = node_hash(computed, each)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root


def is_consistent(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether a proof shows that the tree of one size and root is the beginning of the other."""
    if old > size or old < 0:
        return False
    if old in (0, size):
        return not proof and (old_root == root if old == size else old_root == EMPTY)
    if not proof:
        return False
    first, *rest = proof if old & (old - 1) else (old_root, *proof)
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_computed = computed = first
    for each in rest:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_computed, computed = node_hash(each, old_computed), node_hash(each, computed)
            node, last = _up_to_right(node, last)
        else:
            computed = node_hash(computed, each)
        node, last = node >> 1, last >> 1
    return last == 0 and old_computed == old_root and computed == root


def _up_to_right(node: int, last: int) -> tuple[int, int]:
    """Go up from a node without a sibling until it is a right child, or the leftmost of all."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last
