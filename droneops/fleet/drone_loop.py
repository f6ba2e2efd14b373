"""One drone's work: the newest picture through the stages, written down, then reported.

Passive: one thread calls `step` in a loop; pictures, poses, clock and what it tells are passed in.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from droneops.fleet.clock_gap import ClockGap
from droneops.fleet.recording.look_record import Spent
from droneops.fleet.second_sight import NoSecondSight, SecondSight
from droneops.fleet.sight import Sight, time_sigma_s
from droneops.fleet.track_pictures import TrackPictures
from droneops.geo.ground import Ground
from droneops.incidents.scene import Blindness
from droneops.pipeline import Eyes, Seen, see
from droneops.site.report import Report
from droneops.stopwatch import Stopwatch
from droneops.telemetry.live.now import Clock
from droneops.telemetry.pose_track import PoseTrack
from droneops.tracking.tracker import Tracker, TrackerMemory
from droneops.types import Frame, NoPose, Pose, Track

SET_BACK_US = 2_000_000
"""Two cameras' pictures may come in the wrong order by a buffer; a clock that was set goes back further."""

UNSEEN_EVERY_S = 1.0
"""How often a drone without pictures says that it is blind: the rules count in seconds."""

GROUND_EVERY_S = 30.0
"""How often heights are read anew: at 20 m/s that is 600 m, of the kilometres that are read around a path."""

MOST_EYES = 16
"""Of each camera and error of its times; a stream whose clock settles goes through a few."""

MOST_SAID = 100
"""A detector's complaints may each have a number of their own."""

DETECTOR_TIMES_KEPT = 100
"""Twenty seconds of looks: the quantiles of now, not of the morning."""


class Camera(Protocol):
    """Where pictures come from: a live stream (`droneops.video.live.stream.LiveVideo`)."""

    def take(self, timeout_s: float) -> Frame | None:
        """The newest picture that was not taken yet; None where none comes in time."""

    @property
    def time_sigma_s(self) -> float | None:
        """How far its pictures' times may be off (1 sigma)."""


class Watch(Protocol):
    """Says whether the drone sees."""

    def look(self, frame: Frame, pose: Pose | NoPose) -> tuple[Blindness, ...]:
        """What is wrong now that a picture came."""

    def wait(self) -> tuple[Blindness, ...]:
        """What is wrong now that none came."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One look as it was consumed and what is told of it. ``seen`` is None where there was no picture.

    ``spent``: by our clock, when the picture was taken up and when all was done, and the detector's share.
    """

    report: Report
    seen: Seen | None
    time_sigma_s: float | None
    spent: Spent | None = None


def _nobody() -> None:
    """Who does not ask."""


@dataclass(frozen=True, slots=True)
class Flight:
    """What the drone flies with. ``track`` is the telemetry of the last minutes, None before any came.

    ``ground`` is asked now and then; ``keep`` writes a look down, before ``tell_site`` reports it.
    ``second`` is asked about what is pictured; ``looked`` hears when a look is done.
    """

    sight: Sight
    cameras: Sequence[Camera]
    watch: Watch
    clock: Clock
    track: Callable[[], PoseTrack | None]
    ground: Callable[[], Ground]
    keep: Callable[[Looked], None]
    tell_site: Callable[[Report], None]
    tell: Callable[[str], None]
    looked: Callable[[], None] = _nobody
    second: SecondSight = NoSecondSight()  # noqa: RUF009 - it has no state


@dataclass(slots=True)
class Counts:
    """What came of the pictures so far; ``failed`` are those at which the detector failed."""

    looked: int = 0
    spared: int = 0
    failed: int = 0
    out_of_order: int = 0
    detector_s: deque[float] = field(default_factory=lambda: deque(maxlen=DETECTOR_TIMES_KEPT))


