"""Reading JSON more strictly than JSON asks for."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.json_reading import DEEPEST, UnreadableBodyError, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_any_reader_reads_alike_is_read_as_it_is(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == (value, [])
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == (value, [])


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_and_never_break_the_reader(raw: bytes) -> None:
    with contextlib.suppress(UnreadableBodyError):
        _, faults = read_json(raw)
        assert all(fault.where.encode("utf-8") is not None for fault in faults)


@pytest.mark.parametrize("depth", [1, DEEPEST, DEEPEST + 1])
def test_nesting_is_taken_up_to_a_depth(depth: int) -> None:
    _, faults = read_json(b"[" * depth + b"]" * depth)
    assert bool(faults) == (depth > DEEPEST)


def test_every_repeated_key_is_told_once_with_its_place() -> None:
    raw = b'{"a": 1, "a": 2, "a": 3, "b": [{"c/d": 1, "c/d": 1}]}'
    body, faults = read_json(raw)
    assert [(fault.where, fault.code) for fault in faults] == [("/a", "repeated-key"), ("/b/0/c~1d", "repeated-key")]
    assert body == {"a": 3, "b": [{"c/d": 1}]}


def test_what_is_refused_is_read_as_nothing_so_that_the_rest_can_be_read() -> None:
    body, faults = read_json(b'{"a": 1e400, "b": "\\u0000", "c": ["\\ud800", 7]}')
    assert body == {"a": None, "b": None, "c": [None, 7]}
    assert [fault.where for fault in faults] == ["/a", "/b", "/c/0"]
