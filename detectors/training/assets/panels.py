"""Flat panels, tapered blocks and wheels: what vehicles and deckhouses are made of."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.shapes import mesh_of
from detectors.training.assets.tubes import tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
Plan = tuple[float, float, float, float]
"""A level rectangle: X from, X to, width across Y and height Z, metres."""

TYRE = np.array([0.018, 0.018, 0.02])
# The sides of a tapered block, by the numbers of its corners (foot 0-3, top 4-7, both counter-clockwise
# from the right rear): rear, front, right, left, top. Its underside is never seen.
_SIDES = np.array([[3, 0, 4, 7], [1, 2, 6, 5], [0, 1, 5, 4], [2, 3, 7, 6], [4, 5, 6, 7]])


def panels(corners_m: npt.ArrayLike, colours: npt.ArrayLike) -> Mesh:
    """Four-cornered panels (n, 4, 3), metres, each of one of the ``colours`` (n, 3) or all of one (3,)."""
    corners = np.asarray(corners_m, np.float32).reshape(-1, 4, 3)
    shades = np.broadcast_to(np.atleast_2d(np.asarray(colours)), (len(corners), 3))
    faces = (np.arange(len(corners)) * 4)[:, None] + np.array([0, 1, 2, 0, 2, 3])
    return mesh_of(corners, faces, np.broadcast_to(shades[:, None, :], corners.shape))


def level(plan: Plan, colour: npt.ArrayLike) -> Mesh:
    """One level panel."""
    return panels(rim(plan)[None], colour)


def rim(plan: Plan) -> Array:
    """The corners (4, 3) of a level rectangle, counter-clockwise from the right rear."""
    back, front, width, height = plan
    half = width / 2.0
    return np.array(
        [[back, -half, height], [front, -half, height], [front, half, height], [back, half, height]]
    )


def block(foot: Plan, top: Plan, colours: npt.ArrayLike) -> Mesh:
    """A tapered block between two level rectangles: rear, front, right, left and top in ``colours`` (5, 3) or
    all of one (3,)."""
    corners = np.concatenate([rim(foot), rim(top)])
    return panels(corners[_SIDES], colours)


def windows(
    foot: Plan, top: Plan, colour: npt.ArrayLike, *, posts: float = 0.1, out_m: float = 0.015
) -> Mesh:
    """Panes on the four sides of such a block, ``posts`` of each side's length left at its ends, lying
    ``out_m`` before it."""
    corners = np.concatenate([rim(foot), rim(top)])[_SIDES[:4]]
    middles = corners.mean(axis=1, keepdims=True)
    along = (corners[:, 1] - corners[:, 0])[:, None, :] * np.array([posts, -posts, -posts, posts])[
        None, :, None
    ]
    up = (corners[:, 3] - corners[:, 0])[:, None, :] * np.array([0.06, 0.06, -0.06, -0.06])[None, :, None]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    away = np.sign(((middles[:, 0] - middles.mean(axis=0)) * normals).sum(axis=1, keepdims=True))
    return panels(corners + along + up + (normals * away * out_m)[:, None, :], colour)


def wheels(
    at_m: npt.ArrayLike, radius_m: float, width_m: float, hub: npt.ArrayLike = (0.25, 0.25, 0.26)
) -> Mesh:
    """Wheels whose axles lie along Y, their middles at (n, 3)."""
    at = np.atleast_2d(np.asarray(at_m, float))
    half = np.array([0.0, width_m / 2.0, 0.0])
    axes = np.stack([at - half, at + half], axis=1)
    ends = np.stack([TYRE, np.asarray(hub, float)])[None, None]
    return tubes(
        axes,
        np.full((len(at), 2), radius_m),
        np.broadcast_to(TYRE, (len(at), 3)),
        sides=12,
        ends=np.broadcast_to(ends, (len(at), 2, 2, 3)),
    )


def axles(x_m: npt.ArrayLike, track_m: float, radius_m: float, width_m: float) -> Mesh:
    """A wheel on each side for every axle at ``x_m`` (n,), standing on the ground."""
    places = [(float(x), side * track_m / 2.0, radius_m) for x in np.atleast_1d(x_m) for side in (-1.0, 1.0)]
    return wheels(places, radius_m, width_m)
