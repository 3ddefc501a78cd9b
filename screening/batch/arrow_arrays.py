"""Numbers of numpy and words as columns of Arrow.

`pyarrow.array` would do, but it imports pandas to see whether it was given a part of a frame, which takes longer than
screening a hundred thousand rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_KINDS = {"int8": pa.int8(), "int32": pa.int32(), "int64": pa.int64()}


def column_of(numbers: NDArray[Any]) -> pa.Array:
    """A column of whole numbers without nulls; it shares their memory.

    Parameters
    ----------
    numbers : int8, int32 or int64 array, shape (n,)
    """
    content = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(_KINDS[content.dtype.name], len(content), [None, pa.py_buffer(content)])


def texts_of(words: Sequence[str]) -> pa.Array:
    """A column of text."""
    content = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, content)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(content))]
    return pa.Array.from_buffers(pa.string(), len(content), buffers)


def words_of(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    """A column of words by their codes.

    Parameters
    ----------
    codes : int8, int32 or int64 array, shape (n,)
        Places among ``words``.
    """
    return pa.DictionaryArray.from_arrays(column_of(codes), texts_of(words))
