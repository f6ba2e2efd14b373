"""The bundle's zip: every byte of it is determined, and every zip program reads it."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.evidence.archive import MAX_ENTRIES, BadArchiveError, archive, read_slots

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=6)


@given(FILES)
def test_other_programs_and_we_read_what_was_written(files: dict[str, bytes]) -> None:
    raw = archive(files)
    with zipfile.ZipFile(io.BytesIO(raw)) as other:
        assert {name: other.read(name) for name in other.namelist()} == files
        assert other.testzip() is None
    slots = read_slots(io.BytesIO(raw), len(raw))
    assert {slot.name: raw[slot.data : slot.end] for slot in slots} == files
    assert list(files) == [slot.name for slot in slots]


@given(FILES, st.data())
def test_no_byte_outside_the_contents_can_differ(files: dict[str, bytes], data: st.DataObject) -> None:
    raw = bytearray(archive(files))
    slots = read_slots(io.BytesIO(raw), len(raw))
    inside = {place for slot in slots for place in range(slot.data, slot.end)}
    place = data.draw(st.integers(0, len(raw) - 1).filter(lambda place: place not in inside))
    raw[place] ^= data.draw(st.integers(1, 255))
    # A checksum is held against the content later; here it has to be the same in both places.
    with pytest.raises(BadArchiveError) as caught:
        read_slots(io.BytesIO(raw), len(raw))
    assert 0 <= caught.value.at_byte <= len(raw)


@given(st.binary(max_size=300))
def test_noise_is_no_archive(raw: bytes) -> None:
    with pytest.raises(BadArchiveError):
        read_slots(io.BytesIO(raw), len(raw))


@pytest.mark.parametrize("name", ["", "../a", "/a", "A", "a/b", "a\\b", "x" * 65, "ก", "a\n"])
def test_a_name_that_a_bundle_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a file"):
        archive({name: b""})


def test_a_bundle_is_bounded() -> None:
    with pytest.raises(ValueError, match="too large"):
        archive({f"f{number}": b"" for number in range(MAX_ENTRIES + 1)})
