"""A live stream as fragmented MP4, piece by piece, for a browser's Media Source Extensions (WebSocket)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.decoder_config import DecoderConfig, config_of
from droneops.video.out.fmp4 import fragment, init_segment
from droneops.video.out.runs import USUAL_FRAME_US, begins_anew, sample


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to send as they are.

    ``mime`` stands with an initialization segment alone: a player that gets one begins anew with it.
    ``captured_at_us`` is when the first picture in it was taken, UTC.
    """

    data: bytes
    captured_at_us: int
    mime: str | None = None

    @property
    def is_init(self) -> bool:
        """Whether it is an initialization segment."""
        return self.mime is not None


def mime_of(config: DecoderConfig) -> str:
    """What a browser is asked whether it can play."""
    return f'video/mp4; codecs="{config.name}"'


def pieces(packets: Iterable[EncodedPacket]) -> Iterator[Piece]:
    """An initialization segment, then a fragment a picture, each as soon as its packet is there.

    It begins with the first key frame whose parameter sets are known. Another connection, a jump of the
    stream's time or other parameter sets bring a new initialization segment with the next key frame. The
    track's time runs on over all of them, as the pictures were taken.
    """
    config: DecoderConfig | None = None
    before: EncodedPacket | None = None
    offset_us = end_us = 0
    number = 0
    for packet in packets:
        if before is not None and begins_anew(before, packet):
            config = before = None
        found = config_of(packet) if packet.is_key else None
        if found is not None and found != config:
            if before is None:
                # Time goes on from where the last fragment ended, so that a player does not go back.
                offset_us = end_us - packet.dts_us
            config = found
            yield Piece(init_segment(found), packet.captured_at_us, mime_of(found))
        if config is None:
            continue
        number += 1
        duration_us = USUAL_FRAME_US if before is None else packet.dts_us - before.dts_us
        decode_us = packet.dts_us + offset_us
        end_us, before = decode_us + duration_us, packet
        data = fragment([sample(packet, duration_us)], number, decode_us, packet.captured_at_us)
        yield Piece(data, packet.captured_at_us)
