"""The pose of one vehicle at any time of a log, or why there is none.

Between samples positions go straight and rotations turn evenly (slerp), within one boot and across no gap
longer than MAX_GAP_S. What the straight line may lose is part of each sigma: acceleration * |t - t0| |t - t1|
/ 2, with the accelerations below as 1 sigma.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from droneops.telemetry.attitude import Rotations, read_attitude
from droneops.telemetry.clock import Boot, VehicleClock, read_clock
from droneops.telemetry.contested import contested_stretches, contested_warning, without_contested
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.estimator import compass_warnings
from droneops.telemetry.field_of_view import FieldOfView, read_field_of_view
from droneops.telemetry.gaps import Gap, find_gaps
from droneops.telemetry.gimbal import GimbalFrame, read_gimbal
from droneops.telemetry.headers import read_only as frozen
from droneops.telemetry.home import read_home
from droneops.telemetry.plausible import STEP_SOURCE, judge
from droneops.telemetry.position import SOURCES_HORIZONTAL, SOURCES_VERTICAL, Positions, read_positions
from droneops.telemetry.quaternion import Quaternion, slerp
from droneops.telemetry.receivers import receiver_warnings
from droneops.telemetry.samples import Samples, SourceNames, flight_s
from droneops.telemetry.timeline import REACH_S, Bracket, Miss, bracket
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import FloatArray, NoPose, Pose, Reason, Sigma, read_only

# The most that two recorded ArduPilot patrols show over half a second (2.97 m/s^2, braking at a corner).
_ACCELERATION_MPS2 = 3.0
# The same flights stay under 0.9 rad/s^2 in yaw, the fastest axis, 99 % of the time.
_ANGULAR_ACCELERATION_RADPS2 = 1.0
# What an attitude filter keeps of error in roll and pitch; the heading's own error is the camera file's.
_ATTITUDE_SIGMA_RAD = math.radians(0.5)

_MISS_REASON = {Miss.OUTSIDE: Reason.NO_POSE, Miss.GAP: Reason.POSE_TOO_OLD}
_UNKNOWN_GIMBAL = Sigma(math.pi, "unknown")
_TLOG_NAMES = SourceNames(
    position="GLOBAL_POSITION_INT",
    attitude="ATTITUDE, ATTITUDE_QUATERNION",
    horizontal=SOURCES_HORIZONTAL,
    vertical=SOURCES_VERTICAL,
)


@dataclass(frozen=True, slots=True)
class _Turns:
    """Rotations as plain numbers: looking one up in an array costs ten times as much."""

    time_us: tuple[int, ...]
    target_from_source: tuple[Quaternion, ...]

    def at(self, place: Bracket) -> Quaternion:
        if place.index < 0:
            return self.target_from_source[0]
        first, second = self.target_from_source[place.index : place.index + 2]
        return slerp(first, second, place.fraction)


@dataclass(frozen=True, slots=True)
class _Places:
    """Positions as plain numbers.

    A row holds latitude, longitude (unwound), height above sea and home, three velocities, two sigmas.
    ``stepped`` where a position is the first after a reset.
    """

    time_us: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]
    valid: tuple[bool, ...]
    stepped: tuple[bool, ...]
    sources: tuple[tuple[str, str], ...]

    def at(self, place: Bracket) -> list[float]:
        if place.index < 0:
            return list(self.rows[0])
        first, second = self.rows[place.index : place.index + 2]
        return [a + (b - a) * place.fraction for a, b in zip(first, second, strict=True)]

    def has_fix(self, place: Bracket) -> bool:
        return all(self.valid[max(place.index, 0) : place.index + 2])

    def crosses_step(self, place: Bracket) -> bool:
        """Whether the pose would lie between the two sides of a reset, and not on one of them."""
        return self.stepped[place.index + 1] and place.fraction not in (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Segment:
    """One boot's samples; nothing is interpolated from one boot to the next."""

    places: _Places
    body: _Turns
    gimbal: _Turns

    def covers(self, time_us: int) -> bool:
        reach_us = REACH_S * 1e6
        times_us = self.places.time_us
        return times_us[0] - reach_us <= time_us <= times_us[-1] + reach_us


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The positions as received, columns (n,) in order of boot and time, for drawing.

    Where ``valid`` is false there was no fix and the other numbers mean nothing. A height that the log does
    not tell is NaN, which a .tlog's never is.
    """

    time_us: Int64Array
    lat_deg: FloatArray
    lon_deg: FloatArray
    alt_msl_m: FloatArray
    alt_above_home_m: FloatArray
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PoseTrack:
    """Where one drone was, as its telemetry tells.

    ``first_us`` and ``last_us`` are the first and last valid position, None when there is none.
    ``home_alt_msl_m`` is None when unknown; ``home_source`` and ``gimbal_source`` name the messages used.
    ``gimbal_rejected`` counts gimbal samples that held no rotation, ``gimbal_doubt_rad`` is what another
    source says against it (1 sigma). ``warnings`` are single lines.
    """

    drone_id: str
    vehicle: Vehicle
    boots: tuple[Boot, ...]
    gaps: tuple[Gap, ...]
    warnings: tuple[str, ...]
    home_alt_msl_m: float | None
    home_source: str
    gimbal_source: str | None
    gimbal_rejected: int
    gimbal_doubt_rad: float
    first_us: int | None
    last_us: int | None
    _positions: Positions
    _segments: tuple[_Segment, ...]
    _field_of_view: FieldOfView

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose at a UTC time in microseconds.

        NoPose with NO_POSE outside the log (by more than REACH_S), between boots, without attitude, and
        without a height above sea or home; POSE_TOO_OLD inside a gap of more than MAX_GAP_S and across a
        reset: the last pose says nothing of now; NO_FIX where a sample beside it has none or is a glitch.
        ``age_s`` is the distance to the nearest position or attitude, whichever is further.
        """
        covering = [s for s in reversed(self._segments) if s.covers(time_us)]
        if not covering:
            return NoPose(time_us, Reason.NO_POSE)
        # A boot that was heard at this time, rather than one with times on both sides of it.
        found = [(s, bracket(s.places.time_us, time_us)) for s in covering]
        segment, place = next((pair for pair in found if not isinstance(pair[1], Miss)), found[0])
        if isinstance(place, Miss):
            return NoPose(time_us, _MISS_REASON[place])
        if not segment.places.has_fix(place):
            return NoPose(time_us, Reason.NO_FIX)
        if segment.places.crosses_step(place):
            return NoPose(time_us, Reason.POSE_TOO_OLD)
        body = bracket(segment.body.time_us, time_us)
        if isinstance(body, Miss):
            return NoPose(time_us, _MISS_REASON[body])
        return self._pose(segment, place, body, time_us)

    def _pose(self, segment: _Segment, place: Bracket, body: Bracket, time_us: int) -> Pose | NoPose:
        lat, lon, alt, above_home, vn, ve, vd, sigma_m, altitude_sigma_m = segment.places.at(place)
        if math.isnan(alt) or math.isnan(above_home):
            return NoPose(time_us, Reason.NO_POSE)
        source, altitude_source = segment.places.sources[max(place.index, 0)]
        bow_m = _ACCELERATION_MPS2 * place.bow_s2
        ned_from_gimbal, gimbal_sigma = _gimbal_at(segment.gimbal, time_us, self.gimbal_doubt_rad)
        return Pose(
            drone_id=self.drone_id,
            time_us=time_us,
            lat_deg=lat,
            lon_deg=_wound(lon),
            alt_msl_m=alt,
            alt_above_home_m=above_home,
            ned_from_body=read_only(segment.body.at(body)),
            ned_from_gimbal=ned_from_gimbal,
            velocity_ned_mps=read_only((vn, ve, vd)),
            hfov_rad=self._field_of_view.at(time_us),
            position_sigma_m=Sigma(math.hypot(sigma_m, bow_m), source),
            altitude_sigma_m=Sigma(math.hypot(altitude_sigma_m, bow_m), altitude_source),
            attitude_sigma_rad=Sigma(
                math.hypot(_ATTITUDE_SIGMA_RAD, _ANGULAR_ACCELERATION_RADPS2 * body.bow_s2), "default"
            ),
            gimbal_sigma_rad=gimbal_sigma,
            age_s=max(place.nearest_s, body.nearest_s),
        )

    def path(self) -> Path:
        """All positions as received; those left out as glitches are not valid."""
        p = self._positions
        lon_deg = frozen((p.lon_deg + 180) % 360 - 180)
        return Path(p.time_us, p.lat_deg, lon_deg, p.alt_msl_m, p.alt_above_home_m, p.valid)


