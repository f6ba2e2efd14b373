"""A live video that is kept alive: its newest frame, how it is, and its packets for who keeps them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.live.now import Clock
from droneops.types import Frame
from droneops.video.live.backoff import backoff_s
from droneops.video.live.connection import Connection
from droneops.video.live.encoded import PacketSink
from droneops.video.live.health import STALL_S, VideoHealth, VideoState
from droneops.video.live.memory import give_memory_back
from droneops.video.live.opening import RefusedError
from droneops.video.live.pace import Pace
from droneops.video.live.reader import Reader
from droneops.video.live.slot import Decoded, NewestFrame
from droneops.video.live.source import VideoSource

TICK_S = 0.1
"""How often a stream without packets is looked after; also what a stop may wait for."""

MOST_HANGING = 8
"""Threads that FFmpeg holds. Beyond these no connection is tried until one comes back."""

STOP_S = 1.5
"""A stop is promised within 2 s."""

BACKWARDS_US = 2_000_000
"""A better knowledge of time may set frames back by as much as they were late; beyond, a clock was set."""


class LiveVideo:
    """The video of one camera, read in the background from `start` to `stop`.

    ``looks_per_second`` frames a second are decoded as far as that needs, None for every frame. ``tell`` gets
    one line when the stream is lost and when it is back; ``sink`` each packet, in the reading thread.
    ``chance`` is uniform in [0, 1). ``pace`` is the process's where several things share it: fewer looks than
    asked for are made while they come late.

    Raises:
        UsageError: ``looks_per_second`` is not above 0.
    """

    def __init__(  # noqa: PLR0913 - each of them is another part of the world around it
        self,
        source: VideoSource,
        *,
        drone_id: str,
        camera_id: str,
        looks_per_second: float | None,
        clock: Clock,
        chance: Callable[[], float],
        tell: Callable[[str], None],
        sink: PacketSink | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._source, self._drone_id, self._camera_id = source, drone_id, camera_id
        self._looks_per_second, self._clock, self._chance = looks_per_second, clock, chance
        self._tell, self._sink = tell, sink
        self._pace = pace or Pace(clock.monotonic_s, chance)
        self._stopped = threading.Event()
        self._newest = NewestFrame()
        self._left: list[Reader] = []
        self._health = self._before = VideoHealth(VideoState.CONNECTING, clock.monotonic_s())
        self._looked = self._failures = 0
        self._last_captured_us = 0
        self._is_lost = False
        self._thread = threading.Thread(target=self._run, name=f"decode {drone_id}", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the reading, within 2 s; a reader that FFmpeg holds ends by itself."""
        self._stopped.set()
        self._newest.close()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def take(self, timeout_s: float) -> Frame | None:
        """The newest frame that was not taken yet; None if none comes within ``timeout_s``.

        It has the size that the stream has at that time, which may change from one frame to the next.
        """
        decoded = self._newest.take(timeout_s)
        if decoded is None:
            return None
        self._pace.taken()
        image = decoded.picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
        image.setflags(write=False)
        self._looked += 1
        arrived = decoded.arrived
        return Frame(
            drone_id=self._drone_id,
            camera_id=self._camera_id,
            captured_at_us=arrived.captured.time_us,
            seq=arrived.seq,
            image=image,
            time_source=arrived.captured.source,
        )

    def health(self) -> VideoHealth:
        """How the video is, now."""
        health = replace(self._health, looked=self._looked)
        silent_s = self._clock.monotonic_s() - (health.last_frame_s or 0.0)
        if health.state is VideoState.STREAMING and health.last_frame_s is not None and silent_s > STALL_S:
            return replace(
                health, state=VideoState.STALLED, since_s=health.last_frame_s, error="nothing comes"
            )
        return health

    def _run(self) -> None:
        session = 0
        while not self._stopped.is_set():
            session += 1
            failure = self._connect(session)
            give_memory_back()
            if not self._stopped.is_set():
                self._wait(failure)

    def _connect(self, session: int) -> InputError | None:
        """One connection from its beginning to its end; why it ended, None if nobody knows."""
        reader = Reader(
            self._source,
            self._clock,
            session=session,
            first_seq=self._health.frames,
            looks_per_second=self._looks_per_second,
            sink=self._sink,
        )
        self._before = self._health
        self._enter(VideoState.WAITING if self._source.is_listened_for else VideoState.CONNECTING)
        reader.start()
        connection = Connection(reader, self._looks_per_second, self._clock, self._pace)
        self._follow(reader, connection)
        reader.stop()
        self._left = [one for one in (*self._left, reader) if one.is_alive]
        return connection.failure

    def _follow(self, reader: Reader, connection: Connection) -> None:
        while not self._stopped.is_set() and not connection.is_over:
            for decoded in connection.step(TICK_S, self._stopped.is_set):
                self._show(decoded)
            self._note(reader, connection)

    def _show(self, decoded: Decoded) -> None:
        time_us = decoded.arrived.captured.time_us
        if self._last_captured_us - BACKWARDS_US < time_us <= self._last_captured_us:
            return
        if time_us <= self._last_captured_us:
            back_s = (self._last_captured_us - time_us) / 1e6
            self._tell(f"{self._source.safe}: its clock went back by {back_s:.1f} s")
        self._last_captured_us = time_us
        self._health = replace(self._health, width_px=decoded.picture.width, height_px=decoded.picture.height)
        self._newest.put(decoded)

    def _note(self, reader: Reader, connection: Connection) -> None:
        before, captured = self._before, connection.captured
        self._health = replace(
            self._health,
            frames=reader.seq,
            decoded=before.decoded + connection.decoded,
            damaged=before.damaged + connection.damaged,
            dropped=before.dropped + connection.dropped,
            shed=before.shed + connection.shed,
            codec=reader.codec or before.codec,
            last_frame_s=reader.last_packet_s or before.last_frame_s,
            time_source=captured.source if captured else before.time_source,
            time_sigma_s=captured.sigma_s if captured else before.time_sigma_s,
        )
        if captured is not None and self._health.state is not VideoState.STREAMING:
            self._streams()

    def _streams(self) -> None:
        self._failures = 0
        self._enter(VideoState.STREAMING)
        if self._is_lost:
            self._is_lost = False
            self._health = replace(self._health, reconnects=self._health.reconnects + 1)
            self._tell(f"{self._source.safe}: video is back")

    def _wait(self, failure: InputError | None) -> None:
        is_refused = isinstance(failure, RefusedError)
        self._health = replace(self._health, error=failure.one_line() if failure else "the reader broke")
        self._enter(VideoState.FAILED if is_refused else VideoState.WAITING)
        if not self._is_lost:
            self._is_lost = True
            self._tell(f"{self._health.error}{'' if self._is_final(failure) else '; trying again'}")
        wait_s = backoff_s(self._failures, self._chance(), is_refused=is_refused)
        self._stopped.wait(None if self._is_final(failure) else wait_s)
        self._failures += 1
        while len(self._left) >= MOST_HANGING and not self._stopped.wait(TICK_S):
            self._left = [one for one in self._left if one.is_alive]

    def _is_final(self, failure: InputError | None) -> bool:
        """Whether nothing more can come: a file was played, and is not played again."""
        return self._source.kind == "file" and isinstance(failure, RefusedError)

    def _enter(self, state: VideoState) -> None:
        if state is not self._health.state:
            self._health = replace(self._health, state=state, since_s=self._clock.monotonic_s())
