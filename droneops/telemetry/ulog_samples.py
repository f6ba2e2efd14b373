"""A ULog as samples for a pose track.

vehicle_global_position: the autopilot's own estimate, degrees, ``alt`` above mean sea level, ``eph`` and
``epv`` as 1 sigma; where it is not logged, vehicle_gps_position or sensor_gps (before PX4 1.14 in degrees *
1e7 and millimetres). vehicle_attitude: ``q``, NED from body. gimbal_device_attitude_status: as in MAVLink.
home_position: home. UTC: ``time_utc_usec`` of the receiver against ``timestamp``, microseconds since boot.
Source: https://docs.px4.io/main/en/msg_docs/
"""

from __future__ import annotations

import numpy as np

from droneops.telemetry.attitude import Rotations, make_rotations
from droneops.telemetry.clock import Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.field_of_view import FieldOfView
from droneops.telemetry.gimbal import Gimbal, GimbalFrame, in_vehicle_frame, turned_by_heading
from droneops.telemetry.home import Home
from droneops.telemetry.position import Positions
from droneops.telemetry.samples import (
    NO_MAVLINK_VEHICLE,
    Fixes,
    Samples,
    SourceNames,
    believable,
    boot_of_offsets,
    flight_s,
    make_gimbal,
    make_positions,
    one_boot,
    unknown,
    with_home_alt,
)
from droneops.telemetry.ulog import Topic, ULog
from droneops.types import FloatArray

_GLOBAL = "vehicle_global_position"
_RECEIVERS = ("vehicle_gps_position", "sensor_gps")
_GIMBAL = "gimbal_device_attitude_status"
WANTED = frozenset({_GLOBAL, *_RECEIVERS, _GIMBAL, "vehicle_attitude", "home_position"})
_FIRST_FIX = 2


def ulog_samples(
    log: ULog, *, gimbal_frame: GimbalFrame = "auto", home_alt_msl_m: float | None = None
) -> Samples:
    """What the log told. ``home_alt_msl_m`` serves where it does not tell home's height.

    Without a receiver's time nothing is known of UTC: then there are no samples, and a warning.
    """
    offsets_us = utc_minus_boot(log)
    utc_us = int(np.median(offsets_us)) if len(offsets_us) else None
    home = _home(log, home_alt_msl_m)
    attitude = _attitude(log, utc_us)
    name = _GLOBAL if _GLOBAL in log.topics else next((n for n in _RECEIVERS if n in log.topics), _GLOBAL)
    positions, damaged = _positions(log.topics.get(name, {}), utc_us, home)
    return Samples(
        vehicle=NO_MAVLINK_VEHICLE,
        boots=_boots(offsets_us, positions, attitude),
        positions=positions,
        attitude=attitude,
        gimbal=_gimbal(log, utc_us, attitude, flight_s(positions), gimbal_frame),
        field_of_view=FieldOfView((), ()),
        home=home,
        names=SourceNames(name, "vehicle_attitude", ("default", f"{name}.eph"), ("default", f"{name}.epv")),
        warnings=_warnings(log, utc_us, name, damaged, home),
    )


def _column(topic: Topic, name: str) -> FloatArray:
    """(n,) NaN where the topic does not have the field; empty without rows."""
    return topic.get(name, unknown(len(topic.get("timestamp", ()))))


def utc_minus_boot(log: ULog) -> Int64Array:
    """(n,) UTC minus time since boot, microseconds, by each fix that knows the time; zero: not yet."""
    receivers = [log.topics[name] for name in _RECEIVERS if name in log.topics]
    if not receivers:
        return np.empty(0, dtype=np.int64)
    utc_us, boot_us = (_column(receivers[0], name) for name in ("time_utc_usec", "timestamp"))
    kept = believable(utc_us)
    offsets_us = utc_us[kept] - boot_us[kept]
    # A simulator's time since boot is UTC itself, so the difference is judged by what it makes of a time.
    return np.rint(offsets_us[believable(offsets_us + np.median(boot_us))]).astype(np.int64)


def _utc_of(topic: Topic, utc_us: int | None) -> tuple[Topic, Int64Array]:
    """The rows whose time is believable, and their UTC; none without UTC."""
    boot_us = _column(topic, "timestamp")
    kept = np.zeros(len(boot_us), dtype=np.bool_) if utc_us is None else believable(boot_us + utc_us)
    rows = {name: column[kept] for name, column in topic.items()}
    return rows, (boot_us[kept] + (utc_us or 0)).astype(np.int64)


