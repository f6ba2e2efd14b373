"""A stream and those who watch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from droneops.simulation.encoding import Packet
from droneops.simulation.rtsp.rtp import Sender

# Sender reports in these steps; the first goes before the first picture, so that its time is known at once.
REPORT_EVERY_S = 2.0


@dataclass(slots=True)
class Viewer:
    """One client of a channel. ``send`` takes a channel number (0 RTP, 1 RTCP) and a packet; it gives False
    when the client is too slow and this picture has to be left out. ``hang_up`` ends its connection."""

    sender: Sender
    send: Callable[[int, bytes], None]
    is_slow: Callable[[], bool]
    hang_up: Callable[[], None]
    waits_for_key: bool = True
    reported_s: float | None = None


@dataclass(slots=True)
class Channel:
    """A stream by its path. ``description`` is its SDP; while ``is_open`` is False it is refused."""

    path: str
    description: bytes
    is_open: bool = True
    viewers: list[Viewer] = field(default_factory=list)

    def publish(self, packet: Packet, media_s: float, utc_us: int) -> None:
        """Sends a picture taken at ``utc_us``, second ``media_s`` of the stream, to all who can take it."""
        for viewer in self.viewers:
            # Without what lies between, the pictures up to the next key picture show nothing right.
            viewer.waits_for_key = (viewer.waits_for_key or viewer.is_slow()) and not (
                packet.is_key and not viewer.is_slow()
            )
            if not viewer.waits_for_key:
                _send(viewer, packet, media_s, utc_us)

    def close(self) -> None:
        """Hangs up on all, and refuses until it is opened again."""
        self.is_open = False
        for viewer in list(self.viewers):
            viewer.hang_up()
        self.viewers.clear()

    def open(self) -> None:
        """Lets viewers in again."""
        self.is_open = True


def _send(viewer: Viewer, packet: Packet, media_s: float, utc_us: int) -> None:
    if viewer.reported_s is None or not 0 <= media_s - viewer.reported_s < REPORT_EVERY_S:
        viewer.reported_s = media_s
        viewer.send(1, viewer.sender.report(media_s, utc_us))
    for payload in viewer.sender.rtp(packet.data, media_s):
        viewer.send(0, payload)
