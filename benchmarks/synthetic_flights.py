"""Simulated flights with every error drawn: what the telemetry says, and where things truly are.

The truth shares no code with `droneops.geo`: positions go through earth-centred coordinates by `pymap3d`,
rays meet the ellipsoid raised to the ground's height, rotations are built here. What was true is what the
telemetry says, turned and moved by the drawn errors. Frames, axes and units are those of `droneops.types`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pymap3d

from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount
from droneops.geo.locate import Ground
from droneops.types import Pose, Sigma, read_only

Array = npt.NDArray[np.float64]
Law = Callable[[np.random.Generator, tuple[int, ...]], Array]
"""Draws of unit variance."""

LENS = Lens(1280, 720, 1065.139, 1065.139, 646.3, 355.2, (-0.08, 0.01, 0.0, 0.0, 0.0))
HOME_LAT_DEG, HOME_LON_DEG, GROUND_ALT_M = 16.44, 104.75, 212.0
STEP_S = 0.05
POSITION_SIGMA_M, ALTITUDE_SIGMA_M = 1.2, 1.5
WALK_S = 120.0
"""How long a GPS bias lasts: it walks, but keeps its sigma."""

_WGS84 = pymap3d.Ellipsoid.from_name("wgs84")


@dataclass(frozen=True, slots=True)
class Assumed:
    """One sigma of every source of error, as camera file, pose and site say them."""

    name: str
    camera: CameraSigma
    ground_m: float


UNCALIBRATED = Assumed(
    "uncalibrated, ground at home",
    CameraSigma(math.radians(3), math.radians(1), math.radians(0.5), 0.1, 1.5, 0.01),
    10.0,
)
"""The camera file's defaults."""

CALIBRATED = Assumed(
    "calibrated, ground given",
    CameraSigma(math.radians(0.5), math.radians(0.2), math.radians(0.2), 0.03, 1.5, 0.002),
    3.0,
)


@dataclass(frozen=True, slots=True)
class Aims:
    """Where the telemetry has the drone at n instants and where it has the gimbal look (n,)."""

    lat_deg: Array
    lon_deg: Array
    alt_m: Array
    yaw_rad: Array
    pitch_rad: Array


@dataclass(frozen=True, slots=True)
class Errors:
    """What truth adds to the telemetry in each of n frames. Vectors turn about the camera's own axes."""

    heading_rad: Array
    turn_rad: Array
    late_s: Array
    east_m: Array
    north_m: Array
    up_m: Array
    ground_m: Array
    focal: Array
    pixel_px: Array


@dataclass(frozen=True, slots=True)
class Views:
    """The true cameras of n frames: earth-centred place (n, 3), axes (n, 3, 3) camera to earth, focal."""

    place_m: Array
    ecef_from_camera: Array
    focal: Array


