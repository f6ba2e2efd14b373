"""The pose of a vehicle on a live link, now and in the last minute and a half."""

from __future__ import annotations

import threading

from droneops.errors import InputError
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.rolling_log import RollingLog
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import Tlog, parse_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import NoPose, Pose, Reason


class LiveTrack:
    """Frames go in from the link's thread; poses come out in any thread.

    The pose track is read anew when frames have come since and the time asked for lies at or behind its
    end; that costs some 10 to 20 ms at 200 messages a second.
    """

    def __init__(self, vehicle: Vehicle, *, drone_id: str, gimbal_frame: GimbalFrame = "auto") -> None:
        self.vehicle = vehicle
        self.drone_id = drone_id
        self._gimbal_frame: GimbalFrame = gimbal_frame
        self._log = RollingLog()
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._track: PoseTrack | None = None
        self._is_stale = False

    def append(self, frame: LiveFrame) -> None:
        """Takes a frame of this vehicle's system."""
        with self._lock:
            self._log.append(frame)
            self._is_stale = True

    def forget(self) -> None:
        """Drops all that is known, after a reboot."""
        with self._reading, self._lock:
            self._log.clear()
            self._track = None
            self._is_stale = False

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose at a UTC time of the vehicle, in microseconds; see `PoseTrack.at`."""
        track = self._track
        if track is None or track.last_us is None or time_us >= track.last_us:
            track = self.track()
        return track.at(time_us) if track else NoPose(time_us, Reason.NO_POSE)

    def log(self) -> Tlog | None:
        """What is kept, as a log; None before the first frame that can be read."""
        with self._lock:
            data = self._log.tlog()
        try:
            return parse_tlog(data, where=self.drone_id)
        except InputError:
            return None

    def track(self) -> PoseTrack | None:
        """The track of what is kept, as known now; None before the first frame."""
        with self._reading:
            data = self._unread()
            if data is not None:
                self._track = self._read(data)
            return self._track

    def _unread(self) -> bytes | None:
        """The log if anything has come since it was last taken."""
        with self._lock:
            if not self._is_stale:
                return None
            self._is_stale = False
            return self._log.tlog()

    def _read(self, data: bytes) -> PoseTrack | None:
        try:
            log = parse_tlog(data, where=self.drone_id)
        except InputError:  # nothing but messages outside the dialect so far
            return None
        return build_pose_track(log, self.vehicle, drone_id=self.drone_id, gimbal_frame=self._gimbal_frame)
