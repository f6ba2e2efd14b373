"""Frames out over a byte stream that may be full."""

from __future__ import annotations

from collections.abc import Callable

# Writes what it can of the bytes given, at once, and returns how many; BlockingIOError if none.
Write = Callable[[bytes], int]


class FrameWriter:
    """Sends whole frames or none: half a frame out is finished before the next one, which else is dropped.

    Holds less than one frame.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.dropped_frames = 0

    def send(self, write: Write, frame: bytes) -> bool:
        """Whether ``frame`` is on its way. Raises what ``write`` raises, but for BlockingIOError."""
        self.flush(write)
        written = 0 if self._rest else _write(write, frame)
        if written == 0:
            self.dropped_frames += 1
            return False
        self._rest = frame[written:]
        return True

    def flush(self, write: Write) -> None:
        """Go on with what is left of a frame."""
        if self._rest:
            self._rest = self._rest[_write(write, self._rest) :]

    def forget(self) -> None:
        """The stream is another one now."""
        self._rest = b""


def _write(write: Write, data: bytes) -> int:
    try:
        return write(data)
    except BlockingIOError:
        return 0
