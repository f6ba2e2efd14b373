"""What became of a video's frames."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class VideoCounts:
    """A tally that grows while the video is read.

    Of ``decoded`` frames, ``looked`` were given out; ``without_time``, ``backwards`` (not after the frame
    before) and ``damaged`` (the decoder says so; not all decoders mark every picture that leans on a
    damaged one) were passed over; the rest were between looks.
    ``packets_damaged`` could not be decoded at all. ``cut_short``: reading stopped at a fault.
    ``first_packet_pts`` is the first packet's stamp in units of the stream, decodable or not.
    Times are UTC microseconds of the first and last usable frame, looked at or not.
    """

    decoded: int = 0
    looked: int = 0
    without_time: int = 0
    backwards: int = 0
    damaged: int = 0
    packets_damaged: int = 0
    cut_short: bool = False
    first_packet_pts: int | None = None
    first_time_us: int | None = None
    last_time_us: int | None = None
