"""Canonical JSON is that of RFC 8785, whichever way it is written."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from instruments.canonical import canonical_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1000, 1000)
    | TEXT
)
CONTENT = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(TEXT, inner)
)


@given(CONTENT)
def test_it_is_byte_by_byte_that_of_the_slow_and_well_known_way(content: Any) -> None:
    assert canonical_json(content) == rfc8785.dumps(content)


def test_names_are_in_order_of_utf_16_as_the_standard_shows() -> None:
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical_json(names)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**70, float("nan"), float("inf")])
@pytest.mark.parametrize("around", [lambda it: it, lambda it: [it], lambda it: {"a": {"b": it}}])
def test_a_number_that_programs_read_differently_is_refused(number: float, around: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json(around(number))


def test_half_of_a_pair_of_surrogates_is_refused() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json({"a": "\ud800"})
