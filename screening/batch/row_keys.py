"""The keys of a table: there, readable, and each only once, found in eight bytes a row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.row_faults import RowFaults, place, shown
from instruments.tables import Chunk, Table
from screening.batch.arrow_arrays import column_of

LONGEST_KEY = 200
_MOST_REPEATED = 1_000
_WORD = 8
_LAST_ASCII = 127
Hashes = NDArray[np.uint64]
Rows = NDArray[np.intp]


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
    if pa.types.is_string_view(keys.type):
        keys = keys.cast(pa.large_string())
    if pa.types.is_integer(keys.type):
        wrong = {"key-missing": _where_null(keys)}
    elif pa.types.is_string(keys.type) or pa.types.is_large_string(keys.type):
        wrong = _faults_of_texts(keys, key)
    else:
        raise InputError([Fault("key-type", f"column {shown(key)}", {"name": shown(key), "type": shown(keys.type)})])
    for code, rows in wrong.items():
        numbers = (chunk.row_number(int(row)) for row in rows)
        unfit = ((number, Fault(code, place(number, key), {"most": LONGEST_KEY})) for number in numbers)
        faults.add_many(unfit, rows.size)
    return keys


def _where_null(keys: pa.Array) -> Rows:
    if not keys.null_count:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(keys.is_null().to_numpy(zero_copy_only=False))


def _faults_of_texts(keys: pa.Array, key: str) -> dict[str, Rows]:
    """The rows of keys that cannot be, by fault. Most tables need no more than a look at all bytes together."""
    starts, signs = _bytes_of(keys)
    lengths = np.diff(starts)
    used = signs[starts[0] : starts[-1]]
    if used.size and used.max() > _LAST_ASCII:
        try:
            keys.validate(full=True)
        except pa.ArrowInvalid as error:
            raise InputError([Fault("text-unreadable", f"column {key}", {"name": key})]) from error
    first = signs[np.minimum(starts[:-1], signs.size - 1)] if signs.size else np.zeros(len(keys), np.uint8)
    may_be_blank = np.flatnonzero((lengths == 0) | (first <= ord(" ")) | (first > _LAST_ASCII))
    may_be_long = np.flatnonzero(lengths > LONGEST_KEY)
    may_hold_nul = np.arange(len(keys)) if used.size and not used.min() else may_be_long[:0]
    return {
        "key-missing": _rows_where(keys, may_be_blank, lambda text: not (text or "").strip()),
        "key-too-long": _rows_where(keys, may_be_long, lambda text: len(text or "") > LONGEST_KEY),
        "key-unreadable": _rows_where(keys, may_hold_nul, lambda text: "\0" in (text or "")),
    }


def _rows_where(keys: pa.Array, rows: Rows, is_wrong: Callable[[str | None], bool]) -> Rows:
    texts = keys.take(column_of(rows)).to_pylist()
    return np.array([row for row, text in zip(rows, texts, strict=True) if is_wrong(text)], dtype=np.intp)


def _bytes_of(keys: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text starts, and last where they end; and the bytes of all."""
    _, offsets, content = keys.buffers()
    kind = np.int64 if pa.types.is_large_string(keys.type) else np.int32
    if offsets is None or not len(keys):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    starts = np.frombuffer(offsets, kind)[keys.offset : keys.offset + len(keys) + 1].astype(np.int64)
    return starts, np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)


def hash_keys(keys: pa.Array) -> Hashes:
    """A number of 64 bits for each key: of a whole number itself, of text one that differs for nearly all others."""
    if pa.types.is_integer(keys.type):
        numbers: NDArray[np.int64] = pc.fill_null(keys, 0).cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers.astype(np.int64).view(np.uint64)
    starts, signs = _bytes_of(keys)
    lengths = np.minimum(np.diff(starts), 4 * LONGEST_KEY)
    # Every eight bytes of all texts as a number, wherever they start.
    words: Hashes = np.ndarray(max(signs.size - _WORD + 1, 0), np.uint64, signs, strides=(1,))
    hashes = np.zeros(len(keys), dtype=np.uint64)
    for length in np.flatnonzero(np.bincount(lengths)):
        rows = np.flatnonzero(lengths == length)
        hashes[rows] = _hash_of_length(signs, words, starts[rows], int(length))
    return hashes


def _hash_of_length(signs: NDArray[np.uint8], words: Hashes, starts: NDArray[np.int64], length: int) -> Hashes:
    hashes = np.full(len(starts), length, dtype=np.uint64)
    if length < _WORD:
        word = np.zeros(len(starts), dtype=np.uint64)
        for sign in range(length):
            word |= signs[starts + sign].astype(np.uint64) << np.uint64(8 * sign)
        return _mixed(hashes ^ _mixed(word))
    for first in (*range(0, length - _WORD, _WORD), length - _WORD):  # the last word may overlap the one before
        hashes = _mixed(hashes ^ _mixed(words[starts + first] + np.uint64(first)))
    return hashes


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
            listed = _add_repeated(table, key, suspects[:_MOST_REPEATED], faults)
            if suspects.size > _MOST_REPEATED:
                faults.more += int(is_repeated.sum()) - listed


def _add_repeated(table: Table, key: str, suspects: Hashes, faults: RowFaults) -> int:
    first: dict[Any, int] = {}
    listed = 0
    ignored = RowFaults()
    for chunk in table.read([key], key, ignored):
        keys = read_keys(chunk, key, ignored)
        for row in np.flatnonzero(np.isin(hash_keys(keys), suspects)):
            value, number = keys[int(row)].as_py(), chunk.row_number(int(row))
            if value in first:
                parameters = {"key": shown(value), "first": first[value]}
                faults.add(number, Fault("repeated-row-key", place(number, key), parameters))
                listed += 1
            else:
                first[value] = number
    return listed