def _positions(topic: Topic, utc_us: int | None, home: Home) -> tuple[Positions, int]:
    rows, time_us = _utc_of(topic, utc_us)
    lat_deg, lon_deg, alt_msl_m = _place(rows)
    fix_type, valid = _column(rows, "fix_type"), _column(rows, "lat_lon_valid")
    count = len(time_us)
    fixes = Fixes(
        time_us=time_us,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=alt_msl_m,
        alt_above_home_m=unknown(count),
        has_fix=(np.isnan(fix_type) | (fix_type >= _FIRST_FIX)) & (np.isnan(valid) | (valid != 0)),
        sigma_m=_column(rows, "eph"),
        sigma_source=np.ones(count, dtype=np.int8),
        altitude_sigma_m=_column(rows, "epv"),
        altitude_sigma_source=np.ones(count, dtype=np.int8),
    )
    return make_positions(with_home_alt(fixes, home.alt_msl_m))


def _place(rows: Topic) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Degrees, degrees, metres above mean sea level, by whichever fields the version has."""
    if "latitude_deg" in rows:
        return rows["latitude_deg"], _column(rows, "longitude_deg"), _column(rows, "altitude_msl_m")
    places = (_column(rows, "lat"), _column(rows, "lon"), _column(rows, "alt"))
    if "fix_type" not in rows:
        return places
    return places[0] * 1e-7, places[1] * 1e-7, places[2] * 1e-3


def _attitude(log: ULog, utc_us: int | None) -> Rotations:
    rows, time_us = _utc_of(log.topics.get("vehicle_attitude", {}), utc_us)
    return make_rotations(time_us, one_boot(time_us), _quaternions(rows))


def _quaternions(rows: Topic) -> FloatArray:
    return np.stack([_column(rows, f"q[{index}]") for index in range(4)], axis=-1)


def _gimbal(
    log: ULog, utc_us: int | None, attitude: Rotations, flown_s: float, gimbal_frame: GimbalFrame
) -> Gimbal | None:
    rows, time_us = _utc_of(log.topics.get(_GIMBAL, {}), utc_us)
    flags = _column(rows, "device_flags")
    known = np.where((flags >= 0) & (flags <= 0xFFFF), flags, 0).astype(np.uint16)
    turning = in_vehicle_frame(known, gimbal_frame)
    frame_from_gimbal = _quaternions(rows)
    ned_from_gimbal = turned_by_heading(attitude, time_us, one_boot(time_us), frame_from_gimbal, turning)
    by = "by flags" if gimbal_frame == "auto" else f"{gimbal_frame} frame, as told"
    return make_gimbal(ned_from_gimbal, frame_from_gimbal, f"{_GIMBAL} ({by})", flown_s)


def _home(log: ULog, home_alt_msl_m: float | None) -> Home:
    """The last home_position, which is set again on arming; else what the caller says."""
    told = log.topics.get("home_position", {})
    valid, heights = _column(told, "valid_alt"), _column(told, "alt")
    known = heights[(valid != 0) & (np.abs(heights) < 1e4)]
    if len(known):
        return Home(float(known[-1]), "home_position")
    return Home(home_alt_msl_m, "unknown" if home_alt_msl_m is None else "as told")


def _boots(offsets_us: Int64Array, positions: Positions, attitude: Rotations) -> tuple[Boot, ...]:
    times_us = np.concatenate([positions.time_us, attitude.time_us])
    if len(times_us) == 0:
        return ()
    return (boot_of_offsets(offsets_us, int(times_us.min()), int(times_us.max()), "time_utc_usec"),)


def _warnings(log: ULog, utc_us: int | None, name: str, damaged: int, home: Home) -> tuple[str, ...]:
    texts = []
    if log.damaged:
        texts.append("the log is damaged; what could be read was used")
    if log.dropouts:
        texts.append(f"the recorder could not keep up {log.dropouts} times: samples are missing")
    if utc_us is None:
        texts.append("the log never tells UTC (time_utc_usec): nothing in it can be put in time")
    if damaged:
        texts.append(f"{damaged} positions with impossible numbers were left out")
    if name != _GLOBAL:
        texts.append(f"the log holds no {_GLOBAL}: positions are the receiver's ({name})")
    if home.alt_msl_m is None:
        texts.append("nothing tells the height of home: heights above it are unknown")
    return tuple(texts)
