"""Hulls of boats: the outer skin above the water, the gunwale, and an open or decked inside."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.assets.shapes import boxes, joined, mesh_of
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
STATIONS = 13


@dataclass(frozen=True, slots=True)
class Hull:
    """A hull in metres, its waterline at z = 0. ``stern`` and ``bow`` are the breadths at the ends in shares
    of the greatest; ``entry`` is how slowly it narrows towards the bow (2: fine, 5: blunt). The freeboard
    rises by ``sheer_m`` to the bow and ``aft_sheer_m`` to the stern; ``depth_m`` is the floor below the
    gunwale; ``flare`` is the breadth at the waterline in shares of that above."""

    length_m: float
    beam_m: float
    freeboard_m: float
    depth_m: float
    sheer_m: float = 0.15
    aft_sheer_m: float = 0.0
    stern: float = 0.85
    bow: float = 0.03
    entry: float = 2.5
    flare: float = 0.8
    rake_m: float = 0.3

    def half_m(self, share: Array) -> Array:
        """Half the breadth at shares of the length from the stern."""
        ahead = np.clip((share - 0.45) / 0.55, 0.0, 1.0)
        behind = np.clip((0.45 - share) / 0.45, 0.0, 1.0)
        narrow = np.where(
            ahead > 0, 1.0 - (1.0 - self.bow) * ahead**self.entry, 1.0 - (1.0 - self.stern) * behind**2
        )
        return np.asarray(self.beam_m / 2.0 * narrow)

    def top_m(self, share: Array) -> Array:
        """Height of the gunwale at shares of the length."""
        ahead, behind = np.clip((share - 0.4) / 0.6, 0.0, 1.0), np.clip((0.35 - share) / 0.35, 0.0, 1.0)
        return np.asarray(self.freeboard_m + self.sheer_m * ahead**2.2 + self.aft_sheer_m * behind**2)


def hull(shape: Hull, outside: Array, rim: Array, inside: Array) -> Mesh:
    """The hull with its inside open to ``depth_m``; with a depth of 0.05 it is decked."""
    share = np.linspace(0.0, 1.0, STATIONS)
    x, half, top = (share - 0.5) * shape.length_m, shape.half_m(share), shape.top_m(share)
    wet = np.minimum(x, shape.length_m / 2.0 - shape.rake_m)  # the stem leans out over the water
    edge = 0.05 + 0.03 * shape.beam_m
    inner = np.maximum(half - edge, 0.0)
    floor = np.maximum(top - shape.depth_m, 0.03)
    skin = _strip((wet, half * shape.flare, np.zeros_like(x)), (x, half, top))
    gunwale = _strip((x, half, top), (x, inner, top))
    wall = _strip((x, inner, top), (x, 0.85 * inner, floor))
    bottom = _strip((x, 0.85 * inner, floor), (x, np.zeros_like(x), floor))
    parts = [(skin, outside), (gunwale, rim), (wall, inside * 0.8), (bottom, inside)]
    return joined(
        *(_both_sides(points, colour) for points, colour in parts),
        _transom(x, half, top, shape.flare, outside),
    )


def _strip(lower: tuple[Array, Array, Array], upper: tuple[Array, Array, Array]) -> Array:
    """Points (2, k, 3) of two lines along the left side."""
    return np.stack([np.column_stack(lower), np.column_stack(upper)])


def _both_sides(points_m: Array, colour: Array) -> Mesh:
    """The surface between two lines (2, k, 3), and its mirror image."""
    count = points_m.shape[1]
    here = np.arange(count - 1)
    quads = np.stack(
        [here, here + 1, here + count + 1, here, here + count + 1, here + count], axis=1
    ).reshape(-1, 3)
    left = points_m.reshape(-1, 3)
    vertices = np.concatenate([left, left * np.array([1.0, -1.0, 1.0])])
    faces = np.concatenate([quads, quads + len(left)])
    return mesh_of(vertices, faces, np.broadcast_to(colour, vertices.shape))


def _transom(x: Array, half: Array, top: Array, flare: float, colour: Array) -> Mesh:
    back, wide, high = float(x[0]), float(half[0]), float(top[0])
    corners = np.array(
        [(back, -wide * flare, 0), (back, wide * flare, 0), (back, wide, high), (back, -wide, high)]
    )
    return mesh_of(corners, np.array([[0, 1, 2], [0, 2, 3]]), np.broadcast_to(colour, corners.shape))


def across(shape: Hull, shares: Array, height_below_rim_m: float, width_m: float, colour: Array) -> Mesh:
    """Thwarts or ribs at shares of the length, from side to side."""
    half, top = shape.half_m(shares), shape.top_m(shares)
    middles = np.column_stack(
        [(shares - 0.5) * shape.length_m, np.zeros_like(shares), top - height_below_rim_m]
    )
    sizes = np.column_stack([np.full_like(shares, width_m), 1.8 * half, np.full_like(shares, 0.04)])
    return boxes(middles, sizes, np.asarray(colour))
