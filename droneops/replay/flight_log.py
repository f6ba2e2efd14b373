"""The log a replay starts from, of any kind, and the pose track in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import InputError
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.log import LogFormat, log_format_of, read_pose_track
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.samples import NO_MAVLINK_VEHICLE
from droneops.telemetry.tlog import Tlog, read_tlog
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
    kind = _kind(path)
    if kind is LogFormat.TLOG:
        return _read_tlog(path, wish)
    poses = read_pose_track(
        path,
        drone_id=wish.drone_id(NO_MAVLINK_VEHICLE.system_id),
        gimbal_frame=wish.gimbal_frame,
        start_us=wish.start_us() if kind is LogFormat.SRT else None,
        home_alt_msl_m=wish.home_alt_msl_m,
    )
    raw = path.read_bytes()
    return FlightLog(kind, len(raw), hashlib.sha256(raw).hexdigest(), None), poses


def _kind(path: Path) -> LogFormat:
    """The format by content; what is none may still be a .tlog that begins with damage."""
    try:
        return log_format_of(path)
    except InputError:
        return LogFormat.TLOG


def _read_tlog(path: Path, wish: Wish) -> tuple[FlightLog, PoseTrack]:
    log = read_tlog(path)
    vehicle = choose_vehicle(log, wish.system_id) or NO_MAVLINK_VEHICLE
    name = wish.drone_id(vehicle.system_id)
    poses = build_pose_track(log, vehicle, drone_id=name, gimbal_frame=wish.gimbal_frame)
    return FlightLog(LogFormat.TLOG, len(log.data), hashlib.sha256(log.data).hexdigest(), log), poses


def is_known(vehicle: Vehicle) -> bool:
    """Whether it is a MAVLink vehicle at all."""
    return vehicle != NO_MAVLINK_VEHICLE
