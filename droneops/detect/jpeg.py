"""Whether a JPEG is all there: decoders fill what is missing with grey and say nothing."""

from __future__ import annotations

from collections.abc import Iterator

_START = b"\xff\xd8\xff"
_END = 0xD9
# Markers without a length: fillers, and the restarts within coded data (ITU T.81, table B.1).
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})


def is_jpeg(data: bytes) -> bool:
    """Whether ``data`` starts as a JPEG does."""
    return data.startswith(_START)


def is_whole(data: bytes) -> bool:
    """Whether the JPEG in ``data`` comes to its end; what stands behind the end is not looked at.

    Segments are stepped over by their length, since a small picture in one of them has an end of its own.
    """
    return any(marker == _END for marker, _ in segments(data))


def segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker of a JPEG, with the place behind it, where its length stands if it has one."""
    at = data.find(b"\xff", 2)
    while 0 <= at < len(data) - 1:
        marker = data[at + 1]
        yield marker, at + 2
        # A run of FF fills the gap before a marker.
        step = 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + _length(data, at + 2)
        at = data.find(b"\xff", at + step)


def _length(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
