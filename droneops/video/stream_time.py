"""When a video file began, by the time its own stream carries.

Two kinds are read: the time stamps of ST 0604 inside the pictures (misp.py), and the metadata of MISB ST 0601
beside them (tag 2, plus its leap seconds, tag 136, where they are told), each packet with the picture of its
PTS. The pictures' own go first: no multiplexer can part them from what they stamp. The video runs by its PTS,
so its start is where the median of UTC less PTS puts the first frame, and by what the single times are off
counts as its error: scatter, drift, jumps alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from droneops.telemetry.klv import EG_0104_KEY, doubt_of_leap_seconds, leap_seconds_of, parse_klv
from droneops.types import FloatArray
from droneops.video.container import beginning_us, open_video
from droneops.video.counts import VideoCounts
from droneops.video.decode import decoded_frames
from droneops.video.misp import NalFormat, nal_format, picture_time

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

FIRST_CREDIBLE_US = 946_684_800_000_000
LAST_CREDIBLE_US = 4_102_444_800_000_000
"""The years 2000 to 2100: a camera whose clock was never set says 1904, 1970 or 1980."""

PATIENCE_PACKETS = 300
"""Ten seconds of video: metadata come at least every second, so what has shown none by then has none."""

MOST_TIMES = 500_000
"""Four hours of 30 fps; more would only take memory (16 bytes each)."""

MIN_TIMES = 3
"""Of fewer, nothing tells a wrong one."""

UNTIMED_SIGMA_S = 0.3
"""Metadata without PTS lie in the file where they arrived: a multiplexer sends video up to a second ahead of
its showing, and one recording is 0.1 s off its pictures' own stamps. An assumption."""

UNLOCKED_SIGMA_S = 0.5
"""How far a camera's clock is off UTC that says it does not follow it: as a recorder's. An assumption."""

JUMP_S = 0.2
"""More than a few frames between neighbours is no scatter of a multiplexer."""

UNTIMED_JUMP_S = 1.0
"""Where packets lie in the file as they arrived, neighbours may be parted by a burst of video."""

MIN_DRIFT_S = 0.02
"""The least that a drift must move the offset by, over the video, to be named: as in droneops/sync."""

_SECONDS_OF_DRIFT = 10.0
"""Over less, a clock would have to be off by a thousandth to be seen."""

_RATE_SIGMAS = 4.0
_NORMAL_95 = 1.96
_NORMAL_MAD = 0.6745


@dataclass(frozen=True, slots=True)
class StreamTime:
    """UTC microseconds of the first frame, "KLV" or "SEI (MISP)", its 1-sigma error, and what is doubtful."""

    start_us: int
    source: str
    sigma_s: float
    doubt: str | None


@dataclass(frozen=True, slots=True)
class NoStreamTime:
    """The stream does not tell; ``reason`` says why what it carries cannot be used, None if nothing."""

    reason: str | None


@dataclass(slots=True)
class _Times:
    """Pairs of a PTS and a UTC time, both in microseconds; grows while the file is read."""

    pts_us: list[float] = field(default_factory=list)
    utc_us: list[int] = field(default_factory=list)
    incredible: int = 0

    def add(self, pts_us: float, utc_us: int) -> None:
        if not FIRST_CREDIBLE_US <= utc_us < LAST_CREDIBLE_US:
            self.incredible += 1
        elif len(self.utc_us) < MOST_TIMES:
            self.pts_us.append(pts_us)
            self.utc_us.append(utc_us)

    def shift(self, by_us: int) -> None:
        self.utc_us = [utc_us + by_us for utc_us in self.utc_us]

    def offset_us(self) -> float:
        """The median of UTC less PTS."""
        return float(np.median(np.array(self.utc_us) - np.array(self.pts_us)))