def normal(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """What the model assumes."""
    return random.normal(size=shape)


def student(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Student's t with 4 degrees of freedom: heavy tails, the same variance."""
    return random.standard_t(4, size=shape) / math.sqrt(2)


def uniform(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """No tails at all, the same variance."""
    return random.uniform(-math.sqrt(3), math.sqrt(3), size=shape)


SWINGING = "swinging heading"
"""The heading's error is no constant but turns with the course, as a compass's deviation does."""

LAWS: dict[str, Law] = {"normal": normal, "student t4": student, "uniform": uniform, SWINGING: normal}
"""The first is what the model assumes."""


def errors_of(random: np.random.Generator, law: str, assumed: Assumed, aims: Aims, times_s: Array) -> Errors:
    """As `draw_flights`, by the law's name; ``aims`` are those of the frames, flight by flight."""
    errors = draw_flights(random, LAWS[law], assumed, times_s)
    if law != SWINGING:
        return errors
    phase_rad = np.repeat(random.uniform(-math.pi, math.pi, len(times_s)), times_s.shape[1])
    return _with_swinging_heading(errors, assumed, aims.yaw_rad, phase_rad)


def draw_flights(random: np.random.Generator, law: Law, assumed: Assumed, times_s: Array) -> Errors:
    """The errors of frames at ``times_s`` (flights, frames), flight by flight in one row of n.

    Biases are drawn once for each flight, GPS walks, jitter and pixels are drawn anew for each frame.
    """
    flights, frames = times_s.shape
    sigma = assumed.camera

    def bias(size: float) -> Array:
        return np.repeat(law(random, (flights,)) * size, frames)

    walk = _walk(random, law, times_s)
    mount = np.repeat(law(random, (flights, 3)) * sigma.boresight_rad, frames, axis=0)
    return Errors(
        heading_rad=bias(sigma.heading_rad),
        turn_rad=mount + law(random, (flights * frames, 3)) * sigma.gimbal_rad,
        late_s=bias(sigma.time_offset_s),
        east_m=walk[:, 0] * POSITION_SIGMA_M,
        north_m=walk[:, 1] * POSITION_SIGMA_M,
        up_m=walk[:, 2] * ALTITUDE_SIGMA_M,
        ground_m=bias(assumed.ground_m),
        focal=bias(sigma.focal_fraction),
        pixel_px=law(random, (flights * frames, 2)) * sigma.pixel_px,
    )


def _walk(random: np.random.Generator, law: Law, times_s: Array) -> Array:
    """(n, 3): a first-order Gauss-Markov process of unit variance (its steps drawn from the law)."""
    flights, frames = times_s.shape
    walk = law(random, (flights, frames, 3))
    for k in range(1, frames):
        keep = np.exp(-(times_s[:, k] - times_s[:, k - 1]) / WALK_S)[:, None]
        walk[:, k] = keep * walk[:, k - 1] + np.sqrt(1 - keep * keep) * walk[:, k]
    return walk.reshape(-1, 3)


def true_views(aims: Aims, errors: Errors) -> Views:
    """The true cameras where the telemetry says ``aims`` of the instants at which the pictures were taken."""
    place = np.column_stack(
        pymap3d.enu2ecef(errors.east_m, errors.north_m, errors.up_m, aims.lat_deg, aims.lon_deg, aims.alt_m)
    )
    ned_from_gimbal = _rotation(2, aims.yaw_rad + errors.heading_rad) @ _rotation(1, aims.pitch_rad)
    gimbal_from_camera = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    ned_from_camera = ned_from_gimbal @ gimbal_from_camera @ _turned(errors.turn_rad)
    axes = _ecef_from_ned(aims.lat_deg, aims.lon_deg) @ ned_from_camera
    return Views(place, axes, 1 + errors.focal)


def _rotation(axis: int, angle_rad: Array) -> Array:
    """(n, 3, 3), right-handed, about the axis of that number."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    result = np.zeros((len(angle_rad), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    result[:, axis, axis] = 1
    result[:, i, i] = result[:, j, j] = c
    result[:, i, j], result[:, j, i] = -s, s
    return result


def _turned(vector_rad: Array) -> Array:
    """(n, 3, 3) of rotation vectors, by Rodrigues' formula."""
    angle = np.linalg.norm(vector_rad, axis=1)[:, None, None]
    x, y, z = (vector_rad / np.maximum(angle[:, :, 0], 1e-300)).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _ecef_from_ned(lat_deg: Array, lon_deg: Array) -> Array:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    north = np.column_stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    east = np.column_stack([-np.sin(lon), np.cos(lon), np.zeros_like(lon)])
    return np.stack([north, east, np.cross(north, east)], axis=2)


def pixels_of(
    lat_deg: Array, lon_deg: Array, alt_m: Array, views: Views
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Where things (n,) are in the pictures (n, 2), and whether they are in them at all."""
    there = np.column_stack(pymap3d.geodetic2ecef(lat_deg, lon_deg, alt_m)) - views.place_m
    seen = np.einsum("nji,nj->ni", views.ecef_from_camera, there)
    ahead = seen[:, 2] > 0
    xy = seen[:, :2] / np.where(ahead, seen[:, 2], np.nan)[:, None]
    xy = np.where(np.abs(xy) < 1.0, xy, np.nan)  # beyond, Brown's polynomial folds back
    bent = xy * _radial(xy)[:, None]
    pixels = bent * np.array([LENS.fx_px, LENS.fy_px]) * views.focal[:, None] + (LENS.cx_px, LENS.cy_px)
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels <= (LENS.width_px - 1, LENS.height_px - 1))).all(axis=1)
    return pixels, inside


def _radial(xy: Array) -> Array:
    r2 = (xy**2).sum(axis=1)
    return 1 + r2 * (LENS.distortion[0] + r2 * LENS.distortion[1])


def ground_of(pixels_px: Array, views: Views, alt_m: Array) -> tuple[Array, Array]:
    """Latitudes and longitudes (n,) of the ground at ``alt_m`` that pixels (n, 2) show; NaN for the sky."""
    bent = (pixels_px - (LENS.cx_px, LENS.cy_px)) / (LENS.fx_px, LENS.fy_px) / views.focal[:, None]
    xy = bent.copy()
    for _ in range(30):  # the lens bends by some percent: each round gains a digit or more
        xy = bent / _radial(xy)[:, None]
    ray = np.einsum("nij,nj->ni", views.ecef_from_camera, np.column_stack([xy, np.ones(len(xy))]))
    major_m, minor_m = _WGS84.semimajor_axis + alt_m, _WGS84.semiminor_axis + alt_m
    scale = 1 / np.column_stack([major_m, major_m, minor_m])
    start, along = views.place_m * scale, ray * scale
    a, b, c = (along**2).sum(axis=1), (start * along).sum(axis=1), (start**2).sum(axis=1) - 1
    with np.errstate(invalid="ignore"):
        # The nearer root in the form that does not cancel: c is a few parts in a million.
        s = c / (-b + np.sqrt(b * b - a * c))
    s[~(s > 0)] = np.nan
    lat_deg, lon_deg, _ = pymap3d.ecef2geodetic(*(views.place_m + ray * s[:, None]).T)
    return np.asarray(lat_deg), np.asarray(lon_deg)


def camera_of(assumed: Assumed) -> Camera:
    """The camera whose file says these sigmas."""
    mount = Mount("stabilised", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    return Camera("simulated", LENS, "file", mount, Bias(0.0, 0.0), assumed.camera, None)


def ground_said(assumed: Assumed) -> Ground:
    """The flat ground that the site file says."""
    return Ground(GROUND_ALT_M, Sigma(assumed.ground_m, "simulated"))


def poses_of(aims: Aims, later: Aims, times_us: npt.NDArray[np.int64]) -> list[tuple[Pose, Pose]]:
    """The telemetry's pose at each instant, and the one ``STEP_S`` later."""
    east, north, up = pymap3d.geodetic2enu(
        later.lat_deg, later.lon_deg, later.alt_m, aims.lat_deg, aims.lon_deg, aims.alt_m
    )
    velocity = np.column_stack([north, east, -np.asarray(up)]) / STEP_S
    now = [_pose(aims, i, int(times_us[i]), velocity[i]) for i in range(len(times_us))]
    then = [_pose(later, i, int(times_us[i] + STEP_S * 1e6), velocity[i]) for i in range(len(times_us))]
    return list(zip(now, then, strict=True))


def _pose(aims: Aims, i: int, time_us: int, velocity_ned_mps: Array) -> Pose:
    yaw, pitch = float(aims.yaw_rad[i]) / 2, float(aims.pitch_rad[i]) / 2
    gimbal = (
        math.cos(yaw) * math.cos(pitch),
        -math.sin(yaw) * math.sin(pitch),
        math.cos(yaw) * math.sin(pitch),
        math.sin(yaw) * math.cos(pitch),
    )
    alt_m = float(aims.alt_m[i])
    return Pose(
        drone_id="simulated",
        time_us=time_us,
        lat_deg=float(aims.lat_deg[i]),
        lon_deg=float(aims.lon_deg[i]),
        alt_msl_m=alt_m,
        alt_above_home_m=alt_m - GROUND_ALT_M,
        ned_from_body=read_only((math.cos(yaw), 0.0, 0.0, math.sin(yaw))),
        ned_from_gimbal=read_only(gimbal),
        velocity_ned_mps=read_only(velocity_ned_mps),
        hfov_rad=None,
        position_sigma_m=Sigma(POSITION_SIGMA_M, "simulated"),
        altitude_sigma_m=Sigma(ALTITUDE_SIGMA_M, "simulated"),
        attitude_sigma_rad=Sigma(0.0, "simulated"),
        gimbal_sigma_rad=Sigma(0.0, "simulated"),
        age_s=0.0,
    )


def _with_swinging_heading(errors: Errors, assumed: Assumed, course_rad: Array, phase_rad: Array) -> Errors:
    """A compass's deviation, of the assumed variance."""
    swing = math.sqrt(2) * assumed.camera.heading_rad * np.sin(course_rad + phase_rad)
    return replace(errors, heading_rad=swing)
