"""How many metres of ground a pixel shows, over a picture: a detector then knows where to look closely."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera, Lens, normalised
from droneops.geo.ground import Ground
from droneops.geo.meet import meet
from droneops.geo.view import rays_ned, view_of
from droneops.types import FloatArray, NoGroundPoint, Pose

LEVEL_CELLS = 9, 12
"""Rows and columns: under an oblique camera the distance changes by a tenth or two from row to row."""

RELIEF_CELLS = 5, 4
"""Over a relief each cell is a ray to march along, 0.1 ms of a frame's time."""


def ground_sample_distances_m(pose: Pose, camera: Camera, ground: Ground) -> npt.NDArray[np.float32] | None:
    """Metres across the line of sight that one pixel shows, (rows, columns) equal cells over the picture.

    At the cells' middles: the distance along the camera's axis over the focal length. NaN where the picture
    shows no ground that can be located. None where it is not known where the camera looks.
    """
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint) or view.lens.fx_px is None or view.lens.fy_px is None:
        return None
    is_level = ground.relief is None or ground.relief.spacing_m is None
    cells = LEVEL_CELLS if is_level else RELIEF_CELLS
    coordinates = _middles(view.lens, *cells)
    rays = rays_ned(coordinates, view)
    meeting = meet(rays, view, ground)
    is_met = np.array([reason is None for reason in meeting.reasons], np.bool_)
    depth_m = meeting.along_m * (rays @ view.ned_from_camera[:, 2])
    focal_px = float(np.sqrt(view.lens.fx_px * view.lens.fy_px))
    gsd_m = np.where(is_met & (depth_m > 0), depth_m / focal_px, np.nan)
    return gsd_m.astype(np.float32).reshape(cells)


@lru_cache(maxsize=64)  # a zoom changes the lens with every pose, a fixed lens never
def _middles(lens: Lens, rows: int, columns: int) -> FloatArray:
    """Ideal normalised coordinates (n, 2) of the cells' middles, row by row."""
    across = (np.arange(columns) + 0.5) * lens.width_px / columns - 0.5
    down = (np.arange(rows) + 0.5) * lens.height_px / rows - 0.5
    u, v = np.meshgrid(across, down)
    middles = normalised(np.column_stack([u.ravel(), v.ravel()]), lens)
    middles.setflags(write=False)
    return middles
