"""Canonical JSON is RFC 8785's to the byte, whichever way it is made."""

from __future__ import annotations

import enum

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from droneops.evidence.canonical import canonical

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
keys = st.text(st.sampled_from('ab\x00\x1f\x7f"\\/é\u2028\ue000\uffff\U0001f600'), max_size=4)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


@given(values)
@example({"\U0001f600": 1, "\ue000": 2})
@example({"b": '\x7f\x00\x1f\u2028ก"\\/', "a": [True, 1, -0, None, {}, []]})
@example({"a": 1e21, "b": -0.0, "c": 1.0})
def test_every_value_is_written_as_the_reference_writes_it(value) -> None:
    assert canonical(value) == rfc8785.dumps(value)


class Word(enum.StrEnum):
    HELLO = "hello"


def test_words_of_an_enumeration_and_tuples_are_written_as_plain_json() -> None:
    assert canonical({"kind": Word.HELLO, "head": (1, "x")}) == b'{"head":[1,"x"],"kind":"hello"}'


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), "\ud800", {"\ud800": 1}, {1: "x"}, {"a": {2}}]
)
def test_what_canonical_json_has_no_words_for_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        canonical(value)
