"""The zip of a bundle: entries one after the other, every byte of it determined by names and contents.

Nothing is compressed: pictures and video would not shrink, no entry can be a zip bomb, and no header, gap or
comment can hide anything, for a reader can write down what each byte must be. Every zip program opens it.
Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.4.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

MAX_BUNDLE_BYTES = 1 << 30
"""A clip has at most 64 MiB, hours of sightings some hundred; zips need other headers only from 4 GiB on."""

MAX_ENTRIES = 64
"""A bundle has about ten, and at most 20 pictures."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION
"""Made on Unix: the high half of the attributes is a file mode."""
_TIME, _DATE = 0, 1 << 5 | 1
"""1980-01-01, the earliest a zip can hold: a bundle's times are in its manifest."""
_MODE = stat.S_IFREG | 0o644
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_CENTRAL_HEADER = struct.Struct("<4s6H3I5H2I")
_END_RECORD = struct.Struct("<4s4H2IH")
_MAX_TAIL = MAX_ENTRIES * (_CENTRAL_HEADER.size + 64) + _END_RECORD.size


class BadArchiveError(Exception):
    """The first thing that is not as in a bundle: ``reason``, and the byte of the file where it is."""

    def __init__(self, reason: str, at_byte: int) -> None:
        self.reason = reason
        self.at_byte = at_byte
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an entry lies: its header at ``offset``, its ``size`` bytes at ``data``."""

    name: str
    offset: int
    size: int
    crc32: int

    @property
    def data(self) -> int:
        """Where its content begins."""
        return self.offset + _LOCAL_HEADER.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the next entry begins."""
        return self.data + self.size


def archive(files: Mapping[str, bytes]) -> bytes:
    """The zip of the files in their order.

    Raises:
        ValueError: a name that a bundle cannot hold, too many entries, or too large.
    """
    for name in files:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a file in a bundle")
    parts: list[bytes] = []
    slots: list[Slot] = []
    offset = 0
    for name, content in files.items():
        slot = Slot(name, offset, len(content), zlib.crc32(content))
        parts += [_local(slot), content]
        slots.append(slot)
        offset = slot.end
    raw = b"".join([*parts, _tail(slots, offset)])
    if len(raw) > MAX_BUNDLE_BYTES or len(slots) > MAX_ENTRIES:
        raise ValueError(f"a bundle of {len(slots)} files and {len(raw)} bytes is too large")
    return raw


def read_slots(file: BinaryIO, total: int) -> tuple[Slot, ...]:
    """The entries of the archive that fills the ``total`` bytes of ``file``; contents are not read.

    Raises:
        BadArchiveError: at the first byte of a header that is not as `archive` writes it.
    """
    slots: list[Slot] = []
    offset = 0
    while (mark := _at(file, offset, 4)) == _LOCAL:
        slot = _slot(file, offset, total)
        if any(slot.name == earlier.name for earlier in slots):
            raise BadArchiveError(f"holds {slot.name!r} twice", offset)
        if len(slots) == MAX_ENTRIES:
            raise BadArchiveError(f"holds more than {MAX_ENTRIES} files", offset)
        slots.append(slot)
        offset = slot.end
    if mark != _CENTRAL:
        raise BadArchiveError(_why_no_entry(offset, total), offset)
    _check_tail(file, slots, offset)
    return tuple(slots)


def _why_no_entry(offset: int, total: int) -> str:
    if offset == 0:
        return "does not begin as a bundle does: it is none, or something was put before it"
    return "is cut short" if total - offset < _CENTRAL_HEADER.size else "holds bytes that belong to no file"


def _slot(file: BinaryIO, offset: int, total: int) -> Slot:
    raw = _at(file, offset, _LOCAL_HEADER.size)
    if len(raw) < _LOCAL_HEADER.size:
        raise BadArchiveError("is cut short", total)
    _, _, flags, method, _, _, crc32, packed, size, name_bytes, _ = _LOCAL_HEADER.unpack(raw)
    name = _name(_at(file, offset + len(raw), min(name_bytes, 256)), offset + len(raw))
    if method or flags or packed != size:
        what = (
            f"{name!r} is compressed, encrypted or written in parts ({packed} bytes that claim to be {size})"
        )
        raise BadArchiveError(f"{what}: files lie in a bundle as they are", offset + 6)
    slot = Slot(name, offset, size, crc32)
    if slot.end > total:
        raise BadArchiveError(f"is cut short inside {name!r}", total)
    _compare(raw, _local(slot)[: len(raw)], offset, f"the header of {name!r} is not as it is written")
    return slot


def _name(raw: bytes, at_byte: int) -> str:
    name = raw.decode("utf-8", errors="backslashreplace")
    if _NAME.fullmatch(name):
        return name
    shown = repr(name[:80])
    if name.startswith(("/", "\\")) or ".." in name or "\\" in name or ":" in name:
        raise BadArchiveError(f"holds a name that leads out of the bundle: {shown}", at_byte)
    raise BadArchiveError(f"holds a name that no file of a bundle has: {shown}", at_byte)


def _check_tail(file: BinaryIO, slots: list[Slot], offset: int) -> None:
    found, wanted = _at(file, offset, _MAX_TAIL + 1), _tail(slots, offset)
    if found == wanted:
        return
    if found.startswith(wanted):
        raise BadArchiveError("is followed by bytes that do not belong to it", offset + len(wanted))
    if wanted.startswith(found):
        raise BadArchiveError("is cut short", offset + len(found))
    link = _link(found)
    if link is not None:
        raise BadArchiveError("holds a symbolic link or another special file", offset + link)
    _compare(found, wanted, offset, "its directory does not fit its files")


def _link(directory: bytes) -> int | None:
    """Where the directory names something that is no plain file."""
    place = 0
    while directory[place : place + 4] == _CENTRAL and place + _CENTRAL_HEADER.size <= len(directory):
        fields = _CENTRAL_HEADER.unpack_from(directory, place)
        if stat.S_IFMT(fields[15] >> 16) not in (0, stat.S_IFREG):
            return place
        place += _CENTRAL_HEADER.size + sum(fields[10:13])
    return None


def _compare(found: bytes, wanted: bytes, offset: int, reason: str) -> None:
    if found != wanted:
        raise BadArchiveError(reason, offset + first_difference(found, wanted))


def first_difference(one: bytes, other: bytes) -> int:
    """The place of the first byte that differs; the shorter's length where it begins the longer."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _at(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


def _local(slot: Slot) -> bytes:
    name = slot.name.encode("ascii")
    sizes = (slot.crc32, slot.size, slot.size, len(name), 0)
    return _LOCAL_HEADER.pack(_LOCAL, _VERSION, 0, 0, _TIME, _DATE, *sizes) + name


def _central(slot: Slot) -> bytes:
    name = slot.name.encode("ascii")
    sizes = (slot.crc32, slot.size, slot.size, len(name), 0, 0, 0, 0)
    start = (_CENTRAL, _MADE_BY, _VERSION, 0, 0, _TIME, _DATE)
    return _CENTRAL_HEADER.pack(*start, *sizes, _MODE << 16, slot.offset) + name


def _tail(slots: list[Slot], offset: int) -> bytes:
    directory = b"".join(_central(slot) for slot in slots)
    count = len(slots)
    return directory + _END_RECORD.pack(_END, 0, 0, count, count, len(directory), offset, 0)
