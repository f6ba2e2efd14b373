"""All frames that a damaged or whole video still gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from droneops.video.counts import VideoCounts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Half a minute of 30 fps without a picture: what follows is not worth the wait.
MAX_DAMAGED_IN_A_ROW = 1_000


def decoded_frames(
    container: InputContainer, stream: VideoStream, counts: VideoCounts
) -> Iterator[VideoFrame]:
    """The frames of ``stream`` in the order shown; faults are counted and gone past, or end the reading."""
    damaged_in_a_row = 0
    for packet in _packets(container, stream, counts):
        if counts.first_packet_pts is None:
            counts.first_packet_pts = packet.pts
        frames = _decode(packet, counts)
        damaged_in_a_row = damaged_in_a_row + 1 if frames is None else 0
        if damaged_in_a_row > MAX_DAMAGED_IN_A_ROW:
            counts.cut_short = True
            return
        for frame in frames or ():
            counts.decoded += 1
            yield frame


def _packets(
    container: InputContainer, stream: VideoStream, counts: VideoCounts
) -> Iterator[Packet[VideoStream]]:
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        counts.cut_short = True


def _decode(packet: Packet[VideoStream], counts: VideoCounts) -> list[VideoFrame] | None:
    import av

    try:
        return packet.decode()
    except av.FFmpegError:
        counts.packets_damaged += 1
        return None