def build_pose_track(
    log: Tlog, vehicle: Vehicle, *, drone_id: str, gimbal_frame: GimbalFrame = "auto"
) -> PoseTrack:
    """The pose track of one vehicle of a log.

    ``gimbal_frame`` overrides the gimbal's own word on the frame of its attitude. A log without
    positions gives an empty track and a warning.
    """
    contested = contested_stretches(log, vehicle)
    log = without_contested(log, vehicle, contested)
    clock = read_clock(log, vehicle)
    positions = read_positions(log, clock)
    attitude = read_attitude(log, clock)
    gimbal = read_gimbal(log, clock, attitude, flight_s=flight_s(positions), gimbal_frame=gimbal_frame)
    samples = Samples(
        vehicle=clock.vehicle,
        boots=clock.boots,
        positions=positions,
        attitude=attitude,
        gimbal=gimbal,
        field_of_view=read_field_of_view(log, clock),
        home=read_home(log, vehicle, positions),
        names=_TLOG_NAMES,
        warnings=(
            *contested_warning(vehicle, contested),
            *clock.warnings,
            *compass_warnings(log, vehicle),
            *_receiver_warnings(log, clock, positions),
        ),
    )
    return track_of(samples, drone_id=drone_id)


def _receiver_warnings(log: Tlog, clock: VehicleClock, positions: Positions) -> tuple[str, ...]:
    fixed = positions.take(positions.valid)
    return receiver_warnings(log, clock, fixed.time_us, fixed.boot, fixed.alt_above_home_m)


