"""The checksum, against pymavlink's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20.ardupilotmega import x25crc

from droneops.telemetry.crc import crc_of, crc_of_spans


@given(st.binary(max_size=300))
def test_the_checksum_of_any_bytes_is_pymavlinks(data: bytes) -> None:
    assert crc_of(data) == x25crc(data).crc


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 255)), max_size=20))
def test_many_spans_at_once_give_what_each_gives_alone(spans: list[tuple[bytes, int]]) -> None:
    data = np.frombuffer(b"".join(span for span, _ in spans) + b"\0", dtype=np.uint8)
    lengths = np.array([len(span) for span, _ in spans], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    extras = np.array([extra for _, extra in spans], dtype=np.uint8)
    expected = [x25crc(span + bytes([extra])).crc for span, extra in spans]
    assert crc_of_spans(data, starts, lengths, extras).tolist() == expected


def test_the_check_value_is_the_published_one() -> None:
    # CRC-16/MCRF4XX of "123456789", from the catalogue of parametrised CRC algorithms.
    assert crc_of(b"123456789") == 0x6F91
