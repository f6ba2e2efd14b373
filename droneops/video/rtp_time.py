"""The UTC of a live stream's frames: what the sender says (RTCP), else when they were received.

A sender report gives an RTP time stamp and the sender's UTC at that instant (RFC 3550, 6.4.1). FFmpeg hands
it on as side data of packets, "prft" (AVProducerReferenceTime: the packet's own UTC in microseconds, and
flags), from the first report on; before it, packets have none.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from droneops.video.stream_time import FIRST_CREDIBLE_US, LAST_CREDIBLE_US

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

RTCP_SIGMA_S = 0.05
"""What a sender's stamps leave open. Many tell when they sent: GStreamer's server by default 20 ms after the
frame left its source (measured), and an encoder's delay comes before that. An assumption."""

RECEIPT_SIGMA_S = 0.3
"""Encoder, radio link and the receiver's buffer make a frame 0.1 to 1 s old before it is here. An assumption;
the camera file's time offset may take the mean of it out."""

RECEIPT_WINDOW_S = 60
"""A camera's crystal is off by up to 100 ppm: in this time it moves the least delayed packet by 6 ms."""

CLOCK_STEP_US = 20_000
"""Two reads of our own clocks, one after the other, lie within a time slice of each other: more is a step."""

# AVProducerReferenceTime: int64 wallclock, int flags, in the machine's own byte order.
_PRFT = struct.Struct("=qi")
_RTP_TURN = 1 << 32
_JUMP_US = 1_000_000
# Between reports the times of packets agree to the microsecond; 1 ms leaves room for coarse time bases.
_AGREE_US = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """When a packet was read, by two clocks of ours: microseconds that never step, and UTC microseconds."""

    monotonic_us: int
    utc_us: int

    @property
    def utc_minus_monotonic_us(self) -> int:
        """What stays the same until somebody sets our clock."""
        return self.utc_us - self.monotonic_us


@dataclass(frozen=True, slots=True)
class LeastLate:
    """The least of receipt less PTS within RECEIPT_WINDOW_S, by our monotonic clock.

    ``by_second`` are (second, least in it), the least of each rising from the oldest on: at most
    RECEIPT_WINDOW_S + 1 of them. ``utc_minus_monotonic_us`` is kept until our clock is set.
    """

    by_second: tuple[tuple[int, int], ...] = ()
    utc_minus_monotonic_us: int = 0

    def after(self, packet_pts_us: int, received: Receipt) -> LeastLate:
        """The same with one more packet."""
        second, late_us = received.monotonic_us // 1_000_000, received.monotonic_us - packet_pts_us
        in_window = [entry for entry in self.by_second if entry[0] > second - RECEIPT_WINDOW_S]
        # Who came before and was later never is the least again.
        kept = [entry for entry in in_window if entry[1] < late_us]
        if not kept or kept[-1][0] != second:
            kept.append((second, late_us))
        return LeastLate(tuple(kept), self._utc_minus_monotonic_us(received))

    @property
    def offset_us(self) -> int:
        """UTC of receipt less PTS of the least delayed packet."""
        return self.by_second[0][1] + self.utc_minus_monotonic_us

    def _utc_minus_monotonic_us(self, received: Receipt) -> int:
        now_us, kept_us = received.utc_minus_monotonic_us, self.utc_minus_monotonic_us
        return kept_us if self.by_second and abs(now_us - kept_us) <= CLOCK_STEP_US else now_us


@dataclass(frozen=True, slots=True)
class StreamClock:
    """UTC of a frame = its PTS + ``offset_us``.

    ``source`` is "RTCP" or "receipt", ``sigma_s`` the 1-sigma error that goes with it. ``behind_us`` is how
    long after its own UTC the last packet came: for RTCP the delay on the way, and how far the sender's clock
    and ours differ. ``jumps`` counts when the sender set its clock by more than a second. ``told_us`` is the
    offset that the last packet told, to be believed when the next one agrees. ``least_late`` is kept while
    ``source`` is "receipt".
    """

    offset_us: int
    source: str
    sigma_s: float
    behind_us: int
    jumps: int = 0
    told_us: int | None = None
    least_late: LeastLate = field(default_factory=LeastLate)

    def utc_us(self, pts_us: int) -> int:
        """UTC microseconds of the frame with a PTS."""
        return pts_us + self.offset_us


