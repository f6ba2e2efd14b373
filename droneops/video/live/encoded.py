"""The stream as it came, for those who keep it or pass it on without decoding it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamForm:
    """What a decoder is told before the first packet.

    ``codec`` is FFmpeg's name, such as "h264" or "hevc"; ``extradata`` the parameter sets as the stream's
    description has them, empty where they come in the stream alone. ``session`` counts the connections:
    packets of different ones do not belong together. The size is None until a picture was decoded.
    """

    session: int
    codec: str
    extradata: bytes
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """One picture as it was encoded.

    ``pts_us`` and ``dts_us`` count microseconds from a beginning of the sender's; ``captured_at_us`` is UTC.
    """

    form: StreamForm
    data: bytes
    pts_us: int
    dts_us: int
    captured_at_us: int
    is_key: bool


PacketSink = Callable[[EncodedPacket], None]
"""Called for every packet, in the thread that reads the network: it must not wait for anything."""
