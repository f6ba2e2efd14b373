"""When each frame of a live stream was taken, by the best that the stream tells.

The order is that of files (stream_time.py): time stamps in the pictures, metadata beside them, then what a
live stream has in their place: the sender's reports (RTCP), and at worst when the packet came.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from droneops.telemetry.klv import leap_seconds_of, parse_klv
from droneops.video.live.stamps import Stamps
from droneops.video.misp import NalFormat, nal_format, picture_time
from droneops.video.rtp_time import Receipt, StreamClock, next_clock, rtcp_time_us
from droneops.video.stream_time import UNLOCKED_SIGMA_S, UNTIMED_SIGMA_S

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

MOST_METADATA_BYTES = 65_536
"""A packet of ST 0601 has some hundreds of bytes; what is larger is none, and would only take time."""


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """UTC microseconds, "SEI (MISP)", "KLV", "RTCP" or "receipt", and the 1-sigma error in seconds."""

    time_us: int
    source: str
    sigma_s: float


class CaptureClock:
    """The clock of one connection; give it every packet in the order they came.

    ``believes_stamps`` is False for a file that is played as if it happened now: its stamps are of the day
    it was recorded.
    """

    def __init__(
        self, codec: str, extradata: bytes | None, turn_us: int, *, believes_stamps: bool = True
    ) -> None:
        self._form: NalFormat | None = nal_format(codec, extradata) if believes_stamps else None
        self._believes_stamps = believes_stamps
        self._turn_us = turn_us
        self._clock: StreamClock | None = None
        self._pictures, self._timed, self._untimed = Stamps(), Stamps(), Stamps()
        self._leaps_s: set[int] = set()
        self._is_locked = True
        self._last_pts_us: int | None = None

    def metadata(self, packet: Packet[Stream]) -> None:
        """Takes in a packet of metadata."""
        if not self._believes_stamps or packet.size > MOST_METADATA_BYTES:
            return
        told = parse_klv(bytes(packet)).packets
        if not told:
            return
        self._leaps_s.update(one.leap_s for one in told if one.leap_s is not None)
        if packet.pts is not None and packet.time_base is not None:
            pts_us = round(packet.pts * packet.time_base * 1_000_000)
            self._timed = self._timed.after(pts_us, told[0].time_us)
        elif self._last_pts_us is not None:
            self._untimed = self._untimed.after(self._last_pts_us, told[0].time_us)

    def picture(self, packet: Packet[VideoStream], pts_us: int, received: Receipt) -> CaptureTime:
        """When the picture in a packet was taken."""
        self._last_pts_us = pts_us
        stamp = None if self._form is None else picture_time(bytes(packet), self._form)
        if stamp is not None:
            self._pictures = self._pictures.after(pts_us, stamp.time_us)
            self._is_locked = stamp.is_locked
        self._clock = next_clock(self._clock, pts_us, rtcp_time_us(packet), received, self._turn_us)
        return self._by_stamps(pts_us) or CaptureTime(
            self._clock.utc_us(pts_us), self._clock.source, self._clock.sigma_s
        )

    def _by_stamps(self, pts_us: int) -> CaptureTime | None:
        locked_sigma_s = 0.0 if self._is_locked else UNLOCKED_SIGMA_S
        leap_us = (leap_seconds_of(self._leaps_s) or 0) * 1_000_000
        beside = self._timed if self._timed.offset_at(pts_us) is not None else self._untimed
        for stamps, source, sigma_s in (
            (self._pictures, "SEI (MISP)", locked_sigma_s),
            (self._timed, "KLV", 0.0),
            (self._untimed, "KLV", UNTIMED_SIGMA_S),
        ):
            offset_us = stamps.offset_at(pts_us)
            if offset_us is None:
                continue
            if stamps is not self._pictures or _runs_with(beside, offset_us, pts_us, leap_us):
                offset_us += leap_us
            return CaptureTime(pts_us + offset_us, source, hypot(stamps.sigma_s, sigma_s))
        return None


def _runs_with(beside: Stamps, offset_us: int, pts_us: int, leap_us: int) -> bool:
    """Whether the pictures' stamps lack the leap seconds that the metadata beside them tell.

    Some senders stamp the pictures in UTC, and the metadata without leap seconds.
    """
    beside_us = beside.offset_at(pts_us)
    if leap_us == 0 or beside_us is None:
        return False
    apart_us = beside_us + leap_us - offset_us
    return abs(apart_us - leap_us) < abs(apart_us)
