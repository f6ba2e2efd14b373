"""Where the gimbal looked: ``ned_from_gimbal`` from what the MAVLink gimbal protocols say.

Gimbal v2 (GIMBAL_DEVICE_ATTITUDE_STATUS): the flags tell the frame of q: 32 the vehicle's, 64 the earth's,
neither: YAW_LOCK (16) means earth, else vehicle. The vehicle frame is the earth frame turned by the heading
alone, so NED from gimbal is Rz(heading at the sample's time) q: on a recorded ArduPilot log this meets the
camera within 0.017 degrees. Firmware gets the flags wrong (ardupilot #27073, #28113, PX4 #26569), hence the
override and the cross-check against CAMERA_FOV_STATUS.q, the camera's own attitude in the earth frame.

Gimbal v1 (MOUNT_ORIENTATION, MOUNT_STATUS): pitch and roll against the horizon, yaw from the heading.

Sources: https://mavlink.io/en/services/gimbal_v2.html, https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from droneops.telemetry.attitude import Rotations, heading_at, make_rotations, no_rotations
from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.quaternion import angle_between, from_euler, multiply, usable
from droneops.telemetry.timeline import MAX_GAP_S
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import FloatArray

GimbalFrame = Literal["auto", "vehicle", "earth"]

_FLAG_YAW_LOCK = 16
_FLAG_VEHICLE_FRAME = 32
_FLAG_EARTH_FRAME = 64

# The camera and the gimbal of one drone agree within hundredths of a degree when read rightly, and the
# wrong frame is off by the heading. 2 degrees is beyond any mount and below most headings.
_DISAGREEMENT_DEG = 2.0
# A gimbal that works is never level and ahead to this precision for a whole flight of a minute.
_STILL_RAD = 1e-4
STILL_FLIGHT_S = 60.0
# MAV_CMD_DO_MOUNT_CONTROL, MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW
_POINTING_COMMANDS = (205, 1000)


_STILL_WARNING = (
    "gimbal: it does not move: always level and ahead, whatever was demanded; it is not believed,"
    " so nothing can be put on the map; check its set-up"
)
_DISAGREEMENT_WARNING = (
    "gimbal: the camera's own attitude (CAMERA_FOV_STATUS) differs by {:.1f} deg (median); "
    "the gimbal's frame flags may be wrong: try the other gimbal_frame"
)


@dataclass(frozen=True, slots=True, eq=False)
class Gimbal:
    """``ned_from_gimbal`` as samples, the message and frame it is from, samples without a usable rotation.

    ``doubt_rad`` is 1 sigma of what another source says against it, 0 when nothing does.
    """

    ned_from_gimbal: Rotations
    source: str
    rejected: int
    doubt_rad: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """``frame_from_gimbal`` (n, 4); ``in_vehicle_frame`` (n,) where the frame is that of the heading."""

    rows: Columns
    time_us: Int64Array
    frame_from_gimbal: FloatArray
    in_vehicle_frame: npt.NDArray[np.bool_]


def read_gimbal(
    log: Tlog,
    clock: VehicleClock,
    attitude: Rotations,
    *,
    flight_s: float,
    gimbal_frame: GimbalFrame = "auto",
) -> Gimbal | None:
    """The gimbal of one vehicle, by the newest protocol that it speaks; None if it tells of none.

    A gimbal that does not move gives no samples. Of several the one that says most is used. ``flight_s`` is
    how long it flew in this log. ``gimbal_frame`` overrides the flags of gimbal v2.
    """
    for name, read in _READERS.items():
        rows, several = _busiest(log.table(name).sent_by(clock.vehicle.system_id))
        reading = read(rows, clock.utc_of(rows), gimbal_frame)
        if usable(reading.frame_from_gimbal).any():
            return _gimbal(log, clock, attitude, reading, flight_s, gimbal_frame, several)
    return None


def _gimbal(
    log: Tlog,
    clock: VehicleClock,
    attitude: Rotations,
    reading: _Reading,
    flight_s: float,
    gimbal_frame: GimbalFrame,
    several: tuple[str, ...],
) -> Gimbal:
    samples = _to_ned(reading, clock, attitude)
    rejected = int((~usable(reading.frame_from_gimbal)).sum())
    still = _does_not_move(log, clock.vehicle, reading, flight_s)
    angle_deg = _disagreement_deg(log, clock, samples)
    warnings = (
        *several,
        *rejected_warning(rejected),
        *([_STILL_WARNING] if still else []),
        *([] if angle_deg is None else [_DISAGREEMENT_WARNING.format(angle_deg)]),
    )
    # Whoever sets the frame by hand knows better than the camera's own word, which has the same firmware.
    doubt_rad = np.radians(angle_deg or 0.0) if gimbal_frame == "auto" else 0.0
    kept = no_rotations() if still else samples
    return Gimbal(kept, _source(reading, gimbal_frame), rejected, float(doubt_rad), warnings)


def _to_ned(reading: _Reading, clock: VehicleClock, attitude: Rotations) -> Rotations:
    """With the heading at each sample's own time; samples for which it is not known are left out."""
    boot = clock.boot_of(reading.rows)
    return turned_by_heading(
        attitude, reading.time_us, boot, reading.frame_from_gimbal, reading.in_vehicle_frame
    )


