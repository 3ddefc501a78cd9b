"""Reading the cells of one column: every distinct value is read once, whatever the number of rows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from instruments.mapped_columns import text_of_cell
from instruments.ratings import BLANK
from instruments.row_faults import shown
from screening.batch.coded_rows import UNDATED
from screening.batch.plan import NOT_FOUND, UNREADABLE, Input
from screening.fact_reading import LONGEST_TEXT, parse_date
from screening.facts import EVER, NOT_APPLICABLE
from screening.intake import EVER_MONTHS, LARGEST_CODE, Codes

LARGEST_WINDOW = 1200
Numbers = NDArray[Any]
Read = Callable[[object], int]
Kind = type[np.signedinteger[Any]]
_EPOCH = date(1970, 1, 1).toordinal()


def cell_reader(given: Input) -> Read:
    """A function from a cell to its code; `UNREADABLE` where there is none."""
    codes = given.codes
    low, high = given.range
    reads_numbers = given.kind == "number"

    def read(raw: object) -> int:
        text = text_of_cell(raw)
        code = codes.get(text)
        if code is not None:
            return code
        if reads_numbers and _is_whole(text) and low <= int(text) <= high:
            return int(text)
        return UNREADABLE

    return read


def packed_reader(given: Input) -> Callable[[int], int]:
    """A function from a packed cell to its code, which is the same where it is on the scale."""
    low, high = given.range
    blanks = {BLANK, NOT_FOUND, *({NOT_APPLICABLE} & set(given.codes.values()))}
    return lambda code: code if code in blanks or low <= code <= high else UNREADABLE


def packed_as_it_is(values: pa.Array, given: Input) -> Codes | None:
    """A packed column without copying, where nothing in it needs a second look.

    Returns
    -------
    int8 array, shape (n,), or None
        None where a cell may be off the scale, not found or not applicable.
    """
    if not given.can_be_packed or values.type != pa.int8() or given.range[0] > 0 or not len(values):
        return None
    codes = with_blanks(buffer(values, np.int8), values)
    return codes if codes.min() >= BLANK and codes.max() <= min(given.range[1], LARGEST_CODE) else None


def read_distinct(values: pa.Array, read: Read, kind: Kind) -> Numbers:
    """The code of every cell; each distinct value is read once."""
    if pa.types.is_null(values.type):
        return np.full(len(values), BLANK, dtype=kind)
    if not pa.types.is_dictionary(values.type):
        values = pc.dictionary_encode(values)
    table = np.array([*(read(raw) for raw in values.dictionary.to_pylist()), BLANK], dtype=kind)
    indices = values.indices
    codes = np.take(table, buffer(indices, indices.type.to_pandas_dtype()), mode="clip")
    return with_blanks(codes, indices)


def buffer(values: pa.Array, kind: type[np.integer[Any]]) -> Numbers:
    """The numbers of a column of a fixed width, without copying; anything in place of nulls."""
    memory = values.buffers()[1]
    if memory is None:
        return np.zeros(len(values), dtype=kind)
    return np.frombuffer(memory, dtype=kind, count=len(values) + values.offset)[values.offset :]


def with_blanks(codes: Numbers, values: pa.Array) -> Numbers:
    """The codes with `BLANK` in place of nulls. A blank has all bits set, so it is put in by an "or"."""
    bitmap = values.buffers()[0]
    if bitmap is None or not values.null_count:
        return codes
    is_there = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little", count=len(values) + values.offset)
    null = is_there[values.offset :].view(np.int8) - np.int8(1)
    filled: Numbers = np.bitwise_or(codes, null.astype(codes.dtype, copy=False))
    return filled


def fault_of_cell(given: Input, raw: object) -> tuple[str, dict[str, object]]:
    """What is wrong with a cell that has no code: the fault's code and parameters."""
    if len(str(raw)) > LONGEST_TEXT:
        return too_long(given.name, raw)
    parameters: dict[str, object] = {"name": given.name, "value": shown(raw)}
    if given.kind == "number":
        return "cell-off-range", {**parameters, "low": given.range[0], "high": given.range[1]}
    return "cell-off-scale", {**parameters, "allowed": list(given.allowed)}


def too_long(name: str, raw: object) -> tuple[str, dict[str, object]]:
    """The fault of a text past the limit."""
    return "text-too-long", {"name": name, "length": len(str(raw)), "most": LONGEST_TEXT}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def read_window(text: str) -> int:
    """The months that an offence count was taken over; `BLANK` for the guidance's own rule."""
    if text == EVER:
        return EVER_MONTHS
    if not text:
        return BLANK
    return int(text) if _is_whole(text) and 1 <= int(text) <= LARGEST_WINDOW else UNREADABLE


def is_not_found(raw: object, given: Input) -> bool:
    """Whether a cell says that it was looked for and could not be learned."""
    return given.codes.get(text_of_cell(raw)) == NOT_FOUND


def read_day(raw: object, given: Input) -> int:
    """A day as its proleptic Gregorian ordinal; `UNDATED` for none."""
    text = text_of_cell(raw)
    if given.codes.get(text) in (BLANK, NOT_FOUND):
        return UNDATED
    day = parse_date(text)
    return UNREADABLE if day is None else day.toordinal()


def completed_years(born: NDArray[np.int32], on: date) -> NDArray[np.int64]:
    """Age in completed years for a column of days; `BLANK` for none. See `screening.fact_reading.completed_years`.

    Parameters
    ----------
    born : int32 array, shape (n,)
        Proleptic Gregorian ordinals; `UNDATED` for none.
    on : date
        The reference date.

    Returns
    -------
    int64 array, shape (n,)

    Examples
    --------
    >>> born = np.array([date(2010, 6, 1).toordinal(), date(2010, 6, 2).toordinal(), UNDATED], dtype=np.int32)
    >>> completed_years(born, date(2026, 6, 1)).tolist()
    [16, 15, -1]
    """
    days = (born.astype(np.int64) - _EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = on.year - 1970 - months.astype("datetime64[Y]").astype(np.int64)
    month, day = months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1
    counted: NDArray[np.int64] = years - (month * 32 + day > on.month * 32 + on.day)
    return np.where(born == UNDATED, BLANK, counted)
