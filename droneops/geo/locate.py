"""Pixels to points on the ground: undistort, turn by the gimbal, meet the ground, and say how sure that is.

Each pixel becomes a ray in north-east-down. One that goes up meets the ground behind the drone in the
equation of a plane, and would even project back onto its pixel; it is refused, as are rays that are too flat
or too long to be worth anything. Where there is no point there is a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.geo.camera import Camera, normalised
from droneops.geo.ellipse import ce90_m
from droneops.geo.error import Budget, Sight, Spread, spread_of
from droneops.geo.ground import Ground
from droneops.geo.meet import MAX_SLANT_M, MIN_DEPRESSION_RAD, MIN_HEIGHT_M, Meeting, meet
from droneops.geo.sigma_points import with_sigma_points
from droneops.geo.view import View, rays_ned, view_of
from droneops.geo.wgs84 import lat_lon_from_enu
from droneops.types import FloatArray, GroundPoint, NoGroundPoint, Pose, Reason, read_only

__all__ = [
    "MAX_SLANT_M",
    "MIN_DEPRESSION_RAD",
    "MIN_HEIGHT_M",
    "TIME_STEP_S",
    "Ground",
    "Located",
    "View",
    "locate",
    "locate_with_shares",
    "view_of",
]

TIME_STEP_S = 0.05
"""How far apart the two poses lie from which the effect of a wrong time is taken."""


@dataclass(frozen=True, slots=True)
class Located:
    """A point, and what each source of error does to it: (2, 2) east/north in m^2, to first order."""

    point: GroundPoint
    shares_m2: dict[str, FloatArray]


def locate(
    pixels_px: FloatArray, pose: Pose, camera: Camera, ground: Ground, later: Pose | None
) -> tuple[GroundPoint | NoGroundPoint, ...]:
    """The ground points of a frame's pixels (n, 2), in their order.

    ``later`` is a pose shortly after; from the two comes the effect of a wrong frame time. Without it the
    drone's velocity stands in, and a turn goes unnoticed.
    """
    pixels = np.asarray(pixels_px, dtype=np.float64).reshape(-1, 2)
    found = _find(pixels, pose, camera, ground, later)
    if isinstance(found, NoGroundPoint):
        return (found,) * len(pixels)
    points = iter(() if found.sight is None else _points(found, pose, camera, ground)[0])
    return tuple(_if_known(next(points)) if r is None else NoGroundPoint(r) for r in found.reasons)


def _if_known(point: GroundPoint) -> GroundPoint | NoGroundPoint:
    """A place without an error (a velocity or a sigma that is no number) is none."""
    return point if np.isfinite(point.cov_m2).all() else NoGroundPoint(Reason.NO_POSE)


def locate_with_shares(
    pixel_px: FloatArray, pose: Pose, camera: Camera, ground: Ground, later: Pose | None
) -> Located | NoGroundPoint:
    """The ground point of one pixel (2,), and where its error comes from."""
    pixels = np.asarray(pixel_px, dtype=np.float64).reshape(1, 2)
    found = _find(pixels, pose, camera, ground, later)
    if isinstance(found, NoGroundPoint):
        return found
    if found.reasons[0] is not None:
        return NoGroundPoint(found.reasons[0])
    points, spread = _points(found, pose, camera, ground)
    known = _if_known(points[0])
    if isinstance(known, NoGroundPoint):
        return known
    names = dict.fromkeys(spread.sources)
    return Located(points[0], {name: read_only(spread.of_source(name)[0]) for name in names})


@dataclass(frozen=True, slots=True)
class _Found:
    """``sight`` and ``alt_msl_m`` are of the pixels without a reason alone; ``sight`` is None for none."""

    reasons: tuple[Reason | None, ...]
    view: View
    sight: Sight | None
    alt_msl_m: FloatArray


def _find(
    pixels: FloatArray, pose: Pose, camera: Camera, ground: Ground, later: Pose | None
) -> _Found | NoGroundPoint:
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint):
        return view
    coordinates = normalised(pixels, view.lens)
    rays = rays_ned(coordinates, view)
    meeting = meet(rays, view, ground)
    shown = np.isfinite(coordinates[:, 0])
    reasons = tuple(
        reason if is_shown else Reason.FOV_UNKNOWN
        for reason, is_shown in zip(meeting.reasons, shown.tolist(), strict=True)
    )
    kept = np.array([reason is None for reason in reasons], dtype=np.bool_)
    if not kept.any():
        return _Found(reasons, view, None, meeting.alt_msl_m[kept])
    sight = _sight(rays[kept], coordinates[kept], _only(meeting, kept), view, _Later(later, camera, ground))
    return _Found(reasons, view, sight, meeting.alt_msl_m[kept])


def _only(meeting: Meeting, kept: np.ndarray) -> Meeting:
    return Meeting(
        meeting.along_m[kept], meeting.slope[kept], meeting.alt_msl_m[kept], (None,) * int(kept.sum())
    )


@dataclass(frozen=True, slots=True)
class _Later:
    """What is needed to see how the pixels' rays move."""

    pose: Pose | None
    camera: Camera
    ground: Ground