def track_of(samples: Samples, *, drone_id: str) -> PoseTrack:
    """The pose track of what any log told of one vehicle."""
    names = samples.names
    judged = judge(samples.positions, widened_source=(len(names.horizontal), len(names.vertical)))
    gaps = sorted((*find_gaps(samples.positions), *judged.events), key=lambda gap: (gap.start_us, gap.end_us))
    names = replace(
        names, horizontal=(*names.horizontal, STEP_SOURCE), vertical=(*names.vertical, STEP_SOURCE)
    )
    samples = replace(samples, positions=judged.positions, names=names)
    warnings = (*samples.warnings, *_lacks(samples), *judged.warnings)
    gimbal = samples.gimbal
    fixed_us = samples.positions.time_us[samples.positions.valid]
    return PoseTrack(
        drone_id=drone_id,
        vehicle=samples.vehicle,
        boots=samples.boots,
        gaps=tuple(gaps),
        warnings=(*warnings, *(gimbal.warnings if gimbal else ())),
        home_alt_msl_m=samples.home.alt_msl_m,
        home_source=samples.home.source,
        gimbal_source=gimbal.source if gimbal else None,
        gimbal_rejected=gimbal.rejected if gimbal else 0,
        gimbal_doubt_rad=gimbal.doubt_rad if gimbal else 0.0,
        first_us=int(fixed_us.min()) if len(fixed_us) else None,
        last_us=int(fixed_us.max()) if len(fixed_us) else None,
        _positions=samples.positions,
        _segments=_segments(samples, judged.steps),
        _field_of_view=samples.field_of_view,
    )


def _segments(samples: Samples, steps: frozenset[tuple[int, int]]) -> tuple[_Segment, ...]:
    """``steps`` are the boot and time of the first positions after resets."""
    positions, gimbal = samples.positions, samples.gimbal
    return tuple(
        _Segment(
            _places(positions.of_boot(boot), samples.names, {at for number, at in steps if number == boot}),
            _turns(samples.attitude.of_boot(boot)),
            _turns(gimbal.ned_from_gimbal.of_boot(boot)) if gimbal else _Turns((), ()),
        )
        for boot in np.unique(positions.boot).tolist()
    )


def _turns(rotations: Rotations) -> _Turns:
    quaternions = tuple((w, x, y, z) for w, x, y, z in rotations.target_from_source.tolist())
    return _Turns(tuple(rotations.time_us.tolist()), quaternions)


def _places(p: Positions, names: SourceNames, steps_us: set[int]) -> _Places:
    scalars = (p.lat_deg, p.lon_deg, p.alt_msl_m, p.alt_above_home_m)
    columns = (*scalars, *p.velocity_ned_mps.T, p.sigma_m, p.altitude_sigma_m)
    sources = zip(p.sigma_source.tolist(), p.altitude_sigma_source.tolist(), strict=True)
    return _Places(
        time_us=tuple(p.time_us.tolist()),
        rows=tuple(zip(*(column.tolist() for column in columns), strict=True)),
        valid=tuple(p.valid.tolist()),
        stepped=tuple(at in steps_us for at in p.time_us.tolist()),
        sources=tuple((names.horizontal[h], names.vertical[v]) for h, v in sources),
    )


def _gimbal_at(gimbal: _Turns, time_us: int, doubt_rad: float) -> tuple[FloatArray | None, Sigma]:
    """The gimbal's rotation, and what interpolation and another source's word add to its error.

    The gimbal's own error is the camera file's.
    """
    place = bracket(gimbal.time_us, time_us)
    if isinstance(place, Miss):
        return None, _UNKNOWN_GIMBAL
    source = "interpolation and CAMERA_FOV_STATUS" if doubt_rad else "interpolation only"
    sigma_rad = math.hypot(_ANGULAR_ACCELERATION_RADPS2 * place.bow_s2, doubt_rad)
    return read_only(gimbal.at(place)), Sigma(sigma_rad, source)


def _wound(lon_deg: float) -> float:
    return lon_deg if -180 <= lon_deg <= 180 else (lon_deg + 180) % 360 - 180


def _lacks(samples: Samples) -> tuple[str, ...]:
    texts = []
    if len(samples.positions) == 0:
        texts.append(f"the log holds no position of the vehicle ({samples.names.position})")
    elif not samples.positions.valid.any():
        texts.append("the vehicle never had a position fix in this log")
    if len(samples.attitude) == 0:
        texts.append(f"the log holds no attitude of the vehicle ({samples.names.attitude})")
    return tuple(texts)
