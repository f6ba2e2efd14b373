"""The log a replay starts from, of any kind, and the pose track in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.log import SUPPORTED, LogFormat, format_of, samples_of
from droneops.telemetry.pose_track import PoseTrack, build_pose_track, track_of
from droneops.telemetry.samples import NO_MAVLINK_VEHICLE
from droneops.telemetry.tlog import Tlog, parse_tlog, read_bytes
from droneops.telemetry.vehicles import Vehicle, choose_vehicle


@dataclass(frozen=True, slots=True, eq=False)
class FlightLog:
    """What is known of the log itself. ``tlog`` is None for a log of another kind than .tlog."""

    kind: LogFormat
    bytes: int
    sha256: str
    tlog: Tlog | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked of the log; None where it has to tell itself.

    ``start_us`` asks for the video's start, which some subtitles need; it is not called for other logs.
    """

    drone_id: Callable[[int], str]
    system_id: int | None
    gimbal_frame: GimbalFrame
    home_alt_msl_m: float | None
    start_us: Callable[[], int | None]


def read_flight(path: Path, wish: Wish) -> tuple[FlightLog, PoseTrack]:
    """The log at ``path`` and its pose track.

    Raises:
        InputError: nothing in it can be read.
        UsageError: several vehicles and none was asked for, or one that is not there.
    """
    data = read_bytes(path, SUPPORTED)
    # What is no format that is known may still be a .tlog that begins with damage.
    kind = format_of(data) or LogFormat.TLOG
    sha256 = hashlib.sha256(data).hexdigest()
    if kind is not LogFormat.TLOG:
        return FlightLog(kind, len(data), sha256, None), _other_poses(data, kind, path, wish)
    log = parse_tlog(data, where=str(path))
    return FlightLog(kind, len(data), sha256, log), _tlog_poses(log, wish)


def _other_poses(data: bytes, kind: LogFormat, path: Path, wish: Wish) -> PoseTrack:
    samples = samples_of(
        data,
        kind,
        path=path,
        gimbal_frame=wish.gimbal_frame,
        start_us=wish.start_us() if kind is LogFormat.SRT else None,
        home_alt_msl_m=wish.home_alt_msl_m,
    )
    return track_of(samples, drone_id=wish.drone_id(samples.vehicle.system_id))


def _tlog_poses(log: Tlog, wish: Wish) -> PoseTrack:
    vehicle = choose_vehicle(log, wish.system_id) or NO_MAVLINK_VEHICLE
    name = wish.drone_id(vehicle.system_id)
    return build_pose_track(log, vehicle, drone_id=name, gimbal_frame=wish.gimbal_frame)


def is_known(vehicle: Vehicle) -> bool:
    """Whether it is a MAVLink vehicle at all."""
    return vehicle != NO_MAVLINK_VEHICLE
