"""How large a picture is by its header, before anything of it is unpacked.

A file of some kilobytes may say that it holds a thousand million pixels; its pixels are what costs memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

from droneops.detect.jpeg import segments

Size = tuple[int, int]

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's start-of-frame markers (ITU-T T.81, table B.1): C4, C8 and CC mean something else."""

_WIDTH_TAG, _HEIGHT_TAG = 256, 257
_SHORT, _LONG = 3, 4
"""TIFF 6.0: ImageWidth and ImageLength are 16 or 32 bit."""


def size_px(data: bytes) -> Size | None:
    """Width and height of a JPEG, PNG, TIFF, WebP or BMP; None where the header tells none."""
    for start, read in _READERS.items():
        if data.startswith(start):
            try:
                return read(data)
            except (struct.error, IndexError):
                return None
    return None


def _jpeg(data: bytes) -> Size | None:
    for marker, first in segments(data):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, first + 3)
            return width, height
    return None


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _bmp(data: bytes) -> Size:
    # A height below 0 says that the rows run from the top.
    width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)


def _webp(data: bytes) -> Size | None:
    """RFC 9649: the simple lossy and lossless forms, and the extended one."""
    kind = data[12:16]
    if data[8:12] != b"WEBP":
        return None
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _tiff(data: bytes) -> Size | None:
    order = "<" if data.startswith(b"II") else ">"
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    found = dict(_tiff_entries(data, order, first))
    if _WIDTH_TAG not in found or _HEIGHT_TAG not in found:
        return None
    return found[_WIDTH_TAG], found[_HEIGHT_TAG]


def _tiff_entries(data: bytes, order: str, first: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(f"{order}H", data, first)
    for number in range(count):
        at = first + 2 + 12 * number
        tag, kind, _ = struct.unpack_from(f"{order}HHI", data, at)
        if kind in (_SHORT, _LONG):
            (value,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), data, at + 8)
            yield tag, value


_READERS: Mapping[bytes, Callable[[bytes], Size | None]] = {
    b"\xff\xd8": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"BM": _bmp,
    b"RIFF": _webp,
    b"II*\x00": _tiff,
    b"MM\x00*": _tiff,
}