def rtcp_time_us(packet: Packet[VideoStream]) -> int | None:
    """UTC microseconds of a packet by the sender's report; None before the first report, and without any."""
    if not packet.has_sidedata("prft"):
        return None
    data = bytes(packet.get_sidedata("prft"))
    return int(_PRFT.unpack_from(data)[0]) if len(data) >= _PRFT.size else None


def pts_us(packet: Packet[VideoStream]) -> int | None:
    """A packet's PTS in microseconds; None where it has none."""
    if packet.pts is None or packet.time_base is None:
        return None
    return round(packet.pts * packet.time_base * 1_000_000)


def next_clock(
    clock: StreamClock | None, packet_pts_us: int, rtcp_us: int | None, received: Receipt, turn_us: int
) -> StreamClock:
    """The clock after one more packet of a session; None begins one.

    ``rtcp_us`` is `rtcp_time_us`, ``received`` when the packet was read, ``turn_us`` is `turn_us_of`.
    Once the sender has told its time, receipt is not gone back to. Not taken are a time of a clock that was
    never set (before 2000); one that the packet before does not agree with, for FFmpeg gives the very first
    packet with a time that of the next one; and, between a turn of the 32-bit RTP time stamp and the next
    report, times that are off by just that turn.
    """
    is_set = rtcp_us is not None and FIRST_CREDIBLE_US <= rtcp_us < LAST_CREDIBLE_US
    told_us = rtcp_us - packet_pts_us if rtcp_us is not None and is_set else None
    late_us = received.utc_us - packet_pts_us
    if _is_agreed(clock, told_us, turn_us):
        found = _by_report(clock, told_us or 0, late_us)
    elif clock is not None and clock.source == "RTCP":
        found = replace(clock, behind_us=late_us - clock.offset_us)
    else:
        found = _by_receipt(clock, packet_pts_us, received)
    return replace(found, told_us=told_us)


def turn_us_of(stream: VideoStream) -> int:
    """How long the stream's RTP time stamp takes to start again from 0, in microseconds: 13 h at 90 kHz."""
    return 0 if stream.time_base is None else round(_RTP_TURN * stream.time_base * 1_000_000)


def _is_agreed(clock: StreamClock | None, told_us: int | None, turn_us: int) -> bool:
    if clock is None or told_us is None or clock.told_us is None:
        return False
    is_turn = clock.source == "RTCP" and abs(abs(told_us - clock.offset_us) - turn_us) < _JUMP_US
    return abs(told_us - clock.told_us) <= _AGREE_US and not is_turn


def _by_report(clock: StreamClock | None, offset_us: int, late_us: int) -> StreamClock:
    jumps = 0
    if clock is not None and clock.source == "RTCP":
        jumps = clock.jumps + (abs(offset_us - clock.offset_us) > _JUMP_US)
    return StreamClock(offset_us, "RTCP", RTCP_SIGMA_S, late_us - offset_us, jumps)


def _by_receipt(clock: StreamClock | None, packet_pts_us: int, received: Receipt) -> StreamClock:
    # The least delayed packet is nearest to the truth: a buffer only ever makes them later.
    least = (LeastLate() if clock is None else clock.least_late).after(packet_pts_us, received)
    late_us = received.monotonic_us + least.utc_minus_monotonic_us - packet_pts_us
    return StreamClock(
        least.offset_us, "receipt", RECEIPT_SIGMA_S, late_us - least.offset_us, least_late=least
    )