def _sight(rays: FloatArray, coordinates: FloatArray, meeting: Meeting, view: View, later: _Later) -> Sight:
    ray_rate, velocity_mps = _motion(rays, coordinates, view, later)
    return Sight(
        rays=rays,
        coordinates=coordinates,
        along_m=meeting.along_m,
        slope=meeting.slope,
        ned_from_camera=view.ned_from_camera,
        lens=view.lens,
        ray_rate=ray_rate,
        velocity_mps=velocity_mps,
    )


def _motion(
    rays: FloatArray, coordinates: FloatArray, view: View, later: _Later
) -> tuple[FloatArray, FloatArray]:
    """How rays (n, 3) and drone (3,) move in a second, north-east-down."""
    velocity_mps = np.array(view.pose.velocity_ned_mps)
    other = view_of(later.pose, later.camera) if later.pose is not None else None
    if later.pose is None or other is None or isinstance(other, NoGroundPoint):
        return np.zeros_like(rays), velocity_mps
    dt_s = (later.pose.time_us - view.pose.time_us) / 1e6
    swing_mps = (other.offset_ned_m - view.offset_ned_m) / dt_s
    ray_rate = (rays_ned(coordinates, other) - rays) / dt_s
    return ray_rate, velocity_mps + swing_mps


def _points(found: _Found, pose: Pose, camera: Camera, ground: Ground) -> tuple[list[GroundPoint], Spread]:
    sight, view = found.sight, found.view
    if sight is None:
        raise ValueError("no pixel meets the ground")
    spread = spread_of(sight, Budget.of(pose, camera, _terrain_sigma_m(sight, ground)))
    cov, common = with_sigma_points(sight, spread, *spread.covariances())
    enu_m = (view.offset_ned_m + sight.along_m[:, None] * sight.rays)[:, [1, 0, 2]] * (1.0, 1.0, -1.0)
    lat_deg, lon_deg = lat_lon_from_enu(enu_m, pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
    radius_m = ce90_m(cov)
    points = [
        GroundPoint(
            float(lat_deg[i]),
            float(lon_deg[i]),
            float(found.alt_msl_m[i]),
            read_only(cov[i]),
            read_only(common[i]),
            float(radius_m[i]),
        )
        for i in range(len(radius_m))
    ]
    return points, spread


def _terrain_sigma_m(sight: Sight, ground: Ground) -> FloatArray:
    """(n,): the ground's sigma, larger with the distance where the relief says so."""
    sigma_m = np.full(len(sight.rays), ground.sigma_m.value)
    if ground.relief is None or not ground.relief.slope_sigma:
        return sigma_m
    across_m = sight.along_m * np.hypot(sight.rays[:, 0], sight.rays[:, 1])
    grown: FloatArray = np.hypot(sigma_m, ground.relief.slope_sigma * across_m)
    return grown
