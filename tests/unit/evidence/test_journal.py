"""The journal: nothing in it can be changed, left out or put in without being found."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.evidence.journal import (
    GENESIS,
    MAX_LINE_BYTES,
    BrokenChain,
    from_line,
    next_entry,
    read_chain,
    to_line,
    verify_chain,
)

AT_US = 1_795_000_000_123_456


def chain(count: int) -> list[bytes]:
    head, lines = GENESIS, []
    for number in range(count):
        entry = next_entry(head, AT_US + number, "alert_stored", {"id": f"a-{number}", "เวลา": 1.5})
        lines.append(to_line(entry))
        head = entry.head
    return lines


def test_a_whole_journal_gives_its_head() -> None:
    lines = chain(3)
    assert verify_chain(lines) == (3, json.loads(lines[-1])["sha256"])
    assert verify_chain([]) == GENESIS


def test_a_line_can_be_checked_with_nothing_but_a_json_library() -> None:
    table = json.loads(chain(2)[1])
    said = table.pop("sha256")
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == said


def test_a_changed_entry_is_named() -> None:
    lines = chain(4)
    lines[2] = lines[2].replace(b"a-2", b"a-X")
    with pytest.raises(BrokenChain, match="line 3: entry 3 was changed") as caught:
        verify_chain(lines)
    assert caught.value.line == 3


def test_a_changed_entry_with_its_digest_made_anew_breaks_the_next() -> None:
    lines = chain(4)
    forged = next_entry((1, json.loads(lines[0])["sha256"]), AT_US, "alert_stored", {"id": "forged"})
    lines[1] = to_line(forged)
    with pytest.raises(BrokenChain, match="line 3: entry 3 follows"):
        verify_chain(lines)


def test_a_removed_an_added_and_a_moved_entry_are_named() -> None:
    lines = chain(4)
    for broken in (lines[:1] + lines[2:], [lines[0], *lines], [lines[1], lines[0], *lines[2:]]):
        with pytest.raises(BrokenChain, match=r"where \d should be"):
            verify_chain(broken)


def test_a_journal_may_be_checked_from_an_entry_that_is_held() -> None:
    lines = chain(4)
    second = from_line(lines[1])
    assert verify_chain(lines[2:], second.head)[0] == 4
    assert [entry.n for entry in read_chain(lines[2:], None)] == [3, 4]
    with pytest.raises(BrokenChain):
        verify_chain(lines[2:], (2, "f" * 64))


def test_an_entry_written_in_another_way_is_refused() -> None:
    line = json.dumps(json.loads(chain(1)[0])).encode()
    with pytest.raises(ValueError, match="not written as canonical JSON"):
        from_line(line)


def test_a_key_given_twice_is_refused() -> None:
    line = chain(1)[0].replace(b'{"at"', b'{"kind":"x","at"')
    with pytest.raises(ValueError, match="'kind' twice"):
        from_line(line)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"[]", b"null", b"{}", b"\xff", b"[" * 60_000, b"1" * (MAX_LINE_BYTES + 1)]
)
def test_what_is_no_entry_is_refused_with_a_reason(line: bytes) -> None:
    with pytest.raises(BrokenChain, match=r"journal, line 1: \w"):
        verify_chain([line])


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": 2**60}, {"x": "\ud800"}, {"x": "y" * 70_000}])
def test_a_body_that_cannot_be_written_down_is_refused(body: dict) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        next_entry(GENESIS, AT_US, "note", body)


def test_a_kind_is_a_plain_name() -> None:
    with pytest.raises(ValueError, match="plain lower-case name"):
        next_entry(GENESIS, AT_US, "Two words", {})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), JSON, max_size=4))
def test_every_entry_comes_back_as_it_was_written(body: dict) -> None:
    entry = next_entry(GENESIS, AT_US, "note", body)
    again = from_line(to_line(entry))
    assert to_line(again) == to_line(entry)
    assert again.head == entry.head


@given(st.data())
def test_no_flipped_bit_goes_unnoticed(data: st.DataObject) -> None:
    lines = chain(3)
    raw = bytearray(b"".join(lines))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BrokenChain):
        verify_chain(bytes(raw).splitlines(keepends=True), GENESIS)
