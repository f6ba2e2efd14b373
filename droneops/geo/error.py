"""First-order propagation of every known error onto flat ground.

A ray d (unit, north-east-down) meets the ground h below at h d / d_z. A small turn t about an axis a moves
d by t (a x d); the foot then moves by h/d_z (dd - d dd_z/d_z). Everything below is that one formula with
different axes, split into what each sighting has for itself and what a drone's sightings share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.geo.camera import Camera, Lens
from droneops.types import FloatArray, Pose, Sigma, read_only

DOWN = read_only((0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Budget:
    """One sigma of each source of error, angles in radians."""

    position_m: float
    height_m: float
    heading_rad: float
    mount_rad: float
    pointing_rad: float
    time_s: float
    pixel_px: float
    focal_fraction: float

    @classmethod
    def of(cls, pose: Pose, camera: Camera, ground_sigma_m: Sigma) -> Budget:
        """The budget of a pose, a camera and the ground.

        A stabilised camera takes only its heading from the body: roll and pitch are the gimbal's own.
        A fixed one shares the body's attitude error, which lasts, so it counts with the mount's.
        """
        sigma = camera.sigma
        fixed = camera.mount.kind == "fixed"
        attitude_rad = pose.attitude_sigma_rad.value if fixed else 0.0
        gimbal_rad = 0.0 if fixed else math.hypot(sigma.gimbal_rad, pose.gimbal_sigma_rad.value)
        return cls(
            position_m=pose.position_sigma_m.value,
            height_m=math.hypot(pose.altitude_sigma_m.value, ground_sigma_m.value),
            heading_rad=sigma.heading_rad,
            mount_rad=math.hypot(sigma.boresight_rad, attitude_rad),
            pointing_rad=gimbal_rad,
            time_s=sigma.time_offset_s,
            pixel_px=sigma.pixel_px,
            focal_fraction=sigma.focal_fraction,
        )


def covariances(
    rays: FloatArray,
    coordinates: FloatArray,
    height_m: float,
    ned_from_camera: FloatArray,
    lens: Lens,
    drift_mps: FloatArray,
    budget: Budget,
) -> tuple[FloatArray, FloatArray]:
    """Covariances (n, 2, 2) east/north in m^2: all of the error, and the part that sightings share.

    ``rays`` (n, 3) are unit vectors in north-east-down, ``coordinates`` (n, 2) their ideal normalised image
    coordinates, ``drift_mps`` (n, 2) the ground points' motion per second of time error.
    """
    along = height_m / rays[:, 2:3]
    turns = np.stack([_turn_shift(axis, rays, along) for axis in ned_from_camera.T], axis=2)
    heading = _turn_shift(DOWN, rays, along)[:, :, None]
    pixel, focal = _lens_shifts(rays, coordinates, along, ned_from_camera, lens)
    common = _outer(turns, budget.mount_rad)
    common += _outer(heading, budget.heading_rad)
    common += _outer(focal[:, :, None], budget.focal_fraction)
    common += _outer(drift_mps[:, :, None], budget.time_s)
    common += _outer((rays[:, [1, 0]] / rays[:, 2:3])[:, :, None], budget.height_m)
    common += np.eye(2) * budget.position_m**2
    own = _outer(turns, budget.pointing_rad) + _outer(pixel, budget.pixel_px)
    return common + own, common


def _turn_shift(axis: FloatArray, rays: FloatArray, along: FloatArray) -> FloatArray:
    """East and north shift (n, 2) of the foot per radian about an axis: its cross product with the ray."""
    x, y, z = axis.tolist()
    crossed = rays @ np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
    return _foot_shift(crossed, rays, along)


def _foot_shift(ray_change: FloatArray, rays: FloatArray, along: FloatArray) -> FloatArray:
    """East and north shift (n, 2) of the foot for a change (n, 3) of the ray."""
    slide = ray_change - rays * (ray_change[:, 2:3] / rays[:, 2:3])
    shift: FloatArray = (along * slide)[:, [1, 0]]
    return shift


def _lens_shifts(
    rays: FloatArray, coordinates: FloatArray, along: FloatArray, ned_from_camera: FloatArray, lens: Lens
) -> tuple[FloatArray, FloatArray]:
    """Shifts per pixel in u and v (n, 2, 2) and per unit of relative focal length (n, 2).

    The lens's distortion changes the size of a pixel by a few percent, which a sigma does not need.
    """
    length = np.sqrt(1 + (coordinates**2).sum(axis=1, keepdims=True))
    right, down = ned_from_camera[:, 0], ned_from_camera[:, 1]
    fx_px, fy_px = lens.fx_px or math.nan, lens.fy_px or math.nan
    pixel = np.stack(
        [
            _foot_shift(np.tile(right / fx_px, (len(rays), 1)) / length, rays, along),
            _foot_shift(np.tile(down / fy_px, (len(rays), 1)) / length, rays, along),
        ],
        axis=2,
    )
    focal = _foot_shift(-(coordinates[:, :1] * right + coordinates[:, 1:] * down) / length, rays, along)
    return pixel, focal


def _outer(shifts: FloatArray, sigma: float) -> FloatArray:
    """Sum over k of sigma^2 s_k s_k^T for shifts (n, 2, k)."""
    product: FloatArray = sigma**2 * (shifts @ shifts.transpose(0, 2, 1))
    return product
