"""What a log told of one vehicle, whatever its format: the values that a pose track is made of.

Each reader turns its own words into these; from here on nothing knows where they came from. Heights say
which: above mean sea level or above home; a height above the ellipsoid is neither and is never put in their
place.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.attitude import Rotations, no_rotations
from droneops.telemetry.clock import Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.field_of_view import FieldOfView
from droneops.telemetry.gimbal import STILL_FLIGHT_S, Gimbal, is_level_and_ahead, rejected_warning
from droneops.telemetry.headers import read_only
from droneops.telemetry.home import Home
from droneops.telemetry.position import Positions, in_order, is_place, unwound
from droneops.telemetry.quaternion import from_euler, usable
from droneops.telemetry.receivers import DEFAULT_SIGMA_M
from droneops.telemetry.timeline import MAX_GAP_S
from droneops.telemetry.vehicles import Vehicle
from droneops.telemetry.walk import EARLIEST_US, LATEST_US, NEAR_US
from droneops.types import FloatArray

NO_MAVLINK_VEHICLE = Vehicle(0, 0)
"""The vehicle of a log that has no MAVLink ids; system 0 is MAVLink's broadcast address."""

# Below this height the vehicle stands: barometer and terrain noise stay within it.
_FLYING_ABOVE_HOME_M = 2.0
# The highest that air carries (balloons reach 53 km) and deeper than any open pit: beyond is no height.
_HIGHEST_M = 60_000.0
_LOWEST_M = -1_000.0
# The mean radius of the earth (IUGG R1), for velocities from positions: 0.3 % is far below their noise.
_EARTH_RADIUS_M = 6_371_008.8
# Half of the time over which positions are compared to get a velocity: long against their resolution.
_VELOCITY_HALF_S = 0.5
_STILL_WARNING = (
    "gimbal: it does not move: always level and ahead for a whole flight; it is not believed,"
    " so nothing can be put on the map; check its set-up"
)


@dataclass(frozen=True, slots=True)
class SourceNames:
    """What a format calls its positions and attitudes, and where its sigmas come from (by index)."""

    position: str
    attitude: str
    horizontal: tuple[str, ...]
    vertical: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What one log told of one vehicle. Times are UTC; ``warnings`` are single lines."""

    vehicle: Vehicle
    boots: tuple[Boot, ...]
    positions: Positions
    attitude: Rotations
    gimbal: Gimbal | None
    field_of_view: FieldOfView
    home: Home
    names: SourceNames
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Positions as a log gives them, columns (n,) in any order, any number in them.

    ``has_fix`` is false where the log itself says that there is none. Unknown heights are NaN. Sigmas that
    are not above zero and finite are unknown; ``*_source`` index SourceNames.
    """

    time_us: Int64Array
    lat_deg: FloatArray
    lon_deg: FloatArray
    alt_msl_m: FloatArray
    alt_above_home_m: FloatArray
    has_fix: npt.NDArray[np.bool_]
    sigma_m: FloatArray
    sigma_source: npt.NDArray[np.int8]
    altitude_sigma_m: FloatArray
    altitude_sigma_source: npt.NDArray[np.int8]

    def take(self, rows: npt.NDArray[Any]) -> Fixes:
        """The rows named by a mask."""
        return Fixes(*(getattr(self, field.name)[rows] for field in fields(self)))


def make_positions(fixes: Fixes) -> tuple[Positions, int]:
    """Positions of one boot in order of time, and how many were left out.

    Left out are numbers that are no place (NaN, 400 degrees) and heights that are none (1e38). Zeros, and
    what has no fix by its own word, stay as positions that are not valid. Velocities are those of the
    positions over a second.
    """
    readable = (np.abs(fixes.lat_deg) <= 90) & (np.abs(fixes.lon_deg) <= 180)
    for height_m in (fixes.alt_msl_m, fixes.alt_above_home_m):
        readable &= np.isnan(height_m) | _is_height(height_m)
    kept = fixes.take(readable)
    valid = is_place(kept.lat_deg, kept.lon_deg) & kept.has_fix
    sigma_m, sigma_source = _known_sigma(kept.sigma_m, kept.sigma_source)
    altitude_sigma_m, altitude_source = _known_sigma(kept.altitude_sigma_m, kept.altitude_sigma_source)
    positions = in_order(
        Positions(
            time_us=kept.time_us,
            boot=np.zeros(len(valid), dtype=np.int64),
            lat_deg=kept.lat_deg,
            lon_deg=kept.lon_deg,
            alt_msl_m=kept.alt_msl_m,
            alt_above_home_m=kept.alt_above_home_m,
            velocity_ned_mps=np.zeros((len(valid), 3)),
            valid=valid,
            sigma_m=sigma_m,
            sigma_source=sigma_source,
            altitude_sigma_m=altitude_sigma_m,
            altitude_sigma_source=altitude_source,
        )
    )
    return _with_velocities(positions), int((~readable).sum())


def with_home_alt(fixes: Fixes, home_alt_msl_m: float | None) -> Fixes:
    """The height that a log does not tell, from the one that it tells and home's height above sea."""
    if home_alt_msl_m is None:
        return fixes
    alt, above = fixes.alt_msl_m, fixes.alt_above_home_m
    columns = {field.name: getattr(fixes, field.name) for field in fields(fixes)}
    columns["alt_msl_m"] = np.where(np.isnan(alt), above + home_alt_msl_m, alt)
    columns["alt_above_home_m"] = np.where(np.isnan(above), alt - home_alt_msl_m, above)
    return Fixes(**columns)


