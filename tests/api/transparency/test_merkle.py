"""The tree against the published vectors of Certificate Transparency, and against itself at any size."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.transparency.merkle import BLOCK, EMPTY, Frontier, Tree, includes, is_consistent, leaf_hash, node_hash

# What github.com/google/trillian, merkle/log_verifier_test.go (at 2017) gives as references for RFC 6962.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: The place of the leaf, the size of the tree, the proof.
INCLUSION: list[tuple[int, int, list[str]]] = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
#: The old size, the size, the proof.
CONSISTENCY: list[tuple[int, int, list[str]]] = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
SIZES = st.one_of(st.integers(1, 40), st.integers(1, 4 * BLOCK + 3))


def tree_of(leaves: Sequence[bytes], blocks: Sequence[bytes] = ()) -> Tree:
    return Tree(lambda start, end: leaves[start:end], blocks)


def in_bytes(written: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in written]


REFERENCE = [leaf_hash(each) for each in in_bytes(LEAVES)]
LARGE = [leaf_hash(number.to_bytes(4)) for number in range(4 * BLOCK + 3)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    frontier = Frontier()
    for leaf in REFERENCE[:size]:
        frontier.add(leaf)
    assert frontier.root().hex() == tree_of(REFERENCE).root(size).hex() == ROOTS[size]


@pytest.mark.parametrize(("place", "size", "proof"), INCLUSION)
def test_the_proofs_of_inclusion_are_the_published_ones(place: int, size: int, proof: list[str]) -> None:
    assert [each.hex() for each in tree_of(REFERENCE).inclusion_proof(place, size)] == proof
    assert includes(REFERENCE[place], place, size, in_bytes(proof), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size", "proof"), CONSISTENCY)
def test_the_proofs_of_consistency_are_the_published_ones(old: int, size: int, proof: list[str]) -> None:
    assert [each.hex() for each in tree_of(REFERENCE).consistency_proof(old, size)] == proof
    assert is_consistent(old, size, in_bytes(proof), bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size]))


def wrong_versions(proof: list[bytes], root: bytes) -> list[list[bytes]]:
    """The manglings that the published tests try."""
    altered = [[*proof[:at], EMPTY, *proof[at + 1 :]] for at in range(len(proof))]
    return [*altered, [*proof, b""], [*proof, root], [b"", *proof], [root, *proof], *([proof[:-1]] if proof else [])]


@pytest.mark.parametrize(("place", "size", "proof"), INCLUSION)
def test_an_altered_proof_of_inclusion_shows_nothing(place: int, size: int, proof: list[str]) -> None:
    leaf, path, root = REFERENCE[place], in_bytes(proof), bytes.fromhex(ROOTS[size])
    assert not any(includes(leaf, other, size, path, root) for other in (place - 1, place + 1, place ^ 2))
    assert not any(includes(leaf, place, other, path, root) for other in (size * 2, size // 2))
    assert not includes(b"another leaf", place, size, path, root)
    assert not includes(leaf, place, size, path, EMPTY)
    assert not any(includes(leaf, place, size, wrong, root) for wrong in wrong_versions(path, root))


@pytest.mark.parametrize(("old", "size", "proof"), CONSISTENCY[1:])
def test_an_altered_proof_of_consistency_shows_nothing(old: int, size: int, proof: list[str]) -> None:
    path, before, root = in_bytes(proof), bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size])
    others = [(old - 1, size), (old + 1, size), (old ^ 2, size), (old, size * 2), (old, size // 2)]
    assert not any(is_consistent(one, other, path, before, root) for one, other in others)
    assert not is_consistent(old, size, path, b"another root", root)
    assert not is_consistent(old, size, path, before, b"another root")
    assert not is_consistent(old, size, path, root, before)
    assert not any(is_consistent(old, size, wrong, before, root) for wrong in wrong_versions(path, before))


def test_nothing_is_proven_where_there_is_nothing() -> None:
    assert not includes(b"", 0, 0, [], EMPTY)
    assert is_consistent(0, 0, [], EMPTY, EMPTY)
    assert is_consistent(0, 5, [], EMPTY, b"x")
    assert not is_consistent(0, 5, [EMPTY], EMPTY, b"x")
    assert not is_consistent(2, 1, [], EMPTY, EMPTY)
    for wrong in ((3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="not in the tree"):
            tree_of(REFERENCE).inclusion_proof(*wrong)
    with pytest.raises(ValueError, match="never larger"):
        tree_of(REFERENCE).consistency_proof(4, 3)


@given(size=SIZES, data=st.data())
def test_every_leaf_is_proven_at_every_size(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    tree = tree_of(LARGE)
    proof = tree.inclusion_proof(place, size)
    assert includes(LARGE[place], place, size, proof, tree.root(size))
    assert not includes(LARGE[place - 1], place, size, proof, tree.root(size)) or size == 1


@given(size=SIZES, data=st.data())
def test_every_earlier_tree_is_proven_to_be_the_beginning(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    tree = tree_of(LARGE)
    proof = tree.consistency_proof(old, size)
    assert is_consistent(old, size, proof, tree.root(old), tree.root(size))
    other = tree_of([*LARGE[: old - 1], b"rewritten", *LARGE[old:]])
    assert old in (0, size) or not is_consistent(old, size, proof, other.root(old), tree.root(size))


@given(size=SIZES, known=st.integers(0, 4), place=st.integers(0, 4 * BLOCK + 2))
def test_known_blocks_change_no_root_and_no_proof(size: int, known: int, place: int) -> None:
    blocks = [tree_of(LARGE[at * BLOCK :]).root(BLOCK) for at in range(known)]
    kept, plain = tree_of(LARGE, blocks), tree_of(LARGE)
    assert kept.root(size) == plain.root(size)
    assert kept.inclusion_proof(place % size, size) == plain.inclusion_proof(place % size, size)
    assert kept.consistency_proof(place % size, size) == plain.consistency_proof(place % size, size)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    assert leaf_hash(b"ab") != node_hash(b"a", b"b")
    assert leaf_hash(b"") == hashlib.sha256(b"\0").digest()
