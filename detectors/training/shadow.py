"""The view from the sun, in which the shadow map is drawn."""

from __future__ import annotations

import numpy as np

from detectors.training.camera import Floats, ground_points
from detectors.training.scene import Scene

# Trees throw shadows into the picture from outside it, and the tops of things are nearer than their feet.
MARGIN_M = 20.0
# Beyond this range a shadow is a pixel or two; a map over the whole of an oblique view would blur all others.
MOST_RANGE = 3.0


def shadow_from_world(scene: Scene) -> Floats:
    """The orthographic projection (4, 4) along the sunlight over the ground in view."""
    middle, radius_m = _ground_in_view(scene)
    to_sun = np.array(scene.light.to_sun)
    right = np.cross([0.0, 0.0, 1.0], to_sun)
    size = float(np.linalg.norm(right))
    right = right / size if size > 1e-6 else np.array([1.0, 0.0, 0.0])
    up = np.cross(to_sun, right)
    # Ground seen from a low sun is foreshortened: the map holds it in fewer rows of the same texels.
    up_m = radius_m * to_sun[2] + MARGIN_M
    reach_m = radius_m + 4.0 * MARGIN_M
    matrix = np.eye(4)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = right / radius_m, up / up_m, -to_sun / reach_m
    matrix[:3, 3] = -matrix[:3, :3] @ np.array([middle[0], middle[1], 0.0])
    return matrix


def _ground_in_view(scene: Scene) -> tuple[Floats, float]:
    camera = scene.camera
    across, down = np.meshgrid(np.linspace(0, camera.width_px, 5), np.linspace(0, camera.height_px, 9))
    seen = ground_points(camera, np.column_stack([across.ravel(), down.ravel()]))
    nadir = np.array(camera.position_m[:2])
    nearest = np.nanmin(np.hypot(*(seen - nadir).T)) if np.isfinite(seen).any() else 0.0
    most_m = max(nearest + MOST_RANGE * camera.position_m[2], 1.5 * camera.position_m[2])
    offset = seen[np.isfinite(seen).all(axis=1)] - nadir
    if len(offset) == 0:
        return nadir, most_m
    length = np.hypot(*offset.T)
    kept = nadir + offset * np.minimum(1.0, most_m / np.maximum(length, 1e-6))[:, None]
    middle = (kept.min(axis=0) + kept.max(axis=0)) / 2.0
    return middle, float(np.hypot(*(kept - middle).T).max()) + MARGIN_M / 2.0