def turned_by_heading(
    attitude: Rotations,
    time_us: Int64Array,
    boot: Int64Array,
    frame_from_gimbal: FloatArray,
    in_vehicle_frame: npt.NDArray[np.bool_],
) -> Rotations:
    """``ned_from_gimbal``: where the frame is the heading's, turned by the heading at each sample's time."""
    turn_rad = np.where(in_vehicle_frame, heading_at(attitude, time_us, boot), 0.0)
    level = np.zeros_like(turn_rad)
    return make_rotations(time_us, boot, multiply(from_euler(level, level, turn_rad), frame_from_gimbal))


def rejected_warning(rejected: int) -> tuple[str, ...]:
    """What to say of samples without a usable rotation."""
    return (f"gimbal: {rejected} samples without a valid rotation were left out",) if rejected else ()


def is_level_and_ahead(frame_from_gimbal: FloatArray) -> bool:
    """Whether all usable ones of rotations (n, 4), at least one, are none at all."""
    rotations = frame_from_gimbal[usable(frame_from_gimbal)]
    return bool(angle_between(rotations, np.array([1.0, 0.0, 0.0, 0.0])).max() <= _STILL_RAD)


def in_vehicle_frame(flags: npt.NDArray[np.uint16], gimbal_frame: GimbalFrame) -> npt.NDArray[np.bool_]:
    """(n,) whether q is in the vehicle's frame by GIMBAL_DEVICE_FLAGS (n,), or by the override.

    With both frame flags set, which the protocol forbids, the vehicle's is taken.
    """
    if gimbal_frame != "auto":
        return np.full(len(flags), gimbal_frame == "vehicle")
    declared_earth = (flags & _FLAG_EARTH_FRAME) != 0
    locked = (flags & _FLAG_YAW_LOCK) != 0
    vehicle: npt.NDArray[np.bool_] = ((flags & _FLAG_VEHICLE_FRAME) != 0) | ~(declared_earth | locked)
    return vehicle


def _read_v2(rows: Columns, time_us: Int64Array, gimbal_frame: GimbalFrame) -> _Reading:
    return _Reading(rows, time_us, rows.float("q"), in_vehicle_frame(rows["flags"], gimbal_frame))


def _read_mount_orientation(rows: Columns, time_us: Int64Array, gimbal_frame: GimbalFrame) -> _Reading:
    roll, pitch, yaw = (_radians(rows.float(name)) for name in ("roll", "pitch", "yaw"))
    absolute = _radians(rows.float("yaw_absolute"))
    # MAVLink 1 and senders of the older message leave yaw_absolute at zero.
    relative = ~np.isfinite(absolute) | (absolute == 0)
    return _Reading(rows, time_us, from_euler(roll, pitch, np.where(relative, yaw, absolute)), relative)


def _read_mount_status(rows: Columns, time_us: Int64Array, gimbal_frame: GimbalFrame) -> _Reading:
    pitch, roll, yaw = (_radians(rows.float(f"pointing_{axis}") * 1e-2) for axis in "abc")
    return _Reading(rows, time_us, from_euler(roll, pitch, yaw), np.ones(len(rows), dtype=np.bool_))


def _radians(angle_deg: FloatArray) -> FloatArray:
    """NaN for what is no angle: beyond two turns."""
    angle_rad: FloatArray = np.radians(np.where(np.abs(angle_deg) <= 720, angle_deg, np.nan))
    return angle_rad