class DroneLoop:
    """``seq`` is that of the last report made before; reports go on with the next."""

    def __init__(self, flight: Flight, tracker: Tracker, seq: int = 0) -> None:
        self._flight, self.tracker, self.seq = flight, tracker, seq
        self.drone_id = flight.sight.drone_id
        self._pictures = TrackPictures()
        self._stopwatch = Stopwatch(time.perf_counter)
        self._eyes: dict[tuple[str, tuple[int, int], float], Eyes] = {}
        self._gaps: dict[str, ClockGap] = {}
        self._ground = flight.ground()
        self._next_ground_s = 0.0
        self._turn = 0
        self._last_us: int | None = None
        self._next_unseen_s = 0.0
        self._was_blind: tuple[Blindness, ...] = ()
        self._said: set[str] = set()
        self.wanted: tuple[Track, ...] = ()
        self.last_pose: Pose | None = None
        self.counts = Counts()

    @property
    def blind(self) -> tuple[Blindness, ...]:
        """What keeps the drone from seeing, as last found."""
        return self._was_blind

    @property
    def ground(self) -> Ground:
        """The ground below the drone, as last read."""
        return self._ground

    @property
    def shifts_us(self) -> Mapping[str, int]:
        """By camera: how far the times of its pictures are moved now, since its clock is wrong."""
        return {camera_id: gap.shift_us for camera_id, gap in self._gaps.items()}

    def step(self, timeout_s: float) -> None:
        """Look at the next picture, or note that none came within ``timeout_s``."""
        self._look_below()
        frame, camera = self._next_frame(timeout_s)
        if frame is None or camera is None:
            self._unseen(self._flight.watch.wait())
        else:
            self._look(frame, camera)
            self._flight.looked()

    def _next_frame(self, timeout_s: float) -> tuple[Frame | None, Camera | None]:
        """The next picture; cameras take turns, so that a fast one does not starve the others."""
        cameras = self._flight.cameras
        for _ in cameras:
            camera = cameras[self._turn % len(cameras)]
            self._turn += 1
            frame = camera.take(timeout_s / len(cameras))
            if frame is not None:
                return frame, camera
        return None, None

    def _look(self, frame: Frame, camera: Camera) -> None:
        track = self._flight.track()
        frame = self._on_vehicle_time(frame, track)
        if not self._is_next(frame.captured_at_us):
            self.counts.out_of_order += 1
            return
        eyes = self._eyes_for(frame, camera.time_sigma_s, track)
        taken_us, began_s = self._flight.clock.utc_us(), self._stopwatch.seconds.get("detect", 0.0)
        seen = see(frame, eyes, self._stopwatch, self.wanted)
        detector_s = self._stopwatch.seconds["detect"] - began_s
        self._count(seen, detector_s)
        blind = self._flight.watch.look(frame, seen.pose)
        pose = seen.pose if isinstance(seen.pose, Pose) else None
        self.last_pose = pose or self.last_pose
        tracks = tuple(track for track in seen.tracks if track is not None)
        pictures = self._pictures.of(seen)
        self._flight.second.offer(seen, pictures)
        spent = Spent(taken_us, self._flight.clock.utc_us(), round(detector_s * 1e6))
        sigma_s = eyes.camera.sigma.time_offset_s
        self._tell(frame.captured_at_us, tracks, pose, pictures, blind, seen, sigma_s, spent)

    def _unseen(self, blind: tuple[Blindness, ...]) -> None:
        now_s = self._flight.clock.monotonic_s()
        changed = blind != self._was_blind
        if changed or (blind and now_s >= self._next_unseen_s):
            self._next_unseen_s = now_s + UNSEEN_EVERY_S
            self._tell(self._flight.clock.utc_us(), (), None, {}, blind, None, None)

    def _tell(
        self,
        time_us: int,
        tracks: tuple[Track, ...],
        pose: Pose | None,
        pictures: Mapping[str, bytes],
        blind: tuple[Blindness, ...],
        seen: Seen | None,
        sigma_s: float | None,
        spent: Spent | None = None,
    ) -> None:
        self.seq += 1
        self._was_blind = blind
        second = self._flight.second.answers()
        report = Report(self.drone_id, self.seq, time_us, tracks, pose, pictures, blind, second=second)
        self._flight.keep(Looked(report, seen, sigma_s, spent))
        self._flight.tell_site(report)

    def _on_vehicle_time(self, frame: Frame, track: PoseTrack | None) -> Frame:
        vehicle_us = None if track is None else track.last_us
        gap = self._gaps.setdefault(frame.camera_id, ClockGap(self._flight.tell))
        time_us = gap.shifted_us(frame.captured_at_us, vehicle_us, self._flight.clock.monotonic_s())
        camera = self._flight.sight.cameras.get(frame.camera_id)
        time_us += 0 if camera is None else round(camera.bias.time_offset_s * 1e6)
        return frame if time_us == frame.captured_at_us else replace(frame, captured_at_us=time_us)

    def _is_next(self, time_us: int) -> bool:
        """Whether a picture may follow the last one; one whose clock was set back begins anew."""
        last_us = self._last_us
        if last_us is not None and time_us <= last_us:
            if last_us - time_us < SET_BACK_US:
                return False
            self._flight.tell(f"the pictures' time went back by {(last_us - time_us) / 1e6:.1f} s")
            made = self.tracker.memory.made
            self.tracker = Tracker.resumed(self.drone_id, TrackerMemory(None, (), made))
            self._eyes.clear()
        self._last_us = time_us
        return True

    def _eyes_for(self, frame: Frame, stream_sigma_s: float | None, track: PoseTrack | None) -> Eyes:
        height, width = frame.image.shape[:2]
        camera = self._flight.sight.cameras.get(frame.camera_id)
        sigma_s = time_sigma_s(camera, stream_sigma_s, track)
        sigma_s = math.hypot(sigma_s, self._gaps[frame.camera_id].sigma_s)
        # A clock's spread moves by microseconds with each message; no ellipse moves with it.
        key = frame.camera_id, (width, height), round(sigma_s, 3)
        if key not in self._eyes:
            if len(self._eyes) >= MOST_EYES:
                self._eyes.clear()
            made = self._flight.sight.eyes_for(*key, self._say_once)
            self._eyes[key] = replace(made, tracker=self.tracker)
        return replace(self._eyes[key], ground=self._ground)

    def _look_below(self) -> None:
        now_s = self._flight.clock.monotonic_s()
        if now_s >= self._next_ground_s:
            self._next_ground_s = now_s + GROUND_EVERY_S
            self._ground = self._flight.ground()

    def _count(self, seen: Seen, detector_s: float) -> None:
        self.counts.looked += seen.inferred
        self.counts.spared += not seen.inferred and seen.fault is None
        if seen.inferred:
            self.counts.detector_s.append(detector_s)
        if seen.fault is not None:
            self.counts.failed += 1
            self._say_once(f"the detector failed at a picture: {seen.fault}")

    def _say_once(self, line: str) -> None:
        if line not in self._said and len(self._said) < MOST_SAID:
            self._said.add(line)
            self._flight.tell(line)
