"""Trunks, branches, limbs, poles and pipes: many bent, tapered tubes at once, as one mesh."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.shapes import mesh_of, ring_faces
from detectors.training.mesh import Mesh, merged

Array = npt.NDArray[np.floating]


def tubes(
    axes_m: Array,
    radii_m: Array,
    colours: Array,
    *,
    sides: int = 7,
    ends: Array | None = None,
) -> Mesh:
    """Tubes along ``axes_m`` (n, k, 3), metres, of radius ``radii_m`` (n, k) or (n, k, sides).

    ``colours`` are (n, 3), (n, k, 3) or (n, k, sides, 3). ``ends`` (n, 2, 2, 3) are the colours of the cut
    faces: first and last end, at the rim and at the heart; None leaves the tubes open.
    """
    axes = np.asarray(axes_m, np.float32)
    count, knots = axes.shape[:2]
    across, up = _sideways(axes[:, -1] - axes[:, 0])
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    circle = np.cos(turn)[:, None] * across[:, None, :] + np.sin(turn)[:, None] * up[:, None, :]
    radii = np.asarray(radii_m)
    radii = radii[..., None] if radii.ndim == 2 else radii
    rings = axes[:, :, None, :] + radii[..., None] * circle[:, None, :, :]
    starts = (np.arange(count) * knots * sides)[:, None, None]
    wall = mesh_of(rings, ring_faces(knots, sides)[None] + starts, _by_vertex(colours, rings.shape))
    if ends is None:
        return wall
    return merged([wall, _lids(rings[:, [0, -1]], axes[:, [0, -1]], np.asarray(ends))])


def sticks(
    starts_m: Array,
    stops_m: Array,
    radii_m: npt.ArrayLike,
    colours: Array,
    *,
    sides: int = 5,
    taper: float = 1.0,
) -> Mesh:
    """Straight sticks from ``starts_m`` to ``stops_m`` (n, 3), metres; ``radii_m`` (n,) or one, at the stop
    ``taper`` times as thick. Ends closed."""
    starts, stops = np.atleast_2d(starts_m), np.atleast_2d(stops_m)
    count = len(starts)
    radii = np.broadcast_to(np.asarray(radii_m, float), (count,))
    colours = np.broadcast_to(np.atleast_2d(colours), (count, 3))
    ends = np.broadcast_to(colours[:, None, None, :], (count, 2, 2, 3))
    axes = np.stack([starts, stops], axis=1)
    return tubes(axes, np.stack([radii, radii * taper], axis=1), colours, sides=sides, ends=ends)


def _sideways(along: Array) -> tuple[Array, Array]:
    """Two unit vectors (n, 3) square to ``along`` (n, 3) and to each other."""
    unit = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    upright = np.abs(unit[:, 2:3]) > 0.9
    across = np.cross(np.where(upright, np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])), unit)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return across, np.cross(unit, across)


def _by_vertex(colours: Array, shape: tuple[int, ...]) -> Array:
    colours = np.asarray(colours)
    if colours.ndim == 2:
        colours = colours[:, None, None, :]
    elif colours.ndim == 3:
        colours = colours[:, :, None, :]
    return np.broadcast_to(colours, shape)


def _lids(rims_m: Array, middles_m: Array, ends: Array) -> Mesh:
    """Cut faces: ``rims_m`` (n, 2, sides, 3), ``middles_m`` (n, 2, 3), ``ends`` (n, 2, 2, 3)."""
    count, _, sides, _ = rims_m.shape
    vertices = np.concatenate([rims_m, middles_m[:, :, None, :]], axis=2)
    rim = np.arange(sides)
    fan = np.stack([rim, (rim + 1) % sides, np.full(sides, sides)], axis=1)
    faces = fan[None] + (np.arange(count * 2) * (sides + 1))[:, None, None]
    colours = np.concatenate([np.repeat(ends[:, :, :1], sides, axis=2), ends[:, :, 1:]], axis=2)
    return mesh_of(vertices, faces, colours)