def unknown(count: int) -> FloatArray:
    """(count,) NaN."""
    return np.full(count, np.nan)


def no_source(count: int) -> npt.NDArray[np.int8]:
    """(count,) of the first source, which is the default."""
    return np.zeros(count, dtype=np.int8)


def believable(time_us: FloatArray) -> npt.NDArray[np.bool_]:
    """(n,) whether UTC microseconds can be a flight's: since 2000, and within a day of their median."""
    possible = (time_us >= EARLIEST_US) & (time_us < LATEST_US)
    if not possible.any():
        return possible
    near: npt.NDArray[np.bool_] = possible & (np.abs(time_us - np.median(time_us[possible])) <= NEAR_US)
    return near


def boot_of_offsets(offsets_us: Int64Array, first_us: int, last_us: int, source: str) -> Boot:
    """The one boot of a log, from what (n,) messages said of UTC minus time since boot.

    ``first_us`` and ``last_us`` are UTC.
    """
    middle_us = int(np.median(offsets_us))
    return Boot(
        file_offset=0,
        utc_minus_boot_us=middle_us,
        spread_us=int(np.percentile(np.abs(offsets_us - middle_us), 95)),
        source=source,
        first_us=first_us,
        last_us=last_us,
    )


def one_boot(time_us: Int64Array) -> Int64Array:
    """(n,) the boot's number, 0, for samples of a log that holds one."""
    return np.zeros(len(time_us), dtype=np.int64)


def from_degrees(roll_deg: FloatArray, pitch_deg: FloatArray, yaw_deg: FloatArray) -> FloatArray:
    """Rz(yaw) Ry(pitch) Rx(roll) (n, 4) of angles (n,); NaN where one of them is beyond two turns."""
    angles = np.stack([roll_deg, pitch_deg, yaw_deg])
    sound = (np.abs(angles) <= 720).all(axis=0)
    roll, pitch, yaw = np.radians(np.where(sound, angles, np.nan))
    return from_euler(roll, pitch, yaw)


def make_gimbal(
    ned_from_gimbal: Rotations, frame_from_gimbal: FloatArray, source: str, flown_s: float
) -> Gimbal | None:
    """The gimbal of samples; None if nothing tells of one.

    ``frame_from_gimbal`` (n, 4) is what the log said, before any turning. One that was level and ahead for a
    whole flight of ``flown_s`` gives no samples.
    """
    rejected = int((~usable(frame_from_gimbal)).sum())
    if rejected == len(frame_from_gimbal):
        return None
    still = flown_s > STILL_FLIGHT_S and is_level_and_ahead(frame_from_gimbal)
    warnings = (*rejected_warning(rejected), *([_STILL_WARNING] if still else []))
    return Gimbal(no_rotations() if still else ned_from_gimbal, source, rejected, 0.0, warnings)


def flight_s(positions: Positions) -> float:
    """Seconds in the air, as far as positions tell."""
    aloft = (positions.alt_above_home_m > _FLYING_ABOVE_HOME_M) & positions.valid
    step_s = np.diff(positions.time_us) * 1e-6
    counted = aloft[1:] & aloft[:-1] & (step_s > 0) & (step_s <= MAX_GAP_S)
    return float(step_s[counted].sum())


def _known_sigma(
    sigma_m: FloatArray, source: npt.NDArray[np.int8]
) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    known = (sigma_m > 0) & (sigma_m < _EARTH_RADIUS_M)
    return np.where(known, sigma_m, DEFAULT_SIGMA_M), np.where(known, source, 0).astype(np.int8)


def _is_height(height_m: FloatArray) -> npt.NDArray[np.bool_]:
    sound: npt.NDArray[np.bool_] = (height_m >= _LOWEST_M) & (height_m <= _HIGHEST_M)
    return sound


def _with_velocities(positions: Positions) -> Positions:
    columns = {field.name: getattr(positions, field.name) for field in fields(positions)}
    columns["lon_deg"] = read_only(unwound(positions.lon_deg, positions.valid))
    unwound_positions = Positions(**columns)
    columns["velocity_ned_mps"] = read_only(_velocities(unwound_positions))
    return Positions(**columns)


def _velocities(positions: Positions) -> FloatArray:
    """(n, 3) north, east, down: the way between half a second before and after each position, by the time."""
    velocities = np.zeros((len(positions), 3))
    rows = positions.take(positions.valid)
    if len(rows) < 2:
        return velocities
    seconds = (rows.time_us - rows.time_us[0]) * 1e-6
    begin = np.maximum(seconds - _VELOCITY_HALF_S, seconds[0])
    end = np.minimum(seconds + _VELOCITY_HALF_S, seconds[-1])
    metres = _EARTH_RADIUS_M * np.radians(1.0)
    scales = (
        (rows.lat_deg, np.full(len(rows), metres)),
        (rows.lon_deg, metres * np.cos(np.radians(rows.lat_deg))),
        (_best_height(rows), np.full(len(rows), -1.0)),
    )
    ways = [scale * (np.interp(end, seconds, c) - np.interp(begin, seconds, c)) for c, scale in scales]
    velocities[positions.valid] = np.stack(ways, axis=-1) / (end - begin)[:, np.newaxis]
    return velocities


def _best_height(rows: Positions) -> FloatArray:
    """Any height without gaps: only its change counts. Zero, so no climb, where none is whole."""
    for height_m in (rows.alt_above_home_m, rows.alt_msl_m):
        if np.isfinite(height_m).all():
            return height_m
    return np.zeros(len(rows))