_READERS: dict[str, Callable[[Columns, Int64Array, GimbalFrame], _Reading]] = {
    "GIMBAL_DEVICE_ATTITUDE_STATUS": _read_v2,
    "MOUNT_ORIENTATION": _read_mount_orientation,
    "MOUNT_STATUS": _read_mount_status,
}


def _source(reading: _Reading, gimbal_frame: GimbalFrame) -> str:
    share = float(np.mean(reading.in_vehicle_frame))
    frame = "vehicle frame" if share == 1 else "earth frame" if share == 0 else "vehicle and earth frame"
    by = (
        ""
        if reading.rows.name.startswith("MOUNT")
        else ", by flags"
        if gimbal_frame == "auto"
        else ", as told"
    )
    return f"{reading.rows.name} ({frame}{by})"


def _busiest(rows: Columns) -> tuple[Columns, tuple[str, ...]]:
    """The messages of the one gimbal that says most, and a warning where there are others."""
    keys = rows.component_id.astype(np.int64) << 8
    if "gimbal_device_id" in (rows.payload.dtype.names or ()):
        keys = keys | rows["gimbal_device_id"]
    names, counts = np.unique(keys, return_counts=True)
    if len(names) <= 1:
        return rows, ()
    chosen = int(names[np.argmax(counts)])
    listed = ", ".join(f"{name >> 8}/{name & 0xFF}" for name in names.tolist())
    return rows.take(keys == chosen), (
        f"gimbal: {rows.name} speaks of several gimbals (component/device {listed});"
        f" {chosen >> 8}/{chosen & 0xFF} is used",
    )


def _does_not_move(log: Tlog, vehicle: Vehicle, reading: _Reading, flight_s: float) -> bool:
    """A servo gimbal without a SERVOx_FUNCTION takes commands and reports level and ahead for ever."""
    if not is_level_and_ahead(reading.frame_from_gimbal):
        return False
    return flight_s > STILL_FLIGHT_S or _is_pointed(log, vehicle)


def _is_pointed(log: Tlog, vehicle: Vehicle) -> bool:
    """Whether anyone asked the gimbal to look elsewhere than level and ahead."""
    commands = log.table("COMMAND_LONG")
    ours = np.isin(commands["command"], _POINTING_COMMANDS) & (commands["target_system"] == vehicle.system_id)
    manager = log.table("GIMBAL_MANAGER_SET_PITCHYAW")
    angles = [commands.float("param1")[ours], commands.float("param2")[ours]]
    angles += [
        manager.float(name)[manager["target_system"] == vehicle.system_id] for name in ("pitch", "yaw")
    ]
    demanded = np.concatenate(angles)
    return bool((np.isfinite(demanded) & (demanded != 0)).any())


def _disagreement_deg(log: Tlog, clock: VehicleClock, samples: Rotations) -> float | None:
    """How far the camera's own attitude is off the gimbal's; None where it agrees or says nothing."""
    rows = log.table("CAMERA_FOV_STATUS").sent_by(clock.vehicle.system_id)
    camera = make_rotations(clock.utc_of(rows), clock.boot_of(rows), rows.float("q"))
    angle_deg = median_disagreement_deg(samples, camera)
    return None if angle_deg is None or angle_deg <= _DISAGREEMENT_DEG else angle_deg


def median_disagreement_deg(gimbal: Rotations, camera: Rotations) -> float | None:
    """The median angle between each camera sample and the gimbal sample nearest to it; None without pairs."""
    angles = []
    for boot in np.unique(camera.boot).tolist():
        ours, theirs = gimbal.of_boot(boot), camera.of_boot(boot)
        if len(ours):
            nearest = _nearest(ours.time_us, theirs.time_us)
            close = np.abs(ours.time_us[nearest] - theirs.time_us) <= MAX_GAP_S * 1e6 / 2
            pairs = ours.target_from_source[nearest[close]], theirs.target_from_source[close]
            angles.append(angle_between(*pairs))
    together = np.concatenate(angles) if angles else np.empty(0)
    return float(np.degrees(np.median(together))) if len(together) else None


def _nearest(times_us: Int64Array, wanted_us: Int64Array) -> Int64Array:
    after = np.clip(np.searchsorted(times_us, wanted_us), 1, max(len(times_us) - 1, 1))
    after = np.minimum(after, len(times_us) - 1)
    before = np.maximum(after - 1, 0)
    closer_before = np.abs(times_us[before] - wanted_us) <= np.abs(times_us[after] - wanted_us)
    return np.where(closer_before, before, after)
