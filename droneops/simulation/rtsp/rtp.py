"""RTP packets of H.264 pictures, and RTCP sender reports.

RFC 3550 (RTP, RTCP), RFC 6184 (H.264 payload: single NAL units and FU-A, packetization-mode 1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CLOCK_HZ = 90_000
PAYLOAD_TYPE = 96
# With the headers of IPv4, UDP and RTP it stays below Ethernet's 1500 bytes.
MOST_PAYLOAD_BYTES = 1400
# Seconds from NTP's epoch (1900) to Unix's (RFC 3550, section 4).
_NTP_OFFSET_S = 2_208_988_800
_FU_A = 28
_RTP_VERSION = 0x80
_SENDER_REPORT, _SOURCE_DESCRIPTION, _BYE, _CNAME = 200, 202, 203, 1


@dataclass(slots=True)
class Sender:
    """The RTP state of one stream to one client: its source, its next sequence number, what it has sent.

    ``first_timestamp`` is random by RFC 3550, and the same for RTP and its reports.
    """

    ssrc: int
    seq: int
    first_timestamp: int
    packets: int = 0
    octets: int = 0

    def timestamp(self, media_s: float) -> int:
        """The 90 kHz stamp of a picture taken at a second of the stream."""
        return (self.first_timestamp + round(media_s * CLOCK_HZ)) & 0xFFFFFFFF

    def rtp(self, annex_b: bytes, media_s: float) -> Iterator[bytes]:
        """The RTP packets of one picture; the last carries the marker."""
        payloads = [payload for nal in nal_units(annex_b) for payload in _payloads(nal)]
        stamp = self.timestamp(media_s)
        for number, payload in enumerate(payloads):
            marker = 0x80 if number == len(payloads) - 1 else 0
            yield (
                struct.pack(">BBHII", _RTP_VERSION, marker | PAYLOAD_TYPE, self.seq, stamp, self.ssrc)
                + payload
            )
            self.seq = (self.seq + 1) & 0xFFFF
            self.packets = (self.packets + 1) & 0xFFFFFFFF
            self.octets = (self.octets + len(payload)) & 0xFFFFFFFF

    def report(self, media_s: float, utc_us: int) -> bytes:
        """A sender report: the picture of ``media_s`` was taken at ``utc_us``; with the source's name."""
        seconds, micros = divmod(utc_us, 1_000_000)
        ntp = ((seconds + _NTP_OFFSET_S) << 32) | (micros << 32) // 1_000_000
        header = struct.pack(">BBH", _RTP_VERSION, _SENDER_REPORT, 6)
        counts = (self.timestamp(media_s), self.packets, self.octets)
        return header + struct.pack(">IQIII", self.ssrc, ntp & (2**64 - 1), *counts) + self._name()

    def bye(self) -> bytes:
        """The stream is over."""
        return struct.pack(">BBHI", _RTP_VERSION | 1, _BYE, 1, self.ssrc)

    def _name(self) -> bytes:
        item = bytes([_CNAME, 8]) + b"droneops" + b"\0"
        item += b"\0" * (-len(item) % 4)
        header = struct.pack(">BBHI", _RTP_VERSION | 1, _SOURCE_DESCRIPTION, 1 + len(item) // 4, self.ssrc)
        return header + item


def nal_units(annex_b: bytes) -> list[bytes]:
    """The NAL units between the start codes (H.264, annex B), without trailing zeros."""
    units = (part.rstrip(b"\0") for part in annex_b.split(b"\0\0\1"))
    return [unit for unit in units if unit]


def _payloads(nal: bytes) -> Iterator[bytes]:
    """The NAL unit whole, or in fragments (RFC 6184, 5.8)."""
    if len(nal) <= MOST_PAYLOAD_BYTES:
        yield nal
        return
    indicator = (nal[0] & 0xE0) | _FU_A
    body, step = nal[1:], MOST_PAYLOAD_BYTES - 2
    for start in range(0, len(body), step):
        part = body[start : start + step]
        first, last = start == 0, start + step >= len(body)
        yield bytes([indicator, (0x80 if first else 0) | (0x40 if last else 0) | (nal[0] & 0x1F)]) + part
