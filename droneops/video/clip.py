"""A clip cut out of a video file as it was encoded, without decoding: no picture in it is another.

It begins at the last key frame before the time asked for, since no decoder can begin elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droneops.video.container import open_video

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

MAX_CLIP_S = 120.0
"""An incident may last for hours; who judges it wants to see how it began."""

MAX_CLIP_BYTES = 64 << 20
"""Two minutes at 4 Mbit/s, what drones send."""

SEEK_MARGIN_S = 20.0
"""Key frames come every few seconds; where seeking finds none that near, the file is read from the start."""

_OVERHEAD_BYTES = 1 << 20
"""The index of a clip at its largest."""


@dataclass(frozen=True, slots=True)
class Clip:
    """``raw`` is a whole file named ``name``; its pictures are from ``from_us`` to ``to_us`` (UTC).

    ``is_cut_short`` tells that a bound ended it before the time asked for. ``dropped`` counts packets
    without a time of their own, which no container can hold.
    """

    name: str
    raw: bytes
    from_us: int
    to_us: int
    is_cut_short: bool
    dropped: int


@dataclass(frozen=True, slots=True)
class NoClip:
    """There is no clip, and why."""

    reason: str


@dataclass(slots=True)
class _Cut:
    """The packets taken so far; ``first_pts`` to ``last_pts`` in the video stream's units."""

    packets: list[Packet[Any]] = field(default_factory=list)
    size: int = 0
    last_dts: dict[int, int] = field(default_factory=dict)
    first_pts: int | None = None
    last_pts: int = 0
    dropped: int = 0
    is_cut_short: bool = False

    def begin_anew(self) -> None:
        self.packets.clear()
        self.last_dts.clear()
        self.size, self.first_pts, self.dropped = 0, None, 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted, in UTC."""

    start_us: int
    from_us: int
    to_us: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class _Span:
    """What is wanted, in the video stream's units of time."""

    from_pts: int
    to_pts: int
    max_bytes: int


def cut(
    path: Path,
    *,
    start_us: int,
    from_us: int,
    to_us: int,
    max_s: float = MAX_CLIP_S,
    max_bytes: int = MAX_CLIP_BYTES,
) -> Clip | NoClip:
    """The part of a video from ``from_us`` to ``to_us``; its first picture was taken at ``start_us`` (UTC).

    A transport stream stays one (with its metadata), anything else becomes an mp4. The same file and versions
    give the same bytes.

    Raises:
        InputError: the file cannot be opened as a video.
    """
    end_us = min(to_us, from_us + round(max_s * 1e6))
    wanted = _Wanted(start_us, from_us, end_us, max_bytes - _OVERHEAD_BYTES)
    for seek in (True, False):
        clip = _cut(path, wanted, seek)
        if clip is not None:
            break
    if isinstance(clip, Clip) and end_us < to_us:
        return replace(clip, is_cut_short=True)
    return clip or NoClip("the video has no key frame up to that time")


def _cut(path: Path, wanted: _Wanted, seek: bool) -> Clip | NoClip | None:
    """The clip; None where no key frame was found before it begins."""
    import av

    container, stream = open_video(path)
    with container:
        if stream.time_base is None or stream.start_time is None:
            return NoClip("the video has no times")
        try:
            span = _span(wanted, stream.start_time, stream.time_base)
            if seek:
                container.seek(span.from_pts - round(SEEK_MARGIN_S / stream.time_base), stream=stream)
            taken = _read(_packets(container, stream), stream.index, span)
            if taken.first_pts is None or (seek and taken.first_pts > span.from_pts):
                return None
            if taken.last_pts < span.from_pts:
                return NoClip("the video ended before that time")
            name, raw = _muxed(container, taken)
        except (av.FFmpegError, ValueError) as error:
            return None if seek else NoClip(f"the video cannot be cut: {error}")
    zero_us = wanted.start_us - stream.start_time * stream.time_base * 1_000_000
    return Clip(
        name=name,
        raw=raw,
        from_us=round(zero_us + taken.first_pts * stream.time_base * 1_000_000),
        to_us=round(zero_us + taken.last_pts * stream.time_base * 1_000_000),
        is_cut_short=taken.is_cut_short,
        dropped=taken.dropped,
    )


def _span(wanted: _Wanted, begin: int, time_base: Fraction) -> _Span:
    ends = (wanted.from_us, wanted.to_us)
    first, last = (begin + round(Fraction(us - wanted.start_us, 1_000_000) / time_base) for us in ends)
    return _Span(first, last, wanted.max_bytes)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
    streams = [stream, *container.streams.data] if _is_transport_stream(container) else [stream]
    return container.demux(streams)


def _read(packets: Iterator[Packet[Any]], video: int, span: _Span) -> _Cut:
    taken = _Cut()
    for packet in packets:
        pts, dts = packet.pts, packet.dts
        is_video = packet.stream_index == video
        if pts is not None and dts is not None and is_video:
            if dts > span.to_pts:
                return taken
            if packet.is_keyframe and (taken.first_pts is None or pts <= span.from_pts):
                taken.begin_anew()
                taken.first_pts = taken.last_pts = pts
        if taken.first_pts is None or not packet.size:
            continue
        if taken.size + packet.size > span.max_bytes:
            taken.is_cut_short = True
            return taken
        _add(taken, packet, is_video)
    return taken


def _add(taken: _Cut, packet: Packet[Any], is_video: bool) -> None:
    last = taken.last_dts.get(packet.stream_index)
    if packet.dts is None or packet.pts is None or (last is not None and packet.dts <= last):
        taken.dropped += 1
        return
    taken.last_dts[packet.stream_index] = packet.dts
    taken.packets.append(packet)
    taken.size += packet.size
    if is_video:
        taken.last_pts = max(taken.last_pts, packet.pts)


def _muxed(container: InputContainer, taken: _Cut) -> tuple[str, bytes]:
    import av

    kind, name = ("mpegts", "clip.ts") if _is_transport_stream(container) else ("mp4", "clip.mp4")
    buffer = io.BytesIO()
    # bitexact leaves out the library's name and the time of day.
    with av.open(buffer, "w", format=kind, options={"fflags": "+bitexact"}) as target:
        _mux(target, taken)
    return name, buffer.getvalue()


def _mux(target: OutputContainer, taken: _Cut) -> None:
    sources = {packet.stream_index: packet.stream for packet in taken.packets}
    copies = {index: target.add_stream_from_template(source) for index, source in sorted(sources.items())}
    base = min(p.dts * p.time_base for p in taken.packets if p.dts is not None)
    for packet in taken.packets:
        assert packet.pts is not None and packet.dts is not None  # noqa: S101 - others are dropped
        shift = round(base / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = copies[packet.stream_index]
        target.mux(packet)


def _is_transport_stream(container: InputContainer) -> bool:
    return "mpegts" in container.format.name
