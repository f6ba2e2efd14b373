"""One connection to a source, read by a thread of its own from its opening to its loss.

FFmpeg can hang in spite of its timeouts. So nobody waits for this thread: whoever is tired of it forgets it,
and it closes what it opened when it comes back.
"""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import TYPE_CHECKING

from droneops.errors import InputError
from droneops.telemetry.live.now import Clock
from droneops.video.live.capture_clock import CaptureClock
from droneops.video.live.disposable import is_disposable, temporal_layer
from droneops.video.live.encoded import EncodedPacket, PacketSink, StreamForm
from droneops.video.live.gop import Arrived
from droneops.video.live.inbox import Inbox
from droneops.video.live.opening import STICKY_READ_S, RefusedError, open_live, read_timeout_s
from droneops.video.live.source import VideoSource
from droneops.video.looks import Looks
from droneops.video.misp import NalFormat, nal_format
from droneops.video.rtp_time import Receipt, turn_us_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

GIVE_UP_S = 2.5
"""Silence after which the connection is given up: half a second after it is called a stall."""

JUMP_US = 5_000_000
"""A PTS that goes this much otherwise than our clock has begun anew: a server that plays its file again.
More than GIVE_UP_S, so that a silence is none."""

_USUAL_FRAME_US = 33_333


class Reader:
    """Reads a source into ``inbox`` until it is lost or ``stop``; then ``failure`` says why.

    Packets are numbered from ``first_seq``. The other attributes are for any thread to read: ``seq`` the next
    number, ``last_packet_s`` monotonic seconds of the last packet of video, ``codec`` FFmpeg's name,
    ``where`` the source for messages, ``decoder_context`` for the one thread that decodes.
    """

    def __init__(
        self,
        source: VideoSource,
        clock: Clock,
        *,
        session: int,
        first_seq: int,
        looks_per_second: float | None,
        sink: PacketSink | None,
    ) -> None:
        self.inbox = Inbox()
        self.failure: InputError | None = None
        self.seq = first_seq
        self.last_packet_s: float | None = None
        self.codec: str | None = None
        self.where = source.safe
        self.decoder_context: VideoCodecContext | None = None
        self._source, self._clock, self._session, self._sink = source, clock, session, sink
        self._looks_per_second = looks_per_second
        self._stopped = threading.Event()
        self._last_pts_us: int | None = None
        self._last_dts_us: int | None = None
        self._first_key_us: int | None = None
        self._play_from_s: float | None = None
        self._top_layer = 0
        self._thread = threading.Thread(target=self._run, name=f"video {source.safe}", daemon=True)

    def start(self) -> None:
        """Begins to open the source."""
        self._thread.start()

    def stop(self) -> None:
        """Asks the thread to end; it does so within a read, or when FFmpeg lets go of it."""
        self._stopped.set()
        self.inbox.close()

    @property
    def is_alive(self) -> bool:
        """Whether its thread has not ended."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            container, stream = open_live(self._source, self._clock.monotonic_s)
            with container:
                self._begin(stream)
                self._read(container, stream)
        except InputError as error:
            self.failure = error
        finally:
            self.inbox.close()

    def _begin(self, stream: VideoStream) -> None:
        context = stream.codec_context
        self.codec, self.decoder_context = context.name, context
        self._nal: NalFormat | None = nal_format(context.name, context.extradata)
        size_px = (context.width or None, context.height or None)
        self._form = StreamForm(self._session, context.name, context.extradata or b"", *size_px)
        self._begin_times(stream)

    def _begin_times(self, stream: VideoStream) -> None:
        self._times = CaptureClock(
            self._form.codec,
            self._form.extradata,
            turn_us_of(stream),
            believes_stamps=self._source.kind != "file",
        )
        self._looks = Looks(self._looks_per_second)
        self._first_key_us = self._play_from_s = None

    def _read(self, container: InputContainer, stream: VideoStream) -> None:
        opened_s = self._clock.monotonic_s()
        while not self._stopped.is_set():
            if self._read_on(container, stream):
                raise self._ended()
            silent_s = self._clock.monotonic_s() - (self.last_packet_s or opened_s)
            if read_timeout_s(self._source) == STICKY_READ_S:
                # At the last, FFmpeg gives out what it had kept, which is no sign of life.
                raise self._lost(f"nothing came for {max(silent_s, STICKY_READ_S):.1f} s")
            if silent_s >= GIVE_UP_S:
                raise self._lost(f"nothing came for {silent_s:.1f} s")

    def _read_on(self, container: InputContainer, stream: VideoStream) -> bool:
        """Reads until nothing comes for a while; whether the stream is at its end."""
        import av

        try:
            for packet in container.demux([stream, *container.streams.data]):
                if self._stopped.is_set():
                    return False
                self._take(packet, stream)
        except av.ExitError:
            return False
        except av.FFmpegError as error:
            raise self._lost(error.strerror or "it cannot be read on") from None
        return not self._stopped.is_set()

    def _ended(self) -> InputError:
        if self._source.kind == "file":
            return RefusedError("the file is at its end", where=self._source.safe)
        return self._lost("the stream ended")

    def _lost(self, what: str) -> InputError:
        return InputError(what, where=self._source.safe)

    def _take(self, packet: Packet[Stream], stream: VideoStream) -> None:
        if packet.size == 0:
            return
        if packet.stream_index != stream.index:
            self._times.metadata(packet)
            return
        self._take_video(packet, stream)  # type: ignore[arg-type]  # its index is the video's

    def _take_video(self, packet: Packet[VideoStream], stream: VideoStream) -> None:
        pts_us, dts_us = self._stamps(packet)
        if self._source.kind == "file":
            self._wait_for(pts_us)
        now_s = self._clock.monotonic_s()
        if self._is_jump(pts_us, now_s):
            self._begin_times(stream)
        self.last_packet_s, self._last_pts_us = now_s, pts_us
        received = Receipt(round(now_s * 1e6), self._clock.utc_us())
        captured = self._times.picture(packet, pts_us, received)
        data = bytes(packet)
        self.inbox.put(
            Arrived(
                packet=packet,
                seq=self.seq,
                pts_us=pts_us,
                captured=captured,
                is_key=packet.is_keyframe,
                is_disposable=self._is_disposable(data),
                is_wanted=self._is_wanted(pts_us, packet.is_keyframe),
                received_s=now_s,
            )
        )
        self.seq += 1
        if self._sink is not None:
            self._sink(EncodedPacket(self._form, data, pts_us, dts_us, captured.time_us, packet.is_keyframe))

    def _stamps(self, packet: Packet[VideoStream]) -> tuple[int, int]:
        """PTS and DTS in microseconds; a frame after the last where both are missing.

        RTP carries no DTS: then the highest PTS so far stands for it, which rises and is never far off.
        """
        base, pts, dts = packet.time_base, packet.pts, packet.dts
        if base is None or (pts is None and dts is None):
            pts_us = (self._last_pts_us or 0) + _USUAL_FRAME_US
        else:
            pts_us = _us(pts if pts is not None else dts, base)
        if base is not None and dts is not None:
            self._last_dts_us = _us(dts, base)
        elif self._last_dts_us is None or abs(pts_us - self._last_dts_us) > JUMP_US:
            self._last_dts_us = pts_us
        else:
            self._last_dts_us = max(pts_us, self._last_dts_us + 1)
        return pts_us, self._last_dts_us

    def _is_jump(self, pts_us: int, now_s: float) -> bool:
        if self._last_pts_us is None or self.last_packet_s is None:
            return False
        passed_us = (now_s - self.last_packet_s) * 1e6
        return abs(pts_us - self._last_pts_us - passed_us) > JUMP_US

    def _is_disposable(self, data: bytes) -> bool:
        if self._nal is None:
            return False
        self._top_layer = max(self._top_layer, temporal_layer(data, self._nal))
        return is_disposable(data, self._nal, self._top_layer)

    def _is_wanted(self, pts_us: int, is_key: bool) -> bool:
        # Ticks are counted from a key frame: where looks and key frames have one rhythm, a look is cheap.
        if self._first_key_us is None:
            if not is_key:
                return False
            self._first_key_us = pts_us
        return self._looks.wants(pts_us - self._first_key_us)

    def _wait_for(self, pts_us: int) -> None:
        """Plays a file at its own pace."""
        now_s = self._clock.monotonic_s()
        if self._play_from_s is None:
            self._play_from_s = now_s - pts_us / 1e6
        self._stopped.wait(max(0.0, self._play_from_s + pts_us / 1e6 - now_s))


def _us(stamp: int | None, base: Fraction) -> int:
    return round((stamp or 0) * base * 1_000_000)
