"""How much may be on its way to the broker at once, so that a grave alert never waits behind a long queue."""

from __future__ import annotations

AHEAD_S = 2.0
"""What is on its way is what the link takes in this time: it grows while the link keeps up, no further."""

FEWEST, FIRST, MOST = 4, 32, 256
"""Messages. Four keep a slow link busy; beyond 256 a local mosquitto gets no faster."""

LEAST_BYTES, FIRST_BYTES, MOST_BYTES = 16_384, 131_072, 1_048_576
"""Four alerts; two pictures; a second of 8 Mbit/s."""

MEASURED_OVER_S = 0.5


class Pace:
    """Windows from the rate at which PUBACKs come; time passed in. Used by one thread."""

    def __init__(self, now_s: float) -> None:
        self.messages = FIRST
        self._bytes = FIRST_BYTES
        self._since_s = now_s
        self._done = self._done_bytes = 0
        self._was_full = False

    def has_room(self, messages: int, sent_bytes: int, next_bytes: int) -> bool:
        """Whether one more may go; when nothing is on its way, always."""
        fits = messages < self.messages and sent_bytes + next_bytes <= self._bytes
        self._was_full |= not fits
        return fits or messages == 0

    def confirmed(self, size_bytes: int, now_s: float) -> None:
        """A PUBACK came for so many bytes."""
        self._done += 1
        self._done_bytes += size_bytes
        elapsed_s = now_s - self._since_s
        if elapsed_s < MEASURED_OVER_S:
            return
        if self._was_full:
            self.messages = _within(self._done / elapsed_s * AHEAD_S, FEWEST, MOST)
            self._bytes = _within(self._done_bytes / elapsed_s * AHEAD_S, LEAST_BYTES, MOST_BYTES)
        self._since_s, self._done, self._done_bytes, self._was_full = now_s, 0, 0, False


def _within(value: float, least: int, most: int) -> int:
    return int(min(max(value, least), most))
