"""What is painted on the ground: markings, tracks, kerbs, foam. Meshes in world coordinates at z = 0."""

from __future__ import annotations

import numpy as np

from detectors.training.camera import Floats
from detectors.training.mesh import Mesh

Rgb = tuple[float, float, float]


def strip(line_m: Floats, width_m: float, rgb: Rgb) -> Mesh:
    """A band along a line of points (n, 2), n at least 2."""
    across = left_of(line_m) * (width_m / 2.0)
    edges = np.stack([line_m - across, line_m + across], axis=1).reshape(-1, 2)
    first = np.arange(len(line_m) - 1, dtype=np.int32)[:, None] * 2
    faces = np.concatenate([first + np.array(corners) for corners in ((0, 1, 2), (1, 3, 2))]).astype(np.int32)
    return _flat(edges, faces, rgb)


def dashes(line_m: Floats, width_m: float, rgb: Rgb, *, dash_m: float, gap_m: float) -> list[Mesh]:
    """A broken line."""
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line_m, axis=0).T))])
    made = []
    for start in np.arange(0.0, reach[-1] - dash_m, dash_m + gap_m):
        at = np.linspace(start, start + dash_m, 3)
        points = np.column_stack([np.interp(at, reach, line_m[:, axis]) for axis in (0, 1)])
        made.append(strip(points, width_m, rgb))
    return made


def bars(
    middle_m: Floats, along_rad: float, *, count: int, size_m: tuple[float, float], step_m: float, rgb: Rgb
) -> list[Mesh]:
    """Bars of ``size_m`` (along, across) side by side: a zebra crossing, parking bays."""
    forward = np.array([np.cos(along_rad), np.sin(along_rad)])
    sideways = np.array([-forward[1], forward[0]])
    made = []
    for number in range(count):
        centre = middle_m + sideways * ((number - (count - 1) / 2.0) * step_m)
        ends = np.stack([centre - forward * size_m[0] / 2.0, centre + forward * size_m[0] / 2.0])
        made.append(strip(ends, size_m[1], rgb))
    return made


def blots(places_m: Floats, radii_m: Floats, rgb: Rgb, rng: np.random.Generator) -> Mesh:
    """Ragged spots at points (n, 2): foam, oil, manholes, puddles."""
    corners = 7
    angles = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    round_m = np.stack([np.cos(angles), np.sin(angles)], axis=1)[None]
    reach = radii_m[:, None, None] * rng.uniform(0.55, 1.3, (len(places_m), corners, 1))
    edges = (places_m[:, None, :] + round_m * reach).reshape(-1, 2)
    fan = np.array([[0, k, k + 1] for k in range(1, corners - 1)], np.int32)
    faces = (np.arange(len(places_m), dtype=np.int32)[:, None, None] * corners + fan).reshape(-1, 3)
    return _flat(edges, faces.astype(np.int32), rgb)


def left_of(line_m: Floats) -> Floats:
    """Unit vectors (n, 2) to the left of a line of points (n, 2)."""
    along = np.gradient(line_m, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    return np.column_stack([-along[:, 1], along[:, 0]])


def _flat(points_m: Floats, faces: np.ndarray[tuple[int, ...], np.dtype[np.int32]], rgb: Rgb) -> Mesh:
    vertices = np.column_stack([points_m, np.zeros(len(points_m))]).astype(np.float32)
    colours = np.broadcast_to(np.array(rgb, np.float32), vertices.shape).copy()
    return Mesh(vertices, faces, colours)
