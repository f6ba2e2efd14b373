"""Leaves: dark rough bodies with tufts on them, lighter above, as crowns look from the air."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import palette, varied
from detectors.training.assets.shapes import blobs, joined, leaves
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# From dark evergreen over fresh and dusty to the straw of the dry season and new red leaves.
GREEN = palette(
    "#46582e", "#526636", "#63753d", "#3d4f2c", "#75834a", "#8c9656", "#566a42", "#7a7a46", "#9a8f58",
    "#6f8048", "#7d6f4c", "#4d5f3d",
)  # fmt: skip


def foliage(
    rng: np.random.Generator, middles_m: Array, sizes_m: Array, green: Array, *, leaves_each: int
) -> Mesh:
    """Heads of leaves about ``middles_m`` (n, 3) with half axes ``sizes_m`` (n, 3): 20 faces and
    2 ``leaves_each`` each."""
    count = len(middles_m)
    heads = varied(rng, np.asarray(green), count, light=0.18, hue=0.06)
    bodies = blobs(rng, middles_m, sizes_m * 0.88, heads * 0.55, rough=0.2)
    which = np.repeat(np.arange(count), leaves_each)
    away = rng.normal(0.0, 1.0, (len(which), 3)) + np.array([0.0, 0.0, 0.5])
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    points = middles_m[which] + away * sizes_m[which] * rng.uniform(0.8, 1.12, (len(which), 1))
    light = 0.75 + 0.45 * np.clip(away[:, 2:], -0.6, 1.0)  # those below stand in the shade of those above
    sides = sizes_m[which].mean(axis=1) * rng.uniform(0.2, 0.5, len(which))
    tufts = leaves(rng, points, sides, varied(rng, heads[which] * light, len(which), light=0.22), 0.8)
    return joined(bodies, tufts)


def skin_points(rng: np.random.Generator, points_m: Array, green: Array, side_m: float) -> Mesh:
    """Tufts of about ``side_m`` at ``points_m`` (n, 3), lighter above."""
    height = points_m[:, 2:]
    rise = (height - height.min()) / max(float(np.ptp(height)), 0.1)
    colours = varied(rng, np.asarray(green) * (0.6 + 0.6 * rise), len(points_m), light=0.22, hue=0.05)
    return leaves(rng, points_m, side_m * rng.uniform(0.5, 1.5, len(points_m)), colours, 0.9)