@dataclass(slots=True)
class _Found:
    """What a file's packets tell; grows while it is read."""

    pictures: _Times = field(default_factory=_Times)
    unlocked: int = 0
    timed: _Times = field(default_factory=_Times)
    untimed: _Times = field(default_factory=_Times)
    damaged: int = 0
    leaps_s: set[int] = field(default_factory=set)
    wrong_leaps: int = 0
    is_eg_0104: bool = False
    video_packets: int = 0
    video_pts_us: float | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether so much was read without any time that none will come."""
        told = self.pictures.utc_us or self.timed.utc_us or self.untimed.utc_us
        return not told and self.video_packets >= PATIENCE_PACKETS


def stream_time(path: Path) -> StreamTime | NoStreamTime:
    """The time that the stream itself tells. Reads the whole file, without decoding, only if it tells any.

    Raises:
        InputError: the file cannot be opened as a video.
    """
    found = _read(path)
    _put_in_utc(found)
    sources = (
        (found.pictures, "SEI (MISP)", 0.0, JUMP_S),
        (found.timed, "KLV", 0.0, JUMP_S),
        (found.untimed, "KLV", UNTIMED_SIGMA_S, UNTIMED_JUMP_S),
    )
    for times, source, sigma_s, jump_s in sources:
        if len(times.utc_us) >= MIN_TIMES:
            fit = _fit(times, _first_frame_us(path), jump_s)
            return _told(fit, source, sigma_s, found)
    return NoStreamTime(_why_none(found))


def _read(path: Path) -> _Found:
    found = _Found()
    container, video = open_video(path)
    with container:
        form = nal_format(video.codec_context.name, video.codec_context.extradata)
        streams: list[Stream] = [*container.streams.data]
        if form is None and not streams:
            return found
        for packet in _packets(container, [video, *streams]):
            if packet.stream_index == video.index:
                _note_picture(found, packet, form)
            else:
                _note_metadata(found, packet)
            if found.is_hopeless:
                break
    return found


def _packets(container: InputContainer, streams: Sequence[Stream]) -> Iterator[Packet[Stream]]:
    import av

    try:
        yield from container.demux(list(streams))
    except av.FFmpegError:
        # What was read before the fault still tells; the decoder counts the fault itself.
        return


def _note_picture(found: _Found, packet: Packet[Stream], form: NalFormat | None) -> None:
    found.video_packets += 1
    pts_us = _pts_us(packet)
    if pts_us is None:
        return
    found.video_pts_us = pts_us
    time = None if form is None else picture_time(bytes(packet), form)
    if time is not None:
        found.pictures.add(pts_us, time.time_us)
        found.unlocked += not time.is_locked


def _note_metadata(found: _Found, packet: Packet[Stream]) -> None:
    data = bytes(packet)
    stream = parse_klv(data)
    found.damaged += stream.damaged
    found.leaps_s.update(packet.leap_s for packet in stream.packets if packet.leap_s is not None)
    found.wrong_leaps += sum(packet.has_wrong_leap_s for packet in stream.packets)
    found.is_eg_0104 |= EG_0104_KEY in data
    if not stream.packets:
        return
    # One PTS belongs to the first of several.
    pts_us, utc_us = _pts_us(packet), stream.packets[0].time_us
    if pts_us is not None:
        found.timed.add(pts_us, utc_us)
    elif found.video_pts_us is not None:
        found.untimed.add(found.video_pts_us, utc_us)


def _put_in_utc(found: _Found) -> None:
    """Adds the leap seconds that the metadata tell; to the pictures' stamps, which cannot tell any, too.

    To those only where they ran with tag 2, for some senders stamp the pictures in UTC.
    """
    leap_us = (leap_seconds_of(found.leaps_s) or 0) * 1_000_000
    if leap_us == 0:
        return
    for times in (found.timed, found.untimed):
        times.shift(leap_us)
    beside = found.timed if found.timed.utc_us else found.untimed
    if found.pictures.utc_us and beside.utc_us:
        apart_us = beside.offset_us() - found.pictures.offset_us()
        if abs(apart_us - leap_us) < abs(apart_us):
            found.pictures.shift(leap_us)


def _pts_us(packet: Packet[Stream]) -> float | None:
    if packet.pts is None or packet.time_base is None:
        return None
    return float(packet.pts * packet.time_base * 1_000_000)


def _first_frame_us(path: Path) -> float:
    """The PTS that `VideoFile` counts from; 0 for a video without one, which gives no frames either."""
    counts = VideoCounts()
    container, stream = open_video(path)
    with container:
        for frame in decoded_frames(container, stream, counts):
            if frame.pts is not None and frame.time_base is not None:
                shown_us = frame.pts * frame.time_base * 1_000_000
                return float(beginning_us(stream, counts.first_packet_pts, shown_us))
    return 0.0


@dataclass(frozen=True, slots=True)
class _Fit:
    """The first frame's UTC, the scatter of all times about the line of the PTS, and what is odd in it."""

    start_us: int
    spread_s: float
    oddity: str | None


