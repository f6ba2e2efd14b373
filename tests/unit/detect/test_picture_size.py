"""A picture's size is known by its header, so that what would fill the memory is never unpacked."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from detectors.types import DetectorError
from droneops.detect.pictures import MAX_PIXELS, read_picture
from droneops.detect.size import size_px

IMAGE = np.zeros((37, 53, 3), np.uint8)


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        (".jpg", []),
        (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        (".png", []),
        (".bmp", []),
        (".tif", []),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
    ],
)
def test_every_kind_of_picture_tells_its_size(ending, options) -> None:
    done, coded = cv2.imencode(ending, IMAGE, options)
    assert done
    assert size_px(coded.tobytes()) == (53, 37)


def test_the_size_of_a_jpeg_is_not_that_of_a_small_picture_in_it() -> None:
    small, large = (cv2.imencode(".jpg", IMAGE[:side, :side])[1].tobytes() for side in (8, 32))
    note = b"\xff\xe1" + struct.pack(">H", len(small) + 2) + small
    assert size_px(large[:2] + note + large[2:]) == (32, 32)


def bomb(width: int, height: int) -> bytes:
    """A PNG of one row of black, whatever size it says."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(width + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def test_a_small_file_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(30_000, MAX_PIXELS // 30_000 + 1))
    with pytest.raises(DetectorError, match="more than 200 million pixels"):
        read_picture(path)


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"RIFF", b"BM", b"", b"GIF8"]
)
def test_a_header_cut_short_or_of_another_kind_is_no_picture(tmp_path, start) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(start)
    with pytest.raises(DetectorError, match=r"no picture|end is missing"):
        read_picture(path)
