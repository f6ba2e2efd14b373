"""A JPEG that was cut short is known as such."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.detect.jpeg import is_jpeg, is_whole

NOISE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
CODINGS = {
    "plain": [],
    "progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
    "restarts": [cv2.IMWRITE_JPEG_RST_INTERVAL, 3],
}


def coded(how: str) -> bytes:
    return cv2.imencode(".jpg", NOISE, CODINGS[how])[1].tobytes()


@pytest.mark.parametrize("how", CODINGS)
def test_every_cut_is_seen_and_the_whole_is_whole(how: str) -> None:
    data = coded(how)
    assert is_jpeg(data)
    assert is_whole(data)
    assert is_whole(data + b"a camera's own notes")
    assert not any(is_whole(data[:end]) for end in range(3, len(data)))


def test_the_end_of_a_small_picture_inside_is_not_the_end() -> None:
    data, small = coded("plain"), coded("progressive")
    notes = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    with_preview = data[:2] + notes + data[2:]
    assert is_whole(with_preview)
    assert not is_whole(with_preview[: 2 + len(notes) + 200])


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(tail: bytes) -> None:
    assert is_whole(b"\xff\xd8\xff" + tail) in (True, False)
