"""The newest frame, for a consumer that may be slower than the camera."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from droneops.video.live.gop import Arrived


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture, not yet turned into BGR, and the packet it came in."""

    arrived: Arrived
    picture: VideoFrame


class NewestFrame:
    """Room for one frame: a newer one takes the place of one that nobody took."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._decoded: Decoded | None = None
        self._is_closed = False

    def put(self, decoded: Decoded) -> None:
        """Puts in the newest frame."""
        with self._ready:
            self._decoded = decoded
            self._ready.notify()

    def take(self, timeout_s: float) -> Decoded | None:
        """The newest frame, which is then taken; None if none came within ``timeout_s``, or after `close`."""
        with self._ready:
            self._ready.wait_for(lambda: self._decoded is not None or self._is_closed, timeout_s)
            decoded, self._decoded = self._decoded, None
            return None if self._is_closed else decoded

    def close(self) -> None:
        """Wakes who waits; there are no more frames."""
        with self._ready:
            self._is_closed, self._decoded = True, None
            self._ready.notify_all()
