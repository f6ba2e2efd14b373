"""One peer's bytes, in whatever pieces they come, into MAVLink frames.

What is believed (as in `walk`, but without seeing what comes later):

- A frame of a known message counts if its checksum holds. Of MAVLink 1, whose short header is easily met by
  noise, only if it also begins where one is due, or ends as an unknown one must (a log has stamps to doubt).
- A frame of an unknown message has no checksum that we could check. It counts if one is due where it begins:
  where a believed frame ended, or where nothing was pending and a feed began; and if it ends with the feed or
  before a marker.
- Incompatibility flags other than "signed" change the layout in ways nobody has defined: not a frame.
- A MAVLink 2 payload may be longer than our dialect's; a MAVLink 1 payload may not: its length is fixed.
- Bytes inside a frame believed, or inside one not yet complete, are payload: a marker there is no frame.

A candidate that is not complete is held, with what lies behind it, until it completes or is disproved. It is
disproved when its checksum turns out wrong; when a datagram begins with a whole frame of its own; and when
it is `HOLD_US` old while a whole frame whose checksum holds lies behind its marker.

What damage costs: the frames that it touches, unknown messages between it and the next known one, and a
MAVLink 1 frame with damage on both sides. Bytes lost from a signature, which no checksum covers, also cost
the frame behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from droneops.telemetry.crc import crc_of
from droneops.telemetry.dialect import Dialect
from droneops.telemetry.headers import (
    CHECKSUM_BYTES,
    FLAG_SIGNED,
    HEADER_BYTES_V1,
    HEADER_BYTES_V2,
    MARKER_V1,
    MARKER_V2,
    SIGNATURE_BYTES,
)
from droneops.telemetry.live.frame import LiveFrame

# The longest frame takes 292 ms over 9,600 baud, the slowest radio in use; what is older has stalled.
HOLD_US = 500_000

_SIGNED = bytes([FLAG_SIGNED])
# Verdicts on a place in the stream; a positive one is the end of a frame believed.
_INCOMPLETE = 0
_NO_FRAME = -1
_BAD_CHECKSUM = -2

# A header of MAVLink 2, maybe cut off by the end. All ids in use fit into 16 bits, so the third byte is zero.
# It begins with one plain byte: `re` then searches as fast as memchr, and noise costs next to nothing.
_HEADER_V2 = re.compile(rb"\xfd(?:.[\x00\x01].{6}\x00|.?\Z|.[\x00\x01].{0,6}\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """What came in. ``bytes`` is all; what is in no frame and not pending is ``junk_bytes``.

    ``frames`` are those whose checksum held, ``unknown_frames`` those believed without one,
    ``signed_frames`` those of either that carry a signature (nobody has verified it here), and
    ``bad_checksum_frames`` places where a frame was due and stood whole, but for its checksum.
    """

    bytes: int = 0
    frames: int = 0
    unknown_frames: int = 0
    signed_frames: int = 0
    bad_checksum_frames: int = 0
    junk_bytes: int = 0


@dataclass(slots=True)
class Tally:
    """The same, counting on; the streams of one link share it, so that a peer forgotten stays counted."""

    bytes: int = 0
    frames: int = 0
    unknown_frames: int = 0
    signed_frames: int = 0
    bad_checksum_frames: int = 0
    junk_bytes: int = 0

    def snapshot(self) -> LinkCounts:
        """What has been counted so far."""
        return LinkCounts(
            self.bytes,
            self.frames,
            self.unknown_frames,
            self.signed_frames,
            self.bad_checksum_frames,
            self.junk_bytes,
        )


class Deframer:
    """The stream of one peer. ``datagrams``: a feed is a datagram, which usually begins with a frame.

    Counts into ``tally``.
    """

    __slots__ = ("_anchored", "_arrivals", "_datagrams", "_messages", "_pending", "_tally")

    def __init__(self, dialect: Dialect, tally: Tally, *, datagrams: bool) -> None:
        self._messages = dialect.by_id
        self._tally = tally
        self._datagrams = datagrams
        self._pending = b""
        self._anchored = True
        # Where in ``_pending`` each feed ended, and when it came; the oldest first.
        self._arrivals: list[tuple[int, int]] = []

    @property
    def pending_bytes(self) -> int:
        """Bytes held because they may be the begin of a frame: fewer than the longest frame has (280)."""
        return len(self._pending)

    def feed(self, data: bytes, received_us: int, peer: str) -> list[LiveFrame]:
        """The frames that ``data`` completes, each stamped with the time its last byte came.

        An empty ``data`` only lets time pass: frames held behind a stalled candidate come out.
        """
        self._tally.bytes += len(data)
        out: list[LiveFrame] = []
        if self._pending and self._begins_anew(data):
            self._abandon(received_us, peer, out)
        begin = self._disproved_bytes(received_us) if self._pending else 0
        buffer = self._pending + data if self._pending else data
        rest = self._scan(buffer, begin, received_us, peer, out)
        self._hold(buffer, rest, received_us)
        return out

    def abandon(self) -> None:
        """Give up what is pending: the connection it came over is gone."""
        self._tally.junk_bytes += len(self._pending)
        self._hold(b"", 0, 0)

    def _begins_anew(self, data: bytes) -> bool:
        """Whether a whole checked frame begins with this datagram: the one before it was cut off."""
        return self._datagrams and data[:1] in (b"\xfd", b"\xfe") and self._judge(data, 0, False) > 0

    def _abandon(self, received_us: int, peer: str, out: list[LiveFrame]) -> None:
        """Nothing pending can complete any more; whole frames behind its markers are frames."""
        at = 0
        while at < len(self._pending):
            behind, _ = self._search(self._pending, at + 1)
            self._tally.junk_bytes += behind - at
            self._anchored = False
            at = self._scan(self._pending, behind, received_us, peer, out)
        self._hold(b"", 0, 0)

    def _disproved_bytes(self, received_us: int) -> int:
        """How much of what is pending to skip: a stalled candidate, if a frame lies behind its marker."""
        # A clock that was set back makes a candidate look old at once; only a whole frame can suffer it.
        if abs(received_us - self._arrivals[0][1]) < HOLD_US:
            return 0
        at, verdict = self._search(self._pending, 1)
        if verdict == _INCOMPLETE:
            return 0
        self._tally.junk_bytes += at
        self._anchored = False
        return at

    def _scan(self, buffer: bytes, at: int, received_us: int, peer: str, out: list[LiveFrame]) -> int:
        """Adds the frames from ``at`` on to ``out``; returns where what must be held begins."""
        anchored, size = self._anchored, len(buffer)
        while at < size:
            verdict = self._judge(buffer, at, anchored)
            if verdict < 0:
                self._tally.bad_checksum_frames += anchored and verdict == _BAD_CHECKSUM
                begin, anchored = at, False
                at, verdict = self._search(buffer, begin + 1)
                self._tally.junk_bytes += at - begin
            if verdict == _INCOMPLETE:
                break
            out.append(self._frame(buffer, at, verdict, received_us, peer))
            at, anchored = verdict, True
        self._anchored = anchored or at == size
        return at

    def _search(self, buffer: bytes, begin: int) -> tuple[int, int]:
        """The next place that is a checked frame or may become one, with its verdict; else the end."""
        for at in _candidates(buffer, begin):
            verdict = self._judge(buffer, at, False)
            if verdict >= 0:
                return at, verdict
        return len(buffer), _INCOMPLETE

    def _judge(self, buffer: bytes, at: int, anchored: bool) -> int:
        """The end of the frame at ``at``, or why there is none. ``anchored``: a frame is due here."""
        size, marker = len(buffer), buffer[at]
        is_v2 = marker == MARKER_V2
        if not (is_v2 or marker == MARKER_V1) or (is_v2 and buffer[at + 2 : at + 3] > _SIGNED):
            return _NO_FRAME
        payload = at + (HEADER_BYTES_V2 if is_v2 else HEADER_BYTES_V1)
        if payload > size:
            return _INCOMPLETE
        checksum = payload + buffer[at + 1]
        end = checksum + CHECKSUM_BYTES + (SIGNATURE_BYTES if is_v2 and buffer[at + 2] else 0)
        message = self._messages.get(_message_id(buffer, at, is_v2))
        if message is None:
            return _judge_unknown(buffer, end) if anchored else _NO_FRAME
        is_due = is_v2 or anchored or _is_followed(buffer, end)
        if not is_due or not (is_v2 or buffer[at + 1] <= message.payload.itemsize):
            return _NO_FRAME
        if end > size:
            return _INCOMPLETE
        computed = crc_of(buffer[at + 1 : checksum] + message.crc_extra.to_bytes(1, "little"))
        stored = buffer[checksum] | buffer[checksum + 1] << 8
        return end if computed == stored else _BAD_CHECKSUM

    def _frame(self, buffer: bytes, at: int, end: int, received_us: int, peer: str) -> LiveFrame:
        is_v2 = buffer[at] == MARKER_V2
        # The header ends with seq, system, component and the message's id.
        seq = at + 4 if is_v2 else at + 2
        message_id = _message_id(buffer, at, is_v2)
        signed = is_v2 and buffer[at + 2] == FLAG_SIGNED
        known = message_id in self._messages
        self._tally.frames += known
        self._tally.unknown_frames += not known
        self._tally.signed_frames += signed
        return LiveFrame(
            self._arrival_us(end, received_us) if self._arrivals else received_us,
            peer,
            message_id,
            buffer[seq + 1],
            buffer[seq + 2],
            buffer[seq],
            2 if is_v2 else 1,
            signed,
            known,
            buffer[at:end],
        )

    def _arrival_us(self, end: int, received_us: int) -> int:
        """When the byte before ``end`` came."""
        return next((came_us for until, came_us in self._arrivals if end <= until), received_us)

    def _hold(self, buffer: bytes, rest: int, received_us: int) -> None:
        """What must wait for more: ``buffer`` from ``rest`` on."""
        self._pending = buffer[rest:]
        if not self._pending:
            self._arrivals = []
            return
        arrivals = [(until - rest, came_us) for until, came_us in self._arrivals if until > rest]
        if not arrivals or arrivals[-1][0] < len(self._pending):
            arrivals.append((len(self._pending), received_us))
        self._arrivals = arrivals


def _message_id(buffer: bytes, at: int, is_v2: bool) -> int:
    return buffer[at + 7] | buffer[at + 8] << 8 | buffer[at + 9] << 16 if is_v2 else buffer[at + 5]


def _judge_unknown(buffer: bytes, end: int) -> int:
    if end > len(buffer):
        return _INCOMPLETE
    return end if _is_followed(buffer, end) else _NO_FRAME


def _is_followed(buffer: bytes, end: int) -> bool:
    """Whether at ``end`` the feed ends or a marker stands."""
    return buffer[end : end + 1] in (b"", b"\xfd", b"\xfe")


def _candidates(buffer: bytes, begin: int) -> Iterator[int]:
    """Where in ``buffer`` a frame may begin, ascending."""
    next_v1, next_v2 = buffer.find(MARKER_V1, begin), _find_v2(buffer, begin)
    while next_v1 >= 0 or next_v2 >= 0:
        if next_v2 < 0 or 0 <= next_v1 < next_v2:
            yield next_v1
            next_v1 = buffer.find(MARKER_V1, next_v1 + 1)
        else:
            yield next_v2
            next_v2 = _find_v2(buffer, next_v2 + 1)


def _find_v2(buffer: bytes, begin: int) -> int:
    found = _HEADER_V2.search(buffer, begin)
    return found.start() if found else -1
