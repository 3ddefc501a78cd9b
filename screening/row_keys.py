"""The keys of a table: there, readable, and each only once, found in eight bytes a row."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from screening.row_faults import RowFaults, place, shown
from screening.tables import Chunk, Table

LONGEST_KEY = 200
_MOST_REPEATED = 1_000
_WORD = 8
Hashes = NDArray[np.uint64]


def read_keys(chunk: Chunk, key: str, faults: RowFaults) -> pa.Array:
    """The keys of some rows, as text or whole numbers; each one that is missing or unfit is told.

    Raises
    ------
    InputError
        If the column holds anything else.
    """
    keys = chunk.batch.column(key)
    if pa.types.is_dictionary(keys.type):
        keys = keys.dictionary_decode()
    if pa.types.is_integer(keys.type):
        wrong = {"key-missing": pc.is_null(keys)}
    elif pa.types.is_string(keys.type) or pa.types.is_large_string(keys.type) or pa.types.is_string_view(keys.type):
        keys = keys.cast(pa.string())
        try:
            keys.validate(full=True)
        except pa.ArrowInvalid as error:
            raise InputError([Fault("text-unreadable", f"column {key}", {"name": key})]) from error
        wrong = {
            "key-missing": pc.fill_null(pc.equal(pc.utf8_trim_whitespace(keys), ""), True),
            "key-too-long": pc.fill_null(pc.greater(pc.utf8_length(keys), LONGEST_KEY), False),
            "key-unreadable": pc.fill_null(pc.match_substring(keys, "\0"), False),
        }
    else:
        raise InputError([Fault("key-type", f"column {shown(key)}", {"name": shown(key), "type": shown(keys.type)})])
    for code, mask in wrong.items():
        rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        numbers = (chunk.row_number(int(row)) for row in rows)
        told = ((number, Fault(code, place(number, key), {"most": LONGEST_KEY})) for number in numbers)
        faults.add_many(told, rows.size)
    return keys


def hash_keys(keys: pa.Array) -> Hashes:
    """A number of 64 bits for each key: of a whole number itself, of text one that differs for nearly all others."""
    if pa.types.is_integer(keys.type):
        numbers: NDArray[np.int64] = pc.fill_null(keys, 0).cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers.astype(np.int64).view(np.uint64)
    texts = keys.cast(pa.large_string())
    _, ends, content = texts.buffers()
    offsets = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    signs = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    lengths = np.minimum(np.diff(offsets), 4 * LONGEST_KEY)
    hashes = np.zeros(len(texts), dtype=np.uint64)
    for length in np.flatnonzero(np.bincount(lengths)):
        rows = np.flatnonzero(lengths == length)
        hashes[rows] = _hash_of_length(signs, offsets[rows], int(length))
    return hashes


def _hash_of_length(signs: NDArray[np.uint8], starts: NDArray[np.int64], length: int) -> Hashes:
    found = np.full(len(starts), length, dtype=np.uint64)
    for first in range(0, length, _WORD):
        word = np.zeros(len(starts), dtype=np.uint64)
        for sign in range(min(_WORD, length - first)):
            word |= signs[starts + first + sign].astype(np.uint64) << np.uint64(8 * sign)
        found = _mixed(found ^ _mixed(word + np.uint64(first + 1)))
    return found


def _mixed(number: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014): each bit of the argument moves half of the result."""
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


class KeyRegister:
    """Gathers the hashes of all keys of a table."""

    def __init__(self) -> None:
        self._parts: list[Hashes] = []

    def add(self, hashes: Hashes) -> None:
        """Take in the keys of some rows."""
        self._parts.append(hashes)

    def require_unique(self, table: Table, key: str, faults: RowFaults) -> None:
        """Tell every row whose key another row has already. Where hashes agree, the table is read again to make sure.

        The register is empty afterwards.
        """
        hashes = np.empty(sum(len(part) for part in self._parts), dtype=np.uint64)
        filled = 0
        while self._parts:
            part = self._parts.pop()
            hashes[filled : filled + len(part)] = part
            filled += len(part)
        hashes.sort()
        is_repeated = hashes[1:] == hashes[:-1]
        if is_repeated.any():
            suspects = np.unique(hashes[1:][is_repeated])
            told = _tell_repeated(table, key, suspects[:_MOST_REPEATED], faults)
            if suspects.size > _MOST_REPEATED:
                faults.untold += int(is_repeated.sum()) - told


def _tell_repeated(table: Table, key: str, suspects: Hashes, faults: RowFaults) -> int:
    first: dict[Any, int] = {}
    told = 0
    ignored = RowFaults()
    for chunk in table.read([key], key, ignored):
        keys = read_keys(chunk, key, ignored)
        for row in np.flatnonzero(np.isin(hash_keys(keys), suspects)):
            value, number = keys[int(row)].as_py(), chunk.row_number(int(row))
            if value in first:
                parameters = {"key": shown(value), "first": first[value]}
                faults.add(number, Fault("repeated-row-key", place(number, key), parameters))
                told += 1
            else:
                first[value] = number
    return told
