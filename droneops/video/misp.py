"""The precision time stamp that MISB ST 0604 puts into single pictures of H.264 and H.265.

It is a "user data unregistered" SEI message (payload type 5: H.264 and H.265, annex D): an identifier of 16
bytes, the status byte of ST 0603, and eight bytes of microseconds, with a guard byte 0xFF after each two so
that they never look like a start code. The identifiers are those of ST 0604 and of GStreamer's
gstvideosei.h; the nanoseconds that H.265 may carry as well are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

H264_ID = b"MISPmicrosectime"
H265_ID = bytes.fromhex("a8687dd4d7593758a5cef0338b6545f1")

_ID_BYTES = 16
_PAYLOAD_BYTES = _ID_BYTES + 12
_UNLOCKED = 0x80
_GUARD = 0xFF
_USER_DATA_UNREGISTERED = 5
_H264_SEI = 6
_H265_PREFIX_SEI = 39
_START_CODE = b"\x00\x00\x01"
_AVCC_LENGTH_AT = 4
_HVCC_LENGTH_AT = 21


@dataclass(frozen=True, slots=True)
class MispTime:
    """UTC microseconds since the Unix epoch, and whether the camera's clock followed UTC (status bit 7)."""

    time_us: int
    is_locked: bool


def misp_time(sei_payload: bytes) -> MispTime | None:
    """The time in the payload of one SEI message; None where it holds anything else. Raises nothing."""
    if len(sei_payload) < _PAYLOAD_BYTES or sei_payload[:_ID_BYTES] not in (H264_ID, H265_ID):
        return None
    status, stamp = sei_payload[_ID_BYTES], sei_payload[_ID_BYTES + 1 : _PAYLOAD_BYTES]
    if any(guard != _GUARD for guard in stamp[2::3]):
        return None
    digits = stamp[0:2] + stamp[3:5] + stamp[6:8] + stamp[9:11]
    return MispTime(int.from_bytes(digits, "big"), not status & _UNLOCKED)


@dataclass(frozen=True, slots=True)
class NalFormat:
    """How a stream's packets hold their NAL units: each after a length, or (0 bytes) after start codes."""

    is_h265: bool
    length_bytes: int


def nal_format(codec: str, extradata: bytes | None) -> NalFormat | None:
    """The format of a stream; None for codecs without SEI. ``extradata`` is that of ISO/IEC 14496-15, if any.

    Its first byte, the version 1, tells it from start codes.
    """
    if codec not in ("h264", "hevc"):
        return None
    is_h265 = codec == "hevc"
    at = _HVCC_LENGTH_AT if is_h265 else _AVCC_LENGTH_AT
    has_lengths = extradata is not None and len(extradata) > at and extradata[0] == 1
    return NalFormat(is_h265, (extradata[at] & 3) + 1 if extradata is not None and has_lengths else 0)


def picture_time(packet: bytes, form: NalFormat) -> MispTime | None:
    """The time stamp of the picture in a packet; None where it has none. Raises nothing."""
    # Looking for the identifier first makes hours of video without one cheap: neither holds two zero bytes,
    # so no emulation prevention byte can part it.
    if (H265_ID if form.is_h265 else H264_ID) not in packet:
        return None
    for unit in _units(packet, form.length_bytes):
        for payload in _user_data(unit, form.is_h265):
            time = misp_time(payload)
            if time is not None:
                return time
    return None


def _units(packet: bytes, length_bytes: int) -> Iterator[bytes]:
    if length_bytes == 0:
        yield from packet.split(_START_CODE)[1:]
        return
    at = 0
    while at + length_bytes <= len(packet):
        begin = at + length_bytes
        at = begin + int.from_bytes(packet[at:begin], "big")
        yield packet[begin:at]


def _user_data(unit: bytes, is_h265: bool) -> Iterator[bytes]:
    """The unregistered user data in a NAL unit; nothing if it is no SEI."""
    head_bytes = 2 if is_h265 else 1
    if len(unit) <= head_bytes:
        return
    kind = unit[0] >> 1 & 0x3F if is_h265 else unit[0] & 0x1F
    if kind != (_H265_PREFIX_SEI if is_h265 else _H264_SEI):
        return
    data, at = unit[head_bytes:].replace(b"\x00\x00\x03", b"\x00\x00"), 0
    while at < len(data):
        payload_type, at = _sum_of_bytes(data, at)
        size, at = _sum_of_bytes(data, at)
        if payload_type == _USER_DATA_UNREGISTERED:
            yield data[at : at + size]
        at += size


def _sum_of_bytes(data: bytes, at: int) -> tuple[int, int]:
    """A number of an SEI message, bytes of 255 and a last one added up, and where it ends."""
    total = 0
    while at < len(data):
        total += data[at]
        at += 1
        if data[at - 1] < 0xFF:
            break
    return total, at
