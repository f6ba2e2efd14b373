"""The log a replay starts from, of any kind, and the pose track in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import UsageError
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.log import samples_of
from droneops.telemetry.log_format import SUPPORTED, LogFormat, format_of
from droneops.telemetry.log_signatures import believed_only
from droneops.telemetry.pose_track import PoseTrack, build_pose_track, track_of
from droneops.telemetry.samples import NO_MAVLINK_VEHICLE
from droneops.telemetry.signing import SigningKey
from droneops.telemetry.tlog import Tlog, parse_tlog, read_bytes
from droneops.telemetry.vehicles import Vehicle, choose_vehicle


@dataclass(frozen=True, slots=True, eq=False)
class FlightLog:
    """What is known of the log itself. ``tlog`` is None for a log of another kind than .tlog.

    ``disbelieved``: frames left out for want of a good signature, None where no key was given.
    """

    kind: LogFormat
    bytes: int
    sha256: str
    tlog: Tlog | None
    disbelieved: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked of the log; None where it has to tell itself.

    ``start_us`` asks for the video's start, which some subtitles need; it is not called for other logs. With
    a ``signing_key`` only frames signed with it are believed. ``utc_offset_s``: how far a subtitle's clock,
    which shows local time, is ahead of UTC.
    """

    drone_id: Callable[[int], str]
    system_id: int | None
    gimbal_frame: GimbalFrame
    home_alt_msl_m: float | None
    start_us: Callable[[], int | None]
    signing_key: SigningKey | None = None
    utc_offset_s: float | None = None


def read_flight(path: Path, wish: Wish) -> tuple[FlightLog, PoseTrack]:
    """The log at ``path`` and its pose track.

    Raises:
        InputError: nothing in it can be read.
        UsageError: several vehicles and none was asked for, one that is not there, or a key for a log whose
            messages are never signed.
    """
    data = read_bytes(path, SUPPORTED)
    # What is no format that is known may still be a .tlog that begins with damage.
    kind = format_of(data) or LogFormat.TLOG
    sha256 = hashlib.sha256(data).hexdigest()
    if kind is not LogFormat.TLOG:
        if wish.signing_key is not None:
            raise UsageError(
                "--signing-key goes with a .tlog: no other log holds signatures", where=str(path)
            )
        return FlightLog(kind, len(data), sha256, None), _other_poses(data, kind, path, wish)
    log = parse_tlog(data, where=str(path))
    if wish.signing_key is None:
        return FlightLog(kind, len(data), sha256, log), _tlog_poses(log, wish)
    believed = believed_only(log, wish.signing_key)
    disbelieved = len(log.headers) - len(believed.headers)
    return FlightLog(kind, len(data), sha256, believed, disbelieved), _tlog_poses(believed, wish)


def _other_poses(data: bytes, kind: LogFormat, path: Path, wish: Wish) -> PoseTrack:
    samples = samples_of(
        data,
        kind,
        path=path,
        gimbal_frame=wish.gimbal_frame,
        utc_offset_s=wish.utc_offset_s,
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
