"""Fragmented MP4 of one video track: ISO/IEC 14496-12, by section below, and ISO/IEC 14496-15 for its codecs.

Written by ourselves and not by FFmpeg, so that a fragment is a pure function of its packets, the same for a
browser, a playlist and a clip. Times are in microseconds throughout, as everywhere in droneops.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from droneops.video.out.decoder_config import DecoderConfig

TIMESCALE = 1_000_000
TRACK = 1

_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UNDETERMINED = 0x55C4
_DPI_72 = 0x00480000
_NOT_A_KEY, _KEY = 0x01010000, 0x02000000
_DEFAULT_BASE_IS_MOOF = 0x020000
# Data offset, and for each sample its duration, size, flags and composition offset.
_TRUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800
_NTP_MINUS_UNIX_S = 2_208_988_800


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture as MP4 holds it. ``shown_us`` is its PTS less its DTS."""

    data: bytes
    duration_us: int
    shown_us: int
    is_key: bool


def init_segment(config: DecoderConfig, duration_us: int | None = None) -> bytes:
    """What comes once, before the fragments; ``duration_us`` of all of them together, where it is known."""
    extends = box("trex", _full(0), struct.pack(">5I", TRACK, 1, 0, 0, 0))
    if duration_us is not None:
        extends = box("mehd", _full(0, 1), struct.pack(">Q", duration_us)) + extends
    return box("ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"mp41") + box(
        "moov", _movie_header(), box("trak", _track_header(config), _media(config)), box("mvex", extends)
    )


def fragment(samples: Sequence[Sample], number: int, decode_us: int, captured_at_us: int) -> bytes:
    """Fragment ``number`` (from 1), whose first sample is decoded at ``decode_us`` of the track.

    ``captured_at_us`` is when its first picture was taken, UTC, kept in a box prft (8.16.5).
    """
    runs = b"".join(
        struct.pack(
            ">IIIi",
            sample.duration_us,
            len(sample.data),
            _KEY if sample.is_key else _NOT_A_KEY,
            sample.shown_us,
        )
        for sample in samples
    )
    head = box("mfhd", _full(0), struct.pack(">I", number))
    track = box("tfhd", _full(_DEFAULT_BASE_IS_MOOF), struct.pack(">I", TRACK))
    track += box("tfdt", _full(0, 1), struct.pack(">Q", decode_us))
    # moof, traf, trun and mdat have eight bytes of head each; trun has twelve of its own.
    offset = 8 + len(head) + 8 + len(track) + 8 + 12 + len(runs) + 8
    track += box("trun", _full(_TRUN_FLAGS, 1), struct.pack(">Ii", len(samples), offset), runs)
    times = box("prft", _full(0, 1), struct.pack(">IQQ", TRACK, _ntp(captured_at_us), decode_us))
    return times + box("moof", head, box("traf", track)) + box("mdat", *(one.data for one in samples))


def box(kind: str, *contents: bytes) -> bytes:
    """A box (4.2) of a kind of four letters."""
    size = 8 + sum(map(len, contents))
    return b"".join((struct.pack(">I", size), kind.encode("ascii"), *contents))


def _full(flags: int, version: int = 0) -> bytes:
    return struct.pack(">I", version << 24 | flags)


def _ntp(time_us: int) -> int:
    seconds, us = divmod(time_us, 1_000_000)
    return (seconds + _NTP_MINUS_UNIX_S) << 32 | (us << 32) // 1_000_000


def _movie_header() -> bytes:
    times = struct.pack(">4I", 0, 0, TIMESCALE, 0)
    return box(
        "mvhd",
        _full(0),
        times,
        struct.pack(">IH10x", 0x10000, 0x0100),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )


def _track_header(config: DecoderConfig) -> bytes:
    size = config.picture
    fixed = struct.pack(">II", size.width_px << 16 & 0xFFFFFFFF, size.height_px << 16 & 0xFFFFFFFF)
    is_enabled_and_shown = 3
    ids = struct.pack(">5I", 0, 0, TRACK, 0, 0)
    return box("tkhd", _full(is_enabled_and_shown), ids, bytes(16), _MATRIX, fixed)


def _media(config: DecoderConfig) -> bytes:
    header = box(
        "mdhd",
        _full(0),
        struct.pack(">4I", 0, 0, TIMESCALE, 0),
        struct.pack(">HH", _LANGUAGE_UNDETERMINED, 0),
    )
    handler = box("hdlr", _full(0), bytes(4), b"vide", bytes(12), b"video\x00")
    in_this_file = 1
    source = box("dinf", box("dref", _full(0), struct.pack(">I", 1), box("url ", _full(in_this_file))))
    # All samples are in the fragments: the tables of the track itself are empty.
    tables = [box("stsd", _full(0), struct.pack(">I", 1), _sample_entry(config))]
    tables += [box(kind, _full(0), bytes(4)) for kind in ("stts", "stsc", "stco")]
    tables.append(box("stsz", _full(0), bytes(8)))
    shown = box("vmhd", _full(1), bytes(8))
    return box("mdia", header, handler, box("minf", shown, source, box("stbl", *tables)))


def _sample_entry(config: DecoderConfig) -> bytes:
    size = config.picture
    kind, record = ("hvc1", "hvcC") if config.codec == "hevc" else ("avc1", "avcC")
    picture = struct.pack(">HHIIIH", size.width_px & 0xFFFF, size.height_px & 0xFFFF, _DPI_72, _DPI_72, 0, 1)
    depth = struct.pack(">Hh", 24, -1)
    return box(
        kind, bytes(6), struct.pack(">H", 1), bytes(16), picture, bytes(32), depth, box(record, config.record)
    )
