"""The flown path in stretches without a gap, thin enough to draw."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.replay.report.data import PathSegment
from droneops.telemetry.pose_track import PoseTrack

MAX_STEP_US = 1_500_000
"""The pose track's own limit: beyond it nothing is interpolated, so nothing is drawn."""

DRAW_EVERY_US = 500_000

Rows = npt.NDArray[np.intp]


def path_segments(poses: PoseTrack) -> tuple[PathSegment, ...]:
    """The valid positions, cut at gaps, about two a second."""
    path = poses.path()
    rows = np.flatnonzero(path.valid)
    if not rows.size:
        return ()
    cuts = np.flatnonzero(np.diff(path.time_us[rows]) > MAX_STEP_US) + 1
    return tuple(
        PathSegment(
            tuple(path.time_us[part].tolist()),
            tuple(np.round(path.lon_deg[part], 8).tolist()),
            tuple(np.round(path.lat_deg[part], 8).tolist()),
            tuple(np.round(path.alt_above_home_m[part], 3).tolist()),
        )
        for stretch in np.split(rows, cuts)
        if (part := _thinned(stretch, path.time_us)).size > 1
    )


def _thinned(rows: Rows, time_us: npt.NDArray[np.int64]) -> Rows:
    """The first row of each half second, and the last row."""
    slots = time_us[rows] // DRAW_EVERY_US
    first = np.diff(slots, prepend=-1) != 0
    first[-1] = True
    kept: Rows = rows[first]
    return kept
