"""Whether a drone sees: one reason at a time, the one that explains the others first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from droneops.fleet.blind.doubts import PictureDoubts
from droneops.fleet.blind.picture import picture_stat
from droneops.incidents.scene import Blindness
from droneops.telemetry.live.now import Clock
from droneops.types import Frame, NoPose, Pose

NO_FRAMES_AFTER_S = 3.0
"""A stall is to be noticed within that."""

NO_POSE_AFTER_S = 5.0
"""A vehicle that restarts its estimator is back by then; heartbeats are missed after 5 s, too."""

MOVING_MPS = 0.5
"""At 60 m above the ground this shifts a 720p picture by some 10 px a second."""

TURNING_RAD = math.radians(0.5)
"""Between two looks: some 10 px."""


@dataclass(slots=True)
class BlindWatch:
    """What `droneops.fleet.drone_loop.DroneLoop` asks after each look and each wait.

    ``zones_now`` names the zones that the camera should be seeing; ``link_age_s`` says how long ago the
    vehicle was heard (None: never, or it has no telemetry). Nothing is said of a drone before it has shown a
    picture or told a pose: it is not on its way yet.
    """

    drone_id: str
    clock: Clock
    zones_now: Callable[[], frozenset[str]]
    link_age_s: Callable[[], float | None]
    link_lost_after_s: float = NO_POSE_AFTER_S
    _doubts: PictureDoubts = field(default_factory=PictureDoubts)
    _frame_s: float | None = None
    _pose_s: float | None = None
    _pose: Pose | None = None
    _blind: tuple[Blindness, ...] = ()

    def look(self, frame: Frame, pose: Pose | NoPose) -> tuple[Blindness, ...]:
        """What is wrong now that a picture came."""
        now_s = self.clock.monotonic_s()
        self._frame_s = now_s
        known = pose if isinstance(pose, Pose) else None
        self._doubts.look(picture_stat(frame.image), now_s, moving=_has_moved(self._pose, known))
        if known is not None:
            self._pose, self._pose_s = known, now_s
        return self._told(now_s)

    def wait(self) -> tuple[Blindness, ...]:
        """What is wrong now that none came."""
        return self._told(self.clock.monotonic_s())

    def _told(self, now_s: float) -> tuple[Blindness, ...]:
        found = self._reason(now_s)
        self._blind = () if found is None else (self._blindness(*found, now_s),)
        return self._blind

    def _blindness(self, reason: str, since_s: float, now_s: float) -> Blindness:
        """While it lasts the drone flies on, but the ground that went unseen at first is what was lost."""
        before = self._blind[0] if self._blind else None
        zone_ids = self.zones_now() | (frozenset() if before is None else before.zone_ids)
        if before is not None and before.reason == reason:
            return replace(before, zone_ids=zone_ids)
        since_us = self.clock.utc_us() - round((now_s - since_s) * 1e6)
        return Blindness(self.drone_id, since_us, reason, zone_ids)

    def _reason(self, now_s: float) -> tuple[str, float] | None:
        age_s = self.link_age_s()
        if age_s is not None and age_s >= self.link_lost_after_s:
            return "link_lost", now_s - age_s
        if self._frame_s is None:
            return None
        if now_s - self._frame_s >= NO_FRAMES_AFTER_S:
            return "no_frames", self._frame_s
        wrong = self._doubts.reason(now_s)
        if wrong is not None:
            return wrong
        if self._pose_s is not None and now_s - self._pose_s >= NO_POSE_AFTER_S:
            return "no_pose", self._pose_s
        return None


def _has_moved(before: Pose | None, now: Pose | None) -> bool:
    """Whether the view must have changed between two looks."""
    if before is None or now is None:
        return False
    speed_mps = float(np.linalg.norm(now.velocity_ned_mps))
    return speed_mps >= MOVING_MPS or _turned_rad(before, now) >= TURNING_RAD


def _turned_rad(before: Pose, now: Pose) -> float:
    """How far the gimbal, or without one the body, has turned."""
    a = before.ned_from_body if before.ned_from_gimbal is None else before.ned_from_gimbal
    b = now.ned_from_body if now.ned_from_gimbal is None else now.ned_from_gimbal
    return 2.0 * math.acos(min(abs(float(np.dot(a, b))), 1.0))