def _fit(times: _Times, first_us: float, jump_s: float) -> _Fit:
    pts_us, utc_us = np.array(times.pts_us), np.array(times.utc_us, dtype=np.int64)
    order = np.argsort(pts_us, kind="stable")
    # Counted from the first time, for as a float a time of this century has no room for its microseconds.
    since_us = (utc_us - utc_us[0]).astype(np.float64)
    offsets_s = ((since_us - (pts_us - first_us)) / 1e6)[order]
    middle_s = float(np.median(offsets_s))
    spread_s = float(np.percentile(np.abs(offsets_s - middle_s), 95)) / _NORMAL_95
    oddity = _jumps(offsets_s, jump_s) or _drift(pts_us[order] / 1e6, offsets_s)
    return _Fit(int(utc_us[0]) + round(middle_s * 1e6), spread_s, oddity)


def _jumps(offsets_s: FloatArray, jump_s: float) -> str | None:
    steps_s = np.abs(np.diff(offsets_s))
    count = int((steps_s > jump_s).sum())
    return f"its clock jumps {count} times, by up to {steps_s.max():.1f} s" if count else None


def _drift(pts_s: FloatArray, offsets_s: FloatArray) -> str | None:
    """A word on a drift that stands out of the scatter, between the medians of the first and last third."""
    third = len(pts_s) // 3
    apart_s = float(np.median(pts_s[-third:]) - np.median(pts_s[:third]))
    if apart_s < _SECONDS_OF_DRIFT:
        return None
    rate = float(np.median(offsets_s[-third:]) - np.median(offsets_s[:third])) / apart_s
    misses_s = offsets_s - rate * pts_s
    scatter_s = float(np.median(np.abs(misses_s - np.median(misses_s)))) / _NORMAL_MAD
    whole_s = float(pts_s[-1] - pts_s[0])
    if abs(rate) * whole_s < max(MIN_DRIFT_S, _RATE_SIGMAS * scatter_s):
        return None
    return f"its clock drifts against the video's by {rate * 1e3:+.2f} ms a second"


def _told(fit: _Fit, source: str, sigma_s: float, found: _Found) -> StreamTime:
    doubts = [fit.oddity] if fit.oddity else []
    if (leap_doubt := doubt_of_leap_seconds(found.leaps_s, found.wrong_leaps)) is not None:
        doubts.append(leap_doubt)
    if source == "KLV" and sigma_s > 0:
        doubts.append(
            "its metadata have no PTS and were put to the pictures that lie beside them in the file"
        )
    if source != "KLV" and 2 * found.unlocked > len(found.pictures.utc_us):
        sigma_s = UNLOCKED_SIGMA_S
        doubts.append("the camera says that its clock did not follow UTC")
    # Less than a millisecond is the rounding of stamps; nothing that is seen moves in it.
    error_s = round(float(np.hypot(fit.spread_s, sigma_s)), 3)
    return StreamTime(fit.start_us, source, error_s, "; ".join(doubts) or None)


def _why_none(found: _Found) -> str | None:
    incredible = sum(times.incredible for times in (found.pictures, found.timed, found.untimed))
    if incredible:
        return f"its own time is not used: {incredible} time stamps lie before 2000 or after 2100"
    if found.is_eg_0104:
        return "its own time is not used: its metadata is MISB EG 0104, which is not read"
    told = [times for times in (found.pictures, found.timed, found.untimed) if times.utc_us]
    if told:
        return f"its own time is not used: only {len(told[0].utc_us)} time stamps, {MIN_TIMES} are needed"
    if found.damaged:
        return f"its own time is not used: {found.damaged} metadata packets, all damaged"
    return None
