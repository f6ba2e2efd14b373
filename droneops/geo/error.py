"""Every known error as metres on the ground: to first order, and with sigma points where that is not enough.

A ray d (unit, north-east-down) meets a plane with normal N = (slope north, slope east, 1) at t d. A change e
of the ray moves the foot by t (e - d (N.e)/(N.d)), a shift s of the drone by s - d (N.s)/(N.d), and a metre
more between drone and ground by d/(N.d). Everything below is those three with different e and s. A turn w
changes the ray by w x d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera, Lens
from droneops.types import FloatArray, Pose, read_only

OWN = ("gimbal", "pixel")
"""What each sighting has for itself; all the rest is shared by a drone's sightings for a while."""

_DOWN = read_only((0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Budget:
    """One sigma of each source of error, angles in radians. ``terrain_m`` is (n,), one for each ray."""

    position_m: float
    height_m: float
    terrain_m: FloatArray
    heading_rad: float
    mount_rad: float
    attitude_rad: float
    gimbal_rad: float
    time_s: float
    pixel_px: float
    focal_fraction: float

    @classmethod
    def of(cls, pose: Pose, camera: Camera, terrain_m: FloatArray) -> Budget:
        """The budget of a pose, a camera and the ground's sigma at each point.

        A stabilised camera takes only its heading from the body: roll and pitch are the gimbal's own.
        A fixed one shares the body's attitude error, which lasts.
        """
        sigma = camera.sigma
        fixed = camera.mount.kind == "fixed"
        return cls(
            position_m=pose.position_sigma_m.value,
            height_m=pose.altitude_sigma_m.value,
            terrain_m=terrain_m,
            heading_rad=sigma.heading_rad,
            mount_rad=sigma.boresight_rad,
            attitude_rad=pose.attitude_sigma_rad.value if fixed else 0.0,
            gimbal_rad=0.0 if fixed else math.hypot(sigma.gimbal_rad, pose.gimbal_sigma_rad.value),
            time_s=sigma.time_offset_s,
            pixel_px=sigma.pixel_px,
            focal_fraction=sigma.focal_fraction,
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a frame's geometry its errors depend on, for n rays.

    ``rays`` (n, 3) unit vectors north-east-down, ``coordinates`` (n, 2) their ideal normalised image
    coordinates, ``along_m`` (n,) to the ground, ``slope`` (n, 2) its rise per metre north and east.
    ``ray_rate`` (n, 3) and ``velocity_mps`` (3,), north-east-down, are how ray and drone move with time.
    """

    rays: FloatArray
    coordinates: FloatArray
    along_m: FloatArray
    slope: FloatArray
    ned_from_camera: FloatArray
    lens: Lens
    ray_rate: FloatArray
    velocity_mps: FloatArray

    def normals(self) -> FloatArray:
        """(n, 3)"""
        return np.column_stack((self.slope, np.ones(len(self.rays))))

    def closing(self) -> FloatArray:
        """N.d (n,): by how much each metre along the ray comes nearer to the ground."""
        closing: FloatArray = (self.normals() * self.rays).sum(axis=1)
        return closing


@dataclass(frozen=True, slots=True)
class Spread:
    """What one sigma of each error does, in columns k. ``sources`` (k,) names them.

    ``ray_changes`` (n, 3, k) is what it does to the rays, ``moves_m`` (n, 3, k) to the drone against the
    ground, north-east-down; ``shifts_m`` (n, 2, k) to the point, east and north.
    """

    sources: tuple[str, ...]
    ray_changes: FloatArray
    moves_m: FloatArray
    shifts_m: FloatArray

    def columns_of(self, *sources: str) -> npt.NDArray[np.bool_]:
        """(k,)"""
        return np.array([source in sources for source in self.sources])

    def covariances(self) -> tuple[FloatArray, FloatArray]:
        """(n, 2, 2) east/north in m^2: all of the error, and the part that sightings share."""
        own = self.columns_of(*OWN)
        common = _outer(self.shifts_m[:, :, ~own])
        return common + _outer(self.shifts_m[:, :, own]), common

    def of_source(self, source: str) -> FloatArray:
        """(n, 2, 2) of one source."""
        return _outer(self.shifts_m[:, :, self.columns_of(source)])


def spread_of(sight: Sight, budget: Budget) -> Spread:
    """What one sigma of each source does to the points of a frame, to first order."""
    names, changes = _ray_changes(sight, budget)
    count, pure = len(sight.rays), len(names)
    sources = (*names, "time", "position", "position", "height", "terrain")
    ray_changes = np.zeros((count, 3, len(sources)))
    ray_changes[:, :, :pure] = changes
    ray_changes[:, :, pure] = sight.ray_rate * budget.time_s
    moves_m = np.zeros_like(ray_changes)
    moves_m[:, :, pure] = sight.velocity_mps * budget.time_s
    moves_m[:, 0, pure + 1] = moves_m[:, 1, pure + 2] = budget.position_m
    moves_m[:, 2, pure + 3] = -budget.height_m
    moves_m[:, 2, pure + 4] = -budget.terrain_m
    return Spread(sources, ray_changes, moves_m, _foot_shifts(sight, ray_changes, moves_m))


def _ray_changes(sight: Sight, budget: Budget) -> tuple[list[str], FloatArray]:
    """The sources that turn the ray alone, and by how much (n, 3, k)."""
    turns = [_turned(axis, sight.rays) for axis in sight.ned_from_camera.T]
    u, v, focal = _lens_changes(sight)
    columns = [
        ("heading", budget.heading_rad, [_turned(_DOWN, sight.rays)]),
        ("mount", budget.mount_rad, turns),
        ("attitude", budget.attitude_rad, turns),
        ("gimbal", budget.gimbal_rad, turns),
        ("lens", budget.focal_fraction, [focal]),
        ("pixel", budget.pixel_px, [u, v]),
    ]
    # A sigma that is no number must spoil the sum, not drop out of it.
    kept = [column for column in columns if column[1] != 0]
    names = [name for name, _, changes in kept for _ in changes]
    scaled = [sigma * change for _, sigma, changes in kept for change in changes]
    return names, np.stack(scaled, axis=2) if scaled else np.zeros((len(sight.rays), 3, 0))


def _turned(axis: FloatArray, rays: FloatArray) -> FloatArray:
    """What a small turn about an axis does to rays (n, 3), per radian: its cross product with them."""
    x, y, z = axis.tolist()
    crossed: FloatArray = rays @ np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
    return crossed


def _lens_changes(sight: Sight) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What a pixel in u, in v, and a unit of relative focal length do to the rays, each (n, 3).

    The lens's distortion changes the size of a pixel by a few percent, which a sigma does not need. An
    error of the principal point turns all rays alike and counts as the mount's.
    """
    xy = sight.coordinates
    length = np.sqrt(1 + (xy**2).sum(axis=1, keepdims=True))
    right, down = sight.ned_from_camera[:, 0], sight.ned_from_camera[:, 1]
    fx_px, fy_px = sight.lens.fx_px or math.nan, sight.lens.fy_px or math.nan
    return right / fx_px / length, down / fy_px / length, -(xy[:, :1] * right + xy[:, 1:] * down) / length


def _foot_shifts(sight: Sight, ray_changes: FloatArray, moves_m: FloatArray) -> FloatArray:
    """East and north shifts (n, 2, k) of the feet."""
    change = sight.along_m[:, None, None] * ray_changes + moves_m
    # The normal's third part is 1.
    toward = (change[:, :2] * sight.slope[:, :, None]).sum(axis=1) + change[:, 2]
    slide = change[:, :2] - sight.rays[:, :2, None] * (toward / sight.closing()[:, None])[:, None, :]
    shifts: FloatArray = slide[:, ::-1]
    return shifts


def _outer(shifts: FloatArray) -> FloatArray:
    """Sum over k of s_k s_k^T for shifts (n, 2, k)."""
    product: FloatArray = shifts @ shifts.transpose(0, 2, 1)
    return product
