"""The last minute and a half of one system's frames, as the bytes of a .tlog.

A live pose is read from these bytes by the reader of recorded logs, so that what a rule, a glitch or a gimbal
means is written once, and a patrol replayed from its recording is read in the same way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter

from droneops.telemetry.headers import STAMP_BYTES
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.steady import SteadyClock

# Longer than the minute of flight after which a gimbal that never moved is not believed, and enough for the
# vehicle's clock to be a median of many SYSTEM_TIME; short enough to be read in 10 to 20 ms.
WINDOW_US = 90_000_000
# A vehicle sends some 20 kB a second; ten times that is a flood, and the oldest of it goes first.
MAX_BYTES = 12 << 20
# What is sent once or seldom and holds until it is sent again: HEARTBEAT, SYSTEM_TIME, HOME_POSITION.
_LASTING_IDS = frozenset({0, 2, 242})
# A system has a dozen components; each keeps one record of each lasting message.
_MAX_LASTING = 64


@dataclass(slots=True)
class RollingLog:
    """Frames in the order received; the oldest are dropped by age and by size."""

    # Each with the time by which it grows old.
    _records: deque[tuple[int, LiveFrame]] = field(default_factory=deque)
    _lasting: dict[tuple[int, int], LiveFrame] = field(default_factory=dict)
    _bytes: int = 0
    _steady: SteadyClock = field(default_factory=SteadyClock)

    def append(self, frame: LiveFrame) -> None:
        """Takes a frame, and drops what is now too old or too much."""
        now_us = self._steady.at(frame.received_us)
        self._records.append((now_us, frame))
        self._bytes += len(frame.data)
        while self._bytes > MAX_BYTES or self._records[0][0] < now_us - WINDOW_US:
            self._drop_oldest()

    def clear(self) -> None:
        """Forgets all: what was said before a reboot holds no longer."""
        self._records.clear()
        self._lasting.clear()
        self._bytes = 0

    def tlog(self) -> bytes:
        """What is kept, as a .tlog; lasting messages older than the window first."""
        lasting = sorted(self._lasting.values(), key=attrgetter("received_us"))
        kept = [*lasting, *(frame for _, frame in self._records)]
        return b"".join(
            part for frame in kept for part in (frame.received_us.to_bytes(STAMP_BYTES, "big"), frame.data)
        )

    def _drop_oldest(self) -> None:
        _, frame = self._records.popleft()
        self._bytes -= len(frame.data)
        key = (frame.message_id, frame.component_id)
        if frame.message_id in _LASTING_IDS and (key in self._lasting or len(self._lasting) < _MAX_LASTING):
            self._lasting[key] = frame
