"""A live stream as HLS (RFC 8216), for players that know nothing else."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.decoder_config import DecoderConfig, config_of
from droneops.video.out.fmp4 import fragment, init_segment
from droneops.video.out.runs import begins_anew, samples

SEGMENT_S = 2.0
"""What a segment lasts at least: a player is three of them behind (RFC 8216, 6.3.3), and asks as often."""

SEGMENTS = 6
"""How many are offered: twice what a player needs to begin."""

SEGMENTS_KEPT = 9
"""A player may still fetch what the playlist before named (RFC 8216, 6.2.2)."""

MOST_BYTES = 32 << 20
"""A segment that no key frame ends is given up at this size."""

HEADROOM_US = 10_000_000
"""Where pictures are not decoded in the order shown, a stream's first are decoded before its time 0; a track
has no such time. More than any encoder reorders."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From one key frame to another. ``init_number`` names its initialization segment.

    ``starts_anew`` where its times do not go on from the segment before.
    """

    number: int
    init_number: int
    config: DecoderConfig
    packets: tuple[EncodedPacket, ...]
    end_us: int
    starts_anew: bool

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return (self.end_us - self.packets[0].dts_us) / 1e6

    @property
    def data(self) -> bytes:
        """It as a fragment of MP4, at the sender's own times but for HEADROOM_US."""
        first = self.packets[0]
        whole = samples(self.packets, self.end_us)
        decode_us = max(0, first.dts_us + HEADROOM_US)
        return fragment(whole, self.number + 1, decode_us, first.captured_at_us)


class HlsWindow:
    """The last segments of a stream. Passive: give it every packet in order."""

    def __init__(self, segment_s: float = SEGMENT_S) -> None:
        self._segment_us = round(segment_s * 1e6)
        self._segments: deque[Segment] = deque(maxlen=SEGMENTS_KEPT)
        self._packets: list[EncodedPacket] = []
        self._bytes = 0
        self._config: DecoderConfig | None = None
        self._number = self._init_number = self._discontinuities = 0
        self._starts_anew = False

    def add(self, packet: EncodedPacket) -> None:
        """Takes in the next packet of the stream."""
        if self._packets and begins_anew(self._packets[-1], packet):
            self._forget()
        if packet.is_key:
            self._begin(packet)
        if self._config is not None and (self._packets or packet.is_key):
            self._packets.append(packet)
            self._bytes += len(packet.data)
            if self._bytes > MOST_BYTES:
                self._forget()

    def segment(self, number: int) -> Segment | None:
        """The segment of a number; None if it is gone or has not come."""
        return next((one for one in self._segments if one.number == number), None)

    def init(self, number: int) -> bytes | None:
        """The initialization segment of a number; None if no segment needs it any more."""
        found = next((one for one in self._segments if one.init_number == number), None)
        return None if found is None else init_segment(found.config)

    def playlist(self, segment_uri: str, init_uri: str) -> str:
        """The media playlist; both addresses have "{number}" in them. Without segments it is an empty one."""
        offered = list(self._segments)[-SEGMENTS:]
        longest_s = max((one.duration_s for one in offered), default=self._segment_us / 1e6)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{ceil(longest_s)}",
            f"#EXT-X-MEDIA-SEQUENCE:{offered[0].number if offered else self._number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._discontinuities - sum(o.starts_anew for o in offered)}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        init_number = None
        for one in offered:
            lines += ["#EXT-X-DISCONTINUITY"] if one.starts_anew else []
            if one.init_number != init_number:
                init_number = one.init_number
                lines.append(f'#EXT-X-MAP:URI="{init_uri.format(number=init_number)}"')
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_rfc3339(one.packets[0].captured_at_us)}")
            lines += [f"#EXTINF:{one.duration_s:.3f},", segment_uri.format(number=one.number)]
        return "\n".join(lines) + "\n"

    def _begin(self, key: EncodedPacket) -> None:
        config = config_of(key)
        is_other = config is not None and config != self._config
        if self._packets and (is_other or key.dts_us - self._packets[0].dts_us >= self._segment_us):
            self._finish(key.dts_us)
        if is_other:
            self._starts_anew = self._starts_anew or self._config is not None
            self._config = config
            self._init_number += 1

    def _finish(self, end_us: int) -> None:
        assert self._config is not None  # noqa: S101 - packets are kept only with one
        segment = Segment(
            self._number, self._init_number, self._config, tuple(self._packets), end_us, self._starts_anew
        )
        self._segments.append(segment)
        self._discontinuities += self._starts_anew
        self._number += 1
        self._starts_anew = False
        self._packets, self._bytes = [], 0

    def _forget(self) -> None:
        self._packets, self._bytes = [], 0
        self._starts_anew = self._number > 0


def _rfc3339(time_us: int) -> str:
    text = datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
