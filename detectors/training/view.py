"""A random camera above the origin of a scene, and the ground that it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.training.camera import Camera, Floats, camera_from_world, focal_px, ground_points

# What a person is in the pictures that matter: smaller is below the net's reach, larger needs no drone.
PERSON_M = 1.7
PERSON_PX = (6.0, 80.0)
HEIGHT_M = (8.0, 130.0)
STEEP_DEG, LOW_DEG = (60.0, 90.0), (15.0, 60.0)
HFOV_DEG = (50.0, 85.0)
# Things are placed up to where a person would be 3 px.
LEAST_PLACED_PX = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The camera, which looks at the origin, and ``reach_m``, how far from it things are worth placing."""

    camera: Camera
    reach_m: float


def random_view(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    *,
    person_px: tuple[float, float] = PERSON_PX,
    steep_share: float = 0.5,
    steep_deg: tuple[float, float] = STEEP_DEG,
    low_deg: tuple[float, float] = LOW_DEG,
) -> View:
    """A camera whose picture (width, height) shows a standing person in its middle at about ``person_px``.

    The depression is one of ``steep_deg`` in ``steep_share`` of the views, else of ``low_deg``.
    """
    depression_rad = np.radians(rng.uniform(*(steep_deg if rng.random() < steep_share else low_deg)))
    hfov_rad = np.radians(rng.uniform(*HFOV_DEG))
    focal = size_px[0] / 2.0 / np.tan(hfov_rad / 2.0)
    range_m = focal * PERSON_M / float(np.exp(rng.uniform(*np.log(person_px))))
    height_m = float(np.clip(range_m * np.sin(depression_rad), *HEIGHT_M))
    behind_m = height_m / np.tan(depression_rad)
    yaw_rad = float(rng.uniform(0.0, 2.0 * np.pi))
    position_m = (float(-behind_m * np.cos(yaw_rad)), float(-behind_m * np.sin(yaw_rad)), height_m)
    roll_rad = float(rng.normal(0.0, np.radians(2.0)))
    camera = Camera(*size_px, float(hfov_rad), position_m, yaw_rad, float(depression_rad), roll_rad)
    return View(camera, focal * PERSON_M / LEAST_PLACED_PX)


def visible_points(view: View, rng: np.random.Generator, count: int, *, margin_px: float = 40.0) -> Floats:
    """Ground points (n, 2) spread evenly over the picture, not over the ground; n may be below ``count``."""
    camera = view.camera
    low = np.full(2, -margin_px)
    high = np.array([camera.width_px, camera.height_px]) + margin_px
    points = ground_points(camera, rng.uniform(low, high, (count, 2)))
    near = np.hypot(*(points - np.array(camera.position_m[:2])).T) < view.reach_m
    return points[np.isfinite(points).all(axis=1) & near]


def ground_bounds(view: View) -> tuple[Floats, Floats]:
    """The least and greatest X and Y, metres, of the ground in the picture up to the reach."""
    camera = view.camera
    across, down = np.meshgrid(np.linspace(0, camera.width_px, 9), np.linspace(0, camera.height_px, 9))
    points = ground_points(camera, np.column_stack([across.ravel(), down.ravel()]))
    nadir = np.array(camera.position_m[:2])
    offset = points[np.isfinite(points).all(axis=1)] - nadir
    length = np.hypot(*offset.T)
    kept = nadir + offset * np.minimum(1.0, view.reach_m / np.maximum(length, 1e-6))[:, None]
    kept = np.vstack([kept, np.zeros((1, 2))])
    return kept.min(axis=0), kept.max(axis=0)


def gsd_m(view: View) -> float:
    """Metres a pixel, across the view, in the middle of the picture."""
    away = np.array(view.camera.position_m)
    return float(-camera_from_world(view.camera)[2] @ away) / focal_px(view.camera)
